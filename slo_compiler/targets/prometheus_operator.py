"""PrometheusRule objects, which the Prometheus operator makes rule files of."""

from __future__ import annotations

from slo_compiler.ir import ServiceRules
from slo_compiler.targets import _rules
from slo_compiler.targets._job import Job
from slo_compiler.targets._manifest import Kind, shifted
from slo_compiler.targets._operated import Operated


def _body(service: ServiceRules, _job: Job) -> str:
    return f"spec:\n  groups:\n{shifted(_rules.groups((service,)), '  ')}"


#: The operator puts rules into ConfigMaps, and takes half of what one holds.
emit = Operated("prometheus-operator", Kind("monitoring.coreos.com/v1", "PrometheusRule"), _body, 524_288, "the Prometheus operator").emit
