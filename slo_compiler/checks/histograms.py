"""What the buckets of a histogram SLO cannot tell: a quantile beyond the last one, and a tail whose limit soon lies there."""

from __future__ import annotations

from slo_compiler.diagnostics import Report
from slo_compiler.model import Histogram, Slo, Spec, Tail
from slo_compiler.quantities import plain


def check(spec: Spec, report: Report) -> None:
    """Warn of promises whose bound is the last bucket: the share of bad events is counted, but not how slow they are; and of tails that are soon blind."""
    for slo in spec.slos:
        if isinstance(slo.sli, Histogram) and slo.sli.at_most and slo.sli.step is None and slo.sli.bounds:
            _check(slo, slo.sli, report)
        elif isinstance(slo.sli, Tail):
            _check_tail(slo, slo.sli, report)


def _check(slo: Slo, sli: Histogram, report: Report) -> None:
    limits = {cell.limit.value: cell.limit.text for cell in slo.cells if cell.limit}
    last = sli.bounds[-1]
    if last in limits:
        message = f"{limits[last]} is the last bucket: what lies above it is counted as bad, but slo:value:1h never shows more than {plain(last)}"
        help = "let the service export buckets beyond the bound, and list them"
        report.warning("histogram/last-bucket", slo.where / "sli" / "histogram" / "buckets", message, help, about=slo.where)


def _check_tail(slo: Slo, sli: Tail, report: Report) -> None:
    """The usual observation may lie beyond the second bucket at least, or there are buckets for hardly any."""
    second, last = sli.bounds[1], sli.bounds[-1]
    if sli.factor * second > last:
        reach = plain(round(last / sli.factor, 4))
        message = f"{plain(sli.factor)} times what lies above {reach} is more than the last bucket, {plain(last)}: the tail cannot be judged then"
        help = "let the service export wider buckets, or write a smaller multiple; SLOBlind tells when it is so"
        report.warning("tail/short-reach", slo.where / "sli" / "tail" / "over", message, help, about=slo.where)
