"""A window longer than Prometheus keeps its data never fills."""

from __future__ import annotations

from slo_compiler.diagnostics import Report
from slo_compiler.model import Spec
from slo_compiler.quantities import Duration

_MARGIN = 10 * 86400  # a window is full only if its oldest hour is still there when it is read


def check(spec: Spec, report: Report) -> None:
    """Warn once a run, at the first SLO that is concerned and does not allow it."""
    keeps = spec.prometheus.retention
    concerned = [slo for slo in spec.promises if slo.window > keeps]
    told = False
    for slo in concerned:
        allowed = any(id == "window/retention" for id, _ in slo.allow)
        if told and not allowed:
            continue
        told = told or not allowed
        known = f"keeps {keeps}" if spec.prometheus.retention_stated else f"keeps {keeps} unless told otherwise"
        others = len(concerned) - 1
        more = f" (and {others} more SLO{'s' if others > 1 else ''})" if others else ""
        enough = Duration(max(one.window for one in concerned).seconds + _MARGIN)
        help = f"say `prometheus: {{retention: {enough}}}` in slo-compiler.yaml once it is so, or shorten the window"
        report.warning("window/retention", slo.window_at, f"a window of {slo.window}{more} never fills: Prometheus {known}", help, about=slo.where)
