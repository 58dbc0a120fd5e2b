"""The windows of a service: each holds an event for exactly its length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from slo_compiler import names
from slo_compiler.lower import hours
from slo_compiler.lower.windows import lengths
from slo_compiler.model import SHORT_WINDOW, Promise
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import Claim, Expected, Series, Test, series
from slo_compiler.ruletest.endings import AN_HOUR
from slo_compiler.ruletest.values import is_always_there, times

_FIRST, _NEXT = (7, 11), (2, 3)  # bad and all events of two moments that follow each other
_LATER = 6  # steps, or hours: what has left stays away, in windows that are read from hours, too
_SAMPLES = 7500  # hours of all series that a window reads together, with room for what it adds to them
_SIX_HOURS = Duration(Decimal(6 * 3600))


def longest(promises: Sequence[Promise]) -> Duration:
    """The longest time that a test may last: promtool reads 10,000 samples a query, and some SLOs of a service have data whatever a test puts in."""
    always = sum(map(is_always_there, promises))
    return Duration(Decimal(_SAMPLES // (always + 1) * 3600))


def claim(service: str, promises: Sequence[Promise], step: Duration) -> Claim:
    """What is said of all windows of a service, whoever reads them."""
    limit = longest(promises)
    found = lengths(promises)
    short = [window for window in found if window <= SHORT_WINDOW]
    long = [window for window in found if SHORT_WINDOW < window <= limit]
    beyond = [str(window) for window in found if window > limit]
    steps = (_test("windows of steps", service, short, names.BAD_DELTA, names.TOTAL_DELTA, (step, step, times(step, 5))),)
    stage = hours.STAGE
    paces = (stage, AN_HOUR, _SIX_HOURS)
    days = (_test("windows of days", service, long, names.bad_sum(stage), names.total_sum(stage), paces),) if long else ()
    untested = f"; {', '.join(beyond)} without a test, because promtool reads 10,000 samples a query" if beyond else ""
    return Claim(service, "windows", f"{', '.join(map(str, (*short, *long)))} hold an event for exactly their length{untested}", steps, days)


def _test(what: str, service: str, windows: Sequence[Duration], bad: str, total: str, paces: tuple[Duration, Duration, Duration]) -> Test:
    """`paces`: of the input, of the evaluation, and the moment of the events, which no real SLO counts."""
    pace, evaluation, at = paces
    labels = {"slo_id": f"{service}/(any)", "slo_service": service}
    events = ((at, _FIRST), (Duration(at.seconds + pace.seconds), _NEXT))
    before = int(at.seconds / pace.seconds)
    after = math.ceil((max(window.seconds for window in windows) + evaluation.seconds * _LATER) / pace.seconds) + 1
    values = [f"0x{before - 1} {first} {then} 0x{after}" for first, then in zip(_FIRST, _NEXT, strict=True)]
    inputs = tuple(Series(series(metric, labels), given) for metric, given in zip((bad, total), values, strict=True))
    expected = []
    for window in windows:
        leaves = math.ceil(window.seconds / evaluation.seconds)
        for ago in (leaves - 1, leaves, leaves + 1, leaves + _LATER):
            moment = Duration(at.seconds + evaluation.seconds * ago)
            held = [counts for when, counts in events if 0 <= moment.seconds - when.seconds < window.seconds]
            for place, record in enumerate((names.bad_sum(window), names.total_sum(window))):
                count = sum(counts[place] for counts in held)
                expected.append(Expected(series(record, {"slo_id": labels["slo_id"]}), moment, ((series(record, labels), str(count)),)))
    why = f"Events at {at} and {pace} later: a window holds each to its last moment, and not a moment longer."
    return Test(service, what, why, pace, inputs, tuple(expected))
