"""GrafanaDashboard objects, which Grafana's operator shows in every Grafana that they select."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import _manifest, _yaml, grafana
from slo_compiler.targets._job import Job
from slo_compiler.targets._manifest import Kind, shifted

_TARGET = "grafana-operator"
_KIND = Kind("grafana.integreatly.org/v1beta1", "GrafanaDashboard")


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a bundle. Raises TemplateFailure where the user's override of a leaf cannot be used."""
    folder = bundle.provider.folder if bundle.provider else ""
    objects = [(page.uid, _document(page.uid, grafana.page(page, job), folder, job), page.sources) for page in bundle.dashboards]
    if not job.options.single_file:
        return [Artifact(_path(uid), _manifest.stream(job.header(sources), (text,)), sources) for uid, text, sources in objects]
    sources = tuple(sorted({source for _, _, found in objects for source in found}))
    return [Artifact(_path(names.EVERYTHING), _manifest.stream(job.header(sources), (text for _, text, _ in objects)), sources)] if objects else []


def _path(name: str) -> str:
    return f"{_TARGET}/{name}.yaml"


def _document(uid: str, page: str, folder: str, job: Job) -> str:
    manifest = job.options.manifest(_TARGET)
    selected = _yaml.mapping(manifest.instances, "      ")
    crosses = "  allowCrossNamespaceImport: true\n" if manifest.crosses else ""
    where = f"  folder: {_yaml.scalar(folder)}\n" if folder else ""
    body = f"spec:\n  instanceSelector:\n    matchLabels:\n{selected}{crosses}{where}  json: |\n{shifted(page, '    ')}"
    return _manifest.document(_KIND, names.resource(uid), manifest, body)
