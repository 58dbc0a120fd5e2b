"""Time zones and weeks: when clocks change, and which hours a person means by `09:00-18:00 Mon-Fri Europe/Berlin`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from slo_compiler.diagnostics import nearest
from slo_compiler.quantities import Problem

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

DAY, WEEK = 86400, 7 * 86400
#: The years whose changes of clocks stand in the rules; fixed, so that the same file compiles to the same bytes in every year.
_YEARS = range(2024, 2041)
_DAYS = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays")
_WEEKLY = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})(?:\s+([A-Za-z][\w/+,-]*))?(?:\s+([A-Za-z][\w/+-]*))?")
_HELP = "write for example `02:00-04:00 Sun Europe/Berlin`: times, days (Mon, Mon-Fri, Sat,Sun) and a time zone"


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: its offset to UTC (seconds) at first, and the changes as (epoch seconds, seconds by which the offset grows)."""

    name: str
    offset: int
    changes: tuple[tuple[int, int], ...]

    @property
    def has_full_hours(self) -> bool:
        """Whether its days begin on full hours of UTC; in India they do not."""
        return not any(seconds % 3600 for seconds in (self.offset, *(grows for _, grows in self.changes)))


@dataclass(frozen=True, slots=True)
class Weekly:
    """Hours of every week in a time zone, as (from, to) in seconds since Monday 00:00; disjoint, ascending."""

    text: str
    zone: Zone
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """One span of time, in epoch seconds."""

    start: int
    end: int


def zone(name: str) -> Zone | Problem:
    """A time zone by its name in the IANA database."""
    if name in {"UTC", "Etc/UTC", "Z"}:
        return Zone("UTC", 0, ())
    found = _zone(name)
    if found:
        return found
    from zoneinfo import available_timezones  # noqa: PLC0415

    near = nearest(name, sorted(known for known in available_timezones() if "/" in known), likeness=0.8)  # EST is not what CEST means
    help = f"did you mean {near}?" if near else "write a name of the IANA database, for example Europe/Berlin or UTC"
    return Problem("time/zone", f"there is no time zone {name!r}", help)


@cache
def _zone(name: str) -> Zone | None:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415  # late: few files name a time zone

    info = _info(name)
    if info is None:
        return None
    days = [datetime(_YEARS[0], 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(366 * len(_YEARS))]
    changes = [_change(info, before, after) for before, after in pairwise(days) if _offset(info, before) != _offset(info, after)]
    return Zone(name, _offset(info, days[0]), tuple(changes))


def _info(name: str) -> tzinfo | None:
    """A zone of the database that is installed with us, whatever the machine has: the same rules everywhere."""
    import zoneinfo  # noqa: PLC0415

    zoneinfo.reset_tzpath(to=())
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _offset(info: tzinfo, moment: datetime) -> int:
    away = moment.astimezone(info).utcoffset()
    return int(away.total_seconds()) if away else 0


def _change(info: tzinfo, before: datetime, after: datetime) -> tuple[int, int]:
    """The second at which the offset changes between two moments that have different ones."""
    from datetime import UTC, datetime  # noqa: PLC0415

    grows = _offset(info, after) - _offset(info, before)
    first, last = int(before.timestamp()), int(after.timestamp())
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(info, datetime.fromtimestamp(middle, UTC)) == _offset(info, before):
            first = middle
        else:
            last = middle
    return last, grows


def weekly(text: str) -> Weekly | Problem:
    """`09:00-18:00 Mon-Fri Europe/Berlin`; every day where none is named, UTC where no zone is, over midnight where it ends before it begins."""
    match = _WEEKLY.fullmatch(text.strip())
    said, name = match.group(5, 6) if match else (None, None)
    if said and not name and _is_zone(said):
        said, name = None, said
    days = _days(said)
    if not match or days is None:
        return Problem("time/format", f"expected hours of the week, got {text!r}", _HELP)
    start, end = (int(hours) * 3600 + int(minutes) * 60 for hours, minutes in (match.group(1, 2), match.group(3, 4)))
    if max(start, end) > DAY or start == end or int(match[2]) > 59 or int(match[4]) > 59:
        return Problem("time/format", f"expected hours of the week, got {text!r}", "times are from 00:00 to 24:00, and end at another time than they begin")
    where = zone(name or "UTC")
    if isinstance(where, Problem):
        return where
    length = end - start if end > start else end - start + DAY
    return Weekly(text.strip(), where, merged([piece for day in days for piece in _wrapped(day * DAY + start, length)]))


def _is_zone(word: str) -> bool:
    """Whether the only word after the times is meant as a time zone: UTC, GMT, Europe/Berlin."""
    return _days(word) is None and ("/" in word or word.isupper() or isinstance(zone(word), Zone))


def _days(text: str | None) -> list[int] | None:
    """Days of the week from 0 for Monday: `Mon`, `Mon-Fri`, `Fri-Mon`, `Sat,Sun`."""
    if text is None or text.lower() == "daily":
        return list(range(7))
    found: set[int] = set()
    for part in text.split(","):
        ends = [_day(word) for word in part.split("-")]
        if len(ends) > 2 or -1 in ends:
            return None
        first, last = ends[0], ends[-1]
        found |= {day % 7 for day in range(first, last + 1 if last >= first else last + 8)}
    return sorted(found)


def _day(word: str) -> int:
    """The number of a day: `Mon`, `Thurs`, `Monday`; -1 for any other word."""
    return next((number for number, day in enumerate(_DAYS) if day.startswith(word.lower()) and len(word) >= 3), -1)


def _wrapped(start: int, length: int) -> list[tuple[int, int]]:
    """A span of the week, cut where the week ends."""
    end = start + length
    return [(start, end)] if end <= WEEK else [(start, WEEK), (0, end - WEEK)]


def merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans without overlaps, ascending."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)


def moment(text: str, where: Zone) -> int | Problem:
    """Epoch seconds of `2026-12-24T18:00` in a time zone, or of a moment with an offset of its own."""
    from datetime import UTC, datetime  # noqa: PLC0415

    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return Problem("time/moment", f"expected a moment, got {text!r}", "write date and time, for example 2026-12-24T18:00")
    if found.tzinfo is None:
        found = found.replace(tzinfo=_info(where.name) or UTC)
    return int(found.timestamp())
