"""What a judge or a rater sees is a sample of the answers, and chance rules samples: their alerts need 50 of them."""

from __future__ import annotations

import re

from slo_compiler.diagnostics import Report
from slo_compiler.model import ExpressedEvents, Histogram, SelectedEvents, Slo, Spec

_SAMPLING = re.compile(r"(?:^|[_:\W])(judged?|judge_score|raters?|ratings?|rated|human|labell?ed|annotat\w+|evals?|evaluations?|graded?|graders?)(?:$|[_:\W])")


def check(spec: Spec, report: Report) -> None:
    """Warn of quality SLOs that seem to be samples and do not say so."""
    for slo in spec.slos:
        if slo.category == "quality" and not slo.sampled and slo.alerting.tiers and (word := _sampling(slo)):
            help = "write `sampled: true`: every tier then needs 50 events, and pages say how many there were"
            message = f"{word!r} sounds like a sample of the answers, and nothing says so: a few of them would be enough for an alert"
            report.warning("quality/not-sampled", slo.where / "name", message, help, about=slo.where)


def _sampling(slo: Slo) -> str | None:
    names = [slo.name.replace("-", "_"), *_metrics(slo)]
    return next((found[1] for name in names if (found := _SAMPLING.search(name))), None)


def _metrics(slo: Slo) -> list[str]:
    match slo.sli:
        case SelectedEvents(total=total):
            return [total.metric]
        case Histogram(metric=metric):
            return [metric.metric]
        case ExpressedEvents(total=total):
            return [total.text]
        case _:
            return []
