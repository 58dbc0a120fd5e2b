"""What the deltas of one series add up to: running sums from which every window is a subtraction, kept as far back as windows reach."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slo_compiler.backfill.times import MARK, Piece, Span

Values = list[float | None]  # one a moment; None where a rule would have yielded nothing


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back windows look: so many steps, and so many 5m marks."""

    steps: int
    marks: int


class _Running:
    """A running sum and how much is in it; index `reach` is the beginning of the current piece.

    A window is a subtraction. Equal sums at both of its ends are exactly zero apart, whatever was added before.
    """

    def __init__(self, reach: int) -> None:
        self.reach = reach
        self.sums, self.seen = array("d", bytes(8 * (reach + 1))), array("q", bytes(8 * (reach + 1)))

    def forget(self) -> None:
        """Keep what the windows of the next piece reach."""
        del self.sums[: -(self.reach + 1)]
        del self.seen[: -(self.reach + 1)]

    def between(self, begins: Sequence[int], ends: Sequence[int]) -> Values:
        """The sums of windows, where anything is in them."""
        sums, seen = self.sums, self.seen
        return [sums[end] - sums[begin] if seen[end] > seen[begin] else None for begin, end in zip(begins, ends, strict=True)]


class Tally:
    """The deltas of one series: sums at each step, and at each 5m mark with the number of marks that have data."""

    def __init__(self, reach: Reach) -> None:
        self._steps, self._marks = _Running(reach.steps), _Running(reach.marks)

    def extend(self, piece: Piece, values: Iterable[float | None]) -> None:
        """Go on with the deltas of the next piece, one a step."""
        self._steps.forget()
        self._marks.forget()
        sums, seen = self._steps.sums, self._steps.seen
        total, count = sums[-1], seen[-1]
        for value in values:
            if value is not None:
                total += value
                count += 1
            sums.append(total)
            seen.append(count)
        self._mark(piece)

    def _mark(self, piece: Piece) -> None:
        """A subquery finds at a mark the 5m sum of the last step before it."""
        stage = MARK // piece.step
        for mark in piece.marks:
            at = self._steps.reach + (mark - piece.start) // piece.step
            self._marks.sums.append(self._steps.sums[at])
            self._marks.seen.append(self._marks.seen[-1] + (self._steps.seen[at] > self._steps.seen[at - stage]))

    def short(self, piece: Piece, window: int) -> Values:
        """The sums over a window of steps, at each step."""
        first, steps = self._steps.reach + 1, -(-window // piece.step)
        ends = range(first, first + len(piece.steps))
        return self._steps.between(range(ends.start - steps, ends.stop - steps), ends)

    def since(self, piece: Piece, begin: int) -> float | None:
        """The sum of the steps of a piece, or shortly before it, that follow a moment."""
        return self.short(piece, piece.end - begin)[-1]

    def sums(self, piece: Piece, spans: Iterable[Span]) -> Values:
        """The sums of what stands at the 5m marks of spans."""
        return self._marks.between(*self._edges(piece, spans))

    def counts(self, piece: Piece, spans: Iterable[Span]) -> Values:
        """How many 5m marks of spans have data."""
        seen = self._marks.seen
        return [seen[end] - seen[begin] or None for begin, end in zip(*self._edges(piece, spans), strict=True)]

    def _edges(self, piece: Piece, spans: Iterable[Span]) -> tuple[list[int], list[int]]:
        """Where the last mark before a span stands, and the last one in it."""
        first = self._marks.reach - piece.start // MARK
        edges = [(first + begin // MARK, first + end // MARK) for begin, end in spans]
        return [begin for begin, _ in edges], [end for _, end in edges]


def at_slow(piece: Piece, values: Values) -> Values:
    """Of values at each step those that the slow group finds: the last ones."""
    found = ((at - piece.start) // piece.step - 1 for at in piece.slows)
    return [values[index] if index >= 0 else None for index in found]


def up_to_marks(piece: Piece, values: Values) -> Values:
    """5m sums without those that follow the last mark at which there is one.

    A text cannot say that a series ends here: at the next mark, a subquery would find what it has counted already.
    """
    kept, is_there = list(values), False
    for index in reversed(range(len(kept))):
        if piece.is_last_before_mark(piece.steps[index]):
            is_there = kept[index] is not None
        if not is_there:
            kept[index] = None
    return kept
