"""Burn-rate tiers: the critical count, the share of the short window, quiet and missing data, and how they end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.model import Cell, Slo, Spec, Tier, TimeSlices
from slo_compiler.quantities import Duration, six_digits
from slo_compiler.ruletest import endings
from slo_compiler.ruletest.claims import CASE, Claim, Labels, Series, Test, constant, fires_for
from slo_compiler.ruletest.values import identity, nice, percent, times
from slo_compiler.simulate import Trigger, trigger

#: Expected bad events at a tier's share: few, so that chance rules, and many, so that the share does.
_FEW, _MANY = 30, 3000
_VISIBLE = 1000  # the same, for a share that people read


@dataclass(frozen=True, slots=True)
class Case:
    """What the windows of a tier hold; None where a series is missing."""

    name: str
    bad: int | None
    total: int
    short_bad: int
    short_total: int
    fires: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """A tier of one cell of an SLO: when it fires, its rule, and the labels of its series."""

    slo: Slo
    tier: Tier
    when: Trigger
    rule: AlertRule
    labels: Labels
    name: str
    step: Duration

    def room(self, window: Duration) -> int | None:
        """How many slices of time a window holds, one a step; None for events, of which there may be any number."""
        return int(window.seconds / self.step.seconds) if isinstance(self.slo.sli, TimeSlices) else None

    def inputs(self, case: Case) -> list[Series]:
        """The sums of its windows."""
        labels = {**self.labels, CASE: case.name}
        found = [constant(names.total_sum(self.tier.long), labels, case.total)]
        if case.bad is not None:
            found.insert(0, constant(names.bad_sum(self.tier.long), labels, case.bad))
        if self.tier.short:
            found.append(constant(names.bad_sum(self.tier.short), labels, case.short_bad))
            found.append(constant(names.total_sum(self.tier.short), labels, case.short_total))
        return found


def claim(slo: Slo, tier: Tier, cells: list[Cell], rule: AlertRule, spec: Spec) -> Claim:
    """What is said of one tier; its words are those of the cell that holds for all other values."""
    step = spec.prometheus.step
    subjects = [found for cell in cells if (found := _subject(slo, tier, cell, rule, spec))]
    evidence = tuple(_thresholds(subject, step) for subject in subjects)
    ends = [endings.recovery((one.name, tier.name), one.rule, _ending(one), one.labels, step) for one in subjects]
    steps, days = endings.by_pace(ends)
    return Claim(slo.full_name, tier.name, _words(subjects[-1]) + others(len(subjects)), evidence + steps, days)


def others(cells: int) -> str:
    """That there are more cells than the one that is told."""
    return f"; {cells - 1} more with numbers of their own" if cells > 1 else ""


def _subject(slo: Slo, tier: Tier, cell: Cell, rule: AlertRule, spec: Spec) -> Subject | None:
    least = slo.sli.two(spec.prometheus.step) if isinstance(slo.sli, TimeSlices) else 0
    when = trigger(tier, cell, is_counted=slo.is_counted, least=least)
    if when is None:
        return None
    when = replace(when, share=float(six_digits(when.share)))  # as the rule prints it
    part = f" ({cell.name})" if cell.name else ""
    return Subject(slo, tier, when, rule, identity(slo, cell), f"{slo.full_name}{part}", spec.prometheus.step)


def _thresholds(subject: Subject, step: Duration) -> Test:
    cases = [*_critical(subject), *_shares(subject), *_silent(subject)]
    inputs = [series for case in cases for series in subject.inputs(case)]
    firing = fires_for(subject.rule, subject.labels, times(step, 5), [case.name for case in cases if case.fires])
    why = "One bad event less than the critical count is silent, and so is a short window at its share." if subject.tier.short else _ALONE
    return Test(subject.name, f"{subject.tier.name}: thresholds", why, step, tuple(inputs), (firing,))


_ALONE = "One bad event less than the critical count is silent."


def _volumes(subject: Subject) -> list[int]:
    """How many events a long window may hold, from the fewest that fire."""
    when, room = subject.when, subject.room(subject.tier.long)
    rounded = [nice(max(expected / when.share, subject.tier.evidence.min_events)) for expected in (_FEW, _MANY)]
    if room:
        rounded = [min(count, room) for count in rounded]
    return sorted({when.fewest_events, *(count for count in rounded if when.critical(count) is not None)})


def _critical(subject: Subject) -> list[Case]:
    found = []
    for total in _volumes(subject):
        fewest = subject.when.critical(total) or total
        for bad, fires in ((fewest - 1, False), (fewest, True)):
            found.append(Case(f"{bad} of {total}", bad, total, total, total, fires))
    return found


def _shares(subject: Subject) -> list[Case]:
    if not subject.tier.short:
        return []
    at, total = _at_share(subject)
    long, short = _volumes(subject)[-1], str(subject.tier.short)
    return [Case(f"{bad} of {total} in {short}", long, long, bad, total, fires) for bad, fires in ((at, False), (at + 1, True))]


def _at_share(subject: Subject) -> tuple[int, int]:
    """The most bad events, of how many, that the short window leaves silent."""
    total, room = nice(_VISIBLE / subject.when.share), subject.room(subject.tier.short) if subject.tier.short else None
    total = min(total, room) if room else total
    return math.floor(subject.when.share * total), total


def _silent(subject: Subject) -> list[Case]:
    many = _volumes(subject)[-1]
    found = [Case("a quiet hour", 0, 0, 0, 0, fires=False), Case("no bad series", None, many, many, many, fires=False)]
    if subject.tier.evidence.min_events:
        few = subject.tier.evidence.min_events - 1
        found.append(Case(f"only {few}", few, few, few, few, fires=False))
    return found


def _ending(subject: Subject) -> dict[str, tuple[int, int]]:
    """All bad, then all good."""
    many = _volumes(subject)[-1]
    windows = [subject.tier.long, *([subject.tier.short] if subject.tier.short else [])]
    return {sum_of(window): ends for window in windows for sum_of, ends in ((names.bad_sum, (many, 0)), (names.total_sum, (many, many)))}


def _words(subject: Subject) -> str:
    volumes = _volumes(subject)
    total = volumes[len(volumes) // 2]
    fewest, long = subject.when.critical(total) or total, subject.tier.long
    said = f"fires at {fewest:,} bad of {total:,} in {long}, silent at {fewest - 1:,}"
    if subject.tier.short:
        at, of = _at_share(subject)
        said += f"; fires at {percent(at + 1, of)} in {subject.tier.short}, silent at {percent(at, of)}"
    return f"{said}; {endings.words(subject.rule)}"
