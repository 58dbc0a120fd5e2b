"""The rules that a server runs beside those that the files compile to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slo_compiler.changes import Changes, State, running
from slo_compiler.ir import AlertRule, Rule, RuleGroup
from tests.unit.given import HISTOGRAM, promise
from tests.unit.test_changes import state, told


def as_told(rule: Rule) -> dict[str, Any]:
    """A rule as Prometheus' API tells it."""
    if not isinstance(rule, AlertRule):
        return {"type": "recording", "name": rule.record, "query": rule.expr, "labels": dict(rule.labels)}
    seconds = {"duration": rule.hold, "keepFiringFor": rule.keep_firing_for}
    texts = {"labels": dict(rule.labels), "annotations": dict(rule.annotations)}
    return {
        "type": "alerting",
        "name": rule.alert,
        "query": rule.expr,
        **texts,
        **{key: float(found.seconds) if found else 0 for key, found in seconds.items()},
    }


def group(one: RuleGroup) -> dict[str, Any]:
    return {"name": one.name, "interval": float(one.interval.seconds), "rules": [as_told(rule) for rule in one.rules]}


def loaded(of: State) -> list[dict[str, Any]]:
    return [group(one) for service in of.bundle.services for one in service.groups]


def beside(old: dict[str, Any], new: dict[str, Any]) -> Changes:
    return running.compare(loaded(state(promise(**old))), state(promise(**new)), "http://a")


def test_what_runs_as_compiled_is_unchanged() -> None:
    found = beside({}, {})
    assert (found.slos, found.project, found.unchanged, found.old) == ((), (), 1, "what http://a runs")


@pytest.mark.parametrize(
    ("old", "new", "verdict", "words"),
    [
        ({}, {"objective": "99%"}, "weaker", "objective 99.9% to 99%"),
        ({}, {"objective": "99%"}, "weaker", "SLOBudgetBurn (rollback) needs 10% bad, before: 1%"),
        ({"objective": "99%"}, {}, "stronger", "objective 99% to 99.9%"),
        ({}, {"alerting": {"disable": ["blind", "ticket"]}}, "weaker", "2 alerts removed: SLOBlind, SLOBudgetBurn (ticket)"),
        ({"alerting": {"disable": ["blind"]}}, {}, "stronger", "1 alert added: SLOBlind"),
        ({}, {"alerting": {"no_data": "ticket"}}, "weaker", "SLONoData has severity ticket, before: page"),
        ({}, {"alerting": {"min_events": 500}}, "other", "SLOBudgetBurn (rollback) has another expression"),
        ({}, {"category": "quality", "alerting": {"no_data": "page"}}, "other", "category quality, before: availability"),
        ({}, {"title": "Other"}, "same", "title Other, before: success"),
        ({}, {"labels": {"team": "chat"}}, "other", "SLONoData has other labels, which may lead it elsewhere"),
        ({}, {"window": "30d"}, "weaker", "window 30d, before: 7d"),
        ({}, {"links": {"runbook": "https://x.example"}}, "same", "other texts: SLOBudgetBurn (rollback, page"),
    ],
)
def test_what_loading_would_change_is_told(old: dict[str, Any], new: dict[str, Any], verdict: str, words: str) -> None:
    (only,) = beside(old, new).slos
    assert words in told(only)
    assert only.verdict.value == verdict


def test_own_objectives_of_label_values_are_listed() -> None:
    (only,) = beside({"by": ["region"]}, {"by": ["region"], "overrides": {"eu": {"objective": "99%"}}}).slos
    assert "objective 99.9% to 99%, 99.9%" in told(only)


def test_an_slo_that_is_not_loaded_is_new() -> None:
    found = running.compare([], state(promise()), "http://a")
    (only,) = found.slos
    assert (only.name, only.kind, only.verdict.value, found.unchanged) == ("shop/success", "added", "stronger", 0)


def test_an_slo_that_no_file_says_any_more_would_go() -> None:
    (only,) = running.compare(loaded(state(promise(), promise(name="b", sli=HISTOGRAM))), state(promise()), "http://a").slos
    assert (only.name, only.kind, only.verdict.value) == ("shop/b", "removed", "weaker")


def test_services_of_others_are_passed_over() -> None:
    both = [
        *loaded(state(promise())),
        *loaded(state(promise(), service="other")),
        {"name": "node", "rules": [{"type": "recording", "name": "x", "query": "1"}]},
    ]
    assert running.compare(both, state(promise()), "http://a").slos == ()


def test_another_identity_cuts_the_history() -> None:
    (only,) = beside({}, {"by": ["region"]}).slos
    assert (only.kind, only.history.state, only.verdict.value) == ("changed", "anew", "weaker")
    assert "the identity is shop/success:region, before: shop/success" in only.history.text


def test_other_counts_under_the_same_name_mix_the_history() -> None:
    (only,) = beside({}, {"sli": HISTOGRAM}).slos
    assert only.history.state == "mixed"
    assert "computed otherwise: slo:total:delta, slo:bad:delta" in told(only)


def test_rules_and_paces_of_a_whole_service_are_told() -> None:
    new = state(promise())
    old = loaded(new)
    old[0]["interval"] = 30.0
    next(rule for rule in old[0]["rules"] if rule["name"] == "slo:bad:sum5m")["query"] = "vector(1)"
    words = [sentence.text for sentence in running.compare(old, new, "http://a").project]
    assert words == ["the group slo-shop-fast runs each 1m, before: each 30s", "the group slo-shop-fast has other rules for all SLOs of its service"]


def test_a_wait_that_is_longer_is_weaker() -> None:
    new = state(promise())
    old = replace(new, bundle=new.bundle)
    rules = loaded(old)
    next(rule for one in rules for rule in one["rules"] if rule["name"] == "SLOBlind")["duration"] = 60.0
    (only,) = running.compare(rules, new, "http://a").slos
    assert (only.verdict.value, told(only)) == ("weaker", "SLOBlind waits 1h, before: 1m")
