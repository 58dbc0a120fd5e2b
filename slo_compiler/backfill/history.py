"""What the rules of one SLO would have recorded, computed from its deltas: window sums, coverage, good share, budget and constants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names, periods
from slo_compiler.backfill.tally import Reach, Tally, Values, at_slow, up_to_marks
from slo_compiler.backfill.times import MARK, Piece, Span
from slo_compiler.ir import RecordingRule
from slo_compiler.lower.hours import HOUR, STAGE, Quantity
from slo_compiler.lower.shapes import objective_cells
from slo_compiler.lower.windows import Long, lengths
from slo_compiler.model import SHORT_WINDOW, Calendar, Cell, Prometheus, Slo
from slo_compiler.quantities import Duration, plain

Key = tuple[tuple[str, str], ...]  # the labels of one value of `by`
Deltas = Mapping[Key, Values]
Row = tuple[str, Mapping[str, str], range, Values]  # name, labels, moments, a value a moment

_Window = Duration | str
_TWO_HOURS = Duration(Decimal(7200))


@dataclass(frozen=True, slots=True)
class Told:
    """What the server tells of a piece: the deltas at each step, and the quantile at each slow one where there is one."""

    total: Deltas
    bad: Deltas
    value: Deltas


class History:
    """The recorded series of an SLO, piece after piece. Templates of the user's for what is computed here are not known to it."""

    def __init__(self, slo: Slo, service: Sequence[Slo], rules: Mapping[str, RecordingRule], prometheus: Prometheus) -> None:
        self._slo, self._rules, self._ago = slo, rules, prometheus.ago
        self._own = names.identity(slo.id, slo.name, slo.service)
        self._windows = lengths(service)
        self._slow = Long.of(slo.service, service)
        longest = max(_TWO_HOURS, *(window for window in self._windows if window <= SHORT_WINDOW))
        furthest = max(self._windows[-1].milliseconds, periods.longest(slo.calendar) * 1000 if slo.calendar else 0)
        self._reach = Reach(longest.milliseconds // prometheus.step.milliseconds + 1, furthest // MARK + 1)
        self._total: dict[Key, Tally] = {}
        self._bad: dict[Key, Tally] = {}

    def rows(self, piece: Piece, told: Told) -> Iterator[Row]:
        """All that the rules would have recorded in a piece. Before the first event is known of, nothing is."""
        self._extend(piece, told)
        if not self._total:
            return
        yield from self._fast(piece, told)
        sums = _Sums(piece, self._total, self._bad, self._slo.calendar, self._ago)
        yield from self._long(sums)
        yield from self._hours(piece)
        yield from self._judged(sums)
        yield from self._constants(sums)
        yield from self._value(sums, told)

    def last_hours(self, piece: Piece) -> Iterator[Row]:
        """The hour before the one in which the past ends, and what is known of this one.

        Running rules write this one down without what was before them: so that nothing is lost, it counts an hour earlier.
        """
        at, (begin, end) = range(piece.last_written, piece.last_written + 1), piece.last_hour
        for kind, tallies in self._kinds(self._slow.by_the_hour):
            for key, tally in sorted(tallies.items()):
                value = tally.counts(piece, [(begin, end)])[0] if kind == "measured" else tally.since(piece, begin)
                yield names.hour(kind), self._labels(key), at, [value]

    def seam(self, piece: Piece, told: Told, at: int) -> Iterator[Row]:
        """The 5m sums at the first mark that running rules reached, which lack what was before them."""
        self._extend(piece, told)
        for name, tallies in ((names.bad_sum(STAGE), self._bad), (names.total_sum(STAGE), self._total)):
            for key, tally in sorted(tallies.items()):
                yield name, self._labels(key), range(at, at + 1), tally.short(piece, MARK)[-1:]

    def _extend(self, piece: Piece, told: Told) -> None:
        nothing: Values = [None] * len(piece.steps)
        for tallies, deltas in ((self._total, told.total), (self._bad, told.bad)):
            for key in deltas:
                if key not in tallies:
                    tallies[key] = Tally(self._reach)
            for key, tally in tallies.items():
                tally.extend(piece, deltas.get(key, nothing))

    def _labels(self, key: Key) -> dict[str, str]:
        return {**dict(key), **self._own}

    # --- the fast group --------------------------------------------------------------------------------------------------------------

    def _fast(self, piece: Piece, told: Told) -> Iterator[Row]:
        for name, deltas in ((names.TOTAL_DELTA, told.total), (names.BAD_DELTA, told.bad)):
            for key, values in sorted(deltas.items()):
                yield name, self._labels(key), piece.steps, values
        for window in self._windows:
            if window <= SHORT_WINDOW:
                for name, tallies in ((names.bad_sum(window), self._bad), (names.total_sum(window), self._total)):
                    for key, tally in sorted(tallies.items()):
                        sums = tally.short(piece, window.milliseconds)
                        yield name, self._labels(key), piece.steps, up_to_marks(piece, sums) if window == STAGE else sums

    # --- the slow group --------------------------------------------------------------------------------------------------------------

    def _long(self, sums: _Sums) -> Iterator[Row]:
        own = (self._slo.span,) if self._slo.calendar else ()
        for window in (*self._windows, *own):
            if isinstance(window, str) or window > SHORT_WINDOW:
                for name, found in ((names.bad_sum(window), sums.bad(window)), (names.total_sum(window), sums.total(window))):
                    yield from self._rows(name, sums, found)
        for window in (*self._slow.covered, *own):
            yield from self._rows(names.coverage(window), sums, sums.coverage(window))

    def _hours(self, piece: Piece) -> Iterator[Row]:
        """What windows of days and periods of the calendar are read from."""
        found = (
            (names.recent, self._slow.with_recent, piece.slows, piece.recent),
            (names.hour, self._slow.by_the_hour, piece.half_hours, piece.finished),
        )
        for name, quantities, moments, spans in found:
            for kind, tallies in self._kinds(quantities):
                for key, tally in sorted(tallies.items()):
                    yield name(kind), self._labels(key), moments, (tally.counts if kind == "measured" else tally.sums)(piece, spans)

    def _kinds(self, quantities: Sequence[Quantity]) -> Iterator[tuple[str, Mapping[Key, Tally]]]:
        tallies = {"bad": self._bad, "total": self._total, "measured": self._total}
        return ((one.kind, tallies[one.kind]) for one in quantities)

    def _judged(self, sums: _Sums) -> Iterator[Row]:
        window = self._slo.span
        total, bad, coverage = sums.total(window), sums.bad(window), sums.coverage(window)
        yield from self._rows(names.SLI_RATIO, sums, _joined(_good_share, bad, total))
        if names.BUDGET_REMAINING in self._rules:
            for cell in objective_cells(self._slo):
                allowed = float(plain(cell.objective.budget))
                mine = {key: values for key, values in total.items() if _is_of(cell, key)}
                yield from self._rows(names.BUDGET_REMAINING, sums, _joined(_budget_of(allowed), bad, coverage, mine))

    def _constants(self, sums: _Sums) -> Iterator[Row]:
        yield from self._constant(names.OBJECTIVE, sums, [(cell, cell.objective.value) for cell in objective_cells(self._slo)])
        info = self._rules[names.INFO]
        yield names.INFO, info.labels, sums.piece.slows, [1.0] * len(sums.piece.slows)
        if names.VALUE_TARGET in self._rules:
            limits = [(cell, cell.limit.value) for cell in self._slo.cells if cell.limit]
            same = len({limit for _, limit in limits}) == 1
            yield from self._constant(names.VALUE_TARGET, sums, [(Cell((), self._slo.objective, None), limits[0][1])] if same else limits)

    def _constant(self, name: str, sums: _Sums, numbers: Iterable[tuple[Cell, Decimal]]) -> Iterator[Row]:
        for cell, number in numbers:
            value = float(plain(number))
            if not self._slo.by:
                yield name, self._own, sums.piece.slows, [value] * len(sums.piece.slows)
                continue
            for key, values in sums.total(self._slo.span).items():
                if _is_of(cell, key):
                    yield name, self._labels(key), sums.piece.slows, [None if total is None else value for total in values]

    def _value(self, sums: _Sums, told: Told) -> Iterator[Row]:
        found = told.value if self._slo.kind == "value" else _joined(_good_share, sums.bad(HOUR), sums.total(HOUR))
        yield from self._rows(names.VALUE_1H, sums, found)

    def _rows(self, name: str, sums: _Sums, found: Deltas) -> Iterator[Row]:
        for key, values in sorted(found.items()):
            yield name, self._labels(key), sums.piece.slows, values


class _Sums:
    """Window sums as the slow group reads them in one piece, each computed once; a text as a window is the period of the calendar."""

    def __init__(self, piece: Piece, total: Mapping[Key, Tally], bad: Mapping[Key, Tally], calendar: Calendar | None, ago: int) -> None:
        self.piece = piece
        self._tallies = {"total": total, "bad": bad}
        self._known: dict[tuple[str, _Window], Deltas] = {}
        self._edges = [periods.edges(calendar, piece.last_step(at) // 1000 - ago) for at in piece.slows] if calendar else []

    def total(self, window: _Window) -> Deltas:
        """Events, by value of `by`."""
        return self._of("total", window)

    def bad(self, window: _Window) -> Deltas:
        """Bad events, by value of `by`."""
        return self._of("bad", window)

    def coverage(self, window: _Window) -> Deltas:
        """The share of a window that has data."""
        spans, wholes = self._spans(window), self._marks_in(window)
        found = {key: tally.counts(self.piece, spans) for key, tally in sorted(self._tallies["total"].items())}
        return {key: [None if count is None else count / whole for count, whole in zip(counts, wholes, strict=True)] for key, counts in found.items()}

    def _spans(self, window: _Window) -> list[Span]:
        if isinstance(window, str):
            return [(start * 1000, at) for (start, _), at in zip(self._edges, self.piece.slows, strict=True)]
        return self.piece.windows(window.milliseconds)

    def _marks_in(self, window: _Window) -> list[float]:
        """How many 5m marks a whole window has, at each slow step."""
        if isinstance(window, str):
            return [(end - start) / float(STAGE.seconds) for start, end in self._edges]
        return [float(plain(window.seconds / STAGE.seconds))] * len(self.piece.slows)

    def _of(self, kind: str, window: _Window) -> Deltas:
        if (kind, window) not in self._known:
            self._known[kind, window] = {key: self._sum(tally, window) for key, tally in sorted(self._tallies[kind].items())}
        return self._known[kind, window]

    def _sum(self, tally: Tally, window: _Window) -> Values:
        if isinstance(window, str) or window > SHORT_WINDOW:
            return tally.sums(self.piece, self._spans(window))
        return at_slow(self.piece, tally.short(self.piece, window.milliseconds))


def _joined(compute: Callable[..., float | None], *sides: Deltas) -> Deltas:
    """A value from those of all sides, where all of them have one; the last side tells which values of `by` there are."""
    nothing: Values = []
    found = {}
    for key in sides[-1]:
        columns = [side.get(key, nothing) for side in sides]
        if all(columns):
            found[key] = [None if None in row else compute(*row) for row in zip(*columns, strict=True)]
    return found


def _good_share(bad: float, total: float) -> float | None:
    return 1 - bad / total if total > 0 else None


def _budget_of(allowed: float) -> Callable[[float, float, float], float | None]:
    def left(bad: float, coverage: float, total: float) -> float | None:
        return 1 - bad * coverage / (allowed * total) if total > 0 else None

    return left


def _is_of(cell: Cell, key: Key) -> bool:
    """Whether a value of `by` belongs to a cell."""
    labels = dict(key)
    return all((labels.get(label, "") == value) is (op == "=") for label, op, value in cell.matchers)
