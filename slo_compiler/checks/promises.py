"""The outside promise (`sla`) must be the weaker one: a target that is met must mean that the promise is met."""

from __future__ import annotations

from slo_compiler.diagnostics import Report
from slo_compiler.model import Spec


def check(spec: Spec, report: Report) -> None:
    """Report an sla that is tighter than the objective."""
    for slo in spec.slos:
        if slo.sla and slo.sla.objective.value > slo.objective.value:
            help = f"promise at most {slo.objective} outside, or raise the objective"
            message = f"the sla of {slo.sla.objective} is tighter than the objective of {slo.objective}"
            report.error("sla/tighter", slo.sla.where, message, help)
