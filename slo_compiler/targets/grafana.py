"""Grafana dashboards as JSON (the classic schema, which every way to load them takes), one file a page.

Panel shapes are leaves, filled with JSON texts; what comes out is read again and printed by one printer, so that it is always valid.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import _fields, _provisioning, _variables
from slo_compiler.targets._job import Job
from slo_compiler.targets._json import printed
from slo_compiler.targets._variables import SOURCE, Json
from slo_compiler.templating import Templates

if TYPE_CHECKING:
    from slo_compiler.dashboards import Dashboard, Link, Panel, Query


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a bundle. Raises TemplateFailure where the user's override of a leaf cannot be used."""
    pages = [Artifact(names.page_file(one.uid), page(one, job), one.sources) for one in bundle.dashboards]
    sources = tuple(sorted({source for one in pages for source in one.sources}))
    return [*pages, *_provisioning.around(bundle.provider, sources, job)] if bundle.provider else pages


def page(of: Dashboard, job: Job) -> str:
    """The text of a page. Its description begins with the note that the file is ours, and is its first value, whatever the leaf says."""
    found = _dashboard(of, job.templates)
    description = f"{job.note(of.sources)}\n\n{found.pop('description', '')}"
    return f"{printed({'description': description, **found})}\n"


def _dashboard(page: Dashboard, templates: Templates) -> Json:
    numbers = _numbers()
    return _filled(
        "dashboard", templates, description=page.description, uid=page.uid, title=page.title, tags=page.tags, refresh=page.refresh, start=page.start,
        links=[_page_link(link) for link in page.links], variables=_variables.all_of(page.variables), annotations=_variables.marks(page.marks),
        panels=[_panel(panel, numbers, templates) for panel in page.panels],
    )  # fmt: skip


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        yield (number := number + 1)


def _page_link(link: Link) -> Json:
    return {
        "type": "link", "title": link.title, "url": link.url, "icon": "dashboard", "tooltip": "", "tags": [], "asDropdown": False,
        "targetBlank": link.is_new_tab, "includeVars": False, "keepTime": True,
    }  # fmt: skip


def _panel(panel: Panel, numbers: Iterator[int], templates: Templates) -> Json:
    place, named = panel.place, list(zip(_references(len(panel.queries)), panel.queries, strict=True))
    return _filled(
        panel.shape, templates, id=next(numbers), title=panel.title, description=panel.description, datasource=SOURCE,
        grid={"x": place.x, "y": place.y, "w": place.width, "h": place.height}, targets=[_target(reference, query, panel) for reference, query in named],
        fields=_fields.of_table(panel.table) if panel.table else _fields.of_queries(named), links=_fields.links(panel.links), small=panel.small,
        from_zero=panel.from_zero, to_one=panel.to_one, span=bool(panel.since), since=panel.since, paced=bool(panel.interval), interval=panel.interval,
        worded=bool(panel.none), silence=panel.none, ranked=panel.ranked, descending=not panel.lowest_first, sort=_fields.sorting(panel.table),
        transformations=_fields.transformations(panel.table), panels=[_panel(one, numbers, templates) for one in panel.inside],
    )  # fmt: skip


def _filled(leaf: str, templates: Templates, **values: object) -> Json:
    """A leaf filled with JSON texts; truth values stay such, for the leaf to look at."""
    texts = {name: value if isinstance(value, bool) else json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    found: Json = json.loads(templates.fill(f"grafana/{leaf}.json.j2", dict(texts)))
    return found


def _references(count: int) -> Iterator[str]:
    """A to Z, then AA, AB ..."""
    from slo_compiler.dashboards import LETTERS  # noqa: PLC0415  # late: rules alone need no pages

    for number in range(count):
        more, last = divmod(number, len(LETTERS))
        yield (LETTERS[more - 1] if more else "") + LETTERS[last]


def _target(reference: str, query: Query, panel: Panel) -> Json:
    is_line, form = panel.shape in {"timeseries", "heatmap"}, {"table": "table", "heatmap": "heatmap"}.get(panel.shape, "time_series")
    return {
        "refId": reference, "datasource": SOURCE, "expr": query.expr, "legendFormat": query.name, "editorMode": "code", "instant": not is_line,
        "range": is_line, "format": form,
    }  # fmt: skip
