"""All mistakes of an SLO are told in one run: none hides another, and none is told twice under another name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.given import EVENTS, HISTOGRAM, built, file, one, promise

#: Mistakes outside of `objective` and `sli`.
ELSEWHERE: dict[str, tuple[dict[str, Any], str]] = {
    "window": ({"window": "61m"}, "window/grain"),
    "policy": ({"alerting": {"policy": "nope"}}, "policy/unknown"),
    "override": ({"by": ["model"], "overrides": {"x": {"objective": "3x"}}}, "objective/format"),
    "sla": ({"sla": {"objective": 101}}, "objective/range"),
    "disable": ({"alerting": {"disable": ["nope"]}}, "alerting/unknown-alert"),
    "link": ({"links": {"runbook": "https://{{"}}, "text/braces"),
}
SLIS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "bound": ({"histogram": {**HISTOGRAM["histogram"], "at_most": "fast"}}, ["bound/format"]),
    "suffix": ({"histogram": {**HISTOGRAM["histogram"], "metric": "x_seconds_bucket"}}, ["histogram/suffix"]),
    "promql": ({"events": {"total": "a_total", "bad": "b_total{"}}, ["promql/syntax"]),
    "multiple": ({"tail": {"metric": "x_seconds", "over": "ten", "buckets": [1, 2, 4]}}, ["multiple/format"]),
    "two-bounds": ({"histogram": {**HISTOGRAM["histogram"], "at_least": "100ms"}}, ["key/choice"]),
    "two-counts": ({"events": {"total": "a_total", "bad": "b_total", "good": "c_total"}}, ["key/choice"]),
    "kind": ({"event": EVENTS["events"]}, ["key/unknown"]),
    "two-kinds": ({**EVENTS, **HISTOGRAM}, ["key/choice"]),
}


@pytest.mark.parametrize("mistake", ELSEWHERE)
def test_a_wrong_objective_hides_nothing(mistake: str) -> None:
    keys, id = ELSEWHERE[mistake]
    assert sorted(one(objective=101, **keys).ids) == sorted(["objective/range", id])


@pytest.mark.parametrize("mistake", ELSEWHERE)
@pytest.mark.parametrize("sli", SLIS)
def test_a_wrong_sli_hides_nothing(sli: str, mistake: str) -> None:
    keys, id = ELSEWHERE[mistake]
    wrong, own = SLIS[sli]
    assert sorted(one(sli=wrong, **keys).ids) == sorted([*own, id])


@pytest.mark.parametrize("mistake", sorted(set(ELSEWHERE) - {"window"}))
def test_a_wrong_window_hides_nothing(mistake: str) -> None:
    keys, id = ELSEWHERE[mistake]
    assert sorted(one(**{"window": "7", **keys}).ids) == sorted(["duration/no-unit", id])


def test_a_wrong_objective_does_not_hide_a_wrong_slice() -> None:
    found = one(objective=101, sli={"timeslices": {"value": "up", "at_least": 1, "slice": "2h"}})
    assert found.ids == ["objective/range", "timeslices/slice"]


def test_a_wrong_value_hides_neither_its_bound_nor_its_slice() -> None:
    found = one(sli={"timeslices": {"value": "up{", "at_least": "much", "slice": "2x"}})
    assert found.ids == ["promql/syntax", "bound/format", "duration/format"]


def test_a_wrong_histogram_does_not_hide_its_bound() -> None:
    assert one(sli={"histogram": {"metric": "x_seconds_sum", "at_most": "fast"}}).ids == ["histogram/suffix", "bound/format"]


def check(found: dict[str, Any], **keys: Any) -> list[str]:
    return built(file({"name": "x", "category": "quality", "sli": {"check": found}, **keys})).ids


TWICE = {"value": {"ratio": {"total": "a_total", "bad": "b_total", "good": "c_total"}}, "at_most": "2%", "at_least": "1%"}


def test_two_verdicts_and_two_shares_are_two_mistakes() -> None:
    assert check(TWICE) == ["key/choice", "key/choice"]


def test_two_shares_are_one_mistake() -> None:
    assert check({"value": TWICE["value"], "at_most": "2%"}) == ["key/choice"]


@pytest.mark.parametrize(
    ("more", "keys", "id"),
    [
        ({}, {"objective": "99%"}, "objective/not-here"),
        ({"baseline": {"offset": "-7d"}}, {}, "duration/format"),
        ({"over": "7m"}, {}, "window/grain"),
        ({}, {"alerting": {"policy": "nope"}}, "policy/not-here"),
    ],
)
def test_a_wrong_check_hides_nothing(more: dict[str, Any], keys: dict[str, Any], id: str) -> None:
    assert sorted(check({**TWICE, **more}, **keys)) == sorted(["key/choice", "key/choice", id])


def test_wrong_money_hides_nothing() -> None:
    spend = {"name": "bill", "category": "cost", "sli": {"spend": {"metric": "x_dollars_total{", "at_most": "much"}}, "window": "7", "objective": "9%"}
    assert built(file(spend)).ids == ["duration/no-unit", "objective/not-here", "promql/syntax", "bound/format"]


def test_an_sli_of_two_kinds_of_which_one_has_no_objective_wants_none() -> None:
    both = {**EVENTS, "check": {"value": {"expr": "x"}, "at_most": 1}}
    assert built(file({"name": "x", "category": "quality", "sli": both})).ids == ["key/choice"]


def test_a_check_of_an_slo_with_a_mistake_finds_it() -> None:
    watch = {"name": "watch", "category": "quality", "sli": {"check": {"value": {"slo": "success"}, "at_least": "99%"}}}
    assert built(file(promise(objective=101), watch)).ids == ["objective/range"]


@pytest.mark.parametrize(("other", "what"), [("watched", "a check"), ("bill", "a promise of money"), ("watch", "this check itself")])
def test_what_is_no_share_is_told_as_what_it_is(other: str, what: str) -> None:
    watch = {"name": "watch", "category": "quality", "sli": {"check": {"value": {"slo": other}, "at_least": "99%"}}}
    watched = {"name": "watched", "category": "quality", "sli": {"check": {"value": {"expr": "x"}, "at_least": 1}}}
    bill = {"name": "bill", "category": "cost", "sli": {"spend": {"metric": "x_dollars_total", "at_most": "$5"}}, "allow": ["window/retention"]}
    finding = built(file(promise(), watched, bill, watch)).only
    assert (finding.id, finding.message) == ("check/unknown-slo", f"{other} is {what}, and no share of good events")
    assert finding.help == "name an SLO with an objective: success"


@pytest.mark.parametrize(("end", "help"), [("2026-12-26", "write `to: 2026-12-27`"), ("2026-12-26T00:00", "put a later moment under `to`")])
def test_a_span_without_length_does_not_end_before_it_begins(end: str, help: str) -> None:
    finding = one(exclude=[{"from": "2026-12-26", "to": end}]).only
    assert (finding.id, finding.message) == ("time/order", "the span ends when it begins")
    assert help in finding.help


@pytest.mark.parametrize("period", ["month", "week", "quarter"])
def test_a_period_of_the_calendar_is_told_how_to_be_written(period: str) -> None:
    finding = one(window=period).only
    assert finding.id == "duration/format"
    assert f"write `window: {{calendar: {period}}}`" in finding.help


def test_a_time_of_outages_is_always_in_seconds() -> None:
    check = {"name": "repair", "category": "availability", "sli": {"check": {"value": {"mttr": "up"}, "at_most": "$3"}}}
    finding = built(file(check)).only
    assert (finding.id, "`unit:`" in finding.help) == ("bound/unit", False)


@pytest.mark.parametrize(
    ("policy", "id"), [("nope", "policy/unknown"), ({"tiers": [{"name": "mine", "severity": "page", "long": "1x", "burn": 3}]}, "duration/format")]
)
def test_tiers_of_a_policy_with_a_mistake_may_be_named(policy: Any, id: str) -> None:
    named = {"policy": policy, "disable": ["mine"], "labels": {"mine": {"team": "x"}}, "annotations": {"mine": {"note": "x"}}}
    assert one(alerting=named).ids == [id]
