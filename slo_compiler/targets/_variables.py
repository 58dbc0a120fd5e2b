"""Variables and annotations of Grafana's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slo_compiler.dashboards import Marks, Variable

Json = dict[str, object]

SOURCE: Json = {"type": "prometheus", "uid": "$datasource"}  # without braces, which Flux would replace
_DATA_SOURCE: Json = {
    "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}, "hide": 0, "refresh": 1, "regex": "",
    "multi": False, "includeAll": False, "options": [], "skipUrlSync": False,
}  # fmt: skip
_EVERYTHING = ".*"


def all_of(variables: tuple[Variable, ...]) -> list[Json]:
    """The data source, which people choose, and the page's own."""
    return [_DATA_SOURCE, *map(_variable, variables)]


def marks(found: tuple[Marks, ...]) -> list[Json]:
    """Moments that charts show."""
    return [
        {
            "name": one.name, "datasource": SOURCE, "enable": True, "hide": False, "iconColor": "red", "expr": one.expr, "step": "60s",
            "titleFormat": one.title, "textFormat": "", "tagKeys": "", "useValueForTime": False,
        }
        for one in found
    ]  # fmt: skip


def _variable(variable: Variable) -> Json:
    current: Json = {"text": variable.value, "value": variable.value, "selected": True}
    seen: Json = {"label": variable.label, "hide": 0, "skipUrlSync": False} if variable.label else {"hide": 2, "skipUrlSync": not variable.query}
    common: Json = {"name": variable.name, **seen, "current": current}
    if variable.is_text:
        return {**common, "type": "textbox", "query": variable.value, "options": [current]}
    if not variable.query:
        return {**common, "type": "constant", "query": variable.value, "options": [current]}
    query = {"refId": variable.name, "query": variable.query}
    asked: Json = {
        **common, "type": "query", "datasource": SOURCE, "definition": variable.query, "query": query, "regex": variable.regex, "refresh": 2,
        "sort": 1 if variable.all else 0, "multi": False, "includeAll": variable.all, "options": [],
    }  # fmt: skip
    return {**asked, "allValue": _EVERYTHING, "current": {"text": "All", "value": "$__all"}} if variable.all else asked
