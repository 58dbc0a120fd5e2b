"""The past of an SLO: what its rules would have recorded had they always run, from a server that has the raw series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from slo_compiler import names, periods
from slo_compiler.backfill.asking import SUFFIX, Answers, Questions, questions, running_since
from slo_compiler.backfill.history import History, Row
from slo_compiler.backfill.text import LAST_LINE, Written, head
from slo_compiler.backfill.times import Grid, Piece, grid, grid_before
from slo_compiler.ir import Bundle, RecordingRule
from slo_compiler.lower.clocks import selector
from slo_compiler.model import Check, Prometheus, Slo, Spec, Spending, Tail

__all__ = [
    "SUFFIX",
    "Answers",
    "Grid",
    "Nothing",
    "Past",
    "beyond_us",
    "grid",
    "grid_before",
    "lines",
    "longest",
    "past",
    "running_since",
]


class Nothing(Exception):  # noqa: N818  # told by the command
    """No SLO has raw data, so that there is nothing to write."""


@dataclass(slots=True)
class Past:
    """The past of one SLO: where and how to look, and afterwards what was written."""

    slo: Slo
    service: Sequence[Slo]
    rules: Mapping[str, RecordingRule]
    asked: Questions
    grid: Grid
    prometheus: Prometheus
    written: Written = field(default_factory=Written)

    @property
    def pieces(self) -> list[Piece]:
        """All that is asked for, the steps up to the seam last."""
        beyond = self.grid.beyond()
        return [*self.grid.pieces(), *([beyond] if beyond else [])]


def past(slo: Slo, spec: Spec, bundle: Bundle, grid: Grid) -> Past:
    """The past of an SLO between the ends of a grid, not yet computed."""
    service = next(one for one in bundle.services if one.service == slo.service)
    recorded = [rule for group in service.groups for rule in group.rules if isinstance(rule, RecordingRule)]
    rules = {rule.record: rule for rule in recorded if rule.labels.get("slo_id") == slo.id}
    clocks = {selector(names.CLOCK, slo.service, rule.labels["slo_zone"]): rule.expr for rule in recorded if rule.record == names.CLOCK}
    return Past(slo, [one for one in spec.slos if one.service == slo.service], rules, questions(slo, rules, clocks), grid, spec.prometheus)


def beyond_us(one: Slo | Spending | Check) -> str:
    """Why the past of a promise cannot be computed; empty where it can."""
    what = ""
    if isinstance(one, Spending | Check):
        what = "money" if isinstance(one, Spending) else "a check"
    elif isinstance(one.sli, Tail):
        what = "a limit that moves (`tail`)"
    return f"the past of {what} cannot be computed" if what else ""


def longest(slo: Slo) -> float:
    """The longest window of an SLO, in seconds: so much past fills all of them."""
    own = periods.longest(slo.calendar) if slo.calendar else slo.window.seconds
    return float(max([own, *(tier.long.seconds for tier in slo.alerting.tiers)]))


def lines(pasts: Sequence[Past], answers: Answers, tick: Callable[[], None]) -> Iterator[str]:
    """All pasts as OpenMetrics text; `tick` is called after each piece. Raises RemoteFailure, OSError, and Nothing where there is no data at all."""
    for one in pasts:
        yield from _lines(one, answers, tick)
    if not any(one.written.samples for one in pasts):
        raise Nothing
    yield LAST_LINE


def _lines(one: Past, answers: Answers, tick: Callable[[], None]) -> Iterator[str]:
    history = History(one.slo, one.service, one.rules, one.prometheus)
    for piece in one.pieces:
        told = answers.told(one.asked, piece)
        rows: Iterator[Row] = history.rows(piece, told)
        if piece.end == one.grid.end:
            rows = chain(rows, history.last_hours(piece))
        if one.grid.seam and piece.start == one.grid.end:
            rows = history.seam(piece, told, one.grid.seam)
        for name, labels, moments, values in rows:
            yield one.written.add(head(name, labels), moments, values, counts=name == names.TOTAL_DELTA)
        tick()
