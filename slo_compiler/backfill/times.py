"""The moments of a past: those at which rules would have been evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MARK = 300_000  # milliseconds; windows beyond 6h are sums of what stands at these marks
_HOUR, _DAY = 3_600_000, 86_400_000
_HALF_AN_HOUR = 1_800_000
_MOST_POINTS = 11_000  # that Prometheus answers to one query

Span = tuple[int, int]  # milliseconds; all after the first up to the second


def seconds(milliseconds: int) -> str:
    """A moment as OpenMetrics writes it: epoch seconds."""
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole}.{rest:03}" if rest else str(whole)


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a past that is computed at a time: all after `start` up to `end`, in milliseconds; `phase` is that of the slow group."""

    start: int
    end: int
    step: int
    slow: int
    phase: int = 0

    @property
    def steps(self) -> range:
        """When the fast group is evaluated."""
        return range(self.start + self.step, self.end + 1, self.step)

    def last_step(self, at: int) -> int:
        """When the fast group was evaluated last."""
        return self.start + (at - self.start) // self.step * self.step

    @property
    def slows(self) -> range:
        """When the slow group is evaluated."""
        return range(self.start + 1 + (self.phase - self.start - 1) % self.slow, self.end + 1, self.slow)

    @property
    def marks(self) -> range:
        """The 5m marks; they are absolute, as in a subquery."""
        return range((self.start // MARK + 1) * MARK, self.end + 1, MARK)

    @property
    def half_hours(self) -> range:
        """When hours that are over are written down."""
        return range((self.start // _HALF_AN_HOUR + 1) * _HALF_AN_HOUR, self.end + 1, _HALF_AN_HOUR)

    def windows(self, length: int) -> list[Span]:
        """The windows that the slow group looks at."""
        return [(at - length, at) for at in self.slows]

    @property
    def recent(self) -> list[Span]:
        """What no hour is relied on for yet, when the slow group looks at it."""
        return [((at // _HOUR - 1) * _HOUR, at) for at in self.slows]

    @property
    def finished(self) -> list[Span]:
        """The hours that are written down."""
        return [((over - 1) * _HOUR, over * _HOUR) for at in self.half_hours for over in [-(-at // _HOUR) - 1]]

    @property
    def last_hour(self) -> Span:
        """The hour before the one in which the piece ends, up to this end."""
        return (self.end // _HOUR - 1) * _HOUR, self.end

    @property
    def last_written(self) -> int:
        """When the last hour is written down: in the hour after it, also where the piece ends with it."""
        return self.end + (self.end % _HOUR == 0)

    def is_last_before_mark(self, at: int) -> bool:
        """Whether a subquery finds at a mark what was recorded at this step."""
        return (at + self.step - 1) // MARK > (at - 1) // MARK


@dataclass(frozen=True, slots=True)
class Grid:
    """The moments of a past: `step` apart and the last one at `end`; all in milliseconds.

    `seam` is the first 5m mark at which running rules stand on steps of this past and on steps of their own.
    """

    start: int
    end: int
    step: int
    slow: int
    seam: int | None = None

    def pieces(self) -> Iterator[Piece]:
        """Days, or half ones where a day has too many steps for one query: each ends with the last step before a full one, whatever the grid's end."""
        length = _DAY if _DAY // self.step <= _MOST_POINTS else _DAY // 2
        before = -self.end % self.step  # from the last step to a full day
        start = self.start
        while start < self.end:
            end = min(self.end, ((start + before) // length + 1) * length - before)
            yield self._piece(start, end)
            start = end

    def beyond(self) -> Piece | None:
        """The steps between the end and the seam."""
        steps = (self.seam - self.end) // self.step if self.seam else 0
        return self._piece(self.end, self.end + steps * self.step) if steps else None

    def _piece(self, start: int, end: int) -> Piece:
        return Piece(start, end, self.step, self.slow, self.end % self.slow)


def grid(start: float, end: float, step: int, slow: int) -> Grid:
    """The grid between two moments at which no rules run.

    It lies half a step beside full minutes: at a mark, Prometheus 2 would find a sample that is exactly its look-back old.
    """
    last = (round(end * 1000) - step // 2) // step * step + step // 2
    return Grid(last - max(0, last - round(start * 1000)) // step * step, last, step, slow)


def grid_before(start: float, begin: float, step: int, slow: int, *, own: int, now: float) -> Grid:
    """The grid up to rules that run since `begin`, each `own` milliseconds: one of their steps earlier, so that each event is counted once.

    When they reach their first 5m mark, their 5m sum lacks what was before them, and would lack it in all long windows.
    """
    first = round(begin * 1000)
    end, seam = first - own, -(-first // MARK) * MARK
    partial = (seam - first) % own != 0 and end > seam - MARK and seam < now * 1000 - own
    return Grid(end - max(0, end - round(start * 1000)) // step * step, end, step, slow, seam if partial else None)
