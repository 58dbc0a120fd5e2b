"""Cells: the label values of an SLO, cut so that each belongs to exactly one."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from slo_compiler.model import Cell
from tests.unit.given import HISTOGRAM, built, file, one, promise

VALUES = ("1", "2", "3")


def takes(cell: Cell, values: dict[str, str]) -> bool:
    return all((values[label] == value) == (op == "=") for label, op, value in cell.matchers)


def match(objective: str, **labels: str) -> dict[str, Any]:
    return {"match": labels, "objective": objective}


@pytest.mark.parametrize(
    "overrides",
    [
        [match("90%", a="1")],
        [match("90%", a="1"), match("95%", a="2")],
        [match("90%", a="1", b="1")],
        [match("90%", a="1", b="1"), match("95%", a="1", b="2")],
        [match("90%", a="1", b="1"), match("95%", a="2", c="1")],
        [match("90%", a="1"), match("95%", a="2", b="1"), match("98%", a="2", b="2", c="3")],
        [match("90%", a="1", b="1", c="1"), match("95%", a="2", b="2", c="2"), match("98%", a="3", b="3", c="3")],
        [match("90%", a="1", b="2"), match("95%", b="1", c="2"), match("98%", c="1", a="2", b="3")],
    ],
    ids=len,
)
def test_every_combination_of_values_lies_in_one_cell_with_its_objective(overrides: list[dict[str, Any]]) -> None:
    cells = one(by=["a", "b", "c"], overrides=overrides).slo.cells
    for combination in itertools.product(VALUES, repeat=3):
        values = dict(zip("abc", combination, strict=True))
        (cell,) = (cell for cell in cells if takes(cell, values))
        wanted = next((o["objective"] for o in overrides if all(values[label] == value for label, value in o["match"].items())), "99.9%")
        assert str(cell.objective) == wanted


def test_without_overrides_there_is_one_cell() -> None:
    assert [cell.matchers for cell in one(by=["a"]).slo.cells] == [()]


def test_a_mapping_is_enough_for_one_label() -> None:
    cells = one(by=["a"], overrides={"x": {"objective": "90%"}}).slo.cells
    assert [(cell.matchers, str(cell.objective), cell.name) for cell in cells] == [((("a", "=", "x"),), "90%", "x"), ((("a", "!=", "x"),), "99.9%", "")]


def test_an_override_of_a_bound_keeps_the_objective() -> None:
    cells = one(sli=HISTOGRAM, by=["a"], overrides={"x": {"at_most": "1s"}}).slo.cells
    assert [(str(cell.objective), cell.limit.text) for cell in cells if cell.limit] == [("99.9%", "1s"), ("99.9%", "500ms")]


def test_overrides_in_the_defaults_are_overrides() -> None:
    assert len(built(file(promise(by=["a"]), defaults={"overrides": {"x": {"objective": "90%"}}})).slo.cells) == 2


@pytest.mark.parametrize(
    ("keys", "id"),
    [
        ({"overrides": {"x": {"objective": "96%"}}}, "overrides/no-by"),
        ({"by": ["a", "b"], "overrides": {"x": {"objective": "96%"}}}, "overrides/shape"),
        ({"by": ["a", "b"], "overrides": {"x": {"y": {"objective": "96%"}}}}, "overrides/shape"),
        ({"by": ["a"], "overrides": [match("96%", b="x")]}, "overrides/label"),
        ({"by": ["a"], "overrides": [match("96%", a="x"), match("95%", a="x")]}, "overrides/overlap"),
        ({"by": ["a", "b"], "overrides": [match("96%", a="x"), match("95%", b="y")]}, "overrides/overlap"),
        ({"by": ["a"], "overrides": {"x": {"at_most": 1}}}, "overrides/bound"),
        ({"by": ["a"], "sli": HISTOGRAM, "overrides": {"x": {"at_least": 1}}}, "overrides/bound"),
        ({"by": ["a"], "sli": HISTOGRAM, "overrides": {"x": {"at_most": "2s"}}}, "histogram/between-buckets"),
        ({"by": ["a"], "overrides": {"x": {"objective": "high"}}}, "objective/format"),
        ({"by": ["a"], "overrides": [{"match": {"a": {"b": "c"}}, "objective": "96%"}]}, "value/type"),
        ({"by": ["a"], "overrides": [{"match": {"a": []}, "objective": "96%"}, match("95%", a="x")]}, "value/type"),
        ({"by": ["a"], "overrides": [{"objective": "96%", "at_most": 1}]}, "key/missing"),
    ],
)
def test_an_override_that_cannot_be_is_one_mistake(keys: dict[str, Any], id: str) -> None:
    found = one(**keys).only
    assert found.id == id
    assert found.help


def test_an_overlap_names_both_places() -> None:
    found = one(by=["a", "b"], overrides=[match("96%", a="x"), match("95%", b="y")]).only
    assert found.other
    assert (found.where.route[-1], found.other.route[-1]) == (1, 0)
