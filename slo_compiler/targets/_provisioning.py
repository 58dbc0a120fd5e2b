"""What stands around pages: the file that tells Grafana where they are, and the rules of Grafana's linter that cannot hold for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.targets import _yaml
from slo_compiler.targets._job import Job

if TYPE_CHECKING:
    from slo_compiler.dashboards import Provider

_SCAN = 60  # seconds between two looks of Grafana at the files; its default of 10 finds nothing sooner that a pager would need
_RECORDED = "the pages read series that rules recorded: they are sums over all jobs and instances"
#: Of github.com/grafana/dashboard-linter, with the reason for each. All other rules hold.
_EXCLUDED = {
    "template-job-rule": _RECORDED,
    "template-instance-rule": _RECORDED,
    "target-job-rule": _RECORDED,
    "target-instance-rule": _RECORDED,
    "panel-units-rule": "units of one's own, as in `12 d of 30 d`, are not in its list, and words and counts have none; our tests hold units to Grafana's",
}


def around(provider: Provider, sources: tuple[str, ...], job: Job) -> list[Artifact]:
    """The files beside the pages of these sources."""
    return [_provider(provider, sources, job), _lint(job)]


def _provider(provider: Provider, sources: tuple[str, ...], job: Job) -> Artifact:
    name, folder, path = (_yaml.scalar(text) for text in (provider.name, provider.folder, provider.path))
    text = f"""{job.header(sources)}apiVersion: 1
providers:
- name: {name}
  folder: {folder}
  type: file
  disableDeletion: false
  allowUiUpdates: false
  updateIntervalSeconds: {_SCAN}
  options:
    path: {path}
"""
    return Artifact(names.provider_file(provider.name), text, sources)


def _lint(job: Job) -> Artifact:
    """It tells no sources, because all compilations that share a folder write the same."""
    rules = "".join(f"  {rule}:\n    reason: {_yaml.scalar(reason)}\n" for rule, reason in _EXCLUDED.items())
    return Artifact(names.LINT_FILE, f"{job.header(())}exclusions:\n{rules}", ())
