"""What a server is asked, each question once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

from slo_compiler.remote import Curve, RemoteFailure, Sample, Server

WEEK, HOUR = 7 * 86400.0, 3600.0
_NOT_TOLD = {400, 404, 405, 410, 422, 501}
_SHOWN = 6
Answer = TypeVar("Answer")


class Live:
    """A server's answers, remembered; `now` is its own clock. The rules may run elsewhere, on a `ruler`."""

    def __init__(self, server: Server, ruler: Server | None = None) -> None:
        self.now = server.now()
        self.untold: list[str] = []
        self._server, self._ruler = server, ruler or server
        self.groups = cache(self._groups)
        self.samples = cache(self._samples)
        self.names = cache(self._names)
        self.values = cache(self._values)
        self.type_of = cache(self._type_of)
        self.raw = cache(self._raw)
        self.unscraped = cache(self._unscraped)

    def number(self, expr: str) -> float | None:
        """The one value of an expression, if it has one."""
        found = self.samples(expr)
        return found[0].value if len(found) == 1 else None

    def _groups(self) -> list[dict[str, object]]:
        """The loaded rule groups."""
        return self._perhaps("loaded rules", self._ruler.rule_groups, [])

    def retention(self) -> str:
        """How long samples are kept, in the server's words; empty where it does not tell."""
        return self._perhaps("retention", self._server.retention, "")

    def _samples(self, expr: str) -> list[Sample]:
        return self._server.instant(expr, self.now)

    def _raw(self, selector: str, seconds: int) -> list[Curve]:
        """The samples of the last `seconds` as they were scraped."""
        return self._server.raw(selector, seconds, self.now)

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

    def _unscraped(self) -> list[dict[str, str]]:
        """The labels of targets whose first scrape is still to come; none where the server does not tell."""
        targets: list[dict[str, object]] = self._perhaps("", self._server.targets, [])
        waiting = [target.get("labels") for target in targets if target.get("health") == "unknown"]
        return [{str(name): str(value) for name, value in labels.items()} for labels in waiting if isinstance(labels, dict)]

    def _perhaps(self, what: str, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        """What not every server tells; `what` is it that will be said to be not looked at."""
        try:
            return ask()
        except RemoteFailure as failure:
            if failure.status not in _NOT_TOLD:
                raise
            if what and what not in self.untold:
                self.untold.append(what)
            return otherwise


def listed(values: Iterable[str]) -> str:
    """`a, b, c`, shortened."""
    found = list(values)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more if found else "none"
