"""Bundle -> Artifacts, one output a file."""

from __future__ import annotations

from collections.abc import Callable

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle
from slo_compiler.targets import grafana, rule_files
from slo_compiler.templating import Templates

Target = Callable[[Bundle, Templates], list[Artifact]]

TARGETS: dict[str, Target] = {"prometheus": rule_files.emit, "grafana": grafana.emit}
#: How the names of a target's files end.
SUFFIXES = {"prometheus": names.RULES_SUFFIX, "grafana": names.PAGE_SUFFIX}
