"""The SLOs of a compilation as values: what was promised, freed of YAML, defaults filled in, units resolved."""

from __future__ import annotations

from slo_compiler.model.alerting import Alerting, Evidence, Tier
from slo_compiler.model.checks import Baseline, Check, Gauge, Mean, OtherSlo, Outages, Quantile, Share, Value, Verdict
from slo_compiler.model.options import Alertmanager, Manifest, Mimir, Options
from slo_compiler.model.promises import Calendar, Cell, Common, Matchers, Promise, Sla, Slo, Spending, Unfinished
from slo_compiler.model.slis import ExpressedEvents, Histogram, Limit, SelectedEvents, Sli, Tail, TimeSlices
from slo_compiler.model.spec import SHORT_WINDOW, Grafana, Prometheus, Spec

__all__ = [
    "SHORT_WINDOW",
    "Alerting",
    "Alertmanager",
    "Baseline",
    "Calendar",
    "Cell",
    "Check",
    "Common",
    "Evidence",
    "ExpressedEvents",
    "Gauge",
    "Grafana",
    "Histogram",
    "Limit",
    "Manifest",
    "Matchers",
    "Mean",
    "Mimir",
    "Options",
    "OtherSlo",
    "Outages",
    "Prometheus",
    "Promise",
    "Quantile",
    "SelectedEvents",
    "Share",
    "Sla",
    "Sli",
    "Slo",
    "Spec",
    "Spending",
    "Tail",
    "Tier",
    "TimeSlices",
    "Unfinished",
    "Value",
    "Verdict",
]
