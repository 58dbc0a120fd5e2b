"""Rule files for vmalert; its operator's objects are a target of their own, because either is loaded by something else."""

from __future__ import annotations

from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import _layout, _metricsql, _rules
from slo_compiler.targets._job import Job


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a bundle; what vmalert would refuse is an error."""
    _metricsql.refuse(bundle.late, job)
    return [
        Artifact(part.path(".rules.yml", "victoriametrics/"), f"{job.header(part.sources)}groups:\n{_rules.groups(part.services)}", part.sources)
        for part in _layout.files(bundle.late, job)
    ]
