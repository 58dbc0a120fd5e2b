"""When a made-up month has points: each full hour, and in the last week every five minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from slo_compiler.model import Calendar
from tests.live.recorded.stories import DAY, STEP, STEPS
from tests.live.replay.store import Labels, Series

_MONTHS = {"month": 1, "quarter": 3}
_WEEK, _MONTH = STEPS - 7 * DAY, STEPS - 31 * DAY


@dataclass(frozen=True)
class Grid:
    """The steps of a month that ends at `end` (epoch seconds, a full five minutes)."""

    end: int

    def at(self, step: int) -> int:
        """The moment of a step."""
        return self.end - (STEPS - step) * STEP

    @cached_property
    def hours(self) -> list[int]:
        """Full hours by the clock, before the last week."""
        return [step for step in range(_MONTH, _WEEK) if self.at(step) % 3600 == 0]

    @cached_property
    def week(self) -> list[int]:
        """All steps of the last week."""
        return list(range(_WEEK, STEPS + 1))

    @cached_property
    def month(self) -> list[int]:
        """Hours, then steps."""
        return self.hours + self.week

    @cached_property
    def fine(self) -> list[int]:
        """All steps of the month, for what is compared with its own past."""
        return list(range(_MONTH, STEPS + 1))

    def series(self, name: str, labels: Labels, steps: Iterable[int], value: Callable[[int], float | None]) -> Series:
        """A series of the steps at which there is a value."""
        values = ((float(self.at(step)), value(step)) for step in steps)
        return Series({**labels, "__name__": name}, [(at, number) for at, number in values if number is not None])

    def period(self, calendar: Calendar, step: int) -> tuple[int, int]:
        """The first step of the calendar's period that holds a step, and its length in steps."""
        local = datetime.fromtimestamp(self.at(step) - 1, ZoneInfo(calendar.zone.name))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if calendar.period == "week":
            start = midnight - timedelta(days=midnight.weekday())
            end = start + timedelta(days=7)
        else:
            months = _MONTHS[calendar.period]
            start = midnight.replace(day=1, month=(midnight.month - 1) // months * months + 1)
            end = (start + timedelta(days=31 * months + 3)).replace(day=1)
        first, last = (int(edge.replace(tzinfo=local.tzinfo).astimezone(UTC).timestamp()) for edge in (start, end))
        return STEPS - (self.end - first) // STEP, (last - first) // STEP
