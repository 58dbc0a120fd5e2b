"""SLIs of the tail: observations beyond a multiple of the usual one."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler.build.entry import Entry, bounds, length, take
from slo_compiler.diagnostics import Report
from slo_compiler.model import Tail
from slo_compiler.promql import Selector
from slo_compiler.quantities import Duration, Ratio, duration, multiple, plain, quantile

_SHORTEST, _LONGEST = Duration(Decimal(3600)), Duration(Decimal(7 * 86400))
_PARTS = ("_bucket", "_count", "_sum")
_MEDIAN, _DAY = Ratio(Decimal("0.5")), duration("24h")


def is_part(entry: Entry, metric: Selector, report: Report, *, endings: tuple[str, ...] = _PARTS) -> bool:
    """Report a name that is that of one series of a histogram, which is asked for as a whole."""
    ending = next((ending for ending in endings if metric.metric.endswith(ending)), None)
    if ending is None:
        return False
    right = metric.metric.removesuffix(ending)
    at = entry.data.find(metric.metric) + len(right)
    help = f"write {right}: _bucket, _count and _sum are added where they are needed"
    if ending == "_total":
        help = "a counter holds one number: name a histogram or summary, or judge the counter's rate with `expr:`"
    message = f"{entry.where.route[-1]} must be the histogram's own name, got {metric.metric}"
    report.error("histogram/suffix", entry.where.inside(at, at + len(ending)), message, help)
    return True


def tail(entry: Entry, metric: Selector | None, report: Report) -> Tail | None:
    """The SLI of runaways among the observations of `metric`."""
    factor = take(entry.get("over"), multiple, report)
    usual = take(entry.get("of"), quantile, report) if entry.says("of") else _MEDIAN
    baseline = take(entry.get("baseline"), length, report) if entry.says("baseline") else _DAY
    known = _buckets(entry.get("buckets"), report)
    if isinstance(baseline, Duration) and not _SHORTEST <= baseline <= _LONGEST:
        help = "24h is usual: long enough to hold a day's rhythm, short enough to follow a new model"
        report.error("tail/baseline", entry.where / "baseline", f"the baseline must be from 1h to 7d, got {baseline}", help)
        return None
    if factor is not None and factor <= 1:
        help = "write how many times the usual is too much, for example 10x"
        report.error("tail/multiple", entry.where / "over", f"{plain(factor)} times the usual observation is no more than the usual one", help)
        return None
    if factor and known and factor > known[-1] / known[0]:
        help = "let the service export wider buckets, or write a smaller multiple"
        message = f"{plain(factor)} times the first bucket, {plain(known[0])}, is {plain(factor * known[0])}: more than the last one, {plain(known[-1])}"
        report.error("tail/out-of-reach", entry.where / "over", message, help)
        return None
    if metric is None or factor is None or usual is None or not isinstance(baseline, Duration) or not known:
        return None
    return Tail(metric, factor, usual, baseline, known)


def _buckets(entry: Entry | None, report: Report) -> tuple[Decimal, ...]:
    if entry is None:
        return ()
    found = bounds(entry)
    if len(found) < 3 or found[0] <= 0:
        help = "list the bounds that the service exports; between them the limit is found and the rest is counted"
        report.error("tail/buckets", entry.where, "a tail needs at least three buckets, all of them above 0", help)
        return ()
    return found
