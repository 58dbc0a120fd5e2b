"""The only panels that read raw series, closed until somebody opens them: how observations are spread, from the SLO's own histogram."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.dashboards import Panel, Place, Query, Variable
from slo_compiler.model import Histogram
from slo_compiler.pages.measures import grafana_unit
from slo_compiler.pages.readings import Reading
from slo_compiler.pages.scopes import Scope

_NOTHING = "slo_no_histogram"  # a metric that nobody has, so that queries of an SLO without a histogram are still queries
_NONE = "This SLO is measured by no histogram"


def histograms(scope: Scope) -> bool:
    """Whether some SLO has one."""
    return any(isinstance(slo.sli, Histogram) for slo in scope.slos)


def variable(scope: Scope) -> Variable:
    """The selector of the chosen SLO's buckets."""
    found = scope.info('slo_histogram!=""')
    none = f'label_replace(vector(1), "slo_histogram", "{_NOTHING}", "", "")'
    return Variable("histogram", _first(scope), f"query_result({found} or on () {none})", '/slo_histogram="([^"]+)"/')


def _first(scope: Scope) -> str:
    for slo in scope.slos:
        if isinstance(slo.sli, Histogram):
            return (slo.sli.metric if slo.sli.native else slo.sli.metric.suffixed("_bucket")).single_quoted()
    return _NOTHING


def row(scope: Scope, found: list[Reading], top: int) -> Panel:
    """The closed row."""
    heat = Query("sum by (le) (increase($histogram[$__rate_interval]))", "{{le}}")
    text = "How many observations lay in each bucket. Reads the raw series that slo:info names (slo_histogram): open it when you need it."
    inside = (
        Panel("heatmap", "Distribution of $slo", text, Place(0, top + 1, 12, 9), (heat,), none=_NONE),
        _quantiles(scope, found, Place(12, top + 1, 12, 9)),
    )
    return Panel("row", "Distribution (reads raw series)", "", Place(0, top, 24, 1), inside=inside)


def _quantiles(scope: Scope, found: list[Reading], place: Place) -> Panel:
    values = [one for one in found if one.measure.kind == "value"]
    units = {grafana_unit(slo.sli.unit) for slo in scope.slos if isinstance(slo.sli, Histogram)}
    unit = next(iter(units)) if len(units) == 1 else "short"
    lines = [
        Query(f"histogram_quantile({quantile}, sum by (le) (rate($histogram[$__rate_interval])))", name, unit, line=color)
        for quantile, name, color in (("0.5", "p50", "green"), ("0.95", "p95", "blue"), ("0.99", "p99", "purple"))
    ]
    targets = [Query(one.promised(scope), one.measure.promised, unit, line="text", width=2, dashed=True) for one in values]
    text = f"Half of the observations, 95 % and 99 % of them are at most so large; estimated between the buckets. Reads raw series and {names.VALUE_TARGET}."
    return Panel("timeseries", "Quantiles of $slo", text, place, (*lines, *targets), interval="1m", none=_NONE)
