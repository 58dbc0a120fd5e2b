"""Rule files in ConfigMaps, for a Prometheus that finds them in a mounted folder."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.ir import ServiceRules
from slo_compiler.targets import _rules
from slo_compiler.targets._job import Job
from slo_compiler.targets._manifest import Kind, shifted
from slo_compiler.targets._operated import Operated


def _body(service: ServiceRules, job: Job) -> str:
    file = f"{job.header(service.sources)}groups:\n{_rules.groups((service,))}"
    return f"data:\n  {names.rules_file(service.service)}: |\n{shifted(file, '    ')}"


emit = Operated("configmap", Kind("v1", "ConfigMap"), _body, 1_048_576, "a ConfigMap").emit
