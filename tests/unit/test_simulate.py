"""What a tier needs to fire, held against the rule's own comparison, counted through."""

from __future__ import annotations

from decimal import Decimal
from math import sqrt

import pytest

from slo_compiler import policy, simulate
from slo_compiler.build.policies import shipped
from slo_compiler.model import Cell, Tier
from slo_compiler.quantities import Duration, Ratio
from slo_compiler.simulate import Trigger

STEP = 60.0


def cell(objective: str) -> Cell:
    return Cell((), Ratio(Decimal(objective)), None)


def tiers(name: str, objective: str) -> list[Trigger]:
    return simulate.triggers(shipped(name), cell(objective), is_counted=True)


ALL = [
    (name, objective)
    for name, objectives in {"standard": ("0.9995", "0.99", "0.95"), "low-objective": ("0.92", "0.7"), "sre-workbook": ("0.999",)}.items()
    for objective in objectives
]


def fires(trigger: Trigger, objective: str, bad: float, total: float) -> bool:
    """The long window's part of a rule, from the constants as they are printed."""
    budget, share = 1 - Decimal(objective), policy.share(trigger.tier, Ratio(Decimal(objective)))
    against_objective = trigger.tier.evidence.against == "objective"
    printed = policy.critical(budget if against_objective else share, trigger.tier.evidence.alpha)
    beyond_chance = bad > float(printed.share) * total + float(printed.root) * sqrt(total) + float(printed.constant or 0)
    return beyond_chance and bad > float(share) * total and total >= trigger.tier.evidence.min_events


@pytest.mark.parametrize(("name", "objective"), ALL)
@pytest.mark.parametrize("total", [1, 3, 10, 49, 50, 200, 1_000, 77_777])
def test_the_critical_count_fires_and_one_less_does_not(name: str, objective: str, total: int) -> None:
    for trigger in tiers(name, objective):
        found = trigger.critical(total)
        tried = range(total + 1) if total < 2_000 else range((found or total) - 2, (found or total) + 3)
        assert found == next((bad for bad in tried if fires(trigger, objective, bad, total)), None)


@pytest.mark.parametrize(("name", "objective"), ALL)
def test_the_lowest_rate_is_the_first_at_which_a_full_outage_fires(name: str, objective: str) -> None:
    for trigger in tiers(name, objective):
        fewest = next(total for total in range(1, 10_000) if fires(trigger, objective, total, total))
        assert trigger.fewest_events == fewest
        assert trigger.lowest_rate == pytest.approx(fewest / trigger.hours)


@pytest.mark.parametrize(("name", "objective"), ALL)
@pytest.mark.parametrize("share", [1.0, 0.1, 0.01])
def test_an_incident_fires_within_a_step_of_what_is_told(name: str, objective: str, share: float) -> None:
    rate = 6_000.0
    for trigger in tiers(name, objective):
        told = trigger.seconds_to_fire(share, rate)
        counted = _played(trigger, objective, share, rate)
        assert (told is None) == (counted is None)
        if told is not None and counted is not None:
            assert 0 <= counted - told <= STEP


def _played(trigger: Trigger, objective: str, share: float, rate: float) -> float | None:
    """Seconds until an incident fires, step by step, after a time without bad events."""
    each, long = rate * STEP / 3600, trigger.hours * 3600
    threshold = float(policy.share(trigger.tier, Ratio(Decimal(objective))))
    for step in range(1, int(long / STEP) + 1):
        bad = each * share * step
        short = float(trigger.tier.short.seconds) if trigger.tier.short else STEP * step
        in_short = min(STEP * step, short) / short * share > threshold
        if in_short and fires(trigger, objective, bad, rate * trigger.hours):
            return step * STEP
    return None


def test_a_tier_beyond_everything_has_no_trigger() -> None:
    assert tiers("standard", "0.9") == simulate.triggers(shipped("standard")[1:], cell("0.9"), is_counted=True)


def test_without_evidence_the_share_alone_decides() -> None:
    tier = Tier("page", "page", Duration(Decimal(3600)), None, policy.THRESHOLD, burn=Decimal(10))
    found = simulate.trigger(tier, cell("0.99"), is_counted=False)
    assert found is not None
    assert found.critical(100) == 11
    assert found.fewest_events == 1


def test_too_few_events_never_fire() -> None:
    (rollback, *_) = tiers("low-objective", "0.92")
    assert rollback.critical(49) is None
    assert rollback.critical(50) is not None
    assert rollback.seconds_to_fire(1.0, 49) is None
