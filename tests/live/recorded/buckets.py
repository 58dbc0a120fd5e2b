"""The raw histogram of the last day that the counts of an SLO could have come from: a logarithmic normal distribution a minute."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate

from slo_compiler.model import Histogram, Slo
from tests.live.recorded.counted import SPREAD, normal
from tests.live.recorded.grid import Grid
from tests.live.recorded.pasts import Past, cell_of
from tests.live.recorded.stories import DAY, STEP, STEPS
from tests.live.replay.store import Series

_MINUTES = STEP // 60


def raw(past: Past, grid: Grid) -> Iterator[Series]:
    """The buckets, counted from a day ago, if the story asks for them."""
    match past.promise:
        case Slo(sli=Histogram(native=False) as sli) as slo if past.story.raw:
            labels = {matcher.label: matcher.value for matcher in sli.metric.matchers if matcher.op == "="}
            for edge in (*map(float, sli.bounds), math.inf):
                text = "+Inf" if math.isinf(edge) else f"{edge:g}"
                yield Series({"__name__": f"{sli.metric.metric}_bucket", **labels, "le": text}, _points(past, slo, edge, grid))


def _points(past: Past, slo: Slo, edge: float, grid: Grid) -> list[tuple[float, float]]:
    first = STEPS - DAY - 12
    each = [past.counts["total"][at] / _MINUTES * _below(past, slo, edge, at) for at in range(first + 1, STEPS + 1) for _ in range(_MINUTES)]
    return [(float(grid.at(first) + 60 * minute), float(round(count))) for minute, count in enumerate(accumulate(each), start=1)]


def _below(past: Past, slo: Slo, edge: float, at: int) -> float:
    """The part of a step's observations up to an edge, if as many as were bad lie on the wrong side of the limit."""
    limit, at_most = cell_of(slo, past.labels).limit, isinstance(slo.sli, Histogram) and slo.sli.at_most
    if math.isinf(edge) or limit is None:
        return 1.0
    bad = past.counts["bad"][at] / (past.counts["total"][at] or 1)
    away = (math.log(edge) - math.log(float(limit.value))) / SPREAD + normal(1 - bad if at_most else bad)
    return 0.5 * math.erfc(-away / math.sqrt(2))
