"""Spec -> Dashboards: pages that answer a question at first sight, over the series that the rules record."""

from __future__ import annotations

from slo_compiler.dashboards import Dashboard, Provider
from slo_compiler.model import Spec
from slo_compiler.pages import platform

__all__ = ["pages", "provider"]


def pages(spec: Spec) -> tuple[Dashboard, ...]:
    """All pages of a compilation."""
    return (platform.page(spec),)


def provider(spec: Spec) -> Provider:
    """How Grafana comes by them."""
    return Provider(spec.grafana.prefix, spec.grafana.folder, spec.grafana.path)
