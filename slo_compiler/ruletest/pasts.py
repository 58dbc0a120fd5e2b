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
_DAYS = 9  # of a past that has a median
_HIGH = frozenset({0, 2, 4})  # of these, those that are twice as high: always fewer than half, so that no mean is a median


@dataclass(frozen=True, slots=True)
class Past:
    """`pace` of the input, of the `evaluation`, when what is judged `begins`, and for how long it holds before it fires."""

    pace: Duration
    evaluation: Duration
    begins: Duration
    hold: Duration
    has_then: bool
    by_day: bool = False

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
        before = self._by_day(then, days) if self.by_day else [(then, begin)]
        return filled([*before, (now, over - begin), (calm, end - over)])

    def steady(self, value: Decimal) -> str:
        """A series that stays the same."""
        return self.values(value, value, value) if not self.by_day else filled([(value, int(self.over.seconds / self.pace.seconds) + 2)])

    def _by_day(self, then: Decimal | None, days: int | None) -> list[tuple[Decimal | None, int]]:
        """Daily values whose median is `then`."""
        a_day = int(_DAY / self.pace.seconds)
        missing = 0 if days is None else _DAYS - days
        told = [(then * 2 if then is not None and day in _HIGH else then, a_day) for day in range(missing, _DAYS)]
        return [(None, a_day * missing), *told]


def past(baseline: Baseline | None, rule: AlertRule, step: Duration) -> Past:
    """The time line that a baseline needs."""
    hold = rule.hold or Duration(Decimal(0))
    if baseline and baseline.median:
        return Past(STAGE, AN_HOUR, Duration(Decimal(_DAYS * _DAY)), hold, has_then=True, by_day=True)
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
