"""Checks that cannot be judged: no value, one that is too old, nothing to compare it with, or a past that the buckets cannot see."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.model import Check, Gauge, OtherSlo, Prometheus
from slo_compiler.promql import Selector
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import CASE, Claim, Expected, Series, Test, alerts, fires_for, is_silent, series
from slo_compiler.ruletest.endings import AN_HOUR
from slo_compiler.ruletest.judged import Others, base_of, reach_of
from slo_compiler.ruletest.pasts import Past, past
from slo_compiler.ruletest.raw.labels import taken
from slo_compiler.ruletest.values import identity, times

_LATER = 3  # steps
_HOUR = Duration(Decimal(3600))
_LONGEST = Duration(Decimal(31 * 86400))  # that a sample may age in a test
_BEYOND = "beyond the buckets"
_SOME, _ENOUGH = Decimal(49), Decimal(50)  # events of another SLO


def claim(check: Check, rule: AlertRule, others: Others, prometheus: Prometheus) -> Claim:
    """What is said of a check that cannot be judged."""
    subject, step = check.full_name, prometheus.step
    held = math.ceil((rule.hold.seconds if rule.hold else 0) / step.seconds)
    there = _there(check, prometheus)
    if isinstance(there, str):
        return Claim(subject, "blind", there)
    fires = Expected(f"count({alerts(rule)})", times(step, held), (("{}", "1"),))
    never = Test(subject, "blind: never any data", "Nothing that it reads is there.", step, (), (is_silent(rule, times(step, held - 1)), fires))
    lasting = tuple(Series(name, f"{value}x{held + _LATER}") for name, value in there)
    known = Test(subject, f"{subject}: blind: there", "What it reads is there.", step, lasting, (is_silent(rule, times(step, held + 1)),))
    words = f"fires after {rule.hold} without any data, silent a step before"
    if check.baseline is None:
        aged = _aged(check, rule, there)
        words += f" and while there is some{f'; fires {rule.hold} after its newest sample is {_age(check)} old' if aged else ''}"
        return Claim(subject, "blind", words, (never, known), aged)
    found, more = _compared(check, rule, others, there, prometheus)
    words += "; fires for a value with nothing to compare it with" if more else ""
    words += ", and for a past beyond the buckets" if len(more) > 1 else ""
    return Claim(subject, "blind", words, (never, *more), ()) if found.evaluation == step else Claim(subject, "blind", words, (never,), more)


def _there(check: Check, prometheus: Prometheus) -> list[tuple[str, str]] | str:
    """The series that make it no longer blind, with their values: those of its gauge, or its own."""
    if isinstance(check.value, Gauge) and isinstance(check.value.value, Selector):
        labels = taken(check.value.value, {**dict.fromkeys(prometheus.target_labels, "a"), **dict.fromkeys(check.by, "any")})
        return labels if isinstance(labels, str) else [(series(check.value.value.metric, labels), "1")]
    if isinstance(check.value, Gauge | OtherSlo):
        return [(series(names.CHECK_VALUE, identity(check)), "1")]
    return [(series(names.total_sum(_HOUR), identity(check)), "100")]


def _compared(check: Check, rule: AlertRule, others: Others, there: list[tuple[str, str]], prometheus: Prometheus) -> tuple[Past, tuple[Test, ...]]:
    """What it is compared with is not there, is there, or is beyond the buckets."""
    found = past(check.baseline, rule, prometheus.step)
    if check.baseline and check.baseline.offset and rule.hold and check.baseline.offset <= rule.hold:
        return found, ()  # by then there is a past
    lasting = [Series(name, found.steady(Decimal(value))) for name, value in there]
    pairs: dict[str, tuple[tuple[str, Decimal | None], ...]] = {"compared": (("nothing to compare with", None), ("compared", base_of(check) or Decimal(1)))}
    if reach := reach_of(check):
        pairs[_BEYOND] = (("a past beyond the buckets", reach), ("one within them", reach * Decimal("0.999")))
    tests = []
    for what, cases in pairs.items():
        inputs = [one for name, then in cases for one in _inputs(check, name, then, others, found)]
        tests.append(_test(check, rule, found, what, [*lasting, *inputs], cases[0][0]))
    return found, tuple(tests)


def _inputs(check: Check, name: str, then: Decimal | None, others: Others, found: Past) -> Iterator[Series]:
    labels = {**identity(check), CASE: name}
    now = base_of(check) or Decimal(1)
    value = found.values(then, now, now) if found.has_then else found.steady(now)
    yield Series(series(names.CHECK_VALUE, labels), value)
    if check.baseline and check.baseline.slo:
        other = {**others[check.baseline.slo.name], CASE: name}
        yield Series(series(names.bad_sum(check.window), other), found.steady(Decimal(0)))
        yield Series(series(names.total_sum(check.window), other), found.steady(_SOME if then is None else _ENOUGH))


def _test(check: Check, rule: AlertRule, found: Past, what: str, inputs: list[Series], firing: str) -> Test:
    labels = identity(check)
    silent = () if what == _BEYOND else (is_silent(rule, found.pending, {**labels, CASE: firing}),)  # until then it has no past, which fires, too
    expected = (*silent, fires_for(rule, labels, found.firing, [firing]))
    subject = check.full_name
    return Test(
        subject,
        f"{subject}: blind: {what}",
        "A value alone cannot be judged: what it is compared with must be there, too.",
        found.pace,
        tuple(inputs),
        expected,
    )


# --- age ---------------------------------------------------------------------------------------------------------------------------


def _age(check: Check) -> Duration:
    return check.fresh or check.window


def _aged(check: Check, rule: AlertRule, there: list[tuple[str, str]]) -> tuple[Test, ...]:
    """A gauge with one sample, until it is too old; nothing where age is no reason."""
    if not isinstance(check.value, Gauge) or not isinstance(check.value.value, Selector) or _age(check) > _LONGEST:
        return ()
    pace = Duration(Decimal(300))
    gone = math.floor((pace.seconds + _age(check).seconds) / AN_HOUR.seconds) + 1  # the first full hour at which it is missed
    held = math.ceil((rule.hold.seconds if rule.hold else 0) / AN_HOUR.seconds)
    inputs = tuple(Series(name, f"_ {value}") for name, value in there)
    expected = (
        is_silent(rule, times(AN_HOUR, gone + held - 1)),
        Expected(f"count({alerts(rule)})", times(AN_HOUR, gone + held), (("{}", "1"),)),
    )
    subject = check.full_name
    return (Test(subject, f"{subject}: blind: aged", "One sample, five minutes after midnight.", pace, inputs, expected),)
