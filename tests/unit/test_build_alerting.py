"""How an SLO alerts: policies found, scaled and tightened; tiers of the user's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from slo_compiler import policy
from slo_compiler.build.policies import shipped
from slo_compiler.model import Evidence
from tests.unit.given import built, file, one, promise

TIER = {"name": "mine", "severity": "page", "long": "1h", "short": "5m", "burn": 10}


def tiers(*own: dict[str, Any]) -> dict[str, Any]:
    return {"alerting": {"policy": {"tiers": list(own)}}}


@pytest.mark.parametrize("name", [name for name in policy.NAMES if name != "default"])
def test_our_own_policies_can_be_read(name: str) -> None:
    assert all(tier.where is None and (tier.burn is None) != (tier.odds is None) for tier in shipped(name))
    assert bool(shipped(name)) == (name != "none")


@pytest.mark.parametrize(("objective", "chosen"), [("99.9%", "standard-7d"), ("90%", "low-objective-7d")])
def test_without_a_policy_the_objective_chooses(objective: str, chosen: str) -> None:
    assert one(objective=objective).slo.alerting.policy == chosen


def test_tiers_of_its_own_are_one_at_least() -> None:
    assert one(**tiers()).ids == ["value/empty"]


def test_an_unknown_policy_is_told_and_hides_nothing_else() -> None:
    found = one(alerting={"policy": "standrad"}, labels={"le": "x"})
    assert set(found.ids) == {"policy/unknown", "label/reserved"}


def test_an_unknown_policy_that_is_like_none_is_answered_with_all() -> None:
    assert "low-objective" in one(alerting={"policy": "zzz"}).only.help


def test_own_tiers_are_taken_as_written() -> None:
    slo = one(**tiers({**TIER, "action": "rollback", "keep_firing_for": "10m", "evidence": {"against": "objective", "alpha": 0.001, "min_events": 7}})).slo
    (tier,) = slo.alerting.tiers
    assert (slo.alerting.policy, tier.name, tier.burn, tier.action, str(tier.keep_firing_for)) == ("inline", "mine", 10, "rollback", "10m")
    assert tier.evidence == Evidence("objective", Decimal("0.001"), 7)


def test_no_tiers_are_no_alerts() -> None:
    assert one(alerting={"policy": "none"}).slo.alerting.tiers == ()


@pytest.mark.parametrize(
    ("tier", "id"),
    [
        ({**TIER, "short": "1h"}, "policy/windows"),
        ({**TIER, "short": "2h"}, "policy/windows"),
        ({**TIER, "long": "8d"}, "policy/windows"),
        ({**TIER, "long": "90s", "short": "60s"}, "window/grain"),
        ({**TIER, "name": "exhausted"}, "policy/tier-name"),
        ({**TIER, "name": "blind"}, "policy/tier-name"),
        ({**TIER, "long": "soon"}, "duration/format"),
        ({**TIER, "keep_firing_for": "1y"}, "duration/unit"),
        ({**TIER, "keep_firing_for": "99999w"}, "duration/range"),
        ({**TIER, "severity": "{{ x"}, "text/braces"),
        ({**TIER, "action": "}}"}, "text/braces"),
        ({**TIER, "burn": 0}, "value/range"),
        ({**TIER, "odds": 2}, "key/choice"),
        ({**TIER, "burn": None}, "value/type"),
        ({**TIER, "name": "A"}, "value/range"),
        ({**TIER, "evidence": {"alpha": 0}}, "value/range"),
        ({**TIER, "evidence": {"alpha": 0.6}}, "value/range"),
        ({**TIER, "evidence": {"against": "x"}}, "value/unknown"),
    ],
)
def test_a_tier_that_cannot_be_is_one_mistake(tier: dict[str, Any], id: str) -> None:
    found = one(**tiers(tier)).only
    assert found.id == id
    assert found.help


def test_two_tiers_of_one_name_are_told() -> None:
    assert one(**tiers(TIER, TIER)).ids == ["policy/tier-name"]


def test_a_tier_as_long_as_the_slo_is_allowed() -> None:
    assert one(window="90m", **tiers({**TIER, "long": "90m"})).report.ok


def test_a_sample_needs_fifty_events() -> None:
    assert all(tier.evidence.min_events == 50 for tier in one(sampled=True).slo.alerting.tiers)
    assert all(tier.evidence.min_events == 80 for tier in one(sampled=True, alerting={"min_events": 80}).slo.alerting.tiers)
    assert all(tier.evidence.min_events == 0 for tier in one().slo.alerting.tiers)


def test_significance_tightens_every_tier() -> None:
    assert all(tier.evidence.alpha == Decimal("0.001") for tier in one(alerting={"significance": 0.001}).slo.alerting.tiers)


def test_a_disabled_tier_is_gone() -> None:
    assert "page" not in {tier.name for tier in one(alerting={"disable": ["page", "exhausted"]}).slo.alerting.tiers}


def test_a_tier_that_only_other_policies_have_may_be_disabled() -> None:
    assert one(alerting={"disable": ["ticket-slow"]}).report.ok


@pytest.mark.parametrize(
    ("keys", "severity"),
    [
        ({}, "page"),
        ({"category": "cost"}, "ticket"),
        ({"alerting": {"no_data": "ticket"}}, "ticket"),
        ({"alerting": {"policy": "none"}}, "ticket"),
        ({"alerting": {"disable": ["page", "rollback"]}}, "ticket"),
        ({"category": "cost", "alerting": {"no_data": "page"}}, "page"),
    ],
)
def test_no_data_pages_where_anything_pages(keys: dict[str, Any], severity: str) -> None:
    assert one(**keys).slo.alerting.no_data == severity


def test_labels_are_for_all_alerts_or_for_one() -> None:
    found = one(alerting={"labels": {"a": "all", "page": {"a": "one", "b": "more"}}, "annotations": {"c": "all", "exhausted": {"c": "one"}}})
    assert found.alert("SLOBudgetBurn", "page").labels.items() >= {"a": "one", "b": "more"}.items()
    assert found.alert("SLOBudgetBurn", "ticket").labels["a"] == "all"
    assert found.alert("SLOBudgetExhausted").annotations["c"] == "one"
    assert found.alert("SLONoData").annotations["c"] == "all"


GIVEN = {
    "policy": "two-tier", "disable": ["blind"], "labels": {"product": "chat", "page": {"channel": "pager"}}, "annotations": {"docs": "x"},
    "min_events": 30, "significance": 0.001, "no_data": "ignore",
}  # fmt: skip


@pytest.mark.parametrize("key", GIVEN)
def test_null_takes_a_key_of_alerting_away_that_the_defaults_gave(key: str) -> None:
    others = {name: value for name, value in GIVEN.items() if name != key}
    without = built(file(promise(alerting=others))).slo.alerting
    assert built(file(promise(alerting={key: None}), defaults={"alerting": GIVEN})).slo.alerting == without
    assert built(file(promise(), defaults={"alerting": GIVEN})).slo.alerting != without


def test_null_takes_a_single_label_away() -> None:
    labels = built(file(promise(alerting={"labels": {"product": None}}), defaults={"alerting": GIVEN})).slo.alerting.labels
    assert labels == {"page": {"channel": "pager"}}
    assert built(file(promise(alerting={"labels": {"page": None}}), defaults={"alerting": GIVEN})).slo.alerting.labels == {"": {"product": "chat"}}


def test_what_defaults_say_of_burn_rates_is_not_for_promises_without_them() -> None:
    spend = {"name": "bill", "category": "cost", "sli": {"spend": {"metric": "spend_dollars_total", "at_most": "$5"}}}
    found = built(file(spend, {**spend, "name": "own", "alerting": {"min_events": 3}}, defaults={"alerting": GIVEN}))
    assert [finding.where.route[2:3] for finding in found.report.findings if finding.id == "key/not-here"] == [(1,)]
    assert "policy/not-here" not in found.ids
