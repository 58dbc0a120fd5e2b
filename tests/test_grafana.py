"""Pages that every Grafana takes: what its models ask of a dashboard, what none of them states, and queries of series that the rules record."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from slo_compiler import compiler, names, promql
from slo_compiler.compiler import Compilation
from slo_compiler.ir import RecordingRule
from tests.cases_runner import inside
from tests.grafana_model import PANELS, UNITS, faults

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "tests" / "pages"
EXAMPLE, PLATFORM = ROOT / "examples" / "chat-gateway.yaml", PAGES / "chat-gateway.grafana.json"
INPUTS = {
    "headlines": EXAMPLE,
    "all examples": ROOT / "examples",
    "no headlines": PAGES / "no-headlines.yaml",
    "odd ones": PAGES / "odd-ones.yaml",
}
EVERY = pytest.mark.parametrize("name", INPUTS)
OWN_UNIT = re.compile(r"suffix: .+")
#: Series that states are told by, also where no promise of the kind is there now.
OTHER_KINDS = {names.CHECK_VALUE, names.VALUE_TARGET, names.OBJECTIVE, names.BUDGET_REMAINING}
Page = dict[str, Any]


def emitted(path: Path) -> tuple[Compilation, str]:
    run = Compilation()
    with inside(ROOT):
        compiler.validate(run, [path.relative_to(ROOT).as_posix()])
    (artifact,) = (one for one in compiler.emit(run, None, ("grafana",)) if one.path.endswith(".json"))
    assert run.report.ok
    return run, artifact.text


@cache
def compiled(name: str) -> tuple[Compilation, str]:
    return emitted(INPUTS[name])


def text(path: Path) -> str:
    """The page of SLO files, as it is written."""
    return emitted(path)[1]


def page(name: str) -> Page:
    found: Page = json.loads(compiled(name)[1])
    return found


def everywhere(value: object, key: str) -> Iterator[Any]:
    """All values that stand under a key."""
    if isinstance(value, dict):
        yield from (one for name, one in value.items() if name == key)
        yield from (found for one in value.values() for found in everywhere(one, key))
    elif isinstance(value, list):
        yield from (found for one in value for found in everywhere(one, key))


def variables(dashboard: Page) -> dict[str, str]:
    return {one["name"]: one["current"].get("value", "") for one in dashboard["templating"]["list"]}


def queries(dashboard: Page) -> list[str]:
    """Every query of a page, its variables replaced by what they are at first."""
    asked = [one["query"]["query"].removeprefix("query_result(").removesuffix(")") for one in dashboard["templating"]["list"] if one["type"] == "query"]
    known = variables(dashboard)
    return [re.sub(r"\$(\w+)", lambda found: known[found[1]], expr) for expr in [*asked, *everywhere(dashboard["panels"], "expr")]]


def broken_rules(dashboard: Page) -> list[str]:
    """What no model states."""
    found = [f"no {key}" for key in ("uid", "title", "description", "schemaVersion", "panels", "templating", "annotations", "time", "tags", "refresh")
             if key not in dashboard]  # fmt: skip
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,40}", dashboard["uid"]):
        found.append(f"uid {dashboard['uid']}")
    if dashboard["id"] is not None or dashboard["version"] != 1 or "__inputs" in dashboard:
        found.append("belongs to one installation")
    if len({panel["id"] for panel in dashboard["panels"]}) < len(dashboard["panels"]):
        found.append("two panels with one id")
    if "${" in json.dumps(dashboard):
        found.append("a text that Flux would replace")
    found += [f"data source {source}" for source in everywhere(dashboard["panels"], "datasource") if source != {"type": "prometheus", "uid": "$datasource"}]
    return [*found, *_crowded(dashboard["panels"]), *(text for panel in dashboard["panels"] for text in _panel_faults(panel, variables(dashboard)))]


def _crowded(panels: list[Page]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        x, y, width, height = (panel["gridPos"][key] for key in "xywh")
        cells = [(column, row) for column in range(x, x + width) for row in range(y, y + height)]
        if not cells or x < 0 or x + width > 24 or any(cell in taken for cell in cells):
            yield f"{panel['title']} has no place of its own"
        taken |= dict.fromkeys(cells, panel["title"])


def _panel_faults(panel: Page, known: dict[str, str]) -> Iterator[str]:
    named = set(re.findall(r"\$(\w+)", json.dumps([panel["title"], panel["targets"]])))
    if not panel["title"] or not re.search(r"slo:|ALERTS|a constant", panel["description"]):
        yield f"{panel['title']}: the description names no series"
    if panel["type"] not in PANELS:
        yield f"{panel['type']} is no panel"
    if not named <= known.keys() or "datasource" not in named:
        yield f"{panel['title']}: variables {named}"
    references = [target["refId"] for target in panel["targets"]]
    if len(set(references)) < len(references) or not references:
        yield f"{panel['title']}: references {references}"
    for override in panel["fieldConfig"]["overrides"]:
        properties = {one["id"]: one["value"] for one in override["properties"]}
        unit = properties.get("unit", "s")
        if not {"unit", "mappings"} & properties.keys():
            yield f"{panel['title']}: a number of nothing"
        if unit not in UNITS and not OWN_UNIT.fullmatch(unit):
            yield f"{panel['title']}: unit {unit}"
        if panel["type"] == "timeseries" and unit == "percentunit" and "decimals" in properties:
            yield f"{panel['title']}: digits on an axis of shares"


@EVERY
def test_grafanas_own_models_take_a_page(name: str) -> None:
    assert not faults(page(name))


@EVERY
def test_a_page_keeps_the_rules_that_no_model_states(name: str) -> None:
    assert not broken_rules(page(name))


@EVERY
def test_queries_parse_and_read_what_the_rules_record(name: str) -> None:
    run, _ = compiled(name)
    rules = [rule for service in compiler.rules(run).services for group in service.groups for rule in group.rules]
    recorded = {rule.record for rule in rules if isinstance(rule, RecordingRule)} | {"ALERTS"} | OTHER_KINDS
    for expr in queries(page(name)):
        assert promql.parses(expr) is None, expr
        assert {read.metric for read in promql.reads(expr)} <= recorded, expr


@EVERY
def test_names_of_alerts_in_queries_are_ours(name: str) -> None:
    ours = {names.BURN, names.EXHAUSTED, names.NO_DATA, names.DIMENSION_LOST, names.BLIND, names.CHECK_FAILED}
    asked = {alert for expr in queries(page(name)) for texts in re.findall(r'alertname=~?"([^"]+)"', expr) for alert in texts.split("|")}
    assert asked - {"SLO.+"} == ours


@EVERY
def test_a_number_always_says_something(name: str) -> None:
    """The state and the budget end in a constant, and of the number itself one query does."""
    for panel in page(name)["panels"]:
        if panel["type"] == "stat":
            assert any(re.search(r"vector\(-?\d+\)", target["expr"]) for target in panel["targets"]), panel["title"]


@EVERY
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    assert text(INPUTS[name]) == compiled(name)[1]


def test_the_page_of_the_example_is() -> None:
    assert text(EXAMPLE) == PLATFORM.read_text(encoding="utf-8"), "make golden rewrites the expected page"


def test_a_page_does_not_grow_with_the_slos() -> None:
    assert len(compiled("all examples")[1]) < 1.5 * len(compiled("headlines")[1])
    assert max(map(len, compiled("headlines")[1].splitlines())) < 4000


# --- what is asked of pages is asked ---------------------------------------------------------------------------------------------


def _set(*route: str | int, to: object) -> Callable[[Page], None]:
    def change(dashboard: Page) -> None:
        inner: Any = dashboard
        for key in route[:-1]:
            inner = inner[key]
        inner[route[-1]] = to

    return change


FIRST = ("panels", 0)


@pytest.mark.parametrize(
    "change",
    [
        _set("refresh", to=5),
        _set("fps", to=1),
        _set(*FIRST, "options", "colorMode", to="backgrund"),
        _set(*FIRST, "options", "wideLayuot", to=True),
        _set(*FIRST, "fieldConfig", "defaults", "decimals", to="2"),
        _set("panels", 3, "fieldConfig", "defaults", "custom", "drawStyle", to="lines"),
        _set(*FIRST, "targets", 0, "instant", to="yes"),
    ],
)
def test_the_models_notice(change: Callable[[Page], None]) -> None:
    damaged = copy.deepcopy(page("headlines"))
    change(damaged)
    assert faults(damaged)


@pytest.mark.parametrize(
    "change",
    [
        _set("uid", to="slo platform"),
        _set("uid", to="s" * 41),
        _set("id", to=7),
        _set(*FIRST, "id", to=2),
        _set(*FIRST, "gridPos", "w", to=7),
        _set("panels", -1, "gridPos", "w", to=7),
        _set(*FIRST, "description", to="A panel."),
        _set(*FIRST, "title", to=""),
        _set(*FIRST, "type", to="stats"),
        _set(*FIRST, "datasource", "uid", to="${datasource}"),
        _set(*FIRST, "targets", 0, "expr", to='slo:info{slo_id="$latncy"}'),
        _set("panels", 1, "targets", 1, "refId", to="A"),
        _set("panels", 1, "fieldConfig", "overrides", 0, "properties", 1, "value", to="prcentunit"),
        _set(*FIRST, "fieldConfig", "overrides", 0, "properties", to=[{"id": "displayName", "value": "Latency"}]),
        _set("panels", 8, "fieldConfig", "overrides", 0, "properties", 2, to={"id": "decimals", "value": 0}),
    ],
)
def test_the_rules_notice(change: Callable[[Page], None]) -> None:
    damaged = copy.deepcopy(page("headlines"))
    change(damaged)
    assert broken_rules(damaged)
