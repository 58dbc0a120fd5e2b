"""Every SLI becomes two numbers a step: how many events there were and how many of them were bad."""

from __future__ import annotations

from slo_compiler import names, promql
from slo_compiler.ir import RecordingRule
from slo_compiler.lower import tails
from slo_compiler.lower.anchors import growth, le_matcher, up, vouched
from slo_compiler.lower.shapes import Shapes, either, own, sum_by
from slo_compiler.model import Cell, ExpressedEvents, Histogram, Limit, Promise, SelectedEvents, Slo, Tail, TimeSlices
from slo_compiler.promql import Matcher, Selector
from slo_compiler.quantities import plain


def deltas(slo: Slo, labels: dict[str, str], shapes: Shapes) -> list[RecordingRule]:
    """The rules of an SLO's events and bad events."""
    match slo.sli:
        case SelectedEvents():
            total, bad = selected(slo, slo.sli, shapes)
        case ExpressedEvents():
            total, bad = _expressed(slo, slo.sli, shapes)
        case Histogram(native=True):
            total, bad = _observed_natively(slo, slo.sli, shapes)
        case Histogram():
            total, bad = _observed(slo, slo.sli, shapes)
        case TimeSlices():
            total, bad = _sliced(slo, slo.sli, shapes)
        case Tail():
            total, bad = tails.counts(slo, slo.sli, shapes)
    if slo.is_masked:
        total, bad = (_masked(slo, counted, shapes) for counted in (total, bad))
    return [RecordingRule(names.TOTAL_DELTA, total, labels, slo.where), RecordingRule(names.BAD_DELTA, bad, labels, slo.where)]


def _masked(slo: Slo, counted: str, shapes: Shapes) -> str:
    return shapes.promql("masked", counted=counted, mask=names.MASK + own(slo), by=sum_by(slo.by), window=names.total_sum(slo.span) + own(slo))


# --- events by selectors -----------------------------------------------------------------------------------------------------------


def selected(slo: Promise, sli: SelectedEvents, shapes: Shapes) -> tuple[str, str]:
    """Events and bad events of counters."""
    by = sum_by(slo.by)
    guard = vouched(str(sli.total), shapes)

    def counted(series: Selector) -> str:
        own_guard = guard if series.metric == sli.total.metric else f"{guard}\nor\n{up(series, shapes)}"
        return shapes.promql("counted", by=by, growth=growth(series, own_guard, shapes))

    total = counted(sli.total)
    if sli.good:
        return total, shapes.promql("total_less_good", counted=total, good=counted(sli.good), total_again=total)
    return total, _with_zeros(slo, [counted(bad) for bad in sli.bad], shapes)


def _with_zeros(slo: Promise, counted: list[str], shapes: Shapes) -> str:
    total = names.TOTAL_DELTA + own(slo)
    terms = [shapes.promql("or_zero", counted=term, by=sum_by(slo.by), total=total) for term in counted]
    return terms[0] if len(terms) == 1 else "\n+\n".join(shapes.promql("several", term=term) for term in terms)


# --- events by expressions ---------------------------------------------------------------------------------------------------------


def _expressed(slo: Slo, sli: ExpressedEvents, shapes: Shapes) -> tuple[str, str]:
    step, window = shapes.prometheus.step, shapes.prometheus.expression_window
    factor = plain(step.seconds) if sli.per == "second" else f"{plain(step.seconds)} / {plain(window.seconds)}"

    def counted(expression: promql.Expression) -> str:
        return shapes.promql("expression", by=sum_by(slo.by), expression=expression.over(str(window)), factor=factor)

    total = counted(sli.total)
    if sli.good:
        return total, shapes.promql("total_less_good", counted=total, good=counted(sli.good), total_again=total)
    return total, _with_zeros(slo, [counted(bad) for bad in sli.bad], shapes)


# --- observations of a histogram ---------------------------------------------------------------------------------------------------


def _observed(slo: Slo, sli: Histogram, shapes: Shapes) -> tuple[str, str]:
    count = sli.metric.suffixed("_count")
    guard = vouched(str(count), shapes)
    parts = _limits(slo)
    buckets = [_buckets(sli, cell, limit) for cell, limit in parts]
    found = [
        shapes.promql("has_bucket", exact=limit.exact, below=below, above=above, now=shapes.now)
        for (_, limit), (below, above) in zip(parts, buckets, strict=True)
    ]
    has_bucket = found[0] if len(found) == 1 else f"({' or '.join(found)})"
    total = shapes.promql("histogram_total", by=sum_by(slo.by), growth=growth(count, guard, shapes), has_bucket=has_bucket)
    now, then = (_judged(sli, parts, buckets, span, shapes) for span in (shapes.now, shapes.then))
    peak = _judged(sli, parts, buckets, shapes.now, shapes, at="max_over_time")  # a reset in the step: where the old process ended
    bad = shapes.promql(
        "histogram_bad", by=sum_by(slo.by), bad_now=now, bad_then=then, bad_peak=peak, count=str(count), now=shapes.now, then=shapes.then,
        target=shapes.target, guard=guard,
    )  # fmt: skip
    return total, bad


def bucketless(slo: Slo, sli: Histogram, shapes: Shapes) -> str:
    """Values of `by` without the bucket of their limit."""
    limits = _limits(slo)
    buckets = [f"({below} and ignoring (le) {above})" if below != above else below for below, above in (_buckets(sli, *part) for part in limits)]
    return shapes.promql("bucketless", by=sum_by(slo.by), count=str(sli.metric.suffixed("_count")), bucket=" or ".join(buckets))


_Part = tuple[Cell, Limit]


def _limits(slo: Slo) -> list[_Part]:
    """The cells by limit; one, without matchers, where all agree."""
    parts = [(cell, cell.limit) for cell in slo.cells if cell.limit]
    if len(parts) > 1 and len({limit for _, limit in parts}) == 1:
        cell, limit = parts[0]
        return [(Cell((), cell.objective, limit), limit)]
    return parts


def _buckets(sli: Histogram, cell: Cell, limit: Limit) -> tuple[str, str]:
    bucket = sli.metric.suffixed("_bucket")
    mine = tuple(Matcher(label, op, value) for label, op, value in cell.matchers)
    return bucket.where(*mine, le_matcher(limit.below)), bucket.where(*mine, le_matcher(limit.above))


def _judged(sli: Histogram, parts: list[_Part], buckets: list[tuple[str, str]], span: str, shapes: Shapes, *, at: str = "last_over_time") -> str:
    """The bad observations as a counter: above the limit (`at_most`) or up to it (`at_least`)."""
    up_to = [
        shapes.promql("up_to", exact=limit.exact, below=below, above=above, share=plain(limit.share), rest=plain(1 - limit.share), range=span, at=at)
        for (_, limit), (below, above) in zip(parts, buckets, strict=True)
    ]
    joined = up_to[0] if len(up_to) == 1 else f"({' or '.join(up_to)})"
    if not sli.at_most:
        return joined
    return shapes.promql("beyond", count=str(sli.metric.suffixed("_count")), range=span, up_to=joined, at=at, exact=all(limit.exact for _, limit in parts))


# --- observations of a native histogram --------------------------------------------------------------------------------------------


def _observed_natively(slo: Slo, sli: Histogram, shapes: Shapes) -> tuple[str, str]:
    series, parts = sli.metric, _limits(slo)
    guard = vouched(str(series), shapes)
    growth = shapes.promql("native_growth", series=str(series), now=shapes.now, then=shapes.then, target=shapes.target, guard=guard)

    def judged(span: str) -> str:
        found = []
        for cell, limit in parts:
            mine = series.narrowed(*(Matcher(label, op, value) for label, op, value in cell.matchers))
            found.append(shapes.promql("native_judged", series=mine, range=span, limit=plain(limit.below), beyond=sli.at_most))
        return either(found)

    bad = shapes.promql(
        "native_bad", by=sum_by(slo.by), bad_now=judged(shapes.now), bad_then=judged(shapes.then), series=str(series), now=shapes.now, then=shapes.then,
        target=shapes.target, guard=guard,
    )  # fmt: skip
    return shapes.promql("counted", by=sum_by(slo.by), growth=growth), bad


# --- slices of time ----------------------------------------------------------------------------------------------------------------


def _sliced(slo: Slo, sli: TimeSlices, shapes: Shapes) -> tuple[str, str]:
    """A step is one event; it is bad if the slice that ends with it missed the limit."""
    holds, fails = ("<=", ">") if sli.at_most else (">=", "<")
    parts = [(_slice_value(slo, sli, cell, shapes), limit) for cell, limit in _limits(slo)]
    bad = [
        shapes.promql("slice_bad", missing_is_bad=sli.missing_is_bad, value=value, holds=holds, fails=fails, limit=plain(limit.value)) for value, limit in parts
    ]
    return shapes.promql("slice_total", missing_is_bad=sli.missing_is_bad, value=_slice_value(slo, sli, Cell((), slo.objective, None), shapes)), either(bad)


def _slice_value(slo: Slo, sli: TimeSlices, cell: Cell, shapes: Shapes) -> str:
    mine = tuple(Matcher(label, op, value) for label, op, value in cell.matchers)
    is_selector = isinstance(sli.value, Selector)
    value = sli.value.narrowed(*mine) if isinstance(sli.value, Selector) else sli.value.over(str(sli.slice))
    range_ = f"[{sli.slice}]{shapes.late}"
    return shapes.promql("slice_value", smooth=is_selector, worst="max" if sli.at_most else "min", by=sum_by(slo.by), value=value, range=range_)
