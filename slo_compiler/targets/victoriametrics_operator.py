"""VMRule objects, which VictoriaMetrics' operator makes rule files for vmalert of."""

from __future__ import annotations

from slo_compiler.ir import ServiceRules
from slo_compiler.targets import _rules
from slo_compiler.targets._job import Job
from slo_compiler.targets._manifest import Kind, shifted
from slo_compiler.targets._operated import Operated


def _body(service: ServiceRules, _job: Job) -> str:
    return f"spec:\n  groups:\n{shifted(_rules.groups((service,)), '  ')}"


#: Its operator, too, keeps rules in ConfigMaps of half their size.
emit = Operated("victoriametrics-operator", Kind("operator.victoriametrics.com/v1beta1", "VMRule"), _body, 524_288, "VictoriaMetrics' operator").emit
