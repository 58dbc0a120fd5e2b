"""`allow` silences warnings of its SLO; one that silences nothing is itself a warning."""

from __future__ import annotations

from slo_compiler.diagnostics import Diagnostic, Report, Severity, Where
from slo_compiler.model import Spec


def check(spec: Spec, report: Report) -> None:
    """Take away the findings that SLOs allow, then warn of what was allowed in vain."""
    allowed = {(slo.where, id): place for slo in spec.slos for id, place in slo.allow}
    if not allowed:
        return
    used: set[tuple[str, Where]] = set()
    kept: list[Diagnostic] = []
    for finding in report.findings:
        place = allowed.get((finding.about, finding.id)) if finding.about and finding.severity < Severity.ERROR else None
        if place:
            used.add((finding.id, place))
        else:
            kept.append(finding)
    report.findings[:] = kept
    if not report.ok:
        return  # a check that an error kept from speaking might have needed it
    for (_, id), place in sorted(allowed.items(), key=str):
        if (id, place) not in used:
            help = "leave it out; ids stand in brackets in the warnings themselves"
            report.warning("allow/unused", place, f"there is no warning {id} here that could be silenced", help)
