"""The calendar's periods as the clocks of the rules tell them: when the one that holds a moment began, and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from slo_compiler.clock import DAY, WEEK, Zone
from slo_compiler.model import Calendar

_MONDAY = 3 * DAY  # from the Monday before 1970 on
_MONTHS = {"month": 1, "quarter": 3}
_MOST_DAYS = {"month": 31, "week": 7, "quarter": 92}


def longest(calendar: Calendar) -> int:
    """Seconds of the longest period of its kind, an hour more because of the end of summer time."""
    return _MOST_DAYS[calendar.period] * DAY + 3600


def edges(calendar: Calendar, at: int) -> tuple[int, int]:
    """Start and end of the period that holds a moment, all in epoch seconds."""
    local = at + calendar.zone.offset + sum(grows for change, grows in calendar.zone.changes if at >= change)
    start, end = _week(local) if calendar.period == "week" else _months(local, _MONTHS[calendar.period])
    return _utc(start, calendar.zone), _utc(end, calendar.zone)


def _week(local: int) -> tuple[int, int]:
    start = local - (local + _MONDAY) % WEEK
    return start, start + WEEK


def _months(local: int, count: int) -> tuple[int, int]:
    """So many months that begin with the first one of a year, or as many after it."""
    now = datetime.fromtimestamp(local, UTC)
    start = datetime(now.year, (now.month - 1) // count * count + 1, 1, tzinfo=UTC)
    end = start
    for _ in range(count):
        end = (end + timedelta(days=31)).replace(day=1)
    return int(start.timestamp()), int(end.timestamp())


def _utc(local: int, zone: Zone) -> int:
    """A local time in UTC, with the offset of that moment."""
    offset, found = zone.offset, local - zone.offset
    for at, grows in zone.changes:
        if local >= at + offset:
            found -= grows
        offset += grows
    return found
