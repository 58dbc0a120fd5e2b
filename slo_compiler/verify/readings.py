"""The selectors that a promise reads, and where in the file each of them stands."""

from __future__ import annotations

from dataclasses import dataclass

from slo_compiler.diagnostics import Where
from slo_compiler.model import (
    Check,
    ExpressedEvents,
    Gauge,
    Histogram,
    Mean,
    OtherSlo,
    Outages,
    Quantile,
    SelectedEvents,
    Share,
    Slo,
    Spending,
    Tail,
    TimeSlices,
)  # fmt: skip
from slo_compiler.promql import Selector, selectors_in


@dataclass(frozen=True, slots=True)
class Reading:
    """A selector that an SLI reads: as `total`, `good`, `bad` or, of a histogram, `count`."""

    role: str
    selector: Selector
    where: Where


def readings(promise: Slo | Spending | Check) -> list[Reading]:
    """The selectors that a promise reads, the total's first, with their places in the file."""
    if isinstance(promise, Spending):
        return [Reading("total", promise.metric, promise.where / "sli" / "spend" / "metric")]
    return _of_check(promise) if isinstance(promise, Check) else _of_sli(promise)


def _of_check(check: Check) -> list[Reading]:
    at = check.where / "sli" / "check" / "value"
    match check.value:
        case Share(events=events):
            return [Reading("total", events.total, at / "ratio" / "total"), *_parts(events, at / "ratio")]
        case Mean(metric=metric):
            return [Reading("count", metric.suffixed("_count"), at / "mean")]
        case Quantile(metric=metric):
            return [Reading("count", metric.suffixed("_count"), at / "of")]
        case Outages(up=up, between=between):
            return [Reading("value", up, at / ("mtbf" if between else "mttr"))]
        case Gauge(value=value):
            return [Reading("value", one, at / "expr") for one in ([value] if isinstance(value, Selector) else selectors_in(value.over("5m")))]
        case OtherSlo():
            return []


def _of_sli(slo: Slo) -> list[Reading]:
    at = slo.where / "sli"
    match slo.sli:
        case Histogram(metric=metric, native=True):
            return [Reading("count", metric, at / "histogram" / "metric")]
        case Histogram(metric=metric):
            return [Reading("count", metric.suffixed("_count"), at / "histogram" / "metric")]
        case Tail(metric=metric):
            return [Reading("count", metric.suffixed("_count"), at / "tail" / "metric")]
        case TimeSlices(value=value):
            found = [value] if isinstance(value, Selector) else selectors_in(value.over("5m"))
            return [Reading("value", one, at / "timeslices" / "value") for one in found]
        case SelectedEvents(total=total):
            return [Reading("total", total, at / "events" / "total"), *_parts(slo.sli, at / "events")]
        case ExpressedEvents(total=expression, bad=bad_ones, good=good_one):
            read = [Reading("total", one, at / "events" / "total") for one in selectors_in(expression.over("5m"))]
            for index, one in enumerate(bad_ones):
                read += [Reading("bad", selector, at / "events" / "bad" / index) for selector in selectors_in(one.over("5m"))]
            if good_one:
                read += [Reading("good", selector, at / "events" / "good") for selector in selectors_in(good_one.over("5m"))]
            return read


def _parts(events: SelectedEvents, at: Where) -> list[Reading]:
    """Good or bad events, at the key that the user wrote: a `good` that was turned into what it leaves out stands there as well."""
    if events.good:
        return [Reading("good", events.good, at / "good")]
    if events.negated:
        return [Reading("bad", one, at / "good") for one in events.bad]
    return [Reading("bad", one, at / "bad" / index) for index, one in enumerate(events.bad)]
