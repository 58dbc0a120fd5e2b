"""Hours that do not count: the same traffic for a week, and what is counted of it around each edge of the hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from slo_compiler import names
from slo_compiler.clock import DAY, WEEK, Dated, Weekly
from slo_compiler.model import Prometheus, Slo, Spec, TimeSlices
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import Claim, Test
from slo_compiler.ruletest.endings import HALF_AN_HOUR
from slo_compiler.ruletest.raw import SCRAPES, State, counts
from slo_compiler.ruletest.values import times

_FIRST = 2  # half hours: by then all counters are known
_READ = 5  # steps, with some to spare: how far back counters are read
_THURSDAY = 3 * DAY  # promtool begins with 1970, which was one; weeks begin on Mondays


def claim(slo: Slo, states: Sequence[State], spec: Spec) -> Claim:
    """What is said of an SLO of which some hours do not count; each of the states lasts a week."""
    subject = slo.full_name
    moments = list(_moments(slo, spec.prometheus.ago))
    spans = _spans([number for number, _ in moments], slo, spec.prometheus)
    tests = tuple(_test(f"{subject}: counting: {state.words}", slo, state, (moments, spans), spec) for state in states)
    said = f"{' and '.join(state.words for state in states)}: counted in the hours that count, none in others, around their edges on each day of a week"
    dated = "; hours by date have no test" if any(isinstance(hours, Dated) for hours in slo.exclude) else ""
    return Claim(subject, "counting", said + dated, weeks=tests)


def _moments(slo: Slo, ago: int) -> Iterator[tuple[int, bool]]:
    """The half hours before and after each edge, on all days, and whether what happened so many seconds ago counts; a day where there is no edge."""
    half = int(HALF_AN_HOUR.seconds)
    counted = [_counts(slo, number * half - ago) for number in range(WEEK // half + _FIRST)]
    edges = {number % (DAY // half) for number in range(_FIRST + 1, len(counted)) if counted[number] != counted[number - 1]}
    for number in range(_FIRST, len(counted)):
        if {number % (DAY // half), (number + 1) % (DAY // half)} & edges or (not edges and number == DAY // half):
            yield number, counted[number]


def _counts(slo: Slo, moment: int) -> bool:
    """Whether a moment (epoch seconds) is in hours that count."""
    return (not slo.only or any(_within(hours, moment) for hours in slo.only)) and not any(_within(hours, moment) for hours in slo.exclude)


def _within(hours: Weekly | Dated, moment: int) -> bool:
    if isinstance(hours, Dated):
        return hours.start <= moment < hours.end
    of_week = (moment + hours.zone.offset + _THURSDAY) % WEEK
    return any(start <= of_week < end for start, end in hours.spans)


def _spans(moments: Sequence[int], slo: Slo, prometheus: Prometheus) -> list[tuple[int, int]]:
    """The scrapes that moments need: what looks back over days must not find more than promtool reads."""
    before = _READ * prometheus.step.seconds + prometheus.delay.seconds + max(prometheus.expression_window.seconds, _slice(slo))
    scrape = prometheus.step.seconds / SCRAPES
    found: list[tuple[int, int]] = []
    for number in moments:
        at = number * HALF_AN_HOUR.seconds
        begin, end = max(int((at - before) / scrape), 0), int(at / scrape) + 1
        is_joined = bool(found) and begin <= found[-1][1]
        found = [*found[:-1], (found[-1][0], end)] if is_joined else [*found, (begin, end)]
    return found


def _slice(slo: Slo) -> Decimal:
    return slo.sli.slice.seconds if isinstance(slo.sli, TimeSlices) else Decimal(0)


def _test(what: str, slo: Slo, state: State, when: tuple[Sequence[tuple[int, bool]], Sequence[tuple[int, int]]], spec: Spec) -> Test:
    moments, spans = when
    pace = Duration(spec.prometheus.step.seconds / SCRAPES)
    none = [replace(part, total=0, bad=Decimal(0)) for part in state.parts]
    records = (names.TOTAL_DELTA, names.BAD_DELTA)
    expected = [one for number, is_counted in moments for one in counts(slo, records, state.parts if is_counted else none, times(HALF_AN_HOUR, number))]
    why = "The same around each edge of the hours, on each day of a week from Thursday, 1970-01-01T00:00Z on: counted in those that count, and in no other."
    return Test(slo.full_name, what, why, pace, tuple(line.within(spans) for line in state.lines), tuple(expected))
