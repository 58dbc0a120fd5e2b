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
from tests.live import fleet

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "tests" / "pages"
EXAMPLE = ROOT / "examples" / "chat-gateway.yaml"
#: Pages of the example that are kept as they are written.
KEPT = {uid: PAGES / f"{uid}.expected.json" for uid in ("slo-platform", "slo-quality", "slo-availability", "slo-fleet")}
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


def emitted(path: Path) -> tuple[Compilation, dict[str, str]]:
    """The texts of all pages, by their uid."""
    run = Compilation()
    with inside(ROOT):
        compiler.validate(run, [path.relative_to(ROOT).as_posix()])
    found = {Path(one.path).stem: one.text for one in compiler.emit(run, None, ("grafana",)) if one.path.endswith(".json")}
    assert run.report.ok
    return run, found


@cache
def compiled(name: str) -> tuple[Compilation, dict[str, str]]:
    return emitted(INPUTS[name])


def texts(path: Path) -> dict[str, str]:
    """The pages of SLO files, as they are written."""
    return emitted(path)[1]


def pages(name: str) -> dict[str, Page]:
    return {uid: json.loads(text) for uid, text in compiled(name)[1].items()}


def page(name: str, uid: str = "slo-platform") -> Page:
    return pages(name)[uid]


def panels(dashboard: Page) -> Iterator[Page]:
    """All panels that show something, those of closed rows too."""
    for panel in dashboard["panels"]:
        yield from panel["panels"] if panel["type"] == "row" else [panel]


def everywhere(value: object, key: str) -> Iterator[Any]:
    """All values that stand under a key."""
    if isinstance(value, dict):
        yield from (one for name, one in value.items() if name == key)
        yield from (found for one in value.values() for found in everywhere(one, key))
    elif isinstance(value, list):
        yield from (found for one in value for found in everywhere(one, key))


def variables(dashboard: Page) -> dict[str, str]:
    """What the variables stand for at first."""
    found = {one["name"]: one["current"].get("value", "") for one in dashboard["templating"]["list"]}
    return {name: ".*" if value == "$__all" else value for name, value in found.items()}


def filled(expr: str, known: dict[str, str]) -> str:
    """A query with its variables filled in."""
    return re.sub(r"\$(\w+)", lambda found: {"__rate_interval": "5m", **known}[found[1]], expr)


def queries(dashboard: Page) -> list[str]:
    """Every query of a page, its variables replaced by what they are at first."""
    asked = [one["query"]["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    asked = [re.sub(r"^\w+\((.*?)(, \w+)?\)$", r"\1", text, flags=re.DOTALL) for text in asked]
    marked = [one["expr"] for one in dashboard["annotations"]["list"]]
    return [filled(expr, variables(dashboard)) for expr in [*asked, *marked, *everywhere(dashboard["panels"], "expr")]]


def broken_rules(dashboard: Page) -> list[str]:
    """What no model states."""
    found = [f"no {key}" for key in ("uid", "title", "description", "schemaVersion", "panels", "templating", "annotations", "time", "tags", "refresh")
             if key not in dashboard]  # fmt: skip
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,40}", dashboard["uid"]):
        found.append(f"uid {dashboard['uid']}")
    if dashboard["id"] is not None or dashboard["version"] != 1 or "__inputs" in dashboard:
        found.append("belongs to one installation")
    ids = [panel["id"] for panel in [*panels(dashboard), *(panel for panel in dashboard["panels"] if panel["type"] == "row")]]
    if len(set(ids)) < len(ids):
        found.append("two panels with one id")
    if "${" in json.dumps([text for text in _texts(dashboard) if not text.startswith(("/d/", "https://"))]):
        found.append("a text that Flux would replace")
    found += [f"data source {source}" for source in everywhere(dashboard["panels"], "datasource") if source != {"type": "prometheus", "uid": "$datasource"}]
    return [*found, *_crowded(dashboard["panels"]), *(text for panel in panels(dashboard) for text in _panel_faults(panel, variables(dashboard)))]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        yield from (text for one in (value.values() if isinstance(value, dict) else value) for text in _texts(one))
    elif isinstance(value, str):
        yield value


def _crowded(panels: list[Page]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        x, y, width, height = (panel["gridPos"][key] for key in "xywh")
        cells = [(column, row) for column in range(x, x + width) for row in range(y, y + height)]
        if not cells or x < 0 or x + width > 24 or any(cell in taken for cell in cells):
            yield f"{panel['title']} has no place of its own"
        taken |= dict.fromkeys(cells, panel["title"])


def _panel_faults(panel: Page, known: dict[str, str]) -> Iterator[str]:
    named = set(re.findall(r"\$(\w+)", json.dumps([panel["title"], panel["targets"]]))) - {"__rate_interval"}
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
        if panel["type"] != "table" and not {"unit", "mappings"} & properties.keys():
            yield f"{panel['title']}: a number of nothing"
        if unit not in UNITS and not OWN_UNIT.fullmatch(unit):
            yield f"{panel['title']}: unit {unit}"
        if panel["type"] == "timeseries" and unit == "percentunit" and "decimals" in properties:
            yield f"{panel['title']}: digits on an axis of shares"


@EVERY
def test_grafanas_own_models_take_a_page(name: str) -> None:
    assert {uid: faults(one) for uid, one in pages(name).items()} == {uid: [] for uid in pages(name)}


@EVERY
def test_a_page_keeps_the_rules_that_no_model_states(name: str) -> None:
    assert {uid: broken_rules(one) for uid, one in pages(name).items()} == {uid: [] for uid in pages(name)}


@EVERY
def test_queries_parse_and_read_what_the_rules_record(name: str) -> None:
    run, _ = compiled(name)
    rules = [rule for service in compiler.rules(run).services for group in service.groups for rule in group.rules]
    recorded = {rule.record for rule in rules if isinstance(rule, RecordingRule)} | {"ALERTS", "ALERTS_FOR_STATE"} | OTHER_KINDS
    for dashboard in pages(name).values():
        raw = {filled(text, variables(dashboard)) for panel in panels(dashboard) for text in _raw(panel)}
        for expr in queries(dashboard):
            assert promql.parses(expr) is None, expr
            assert expr in raw or {read.metric for read in promql.reads(expr)} <= recorded, expr


def _raw(panel: Page) -> list[str]:
    """The queries of the closed row, which read an SLO's own histogram."""
    return [expr for expr in everywhere(panel["targets"], "expr") if "$histogram" in expr]


@EVERY
def test_names_of_alerts_in_queries_are_ours(name: str) -> None:
    ours = {names.BURN, names.EXHAUSTED, names.NO_DATA, names.DIMENSION_LOST, names.BLIND, names.CHECK_FAILED}
    for dashboard in pages(name).values():
        asked = {alert for expr in queries(dashboard) for texts in re.findall(r'alertname=~?"([^"]+)"', expr) for alert in texts.split("|")}
        assert asked - {"SLO.+"} == ours


@EVERY
def test_a_number_always_says_something(name: str) -> None:
    """The state and the budget end in a constant, and of the number itself one query does."""
    for dashboard in pages(name).values():
        for panel in panels(dashboard):
            if panel["type"] == "stat":
                assert any(re.search(r"vector\(-?\d+\)", target["expr"]) for target in panel["targets"]), panel["title"]


@EVERY
def test_a_chart_or_table_without_an_answer_has_words(name: str) -> None:
    for uid, dashboard in pages(name).items():
        for panel in panels(dashboard):
            if (
                uid != "slo-platform"
                and panel["type"] in {"table", "heatmap", "timeseries"}
                and not any("vector(0)" in one["expr"] for one in panel["targets"])
            ):
                assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


@EVERY
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    assert texts(INPUTS[name]) == compiled(name)[1]


@EVERY
def test_links_lead_to_pages_that_are_there(name: str) -> None:
    for dashboard in pages(name).values():
        known = {one["name"] for one in dashboard["templating"]["list"]} | {"__url_time_range"}
        for url in everywhere([dashboard["links"], dashboard["panels"]], "url"):
            uid = re.match(r"/d/([^?]+)", url)
            assert not uid or uid[1] in {*pages(name), "slo-${__data.fields.slo_category}"}, url
            assert set(re.findall(r"\$(\w+)", url)) <= known, url


@EVERY
def test_rows_tell_the_fields_that_links_name(name: str) -> None:
    for dashboard in pages(name).values():
        for panel in panels(dashboard):
            shown = {text for one in panel.get("transformations", []) for text in one["options"].get("include", {}).get("names", [])}
            asked = {field for url in everywhere(panel, "url") for field in re.findall(r"__data\.fields\.(\w+)", url)}
            assert asked <= shown, panel["title"]


@EVERY
def test_no_panel_is_a_gauge_and_none_draws_a_counter_as_it_is(name: str) -> None:
    """A gauge from 0 to 100 % hides everything that matters at 99.9 %, and of a lifetime's counter nobody can tell what is now."""
    for dashboard in pages(name).values():
        shapes = {panel["type"] for panel in panels(dashboard)}
        assert shapes <= {"stat", "timeseries", "table", "heatmap"}
        raw = [text for panel in panels(dashboard) for text in _raw(panel)]
        assert all(re.search(r"(rate|increase)\(\$histogram\[", text) for text in raw)
        read = {one.metric for expr in queries(dashboard) if "$" not in expr for one in promql.reads(expr)}
        assert not {metric for metric in read if metric.startswith("slo:") and metric.endswith(":delta")}


@EVERY
def test_nothing_is_asked_faster_than_it_is_recorded(name: str) -> None:
    assert {one["refresh"] for one in pages(name).values()} <= {"1m", "5m"}


@pytest.mark.parametrize("uid", KEPT)
def test_a_page_of_the_example_is(uid: str) -> None:
    assert compiled("headlines")[1][uid] == KEPT[uid].read_text(encoding="utf-8"), "make golden rewrites the expected pages"


def test_pages_of_a_thousand_slos_are_small(tmp_path: Path) -> None:
    run = fleet.read(tmp_path)
    sizes = {one.path: len(one.text.encode()) for one in compiler.emit(run, None, ("grafana",))}
    assert run.spec
    assert len(run.spec.promises) == 1000
    assert max(sizes.values()) < 120_000, sizes  # of the megabyte that they may have


def test_every_category_has_a_page_and_only_those_with_an_slo() -> None:
    assert set(pages("headlines")) == {"slo-platform", "slo-latency", "slo-quality", "slo-cost", "slo-availability", "slo-fleet"}
    assert set(pages("odd ones")) == {"slo-platform", "slo-latency", "slo-quality", "slo-cost", "slo-fleet"}


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
