"""Data that is not there: none any more, one value of `by` lost, or none that could be judged."""

from __future__ import annotations

import math
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.model import Promise
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import Claim, Expected, Series, Test, alerts, fires_with_labels, is_silent, series
from slo_compiler.ruletest.endings import AN_HOUR
from slo_compiler.ruletest.values import of_cell, times

_HOUR = Duration(Decimal(3600))
_WEEK = 7 * 24  # in hours


def _hour_of(promise: Promise, **by: str) -> str:
    return series(names.total_sum(_HOUR), {"slo_id": promise.id, **by})


def _held(rule: AlertRule, step: Duration) -> int:
    return math.ceil(rule.hold.seconds / step.seconds) if rule.hold else 0


def no_data(promise: Promise, rule: AlertRule, step: Duration) -> Claim:
    """What is said of an SLO that had data and has none."""
    subject, held = promise.full_name, _held(rule, step)
    mark = Series(_hour_of(promise, **of_cell(promise.by, ())), "100")
    now = (is_silent(rule, times(step, held - 1)), fires_with_labels(rule, times(step, held), {}))
    gone = Test(subject, "no-data: gone", "There was data once, and now there is none.", step, (mark,), now)
    forgotten = Test(
        subject,
        "no-data: forgotten",
        "What was seen within 7 days is missed; what was not is blind, which is another alert.",
        AN_HOUR,
        (mark,),
        (fires_with_labels(rule, times(AN_HOUR, _WEEK - 2), {}), is_silent(rule, times(AN_HOUR, _WEEK + 2))),
    )
    return Claim(subject, "no-data", f"fires {rule.hold} after the data is missed, silent a step before; forgets after 7d", (gone,), (forgotten,))


def blind(promise: Promise, rule: AlertRule, step: Duration) -> Claim:
    """What is said of an SLO that never had data."""
    subject, held = promise.full_name, _held(rule, step)
    expected = (is_silent(rule, times(step, held - 1)), fires_with_labels(rule, times(step, held), {}))
    never = Test(subject, "blind: never any data", "A metric with a typing error, or one that nobody exports.", step, (), expected)
    mark = Series(_hour_of(promise, **of_cell(promise.by, ())), "100")
    known = Test(subject, "blind: known", "What had data within 7 days is silent, not blind.", step, (mark,), (is_silent(rule, times(step, held)),))
    return Claim(subject, "blind", f"fires after {rule.hold} without any data ever, silent a step before and for data that was there", (never, known))


def dimension_lost(promise: Promise, rule: AlertRule, step: Duration) -> Claim:
    """What is said of a value of `by` that falls silent while another lives."""
    subject, held = promise.full_name, _held(rule, step)
    by = ", ".join(promise.by)

    def of(value: str) -> dict[str, str]:
        return dict.fromkeys(promise.by, value)

    hours = [Series(_hour_of(promise, **of(value)), f"{events}x{held + 5}") for value, events in (("lost", 30), ("seldom", 29), ("alive", 1000))]
    living = Series(series(names.TOTAL_DELTA, {"slo_id": promise.id, **of("alive")}), f"20x{held + 5}")
    found = Expected(f"count by ({by}) ({alerts(rule)})", times(step, held), ((series("", of("lost")), "1"),))
    test = Test(
        subject,
        "dimension-lost: one of three",
        "30 events in the hour before are missed, 29 are too few; who lives is not lost.",
        step,
        (*hours, living),
        (is_silent(rule, times(step, held - 1)), found),
    )
    return Claim(subject, "dimension-lost", "fires for a value with 30 events in the hour before, silent at 29 and for those that live", (test,))
