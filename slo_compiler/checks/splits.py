"""Labels that are no dimension: what names single requests or people has too many values, and what names a process new ones with each roll-out."""

from __future__ import annotations

import re

from slo_compiler.diagnostics import Report
from slo_compiler.model import Spec

_THINGS = (
    "req|request|response|trace|span|session|conversation|chat|thread|message|run|call|job|task|ticket|correlation|user|customer|device|prompt|query|answer"
)
_SINGLE = re.compile(
    rf"(?:.*_)?(?:(?:{_THINGS})_?(?:id|uuid|hash)|uuid|guid|ip|e_?mail(?:_address)?|prompt)"
    r"|user|session|request|trace|conversation|span|timestamp|url|query",
    re.IGNORECASE,
)
_PROCESS = re.compile(r"(?:(?:exported|k8s|kubernetes|service)_)?(?:instance|pod)(?:_(?:id|name|uid))?|(?:.*_)?container_id|pid|process_id", re.IGNORECASE)


def check(spec: Spec, report: Report) -> None:
    """Warn of labels in `by` whose names say that they have a value a request, a person or a process."""
    for slo in spec.promises:
        for index, label in enumerate(slo.by):
            where = slo.where / "by" / index
            if _SINGLE.fullmatch(label):
                help = "split by what has few values: a model, a surface, a plan"
                message = f"the label {label} seems to name single requests or people: each value gets a budget, alerts and about 25 series"
                report.warning("by/identifier", where, message, help, about=slo.where)
            elif _PROCESS.fullmatch(label):
                help = "split by what outlives a roll-out: a model, a surface, a plan; if its values do, `allow: [by/process]` says so"
                message = f"the label {label} seems to name single processes: after each roll-out every budget begins anew"
                report.warning("by/process", where, message, help, about=slo.where)
