"""A compilation against a living Prometheus: what the SLIs read is there, arrives in time, and the rules that run are ours."""

from __future__ import annotations

from dataclasses import dataclass

from slo_compiler.checks import allowed
from slo_compiler.diagnostics import Report
from slo_compiler.ir import Bundle
from slo_compiler.model import Spec
from slo_compiler.remote import Server
from slo_compiler.verify import arrival, counts, histograms, loaded, parts, series
from slo_compiler.verify.live import Live
from slo_compiler.verify.readings import readings

__all__ = ["Looked", "verify"]


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was looked at, and what the server does not tell."""

    selectors: int
    rules: int
    untold: tuple[str, ...]


def verify(spec: Spec, bundle: Bundle, server: Server, report: Report) -> Looked:
    """Ask the server about all SLOs; what is wrong goes to the report. Raises RemoteFailure."""
    live = Live(server)
    for promise in spec.promises:
        if series.check(promise, spec.prometheus, live, report):
            parts.check(promise, live, report)
            histograms.check(promise, live, report)
            counts.check(promise, live, report)
            arrival.check(promise, spec.prometheus, live, report)
    arrival.check_retention(spec, live, report)
    loaded.check(spec, bundle, live, report)
    allowed.silence(spec, report)
    selectors = {str(reading.selector) for promise in spec.promises for reading in readings(promise)}
    rules = sum(len(group.rules) for service in bundle.services for group in service.groups)
    return Looked(len(selectors), rules, tuple(live.untold))
