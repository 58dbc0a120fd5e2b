"""Spec -> Dashboards: pages that answer a question at first sight, over the series that the rules record."""

from __future__ import annotations

from slo_compiler.dashboards import Dashboard, Provider
from slo_compiler.model import Spec
from slo_compiler.pages import category, fleet, platform, sisters

__all__ = ["pages", "provider"]


def pages(spec: Spec) -> tuple[Dashboard, ...]:
    """All pages of a compilation: of the platform, of each category that has a promise, of all SLOs."""
    found = [category.page(spec, name, tuple(one for one in spec.promises if one.category == name)) for name in sisters.existing(spec)]
    return (platform.page(spec), *found, fleet.page(spec)) if spec.promises else (platform.page(spec),)


def provider(spec: Spec) -> Provider:
    """How Grafana comes by them."""
    return Provider(spec.grafana.prefix, spec.grafana.folder, spec.grafana.path)
