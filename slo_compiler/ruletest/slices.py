"""Slices of time: a value that just holds, just fails, holds again, and is gone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.model import Prometheus, Slo, Spec, TimeSlices
from slo_compiler.promql import Selector
from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest import masks
from slo_compiler.ruletest.claims import Claim, Expected, Series, Test, series
from slo_compiler.ruletest.raw import SCRAPES, Level, Part, Sliced, counts, sliced
from slo_compiler.ruletest.values import times

_LOOKBACK = 300  # seconds for which Prometheus knows a value that is gone
_SPARE = 5  # steps
_RECORDS = (names.TOTAL_DELTA, names.BAD_DELTA)


@dataclass(frozen=True, slots=True)
class _Play:
    """The phases of a value: each lasts so many scrapes, but for the first one, which is a few longer, so that no edge of a slice falls on a scrape."""

    sli: TimeSlices
    found: Sliced
    step: Duration
    late: Duration
    lasts: int
    more: int

    def first_bad(self) -> int:
        """The first step whose slice holds a value that fails."""
        begin = (self.lasts + self.more) * self._scrape
        return math.ceil((begin + self.late.seconds) / self.step.seconds)

    def last_bad(self) -> int:
        """The last one."""
        end = (2 * self.lasts + self.more - 1) * self._scrape
        return math.ceil((end + self.late.seconds + self.sli.slice.seconds) / self.step.seconds) - 1

    def end_of(self, phase: int) -> int:
        """The last step of a phase."""
        return phase * self.lasts // SCRAPES - 1

    @property
    def _scrape(self) -> Decimal:
        return self.step.seconds / SCRAPES


def claim(slo: Slo, sli: TimeSlices, spec: Spec) -> Claim:
    """What is said of how an SLO counts slices."""
    subject = slo.full_name
    found = sliced(slo, sli, spec.prometheus)
    if isinstance(found, str):
        return Claim(subject, "counting", found)
    if slo.is_masked:
        return masks.claim(slo, found.states, spec)
    play = _play(sli, found, spec.prometheus)
    why = "A value that just holds, then one that just fails, then one that holds, then none: each step is one slice."
    inputs = tuple(_series(level, play) for level in found.levels)
    test = Test(subject, f"{subject}: counting", why, Duration(play.step.seconds / SCRAPES), inputs, tuple(_expected(slo, play)))
    edges = " to their last step" if isinstance(sli.value, Selector) else ""
    gone = "bad" if sli.missing_is_bad else "not counted"
    others = [cell.limit.text for cell in slo.cells if cell.limit and cell.limit != sli.limit]
    limits = f"{', '.join(others)} or {sli.limit.text}" if others else sli.limit.text
    words = f"slices that just hold {limits} as good and those that just fail it as bad{edges}; missing ones are {gone}"
    return Claim(subject, "counting", words, (test,))


def _play(sli: TimeSlices, found: Sliced, prometheus: Prometheus) -> _Play:
    step, late = prometheus.step, prometheus.delay
    lasts = math.ceil((sli.slice.seconds + late.seconds + _LOOKBACK) / step.seconds) + _SPARE
    scrape = step.seconds / SCRAPES
    more = next(more for more in range(1, SCRAPES + 1) if ((more - 1) * scrape + late.seconds) % step.seconds)
    return _Play(sli, found, step, late, lasts * SCRAPES, more)


def _series(level: Level, play: _Play) -> Series:
    """A counter grows on from what it was; a gauge is where it is at any time."""
    phases = ((play.lasts + play.more, level.holds), (play.lasts, level.fails), (play.lasts, level.holds))
    parts, place, now = [], 0, Decimal(0)
    for scrapes, (start, each) in phases:
        first = now + each if level.grows else start + each * place
        parts.append(f"{plain(first)}{'+' if each >= 0 else ''}{plain(each)}x{scrapes - 1}" if each else f"{plain(first)}x{scrapes - 1}")
        now, place = now + each * scrapes, place + scrapes
    return Series(series(level.raw[0], dict(level.raw[1])), f"{' '.join(parts)} _x{play.lasts}")


def _expected(slo: Slo, play: _Play) -> Iterator[Expected]:
    good, bad = play.found.parts(bad=False), play.found.parts(bad=True)
    moments: list[tuple[int, Sequence[Part]]] = [(play.end_of(1), good), (play.end_of(2), bad), (play.end_of(3), good)]
    if isinstance(play.sli.value, Selector):
        first, last = play.first_bad(), play.last_bad()
        moments[1:1] = [(first - 1, good), (first, bad)]
        moments[4:4] = [(last, bad), (last + 1, good)]
    moments.append((play.end_of(4), bad if play.sli.missing_is_bad else ()))
    for at, parts in moments:
        yield from counts(slo, _RECORDS, parts, times(play.step, at))
