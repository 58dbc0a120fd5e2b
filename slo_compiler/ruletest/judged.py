"""Checks: a value at its bound and just beyond it, beside the past or the other SLO that it is compared with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from slo_compiler import names, policy
from slo_compiler.ir import AlertRule
from slo_compiler.model import Baseline, Check, OtherSlo, Prometheus, Quantile, Share
from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest.claims import CASE, Claim, Labels, Series, Test, fires_for, is_silent, series
from slo_compiler.ruletest.pasts import Past, past
from slo_compiler.ruletest.values import identity, nice

_HAIR = Decimal("0.0001")  # of a bound: so near to it a test looks
_NORMAL = Decimal("2.5758")  # 1 % of what chance does lies further out than so many standard deviations, on both sides
_DAILY = 7  # daily values of which a median may be one
_MANY = 10**12  # events of another SLO, whose share then owes nothing to chance

#: The identity of each SLO of a service by its name.
Others = Mapping[str, Labels]


@dataclass(frozen=True, slots=True)
class Case:
    """A value and what it is compared with, from how many events, and for how many days there is a past."""

    name: str
    now: Decimal
    fires: bool
    then: Decimal | None = None
    events: int = policy.OF_QUANTILE
    events_then: int = policy.OF_QUANTILE
    variance: Decimal = Decimal(0)
    days: int | None = None


def claim(check: Check, rule: AlertRule, others: Others, prometheus: Prometheus) -> Claim:
    """What is said of the alert that a value is too far off."""
    found = past(check.baseline, rule, prometheus.step)
    cases = list(_cases(check))
    if policy.chance_limit(check) is not None:
        test, words = _evidence(check, rule, found)
    else:
        inputs = [one for case in cases for one in _inputs(check, case, others, found)]
        test = _test(check, rule, inputs, found, [case.name for case in cases if case.fires])
        words = _words(check, cases)
    steps, days = ((test,), ()) if found.evaluation == prometheus.step else ((), (test,))
    return Claim(check.full_name, "check-failed", f"fires after {rule.hold} at {words}; over at recovery", steps, days)


def _test(check: Check, rule: AlertRule, inputs: Sequence[Series], found: Past, firing: Sequence[str]) -> Test:
    labels = identity(check)
    expected = (
        is_silent(rule, found.pending, labels),
        fires_for(rule, labels, found.firing, firing),
        is_silent(rule, found.over, labels),
    )
    why = "At its bound it is silent, and so it is until it has been beyond it for long enough; then it is well again."
    return Test(check.full_name, f"check-failed: edges, by {found.evaluation}", why, found.pace, tuple(inputs), expected)


# --- cases -------------------------------------------------------------------------------------------------------------------------


def _cases(check: Check) -> Iterator[Case]:
    """The edges of a verdict, and what else it asks for."""
    edges = _edges(check)
    yield from edges
    beyond = edges[1]
    least = policy.least_events(check)
    if least:
        yield replace(beyond, name=f"{least - 1} events", events=least - 1, fires=False)
        if check.baseline and check.baseline.offset:
            yield replace(beyond, name=f"{least - 1} events then", events_then=least - 1, fires=False)
    if check.baseline and check.baseline.median:
        yield from (replace(beyond, name=f"a past of {days} days", days=days, fires=days >= _DAILY) for days in (_DAILY - 1, _DAILY))
    if reach := reach_of(check):
        yield replace(beyond, name="a past beyond the buckets", then=reach, now=reach * check.verdict.number * 2, fires=False)


def _edges(check: Check) -> list[Case]:
    """A silent one first, then one that fires."""
    return _distances(check) if check.verdict.key in {"changed_by", "within"} else _bounds(check)


def _bounds(check: Check) -> list[Case]:
    verdict, base = check.verdict, base_of(check)
    at = verdict.number * base if base is not None and verdict.of_baseline else verdict.number
    hair = max(abs(at), Decimal("0.01")) * _HAIR
    beyond = at + hair if verdict.key == "at_most" else at - hair
    return [Case(plain(at), at, fires=False, then=base), Case(plain(beyond), beyond, fires=True, then=base)]


def _distances(check: Check) -> list[Case]:
    base, verdict = base_of(check) or Decimal(0), check.verdict
    distance = verdict.number * base if verdict.of_baseline else verdict.number
    near, far = (plain(distance * (1 + part)) for part in (-_HAIR, _HAIR))
    edges = [
        Case(f"{near} more", base + Decimal(near), fires=False, then=base),
        Case(f"{far} more", base + Decimal(far), fires=True, then=base),
        Case(f"{near} less", base - Decimal(near), fires=False, then=base),
        Case(f"{far} less", base - Decimal(far), fires=True, then=base),
    ]
    if not is_noisy(check):
        return edges
    twice = 2 if check.baseline and check.baseline.offset else 1  # chance moves both
    likely, unlikely = ((Decimal(far) * part / _NORMAL) ** 2 / twice for part in (Decimal("1.01"), Decimal("0.99")))
    return [*edges, replace(edges[1], name="what chance explains", variance=likely, fires=False), replace(edges[1], name="what it does not", variance=unlikely)]


def is_noisy(check: Check) -> bool:
    """Whether a distance between two shares is tested against chance."""
    is_distance = check.verdict.key in {"changed_by", "within"} and not check.verdict.of_baseline
    return is_distance and isinstance(check.value, Share | OtherSlo) and not (check.baseline and check.baseline.median)


def base_of(check: Check) -> Decimal | None:
    """What a value is compared with in tests: a share, or a number whose multiples no float spoils; below what the buckets can see."""
    if check.baseline is None:
        return None
    if isinstance(check.value, Share | OtherSlo):
        return Decimal("0.5")
    reach = reach_of(check)
    return Decimal(4) if reach is None or reach > 4 else Decimal(2) ** (math.floor(math.log2(reach)) - 1)


def reach_of(check: Check) -> Decimal | None:
    """The past from which on so many times of it lie beyond the last bucket; None where that cannot be."""
    last = check.value.last if isinstance(check.value, Quantile) else None
    return last / check.verdict.number if last and check.verdict.of_baseline and check.verdict.key == "at_most" else None


# --- input -------------------------------------------------------------------------------------------------------------------------


def _inputs(check: Check, case: Case, others: Others, found: Past) -> Iterator[Series]:
    """The value, its variance, the events that it is of, and what it is compared with."""
    labels = {**identity(check), CASE: case.name}
    usual, now = case.then, case.now
    calm = _edges(check)[0].now
    then = usual if found.has_then else now
    yield Series(series(names.CHECK_VALUE, labels), found.values(then, now, calm, days=case.days))
    if is_noisy(check):
        yield Series(series(names.CHECK_VARIANCE, labels), found.steady(case.variance))
    if policy.least_events(check):
        events = found.values(Decimal(case.events_then), Decimal(case.events), Decimal(case.events))
        yield Series(series(names.total_sum(check.window), labels), events)
    if check.baseline and check.baseline.slo and usual is not None:
        yield from _other(check, check.baseline.slo, case, usual, others, found)


def _other(check: Check, other: OtherSlo, case: Case, share: Decimal, others: Others, found: Past) -> Iterator[Series]:
    labels = {**others[other.name], CASE: case.name}
    yield Series(series(names.bad_sum(check.window), labels), found.steady((1 - share) * _MANY))
    yield Series(series(names.total_sum(check.window), labels), found.steady(Decimal(_MANY)))


# --- a share beyond its bound, and beyond chance -----------------------------------------------------------------------------------


def _evidence(check: Check, rule: AlertRule, found: Past) -> tuple[Test, str]:
    volumes = [total for total in _volumes(check) if _critical(check, total) <= total]
    cases = [(bad, total, fires) for total in volumes for bad, fires in ((_critical(check, total) - 1, False), (_critical(check, total), True))]
    few = policy.SAMPLE - 1
    cases += [(few, few, False), (0, 0, False)]
    inputs = []
    for bad, total, fires in cases:
        labels = {**identity(check), CASE: f"{bad} of {total}"}
        counts = (names.bad_sum(check.window), Decimal(bad), Decimal(0)), (names.total_sum(check.window), Decimal(total), Decimal(total))
        inputs += [Series(series(record, labels), found.values(now, now, calm if fires else now)) for record, now, calm in counts]
    total = volumes[-1]
    kind = "not good" if isinstance(check.value, Share) and check.value.is_good else "bad"
    words = f"{_critical(check, total):,} {kind} of {total:,} in {check.window}, silent at {_critical(check, total) - 1:,}, and at {few} of {few}"
    return _test(check, rule, inputs, found, [f"{bad} of {total}" for bad, total, fires in cases if fires]), words


def _volumes(check: Check) -> list[int]:
    limit = float(policy.chance_limit(check) or 1)
    return sorted({policy.SAMPLE, nice(max(policy.SAMPLE, 30 / limit)), nice(3000 / limit)})


def _critical(check: Check, total: int) -> int:
    """The fewest bad events that chance does not explain, as the rule prints its numbers."""
    at = policy.critical(policy.chance_limit(check) or Decimal(1), policy.OF_CHECK)
    return math.floor(float(at.share) * total + float(at.root) * math.sqrt(total) + float(at.constant or 0)) + 1


# --- words -------------------------------------------------------------------------------------------------------------------------


def _words(check: Check, cases: Sequence[Case]) -> str:
    silent, fires = cases[0].name.removesuffix(" more"), cases[1].name.removesuffix(" more")
    unit = f" {check.unit}" if check.unit else ""
    if check.verdict.key in {"changed_by", "within"} and check.verdict.of_baseline:
        far, near = (f"{plain(check.verdict.number * (1 + part) * 100)}%" for part in (_HAIR, -_HAIR))
        said = f"{far} above or below {_beside(check)}, silent at {near}"
    elif check.verdict.key in {"changed_by", "within"}:
        said = f"{fires}{unit} above or below {_beside(check)}, silent at {silent}"
    elif check.baseline:
        said = f"{fires}{unit} where {_beside(check)} is {base_of(check)}, silent at {silent}"
    else:
        said = f"{fires}{unit}, silent at {silent}"
    silences = [case.name for case in cases[2:] if not case.fires and not case.name.endswith(" less")]
    return f"{said}{''.join(f', and with {one}' for one in silences)}"


def _beside(check: Check) -> str:
    match check.baseline:
        case Baseline(slo=OtherSlo(name=name)):
            return f"that of {name}"
        case Baseline(median=Duration() as median):
            return f"its median of {median}"
        case _:
            return f"its value of {check.baseline.offset if check.baseline else ''} before"
