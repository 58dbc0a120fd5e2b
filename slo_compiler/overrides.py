"""The user's own templates: which of ours they replace, and whether what they yield can be used."""

from __future__ import annotations

import json
from pathlib import Path

from slo_compiler import promql, resources
from slo_compiler.diagnostics import Report, Where, nearest
from slo_compiler.source import Source
from slo_compiler.templating import Templates

_FOLDERS = ("promql", "alerts", "grafana", "report")


def load(folder: Path | None, sources: dict[str, Source], report: Report) -> Templates:
    """All leaves, the user's first; their texts join `sources`, so that findings can show them."""
    if folder is None:
        return Templates()
    try:
        texts = resources.user_templates(folder)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        report.unreadable("template/unreadable", Where(folder.as_posix()), f"the templates cannot be read: {reason}", "name a folder of UTF-8 texts")
        return Templates()
    known = [name for below in _FOLDERS for name in resources.template_names(below)]
    for name, text in texts.items():
        sources[name_of(folder, name)] = Source(name_of(folder, name), text)
        if name not in known:
            near = nearest(name, known, likeness=0.5)
            help = f"did you mean {near}?" if near else f"templates that can be replaced: {', '.join(known)}"
            report.error("template/overrides-nothing", Where(name_of(folder, name)), "this template replaces none of ours", help)
    return Templates({name: text for name, text in texts.items() if name in known}, _fault)


def name_of(folder: Path | None, leaf: str) -> str:
    """What messages call a user's template."""
    return (folder / leaf).as_posix() if folder else leaf


def _fault(leaf: str, text: str) -> str | None:
    if leaf.startswith("promql/"):
        fault = promql.parses(text)
        return f"what it yields is no PromQL ({fault}): {' '.join(text.split())}" if fault else None
    if leaf.startswith("grafana/"):
        return _json_fault(text)
    if leaf.startswith("report/"):
        return None
    from slo_compiler import gotemplate  # noqa: PLC0415  # late: only overrides are judged

    if problem := gotemplate.fault(text):
        return f"in what it yields, {problem.message}; values of ours stand in << >>, {{{{ }}}} belongs to Prometheus"
    return "what it yields is empty" if not text.strip() else None


def _json_fault(text: str) -> str | None:
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"what it yields is no JSON ({error})"
    return None if isinstance(value, dict) else "what it yields is no JSON object"
