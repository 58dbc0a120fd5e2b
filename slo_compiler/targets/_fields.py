"""How answers look: names, units, words and colours of the fields of Grafana's panels."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from slo_compiler.targets._variables import Json

if TYPE_CHECKING:
    from slo_compiler.dashboards import Heading, Link, Query, Steps, Table, Word


def of_queries(named: Iterable[tuple[str, Query]]) -> list[Json]:
    """What holds for the answers of each query, by its reference."""
    return [_override("byFrameRefID", reference, _of_query(query)) for reference, query in named]


def of_table(table: Table) -> list[Json]:
    """What holds for each column."""
    return [_override("byName", heading.name or heading.field, _of_heading(heading)) for heading in table.headings]


def sorting(table: Table | None) -> list[Json]:
    """The columns that a table is sorted by."""
    return [{"displayName": name, "desc": is_down} for name, is_down in table.sorted_by] if table else []


def transformations(table: Table | None) -> list[Json]:
    """One table of the answers, with these columns in this order under these names."""
    if table is None:
        return []
    fields = [heading.field for heading in table.headings]
    joined: list[Json] = [{"id": "joinByField", "options": {"byField": table.key, "mode": "outer"}}] if table.key else []
    names = {heading.field: heading.name for heading in table.headings if heading.name}
    return [
        *joined,
        {"id": "filterFieldsByName", "options": {"include": {"names": fields}}},
        {"id": "organize", "options": {"excludeByName": {}, "indexByName": {name: at for at, name in enumerate(fields)}, "renameByName": names}},
    ]


def links(found: tuple[Link, ...]) -> list[Json]:
    """Where a click on a panel or a value leads."""
    return [{"title": link.title, "url": link.url, "targetBlank": link.is_new_tab} for link in found]


def _override(matcher: str, what: str, properties: dict[str, object]) -> Json:
    return {"matcher": {"id": matcher, "options": what}, "properties": [{"id": name, "value": value} for name, value in properties.items()]}


def _of_query(query: Query) -> dict[str, object]:
    properties: dict[str, object] = {} if "{{" in query.name else {"displayName": query.name}
    properties |= _number_of(query.unit, query.decimals, query.words, query.steps)
    if query.line:
        properties |= {"color": {"mode": "fixed", "fixedColor": query.line}, "custom.lineWidth": query.width}
    if query.filled_to:
        properties |= {"custom.fillBelowTo": query.filled_to, "custom.fillOpacity": 15}
    if query.dashed:
        properties |= {"custom.fillOpacity": 0, "custom.lineStyle": {"fill": "dash", "dash": [8, 6]}}
    return properties


def _of_heading(heading: Heading) -> dict[str, object]:
    if not heading.name:
        return {"custom.hidden": True, "custom.hideFrom": {"viz": True, "legend": False, "tooltip": False}}
    properties = _number_of(heading.unit, heading.decimals, heading.words, heading.steps)
    if heading.none:
        missing = {"type": "special", "options": {"match": "null+nan", "result": {"text": heading.none, "color": "text"}}}
        properties |= {"mappings": [*(_mapping(index, word) for index, word in enumerate(heading.words)), missing], "noValue": heading.none}
    if heading.paint:
        properties["custom.cellOptions"] = {"type": "color-background", "mode": "basic"} if heading.paint == "background" else {"type": "color-text"}
    if heading.paint == "background":
        properties["custom.align"] = "center"
    if heading.width:
        properties["custom.width"] = heading.width
    if heading.least:
        properties["custom.minWidth"] = heading.least
    if heading.is_filter:
        properties["custom.filterable"] = True
    if heading.links:
        properties["links"] = links(heading.links)
    return properties


def _number_of(unit: str, decimals: int | None, words: tuple[Word, ...], steps: Steps) -> dict[str, object]:
    properties: dict[str, object] = {}
    if unit:
        properties["unit"] = unit
    if decimals is not None:
        properties["decimals"] = decimals
    if words:
        properties["mappings"] = [_mapping(index, word) for index, word in enumerate(words)]
    if steps:
        properties["thresholds"] = {"mode": "absolute", "steps": [{"value": _number(start), "color": color} for start, color in steps]}
    return properties


def _mapping(index: int, word: Word) -> Json:
    result = {"text": word.text, "color": word.color, "index": index}
    if word.low is not None and word.low == word.high:
        return {"type": "value", "options": {str(_number(word.low)): result}}
    return {"type": "range", "options": {"from": _number(word.low), "to": _number(word.high), "result": result}}


def _number(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == int(number) else float(number)
