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
from slo_compiler.ruletest.endings import HALF_AN_HOUR
from slo_compiler.ruletest.values import times

_BAD, _ALL = 7, 11
_LATER = 6  # steps, or half hours: what has left stays away, in windows that are read from hours, too
_SIX_HOURS = Duration(Decimal(6 * 3600))
_LONGEST = Duration(Decimal(60 * 86400))  # promtool reads 10,000 samples a query: 83 days of hours


def claim(service: str, promises: Sequence[Promise], step: Duration) -> Claim:
    """What is said of all windows of a service, whoever reads them."""
    found = lengths(promises)
    short = [window for window in found if window <= SHORT_WINDOW]
    long = [window for window in found if SHORT_WINDOW < window <= _LONGEST]
    beyond = [str(window) for window in found if window > _LONGEST]
    steps = (_test("windows of steps", service, short, names.BAD_DELTA, names.TOTAL_DELTA, (step, step, times(step, 5))),)
    stage = hours.STAGE
    paces = (stage, HALF_AN_HOUR, _SIX_HOURS)
    days = (_test("windows of days", service, long, names.bad_sum(stage), names.total_sum(stage), paces),) if long else ()
    untested = f"; {', '.join(beyond)} without a test, because promtool reads 10,000 samples a query" if beyond else ""
    words = f"{', '.join(map(str, (*short, *long)))} hold an event for exactly their length{untested}"
    return Claim(service, "windows", words, steps, days)


def _test(what: str, service: str, windows: Sequence[Duration], bad: str, total: str, paces: tuple[Duration, Duration, Duration]) -> Test:
    """`paces`: of the input, of the evaluation, and the moment of the events, which no real SLO counts."""
    pace, evaluation, at = paces
    labels = {"slo_id": f"{service}/(any)", "slo_service": service}
    before = int(at.seconds / pace.seconds)
    after = math.ceil((max(window.seconds for window in windows) + evaluation.seconds * _LATER) / pace.seconds) + 1
    inputs = tuple(Series(series(metric, labels), f"0x{before - 1} {count} 0x{after}") for metric, count in ((bad, _BAD), (total, _ALL)))
    expected = []
    for window in windows:
        leaves = math.ceil(window.seconds / evaluation.seconds)
        for record, count in ((names.bad_sum(window), _BAD), (names.total_sum(window), _ALL)):
            for ago, held in ((leaves - 1, count), (leaves, 0), (leaves + _LATER, 0)):
                moment = Duration(at.seconds + evaluation.seconds * ago)
                expected.append(Expected(series(record, {"slo_id": labels["slo_id"]}), moment, ((series(record, labels), str(held)),)))
    why = f"{_BAD} bad events of {_ALL}, all at {at}: a window holds them to its last moment, and not a moment longer."
    return Test(service, what, why, pace, inputs, tuple(expected))
