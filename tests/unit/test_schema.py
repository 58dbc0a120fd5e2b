"""The JSON Schema door: what is wrong with a shape, in sentences."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slo_compiler import resources, schema
from slo_compiler.diagnostics import Diagnostic, Report, Where
from tests.unit.given import EVENTS, built, file, promise

PLACE = Where("f", (0,))


def findings(data: Any, name: str = "slo.v1") -> list[Diagnostic]:
    report = Report()
    schema.check(name, data, PLACE, report)
    return report.findings


def only(**keys: Any) -> Diagnostic:
    (finding,) = findings(json.loads(file(promise(**keys))))
    return finding


def test_a_good_file_has_no_bad_routes() -> None:
    assert schema.check("slo.v1", json.loads(file()), PLACE, Report()) == frozenset()


def test_bad_routes_are_told_so_that_nobody_complains_again() -> None:
    data = json.loads(file(promise(title=7, objectiv="99%")))
    bad = schema.check("slo.v1", data, PLACE, Report())
    slo = (0, "slos", 0)
    assert bad == {(*slo, "title"), (*slo, "objectiv"), (*slo, "objective")}


@pytest.mark.parametrize(
    ("keys", "id", "message", "help"),
    [
        ({"sampled": "yes"}, "value/type", "sampled must be true or false, got 'yes'", "true"),
        ({"sampled": 1}, "value/type", "sampled must be true or false, got 1", "true"),
        ({"revision": "two"}, "value/type", "revision must be a whole number, got 'two'", "write a plain number"),
        ({"revision": "2"}, "value/type", "revision must be a whole number, got '2'", "without quotes"),
        ({"revision": 0}, "value/range", "revision must be at least 1, got 0", "starts a new history"),
        ({"revision": 1.5}, "value/type", "revision must be a whole number, got 1.5", "write a plain number"),
        ({"title": True}, "value/type", "title must be a text, got true", "quotes"),
        ({"title": ["a"]}, "value/type", "title must be a text, got a list", "What people read"),
        ({"title": ""}, "value/range", "title must not be empty, got ''", "What people read"),
        ({"by": "model"}, "value/type", "by must be a list, got 'model'", "by: [model]"),
        ({"by": 7}, "value/type", "by must be a list, got 7", "by: [7]"),
        ({"by": []}, "value/empty", "by is empty", "leave the key out"),
        ({"by": ["a", "a"]}, "value/repeated", "by holds an entry twice", "keep one"),
        ({"by": ["a-b"]}, "value/range", "by must be a label name, for example provider, got 'a-b'", ""),
        ({"overrides": {}}, "key/choice", "overrides must not be empty", "Other numbers"),
        ({"labels": {"a-b": "c"}}, "key/name", "'a-b' must be a label name: letters, digits and underscores", "rename"),
        ({"labels": {"a": 7}}, "value/type", "a must be a text: quote it, got 7", "quotes"),
        ({"category": "speed"}, "value/unknown", "category must be latency, quality, cost or availability, got 'speed'", "write one of"),
        ({"category": "latencey"}, "value/unknown", "category must be latency, quality, cost or availability, got 'latencey'", "did you mean 'latency'?"),
        ({"name": None}, "value/type", "name must be lower-case words with dashes, for example time-to-first-token, got nothing", ""),
        ({"name": "a" * 81}, "value/range", "must have at most 80 characters", "unique in its service"),
        ({"expected_rate": 0}, "value/range", "expected_rate must be above 0, got 0", "write for example 50000"),
        ({"alerting": {"significance": 0.6}}, "value/range", "significance must be at most 0.5, got 0.6", "smaller means fewer"),
        ({"sli": {"events": None}}, "value/type", "events needs exactly one of bad and good, got nothing", "from counters"),
        ({"sli": {"events": 5}}, "value/type", "events needs exactly one of bad and good, got 5", "from counters"),
        (
            {"sli": {}},
            "key/choice",
            "sli needs exactly one kind: events, histogram, tail, timeslices, spend or check",
            "add events, histogram, tail, timeslices, spend or check",
        ),
        (
            {"sli": {**EVENTS, "histogram": {"metric": "x", "at_most": 1}}},
            "key/choice",
            "sli needs exactly one kind: events, histogram, tail, timeslices, spend or check",
            "keep one of them",
        ),
        ({"sli": {"events": {"total": "a"}}}, "key/choice", "events needs exactly one of bad and good", "add bad or good"),
        ({"sli": {"events": {"total": "a", "bad": "b", "good": "c"}}}, "key/choice", "events needs exactly one of bad and good", "keep one of them"),
        ({"sli": {"histogram": {"at_most": 1}}}, "key/missing", "key 'metric' is missing in histogram", "add `metric:`"),
        ({"sli": {"events": {"total": None, "bad": "x"}}}, "value/type", "total must be a text, got nothing", "All events. A selector, name{"),
        ({"sli": {"events": {"total": {'a="b"': None}, "bad": "x"}}}, "value/type", "total must be a text, got a mapping", "needs quotes"),
        ({"sli": {"events": {"total": "x", "bad": {'a="b"': None}}}}, "value/type", "bad must be a text or a list, got a mapping", "needs quotes"),
        ({"by": {"model": None}}, "value/type", "by must be a list, got a mapping", "by: [model]"),
        ({"sla": "99%"}, "value/type", "sla must be a mapping, got '99%'", "write sla: {objective: 99%}"),
        ({"overrides": {"a": "99%"}}, "value/type", "a needs objective, at_most or at_least, got '99%'", "write a: {objective: 99%}"),
        ({"overrides": {"a": {}}}, "key/choice", "a needs objective, at_most or at_least", "add objective"),
        ({"overrides": [{"match": {"a": "b"}}]}, "key/choice", "overrides must say objective, at_most or at_least beside match", "add objective"),
        ({"overrides": [{"match": {"a": "b", "objective": "9%"}}]}, "key/choice", "must say objective, at_most or at_least beside match", "add objective"),
        ({"overrides": [{"objective": "99%"}]}, "key/missing", "key 'match' is missing", "add `match:`"),
        ({"colour": "red"}, "key/unknown", "unknown key 'colour'", "known here: alerting, allow"),
        ({"titel": "x"}, "key/unknown", "unknown key 'titel'", "did you mean 'title'?"),
        ({"expected_rate": "1e300"}, "value/range", "expected_rate has too many digits, got '1e300'", "an exponent at most two"),
        ({"expected_rate": -1}, "value/range", "expected_rate must be above 0, got -1", "write for example 50000"),
        ({"by": [None]}, "value/type", "an entry of by must be a label name", "write for example provider"),
        ({"exclude": [3]}, "value/type", "an entry of exclude must be hours", "write for example 02:00-04:00 Sun"),
        ({"sli": None}, "value/type", "sli needs exactly one kind", "write for example {events: {total: requests_total, bad: "),
        ({"overrides": [{"match": {}, "objective": "9%"}]}, "key/choice", "match must not be empty", "write for example {provider: openai}"),
        ({"window": {"rolling": "30d"}}, "key/unknown", "unknown key 'rolling'", "write `window: 30d`"),
        ({"window": {"calendar": "quarter", "length": "90d"}}, "key/unknown", "unknown key 'length'", "a quarter has no other length"),
        ({"sli": {"check": {"value": {"quantile": 99, "of": "x"}, "at_most": 1}}}, "value/type", "quantile must be a text, got 99", "write p99"),
        (
            {"alerting": {"policy": {"tiers": [{"name": "a", "severity": "page", "long": "1h", "burn": 0}]}}},
            "value/range",
            "burn must be above 0, got 0",
            "write for example 14.4",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_wrong_shape_in_a_sentence(keys: dict[str, Any], id: str, message: str, help: str) -> None:
    finding = only(**keys)
    assert finding.id == id
    assert message in finding.message
    assert help in finding.help


def test_an_entry_of_a_list_is_called_so() -> None:
    (finding,) = built(json.dumps({"version": "slo/v1", "service": "shop", "slos": [3]})).report.findings
    assert finding.message == "an entry of slos must be a mapping, got 3"
    assert finding.help.startswith("write for example {name: success, ")


def test_thousands_in_braces_are_told() -> None:
    finding = only(sli={"spend": {"metric": "x_dollars_total", "at_most": "$12", "000": None}})
    assert (finding.id, "write the number without commas" in finding.help) == ("key/unknown", True)


@pytest.mark.parametrize("value", ["x" * 100, "ü" * 60])
def test_a_long_value_is_not_repeated_in_full(value: str) -> None:
    assert len(only(category=value).message) < 150


def test_a_key_that_was_meant_is_not_also_missing() -> None:
    data = json.loads(file())
    data["servce"] = data.pop("service")
    assert [finding.id for finding in findings(data)] == ["key/unknown"]


@pytest.mark.parametrize(("said", "meant"), [("target", "objective"), ("slo", "name"), ("type", "category")])
def test_a_key_of_another_tool_is_not_also_missing(said: str, meant: str) -> None:
    slo = promise()
    slo[said] = slo.pop(meant)
    found = built(file(slo)).only
    assert (found.id, found.help) == ("key/unknown", f"did you mean {meant!r}?")


@pytest.mark.parametrize(("said", "meant"), [("errors", "bad"), ("error", "bad"), ("success", "good")])
def test_an_event_of_another_tool_is_not_also_missing(said: str, meant: str) -> None:
    assert only(sli={"events": {"total": "a", said: "b"}}).help == f"did you mean {meant!r}?"


def test_a_threshold_is_a_bound() -> None:
    assert only(sli={"histogram": {"metric": "a", "threshold": 1}}).help == "did you mean 'at_most'?"


@pytest.mark.parametrize(
    ("metric", "bucket", "help"),
    [
        ("x_seconds", "100ms", "write 0.1"),
        ('x_ms{a="b"}', "100ms", "write 100"),
        ("x_dollars", "$0.5", "write 0.5"),
        ("x", "100ms", "write the plain number"),
        ("x_seconds", "$5", "write the plain number"),
        ("x_seconds", "much", "write the plain number"),
        ("x_seconds", "0.5", "without quotes"),
        ("x_seconds", "+Inf", "leave +Inf out"),
        ("x_seconds", ".inf", "leave +Inf out"),
    ],
)
def test_a_bucket_is_a_number(metric: str, bucket: str, help: str) -> None:
    assert help in only(sli={"histogram": {"metric": metric, "at_most": 1, "buckets": [1, bucket]}}).help


@pytest.mark.parametrize("slos", [None, {"name": "a"}, "a"])
def test_slos_are_a_list(slos: Any) -> None:
    (finding,) = findings({"version": "slo/v1", "service": "a", "slos": slos})
    assert finding.help == "write a list, each entry beginning with `- name:`"


def test_a_misspelled_choice_is_one_mistake() -> None:
    assert only(sli={"events": {"total": "a", "bda": "b"}}).id == "key/unknown"


def test_a_document_that_is_no_mapping_is_one_mistake() -> None:
    (finding,) = findings([1])
    assert finding.message == "the document must be a mapping, got a list"


def test_the_project_file_has_a_schema_too() -> None:
    (finding,) = findings({"outpt": "rules"}, "project.v1")
    assert finding.help == "did you mean 'output'?"


def walk(node: Any) -> list[dict[str, Any]]:
    """All schemas in a schema."""
    if isinstance(node, list):
        return [found for item in node for found in walk(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for item in node.values() for found in walk(item))]


@pytest.mark.parametrize("name", ["slo.v1", "project.v1"])
def test_every_key_is_described(name: str) -> None:
    for node in walk(json.loads(resources.schema_text(name))):
        for key, one in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) and "type" in node else ():
            assert "$ref" in one or one.get("description"), key


@pytest.mark.parametrize("name", ["slo.v1", "project.v1"])
def test_a_pattern_says_what_it_wants(name: str) -> None:
    for node in walk(json.loads(resources.schema_text(name))):
        assert not isinstance(node.get("pattern"), str) or node.get("errorMessage"), node
