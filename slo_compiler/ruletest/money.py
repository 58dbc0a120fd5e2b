"""Spending: what is counted, the pace of a day at its edge, and a limit that is reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from slo_compiler import names, periods
from slo_compiler.clock import DAY
from slo_compiler.ir import AlertRule
from slo_compiler.model import Prometheus, Spending
from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest.claims import CASE, Claim, Expected, Series, Test, fires_for, is_silent, series
from slo_compiler.ruletest.raw import SCRAPES
from slo_compiler.ruletest.raw.flows import Flow, raw
from slo_compiler.ruletest.raw.labels import by_values, foreign, last_part, taken
from slo_compiler.ruletest.values import identity, of_cell, times

_DAY, _HOUR = Duration(Decimal(DAY)), Duration(Decimal(3600))
_TOO_FAST = Decimal("1.5")  # times an even pace
_CENT = Decimal("0.01")
_A_STEP, _STEPS = 100, 10  # of money, and for how many steps
_CALM = Decimal("0.5")  # of an edge


def counting(spend: Spending, prometheus: Prometheus) -> Claim:
    """What is said of how money is counted."""
    subject, step = spend.full_name, prometheus.step
    by = by_values(spend, last_part(spend), [spend.metric])
    labels = by if isinstance(by, str) else taken(spend.metric, {**dict.fromkeys(prometheus.target_labels, "a"), **by})
    if isinstance(labels, str):
        return Claim(subject, "counting", labels)
    late = math.ceil(prometheus.delay.seconds / step.seconds)
    begin = late + 2  # a target is known from its second step on
    turn, end = begin + _STEPS, begin + _STEPS + late + 1
    flow = Flow(raw(spend.metric.metric, labels), (_A_STEP,), (0,))
    inputs = (
        flow.series([(begin, "quiet"), (_STEPS, "good"), (end - turn + 1, "quiet")]),
        *(line.series(end * SCRAPES) for line in foreign(spend.metric, labels)),
    )
    own = {**identity(spend), **{label: labels[label] for label in spend.by}}
    wanted = ((names.TOTAL_DELTA, turn - 3, _A_STEP), (names.TOTAL_DELTA, end, 0), (names.total_sum(_HOUR), end, _A_STEP * _STEPS))
    expected = tuple(Expected(series(name, {"slo_id": spend.id}), times(step, at), ((series(name, own), str(value)),)) for name, at, value in wanted)
    why = "A counter grows for some steps, and beside it all the time one that the selector leaves."
    test = Test(subject, f"{subject}: counting", why, Duration(step.seconds / SCRAPES), inputs, expected)
    return Claim(subject, "counting", f"{_A_STEP * _STEPS:,}{_unit(spend)} of its counter, each once", (test,))


def pace(spend: Spending, rule: AlertRule, prometheus: Prometheus) -> Claim:
    """What is said of the alert that the last day was too much."""
    step = prometheus.step
    held = math.ceil((rule.hold.seconds if rule.hold else 0) / step.seconds)
    days = _days(spend, times(step, held), prometheus)
    edges = [(matchers, *_around(limit * _TOO_FAST / days)) for matchers, limit in spend.limits]
    inputs, firing = _cases(spend, edges, names.total_sum(_DAY), held)
    expected = (
        is_silent(rule, times(step, held - 1)),
        *(fires_for(rule, of, times(step, held), [case]) for of, case in firing),
        is_silent(rule, times(step, held + 1)),
    )
    subject = spend.full_name
    why = f"Days that would spend half as much again as there is, in the {plain(days)} days there are; then cheaper ones."
    test = Test(subject, f"{subject}: pace", why, step, tuple(inputs), expected)
    silent, fires = edges[-1][1:]
    words = f"fires {rule.hold} after a day of {plain(fires)}{_unit(spend)}, silent at {plain(silent)}, with {plain(days)} days; over after a cheaper one"
    return Claim(subject, rule.labels["slo_tier"], words, (test,))


def spent(spend: Spending, rule: AlertRule, step: Duration) -> Claim:
    """What is said of the alert that all is spent."""
    edges = [(matchers, limit - _hair(limit), limit) for matchers, limit in spend.limits]
    inputs, firing = _cases(spend, edges, names.total_sum(spend.span), 2)
    expected = (*(fires_for(rule, of, times(step, 2), [case]) for of, case in firing), is_silent(rule, times(step, 3)))
    subject = spend.full_name
    test = Test(subject, f"{subject}: spent", "At its limit it fires, and just below it does not.", step, tuple(inputs), expected)
    silent, fires = edges[-1][1:]
    whole = f"the {spend.span}" if spend.calendar else str(spend.window)
    words = f"fires at {plain(fires)}{_unit(spend)} in {whole}, silent at {plain(silent)}; over at recovery"
    return Claim(subject, "exhausted", words, (test,))


# --- edges -------------------------------------------------------------------------------------------------------------------------


def _days(spend: Spending, at: Duration, prometheus: Prometheus) -> Decimal:
    """How many days a window has; one of the calendar that which promtool's time, which begins with 1970, falls into."""
    if not spend.calendar:
        return spend.window.seconds / DAY
    start, end = periods.edges(spend.calendar, int(at.seconds) - prometheus.ago)
    return Decimal(end - start) / DAY


def _hair(number: Decimal) -> Decimal:
    """A cent, or less of what is small."""
    return min(_CENT, Decimal(1).scaleb(number.adjusted() - 4))


def _around(number: Decimal) -> tuple[Decimal, Decimal]:
    """Round numbers just below and just above another one."""
    hair = _hair(number)
    below = number.quantize(hair, ROUND_DOWN) - hair
    return below, below + 3 * hair


Edges = Sequence[tuple[tuple[tuple[str, str, str], ...], Decimal, Decimal]]


def _cases(spend: Spending, edges: Edges, record: str, until: int) -> tuple[list[Series], list[tuple[dict[str, str], str]]]:
    """Sums at both sides of each limit, which fall afterwards, and the values of `by` and the case that must fire."""
    inputs, firing = [], []
    for matchers, silent, fires in edges:
        of = of_cell(spend.by, matchers)
        for amount in (silent, fires):
            case = f"{plain(amount)}{_unit(spend)}"
            inputs.append(Series(series(record, {**identity(spend, matchers), CASE: case}), f"{plain(amount)}x{until} {plain(amount * _CALM)}x3"))
        firing.append((of, f"{plain(fires)}{_unit(spend)}"))
    return inputs, firing


def _unit(spend: Spending) -> str:
    return f" {spend.unit}" if spend.unit else ""
