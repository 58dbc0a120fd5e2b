"""What VictoriaMetrics does not understand of PromQL: it keeps no native histograms of Prometheus."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slo_compiler.diagnostics import Where
from slo_compiler.ir import ServiceRules
from slo_compiler.targets import _layout
from slo_compiler.targets._job import Job

_UNKNOWN = re.compile(r"\b(histogram_(?:count|sum|fraction))\s*\(")


def refuse(services: Sequence[ServiceRules], job: Job) -> None:
    """An error for each SLO whose rules it would refuse."""
    for service in services:
        found: dict[Where, str] = {}
        for rule in (rule for group in service.groups for rule in group.rules):
            if unknown := _UNKNOWN.search(rule.expr):
                found.setdefault(rule.where or _layout.where(service), unknown[1])
        for where, function in found.items():
            message = f"VictoriaMetrics has no {function}(): it keeps no native histograms of Prometheus"
            help = f"let the service export classic buckets, too, and leave `native` out; or keep {service.service} on a Prometheus, in a project of its own"
            job.report.error("target/native-histogram", where, message, help)
