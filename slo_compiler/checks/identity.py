"""No two SLOs of a compilation may have one name in one service: their series would be one."""

from __future__ import annotations

from slo_compiler.diagnostics import Report
from slo_compiler.model import Promise, Spec


def check(spec: Spec, report: Report) -> None:
    """Report the second of two SLOs with one identity, naming the first."""
    seen: dict[tuple[str, str], Promise] = {}
    for slo in spec.promises:
        first = seen.setdefault((slo.service, slo.name), slo)
        if first is not slo:
            help = "rename one of them; a service may be spread over files, a name may not"
            message = f"the service {slo.service} has two SLOs called {slo.name}"
            report.error("identity/duplicate", slo.where / "name", message, help, other=first.where / "name")
