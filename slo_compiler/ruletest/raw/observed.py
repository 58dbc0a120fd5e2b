"""Observations of histograms: at the limit, just above it, and between its two buckets where it is an estimate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.model import Cell, Histogram, Limit, Slo
from slo_compiler.quantities import plain, six_digits
from slo_compiler.ruletest.raw.flows import RATE, SCHEMA, Flow, Line, Part, Traffic, raw
from slo_compiler.ruletest.raw.labels import Labels, by_values, foreign, taken

#: Of the bad observations of a step, those between the two buckets of an estimate.
_BETWEEN = 40
_INFINITE = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class _Observed:
    """Observations of one value of `by`: how many each step adds below the limit, between its buckets, and above."""

    sli: Histogram
    limit: Limit
    labels: Labels

    def amounts(self, *, bad: bool) -> tuple[int, int, int]:
        """Of a step that is all good, or all bad."""
        between = _BETWEEN if bad and not self.limit.exact else 0
        is_low = bad is not self.sli.at_most
        return (RATE - between, between, 0) if is_low else (0, between, RATE - between)

    @property
    def bad(self) -> Decimal:
        """Bad observations of a step that is all bad."""
        _, between, _ = self.amounts(bad=True)
        return RATE - between + between * (self.limit.share if self.sli.at_most else 1 - self.limit.share)


def observed(slo: Slo, sli: Histogram, targets: Sequence[str]) -> Traffic | str:
    """The buckets of an SLO's observations, or why none are found: of each value of `by` that has a limit of its own."""
    cells = slo.cells if len({cell.limit for cell in slo.cells}) > 1 else slo.cells[-1:]
    flows: list[Flow] = []
    good, bad = [], []
    beside: tuple[Line, ...] = ()
    for cell in reversed(cells):  # the one for all others comes first
        by = by_values(slo, cell.matchers, [sli.metric])
        labels = by if isinstance(by, str) else taken(sli.metric, {**dict.fromkeys(targets, "a"), **by})
        if isinstance(by, str) or isinstance(labels, str):
            return str(labels)
        one = _Observed(sli, cell.limit or sli.limit, labels)
        flows += [_native(one)] if sli.native else _classic(one, _edges(sli, cells))
        beside = beside or _foreign(one)
        good.append(Part(by, RATE, Decimal(0)))
        bad.append(Part(by, RATE, one.bad))
    return Traffic(tuple(flows), beside, tuple(good), tuple(bad), _words(sli, cells))


def _edges(sli: Histogram, cells: Sequence[Cell]) -> list[Decimal]:
    """The buckets that limits read, and their neighbours: a bound that is off by one shows."""
    limits = [cell.limit or sli.limit for cell in cells]
    bounds = sorted({*sli.bounds, *(edge for limit in limits for edge in (limit.below, limit.above))})
    found = set()
    for limit in limits:
        first, last = bounds.index(limit.below), bounds.index(limit.above)
        found |= set(bounds[max(first - 1, 0) : last + 2])
    return [*sorted(found), _INFINITE]


def _classic(one: _Observed, edges: Sequence[Decimal]) -> list[Flow]:
    name = one.sli.metric.metric
    places = (one.limit.below, one.limit.above, next(edge for edge in edges if edge > one.limit.above))
    good, bad = (one.amounts(bad=is_bad) for is_bad in (False, True))
    found = [Flow(raw(f"{name}_count", one.labels), (sum(good),), (sum(bad),))]
    for edge in edges:
        up_to = [sum(amount for place, amount in zip(places, amounts, strict=True) if place <= edge) for amounts in (good, bad)]
        spelled = "+Inf" if edge == _INFINITE else plain(edge)
        found.append(Flow(raw(f"{name}_bucket", {**one.labels, "le": spelled}), (up_to[0],), (up_to[1],)))
    return found


def _native(one: _Observed) -> Flow:
    """In the narrowest buckets there are: the last one up to the limit, and the first one above it."""
    place = math.log2(one.limit.value) * 2**SCHEMA
    last = round(place) if math.isclose(place, round(place), abs_tol=1e-6) else math.floor(place)
    first = last + 1 if last == round(place) and math.isclose(place, last, abs_tol=1e-6) else last + 2
    (low, _, high), (bad_low, _, bad_high) = one.amounts(bad=False), one.amounts(bad=True)
    gap = (0,) * (first - last - 1)
    return Flow(raw(one.sli.metric.metric, one.labels), (low, *gap, high), (bad_low, *gap, bad_high), offset=last)


def _foreign(one: _Observed) -> tuple[Line, ...]:
    if one.sli.native:
        return ()
    metric = one.sli.metric
    bucket = {**one.labels, "le": plain(one.limit.below)}
    return (*foreign(metric.suffixed("_count"), one.labels), *foreign(metric.suffixed("_bucket"), bucket))


def _words(sli: Histogram, cells: Sequence[Cell]) -> str:
    limits = [cell.limit or sli.limit for cell in cells]
    several = f", for each of {len(limits)} limits" if len(limits) > 1 else ""
    estimates = {limit.share if sli.at_most else 1 - limit.share for limit in limits if not limit.exact}
    shares = " or ".join(six_digits(share) for share in sorted(estimates))
    return f"{several}{f', two in five of the bad ones between two buckets, as {shares} each' if shares else ''}"
