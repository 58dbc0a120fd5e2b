"""Rule files for a Thanos ruler: an alert from a part of the data would be wrong, so that it takes all of the data or none."""

from __future__ import annotations

from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import _layout, _rules
from slo_compiler.targets._job import Job

_WHOLE = "  partial_response_strategy: ABORT\n"


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a bundle."""
    return [
        Artifact(part.path(".rules.yml", "thanos/"), f"{job.header(part.sources)}groups:\n{_rules.groups(part.services, lambda _group: _WHOLE)}", part.sources)
        for part in _layout.files(bundle.services, job)
    ]
