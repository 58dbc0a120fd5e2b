"""Bundle -> Artifacts, one output a file. A target's module is loaded when it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import _shards
from slo_compiler.targets._job import Job
from slo_compiler.targets._shards import Remembered
from slo_compiler.targets._shards import read as read_shards

if TYPE_CHECKING:
    from slo_compiler.targets.mimir import Sent

__all__ = ["LATE", "MANIFESTS", "OURS", "PAGES", "RULERS", "TARGETS", "Job", "Remembered", "emit", "emit_all", "pushed", "read_shards", "shards"]

#: The module of each target.
TARGETS: dict[str, str] = {
    "prometheus": "rule_files",
    "prometheus-operator": "prometheus_operator",
    "victoriametrics": "victoriametrics",
    "victoriametrics-operator": "victoriametrics_operator",
    "mimir": "mimir",
    "thanos": "thanos",
    "configmap": "configmap",
    "grafana": "grafana",
    "grafana-operator": "grafana_operator",
    "alertmanager": "alertmanager",
}
PAGES = frozenset({"grafana", "grafana-operator"})  # the targets that show pages
MANIFESTS = frozenset({"prometheus-operator", "victoriametrics-operator", "configmap", "grafana-operator"})  # those whose texts are Kubernetes objects
LATE = frozenset({"victoriametrics", "victoriametrics-operator"})  # those whose ruler finds what it recorded only in its next evaluation
_WHOLE = PAGES | {"alertmanager"}  # those that no ruler reads
RULERS = tuple(target for target in TARGETS if target not in _WHOLE)  # the others


def _rule_files(suffix: str, folder: str = "") -> tuple[str, ...]:
    return f"{folder}*{suffix}", f"{folder}{names.shard(0)[:-1]}*/*{suffix}", names.SHARDS_FILE


#: Which files below the output folder may be a target's, as patterns: what is ours of them and made no longer is removed. Pages once stood beside the rules.
OURS: dict[str, tuple[str, ...]] = {
    "prometheus": _rule_files(names.RULES_SUFFIX),
    "prometheus-operator": ("prometheus-operator/*.yaml", names.SHARDS_FILE),
    "victoriametrics": _rule_files(".rules.yml", "victoriametrics/"),
    "victoriametrics-operator": ("victoriametrics-operator/*.yaml", names.SHARDS_FILE),
    "mimir": _rule_files(".rules.yml", "mimir/"),
    "thanos": _rule_files(".rules.yml", "thanos/"),
    "configmap": ("configmap/*.yaml", names.SHARDS_FILE),
    "grafana": (names.page_file("*"), names.provider_file("*"), "*.grafana.json"),
    "grafana-operator": ("grafana-operator/*.yaml",),
    "alertmanager": ("alertmanager/*.yml",),
}


def emit(target: str, bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a target. Raises TemplateFailure where the user's override of a leaf cannot be used."""
    found: list[Artifact] = import_module(f"{__name__}.{TARGETS[target]}").emit(bundle, job)
    return found


def emit_all(targets: Sequence[str], bundle: Bundle, job: Job, before: Remembered) -> list[Artifact]:
    """The files of several targets, services spread over shards where the options ask for it. Raises TemplateFailure as `emit` does."""
    if not job.options.shards or _WHOLE.issuperset(targets):
        return [artifact for target in targets for artifact in emit(target, bundle, job)]
    job = replace(job, shards=shards(bundle, job.options.shards, before))
    sources = tuple(sorted({source for service in bundle.services for source in service.sources}))
    return [*(artifact for target in targets for artifact in emit(target, bundle, job)), _shards.file(sources, job)]


def shards(bundle: Bundle, count: int, before: Remembered) -> dict[str, int]:
    """The shard of each service."""
    weights = {service.service: sum(len(group.rules) for group in service.groups) for service in bundle.services}
    return _shards.spread(weights, count, before)


def pushed(bundle: Bundle, job: Job, shard: int | None) -> list[Sent]:
    """The groups of one tenant of Mimir, as its API takes them."""
    from slo_compiler.targets import mimir  # noqa: PLC0415  # late, as all targets

    return mimir.groups(bundle, job, shard)
