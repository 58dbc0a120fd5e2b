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
#: Which files below the output folder may be a target's, as patterns: what is ours of them and made no longer is removed. Pages once stood beside the rules.
OURS: dict[str, tuple[str, ...]] = {
    "prometheus": (f"*{names.RULES_SUFFIX}",),
    "grafana": (names.page_file("*"), names.provider_file("*"), "*.grafana.json"),
}
