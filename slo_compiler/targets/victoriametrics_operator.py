"""VMRule objects, which VictoriaMetrics' operator makes rule files for vmalert of."""

from __future__ import annotations

from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle, ServiceRules
from slo_compiler.targets import _metricsql, _rules
from slo_compiler.targets._job import Job
from slo_compiler.targets._manifest import Kind, shifted
from slo_compiler.targets._operated import Operated


def _body(service: ServiceRules, _job: Job) -> str:
    return f"spec:\n  groups:\n{shifted(_rules.groups((service,)), '  ')}"


#: Its operator, too, keeps rules in ConfigMaps of half their size.
_KIND = Kind("operator.victoriametrics.com/v1beta1", "VMRule")
_OBJECTS = Operated("victoriametrics-operator", _KIND, _body, 524_288, "VictoriaMetrics' operator", is_late=True)


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a bundle; what vmalert would refuse is an error."""
    _metricsql.refuse(bundle.late, job)
    return _OBJECTS.emit(bundle, job)
