"""The raw series that events of an SLO move, found from what it measures: what a test puts in, so that the counting itself is tested."""

from __future__ import annotations

from slo_compiler.model import ExpressedEvents, Histogram, Prometheus, SelectedEvents, Slo
from slo_compiler.ruletest.raw.checked import counts
from slo_compiler.ruletest.raw.expressed import expressed
from slo_compiler.ruletest.raw.flows import RATE, SCRAPES, Flow, Line, Part, State, Traffic
from slo_compiler.ruletest.raw.levels import Level, Sliced
from slo_compiler.ruletest.raw.observed import observed
from slo_compiler.ruletest.raw.selected import selected
from slo_compiler.ruletest.raw.sliced import sliced
from slo_compiler.ruletest.raw.tailed import Tailed, tailed

__all__ = ["RATE", "SCRAPES", "Flow", "Level", "Line", "Part", "Sliced", "State", "Tailed", "Traffic", "counts", "sliced", "tailed", "traffic"]


def traffic(slo: Slo, prometheus: Prometheus) -> Traffic | str:
    """Events that an SLO counts, or why none are found."""
    match slo.sli:
        case SelectedEvents():
            return selected(slo, slo.sli, prometheus.target_labels)
        case Histogram():
            return observed(slo, slo.sli, prometheus.target_labels)
        case ExpressedEvents():
            return expressed(slo, slo.sli, prometheus)
        case _:
            return "its counting has no test yet"
