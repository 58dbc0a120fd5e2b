"""What slices of time are judged by: raw series at which a value just holds its limit, and such at which it just fails."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.model import TimeSlices
from slo_compiler.ruletest.raw.flows import Line, Part, Raw, State
from slo_compiler.ruletest.raw.labels import Labels

#: How far a value that fails lies beyond the limit, and one that holds it within, in parts of the limit: whole numbers lie at it.
_FAILS, _HOLDS = Decimal("0.001"), Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Level:
    """One raw series: its first value and what each scrape adds, while the value holds and while it fails; one that `grows` is a counter."""

    raw: Raw
    holds: tuple[Decimal, Decimal]
    fails: tuple[Decimal, Decimal]
    grows: bool = False

    def line(self, *, bad: bool) -> Line:
        """The series, if the value always fails, or always holds."""
        start, each = self.fails if bad else self.holds
        return Line(self.raw, (start,), (each,))


@dataclass(frozen=True, slots=True)
class Sliced:
    """All series of an SLO of slices, and the values of `by` that they have."""

    levels: tuple[Level, ...]
    by: tuple[Labels, ...]

    def parts(self, *, bad: bool) -> tuple[Part, ...]:
        """What one step counts."""
        return tuple(Part(by, 1, Decimal(int(bad))) for by in self.by)

    @property
    def states(self) -> tuple[State, ...]:
        """A value that always holds, and one that always fails."""
        words = ((False, "a value that holds"), (True, "one that fails"))
        return tuple(State(said, tuple(level.line(bad=bad) for level in self.levels), self.parts(bad=bad)) for bad, said in words)


def bounds(sli: TimeSlices, limit: Decimal, *, exact: bool) -> tuple[Decimal, Decimal]:
    """A value that just holds a limit, and one that just fails; at the limit itself where it is to be exact and is a whole number."""
    size, beyond = abs(limit) or Decimal(1), 1 if sli.at_most else -1
    within = Decimal(0) if exact and limit == int(limit) else _HOLDS * size
    return limit - beyond * within, limit + beyond * _FAILS * size
