"""Grafana dashboards as JSON (the classic schema, which every way to load them takes), one file a page.

Panel shapes are leaves, filled with JSON texts; what comes out is read again and printed by one printer, so that it is always valid.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from slo_compiler import names
from slo_compiler.artifacts import Artifact, note
from slo_compiler.ir import Bundle
from slo_compiler.targets import _provisioning
from slo_compiler.templating import Templates

if TYPE_CHECKING:
    from slo_compiler.dashboards import Dashboard, Panel, Query, Variable, Word

Json = dict[str, object]

_SOURCE: Json = {"type": "prometheus", "uid": "$datasource"}  # without braces, which Flux would replace
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WIDTH = 140  # of a line that holds a whole value


def emit(bundle: Bundle, templates: Templates) -> list[Artifact]:
    """The files of a bundle. Raises TemplateFailure where the user's override of a leaf cannot be used."""
    pages = [Artifact(names.page_file(page.uid), f"{_printed(_dashboard(page, templates))}\n", page.sources) for page in bundle.dashboards]
    sources = tuple(sorted({source for page in pages for source in page.sources}))
    return [*pages, *_provisioning.around(bundle.provider, sources)] if bundle.provider else pages


def _dashboard(page: Dashboard, templates: Templates) -> Json:
    """The whole page. Its description begins with the note that the file is ours, and is its first value, whatever the leaf says."""
    found = _filled(
        "dashboard", templates, description=page.description, uid=page.uid, title=page.title, tags=page.tags, refresh=page.refresh, start=page.start,
        variables=[_DATA_SOURCE, *map(_variable, page.variables)],
        panels=[_panel(number, panel, templates) for number, panel in enumerate(page.panels, 1)],
    )  # fmt: skip
    return {"description": f"{note(page.sources)}\n\n{found.pop('description', '')}", **found}


def _panel(number: int, panel: Panel, templates: Templates) -> Json:
    place, references = panel.place, list(_references(len(panel.queries)))
    is_line = panel.shape == "timeseries"
    return _filled(
        panel.shape, templates, id=number, title=panel.title, description=panel.description, datasource=_SOURCE,
        grid={"x": place.x, "y": place.y, "w": place.width, "h": place.height},
        targets=[_target(reference, query, is_line=is_line) for reference, query in zip(references, panel.queries, strict=True)],
        fields=[_field(reference, query) for reference, query in zip(references, panel.queries, strict=True)], small=panel.small,
        from_zero=panel.from_zero,
    )  # fmt: skip


def _filled(leaf: str, templates: Templates, **values: object) -> Json:
    """A leaf filled with JSON texts; truth values stay such, for the leaf to look at."""
    texts = {name: value if isinstance(value, bool) else json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    found: Json = json.loads(templates.fill(f"grafana/{leaf}.json.j2", dict(texts)))
    return found


# --- queries and how their answers look ----------------------------------------------------------------------------------------------


def _references(count: int) -> Iterator[str]:
    """A to Z, then AA, AB ..."""
    for number in range(count):
        more, last = divmod(number, len(_LETTERS))
        yield (_LETTERS[more - 1] if more else "") + _LETTERS[last]


def _target(reference: str, query: Query, *, is_line: bool) -> Json:
    return {
        "refId": reference, "datasource": _SOURCE, "expr": query.expr, "legendFormat": query.name, "editorMode": "code", "instant": not is_line,
        "range": is_line, "format": "time_series",
    }  # fmt: skip


def _field(reference: str, query: Query) -> Json:
    """What holds for the answer of one query alone."""
    properties: dict[str, object] = {"displayName": query.name}
    if query.unit:
        properties["unit"] = query.unit
    if query.decimals is not None:
        properties["decimals"] = query.decimals
    if query.words:
        properties["mappings"] = [_mapping(index, word) for index, word in enumerate(query.words)]
    if query.steps:
        properties["thresholds"] = {"mode": "absolute", "steps": [{"value": _number(start), "color": color} for start, color in query.steps]}
    if query.line:
        properties |= {"color": {"mode": "fixed", "fixedColor": query.line}, "custom.lineWidth": query.width}
    if query.dashed:
        properties |= {"custom.fillOpacity": 0, "custom.lineStyle": {"fill": "dash", "dash": [8, 6]}}
    return {
        "matcher": {"id": "byFrameRefID", "options": reference},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }


def _mapping(index: int, word: Word) -> Json:
    result = {"text": word.text, "color": word.color, "index": index}
    if word.low is not None and word.low == word.high:
        return {"type": "value", "options": {str(_number(word.low)): result}}
    return {"type": "range", "options": {"from": _number(word.low), "to": _number(word.high), "result": result}}


def _number(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == int(number) else float(number)


# --- variables -----------------------------------------------------------------------------------------------------------------------

_DATA_SOURCE: Json = {
    "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}, "hide": 0, "refresh": 1, "regex": "",
    "multi": False, "includeAll": False, "options": [], "skipUrlSync": False,
}  # fmt: skip


def _variable(variable: Variable) -> Json:
    current = {"text": variable.value, "value": variable.value, "selected": True}
    common: Json = {"name": variable.name, "hide": 2, "skipUrlSync": True, "current": current}
    if not variable.query:
        return {**common, "type": "constant", "query": variable.value, "options": [current]}
    query = {"refId": variable.name, "query": variable.query}
    return {
        **common, "type": "query", "datasource": _SOURCE, "definition": variable.query, "query": query, "regex": variable.regex, "refresh": 2, "sort": 0,
        "multi": False, "includeAll": False, "options": [],
    }  # fmt: skip


# --- printing ------------------------------------------------------------------------------------------------------------------------


def _printed(value: object, indent: str = "") -> str:
    """JSON that is read and compared line by line: what fits stands on one line, the first value of the file on its first."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= _WIDTH or not value or not isinstance(value, dict | list):
        return line
    deeper = f"{indent} "
    if isinstance(value, dict):
        parts = [f"{json.dumps(name, ensure_ascii=False)}: {_printed(one, deeper)}" for name, one in value.items()]
        opening, closing = "{", "}"
    else:
        parts, opening, closing = [_printed(one, deeper) for one in value], "[", "]"
    newline = f"\n{deeper}"
    start = newline if indent else ""
    return f"{opening}{start}{(',' + newline).join(parts)}\n{indent}{closing}"
