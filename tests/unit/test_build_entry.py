"""A value together with its place, laid over its defaults; what the schema refused counts as absent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from slo_compiler.build.entry import Entry, length, take
from slo_compiler.diagnostics import Report, Route, Where
from slo_compiler.quantities import Duration, Problem
from slo_compiler.source import Data

PLACE = Where("f", (0,))


def entry(data: Any, under: Any = None, bad: frozenset[Route] = frozenset()) -> Entry:
    return Entry(data, PLACE, bad, Entry(under, Where("f", (1,)), frozenset()) if under is not None else None)


def plain(found: Entry | None) -> Any:
    return found.data if found else None


def test_an_own_value_wins_over_the_default() -> None:
    one = entry({"a": 1}, {"a": 2, "b": 3})
    assert (plain(one.get("a")), plain(one.get("b"))) == (1, 3)
    assert (one.value("a", 0), one.value("b", 0), one.value("c", 0)) == (1, 3, 0)


def test_null_takes_a_default_away() -> None:
    one = entry({"a": None}, {"a": 2})
    assert (one.get("a"), one.value("a", 9), one.says("a")) == (None, 9, False)


@pytest.mark.parametrize("value", [0, False, ""])
def test_a_value_that_is_false_is_a_value(value: Any) -> None:
    one = entry({"a": value}, {"a": 2})
    assert (plain(one.get("a")), one.value("a", 9), one.says("a")) == (value, value, True)


def test_mappings_are_merged_key_by_key() -> None:
    one = entry({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2, "d": 3}, "e": 4}}).get("a")
    assert one
    inner = one.get("b")
    assert inner
    assert {key: value.data for key, value in inner.items()} == {"c": 1, "d": 3}
    assert one.value("e", 0) == 4


def test_a_mapping_over_something_else_replaces_it() -> None:
    one = entry({"a": {"b": 1}}, {"a": [1]}).get("a")
    assert one
    assert one.get("c") is None


def test_lists_are_not_merged() -> None:
    one = entry({"a": [1]}, {"a": [2, 3]}).get("a")
    assert one
    assert [item.data for item in one.entries()] == [1]


def test_a_default_keeps_its_own_place() -> None:
    found = entry({}, {"a": 2}).get("a")
    assert found
    assert found.where == Where("f", (1, "a"))


def test_what_the_schema_refused_is_absent_but_said() -> None:
    one = entry({"a": 1, "b": [1, 2]}, bad=frozenset({(0, "a"), (0, "b", 0), (0, "meant")}))
    assert (one.get("a"), one.value("a", 9), one.says("a"), one.says("meant")) == (None, 9, True, True)
    listed = one.get("b")
    assert listed
    assert [item.data for item in listed.entries()] == [2]


def test_a_refused_value_is_not_replaced_by_its_default() -> None:
    one = entry({"a": "wrong"}, {"a": 2}, bad=frozenset({(0, "a")}))
    assert (one.get("a"), one.value("a", 9)) == (None, 9)


def test_items_come_in_the_order_of_writing_the_defaults_last() -> None:
    assert [key for key, _ in entry({"c": 1, "a": 2}, {"b": 3, "a": 4}).items()] == ["c", "a", "b"]


@pytest.mark.parametrize(("data", "found"), [("5m", Duration(Decimal(300))), (5, None), ("fast", None)])
def test_a_problem_is_reported_where_it_stands(data: Data, found: Duration | None) -> None:
    report = Report()
    assert take(entry({"a": data}).get("a"), length, report) == found
    assert [finding.where for finding in report.findings] == ([] if found else [PLACE / "a"])


def test_a_problem_with_a_part_is_reported_there() -> None:
    report = Report()
    take(entry({"a": "text"}).get("a"), lambda _: Problem("a/b", "m", "h", (1, 3)), report)
    assert report.findings[0].where == (PLACE / "a").inside(1, 3)


def test_nothing_is_no_quantity_and_no_problem() -> None:
    report = Report()
    assert take(None, length, report) is None
    assert not report.findings
