"""How alerts end: at once when all is well again, or after the time for which they linger."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from slo_compiler.ir import AlertRule
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import CASE, Labels, Series, Test, fires_with_labels, is_silent, series
from slo_compiler.ruletest.values import spoken, times

#: What lasts longer than some hours is evaluated once an hour: windows of days read each hour once.
AN_HOUR = Duration(Decimal(3600))
#: At this pace what begins at half past shows.
HALF_AN_HOUR = Duration(Decimal(1800))
_SHORT = Duration(Decimal(3 * 3600))
_BEFORE = 5  # steps for which all is bad


def recovery(who: tuple[str, str], rule: AlertRule, inputs: Mapping[str, tuple[int, int]], labels: Labels, step: Duration) -> Test:
    """An alert fires with its labels, lingers to its last moment, and is over.

    `who` are the subject and the alert, `inputs` the values of each series before and after.
    """
    labels = {**labels, CASE: "recovery"}
    lingers = rule.keep_firing_for or Duration(Decimal(0))
    pace = step if lingers <= _SHORT else AN_HOUR
    over = _BEFORE + 1 + math.ceil(lingers.seconds / pace.seconds)
    given = tuple(Series(series(metric, labels), f"{before}x{_BEFORE} {after}x{over}") for metric, (before, after) in inputs.items())
    expected = (
        fires_with_labels(rule, times(pace, _BEFORE), labels),
        *([fires_with_labels(rule, times(pace, over - 1), labels)] if lingers.seconds else []),
        is_silent(rule, times(pace, over), labels),
    )
    why = "All is bad, then all is well: it lingers for its time (keep_firing_for), and is over."
    return Test(who[0], f"{who[1]}: recovery, by {pace}", why, pace, given, expected)


def by_pace(tests: Sequence[Test]) -> tuple[tuple[Test, ...], tuple[Test, ...]]:
    """Tests that are evaluated each step, and those of each hour."""
    return tuple(test for test in tests if test.pace != AN_HOUR), tuple(test for test in tests if test.pace == AN_HOUR)


def words(rule: AlertRule) -> str:
    """How it ends, for people."""
    return f"over {spoken(rule.keep_firing_for)} after recovery" if rule.keep_firing_for else "over at recovery"
