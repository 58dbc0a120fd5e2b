"""Hours that do not count (`exclude`), and the only ones that do (`only`)."""

from __future__ import annotations

from datetime import date, timedelta

from slo_compiler import clock, counted
from slo_compiler.build.entry import Entry, take
from slo_compiler.clock import DAY, Dated, Weekly, Zone
from slo_compiler.diagnostics import Report

_LEAST = 3600  # seconds of the week
_LONGEST = 2 * 366 * DAY  # what is excluded for so long at a stretch is no maintenance


def excluded(entry: Entry | None, report: Report) -> tuple[Weekly | Dated, ...]:
    """Maintenance: hours of each week, and single spans of time."""
    found = [_dated(one, report) if isinstance(one.data, dict) else take(one, clock.weekly, report) for one in entry.entries()] if entry else []
    return tuple(one for one in found if one)


def included(entry: Entry | None, report: Report) -> tuple[Weekly, ...]:
    """Working hours, one text or a list of them."""
    if entry is None:
        return ()
    found = [take(one, clock.weekly, report) for one in (entry.entries() if isinstance(entry.data, list) else [entry])]
    return tuple(one for one in found if one)


def _dated(entry: Entry, report: Report) -> Dated | None:
    zone = take(entry.get("timezone"), clock.zone, report) if entry.says("timezone") else clock.zone("UTC")
    if not isinstance(zone, Zone):
        return None
    start, end = (take(entry.get(key), lambda text: clock.moment(text, zone), report) for key in ("from", "to"))
    if start is None or end is None:
        return None
    if end == start:
        report.error("time/order", (entry.where / "to"), "the span ends when it begins", _later(str(entry.data["to"])))
        return None
    if end < start:
        report.error("time/order", (entry.where / "to"), "the span ends before it begins", "put the later moment under `to`")
        return None
    return Dated(start, end)


def _later(text: str) -> str:
    """What to do about a span without length: a date alone is its midnight."""
    try:
        following = date.fromisoformat(text.strip()) + timedelta(days=1)
    except (ValueError, OverflowError):
        return "put a later moment under `to`"
    return f"a date is its first moment: for the whole day write `to: {following}`"


def check(slo: Entry, exclude: tuple[Weekly | Dated, ...], only: tuple[Weekly, ...], report: Report) -> None:
    """Report hours of which nothing is left, for ever or for years; of several time zones nobody could tell by looking at them."""
    place = (slo.where / "exclude") if slo.get("exclude") else (slo.where / "only") if slo.get("only") else slo.where
    gone = clock.merged([(one.start, one.end) for one in exclude if isinstance(one, Dated)])
    if any(end - start > _LONGEST for start, end in gone):
        help = "single spans are for maintenance: end it sooner; to stop an SLO from alerting write `alerting: {policy: none}`"
        report.error("time/nothing-left", place, "more than two years are left out at a stretch", help)
        return
    weekly = [hours for hours in exclude if isinstance(hours, Weekly)]
    if len({hours.zone.name for hours in (*weekly, *only)}) != 1:
        return
    if counted.seconds(counted.left(only, weekly)) < _LEAST:
        help = "leave some hours of the week in; to stop an SLO from alerting write `alerting: {policy: none}`"
        report.error("time/nothing-left", place, "no hour of the week is left that counts", help)
