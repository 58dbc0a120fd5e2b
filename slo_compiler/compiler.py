"""The road: load, validate, build, check, lower, emit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from slo_compiler import build, checks, inputs, overrides, schema
from slo_compiler.artifacts import Artifact
from slo_compiler.build import Project
from slo_compiler.diagnostics import Report, Where
from slo_compiler.inputs import Input
from slo_compiler.ir import Bundle
from slo_compiler.lower import lower
from slo_compiler.model import Spec
from slo_compiler.source import Source
from slo_compiler.targets import LATE, PAGES, Job, Remembered, emit_all, shards
from slo_compiler.targets import pushed as groups_of
from slo_compiler.templating import TemplateFailure, Templates

if TYPE_CHECKING:
    from slo_compiler.targets.mimir import Sent

_NOTHING = Bundle(())


@dataclass(slots=True)
class Compilation:
    """What a run knows: its findings, the texts that they point into, and the project's settings."""

    report: Report = field(default_factory=Report)
    sources: dict[str, Source] = field(default_factory=dict)
    project: Project = field(default_factory=Project)
    root: Path | None = None  # the project file's folder
    inputs: list[Input] = field(default_factory=list)
    spec: Spec | None = None

    def base(self, output: Path | None) -> Path:
        """What the labels of sources are relative to."""
        return inputs.base(self.root, self.project.output, output)


def open_project(path: Path | None, name: str) -> Compilation:
    """A compilation with the settings of a project file, if there is one; `name` is what messages call it."""
    run = Compilation()
    if path is None:
        return run
    run.root = path.parent
    run.sources, documents = inputs.load_project(Input(path, name, name), run.report)
    for document in documents:
        bad = schema.check("project.v1", document.data, document.where, run.report)
        run.project = build.read_project(document, bad, run.report)
    _read_policies(run, path.parent)
    return run


def _read_policies(run: Compilation, folder: Path) -> None:
    """The policy files that the project names."""
    texts, documents = inputs.load_policies(folder, [(file.data, file.where) for file in run.project.policy_files], run.report)
    is_read = run.report.ok
    run.sources |= texts
    checked = [(document, schema.check("policy.v1", document.data, document.where, run.report)) for document in documents]
    policies = build.read_policies(checked, run.report)
    run.project = replace(run.project, policies=replace(policies, is_whole=policies.is_whole and is_read))


def validate(run: Compilation, paths: Sequence[str], *, output: Path | None = None) -> None:
    """Read and check SLO files; afterwards `run.spec` holds what could be understood, and the report all mistakes."""
    policies = [run.root / file.data for file in run.project.policy_files] if run.root else []
    run.inputs = inputs.find(paths, base=run.base(output), output=output, others=policies, report=run.report)
    texts, documents = inputs.load(run.inputs, run.report)
    run.inputs = [one for one in run.inputs if one.name in texts]  # without what we wrote ourselves
    labels = {one.name: one.label for one in run.inputs}
    run.sources |= texts
    checked = [(document, schema.check("slo.v1", document.data, document.where, run.report)) for document in documents]
    run.spec = build.build(checked, run.project, labels, run.report)
    checks.check(run.spec, run.report)


def rules(run: Compilation, templates: Path | None = None, targets: Sequence[str] = ()) -> Bundle:
    """The rules of a run that has no errors, with the user's `templates`; one that cannot be used is one more finding.

    `targets` whose rulers want other groups or other rules get them, too.
    """
    return _lowered(run, templates, targets)[0]


def emit(run: Compilation, templates: Path | None, targets: Sequence[str] = ("prometheus",), before: Remembered | None = None) -> list[Artifact]:
    """The files of a run that has no errors; pages and routes are made only where a target shows them. `before` is how services were spread over shards."""
    bundle, texts = _lowered(run, templates, targets)
    if run.spec is None or not run.report.ok:
        return []
    if not PAGES.isdisjoint(targets):
        from slo_compiler import pages  # noqa: PLC0415  # late: rules alone need none

        bundle = replace(bundle, dashboards=pages.pages(run.spec), provider=pages.provider(run.spec))
    if "alertmanager" in targets:
        from slo_compiler.lower.routing import routing  # noqa: PLC0415  # late: rules alone need none

        bundle = replace(bundle, routing=routing(run.spec, bundle.services))
    with told(run, templates):
        return emit_all(targets, bundle, Job(texts, run.project.options, digests=digests(run), report=run.report), before or Remembered())
    return []


def pushed(run: Compilation, templates: Path | None, before: Remembered, shard: int | None) -> list[Sent]:
    """The groups of a run that has no errors as Mimir's API takes them, of one shard where there are shards."""
    bundle, texts = _lowered(run, templates, ("mimir",))
    options = run.project.options
    job = Job(texts, options, shards(bundle, options.shards, before) if options.shards else {}, report=run.report)
    return groups_of(bundle, job, shard) if run.report.ok else []


def digests(run: Compilation) -> Mapping[str, str]:
    """The beginning of the SHA-256 of each source, by the name that headers give it."""
    import hashlib  # noqa: PLC0415  # late: it is slow to load, and only output needs it

    return {one.label: hashlib.sha256(run.sources[one.name].text.encode()).hexdigest()[:16] for one in run.inputs if one.name in run.sources}


def _lowered(run: Compilation, templates: Path | None, targets: Sequence[str]) -> tuple[Bundle, Templates]:
    if run.spec is None or not run.report.ok:
        return _NOTHING, Templates()
    texts = overrides.load(templates, run.sources, run.report)
    if run.report.ok:
        with told(run, templates):
            most = run.project.options.mimir.rules if "mimir" in targets else None
            return lower(run.spec, texts, most, is_late=not LATE.isdisjoint(targets)), texts
    return _NOTHING, texts


@contextmanager
def told(run: Compilation, templates: Path | None) -> Iterator[None]:
    """Make a finding of a template that cannot be used."""
    try:
        yield
    except TemplateFailure as failure:
        where = Where(overrides.name_of(templates, failure.leaf), spot=failure.spot)
        help = "compare it with ours, which it replaces; `slo explain template/failed` tells more"
        run.report.error("template/failed", where, f"the template cannot be used: {failure.message}", help)
