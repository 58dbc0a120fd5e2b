"""Periods of the calendar: an event counts until its month, week or quarter ends in its time zone, and not a moment longer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from slo_compiler import names
from slo_compiler.clock import DAY
from slo_compiler.lower.hours import STAGE
from slo_compiler.model import Calendar, Promise, Spending
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import Claim, Expected, Series, Test, series
from slo_compiler.ruletest.endings import AN_HOUR, HALF_AN_HOUR
from slo_compiler.ruletest.values import identity, is_always_there
from slo_compiler.ruletest.windows import longest

# promtool's time begins on 1 January 1970, a Thursday: days until an edge of each period, and how long the one before and the one after it last.
_EDGE = {"week": (11, 7, 7), "month": (31, 31, 28), "quarter": (90, 90, 91)}
_MARK = int(STAGE.seconds)
_OLD, _LAST, _NEW = (7, 11), (2, 3), (1, 5)  # bad and all events: in the first five minutes of a period, in its last five, and in the first of the next one
_LATER = 5 * 3600


def claims(service: str, promises: Sequence[Promise]) -> list[Claim]:
    """What is said of the calendars of a service; nothing where it has none."""
    known = [(one, one.calendar) for one in promises if one.calendar]
    far = {calendar.period for _, calendar in known if not _is_readable(calendar)}
    dated = [(one, calendar) for one, calendar in known if calendar.period not in far and not is_always_there(one)]
    if not dated:
        reason = f"promtool reads 10,000 samples a query, and a {_named(known)} has more" if far else "its slices are always there, whatever a test puts in"
        return [Claim(service, "calendar", reason)] if known else []
    untested = f"; a {' and a '.join(sorted(far))} without a test" if far else ""
    weeks = tuple(_test(one, calendar, HALF_AN_HOUR) for one, calendar in dated if calendar.period != "quarter")
    days = tuple(_test(one, calendar, AN_HOUR) for one, calendar in dated if calendar.period == "quarter")  # the longest, and as long to play
    if days and longest(promises).seconds < days[0].expected[-1].at.seconds:
        return [Claim(service, "calendar", "promtool reads 10,000 samples a query, and a quarter has more beside slices that are always there", weeks=weeks)]
    return [Claim(service, "calendar", f"{_named(dated)}: an event counts until its period ends there, and not longer{untested}", days=days, weeks=weeks)]


def unreadable(promises: Sequence[Promise]) -> frozenset[str]:
    """The records of periods that have more five minutes than promtool reads in one query."""
    far = {one.calendar.period for one in promises if one.calendar and not _is_readable(one.calendar)}
    return frozenset(record(period) for period in far for record in (names.bad_sum, names.total_sum, names.coverage))


def _is_readable(calendar: Calendar) -> bool:
    """By the hour, or a week of five minutes."""
    return calendar.zone.has_full_hours or calendar.period == "week"


def _named(dated: Sequence[tuple[Promise, Calendar]]) -> str:
    return ", ".join(dict.fromkeys(f"{calendar.period} of {calendar.zone.name}" for _, calendar in dated))


def _test(one: Promise, calendar: Calendar, every: Duration) -> Test:
    near = int(every.seconds)
    days, before, after = _EDGE[calendar.period]
    edge = days * DAY - calendar.zone.offset
    begun, end = edge - before * DAY, edge + after * DAY
    first = max(begun, 0) + _MARK
    events = {first: _OLD, edge: _LAST, edge + _MARK: _NEW}
    labels = identity(one)
    inputs = [
        Series(series(metric, labels), _values(events, place, edge + _LATER)) for place, metric in enumerate((names.bad_sum(STAGE), names.total_sum(STAGE)))
    ]
    known = edge // _MARK + 1 - max(begun // _MARK + 1, 0)
    both = tuple(map(sum, zip(_OLD, _LAST, strict=True)))
    moments = ((edge - near, _OLD, known - near // _MARK), (edge, both, known), (edge + near, _NEW, near // _MARK), (edge + _LATER, _NEW, _LATER // _MARK))
    expected = []
    for at, counts, measured in moments:
        marks = ((edge - begun) if at <= edge else (end - edge)) // _MARK
        expected += _held(one, calendar.period, Duration(Decimal(at)), counts, measured, marks)
    subject = one.full_name
    what = f"{subject}: the {calendar.period} of {calendar.zone.name}"
    why = f"Events when a {calendar.period} begins, when it ends, and when the next one begins: each counts in its own, to the five minutes."
    return Test(subject, what, why, STAGE, tuple(inputs), tuple(expected))


def _values(events: dict[int, tuple[int, int]], place: int, end: int) -> str:
    """Zeros but for these events, each five minutes from the beginning of time."""
    parts, at = [], 0
    for moment, counts in events.items():
        parts.append(f"0x{(moment - at) // _MARK - 1} {counts[place]}" if moment > at else f"{counts[place]}")
        at = moment + _MARK
    return " ".join([*parts, f"0x{(end - at) // _MARK}"])


def _held(one: Promise, period: str, at: Duration, counts: Sequence[int], measured: int, marks: int) -> list[Expected]:
    """Bad events (money has none), all of them, and how many of the period's five minutes have data."""
    bad, total, coverage = (series(record, {"slo_id": one.id}) for record in (names.bad_sum(period), names.total_sum(period), names.coverage(period)))
    labels = identity(one)
    found = [Expected(f"round({coverage} * {marks}, 0.001)", at, ((series("", labels), str(measured)),))]
    for record, selected, count in ((names.bad_sum(period), bad, counts[0]), (names.total_sum(period), total, counts[1])):
        if record.startswith("slo:total") or not isinstance(one, Spending):
            found.append(Expected(selected, at, ((series(record, labels), str(count)),)))
    return found
