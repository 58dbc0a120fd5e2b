"""Document -> Spec: defaults filled in, quantities read, units resolved. What the schema refused is passed over: it has been told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slo_compiler.build.entry import Entry
from slo_compiler.build.policies import Policies, add_file, severities
from slo_compiler.build.project import Project, project
from slo_compiler.build.slo import promise, service
from slo_compiler.diagnostics import Report, Route, nearest
from slo_compiler.model import Check, Slo, Spec, Spending, Tier, Unfinished
from slo_compiler.source import Document

__all__ = ["Checked", "Policies", "Project", "build", "read_policies", "read_project"]

#: A document and the routes in it that the schema refused.
Checked = tuple[Document, frozenset[Route]]


def build(documents: Iterable[Checked], settings: Project, labels: Mapping[str, str], report: Report) -> Spec:
    """All SLOs of a compilation, in the order in which they are written; `labels` are the names of the files in what is written."""
    promises: list[Slo | Spending | Check] = []
    unfinished: list[Unfinished] = []
    sources: dict[str, list[str]] = {}
    for document, bad in documents:
        root = Entry(document.data, document.where, bad)
        if document.where.route in bad:
            continue
        of = service(root, settings, report)
        listed, defaults = root.get("slos"), root.get("defaults")
        found = [promise(entry.over(defaults), of, report) for entry in listed.entries()] if listed else []
        promises += [one for one in found if not isinstance(one, Unfinished)]
        unfinished += [one for one in found if isinstance(one, Unfinished)]
        files = sources.setdefault(of.name, [])
        label = labels.get(document.file, document.file)
        if label not in files:
            files.append(label)
    if report.ok:
        _check_severities(settings, promises, report)
    named = {name: tuple(files) for name, files in sources.items()}
    return Spec(tuple(promises), settings.prometheus, settings.severities, named, tuple(unfinished), settings.grafana, settings.targets)


def _check_severities(settings: Project, promises: list[Slo | Spending | Check], report: Report) -> None:
    """Warn of translations of words that no alert of this compilation has."""
    of_files = (tier for tiers in settings.policies.tiers.values() for tier in tiers)
    known = {*severities(), *(tier.severity for tier in of_files), *(tier.severity for one in promises for tier in one.alerting.tiers)}
    for word in settings.severities:
        if word not in known:
            near = nearest(word, sorted(known))
            help = f"did you mean {near!r}?" if near else f"severities of tiers: {', '.join(sorted(known))}"
            report.warning("project/severity", (settings.severities_at / word).key(), f"no tier has the severity {word!r}", help)


def read_project(document: Document, bad: frozenset[Route], report: Report) -> Project:
    """The settings of a project file."""
    if document.where.route in bad:
        return Project()
    return project(Entry(document.data, document.where, bad), report)


def read_policies(documents: Iterable[Checked], report: Report) -> Policies:
    """The policies of files by name."""
    found: dict[str, tuple[Tier, ...]] = {}
    named = [document.where.route not in bad and add_file(Entry(document.data, document.where, bad), found, report) for document, bad in documents]
    return Policies(found, is_whole=all(named))
