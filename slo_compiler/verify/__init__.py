"""A compilation against a living Prometheus: what the SLIs read is there, arrives in time, and the rules that run are ours."""

from __future__ import annotations

from slo_compiler.checks import allowed
from slo_compiler.diagnostics import Report
from slo_compiler.ir import Bundle
from slo_compiler.model import Slo, Spec
from slo_compiler.remote import Server
from slo_compiler.verify import arrival, counts, histograms, loaded, series
from slo_compiler.verify.live import Live

__all__ = ["verify"]


def verify(spec: Spec, bundle: Bundle, server: Server, report: Report) -> list[str]:
    """Ask the server about all SLOs; what is wrong goes to the report. Yields what it does not tell. Raises RemoteFailure."""
    live = Live(server)
    for promise in spec.promises:
        if series.check(promise, spec.prometheus, live, report):
            if isinstance(promise, Slo):
                histograms.check(promise, live, report)
            counts.check(promise, live, report)
            arrival.check(promise, spec.prometheus, live, report)
    arrival.check_retention(spec, live, report)
    loaded.check(spec, bundle, live, report)
    allowed.silence(spec, report)
    return live.untold
