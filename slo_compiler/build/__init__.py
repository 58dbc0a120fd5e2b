"""Document -> Spec: defaults filled in, quantities read, units resolved. What the schema refused is passed over: it has been told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slo_compiler.build.entry import Entry
from slo_compiler.build.project import Project, project
from slo_compiler.build.slo import service, slo
from slo_compiler.diagnostics import Report, Route
from slo_compiler.model import Slo, Spec
from slo_compiler.source import Document

__all__ = ["Checked", "Project", "build", "read_project"]

#: A document and the routes in it that the schema refused.
Checked = tuple[Document, frozenset[Route]]


def build(documents: Iterable[Checked], settings: Project, labels: Mapping[str, str], report: Report) -> Spec:
    """All SLOs of a compilation, in the order in which they are written; `labels` are the names of the files in what is written."""
    slos: list[Slo] = []
    sources: dict[str, list[str]] = {}
    for document, bad in documents:
        root = Entry(document.data, document.where, bad)
        if document.where.route in bad:
            continue
        of = service(root, settings, report)
        listed, defaults = root.get("slos"), root.get("defaults")
        found = [slo(entry.over(defaults), of, report) for entry in listed.entries()] if listed else []
        slos += [one for one in found if one]
        files = sources.setdefault(of.name, [])
        label = labels.get(document.file, document.file)
        if label not in files:
            files.append(label)
    named = {name: tuple(files) for name, files in sources.items()}
    return Spec(tuple(slos), settings.prometheus, settings.severities, named)


def read_project(document: Document, bad: frozenset[Route], report: Report) -> Project:
    """The settings of a project file."""
    if document.where.route in bad:
        return Project()
    return project(Entry(document.data, document.where, bad), report)
