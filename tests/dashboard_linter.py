"""The rules of github.com/grafana/dashboard-linter (June 2026), stated anew: it is a Go program, which tests cannot install."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from slo_compiler import promql
from tests.grafana_model import UNITS

Json = dict[str, Any]
Rule = Callable[[Json], Iterator[str]]

_SHOWN = {"stat", "singlestat", "graph", "gauge", "timeseries", "table"}
_FUNCTIONS = {"label_values", "label_names", "metrics", "query_result"}


def broken(dashboard: Json) -> dict[str, list[str]]:
    """The rules that a dashboard breaks, and where."""
    found = {name: list(rule(dashboard)) for name, rule in RULES.items()}
    return {name: places for name, places in found.items() if places}


def _variables(dashboard: Json, kind: str) -> list[Json]:
    return [one for one in dashboard["templating"]["list"] if one["type"] == kind]


def _panels(dashboard: Json, *kinds: str) -> list[Json]:
    return [panel for panel in dashboard["panels"] if panel["type"] in (kinds or _SHOWN)]


def _expressions(dashboard: Json) -> Iterator[tuple[str, str]]:
    """The title of a panel and an expression of it, variables replaced as the linter does: by a sample value."""
    for panel in _panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], re.sub(r"\$\{?\w+\}?", "1m", target["expr"])


# --- variables -----------------------------------------------------------------------------------------------------------------------


def _data_source(dashboard: Json) -> Iterator[str]:
    found = _variables(dashboard, "datasource")
    if [(one["name"], one["label"]) for one in found] not in ([("datasource", "Data source")], [("prometheus_datasource", "Prometheus data source")]):
        yield json.dumps(found)


def _of_targets(label: str) -> Rule:
    """A variable `job`, or `instance`, by which people choose targets."""

    def rule(dashboard: Json) -> Iterator[str]:
        found = [one for one in _variables(dashboard, "query") if one["name"] == label]
        if [(one["label"], one["multi"], one.get("allValue")) for one in found] != [(label.capitalize(), True, ".+")]:
            yield json.dumps(found)

    return rule


def _asks(dashboard: Json) -> Iterator[str]:
    for one in _variables(dashboard, "query"):
        query = one["query"]["query"] if isinstance(one["query"], dict) else one["query"]
        call = re.search(r"([a-z_]+)\((.+)\)", query, re.DOTALL)
        if not call or call[1] not in _FUNCTIONS or promql.parses(call[2].split(",")[0] if call[1] == "label_values" else call[2]):
            yield f"{one['name']}: {query}"


def _reloads(dashboard: Json) -> Iterator[str]:
    yield from (one["name"] for one in _variables(dashboard, "query") if one["refresh"] != 2)


# --- panels --------------------------------------------------------------------------------------------------------------------------


def _of_data_source(dashboard: Json) -> Iterator[str]:
    known = {text for one in _variables(dashboard, "datasource") for text in (f"${one['name']}", f"${{{one['name']}}}")}
    for panel in _panels(dashboard, "timeseries", "table", "graph", "singlestat"):
        if (panel.get("datasource") or {}).get("uid") not in known:
            yield panel["title"]


def _is_explained(dashboard: Json) -> Iterator[str]:
    yield from (f"panel {panel['id']}" for panel in _panels(dashboard) if not panel.get("title") or not panel.get("description"))


def _has_targets(dashboard: Json) -> Iterator[str]:
    yield from (panel["title"] for panel in _panels(dashboard) if not panel.get("targets"))


def _has_units(dashboard: Json) -> Iterator[str]:
    """A unit that Grafana lists, or a mapping for all values of the panel; the linter takes the last override."""
    for panel in _panels(dashboard):
        config = panel["fieldConfig"]
        units = [one["value"] for override in config["overrides"] for one in override["properties"] if one["id"] == "unit"]
        unit = units[-1] if units else config["defaults"].get("unit")
        if config["defaults"].get("mappings") is None and unit not in UNITS:
            yield f"{panel['title']}: {unit}"


# --- targets -------------------------------------------------------------------------------------------------------------------------


def _parses(dashboard: Json) -> Iterator[str]:
    yield from (f"{title}: {expr}" for title, expr in _expressions(dashboard) if promql.parses(expr))


def _rates(dashboard: Json) -> Iterator[str]:
    for panel in _panels(dashboard):
        for target in panel.get("targets", []):
            if re.search(r"\bi?rate\s*\([^()]*\[(?!\$__rate_interval\])", target["expr"]):
                yield f"{panel['title']}: {target['expr']}"


def _chooses(label: str) -> Rule:
    """Every selector is narrowed by the variable."""

    def rule(dashboard: Json) -> Iterator[str]:
        for panel in _panels(dashboard):
            for target in panel.get("targets", []):
                selectors = [] if promql.parses(target["expr"]) else promql.selectors_in(target["expr"])
                if any((label, "=~", f"${label}") not in [(one.label, one.op, one.value) for one in selector.matchers] for selector in selectors):
                    yield panel["title"]

    return rule


def _counts(dashboard: Json) -> Iterator[str]:
    """A counter by its name stands in `rate`, `irate` or `increase`, with a range."""
    for title, expr in _expressions(dashboard):
        bare = re.sub(r"\b(rate|irate|increase)\s*\(\s*[a-zA-Z_:][\w:]*(\{[^}]*\})?\[[^]]*\]", "", expr)
        if re.search(r"\b\w+_total\b(?!\s*=)", re.sub(r'"[^"]*"', '""', bare)):
            yield f"{title}: {expr}"


def _is_fixed(dashboard: Json) -> Iterator[str]:
    if dashboard.get("editable") is not False:
        yield "editable"


#: Rules for Loki are left out: no query of ours is one of its.
RULES: dict[str, Rule] = {
    "template-datasource-rule": _data_source,
    "template-job-rule": _of_targets("job"),
    "template-instance-rule": _of_targets("instance"),
    "template-label-promql-rule": _asks,
    "template-on-time-change-reload-rule": _reloads,
    "panel-datasource-rule": _of_data_source,
    "panel-title-description-rule": _is_explained,
    "panel-units-rule": _has_units,
    "panel-no-targets-rule": _has_targets,
    "target-promql-rule": _parses,
    "target-rate-interval-rule": _rates,
    "target-job-rule": _chooses("job"),
    "target-instance-rule": _chooses("instance"),
    "target-counter-agg-rule": _counts,
    "uneditable-dashboard": _is_fixed,
}
