"""How the SLO that people choose on a page is read: one of several ways, told by its `slo:info`, each silent where another one holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from slo_compiler import names
from slo_compiler.model import Slo
from slo_compiler.pages.measures import HOUR, Measure, Promised, both, measure, quantile, worst
from slo_compiler.pages.queries import NO_TRAFFIC, NOT_MEASURED, unjudged
from slo_compiler.pages.scopes import Scope


@dataclass(frozen=True, slots=True)
class Reading:
    """A number, its target, and the matchers of `slo:info` that tell whether an SLO is read so: none where all are. `over` is what the number is over."""

    over: str
    name: str  # of its line: `p95, last hour`
    metric: str
    target: str
    total: str  # its events; empty where none are counted
    measure: Measure
    matchers: tuple[str, ...]
    is_sampled: bool

    def only(self, scope: Scope, expr: str) -> str:
        """An expression of series that have an `slo_id`, where the chosen SLO is read so."""
        return f"({expr})\nand on (slo_id) {scope.info(*self.matchers)}" if self.matchers else expr

    def lines(self, scope: Scope) -> str:
        """The number, of each value of the SLO's labels."""
        return self.only(scope, scope.series(self.metric))

    def now(self, scope: Scope) -> str:
        """The number, the worst of all values, or why there is none."""
        found = self._worst(scope, self.metric)
        quiet = f"\nor on (slo_id) (sum by (slo_id) ({scope.series(self.total)}) == 0) * 0 - {-NO_TRAFFIC}" if self.total else ""
        always = f"({found}{quiet})\nunless on (slo_id) {unjudged(scope.pinned)}\nor on () vector({NOT_MEASURED})"
        return f"({always})\nand on () {scope.info(*self.matchers)}" if self.matchers else always

    def promised(self, scope: Scope) -> str:
        """What was promised."""
        return self.only(scope, self._worst(scope, self.target))

    def targets(self, scope: Scope) -> str:
        """The same as lines: one a value where they have targets of their own, because a worst one would leap."""
        return self.only(scope, scope.series(self.target)) if self.measure.is_uneven else self.promised(scope)

    def _worst(self, scope: Scope, wanted: str) -> str:
        return worst(self.measure, scope.series(self.metric), scope.beside(self.target), scope.series(wanted))


def readings(scope: Scope) -> list[Reading]:
    """All ways to read the promises of a scope, each once, with the digits of the finest."""
    found: dict[tuple[object, ...], Reading] = {}
    for promise in scope.promises:
        one = _reading(promise)
        key = (one.over, one.metric, one.target, one.matchers, one.measure.unit)
        found[key] = _both(found[key], one) if key in found else one
    return list(found.values()) if len(found) > 1 else [replace(one, matchers=()) for one in found.values()]


def _both(one: Reading, other: Reading) -> Reading:
    return replace(one, measure=both(one.measure, other.measure), name=one.name if one.name == other.name else one.over.lower())


def _reading(promise: Promised) -> Reading:
    """Of sampled signals an hour holds too few events: their number is that of the window, as is that of money and of what is judged."""
    one = measure(promise)
    is_sampled = isinstance(promise, Slo) and promise.sampled
    is_of_hour = one.kind == "value" or (one.kind == "share" and not is_sampled)
    matchers = [f'slo_kind="{one.of}"', f"slo_unit={names.quoted(one.word)}", f'slo_better="{one.better}"']
    if isinstance(promise, Slo):
        matchers.append(f'slo_sampled="{"yes" if promise.sampled else "no"}"')
    if not is_of_hour:
        matchers.append(f'slo_window="{one.span}"')
    metric = names.VALUE_1H if is_of_hour else one.value
    total = "" if not isinstance(promise, Slo) else names.total_sum(HOUR if is_of_hour else one.span)
    over = f"Last {HOUR.words}" if is_of_hour else one.over
    name = f"{quantile(promise, one)}, {over.lower()}" if isinstance(promise, Slo) and one.kind == "value" else over.lower()
    return Reading(over, name, metric, one.target, total, one, tuple(matchers), is_sampled)
