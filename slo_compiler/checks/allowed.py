"""`allow` silences warnings of its SLO; one that silences nothing is itself a warning."""

from __future__ import annotations

from slo_compiler.diagnostics import Diagnostic, Report, Severity, Where
from slo_compiler.model import Spec

_LIVE, _PAGE = "live/", "page/"  # what only a running server can show, and what is told only where pages are made


def check(spec: Spec, report: Report) -> None:
    """Take away the findings that SLOs allow, then warn of what was allowed in vain."""
    used = silence(spec, report)
    if not report.ok:
        return  # a check that an error kept from speaking might have needed it
    untold = (_LIVE,) if spec.has_pages else (_LIVE, _PAGE)
    for (_, id), place in sorted(_allowed(spec).items(), key=str):
        if (id, place) not in used and not id.startswith(untold):
            help = "leave it out; ids stand in brackets in the warnings themselves"
            report.warning("allow/unused", place, f"there is no warning {id} here that could be silenced", help)


def silence(spec: Spec, report: Report) -> set[tuple[str, Where]]:
    """Take away the findings that SLOs allow; which of the permissions were used, and where they stand."""
    allowed = _allowed(spec)
    used: set[tuple[str, Where]] = set()
    kept: list[Diagnostic] = []
    for finding in report.findings:
        place = allowed.get((finding.about, finding.id)) if finding.about and finding.severity < Severity.ERROR else None
        if place:
            used.add((finding.id, place))
        else:
            kept.append(finding)
    report.findings[:] = kept
    return used


def _allowed(spec: Spec) -> dict[tuple[Where, str], Where]:
    return {(slo.where, id): place for slo in (*spec.promises, *spec.unfinished) for id, place in slo.allow}
