"""How all SLOs stand, as the lines of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from slo_compiler.pages import trends
from slo_compiler.report.standings import Figure, Standing, worst_first

_HEAD = ("", "SLO", "value", "target", "trend", "budget left", "measured")
_NONE, _LEADS = "–", "*"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: an SLO's, its first cell its state; or else a heading."""

    text: str
    standing: Standing | None = None

    @property
    def word(self) -> str:
        """The state, which stands after the mark of the leader."""
        return self.standing.state.word if self.standing else ""


def lines(found: Sequence[Standing], leading: Collection[str]) -> Iterator[Line]:
    """The table: a heading a category, the worst SLO first, `*` before those that lead."""
    ordered = worst_first(found)
    rows = [_HEAD, *map(_cells, ordered)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield Line(_joined(" ", _HEAD, widths))
    for category, members in groupby(ordered, lambda one: one.category):
        yield Line(category.capitalize())
        for one in members:
            yield Line(_joined(_LEADS if one.who.id in leading else " ", _cells(one), widths), one)


def _joined(mark: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{mark} {'  '.join(padded)}".rstrip()


def _cells(one: Standing) -> tuple[str, ...]:
    trend = one.last if one.last and one.last.name == trends.TREND else None
    name = f"{one.who.service}/{one.who.name}"
    return (one.state.word, name, one.now.text, *(_text(figure) for figure in (one.target, trend, one.budget, one.measured)))


def _text(figure: Figure | None) -> str:
    return figure.text.replace(trends.CLOSE, " ") if figure else _NONE
