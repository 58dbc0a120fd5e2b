"""What a server is asked, each question once, and where in a file the SLO stands that needs the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

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
from slo_compiler.remote import Curve, RemoteFailure, Sample, Server

WEEK, HOUR = 7 * 86400.0, 3600.0
_NOT_TOLD = {400, 404, 405, 410, 422, 501}
_SHOWN = 6
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Reading:
    """A selector that an SLI reads: as `total`, `good`, `bad` or, of a histogram, `count`."""

    role: str
    selector: Selector
    where: Where


class Live:
    """A server's answers, remembered; `now` is its own clock."""

    def __init__(self, server: Server) -> None:
        self.now = server.now()
        self.untold: list[str] = []
        self._server = server
        self.samples = cache(self._samples)
        self.names = cache(self._names)
        self.values = cache(self._values)
        self.type_of = cache(self._type_of)

    def number(self, expr: str) -> float | None:
        """The one value of an expression, if it has one."""
        found = self.samples(expr)
        return found[0].value if len(found) == 1 else None

    def groups(self) -> list[dict[str, object]]:
        """The loaded rule groups."""
        return self._perhaps("loaded rules", self._server.rule_groups, [])

    def retention(self) -> str:
        """How long samples are kept, in the server's words; empty where it does not tell."""
        return self._perhaps("retention", self._server.retention, "")

    def raw(self, selector: str, seconds: int) -> list[Curve]:
        """The samples of the last `seconds` as they were scraped."""
        return self._server.raw(selector, seconds, self.now)

    def _samples(self, expr: str) -> list[Sample]:
        return self._server.instant(expr, self.now)

    def _names(self, selector: str) -> frozenset[str]:
        """The labels that series of the last week have; none where there are no series."""
        return frozenset(self._server.label_names(selector, self.now - WEEK, self.now))

    def _values(self, label: str, selector: str) -> tuple[str, ...]:
        """The values of a label on the series of the last week, sorted."""
        return tuple(sorted(self._server.label_values(label, selector, self.now - WEEK, self.now)))

    def _type_of(self, metric: str) -> str:
        """`counter`, `gauge` ...; some targets tell a counter without its `_total`."""
        ask = self._server.metric_type
        return self._perhaps("types of metrics", lambda: ask(metric) or ask(metric.removesuffix("_total")), "")

    def _perhaps(self, what: str, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        """What not every server tells."""
        try:
            return ask()
        except RemoteFailure as failure:
            if failure.status not in _NOT_TOLD:
                raise
            if what not in self.untold:
                self.untold.append(what)
            return otherwise


def readings(promise: Slo | Spending | Check) -> list[Reading]:
    """The selectors that a promise reads, the total's first, with their places in the file."""
    if isinstance(promise, Spending):
        return [Reading("total", promise.metric, promise.where / "sli" / "spend" / "metric")]
    return _of_check(promise) if isinstance(promise, Check) else _of_sli(promise)


def _of_check(check: Check) -> list[Reading]:
    at = check.where / "sli" / "check" / "value"
    match check.value:
        case Share(events=events):
            others = [Reading("good", events.good, at / "ratio" / "good")] if events.good else [Reading("bad", one, at / "ratio" / "bad") for one in events.bad]
            return [Reading("total", events.total, at / "ratio" / "total"), *others]
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
        case SelectedEvents(total=total, bad=bad, good=good):
            others = [Reading("good", good, at / "events" / "good")] if good else [Reading("bad", one, _bad_at(slo, index)) for index, one in enumerate(bad)]
            return [Reading("total", total, at / "events" / "total"), *others]
        case ExpressedEvents(total=expression, bad=bad_ones, good=good_one):
            read = [Reading("total", one, at / "events" / "total") for one in selectors_in(expression.over("5m"))]
            for index, one in enumerate(bad_ones):
                read += [Reading("bad", selector, _bad_at(slo, index)) for selector in selectors_in(one.over("5m"))]
            if good_one:
                read += [Reading("good", selector, at / "events" / "good") for selector in selectors_in(good_one.over("5m"))]
            return read


def _bad_at(slo: Slo, index: int) -> Where:
    return slo.where / "sli" / "events" / "bad" / index


def listed(values: Iterable[str]) -> str:
    """`a, b, c`, shortened."""
    found = list(values)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more if found else "none"
