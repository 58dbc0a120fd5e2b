"""docs/language.md is true: its tables hold the keys of the schemas, and what it shows compiles and does what it says."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from slo_compiler import clock, quantities
from slo_compiler.policy import NAMES
from slo_compiler.quantities import Problem
from tests.cases_runner import inside, slo

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
#: What the tables call the outermost mapping of each schema.
ROOTS = {"slo.v1": "SLO file", "project.v1": "slo-compiler.yaml", "policy.v1": "policy file"}
SCHEMAS = {name: json.loads((ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8")) for name in ROOTS}
CODE = re.compile(r"`([^`]+)`")


# --- what the schemas know ---------------------------------------------------------------------------------------------------------


def keys(node: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """(place, key) of all that stands below a node; what has a name under $defs is a place of its own."""
    for name, value in node.get("properties", {}).items():
        yield place, name
        yield from keys(value, name if place in ROOTS.values() else f"{place}.{name}")
    for below in ("items", "additionalProperties"):
        if isinstance(node.get(below), dict):
            yield from keys(node[below], place)


def known() -> set[tuple[str, str]]:
    """The keys of all three schemas."""
    places = [(ROOTS[name], schema) for name, schema in SCHEMAS.items()]
    places += [place for schema in SCHEMAS.values() for place in schema.get("$defs", {}).items()]
    return {found for place, node in places for found in keys(node, place)}


def choices(node: Any) -> Iterator[str]:
    """All words that a schema lets one choose from."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from choices(value)
    if isinstance(node, dict) and isinstance(node.get("enum"), list):
        yield from (word for word in node["enum"] if word)


# --- what the page says ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A key in a table; `default` is a value only where it stands alone in code font."""

    place: str
    key: str
    default: str | None
    example: str

    @property
    def id(self) -> str:
        return f"{self.place}.{self.key}"

    @property
    def lines(self) -> dict[str, Any]:
        """The lines of the example as one mapping."""
        return {key: value for line in CODE.findall(self.example) for key, value in yaml.safe_load(line).items()}


def tables() -> Iterator[list[list[str]]]:
    """The cells of each table, its head first."""
    for table in re.findall(r"(?m)(?:^\|.*\n)+", TEXT):
        head, _, *body = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines())
        yield [head, *body]


def rows() -> Iterator[Row]:
    for head, *body in tables():
        if head[0].startswith("key of "):
            place = CODE.findall(head[0])[-1]
            for key, default, _, example in body:
                alone = CODE.fullmatch(default)
                yield Row(place, key.strip("`"), alone[1] if alone else None, example)


ROWS = list(rows())
DEFAULTS = [row for row in ROWS if row.default]
#: Keys that change no rule by themselves.
SILENT = {"slo.headline", "prometheus.retention", "histogram.interpolate", "options.mimir.groups"}


@dataclass(frozen=True)
class Shown:
    """The files of a block, or of the titled blocks of a section, by name."""

    heading: str
    files: dict[str, str]


def shown() -> Iterator[Shown]:
    are_entries = False
    for section in re.split(r"(?m)^(?=##+ )", TEXT):
        heading = section.partition("\n")[0]
        if heading.startswith("## "):
            are_entries = heading.endswith("(entries of `slos:`)")
        titled = dict(re.findall(r"`([\w./-]+)`:\n\n```yaml\n(.*?)```", section, re.DOTALL))
        if titled:
            yield Shown(heading, titled)
        for block in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL):
            if block not in titled.values():
                yield Shown(heading, {"slo.yaml": f"version: slo/v1\nservice: chat\nslos:\n{block}" if are_entries else block})


SHOWN = list(shown())


# --- files in which each place is there ----------------------------------------------------------------------------------------------

COUNTED = {"events": {"total": "r_total", "bad": 'r_total{code="500"}'}}
TIMED = {"histogram": {"metric": "llm_ttft_seconds", "at_most": "1s"}}
TIER = {"name": "page", "severity": "page", "long": "6h", "short": "30m", "burn": 6}
POLICY = "policies/night.yaml"
FILES: dict[str, Any] = {
    "slo.yaml": {
        "version": "slo/v1",
        "service": "chat",
        "slos": [
            {"name": "first", "category": "availability", "objective": "99%", "by": ["provider"], "sli": COUNTED},
            {"name": "judge", "category": "quality", "objective": "92%", "sli": COUNTED},
        ],
    },
    "slo-compiler.yaml": {"policies": [POLICY], "prometheus": {"retention": "100d"}},
    POLICY: {"name": "night", "tiers": [TIER]},
}
OUTER = {
    "SLO file": ["slo.yaml"], "slo-compiler.yaml": ["slo-compiler.yaml"], "prometheus": ["slo-compiler.yaml", "prometheus"],
    "grafana": ["slo-compiler.yaml", "grafana"], "policy file": [POLICY], "options": ["slo-compiler.yaml", "options"],
    "manifest": ["slo-compiler.yaml", "options", "configmap"], "dashboard": ["slo-compiler.yaml", "options", "grafana-operator"],
    "options.mimir": ["slo-compiler.yaml", "options", "mimir"], "options.alertmanager": ["slo-compiler.yaml", "options", "alertmanager"],
}  # fmt: skip
#: For a place in an SLO: what the first SLO says beside the above, and the way to the place from there.
HOSTS: dict[str, tuple[dict[str, Any], list[str | int]]] = {
    "slo": ({}, []),
    "sla": ({"sla": {"objective": "95%"}}, ["sla"]),
    "window": ({"window": {"calendar": "month"}}, ["window"]),
    "exclude": ({"exclude": [{"from": "2026-12-24T10:00", "to": "2026-12-26T10:00"}]}, ["exclude", 0]),
    "override": ({"overrides": {"local": {}}, "sli": TIMED}, ["overrides", "local"]),
    "overrides": ({"overrides": [{"match": {"surface": "chat"}}], "by": ["surface"], "sli": TIMED}, ["overrides", 0]),
    "alerting": ({"alerting": {}}, ["alerting"]),
    "policy": ({"alerting": {"policy": {}}}, ["alerting", "policy"]),
    "tier": ({"alerting": {"policy": {"tiers": [TIER]}}}, ["alerting", "policy", "tiers", 0]),
    "evidence": ({"alerting": {"policy": {"tiers": [{**TIER, "evidence": {}}]}}}, ["alerting", "policy", "tiers", 0, "evidence"]),
    "sli": ({"sli": {}, "by": None}, ["sli"]),
    "events": ({}, ["sli", "events"]),
    "histogram": ({"sli": TIMED}, ["sli", "histogram"]),
    "tail": ({"sli": {"tail": {"metric": "cost_dollars", "over": "10x", "buckets": [0.1, 1, 10]}}}, ["sli", "tail"]),
    "timeslices": ({"sli": {"timeslices": {"value": "probe_success", "at_least": 1}}, "by": None}, ["sli", "timeslices"]),
    "spend": ({"sli": {"spend": {"metric": "spend_dollars_total", "at_most": "$100"}}}, ["sli", "spend"]),
    "check": ({"sli": {"check": {"value": {"expr": "eval_score"}, "at_most": 2}}, "by": None}, ["sli", "check"]),
    "check.value": ({"sli": {"check": {"value": {}, "at_most": 0.5}}, "by": None}, ["sli", "check", "value"]),
    "check.value.ratio": ({"sli": {"check": {"value": {"ratio": {"total": "r_total"}}, "at_most": 0.02}}}, ["sli", "check", "value", "ratio"]),
    "check.baseline": ({"sli": {"check": {"value": {"expr": "eval_score"}, "at_most": "2x", "baseline": {}}}, "by": None}, ["sli", "check", "baseline"]),
}
#: Of these one shuts out the others.
ALTERNATIVES = [{"at_most", "at_least", "changed_by", "within"}, {"bad", "good"}, {"burn", "odds"}]


def saying(row: Row, lines: dict[str, Any]) -> dict[str, Any]:
    """Files in which the place of a row says these lines."""
    files = copy.deepcopy(FILES)
    first = files["slo.yaml"]["slos"][0]
    more, way = HOSTS.get(row.place, ({}, []))
    first |= copy.deepcopy(more)
    if row.place == "grafana":
        files["slo-compiler.yaml"] |= {"targets": ["grafana"], "grafana": {}}
    node = files if row.place in OUTER else first
    if row.place in OUTER and "options" in OUTER[row.place]:
        target = OUTER[row.place][-1]
        every = ["prometheus", "configmap", "grafana-operator", "mimir", "alertmanager"]
        files["slo-compiler.yaml"] |= {"targets": [target] if target in every else every, "options": {target: {}}, "annotations": {"source": "${x}"}}
        files["slo-compiler.yaml"] |= {"options": {}} if target == "options" else {}
    for step in OUTER.get(row.place, way):
        node = node[step]
    for group in ALTERNATIVES:
        for key in group & node.keys() if group & lines.keys() else ():
            del node[key]
    if row.key == "at_least" and row.place.startswith("override"):
        first["sli"] = {"histogram": {"metric": "llm_ttft_seconds", "at_least": "1s"}}
    node |= lines
    if {"check", "spend"} & first["sli"].keys():
        del first["objective"]
    return files


def put(files: dict[str, Any], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def compiled(files: dict[str, Any], folder: Path) -> str:
    """The rules, or pages, that come out; an error is a failure."""
    put(files, folder)
    (folder / "our-templates").mkdir()
    with inside(folder):
        code, text = slo("compile", "slo.yaml", "-o", "out")
    assert code == 0, text
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((folder / "out").rglob("*")) if path.is_file())
    return re.sub(r" \(sha256 [0-9a-f]{16}\)", "", text)


# --- the keys ------------------------------------------------------------------------------------------------------------------------


def test_the_tables_hold_the_keys_of_the_schemas() -> None:
    told = [(row.place, row.key) for row in ROWS]
    found = {(place, key) for place, key in known() if place != "defaults"}
    assert sorted(told) == sorted(set(told)), "a key that stands there twice"
    assert found - set(told) == set(), "keys that no table holds"
    assert set(told) - found == set(), "keys that no schema has"


def test_defaults_may_hold_all_of_an_slo_but_name_and_sli() -> None:
    definitions = SCHEMAS["slo.v1"]["$defs"]
    assert definitions["slo"]["properties"].keys() ^ definitions["defaults"]["properties"].keys() == {"name", "sli"}
    assert "`defaults` may hold any key of an SLO but `name` and `sli`" in TEXT


def test_every_word_that_can_be_chosen_is_named() -> None:
    words = {word for schema in SCHEMAS.values() for word in choices(schema)}
    assert len(words) > 10
    assert words - set(CODE.findall(re.sub(r"(?s)```.*?```", "", TEXT))) == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_example_of_a_key_compiles(row: Row, tmp_path: Path) -> None:
    assert row.key in row.lines
    compiled(saying(row, row.lines), tmp_path)


@pytest.mark.parametrize("row", DEFAULTS, ids=lambda row: row.id)
def test_a_default_is_what_the_compiler_does_by_itself(row: Row, tmp_path: Path) -> None:
    others = {key: value for key, value in row.lines.items() if key != row.key}
    if row.key == "interpolate":
        others = {"buckets": [1, 2]}  # with the default, the bound must be a bucket
    unsaid = compiled(saying(row, others), tmp_path / "unsaid")
    assert compiled(saying(row, {**others, row.key: yaml.safe_load(row.default or "")}), tmp_path / "default") == unsaid
    if row.id not in SILENT:
        assert compiled(saying(row, row.lines), tmp_path / "example") != unsaid, "the example says no more than the default"


def test_many_defaults_are_asked() -> None:
    assert len(DEFAULTS) >= 20
    assert {row.id for row in DEFAULTS} >= SILENT


# --- blocks, quantities, policies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.heading.strip("# "))
def test_a_block_has_no_finding(one: Shown, tmp_path: Path) -> None:
    put({"slo-compiler.yaml": "prometheus: {retention: 100d}\n", **one.files}, tmp_path)
    with inside(tmp_path):
        code, text = slo("validate", "--format", "json", ".")
    assert (code, json.loads(text)) == (0, [])


def test_every_block_is_tried() -> None:
    assert sum(len(one.files) for one in SHOWN) == TEXT.count("```yaml") == TEXT.count("```") / 2


READERS = {
    "duration": quantities.duration,
    "objective": quantities.objective,
    "bound": quantities.bound,
    "multiple": quantities.multiple,
    "quantile": quantities.quantile,
    "hours of the week": clock.weekly,
    "moment": lambda text: clock.moment(text, clock.Zone("UTC", 0, ())),
}


def test_quantities_are_read_and_refused_as_the_page_says() -> None:
    (body,) = [body for head, *body in tables() if head[0] == "quantity"]
    assert [name for name, *_ in body] == list(READERS)
    for name, written, refused in body:
        assert [text for text in CODE.findall(written) if isinstance(READERS[name](text), Problem)] == []
        assert [text for text in CODE.findall(refused) if not isinstance(READERS[name](text), Problem)] == []


def test_policies_are_those_that_are_shipped() -> None:
    (body,) = [body for head, *body in tables() if head[0] == "policy"]
    assert [name.strip("`") for name, _ in body] == list(NAMES)
