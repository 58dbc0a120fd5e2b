"""Histograms: whether they have the buckets that the bounds need, and are in the unit that the bounds are in."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from slo_compiler import units
from slo_compiler.diagnostics import Report
from slo_compiler.model import Histogram, Limit, Slo
from slo_compiler.quantities import plain
from slo_compiler.verify.live import Live, listed

_TOO_HIGH, _TOO_LOW = 100.0, 0.001  # mean to limit: a wrong unit is a factor of a thousand


def check(slo: Slo, live: Live, report: Report) -> None:
    """Buckets and unit of a histogram SLI; nothing of any other."""
    if not isinstance(slo.sli, Histogram) or slo.sli.native:
        return
    where = slo.where / "sli" / "histogram" / "metric"
    bucket = slo.sli.metric.suffixed("_bucket")
    now = live.samples(f"count by (le) ({bucket})")  # the index still has those of the last week
    bounds = {bound for sample in now if (bound := _number(sample.labels.get("le", ""))) is not None}
    if not bounds:
        help = "a native histogram or a summary has none: let the service export classic buckets too"
        report.error("live/no-bucket", where, f"{slo.sli.metric} has no buckets", help)
        return
    limits = list(dict.fromkeys(cell.limit for cell in slo.cells if cell.limit))
    missing = {edge for limit in limits for edge in (limit.below, limit.above)} - bounds
    for edge in sorted(missing):
        key = "at_most" if slo.sli.at_most else "at_least"
        help = f"its buckets end at: {listed(map(plain, sorted(bounds)))}; choose one of them, or list them under `buckets:` and say `interpolate: true`"
        report.error("live/no-bucket", slo.where / "sli" / "histogram" / key, f"{bucket.metric} has no bucket that ends at {plain(edge)}", help)
    if not missing:
        _check_unit(slo, slo.sli, limits[0], live, report)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _check_unit(slo: Slo, sli: Histogram, limit: Limit, live: Live, report: Report) -> None:
    """The mean of what is observed, beside the limit: three zeros too many or too few are a wrong unit, not bad service."""
    total, count = (str(sli.metric.suffixed(suffix)) for suffix in ("_sum", "_count"))
    mean = live.number(f"sum(rate({total}[1h])) / (sum(rate({count}[1h])) > 0)")
    if mean is None or not limit.value or mean <= 0 or units.of_metric(sli.metric.metric):
        return  # a name that ends in its unit is better evidence
    factor = mean / float(limit.value)
    if factor >= _TOO_HIGH or factor <= _TOO_LOW:
        unit = f" {sli.unit}" if sli.unit else ""
        message = f"the mean of {sli.metric} is {mean:.4g}, the limit {plain(limit.value)}{unit}: one of them seems to be in another unit"
        help = "look at what the service observes; `unit:` says in which unit the metric is"
        report.warning("live/unit", slo.where / "sli" / "histogram" / ("at_most" if sli.at_most else "at_least"), message, help, about=slo.where)
