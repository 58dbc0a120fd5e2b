"""Spec -> findings: what the shape of a file cannot tell. One subject a file."""

from __future__ import annotations

from collections.abc import Callable

from slo_compiler.checks import (
    allowed,
    comparisons,
    histograms,
    identity,
    promises,
    quantiles,
    retention,
    samples,
    splits,
    tiers,
    titles,
    traffic,
    verdicts,
    versions,
    windows,
)
from slo_compiler.diagnostics import Report
from slo_compiler.model import Spec

Check = Callable[[Spec, Report], None]

#: In this order; `allowed` is last, because it silences what the others said.
CHECKS: tuple[Check, ...] = (
    identity.check, promises.check, windows.check, tiers.check, retention.check, samples.check, splits.check, traffic.check, comparisons.check,
    verdicts.check, histograms.check, quantiles.check, versions.check, titles.check, allowed.check,
)  # fmt: skip


def check(spec: Spec, report: Report) -> None:
    """All checks."""
    for one in CHECKS:
        one(spec, report)
