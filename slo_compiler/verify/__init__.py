"""A compilation against a living Prometheus: what the SLIs read is there, arrives in time, and the rules that run are ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from slo_compiler.checks import allowed
from slo_compiler.diagnostics import Report
from slo_compiler.ir import ServiceRules
from slo_compiler.model import Spec
from slo_compiler.remote import Server
from slo_compiler.verify import arrival, counts, histograms, loaded, parts, series
from slo_compiler.verify.forms import Form
from slo_compiler.verify.live import Live
from slo_compiler.verify.loaded import compare, left_over
from slo_compiler.verify.readings import readings

__all__ = ["Asked", "Form", "Looked", "compare", "left_over", "verify"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The server that has the data; the ruler, None where it is the server; and for whom its rules were written."""

    server: Server
    ruler: Server | None = None
    form: Form = field(default_factory=Form)


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was looked at, what the server does not tell, and which groups of ours it runs of other SLOs."""

    selectors: int
    rules: int
    untold: tuple[str, ...]
    left: tuple[str, ...] = ()


def verify(spec: Spec, services: Sequence[ServiceRules], asked: Asked, report: Report) -> Looked:
    """Ask about all SLOs and their rules; what is wrong goes to the report. Raises RemoteFailure."""
    live = Live(asked.server, asked.ruler)
    for promise in spec.promises:
        if series.check(promise, spec.prometheus, live, report):
            parts.check(promise, live, report)
            histograms.check(promise, live, report)
            counts.check(promise, live, report)
            arrival.check(promise, spec.prometheus, live, report)
    arrival.check_retention(spec, live, report)
    loaded.check(spec, services, live, report, asked.form)
    allowed.silence(spec, report)
    selectors = {str(reading.selector) for promise in spec.promises for reading in readings(promise)}
    rules = sum(len(group.rules) for service in services for group in service.groups)
    return Looked(len(selectors), rules, tuple(live.untold), left_over(spec, live.groups()))
