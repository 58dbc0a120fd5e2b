"""SLOs become rules: what promtool cannot ask."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
import yaml

from slo_compiler.ir import AlertRule, RecordingRule
from slo_compiler.lower import lower
from slo_compiler.lower.counting import le_matcher
from slo_compiler.lower.subjects import escaped
from slo_compiler.promql import parses
from slo_compiler.templating import Templates
from tests.unit.given import EVENTS, HISTOGRAM, built, file, one, promise, settings

SPELLINGS = {
    "1": ["1", "1.0"], "0.5": ["0.5"], "10": ["10", "10.0"], "1000000": ["1000000", "1000000.0", "1e+06", "1.0e+06", "1e+6"],
    "2500000": ["2500000", "2.5e+06"], "0.0001": ["0.0001"], "0.00005": ["0.00005", "5e-05", "5.0e-05", "5e-5"], "0.000025": ["0.000025", "2.5e-05"],
    "0": ["0", "0.0"], "-2.5": ["-2.5"], "-1": ["-1", "-1.0"], "100000": ["100000", "100000.0"], "123456789": ["123456789", "1.23456789e+08"],
    "1e21": ["1" + "0" * 21, "1e+21"],
}  # fmt: skip


@pytest.mark.parametrize("edge", SPELLINGS)
def test_a_bucket_is_found_however_it_is_spelled(edge: str) -> None:
    found = le_matcher(Decimal(edge))
    for spelling in SPELLINGS[edge]:
        assert found.value == spelling if found.op == "=" else re.fullmatch(found.value, spelling), spelling


@pytest.mark.parametrize(
    ("edge", "other"), [("1", "10"), ("1", "1.05"), ("0.5", "0x5"), ("10", "1"), ("1000000", "1e+07"), ("0.00005", "5e-04"), ("2.5", "25"), ("-1", "1")]
)
def test_another_bucket_is_not_taken_for_it(edge: str, other: str) -> None:
    found = le_matcher(Decimal(edge))
    assert found.value != other if found.op == "=" else not re.fullmatch(found.value, other)


@pytest.mark.parametrize("edge", ["0.5", "0.0001", "-2.5"])
def test_a_bucket_with_one_spelling_is_asked_for_by_it(edge: str) -> None:
    assert str(le_matcher(Decimal(edge))) == f'le="{edge}"'


@pytest.mark.parametrize("edge", SPELLINGS)
def test_a_matcher_for_a_bucket_is_promql(edge: str) -> None:
    assert parses(f"x{{{le_matcher(Decimal(edge))}}}") is None


SHAPES: dict[str, dict[str, Any]] = {
    "events": {},
    "several-bad": {"sli": {"events": {"total": "a_total", "bad": ['a_total{c="d"}', "b_total"]}}},
    "good-elsewhere": {"sli": {"events": {"total": "a_total", "good": "b_total"}}},
    "expression": {"sli": {"events": {"total": "sum(rate(a[$window])) # all", "good": "sum(rate(b[$window]))"}}},
    "increase": {"sli": {"events": {"total": "sum(increase(a[$window]))", "bad": ["sum(increase(b[$window]))", "sum(increase(c[$window]))"]}}},
    "at-most": {"sli": HISTOGRAM},
    "at-least": {"sli": {"histogram": {"metric": "x", "at_least": 1, "buckets": [1, 2]}}},
    "step": {"sli": {"histogram": {"metric": "x", "at_least": 4, "step": 1, "buckets": [3, 4]}}},
    "between": {"sli": {"histogram": {**HISTOGRAM["histogram"], "at_most": "300ms", "interpolate": True}}},
    "split": {"by": ["b", "a"]},
    "cells": {"by": ["a"], "overrides": {'od"d\\': {"objective": "95%"}, "ü": {"objective": "90%"}}, "allow": ["policy/never-fires"]},
    "bounds": {"by": ["a"], "overrides": {"x": {"at_most": "1s"}}, "sli": HISTOGRAM},
    "equal-cells": {"by": ["a"], "overrides": {"x": {"objective": "99.9%"}}, "sli": HISTOGRAM},
    "none": {"alerting": {"policy": "none", "no_data": "ignore", "disable": ["blind"]}},
    "low": {"objective": "80%"},
    "unbudgeted": {"budgeted": False},
    "short": {"window": "1h"},
    "long": {"window": "90d", "allow": ["window/retention"]},
    "sampled": {"sampled": True, "objective": "90%"},
    "dollars": {"sli": {"events": {"total": "spent_dollars_total", "bad": 'spent_dollars_total{a="b"}'}}},
    "alpha": {"alerting": {"significance": 0.5}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_rule_is_promql_and_texts(shape: str) -> None:
    rules = one(**SHAPES[shape]).rules()
    assert rules
    for rule in rules:
        assert parses(rule.expr) is None, rule.expr
        carried = {**rule.labels, **(rule.annotations if isinstance(rule, AlertRule) else {})}
        assert all(isinstance(text, str) for text in carried.values()), carried
        assert "\0" not in rule.expr + "".join(carried.values())


@pytest.mark.parametrize("shape", SHAPES)
def test_no_rule_is_written_twice(shape: str) -> None:
    found = [json.dumps([getattr(rule, "record", ""), getattr(rule, "alert", ""), dict(rule.labels)]) for rule in one(**SHAPES[shape]).rules()]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_series_of_an_slo_has_its_identity_and_nothing_else(shape: str) -> None:
    for rule in one(**SHAPES[shape]).rules():
        if isinstance(rule, RecordingRule) and rule.record != "slo:info" and rule.labels:
            assert set(rule.labels) == {"slo_id", "slo", "slo_service"}


def test_an_slo_that_alerts_of_nothing_has_no_alerts() -> None:
    assert not [rule for rule in one(**SHAPES["none"]).rules() if isinstance(rule, AlertRule)]


@pytest.mark.parametrize("name", ["SLOBudgetExhausted", "SLONoData", "SLOBlind", "SLODimensionLost"])
def test_an_alert_can_be_disabled(name: str) -> None:
    words = {"SLOBudgetExhausted": "exhausted", "SLONoData": "no-data", "SLOBlind": "blind", "SLODimensionLost": "dimension-lost"}
    assert one(by=["a"]).alert(name)
    assert name not in {getattr(rule, "alert", "") for rule in one(by=["a"], alerting={"disable": [words[name]]}).rules()}


def test_a_budget_that_is_not_kept_is_neither_recorded_nor_frozen() -> None:
    found = {getattr(rule, "record", "") or getattr(rule, "alert", "") for rule in one(budgeted=False).rules()}
    assert not found & {"slo:error_budget:remaining", "SLOBudgetExhausted"}
    assert "SLOBudgetBurn" in found


@pytest.mark.parametrize(("version", "lingers"), [('"2.41"', False), ('"2.42"', True), ('"3.0"', True)])
def test_an_old_prometheus_is_not_asked_to_keep_firing(version: str, lingers: bool) -> None:  # noqa: FBT001
    project, _ = settings(f"prometheus: {{version: {version}}}")
    spec = built(file(), project).spec
    alerts = [rule for group in lower(spec, Templates()).services[0].groups for rule in group.rules if isinstance(rule, AlertRule)]
    assert any(rule.keep_firing_for for rule in alerts) == lingers


def test_severities_are_translated_in_every_alert() -> None:
    project, _ = settings("severities: {page: critical, ticket: warning, digest: info}")
    spec = built(file(promise(by=["a"])), project).spec
    found = {rule.labels["severity"] for group in lower(spec, Templates()).services[0].groups for rule in group.rules if isinstance(rule, AlertRule)}
    assert found <= {"critical", "warning", "info"}
    assert {"critical", "warning"} <= found


@pytest.mark.parametrize("text", ["plain", "{{ $value }}", "100% of {{", 'a "b" \\ `c`'])
def test_a_title_is_never_read_as_a_template(text: str) -> None:
    summary = one(title=text).alert("SLONoData").annotations["summary"]
    assert summary.replace('{{ "{{" }}', "{{") == f"shop: {text}: no data"
    assert escaped(text) in summary


@pytest.mark.parametrize(
    ("total", "noun"),
    [("http_requests_total", "requests"), ("a:b_answers", "answers"), ("calls", "calls"), ("x", "events"), ("us", "events"), ("jobs_done_total", "events")],
)
def test_events_are_called_by_their_counters_name(total: str, noun: str) -> None:
    found = one(sli={"events": {"total": total, "bad": f'{total}{{a="b"}}'}}).alert("SLOBudgetBurn", "page")
    assert f" {noun} were bad" in found.annotations["description"]


def test_links_become_annotations_with_their_names_filled_in() -> None:
    found = one(by=["a"], links={"runbook": "https://x/$service/$slo?id=$slo_id", "wiki_url": "https://y"}).alert("SLONoData").annotations
    assert found["runbook_url"] == "https://x/shop/success?id=shop%2Fsuccess%3Aa"
    assert found["wiki_url"] == "https://y"


def test_services_are_files_of_their_own_in_order() -> None:
    text = file(promise(), service="b") + "\n---\n" + file(promise(), service="a")
    assert [service.service for service in lower(built(text).spec, Templates()).services] == ["a", "b"]


@pytest.mark.parametrize(
    ("keys", "unit", "better"), [({}, "", "higher"), ({"sli": HISTOGRAM}, "s", "lower"), (SHAPES["at-least"], "", "higher"), (SHAPES["step"], "", "higher")]
)
def test_info_tells_what_is_better(keys: dict[str, Any], unit: str, better: str) -> None:
    (info,) = (rule for rule in one(**keys).rules() if isinstance(rule, RecordingRule) and rule.record == "slo:info")
    assert (info.labels["slo_unit"], info.labels["slo_better"]) == (unit, better)


def test_cells_with_one_bound_are_measured_together() -> None:
    found = one(by=["a"], overrides={"x": {"objective": "99%"}}, sli=HISTOGRAM)
    assert 'a="x"' not in found.expr("slo:bad:delta")
    assert 'a="x"' in found.expr("slo:objective:ratio")


def test_a_users_label_never_hides_ours() -> None:
    (info,) = (rule for rule in one(labels={"team": "a"}).rules() if isinstance(rule, RecordingRule) and rule.record == "slo:info")
    assert info.labels["team"] == "a"
    assert info.labels["slo_id"] == "shop/success"


def test_an_objective_that_differs_by_value_is_asked_for() -> None:
    described = one(**SHAPES["cells"]).alert("SLOBudgetBurn", "page").annotations["description"]
    assert "slo:objective:ratio%s" in described


def test_rule_files_are_what_the_rules_are() -> None:
    from slo_compiler.targets import Job, rule_files

    spec = built(file(promise(sli=EVENTS), promise(name="b", sli=HISTOGRAM))).spec
    bundle = lower(spec, Templates())
    (artifact,) = rule_files.emit(bundle, Job())
    written = [rule["expr"] for group in yaml.safe_load(artifact.text)["groups"] for rule in group["rules"]]
    assert written == [rule.expr for group in bundle.services[0].groups for rule in group.rules]
