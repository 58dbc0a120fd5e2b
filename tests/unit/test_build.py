"""Documents become SLOs: defaults filled in, quantities read, what was refused passed over."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from slo_compiler.model import SelectedEvents
from slo_compiler.quantities import Duration
from tests.unit.given import EVENTS, HISTOGRAM, built, file, one, promise


def test_what_is_not_said_has_a_default() -> None:
    slo = built(file({"name": "a", "category": "cost", "objective": "99%", "sli": EVENTS, "allow": ["window/retention"]})).slo
    assert (slo.title, slo.window, slo.revision, slo.budgeted, slo.headline, slo.sampled, slo.owner, slo.by) == (
        "a",
        Duration(Decimal(30 * 86400)),
        1,
        True,
        False,
        False,
        "",
        (),
    )


def test_defaults_of_the_file_fill_in() -> None:
    slo = built(
        file({"name": "a", "sli": EVENTS}, owner="team", defaults={"category": "cost", "objective": "p95", "window": "28d", "allow": ["window/retention"]})
    ).slo
    assert (slo.category, str(slo.objective), str(slo.window), slo.owner) == ("cost", "95%", "28d", "team")


def test_null_takes_a_default_away() -> None:
    found = built(file({**promise(window="7d"), "category": None}, defaults={"category": "cost"}))
    assert found.ids == ["key/missing"]


@pytest.mark.parametrize(("file_owner", "own", "owner"), [("team", None, "team"), ("team", "me", "me"), ("", "me", "me")])
def test_an_owner_is_the_nearest(file_owner: str, own: str | None, owner: str) -> None:
    keys = {"owner": file_owner} if file_owner else {}
    assert built(file(promise(owner=own), **keys)).slo.owner == owner


def test_labels_and_links_of_the_file_are_for_all_its_slos() -> None:
    slo = built(file(promise(labels={"a": "own"}, links={"runbook": "own"}), labels={"a": "file", "b": "file"}, links={"runbook": "file", "docs": "file"})).slo
    assert (slo.labels, slo.links) == ({"a": "own", "b": "file"}, {"runbook": "own", "docs": "file"})


def test_an_slo_that_cannot_be_understood_does_not_hide_the_others() -> None:
    found = built(file(promise(objective="high"), promise(name="other"), promise(name="third", window="9999d")))
    assert found.ids == ["objective/format", "window/range"]
    assert [slo.name for slo in found.spec.slos] == ["other"]


def test_several_documents_of_a_file_are_one_compilation() -> None:
    found = built(file(promise(name="a")) + "\n---\n" + file(promise(name="b"), service="other"))
    assert [slo.id for slo in found.spec.slos] == ["shop/a", "other/b"]
    assert found.spec.sources == {"shop": ("slo.yaml",), "other": ("slo.yaml",)}


@pytest.mark.parametrize("data", ["[]", "7", '"text"'])
def test_a_document_that_is_no_mapping_is_passed_over(data: str) -> None:
    found = built(data)
    assert found.ids == ["value/type"]
    assert found.spec.slos == ()


def test_an_sla_has_the_window_of_its_slo_unless_it_says_another() -> None:
    slo = one(sla={"objective": "99%"}).slo
    assert slo.sla
    assert slo.sla.window == slo.window
    other = one(sla={"objective": "99%", "window": "28d"}).slo.sla
    assert other
    assert str(other.window) == "28d"


@pytest.mark.parametrize("sla", [{"objective": "high"}, {"objective": "99%", "window": "1y"}])
def test_an_sla_that_cannot_be_read_is_told(sla: dict[str, str]) -> None:
    found = one(sla=sla)
    assert len(found.ids) == 1
    assert found.spec.slos[0].sla is None


def test_good_that_is_total_with_one_matcher_more_is_turned_around() -> None:
    slo = one(sli={"events": {"total": 'x{job="a"}', "good": 'x{job="a",ok="yes"}'}}).slo
    assert isinstance(slo.sli, SelectedEvents)
    assert [str(bad) for bad in slo.sli.bad] == ['x{job="a",ok!="yes"}']


@pytest.mark.parametrize("good", ['x{a="b",c="d"}', "y", 'x{job="b"}'])
def test_other_good_events_are_subtracted(good: str) -> None:
    slo = one(sli={"events": {"total": "x" if good != 'x{job="b"}' else 'x{job="a"}', "good": good}}).slo
    assert isinstance(slo.sli, SelectedEvents)
    assert str(slo.sli.good) == good


@pytest.mark.parametrize(
    ("events", "id"),
    [
        ({"total": "x", "good": "x"}, "events/same"),
        ({"total": 'x{a="b",c="d"}', "bad": 'x{c="d",a="b"}'}, "events/same"),
        ({"total": "x", "bad": ['x{a="b"}', 'x{a="b"}']}, "events/same"),
        ({"total": "x", "bad": ['x{a="b"}', "sum(rate(y[$window]))"]}, "events/mixed"),
        ({"total": "sum(rate(x[$window]))", "bad": "y"}, "events/mixed"),
        ({"total": "sum(delta(x[$window]))", "bad": "sum(delta(y[$window]))"}, "events/per"),
        ({"total": "x", "bad": ['x{a="b"}', "y{"]}, "promql/syntax"),
    ],
)
def test_events_that_cannot_be_counted(events: dict[str, Any], id: str) -> None:
    found = one(sli={"events": events}).only
    assert found.id == id
    assert found.help


def test_an_expression_whose_kind_is_told_needs_not_be_understood() -> None:
    found = one(sli={"events": {"total": "sum(delta(x[$window]))", "bad": "sum(delta(y[$window]))", "per": "window"}}, allow=["events/approximate"])
    assert " * 60 / 300" in found.expr("slo:total:delta")


@pytest.mark.parametrize(
    ("keys", "id"),
    [
        ({"buckets": ["a", "b"]}, "value/type"),
        ({"buckets": [0.1, "b"]}, "value/type"),
        ({"buckets": [1, 2]}, "histogram/between-buckets"),
        ({"buckets": [0.1, 0.2]}, "histogram/between-buckets"),
        ({"buckets": [0.1, 1]}, "histogram/between-buckets"),
        ({"at_most": 0.5, "step": 0}, "value/range"),
        ({"at_most": "0.5s", "step": 0.2}, "histogram/step"),
        ({"metric": 'x_seconds{le="1"}'}, "histogram/le"),
        ({"metric": "x_seconds_sum"}, "histogram/suffix"),
        ({"metric": "rate(x[$window])"}, "promql/not-a-selector"),
        ({"at_most": "$5"}, "bound/unit"),
        ({"at_most": "$€"}, "bound/format"),
        ({"metric": None}, "value/type"),
    ],
)
def test_a_histogram_that_cannot_be_measured_is_one_mistake(keys: dict[str, Any], id: str) -> None:
    found = one(sli={"histogram": {**HISTOGRAM["histogram"], **keys}})
    assert set(found.ids) == {id}


@pytest.mark.parametrize("ending", ["_bucket", "_count", "_sum", "_total"])
@pytest.mark.parametrize("value", [{"mean": "x_seconds"}, {"quantile": "p99", "of": "x_seconds"}], ids=["mean", "quantile"])
def test_a_check_names_the_histogram_itself(value: dict[str, str], ending: str) -> None:
    named = {key: word + ending if word == "x_seconds" else word for key, word in value.items()}
    check = {"name": "speed", "category": "latency", "sli": {"check": {"value": named, "at_most": 1}}}
    assert built(file(check)).ids == ["histogram/suffix"]


@pytest.mark.parametrize(("at_least", "step"), [("1e50", "1e-50"), (4, 1), (0.3, 0.1), ("-2.5", 0.5)])
def test_a_bound_is_a_multiple_of_its_step_exactly(at_least: Any, step: Any) -> None:
    text = file(promise(sli={"histogram": {"metric": "x", "at_least": "AT", "step": "STEP"}}, allow=["histogram/no-buckets"]))
    assert built(text.replace('"AT"', str(at_least)).replace('"STEP"', str(step))).report.ok


def test_at_least_with_a_step_is_not_at_most_the_value_below() -> None:
    slo = one(sli={"histogram": {"metric": "score", "at_least": 4, "step": 1, "buckets": [1, 2, 3, 4, 5]}}).slo
    assert slo.cells[0].limit
    assert (slo.cells[0].limit.value, slo.cells[0].limit.below) == (4, 3)


@pytest.mark.parametrize(("bound", "share", "judged"), [("150ms", "0.875", "88"), ("300ms", "0.5", "50"), ("450ms", "0.125", "88")])
def test_an_estimated_bound_lies_between_its_neighbours(bound: str, share: str, judged: str) -> None:
    found = one(sli={"histogram": {**HISTOGRAM["histogram"], "at_most": bound, "interpolate": True}})
    limit = found.slo.cells[0].limit
    assert limit
    assert (limit.below, limit.above, limit.share, limit.exact) == (Decimal("0.1"), Decimal("0.5"), Decimal(share), False)
    assert f"up to {judged}%" in found.only.help


@pytest.mark.parametrize(("bound", "unit", "bucket"), [("7h", "hours", 7), ("3m", "minutes", 3), ("100ms", "us", 100000)])
def test_a_bound_is_exact_in_every_unit_of_time(bound: str, unit: str, bucket: int) -> None:
    assert one(sli={"histogram": {"metric": "x", "unit": unit, "at_most": bound, "buckets": [bucket, bucket + 1]}}).report.ok


@pytest.mark.parametrize(
    ("keys", "id"),
    [
        ({"labels": {"le": "x"}}, "label/reserved"),
        ({"labels": {"a": "{{ x"}}, "text/braces"),
        ({"labels": {"a": "}} {{"}}, "text/braces"),
        ({"labels": {"a": "{{ {{ }} }}"}}, "text/braces"),
        ({"links": {"runbook": "{{ x"}}, "text/braces"),
        ({"links": {"runbook": "{{ x }}"}}, "text/template"),
        ({"by": ["slo_id"]}, "label/reserved"),
        ({"by": ["a"], "labels": {"a": "x"}}, "label/collision"),
        ({"alerting": {"labels": {"severity": "x"}}}, "label/reserved"),
        ({"alerting": {"labels": {"a-b": "x"}}}, "key/name"),
        ({"alerting": {"annotations": {"a-b": "x"}}}, "key/name"),
        ({"alerting": {"annotations": {"a": "{{"}}}, "text/braces"),
        ({"by": ["a"], "alerting": {"labels": {"page": {"a": "x"}}}}, "label/collision"),
        ({"alerting": {"labels": {"pge": {"a": "x"}}}}, "alerting/unknown-alert"),
        ({"alerting": {"disable": ["nothing"]}}, "alerting/unknown-alert"),
    ],
)
def test_labels_that_would_break_alerts(keys: dict[str, Any], id: str) -> None:
    found = one(**keys).only
    assert found.id == id
    assert found.help


@pytest.mark.parametrize("text", ["no braces", "{ one }", "{{ $value }}", "{{ $labels.a }} and {{ .Value }}", '{"a": {"b": 1}}'])
def test_labels_that_prometheus_can_fill_in(text: str) -> None:
    assert one(labels={"a": text}).report.ok


def test_a_file_label_that_a_split_has_too_is_told() -> None:
    assert built(file(promise(by=["team"]), labels={"team": "x"})).ids == ["label/collision"]


def test_every_slo_of_a_text_is_built_in_its_order() -> None:
    names = [f"slo-{number}" for number in range(20)]
    assert [slo.name for slo in built(file(*(promise(name=name) for name in names))).spec.slos] == names


def test_a_file_is_data_all_the_way() -> None:
    assert json.loads(file())["slos"][0]["name"] == built(file()).slo.name


@pytest.mark.parametrize("buckets", [0.5, [], {}, ["1s"]])
def test_buckets_that_are_wrong_are_one_mistake(buckets: Any) -> None:
    found = one(sli={"histogram": {"metric": "x_seconds", "at_most": 1, "buckets": buckets}})
    assert len(found.report.findings) == 1


@pytest.mark.parametrize(
    ("url", "part", "help"),
    [
        ("https://x/$servce", "$servce", "did you mean $service?"),
        ("https://x/${service}", "${service}", "did you mean $service?"),
        ("https://x/{{ $labels.a }}/$labels.b", "$labels", "known: $service, $slo"),
        ("https://x/$slo/$env", "$env", "%24"),
    ],
)
def test_what_nothing_is_filled_in_for_is_told(url: str, part: str, help: str) -> None:
    found = one(links={"runbook": url}).only
    assert found.id == "links/placeholder"
    assert found.where.span
    assert url[slice(*found.where.span)] == part
    assert help in found.help


@pytest.mark.parametrize("url", ["https://x/$service/$slo?id=$slo_id&c=$category", "https://x/{{ $labels.a }}?cost=5$"])
def test_links_that_are_all_right(url: str) -> None:
    assert one(links={"runbook": url}).ids == []


def test_two_expressions_that_count_the_same_are_told() -> None:
    same = "sum(rate(x[$window]))"
    assert one(sli={"events": {"total": same, "good": same}}).ids == ["events/same"]
    assert one(sli={"events": {"total": "sum(rate(y[$window]))", "bad": [same, same]}}).ids == ["events/same"]


def test_every_expression_that_loses_a_label_is_told() -> None:
    sli = {"events": {"total": "sum without (a) (rate(x[$window]))", "bad": "sum(rate(y[$window]))"}}
    assert one(by=["a"], sli=sli).ids == ["events/by-lost"] * 2
