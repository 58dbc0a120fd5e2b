"""A label that names single requests or people is no dimension: each value would get a budget, alerts and two dozen series of its own."""

from __future__ import annotations

import re

from slo_compiler.diagnostics import Report
from slo_compiler.model import Spec

_THINGS = "request|trace|span|session|conversation|thread|message|run|call|user|customer|device"
_SINGLE = re.compile(rf"(?:.*_)?(?:(?:{_THINGS})_?(?:id|uuid)|uuid|guid|ip|email|prompt)", re.IGNORECASE)


def check(spec: Spec, report: Report) -> None:
    """Warn of labels in `by` whose names say that they have a value a request or a person."""
    for slo in spec.promises:
        for index, label in enumerate(slo.by):
            if _SINGLE.fullmatch(label):
                help = "split by what has few values: a model, a surface, a plan"
                message = f"the label {label} seems to name single requests or people: each value gets a budget, alerts and about 25 series"
                report.warning("by/identifier", slo.where / "by" / index, message, help, about=slo.where)
