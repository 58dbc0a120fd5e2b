"""What a quantile of a histogram can tell: it never lies above the last bucket, and between two buckets it is a guess."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Check, Histogram, Quantile, Spec, Tail, Verdict
from slo_compiler.quantities import plain

_COARSE = Decimal("0.5")  # of the bound: a gap this wide moves the quantile further than any change that the bound is to find
_Bounds = tuple[Decimal, ...]


def check(spec: Spec, report: Report) -> None:
    """Look at the bounds of quantiles whose buckets are known: from the check itself, or from another SLO of its service."""
    told = _told(spec)
    for one in spec.checks:
        if not isinstance(one.value, Quantile):
            continue
        bounds, teller = (one.value.bounds, "") if one.value.bounds else told.get((one.service, one.value.metric.metric), ((), ""))
        if not bounds:
            continue
        if one.verdict.of_baseline or one.verdict.key in {"changed_by", "within"}:
            _compared(one, bounds, report)
        else:
            _bounded(one, one.value, bounds, teller, report)


def _told(spec: Spec) -> dict[tuple[str, str], tuple[_Bounds, str]]:
    """The buckets that SLOs tell, and which one tells them, by service and metric; those of which two tell different ones are left out."""
    found: dict[tuple[str, str], tuple[_Bounds, str]] = {}
    for slo in spec.slos:
        if isinstance(slo.sli, Histogram | Tail) and slo.sli.bounds:
            known, _ = found.setdefault((slo.service, slo.sli.metric.metric), (slo.sli.bounds, slo.name))
            if known != slo.sli.bounds:
                found[slo.service, slo.sli.metric.metric] = ((), "")
    return found


def _bounded(one: Check, value: Quantile, bounds: _Bounds, teller: str, report: Report) -> None:
    """A plain bound: it must lie where a quantile can be, and it is judged exactly only at a bucket."""
    number, said = one.verdict.number, _said(one.verdict)
    quantile = f"the p{plain(value.quantile.value * 100)} of {value.metric.metric}"
    low, last = min(bounds[0], Decimal(0)), bounds[-1]
    if outcome := _outcome(one.verdict, low, last):
        as_told = f" (as {teller} tells)" if teller else ""
        message = f"{quantile} can only be told from {plain(low)} to {plain(last)}, the last bucket{as_told}: {said} {outcome}"
        report.error("check/out-of-sight", _place(one), message, "let the service export buckets beyond it, or choose a bound between those that are there")
        return
    below, above = max((bound for bound in bounds if bound < number), default=low), min(bound for bound in bounds if bound >= number)
    if above != number and above - below > _COARSE * abs(number):
        message = f"{said} lies between the buckets {plain(below)} and {plain(above)}, and where {quantile} lies between them is a guess"
        report.warning("check/coarse-buckets", _place(one), message, _nearer(number, (below, above), bounds), about=one.where)


def _nearer(number: Decimal, neighbours: _Bounds, bounds: _Bounds) -> str:
    """The next step: a bucket that is there, but for the last, which nothing lies above, or one that is not."""
    choices = " or ".join(plain(bound) for bound in neighbours if bound in bounds[:-1])
    wanted = f"let the service export a bucket {plain(number)}"
    return f"choose {choices}, or {wanted}" if choices else wanted


def _outcome(verdict: Verdict, low: Decimal, last: Decimal) -> str:
    """What becomes of a bound beyond all that a quantile can be; empty for one that decides something."""
    if verdict.key == "at_most":
        return "can never fail" if verdict.number >= last else "always fails" if verdict.number < low else ""
    return "can never fail" if verdict.number <= low else "always fails" if verdict.number > last else ""


def _compared(one: Check, bounds: _Bounds, report: Report) -> None:
    """A multiple or a distance: it must be wider than the finest gap between two buckets."""
    verdict = one.verdict
    gap = _finest_ratio(bounds) if verdict.of_baseline else _finest_gap(bounds)
    if gap is None or _reach(verdict) >= gap:
        return
    apart = f"{plain(round(gap, 2))} times" if verdict.of_baseline else plain(gap)
    message = f"{_said(verdict)} is finer than the buckets: two of them are at least {apart} apart, and what lies between them is a guess"
    help = "let the service export finer buckets where the quantile usually lies, or allow more"
    report.warning("check/coarse-buckets", _place(one), message, help, about=one.where)


def _finest_ratio(bounds: _Bounds) -> Decimal | None:
    return min((above / below for below, above in pairwise(bounds) if 0 < below < above), default=None)


def _finest_gap(bounds: _Bounds) -> Decimal | None:
    return min((above - below for below, above in pairwise((min(bounds[0], Decimal(0)), *bounds)) if below < above), default=None)


def _reach(verdict: Verdict) -> Decimal:
    """How far the value must go: so many times, up or down, or a distance."""
    if not verdict.of_baseline:
        return verdict.number
    if verdict.key == "within":
        return 1 + verdict.number
    return max(verdict.number, 1 / verdict.number)


def _said(verdict: Verdict) -> str:
    return f"{verdict.key} {verdict.text}"


def _place(one: Check) -> Where:
    return one.where / "sli" / "check" / one.verdict.key
