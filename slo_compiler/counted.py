"""How much of the week counts, where `only` and `exclude` leave hours out; single spans of time are no part of a usual week."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from slo_compiler.clock import DAY, WEEK, Dated, Weekly, merged
from slo_compiler.model import Slo

_Spans = Sequence[tuple[int, int]]
_HOUR = 3600


def left(only: Sequence[Weekly], exclude: Sequence[Weekly | Dated]) -> tuple[tuple[int, int], ...]:
    """The spans of a week that count, in seconds since Monday 00:00 in the zone that is named first, ascending; other zones as their clocks stand in winter."""
    weekly = [hours for hours in exclude if isinstance(hours, Weekly)]
    offset = next((hours.zone.offset for hours in (*only, *weekly)), 0)
    spans: list[tuple[int, int]] = list(merged(_moved(only, offset))) if only else [(0, WEEK)]
    for start, end in _moved(weekly, offset):
        spans = [piece for first, last in spans for piece in ((first, min(last, start)), (max(first, end), last)) if piece[0] < piece[1]]
    return tuple(spans)


def _moved(hours: Sequence[Weekly], offset: int) -> list[tuple[int, int]]:
    """Spans in a zone of this offset, cut where the week ends."""
    moved = [((start - one.zone.offset + offset) % WEEK, end - start) for one in hours for start, end in one.spans]
    pieces = [((start, min(start + length, WEEK)), (0, start + length - WEEK)) for start, length in moved]
    return [piece for both in pieces for piece in both if piece[0] < piece[1]]


def seconds(spans: _Spans) -> int:
    """How long they are together."""
    return sum(end - start for start, end in spans)


def of_week(slo: Slo) -> Decimal:
    """The share of each week that counts for an SLO."""
    return Decimal(seconds(left(slo.only, slo.exclude))) / WEEK


def hourly(slo: Slo) -> float | None:
    """Events in an hour that counts, if all of a day come in such hours; None where nothing tells how many a day."""
    spans = left(slo.only, slo.exclude)
    if slo.expected_rate is None or not spans:
        return None
    days = {day for start, end in spans for day in range(start // DAY, (end - 1) // DAY + 1)}
    return float(slo.expected_rate * len(days) * _HOUR / seconds(spans))


def in_window(slo: Slo) -> float | None:
    """Events that are expected in an SLO's window; None where nothing tells how many a day."""
    rate = hourly(slo)
    return None if rate is None else rate * float(slo.window.seconds * of_week(slo)) / _HOUR


def all_bad_for(slo: Slo, budget: Decimal) -> float:
    """Seconds of the hours that count for which all may be bad, where a share `budget` of the events may be."""
    return float(slo.window.seconds * of_week(slo) * budget)
