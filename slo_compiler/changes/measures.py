"""What a promise measures: whether it still is the same, in spite of another spelling, and whether its bound got looser."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from slo_compiler import promql, wording
from slo_compiler.changes.model import Effect, Sentence
from slo_compiler.model import (
    Check,
    ExpressedEvents,
    Gauge,
    Histogram,
    Limit,
    Mean,
    OtherSlo,
    Outages,
    Quantile,
    SelectedEvents,
    Share,
    Sli,
    Slo,
    Spending,
    Tail,
    TimeSlices,
    Value,
)  # fmt: skip
from slo_compiler.promql import Expression, Selector
from slo_compiler.quantities import plain

Promise = Slo | Spending | Check


def measure(promise: Promise) -> Hashable:
    """What is equal for promises that measure the same: the series, the bounds, and over what."""
    match promise:
        case Slo(sli=sli, cells=cells):
            limits = tuple((cell.name, cell.limit.below, cell.limit.above, cell.limit.share) for cell in cells if cell.limit)
            return _read(sli), limits
        case Spending(metric=metric):
            return _one(metric)
    return _value(promise.value), promise.window, promise.fresh is None


def sentences(old: Promise, new: Promise) -> Iterator[Sentence]:
    """What is told where the two do not measure the same."""
    if measure(old) == measure(new):
        return
    if isinstance(old, Slo) and isinstance(new, Slo) and isinstance(new.sli, Histogram | TimeSlices) and _read(old.sli) == _read(new.sli):
        yield from _bounds(_limits(old), _limits(new), at_most=new.sli.at_most)
    else:
        yield Sentence("measures", f"measures {wording.measured(new)}; before: {wording.measured(old)}", Effect.OTHER)


def _limits(slo: Slo) -> dict[str, Limit]:
    return {cell.name: cell.limit for cell in slo.cells if cell.limit}


def _bounds(before: Mapping[str, Limit], after: Mapping[str, Limit], *, at_most: bool) -> Iterator[Sentence]:
    """Where nothing but bounds differs: a looser one finds fewer events bad."""
    key = "at most" if at_most else "at least"
    for name in dict.fromkeys([*after, *before]):
        was, now = before.get(name, before[""]), after.get(name, after[""])
        if was != now:
            grown = (now.value - was.value) * (1 if at_most else -1)
            effect = Effect.WEAKER if grown > 0 else Effect.STRONGER if grown < 0 else Effect.OTHER
            yield Sentence("bound", f"{f'for {name} ' if name else ''}{key} {_bound(now)}, before: {_bound(was)}", effect)


def _bound(limit: Limit) -> str:
    return limit.text if limit.exact else f"{limit.text} (estimated between the buckets {plain(limit.below)} and {plain(limit.above)})"


# --- one spelling for all spellings ------------------------------------------------------------------------------------------------


def _one(what: Selector | Expression) -> Hashable:
    if isinstance(what, Selector):
        return what.metric, frozenset(what.matchers)
    return promql.canonical(what.over("7919ms")), what.per


def _read(sli: Sli) -> Hashable:
    """What an SLI reads, without its bounds."""
    match sli:
        case SelectedEvents(total=total, bad=bad, good=good) | ExpressedEvents(total=total, bad=bad, good=good):
            return type(sli), _one(total), frozenset(_one(one) for one in bad), good and _one(good)
        case Histogram(metric=metric, at_most=at_most, unit=unit, native=native):
            return _one(metric), at_most, unit, native
        case TimeSlices(value=value, at_most=at_most, slice=length, missing_is_bad=missing):
            return _one(value), at_most, length, missing
        case Tail(metric=metric, factor=factor, quantile=quantile, baseline=baseline):
            return _one(metric), factor, quantile, baseline


def _value(value: Value) -> Hashable:
    """What a check reads."""
    match value:
        case Share(events=events, is_good=is_good):
            return _read(events), is_good
        case Mean(metric=metric):
            return "mean", _one(metric)
        case Quantile(metric=metric, quantile=quantile):
            return _one(metric), quantile
        case Gauge(value=gauge):
            return "gauge", _one(gauge)
        case Outages(up=up, between=between):
            return _one(up), between
        case OtherSlo(name=name):
            return name
