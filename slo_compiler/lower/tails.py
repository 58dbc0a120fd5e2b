"""Observations beyond a moving limit: a multiple of the usual one, found and counted by the buckets of a histogram."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import RecordingRule
from slo_compiler.lower.anchors import growth, le_matcher, vouched
from slo_compiler.lower.shapes import Shapes, own, sum_by
from slo_compiler.model import Slo, Tail
from slo_compiler.quantities import plain


def limit(slo: Slo, sli: Tail, labels: dict[str, str], shapes: Shapes) -> RecordingRule:
    """The limit, once a value of `by`."""
    expr = shapes.promql(
        "tail_limit", factor=plain(sli.factor), quantile=plain(sli.quantile.value), le_by=_le_by(slo), bucket=str(sli.metric.suffixed("_bucket")),
        baseline=str(sli.baseline),
    )  # fmt: skip
    return RecordingRule(names.limit(sli.baseline), expr, labels, slo.where)


def buckets(slo: Slo, sli: Tail, labels: dict[str, str], shapes: Shapes) -> RecordingRule:
    """Each bucket's observations of the last step."""
    count = sli.metric.suffixed("_count")
    expr = shapes.promql(
        "tail_bucket", le_by=_le_by(slo), bucket=str(sli.metric.suffixed("_bucket")), count=str(count), now=shapes.now, then=shapes.then,
        target=shapes.target, guard=vouched(str(count), shapes),
    )  # fmt: skip
    return RecordingRule(names.BUCKET_DELTA, expr, labels, slo.where)


def counts(slo: Slo, sli: Tail, shapes: Shapes) -> tuple[str, str]:
    """All observations of the last step, and those beyond the limit."""
    count = sli.metric.suffixed("_count")
    total = shapes.promql("counted", by=sum_by(slo.by), growth=growth(count, vouched(str(count), shapes), shapes))
    shares = [_share(slo, sli, below, bound, shapes) for below, bound in zip((None, *sli.bounds), sli.bounds, strict=False)]
    return total, shapes.promql("tail_bad", by=sum_by(slo.by), total=names.TOTAL_DELTA + own(slo), good="\n+ ".join(shares))


def clipped(slo: Slo, sli: Tail) -> str:
    """Where the limit lies above the last bucket, so that nothing can be judged."""
    return f"{names.limit(sli.baseline)}{own(slo)} > {plain(sli.bounds[-1])}"


def _share(slo: Slo, sli: Tail, below: Decimal | None, bound: Decimal, shapes: Shapes) -> str:
    found = f"sum{sum_by(slo.by)} ({names.limit(sli.baseline)}{own(slo)})"
    return shapes.promql(
        "tail_share", upto=_upto(slo, bound), below=_upto(slo, below) if below else "", limit=found, lower=plain(below or Decimal(0)),
        width=plain(bound - (below or 0)),
    )  # fmt: skip


def _upto(slo: Slo, bound: Decimal) -> str:
    return f'sum{sum_by(slo.by)} ({names.BUCKET_DELTA}{{slo_id="{slo.id}",{le_matcher(bound)}}})'


def _le_by(slo: Slo) -> str:
    return ", ".join(("le", *slo.by))
