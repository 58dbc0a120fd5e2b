"""Time lines of a check's tests: what a value was, what it is when it is judged, and that it is well again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.ir import AlertRule
from slo_compiler.lower.hours import STAGE
from slo_compiler.model import Baseline
from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest.endings import AN_HOUR

_SIX_HOURS = Duration(Decimal(6 * 3600))
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Past:
    """`pace` of the input, of the `evaluation`, when what is judged `begins`, and for how long it holds before it fires."""

    pace: Duration
    evaluation: Duration
    begins: Duration
    hold: Duration
    has_then: bool
    days: int = 0  # of a median, where there is one

    @property
    def firing(self) -> Duration:
        """The first moment at which it must fire."""
        return Duration(self.begins.seconds + math.ceil(self.hold.seconds / self.evaluation.seconds) * self.evaluation.seconds)

    @property
    def pending(self) -> Duration:
        """The last moment at which it must not."""
        return Duration(self.firing.seconds - self.evaluation.seconds)

    @property
    def over(self) -> Duration:
        """The moment at which all is well again."""
        return Duration(self.firing.seconds + self.evaluation.seconds)

    def values(self, then: Decimal | None, now: Decimal, calm: Decimal, *, days: int | None = None) -> str:
        """A series that was `then`, is `now`, and is `calm` in the end; or that has had such values for so many days only."""
        begin, over, end = (int(moment.seconds / self.pace.seconds) for moment in (self.begins, self.over, Duration(self.over.seconds + self.pace.seconds * 2)))
        before = self._by_day(then, days) if self.days else [(then, begin)]
        return filled([*before, (now, over - begin), (calm, end - over)])

    def steady(self, value: Decimal) -> str:
        """A series that stays the same."""
        return self.values(value, value, value) if not self.days else filled([(value, int(self.over.seconds / self.pace.seconds) + 2)])

    def _by_day(self, then: Decimal | None, known: int | None) -> list[tuple[Decimal | None, int]]:
        """Values at the midnights before it begins, whose median is `then`, and none in between, so that nothing is judged yet."""
        found: list[tuple[Decimal | None, int]] = []
        for value in self._at_midnights(then, known):
            found += [(value, 1), (None, int(_DAY / self.pace.seconds) - 1)]
        return found

    def _at_midnights(self, then: Decimal | None, known: int | None) -> list[Decimal | None]:
        """One more than the median is of: with it, or without the oldest of the others, the median is another one."""
        if then is None or known is not None:
            return [None] * (self.days + 1 - (known or 0)) + [then] * (known or 0)
        few, many = self.days // 2, (self.days + 1) // 2
        if self.days % 2:
            return [then * 2, *[then] * many, *[then * 2] * few]
        return [then * 3, *[then * 3] * (few - 1), then * Decimal("1.5"), *[then / 2] * many]  # the two in the middle have this mean, all have another


def past(baseline: Baseline | None, rule: AlertRule, step: Duration) -> Past:
    """The time line that a baseline needs."""
    hold = rule.hold or Duration(Decimal(0))
    if baseline and baseline.median:
        days = int(baseline.median.seconds // _DAY)
        return Past(STAGE, AN_HOUR, Duration(Decimal((days + 1) * _DAY)), hold, has_then=True, days=days)
    if baseline and baseline.offset:
        pace, evaluation = (step, step) if baseline.offset <= _SIX_HOURS else (STAGE, AN_HOUR)
        begins = Duration(math.ceil(baseline.offset.seconds / evaluation.seconds) * evaluation.seconds)
        return Past(pace, evaluation, begins, hold, has_then=True)
    return Past(step, step, Duration(Decimal(0)), hold, has_then=False)


def filled(parts: Sequence[tuple[Decimal | None, int]]) -> str:
    """Values that each stay for so many samples, in promtool's notation."""
    found = []
    for value, count in parts:
        if count:
            found.append(f"_x{count}" if value is None else f"{plain(value)}x{count - 1}")
    return " ".join(found)
