"""What a judge or a rater sees is a sample of the answers, and chance rules samples: their alerts need 50 of them."""

from __future__ import annotations

import re

from slo_compiler.diagnostics import Report
from slo_compiler.model import ExpressedEvents, Histogram, SelectedEvents, Slo, Spec

_SAMPLING = re.compile(r"(?:^|[_:\W])(judged?|judge_score|raters?|ratings?|rated|human|labell?ed|annotat\w+|evals?|evaluations?|graded?|graders?)(?:$|[_:\W])")
_ANSWERED = re.compile(r"(?:^|[_:\W])(feedback|thumbs|votes)(?:$|[_:\W])")  # few people do; in a name of an SLO they may be held against all answers
_JUDGED = re.compile(r"(?:^|[_:\W])(judged|judge_scores?|ratings?|rated|graded|annotated)(?:$|[_:\W])")  # whose own speed or errors it cannot be
_SCORES = re.compile(r"(?:^|_)(scores?)(?:$|_)")


def check(spec: Spec, report: Report) -> None:
    """Warn of SLOs that seem to be samples and do not say so."""
    for slo in spec.slos:
        if not slo.sampled and slo.alerting.tiers and (word := _sampling(slo)):
            help = "write `sampled: true`: every tier then needs 50 events, and pages say how many there were"
            message = f"{word!r} sounds like a sample of the answers, and nothing says so: a few of them would be enough for an alert"
            report.warning("quality/not-sampled", slo.where / "name", message, help, about=slo.where)


def _sampling(slo: Slo) -> str | None:
    read = _read(slo)
    if slo.category != "quality":
        return _first(_JUDGED, read)
    found = _first(_SAMPLING, [slo.name.replace("-", "_"), *read]) or _first(_ANSWERED, read)
    return found or (_first(_SCORES, read) if isinstance(slo.sli, Histogram) and slo.sli.step else None)


def _first(words: re.Pattern[str], texts: list[str]) -> str | None:
    return next((found[1] for text in texts if (found := words.search(text))), None)


def _read(slo: Slo) -> list[str]:
    """What is counted, in its own words: metrics, and the values that select from them."""
    match slo.sli:
        case SelectedEvents(total=read) | Histogram(metric=read):
            return [read.metric, *(matcher.value for matcher in read.matchers if matcher.op in {"=", "=~"})]
        case ExpressedEvents(total=total):
            return [total.text]
        case _:
            return []
