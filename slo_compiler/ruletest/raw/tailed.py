"""Observations beyond a multiple of the usual one: most are usual, some around the limit, some above it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.model import Slo, Tail
from slo_compiler.quantities import plain
from slo_compiler.ruletest.raw.flows import SCRAPES, Line, Part, State, raw
from slo_compiler.ruletest.raw.labels import Labels, by_values, foreign, taken

#: Observations of a step.
_ALL = 400


@dataclass(frozen=True, slots=True)
class Tailed:
    """The state of a tail for ever, and its limit."""

    state: State
    limit: Decimal


@dataclass(frozen=True, slots=True)
class _Places:
    """The buckets, by their place among the bounds, of usual observations and of those around the limit."""

    usual: int
    around: int
    limit: Decimal


def tailed(slo: Slo, sli: Tail, targets: Sequence[str]) -> Tailed | str:
    """The buckets of a tail, or why none are found."""
    by = by_values(slo, slo.cells[-1].matchers, [sli.metric])
    labels = by if isinstance(by, str) else taken(sli.metric, {**dict.fromkeys(targets, "a"), **by})
    if isinstance(by, str) or isinstance(labels, str):
        return str(labels)
    usual, around, above = _amounts(sli)
    places = next(_places(sli, Decimal(usual)), None)
    if places is None:
        return "its limit lies between no two of its buckets, whatever is usual"
    lower, upper = sli.bounds[places.around - 1], sli.bounds[places.around]
    bad = above + around * (upper - places.limit) / (upper - lower)
    lines = (*_lines(sli, places, labels), *foreign(sli.metric.suffixed("_count"), labels))
    words = f"{above} of {_ALL} observations a step beyond {plain(sli.factor)} times the usual one, and {around} around it in part"
    return Tailed(State(words, lines, (Part(by, _ALL, bad),)), places.limit)


def _amounts(sli: Tail) -> tuple[int, int, int]:
    """Of a step: usual ones, more than the quantile asks for, those around the limit, and those above it; whole ones each scrape."""
    rest = math.ceil(_ALL / SCRAPES * float(1 - sli.quantile.value) / 4) * SCRAPES
    return _ALL - 2 * rest, rest, rest


def _places(sli: Tail, usual: Decimal) -> Iterator[_Places]:
    """Where the limit falls into a bucket above that of the usual ones: as servers find a quantile, in its bucket as if all were spread evenly."""
    for place, upper in enumerate(sli.bounds):
        lower = sli.bounds[place - 1] if place else Decimal(0)
        limit = sli.factor * (lower + (upper - lower) * sli.quantile.value * _ALL / usual)
        for around in range(place + 1, len(sli.bounds)):
            if sli.bounds[around - 1] < limit < sli.bounds[around]:
                yield _Places(place, around, limit)


def _lines(sli: Tail, places: _Places, labels: Labels) -> Iterator[Line]:
    usual, around, _ = _amounts(sli)
    name = sli.metric.metric
    yield Line(raw(f"{name}_count", labels), (0,), (_ALL // SCRAPES,))
    for place, bound in enumerate(sli.bounds):
        up_to = (usual if place >= places.usual else 0) + (around if place >= places.around else 0)
        yield Line(raw(f"{name}_bucket", {**labels, "le": plain(bound)}), (0,), (up_to // SCRAPES,))
    yield Line(raw(f"{name}_bucket", {**labels, "le": "+Inf"}), (0,), (_ALL // SCRAPES,))
