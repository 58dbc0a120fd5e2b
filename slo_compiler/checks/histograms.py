"""What the quantile on the page of a histogram SLO can tell: nothing beyond the last bucket."""

from __future__ import annotations

from slo_compiler.diagnostics import Report
from slo_compiler.model import Histogram, Slo, Spec
from slo_compiler.quantities import plain


def check(spec: Spec, report: Report) -> None:
    """Warn of promises whose bound is the last bucket: the share of bad events is counted, but not how slow they are."""
    for slo in spec.slos:
        if isinstance(slo.sli, Histogram) and slo.sli.at_most and slo.sli.step is None and slo.sli.bounds:
            _check(slo, slo.sli, report)


def _check(slo: Slo, sli: Histogram, report: Report) -> None:
    limits = {cell.limit.value: cell.limit.text for cell in slo.cells if cell.limit}
    last = sli.bounds[-1]
    if last in limits:
        message = f"{limits[last]} is the last bucket: what lies above it is counted as bad, but slo:value:1h never shows more than {plain(last)}"
        help = "let the service export buckets beyond the bound, and list them"
        report.warning("histogram/last-bucket", slo.where / "sli" / "histogram" / "buckets", message, help, about=slo.where)
