"""Prometheus rule files: one YAML document each, because Prometheus reads only the first."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import _layout, _rules
from slo_compiler.targets._job import Job


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a bundle."""
    return [
        Artifact(part.path(names.RULES_SUFFIX), f"{job.header(part.sources)}groups:\n{_rules.groups(part.services)}", part.sources)
        for part in _layout.files(bundle.services, job)
    ]
