"""Events by expressions: counters for every selector that they read, and paces of these at which the expressions say: all good, all bad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from slo_compiler.model import ExpressedEvents, Prometheus, Promise, Slo
from slo_compiler.promql import Expression, Selector, Vector, selectors_in, worth
from slo_compiler.ruletest.raw.flows import RATE, Flow, Line, Part, Raw, Traffic, raw
from slo_compiler.ruletest.raw.labels import Labels, by_values, foreign, last_part, taken, takes

_PACES = (0, 40, 60, 100, 200)  # of a step
_MOST = 5  # counters: each pace of each of them is tried
_HAIR = 1e-6
NOT_UNDERSTOOD = "what its expression yields is not known: it is more than sums, differences and shares of rates"


@dataclass(frozen=True, slots=True)
class Sources:
    """The raw series of expressions, one for each selector that they read, and the values of `by` that all of them have."""

    raws: tuple[Raw, ...]
    selectors: tuple[Selector, ...]
    by: Labels

    def read(self, selector: Selector, values: Mapping[Raw, float]) -> Vector:
        """What a selector takes of them."""
        return {frozenset(one[1]): values[one] for one in self.raws if one[0] == selector.metric and takes(selector, dict(one[1]))}

    @property
    def foreign(self) -> tuple[Line, ...]:
        """Series like them that none of the selectors takes."""
        found = [line for one, like in zip(self.selectors, self.raws, strict=True) for line in foreign(one, dict(like[1]), self.selectors)]
        return tuple(dict.fromkeys(found))


def sources(one: Promise, expressions: Sequence[str], targets: Sequence[str]) -> Sources | str:
    """Those of expressions with their windows filled in, or why there are none."""
    found: dict[Raw, Selector] = {}
    read = tuple(dict.fromkeys(one for text in expressions for one in selectors_in(text)))
    by = by_values(one, last_part(one), read)
    if isinstance(by, str):
        return by
    for selector in read:
        labels = taken(selector, {**dict.fromkeys(targets, "a"), **by})
        if isinstance(labels, str):
            return labels
        found.setdefault(raw(selector.metric, labels), selector)
    return Sources(tuple(found), tuple(found.values()), by) if found else "its expression reads no metric that has a name"


def one_value(found: Vector | None, by: Labels) -> float | None:
    """The value that an expression yields for these values of `by`, summed over all other labels; None where it yields none, or others too."""
    if not found or any(dict(labels).get(label) != value for labels in found for label, value in by.items()):
        return None
    return sum(found.values())


def expressed(slo: Slo, sli: ExpressedEvents, prometheus: Prometheus) -> Traffic | str:
    """The counters of expressions, or why none are found."""
    window = str(prometheus.expression_window)
    total, *parts = (one.over(window) for one in _expressions(sli))
    found = sources(slo, [total, *parts], prometheus.target_labels)
    if isinstance(found, str):
        return found
    factor = 1.0 if sli.per == "second" else 1 / float(prometheus.expression_window.seconds)
    asked = _Asked(found, total, tuple(parts), factor, is_good=sli.good is not None)
    tried = list(product(_PACES, repeat=len(found.raws))) if len(found.raws) <= _MOST else []
    counts = [(paces, counted) for paces in tried if (counted := asked.counts(paces))]
    good, bad = (_chosen([paces for paces, counted in counts if _is(counted, (RATE, wanted))]) for wanted in (0, RATE))
    if good is None or bad is None:
        return "no paces of its counters are found at which its expressions say: all good, all bad" if counts else NOT_UNDERSTOOD
    flows = tuple(Flow(one, (before,), (then,)) for one, before, then in zip(found.raws, good, bad, strict=True))
    part, outage = Part(found.by, RATE, Decimal(0), about=True), Part(found.by, RATE, Decimal(RATE), about=True)
    return Traffic(flows, found.foreign, (part,), (outage,), settles=prometheus.expression_window)


def _expressions(sli: ExpressedEvents) -> Iterator[Expression]:
    yield sli.total
    yield from (sli.good,) if sli.good else sli.bad


@dataclass(frozen=True, slots=True)
class _Asked:
    """Expressions of events, and what brings their values to counts of a second."""

    sources: Sources
    total: str
    parts: tuple[str, ...]
    factor: float
    is_good: bool

    def counts(self, paces: Sequence[int]) -> tuple[float, float] | None:
        """All events and bad ones while the counters grow at these paces."""
        values = dict(zip(self.sources.raws, map(float, paces), strict=True))

        def read(selector: Selector, *, grows: bool) -> Vector:
            return self.sources.read(selector, values) if grows else {}

        def of(text: str) -> float | None:
            return one_value(worth(text, read, 0), self.sources.by)

        total, parts = of(self.total), [of(part) for part in self.parts]
        if total is None:
            return None
        some = sum(part for part in parts if part is not None)
        return total * self.factor, (total - some if self.is_good else some) * self.factor


def _is(counted: tuple[float, float], wanted: tuple[float, float]) -> bool:
    return all(abs(one - other) < _HAIR for one, other in zip(counted, wanted, strict=True))


def _chosen(found: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """Paces of as many counters as possible, all different if they can be: what is left out, or taken for another, shows."""
    return max(found, key=lambda paces: (sum(map(bool, paces)), len(set(paces))), default=None)
