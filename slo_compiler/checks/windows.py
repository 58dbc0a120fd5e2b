"""Windows are sums over steps: up to 6h of the rules' own step, beyond that of 5m."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import SHORT_WINDOW, Prometheus, Slo, Spec, TimeSlices, Unfinished
from slo_compiler.quantities import Duration

_STAGE = Duration(Decimal(300))
_LONGEST_SLICE = Duration(Decimal(3600))


def check(spec: Spec, report: Report) -> None:
    """Report windows that are no whole number of steps."""
    for check in spec.checks:
        _whole(check.window, _STAGE, check.window_at, "over", report)
    promises: tuple[Slo | Unfinished, ...] = (*spec.slos, *spec.unfinished)
    for slo in promises:
        # the window of an SLO is counted in 5m pieces in any case: its coverage is
        _whole(slo.window, _STAGE, slo.window_at, "over" if slo.window_at.route[-1] == "over" else "window", report)
        if isinstance(slo.sli, TimeSlices):
            _slice(slo, slo.sli.slice, spec.prometheus, report)
        for tier in slo.alerting.tiers:
            if tier.where:
                _tier(slo, tier.long, tier.where / "long", spec.prometheus, report)
                if tier.short:
                    _tier(slo, tier.short, tier.where / "short", spec.prometheus, report)


def _slice(slo: Slo | Unfinished, length: Duration, prometheus: Prometheus, report: Report) -> None:
    if length > _LONGEST_SLICE or length.seconds % prometheus.step.seconds:
        help = f"write for example {max(prometheus.step, Duration(Decimal(60)))} or 5m"
        message = f"a slice must be a multiple of {prometheus.step} and at most {_LONGEST_SLICE}, got {length}"
        report.error("timeslices/slice", slo.where / "sli" / "timeslices" / "slice", message, help)


def _tier(slo: Slo | Unfinished, window: Duration, where: Where, prometheus: Prometheus, report: Report) -> None:
    if window != slo.window:
        _whole(window, _grain(window, prometheus), where, "a tier's window", report)


def _grain(window: Duration, prometheus: Prometheus) -> Duration:
    return prometheus.step if window <= SHORT_WINDOW else _STAGE


def _whole(window: Duration, grain: Duration, where: Where, what: str, report: Report) -> None:
    if window.seconds % grain.seconds:
        nearest = Duration(max(grain.seconds, round(window.seconds / grain.seconds) * grain.seconds))
        report.error("window/grain", where, f"{what} must be a multiple of {grain}, got {window}", f"write {nearest}")
