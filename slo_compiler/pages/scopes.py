"""What a table or an on-call page speaks of: some promises, the labels that split them, and the numbers of all of them, each in one query.

An expression has a series for each SLO, or, with `by`, for each of its values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.model import Check, Slo, Spending
from slo_compiler.pages import states
from slo_compiler.pages.measures import HOUR, Promised
from slo_compiler.quantities import Duration, plain

SPENT, LASTS, WHOLE = -1, -2, -1  # in place of a time: nothing is left; it lasts its window; there is data for all of it
_ENOUGH = Decimal("0.995")  # of a window: a restart of Prometheus is no gap

#: Matchers of `slo:info`.
EVENTS, TIME, MONEY, CHECKS = 'slo_kind=~"value|share"', 'slo_kind="time"', 'slo_kind="money"', 'slo_kind=~"check.*"'
NO_CHECKS = 'slo_kind!~"check.*"'
SAMPLED, UNSAMPLED, _JUDGED = 'slo_sampled="yes"', 'slo_sampled="no"', 'slo_kind=~"check.*|money"'
Span = Duration | str


@dataclass(frozen=True, slots=True)
class Scope:
    """Promises, and what finds them: `pinned` are matchers of every series, `told` of `slo:info` alone, `parts` of all but that.

    `ours` narrows `slo:info` to the services of a page; once in a query is enough.
    """

    promises: tuple[Promised, ...]
    step: Duration  # of the rules
    told: str = ""
    ours: str = ""
    pinned: str = ""
    parts: str = ""
    by: tuple[str, ...] = ()

    @property
    def slos(self) -> list[Slo]:
        """Shares of good events."""
        return [one for one in self.promises if isinstance(one, Slo)]

    @property
    def spendings(self) -> list[Spending]:
        """Money."""
        return [one for one in self.promises if isinstance(one, Spending)]

    @property
    def checks(self) -> list[Check]:
        """Values that are judged."""
        return [one for one in self.promises if isinstance(one, Check)]

    @property
    def budgeted(self) -> list[Slo | Spending]:
        """What has a budget."""
        return [*(one for one in self.slos if one.budgeted), *self.spendings]

    def info(self, *matchers: str) -> str:
        """The `slo:info` of its SLOs, or of some of them."""
        return names.selector(names.INFO, self.pinned, self.told, *(matchers or (self.ours,)))

    def series(self, metric: str, *matchers: str) -> str:
        """A metric of its SLOs, and, where `pinned` does not choose, of others."""
        return names.selector(metric, self.pinned, self.parts, *matchers)

    def beside(self, metric: str, *matchers: str) -> str:
        """The same as a second operand: the first one chooses among values."""
        return names.selector(metric, self.pinned, *matchers)

    def among(self, expr: str) -> str:
        """What belongs to the scope of an expression."""
        return f"({expr})\nand on (slo_id) {self.info()}" if self.told else expr

    def each(self, function: str, expr: str) -> str:
        """One number an SLO, or a value of it: the largest, the smallest or all together."""
        return f"{function} by ({', '.join(('slo_id', *self.by))}) ({expr})"

    # --- numbers ------------------------------------------------------------------------------------------------------------------

    def state(self) -> str:
        """The code of the state."""
        return states.each(self.pinned, self.by)

    def burn(self) -> str:
        """How fast the budget is spent; of money, too: at 1 the pace of the last hour spends the limit exactly."""
        return "\nor ".join(self.each("max", one) for one in self._burns())

    def _burns(self) -> list[str]:
        """The same of each series: what has events, and what has money."""
        share = f"{self.series(names.bad_sum(HOUR))} / ({self.beside(names.total_sum(HOUR))} > 0) / (1 - {self.beside(names.OBJECTIVE)})"
        found = [share] if self.slos or not self.spendings else []
        if self.spendings:
            pace = f"{self.series(names.total_sum(HOUR))} / {self.beside(names.VALUE_TARGET)}"
            hours = self.constants(self.spendings, lambda window: window.seconds / HOUR.seconds, MONEY)
            found.append(f"{pace} * on (slo_id) group_left () ({hours})")
        return found

    def left(self) -> str:
        """What is left of the budget: 1 is untouched, 0 is spent."""
        return self.each("min", self.series(names.BUDGET_REMAINING))

    def empty_in(self) -> str:
        """Seconds until the first budget is spent at the rate of its last hour, or the numbers for spent and for lasting."""
        left, burn = self.series(names.BUDGET_REMAINING), " or ".join(f"({one})" for one in self._burns())
        seconds = self.constants(self.budgeted, lambda window: window.seconds)
        runs_out = self.each("min", f"({left} > 0) / (({burn}) > 1) * on (slo_id) group_left () ({seconds})")
        return f"({self.left()} <= 0) * 0 - {-SPENT}\nor {runs_out}\nor (({self.burn()}) <= 1) * 0 - {-LASTS}"

    def events_left(self, kind: str) -> str:
        """What may still go wrong in the window: `share` in events, `time` in minutes, `money` in its unit."""
        left = self.series(names.BUDGET_REMAINING)
        if kind == "money":
            return self.each("min", f"{left} * {self.beside(names.VALUE_TARGET)} and on (slo_id) {self.info(MONEY)}")
        those = [one for one in self.slos if one.budgeted and in_events(one) == kind]
        whole = self.of_windows(those, lambda span: f"{self.beside(names.total_sum(span))} / {self.beside(names.coverage(span))}", _kinds(kind))
        minutes = f" * {plain(self.step.seconds / 60)}" if kind == "time" and self.step.seconds != Decimal(60) else ""
        return self.each("min", f"{left} * (1 - {self.beside(names.OBJECTIVE)}) * ({whole}){minutes}")

    def measured(self) -> str:
        """Seconds of the window for which there is data, or the number for all of it."""
        covered = self.each("min", self.of_windows(self.budgeted, lambda span: self.series(names.coverage(span)), NO_CHECKS))
        seconds = self.constants(self.budgeted, lambda window: window.seconds)
        return f"({covered} >= {_ENOUGH}) * 0 - {-WHOLE}\nor {covered} * on (slo_id) group_left () ({seconds})"

    def good_hour(self) -> str:
        """The good share of the last hour."""
        bad = f"{self.series(names.bad_sum(HOUR))} / ({self.beside(names.total_sum(HOUR))} > 0)"
        return self.each("min", f"1 - {bad} and {self.beside(names.OBJECTIVE)}")

    def good_window(self) -> str:
        """The good share of the window."""
        return self.each("min", self.series(names.SLI_RATIO))

    def objective(self) -> str:
        """What was promised of a share."""
        return self.each("max", self.series(names.OBJECTIVE))

    def value(self) -> str:
        """The values that are judged, and the money that was spent."""
        parts = [self.series(names.CHECK_VALUE)] if self.checks else []
        if self.spendings:
            parts.append(self.of_windows(self.spendings, lambda span: self.series(names.total_sum(span)), MONEY))
        return self.each("max", " or ".join(parts))

    def bound(self) -> str:
        """What they are held against, where that is a number."""
        return self.each("max", f"{self.series(names.VALUE_TARGET)} and on (slo_id) {self.info(_JUDGED)}")

    # --- windows ------------------------------------------------------------------------------------------------------------------

    def of_windows(self, promises: Sequence[Slo | Spending], build: Callable[[Span], str], matcher: str = "") -> str:
        """What `build` makes of each window in use, where it is an SLO's own: each SLO of a service has the series of all."""
        parts = [f"({build(span)} and on (slo_id) {self.info(_window(span), matcher)})" for span in _windows(promises)]
        return " or ".join(parts)

    def constants(self, promises: Sequence[Slo | Spending], number: Callable[[Duration], Decimal], matcher: str = "") -> str:
        """A number of each SLO that its window tells."""
        return " or ".join(f"{plain(number(window))} * {self.info(_window(span), matcher)}" for span, window in _windows(promises).items())


def in_events(slo: Slo) -> str:
    """What its budget is counted in: time, or things (share)."""
    return "time" if slo.kind == "time" else "share"


def _windows(promises: Sequence[Slo | Spending]) -> dict[Span, Duration]:
    found = {one.span: one.window for one in promises}
    return dict(sorted(found.items(), key=lambda item: (item[1].seconds, str(item[0]))))


def _window(span: Span) -> str:
    return f'slo_window="{span}"'


def _kinds(kind: str) -> str:
    return TIME if kind == "time" else EVENTS
