"""Bundle -> Artifacts, one output a file."""

from __future__ import annotations

from collections.abc import Callable

from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import rule_files

Target = Callable[[Bundle], list[Artifact]]

TARGETS: dict[str, Target] = {"prometheus": rule_files.emit}
