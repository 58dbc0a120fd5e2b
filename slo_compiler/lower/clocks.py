"""Clocks in time zones, the calendar's periods, and the hours that count."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from slo_compiler import names
from slo_compiler.clock import DAY, WEEK, Dated, Weekly, Zone
from slo_compiler.ir import RecordingRule
from slo_compiler.lower.shapes import Shapes
from slo_compiler.model import Promise, Slo


def selector(record: str, service: str, zone: str, period: str = "") -> str:
    """A clock of a service in a time zone, or an edge of a period."""
    more = f',slo_period="{period}"' if period else ""
    return f'{record}{{slo_service="{service}",slo_zone="{zone}"{more}}}'


def clocks(service: str, promises: Sequence[Promise], shapes: Shapes) -> list[RecordingRule]:
    """The clocks that the promises of a service need, and the edges of their periods."""
    zones: dict[str, Zone] = {}
    periods: dict[tuple[str, str], None] = {}
    for one in promises:
        weekly = [hours.zone for hours in (*one.only, *one.exclude) if isinstance(hours, Weekly)] if isinstance(one, Slo) else []
        zones |= {zone.name: zone for zone in (*weekly, *([one.calendar.zone] if one.calendar else []))}
        if one.calendar:
            periods[one.calendar.zone.name, one.calendar.period] = None
    rules = [_local(service, zone, shapes) for zone in zones.values()]
    for name, period in periods:
        rules += _edges(service, zones[name], period, shapes)
    return rules


def _local(service: str, zone: Zone, shapes: Shapes) -> RecordingRule:
    ago = shapes.ago
    changes = "".join(f"{_signed(grows)} * (time() >= bool {at + ago})" for at, grows in zone.changes)
    expr = shapes.promql("clock_local", ago=ago, changes=_signed(zone.offset) + changes)
    return RecordingRule(names.CLOCK, expr, {"slo_service": service, "slo_zone": zone.name})


def _edges(service: str, zone: Zone, period: str, shapes: Shapes) -> list[RecordingRule]:
    """Start and end of a period: in local time, then in UTC."""
    labels = {"slo_service": service, "slo_zone": zone.name, "slo_period": period}

    def edge(record: str) -> str:
        return selector(record, service, zone.name, period)

    start = shapes.promql("clock_start", period=period, local=selector(names.CLOCK, service, zone.name))
    end = shapes.promql("clock_end", period=period, start=edge(names.CLOCK_START_LOCAL))
    in_utc = [(names.CLOCK_START, edge(names.CLOCK_START_LOCAL)), (names.CLOCK_END, edge(names.CLOCK_END_LOCAL))]
    return [
        RecordingRule(names.CLOCK_START_LOCAL, start, labels),
        RecordingRule(names.CLOCK_END_LOCAL, end, labels),
        *(RecordingRule(record, _utc(zone, local, shapes), labels) for record, local in in_utc),
    ]


def _utc(zone: Zone, local: str, shapes: Shapes) -> str:
    offset, changes = zone.offset, _signed(-zone.offset)
    for at, grows in zone.changes:
        changes += f"{_signed(-grows)} * ({local} >= bool {at + offset})"
        offset += grows
    return shapes.promql("clock_utc", local=local, changes=changes)


def _signed(number: int) -> str:
    """A number that is added to what stands before it; nothing for zero."""
    return f" - {-number}" if number < 0 else f" + {number}" if number else ""


# --- hours that count ----------------------------------------------------------------------------------------------------------------


def mask(slo: Slo, labels: dict[str, str], shapes: Shapes) -> RecordingRule:
    """Whether the events of the current step count."""
    factors = [f"(1 - {_inside(slo, hours, shapes)})" for hours in slo.exclude]
    if slo.only:
        inside = [_inside(slo, hours, shapes) for hours in slo.only]
        factors.insert(0, inside[0] if len(inside) == 1 else f"clamp_max({' + '.join(inside)}, 1)")
    constant = not any(isinstance(hours, Weekly) for hours in (*slo.only, *slo.exclude))
    return RecordingRule(names.MASK, shapes.promql("mask", constant=constant, hours="\n* ".join(factors)), labels, slo.where)


def _inside(slo: Slo, hours: Weekly | Dated, shapes: Shapes) -> str:
    """1 inside the hours, else 0."""
    if isinstance(hours, Dated):
        return f"(time() >= bool {hours.start + shapes.ago}) * (time() < bool {hours.end + shapes.ago})"
    week = f"({selector(names.CLOCK, slo.service, hours.zone.name)} + 259200) % {WEEK}"
    parts = [" * ".join(_conditions(week, days, start, end)) for days, start, end in _runs(hours)]
    return f"max({' + '.join(parts)})"  # of one series: without its labels


def _conditions(week: str, days: tuple[int, int], start: int, end: int) -> list[str]:
    """The comparisons that hold from `start` to `end` (seconds) of each day from the first to the last one."""
    first, last = days
    if first == last:
        return [f"({week} >= bool {first * DAY + start})", f"({week} < bool {first * DAY + end})"]
    found = [f"({week} % {DAY} >= bool {start})", f"({week} % {DAY} < bool {end})"]
    if first > 0:
        found.append(f"({week} >= bool {first * DAY})")
    if last < 6:
        found.append(f"({week} < bool {(last + 1) * DAY})")
    return found


def _runs(hours: Weekly) -> list[tuple[tuple[int, int], int, int]]:
    """The same hours on days that follow each other: (first and last day, from, to)."""
    spans = sorted((start % DAY, end - start, start // DAY) for start, end in hours.spans)
    runs = []
    for (start, length), same in groupby(spans, key=lambda span: span[:2]):
        days = [day for *_, day in same]
        for _, run in groupby(enumerate(days), key=lambda item: item[1] - item[0]):
            together = [day for _, day in run]
            is_within_a_day = start + length <= DAY
            spread = [(together[0], together[-1])] if is_within_a_day else [(day, day) for day in together]
            runs += [(ends, start, start + length) for ends in spread]
    return runs
