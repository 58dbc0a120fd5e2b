"""Histograms: whether they have the buckets that are asked for, all of their series, and are in the unit that the bounds are in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from slo_compiler import units
from slo_compiler.diagnostics import Report, Where
from slo_compiler.lower.anchors import le_matcher
from slo_compiler.model import Check, Histogram, Limit, Promise, Quantile, Slo, Spending, Tail
from slo_compiler.promql import Matcher, Selector
from slo_compiler.quantities import plain
from slo_compiler.verify.live import Live, listed
from slo_compiler.verify.readings import readings

_TOO_HIGH, _TOO_LOW = 100.0, 0.001  # mean to limit: a wrong unit is a factor of a thousand


def check(slo: Slo | Spending | Check, live: Live, report: Report) -> None:
    """Buckets and unit of what is measured by a classic histogram."""
    at = slo.where / "sli"
    match slo:
        case Slo(sli=Histogram(native=False) as sli):
            _check_histogram(slo, sli, live, report)
        case Slo(sli=Tail(metric=metric, bounds=bounds)) if _has_buckets(slo, metric, live, report):
            _check_edges(slo, metric, bounds, at / "tail" / "buckets", live, report)
        case Check(value=Quantile(metric=metric, last=last)) if _has_buckets(slo, metric, live, report):
            if last is not None:
                _check_edges(slo, metric, [last], at / "check" / "buckets", live, report)


def _check_histogram(slo: Slo, sli: Histogram, live: Live, report: Report) -> None:
    if not _has_buckets(slo, sli.metric, live, report):
        return
    where = slo.where / "sli" / "histogram" / ("at_most" if sli.at_most else "at_least")
    parts = [(cell.limit, cell.matchers) for cell in slo.cells if cell.limit]
    if len({limit for limit, _ in parts}) == 1:
        parts = [(parts[0][0], ())]
    found = [_check_edges(slo, _narrowed(sli.metric, matchers), sorted({limit.below, limit.above}), where, live, report) for limit, matchers in parts]
    if all(found):
        _check_unit(slo, sli, parts[0][0], where, live, report)


def _narrowed(metric: Selector, matchers: Iterable[tuple[str, str, str]]) -> Selector:
    return Selector(metric.metric, (*metric.matchers, *(Matcher(*one) for one in matchers)))


# --- buckets -------------------------------------------------------------------------------------------------------------------------


def _has_buckets(slo: Promise, metric: Selector, live: Live, report: Report) -> bool:
    if _buckets(metric, live):
        return True
    where = readings(slo)[0].where if isinstance(slo, Slo | Spending | Check) else slo.where
    if "quantile" in live.names(str(metric)):
        message, help = f"{metric} is a summary: each process computes quantiles of its own, and there are no buckets", "let the service export a histogram"
    else:
        message, help = f"{metric} has no buckets", "a native histogram or a summary has none: let the service export classic buckets too"
    report.error("live/no-bucket", where, message, help, cause=message)
    return False


def _buckets(metric: Selector, live: Live) -> dict[Decimal, float]:
    """How many series have each finite bucket now: the index still has those of the last week."""
    found: dict[Decimal, float] = {}
    for sample in live.samples(f"count by (le) ({metric.suffixed('_bucket')})"):
        bound = _number(sample.labels.get("le", ""))
        if bound is not None:
            found[bound] = found.get(bound, 0.0) + sample.value
    return found


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _check_edges(slo: Promise, metric: Selector, edges: Sequence[Decimal], where: Where, live: Live, report: Report) -> bool:
    """Whether a histogram has all of the buckets that are needed; if it is not there at all, that is told elsewhere."""
    found, series = _buckets(metric, live), live.number(f"count({metric.suffixed('_count')})") or 0.0
    missing = [edge for edge in edges if edge not in found] if series else []
    rare = next((edge for edge in edges if found.get(edge, series) < series), None)
    if missing:
        message = f"{metric.metric}_bucket has no bucket that ends at {listed(map(plain, missing))}"
        help = f"its buckets end at: {listed(map(plain, sorted(found)))}; choose one of them, or list them under `buckets:` and say `interpolate: true`"
        report.error("live/no-bucket", where, message, help, cause=message)
    elif rare is not None:
        without = f"{series - found[rare]:,.0f} of {series:,.0f} series of {metric} have no bucket that ends at {plain(rare)}"
        help = "what they observe counts for nothing: let all export the same buckets; a roll-out that changes them passes"
        message = f"{without}{_lacking(metric, rare, live)}"
        report.warning("live/mixed-buckets", where, message, help, about=slo.where, cause=message)
    return not missing


def _lacking(metric: Selector, edge: Decimal, live: Live) -> str:
    """`: those of instance="b:80"`, by the label that tells the series without a bucket from those with it; empty if none does."""
    count, bucket = metric.suffixed("_count"), metric.suffixed("_bucket").where(le_matcher(edge))
    without, having = (live.samples(f"{count} {word} ignoring (le) {bucket}") for word in ("unless", "and"))
    told: list[tuple[int, str, list[str]]] = []
    for label in live.names(str(count)) - {"__name__"}:
        lack, has = ({sample.labels.get(label, "") for sample in samples} for samples in (without, having))
        if not lack & has:
            told.append((len(lack), label, sorted(lack)))
    if not told:
        return ""
    _, label, values = min(told)
    return f": those of {label} {listed(values)}"


# --- unit ----------------------------------------------------------------------------------------------------------------------------


def _check_unit(slo: Slo, sli: Histogram, limit: Limit, where: Where, live: Live, report: Report) -> None:
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
        report.warning("live/unit", where, message, help, about=slo.where, cause=str(sli.metric))
