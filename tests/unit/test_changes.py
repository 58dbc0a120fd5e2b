"""What is told of a change: each key has a sentence, an effect on the alerts, and a word on the history."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from slo_compiler import compiler, names, resources
from slo_compiler.build import Project
from slo_compiler.changes import Change, Changes, State, compare
from slo_compiler.changes.data import as_data
from slo_compiler.changes.markdown import markdown
from slo_compiler.changes.text import lines
from slo_compiler.lower import lower
from slo_compiler.model import Check, OtherSlo
from slo_compiler.templating import Templates
from tests.unit.given import HISTOGRAM, ROOT, built, file, promise, settings

OTHER = {"events": {"total": "requests_total", "bad": 'requests_total{code="503"}'}}
UP: dict[str, Any] = {"value": "up_ratio", "at_least": 1}
SPEND: dict[str, Any] = {"name": "spend", "category": "cost", "sli": {"spend": {"metric": "cost_dollars_total", "at_most": "$100"}}}
SHARE = {"value": {"ratio": {"total": "answers_total", "bad": 'answers_total{ok="no"}'}}}
CHECK: dict[str, Any] = {"name": "drift", "category": "quality", "sli": {"check": {**SHARE, "at_most": "5%", "over": "1h"}}}


def at_most(bound: str) -> dict[str, Any]:
    """The histogram with another bound."""
    return {"histogram": {**HISTOGRAM["histogram"], "at_most": bound}}


def events(total: str, bad: str) -> dict[str, Any]:
    return {"events": {"total": total, "bad": bad}}


def state(*slos: dict[str, Any], project: str = "version: slo/v1", templates: dict[str, str] | None = None, **keys: Any) -> State:
    """A state of a file with these SLOs."""
    read, report = settings(project) if project else (Project(), None)
    made = built(file(*slos, **keys), read)
    assert made.report.ok, made.report.findings
    assert report is None or report.ok, report
    return State("a state", made.spec, lower(made.spec, Templates(templates or {})))


def changes(old: dict[str, Any], new: dict[str, Any], **keys: Any) -> Changes:
    """What changed between two files of one SLO each."""
    return compare(state(promise(**old)), state(promise(**new), **keys))


def change(old: dict[str, Any], new: dict[str, Any]) -> Change:
    found = changes(old, new)
    assert not found.project
    (only,) = found.slos
    return only


def told(found: Change) -> str:
    return "; ".join(sentence.text for sentence in found.sentences)


def test_nothing_changed() -> None:
    found = changes({}, {})
    assert (found.slos, found.project, found.unchanged, found.verdict.value) == ((), (), 1, "same")


def test_the_promise_of_the_issue_is_told() -> None:
    """The whole of a change that people make: the objective, its budget in events, the tiers and the history."""
    old, new = ({"objective": objective, "window": "30d", "expected_rate": 333_333.4} for objective in ("99.95%", "99.9%"))
    found = change(old, new)
    assert found.verdict.value == "weaker"
    assert "objective 99.95% to 99.9%: the budget doubles from 5,000 to 10,000 bad events in 30d" in told(found)
    assert "rollback needs 1.44% bad (before: 0.72%)" in told(found)
    assert found.history.text == "history kept"


#: Old, new, the verdict, and what the sentences must hold.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "a tighter objective": ({}, {"objective": "99.95%"}, "stronger", "objective 99.9% to 99.95%: the budget halves from 1,000 to 500 of a million events"),
    "a budget that grows": ({"objective": "99.99%"}, {"objective": "99.9%"}, "weaker", "the budget grows 10 times, from 100 to 1,000"),
    "a budget that shrinks": ({}, {"objective": "99.99%"}, "stronger", "the budget shrinks to 10%, from 1,000 to 100"),
    "a window": ({}, {"window": "30d"}, "", "window 7d to 30d"),
    "a calendar": ({"window": "30d"}, {"window": {"calendar": "month", "timezone": "Europe/Berlin"}}, "", "window 30d to a calendar month, Europe/Berlin"),
    "a zone": (
        {"window": {"calendar": "month"}}, {"window": {"calendar": "month", "timezone": "Europe/Berlin"}}, "other",
        "window a calendar month, UTC to a calendar month, Europe/Berlin",
    ),
    "a budget of another window": ({}, {"window": "28d"}, "", "the budget is all of them for 40m 19s in 28d (before: 10m 5s in 7d)"),
    "no policy": ({}, {"alerting": {"policy": "none"}}, "weaker", "policy none: no burn-rate alert any more"),
    "a policy again": ({"alerting": {"policy": "none"}}, {}, "stronger", "alerts added: SLOBudgetBurn (rollback, page, ticket), SLOBudgetExhausted"),
    "another policy": ({}, {"alerting": {"policy": "two-tier"}}, "weaker", "policy two-tier-7d, before: standard-7d"),
    "a tier that is disabled": ({}, {"alerting": {"disable": ["ticket"]}}, "weaker", "1 alert removed: SLOBudgetBurn (ticket)"),
    "a tier that is enabled": ({"alerting": {"disable": ["ticket"]}}, {}, "stronger", "1 alert added: SLOBudgetBurn (ticket)"),
    "an action that is lost": ({}, {"alerting": {"disable": ["rollback"]}}, "weaker", "1 alert removed: SLOBudgetBurn (rollback)"),
    "no freeze": ({}, {"alerting": {"disable": ["exhausted"]}}, "weaker", "1 alert removed: SLOBudgetExhausted"),
    "blindness": ({"alerting": {"disable": ["blind"]}}, {}, "stronger", "1 alert added: SLOBlind"),
    "missing data that is a ticket": ({}, {"alerting": {"no_data": "ticket"}}, "weaker", "missing data is a ticket, before: a page"),
    "missing data that pages": ({"alerting": {"no_data": "ticket"}}, {"alerting": {"no_data": "page"}}, "stronger", "missing data is a page, before: a ticket"),
    "missing data that is ignored": ({}, {"alerting": {"no_data": "ignore"}}, "weaker", "1 alert removed: SLONoData"),
    "more events for an alarm": ({}, {"alerting": {"min_events": 500}}, "weaker", "needs 500 events in all (before: no least number)"),
    "less chance": ({}, {"alerting": {"significance": 0.0001}}, "weaker", "rollback needs 25 bad of 1,000 events (before: 19)"),
    "a sample": ({}, {"sampled": True}, "weaker", "its events are a sample now"),
    "no budget": ({}, {"budgeted": False}, "weaker", "has no budget any more: tracked and alerting only"),
    "a budget": ({"budgeted": False}, {}, "stronger", "has a budget now"),
    "a split": ({}, {"by": ["region"]}, "", "split by region, before: nothing"),
    "another counter": ({}, {"sli": OTHER}, "other", "measures the share of `requests_total`"),
    "another kind of SLI": ({}, {"sli": HISTOGRAM}, "other", "measures the share of what `latency_seconds` observes"),
    "money in place of a share": ({}, {**SPEND, "name": "success", "objective": None, "window": None}, "", "measures"),
    "a looser bound": ({"sli": HISTOGRAM}, {"sli": at_most("1s")}, "weaker", "at most 1s, before: 500ms"),
    "a stricter bound": ({"sli": HISTOGRAM}, {"sli": at_most("100ms")}, "stronger", "at most 100ms, before: 500ms"),
    "a least bound that is lower": (
        {"sli": {"timeslices": {"value": "up_ratio", "at_least": 0.9}}}, {"sli": {"timeslices": {"value": "up_ratio", "at_least": 0.8}}}, "weaker",
        "at least 0.8, before: 0.9",
    ),
    "longer slices": (
        {"sli": {"timeslices": {"value": "up_ratio", "at_least": 1}}}, {"sli": {"timeslices": {"value": "up_ratio", "at_least": 1, "slice": "5m"}}}, "weaker",
        "measures the share of time in which the mean of `up_ratio` over the last 5 minutes is at least 1",
    ),
    "an own objective": (
        {"by": ["region"]}, {"by": ["region"], "overrides": {"eu": {"objective": "99%"}}}, "weaker", "for eu objective 99.9% to 99%: the budget grows 10 times",
    ),
    "no own objective": (
        {"by": ["region"], "overrides": {"eu": {"objective": "99%"}}}, {"by": ["region"]}, "stronger", "for eu objective 99% to 99.9%",
    ),
    "an own bound": (
        {"by": ["region"], "sli": HISTOGRAM}, {"by": ["region"], "sli": HISTOGRAM, "overrides": {"eu": {"at_most": "1s"}}}, "weaker",
        "for eu at most 1s, before: 500ms",
    ),
    "a category": ({}, {"category": "quality", "alerting": {"no_data": "page"}}, "other", "category quality, before: availability"),
    "a title": ({}, {"title": "Answers"}, "same", 'title "Answers", before: "success"'),
    "a title and a description": ({"title": "Old"}, {"title": "New", "description": "x"}, "same", 'title "New", before: "Old"; other description'),
    "links and a description": ({}, {"links": {"runbook": "https://x.example"}, "description": "x"}, "same", "other description and links"),
    "an annotation": ({}, {"alerting": {"annotations": {"docs": "x"}}}, "same", "other annotations"),
    "an owner": ({"owner": "a"}, {"owner": "b"}, "other", "which may lead them elsewhere: slo_owner b (before: a)"),
    "a label": ({}, {"labels": {"team": "chat"}}, "other", "team chat (before: none)"),
    "a label of one alert": ({}, {"alerting": {"labels": {"page": {"channel": "pager"}}}}, "other", "page.channel pager (before: none)"),
    "a headline": ({}, {"headline": True}, "same", "leads its category on the page now"),
    "no headline": ({"headline": True}, {}, "same", "no longer leads its category"),
    "fewer hours": ({}, {"only": "09:00-18:00 Mon-Fri"}, "weaker", "45 hours of a week count (before: 168)"),
    "more hours": ({"only": "09:00-18:00 Mon-Fri"}, {}, "stronger", "168 hours of a week count (before: 45)"),
    "other hours": ({"only": "09:00-18:00 Mon-Fri"}, {"only": "10:00-19:00 Mon-Fri"}, "other", "other hours count: 10:00-19:00 Mon-Fri; before: 09"),
    "maintenance": ({}, {"exclude": [{"from": "2026-12-24", "to": "2026-12-25"}]}, "weaker", "1 span of time does not count"),
    "a revision": ({}, {"revision": 2}, "", "revision 1 to 2"),
    "an outside promise": ({}, {"sla": {"objective": "99%"}}, "same", "outside promise 99% over 7d, before: none"),
    "a rate": ({}, {"expected_rate": 5000}, "same", "expected events: 5,000 a day, before: none said"),
}  # fmt: skip


def without(keys: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in promise(**keys).items() if value is not None}


@pytest.mark.parametrize("name", CASES)
def test_a_change_has_a_sentence_and_an_effect(name: str) -> None:
    old, new, verdict, words = CASES[name]
    found = compare(state(without(old)), state(without(new)))
    (only,) = found.slos
    assert words in told(only)
    assert only.verdict.value == (verdict or only.verdict.value)
    data = as_data(found)
    jsonschema.validate(data, json.loads(resources.schema_text("diff.v1")))
    assert only.sentences[0].text.split("`")[0][:20] in markdown(found).replace("&#95;", "_") + "\n".join(line.text for line in lines(found))


@pytest.mark.parametrize("name", CASES)
def test_what_makes_alerts_weaker_makes_them_stronger_the_other_way_round(name: str) -> None:
    old, new, verdict, _ = CASES[name]
    if verdict in {"weaker", "stronger"}:
        there, back = compare(state(without(old)), state(without(new))), compare(state(without(new)), state(without(old)))
        assert "stronger" in {sentence.effect.value for one in (there if verdict == "stronger" else back).slos for sentence in one.sentences}
        assert {there.verdict.value, back.verdict.value} <= {"weaker", "stronger"}


def test_every_key_of_an_slo_has_a_sentence() -> None:
    """A key of the language that no case of this file changes would be one of which nothing is known."""
    schema = json.loads(resources.schema_text("slo.v1"))
    keys = set(schema["$defs"]["slo"]["properties"])
    changed = {
        key for old, new, *_ in CASES.values() for key in promise(**old).keys() | promise(**new).keys() if promise(**old).get(key) != promise(**new).get(key)
    }
    assert keys - changed == {"name", "allow"}  # names are told below; what is allowed changes no rule


def tiers(*found: dict[str, Any]) -> dict[str, Any]:
    return {"window": "30d", "alerting": {"policy": {"tiers": list(found)}}}


ROLLBACK = {"name": "rollback", "severity": "page", "action": "rollback", "long": "1h", "short": "5m", "burn": 14}
PAGE = {"name": "page", "severity": "page", "long": "6h", "short": "30m", "burn": 6}
TICKET = {"name": "ticket", "severity": "ticket", "long": "24h", "short": "2h", "burn": 3}

LOUD = {**TICKET, "name": "loud", "severity": "page"}
FAST = {key: value for key, value in ROLLBACK.items() if key != "action"}


@pytest.mark.parametrize(
    ("old", "new", "verdict", "words"),
    [
        ((PAGE,), ({**PAGE, "burn": 5},), "stronger", "now page needs 0.5% bad (before: 0.6%)"),
        ((PAGE,), ({**PAGE, "long": "12h", "short": "1h"},), "weaker", "looks back 12h and 1h (before: 6h and 30m)"),
        ((PAGE, TICKET), ({**PAGE, "severity": "ticket"}, TICKET), "weaker", "page has severity ticket (before: page)"),
        ((PAGE, {**TICKET, "severity": "page"}), (PAGE, TICKET), "weaker", "ticket has severity ticket (before: page)"),
        ((TICKET,), ({**TICKET, "severity": "page"},), "stronger", "ticket has severity page (before: ticket)"),
        ((TICKET,), ({**TICKET, "severity": "our-word"},), "weaker", "ticket has severity our-word (before: ticket)"),
        ((ROLLBACK,), ({**ROLLBACK, "action": "freeze"},), "weaker", "rollback asks for freeze (before: rollback)"),
        ((PAGE,), ({**PAGE, "action": "rollback"},), "stronger", "page asks for rollback (before: none)"),
        ((PAGE,), ({**PAGE, "keep_firing_for": "15m"},), "other", "page goes on for 15m after recovery (before: none)"),
        ((PAGE, TICKET), (PAGE,), "weaker", "1 alert removed: SLOBudgetBurn (ticket)"),
        ((LOUD, {**TICKET, "burn": 4}), (LOUD,), "same", "1 alert removed: SLOBudgetBurn (ticket)"),
        ((LOUD,), (LOUD, {**TICKET, "burn": 4}), "same", "1 alert added: SLOBudgetBurn (ticket)"),
        ((PAGE,), ({**PAGE, "name": "urgent"},), "same", "1 alert removed: SLOBudgetBurn (page)"),
        ((ROLLBACK, PAGE), ({**FAST, "name": "page"}, {**PAGE, "name": "slow"}), "weaker", "removed: SLOBudgetBurn (rollback)"),
        ((FAST, PAGE), ({**FAST, "name": "page"}, {**PAGE, "name": "slow"}), "other", "now page needs 1.4% bad"),
        ((PAGE,), ({**PAGE, "evidence": {"alpha": 0.0001}},), "weaker", "bad of 6,000 events (before: "),
    ],
)  # fmt: skip
def test_tiers_are_weaker_where_an_incident_is_told_later_or_less_loudly(
    old: tuple[dict[str, Any], ...], new: tuple[dict[str, Any], ...], verdict: str, words: str
) -> None:
    found = change(tiers(*old), tiers(*new))
    assert words in told(found)
    assert found.verdict.value == verdict, found.sentences


# --- spellings ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"objective": "99.9%"}, {"objective": "p99.9"}),
        ({"window": "7d"}, {"window": "1w"}),
        ({"by": ["a", "b"]}, {"by": ["b", "a"]}),
        ({"sli": events('x_total{a="1",b="2"}', 'x_total{a="1",b="2",c="3"}')}, {"sli": events('x_total{b="2", a="1"}', 'x_total{c="3",b="2",a="1"}')}),
        ({"sli": events("sum(rate(x[$window]))", "sum(rate(y[$window]))")}, {"sli": events("sum( rate(x[$window]) )", "sum(rate(y[$window]))")}),
        ({"sli": HISTOGRAM}, {"sli": {"histogram": {**HISTOGRAM["histogram"], "buckets": [0.1, 0.5, 1, 5]}}}),
    ],
)  # fmt: skip
def test_another_spelling_is_no_change_of_meaning(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert [one.sentences for one in changes(old, new).slos] == []


def test_another_place_in_the_file_is_no_change() -> None:
    a, b = promise(), promise(name="b")
    assert compare(state(a, b), state(b, a)).slos == ()


# --- history -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "state", "words"),
    [
        ({"objective": "99%"}, "kept", "history kept"),
        ({"title": "x"}, "kept", "history kept"),
        ({"by": ["region"]}, "anew", "history starts anew because `by` changed"),
        ({"revision": 2}, "anew", "history starts anew because `revision` changed"),
        ({"by": ["region"], "revision": 2}, "anew", "because `by` and `revision` changed"),
        ({"sli": HISTOGRAM}, "mixed", "means something else from now on: sums and alerts mix both for up to 7d. Say `revision: 2` to begin anew"),
        ({"sli": HISTOGRAM, "window": {"calendar": "week"}}, "mixed", "sums and alerts mix both until the week is over. Say"),
        ({"sli": HISTOGRAM, "revision": 2}, "anew", "because `revision` changed"),
    ],
)
def test_what_becomes_of_the_history(new: dict[str, Any], state: str, words: str) -> None:
    found = change({}, new)
    assert found.history.state == state
    assert words in found.history.text


def test_the_history_of_a_longer_window_fills_where_nothing_was_written_down_by_the_hour() -> None:
    assert "its 30d fill from now on" in change({"window": "6h"}, {"window": "30d"}).history.text
    assert change({"window": "7d"}, {"window": "30d"}).history.text == "history kept"


# --- added, removed, renamed ---------------------------------------------------------------------------------------------------------


def test_an_slo_that_came() -> None:
    (found,) = compare(state(promise()), state(promise(), promise(name="b", sli=HISTOGRAM))).slos
    assert (found.name, found.kind, found.verdict.value, found.history.state) == ("shop/b", "added", "stronger", "begins")
    assert told(found).startswith("new: 99.9% over 7d, of the share of what `latency_seconds` observes that is at most 500ms; alerts: SLOBudgetBurn (")
    assert "SLONoData" in found.alerts_added


def test_an_slo_that_went() -> None:
    (found,) = compare(state(promise(), promise(name="b", sli=HISTOGRAM)), state(promise())).slos
    assert (found.name, found.kind, found.verdict.value, found.history.state) == ("shop/b", "removed", "weaker", "ends")
    assert "SLOBudgetBurn (page)" in found.alerts_removed


def test_an_slo_that_measures_the_same_under_another_name_is_renamed() -> None:
    (found,) = compare(state(promise()), state(promise(name="ok"))).slos
    assert (found.name, found.was, found.kind, found.verdict.value, found.history.state) == ("shop/ok", "shop/success", "renamed", "weaker", "anew")
    assert "because its name changed" in found.history.text


@pytest.mark.parametrize("new", [{"name": "ok"}, {"service": "other"}, {"by": ["region"]}, {"revision": 2}])
def test_a_new_identity_makes_alerts_weaker_because_what_was_spent_is_forgotten(new: dict[str, Any]) -> None:
    """An exhausted budget must not be full again without anybody having been told."""
    quiet = {"policy": "none", "no_data": "ignore", "disable": ["blind"]}
    service = {key: value for key, value in new.items() if key == "service"}
    own = {key: value for key, value in new.items() if key != "service"}
    (found,) = compare(state(promise()), state(promise(**own), **service)).slos
    assert (found.verdict.value, found.history.state) == ("weaker", "anew")
    assert "its budget is full again, and the windows of its alerts begin empty" in told(found)
    (found,) = compare(state(promise(alerting=quiet)), state(promise(**own, alerting=quiet), **service)).slos
    assert found.sentences[-1].effect.value == "other"


def test_a_new_identity_of_what_has_no_budget() -> None:
    for one in (CHECK, promise(budgeted=False)):
        (found,) = compare(state(one), state({**one, "name": "ok"})).slos
        assert (found.verdict.value, told(found)) == ("weaker", "the windows of its alerts begin empty, because its identity is another one")


def test_a_renamed_slo_that_promises_less_is_weaker() -> None:
    (found,) = compare(state(promise()), state(promise(name="ok", objective="99%"))).slos
    assert (found.kind, found.verdict.value) == ("renamed", "weaker")


def test_an_slo_that_moved_to_another_service_is_renamed() -> None:
    (found,) = compare(state(promise()), state(promise(), service="other")).slos
    assert (found.was, found.name) == ("shop/success", "other/success")
    assert "because its service changed" in found.history.text


def test_of_two_that_measure_the_same_the_likest_is_the_renamed_one() -> None:
    old = state(promise(name="a", objective="99%"), promise(name="b", objective="99.9%"))
    found = {one.name: one.was for one in compare(old, state(promise(name="c", objective="99.9%"), promise(name="d", objective="99%"))).slos}
    assert found == {"shop/c": "shop/b", "shop/d": "shop/a"}


def test_a_copy_is_no_renamed_one() -> None:
    (found,) = compare(state(promise()), state(promise(), promise(name="copy"))).slos
    assert (found.kind, found.was) == ("added", "")


# --- money and checks ----------------------------------------------------------------------------------------------------------------


def money(at_most: str, **more: Any) -> dict[str, Any]:
    return {**SPEND, "sli": {"spend": {**SPEND["sli"]["spend"], "at_most": at_most}}, **more}


@pytest.mark.parametrize(
    ("old", "new", "verdict", "words"),
    [
        (money("$100"), money("$200"), "weaker", "at most 200 USD, before: 100 USD"),
        (money("$100"), money("$50"), "stronger", "at most 50 USD, before: 100 USD"),
        (
            money("$100", by=["team"]), money("$100", by=["team"], overrides={"a": {"at_most": "$300"}}), "weaker",
            "for team a at most 300 USD, before: that of all others",
        ),
        (CHECK, {**CHECK, "sli": {"check": {**SHARE, "at_most": "10%", "over": "1h"}}}, "weaker", "too far off is more than 10%; before: more than 5%"),
        (CHECK, {**CHECK, "sli": {"check": {**SHARE, "at_most": "1%", "over": "1h"}}}, "stronger", "too far off is more than 1%; before: more than 5%"),
        (CHECK, {**CHECK, "sli": {"check": {**SHARE, "at_most": "5%", "over": "6h"}}}, "other", "over 6h; before: "),
        (CHECK, {**CHECK, "alerting": {"policy": "none"}}, "weaker", "removed: SLOCheckFailed"),
    ],
)  # fmt: skip
def test_money_and_checks_are_told(old: dict[str, Any], new: dict[str, Any], verdict: str, words: str) -> None:
    (found,) = compare(state(old), state(new)).slos
    assert words in told(found)
    assert found.verdict.value == verdict


# --- for all -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("project", "verdict", "words"),
    [
        ("prometheus: {evaluation_interval: 30s}", "stronger", "rules run each 30s, before: each 1m: alerts come that much sooner"),
        ("prometheus: {ingestion_delay: 60s}", "weaker", "rules look 1m back, before: 10s: alerts come that much later"),
        ("prometheus: {scrape_interval: 2m}", "other", "scrapes each 2m, before: each 1m"),
        ("prometheus: {retention: 40d}", "same", "data is kept for 40d, before: 15d"),
        ("prometheus: {target_labels: [job, pod]}", "other", "targets are told apart by job, pod, before: job, instance"),
        ("prometheus: {version: 2.53}", "other", "rules are for Prometheus 2.53, before: from 2.42 on"),
        ("severities: {page: critical}", "other", "alerts of severity page are labelled critical, before: page"),
        ("targets: [grafana]", "same", "writes grafana; before: prometheus"),
        ("grafana: {title: Ours}", "same", "pages stand in Grafana otherwise"),
    ],
)
def test_settings_are_told_once_for_all(project: str, verdict: str, words: str) -> None:
    found = changes({}, {}, project=f"version: slo/v1\n{project}\n")
    assert found.slos == ()
    assert words in found.project[0].text
    assert found.verdict.value == verdict
    assert words.split(",", maxsplit=1)[0] in "\n".join(line.text for line in lines(found))


def test_labels_of_the_project_are_told_of_all_slos_at_once() -> None:
    both = [promise(name=name) for name in "abcde"]
    found = compare(state(*both), state(*both, project="version: slo/v1\nlabels: {cluster: eu}\n"))
    headings = [line.text for line in lines(found) if line.is_heading]
    assert headings == ["shop/a, shop/b, shop/c and 2 more: other"]


def test_templates_that_write_rules_otherwise_are_told() -> None:
    found = compare(state(promise()), state(promise(), templates={"alerts/blind.summary.txt.j2": "other words"}))
    assert found.slos == ()
    assert "the rules of shop are written otherwise, by templates" in found.project[0].text


# --- whatever becomes of what --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything() -> list[State]:
    """Each SLO of the examples alone, all under one name."""
    run = compiler.open_project(ROOT / "examples" / "slo-compiler.yaml", "slo-compiler.yaml")
    compiler.validate(run, [str(ROOT / "examples")])
    assert run.spec
    assert run.report.ok
    templates, states = Templates(), []
    for one in run.spec.promises:
        if isinstance(one, Check) and (isinstance(one.value, OtherSlo) or (one.baseline and one.baseline.slo)):
            continue  # it needs another SLO beside it
        alone = replace(run.spec, promises=(replace(one, service="shop", name="it", id=names.slo_id("shop", "it", 1, one.by)),), sources={"shop": ("f",)})
        states.append(State("a state", alone, lower(alone, templates)))
    return states


@pytest.mark.parametrize("distance", [0, 1, 7, 29])
def test_any_slo_may_become_any_other_one(distance: int, everything: list[State]) -> None:
    schema = jsonschema.Draft202012Validator(json.loads(resources.schema_text("diff.v1")))
    for old, new in zip(everything, everything[distance:], strict=False):
        there, back = compare(old, new), compare(new, old)
        schema.validate(as_data(there))
        assert markdown(there)
        assert list(lines(there))[-1].text.endswith("0 unchanged" if there.slos else "1 unchanged")
        assert (not there.slos) == (not back.slos) == (distance == 0)
        assert {there.verdict.value, back.verdict.value} not in ({"stronger"}, {"stronger", "same"}, {"stronger", "other"})


# --- prints --------------------------------------------------------------------------------------------------------------------------


def test_the_worst_comes_first() -> None:
    old = state(*(promise(name=name) for name in "abc"))
    new = state(promise(name="a", title="x"), promise(name="b", objective="99.99%"), promise(name="c", objective="99%"))
    assert [line.text for line in lines(compare(old, new)) if line.is_heading] == ["shop/c: weaker", "shop/b: stronger", "shop/a: same"]
    assert list(lines(compare(old, new)))[-1].text == "a state to a state: 3 SLOs changed: 1 weaker, 1 stronger, 1 same; 0 unchanged"


def test_markdown_has_a_summary_a_table_and_all_sentences() -> None:
    text = markdown(changes({}, {"objective": "99%"}))
    assert "**Alerts get weaker.** 1 SLO changed: 1 weaker; 0 unchanged.\n" in text
    assert "| **shop/success** | \N{LARGE RED CIRCLE} weaker | objective 99.9% to 99%: the budget grows 10 times, from" in text
    assert "- weaker: objective 99.9% to 99%" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_markdown_mentions_nobody_and_breaks_no_table() -> None:
    evil = "@team <script> #77 | *x* [a](b) ![i](j)\nnew"
    text = markdown(
        changes({}, {"labels": {"team": evil}, "objective": "99%", "sli": {"events": {"total": 'x_total{a=~"b|c"}', "bad": 'x_total{a=~"b|c",d="@e"}'}}})
    )
    outside = "".join(text.split("`")[::2])
    assert not [sign for sign in ("@", "<script", "#77", "*x*", "[a]") if sign in outside]
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert [len(row.replace("\\|", "").split("|")) for row in rows] == [7]


@pytest.mark.parametrize(
    "value", ["`b`</details>@org/team #1", "``b```</details>@org/team", "`</details>@org/team", "</details>@org/team`", "x" * 150 + "` @org/team `"]
)
def test_a_backtick_in_a_series_ends_no_code(value: str) -> None:
    """A fence that is longer than any run of backticks inside it; where it is cut or cannot be told apart, it is text."""
    sli = events("x_total", f"x_total{{c={json.dumps(value)}}}")
    for text in (
        markdown(changes({}, {"sli": sli})),
        markdown(changes({"sli": sli}, {})),
        markdown(compare(state(promise()), state(promise(), promise(name="b", sli=sli)))),
    ):
        outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
        assert not [sign for sign in ("@org", "#1", "`") if sign in outside]
        assert outside.count("</details>") == 1


def test_code_with_a_backtick_has_a_longer_fence() -> None:
    assert '``x_total{c="`b`"}``' in markdown(changes({}, {"sli": events("x_total", 'x_total{c="`b`"}')}))


def test_a_pipe_in_code_is_escaped_in_the_table_alone() -> None:
    row, bullet = (
        line
        for line in markdown(changes({}, {"sli": events('x_total{a=~"b|c"}', 'x_total{a=~"b|c",d="e"}')})).splitlines()
        if "b|c" in line.replace("\\|", "|")
    )
    assert 'a=~"b\\|c"' in row
    assert 'a=~"b|c"' in bullet


def test_markdown_stays_within_what_github_takes() -> None:
    slos = [promise(name=f"slo-{number}", title="x" * 200) for number in range(900)]
    others = [promise(name=f"slo-{number}", objective=f"99.{number:04}%", title="y" * 200) for number in range(900)]
    text = markdown(compare(state(*slos), state(*others)))
    assert 40_000 < len(text.encode("utf-16-le")) / 2 <= 65_536
    assert "rows of 900 shown" in text
    assert text.endswith("</details>\n")


def test_markdown_of_nothing_says_so() -> None:
    assert markdown(changes({}, {})) == "### SLOs: a state to a state\n\nno SLO changed, 1 unchanged.\n"
