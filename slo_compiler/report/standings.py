"""How promises stand, as values: what a page shows of an SLO at one moment, each number in its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slo_compiler.dashboards import Panel, Place, Query
from slo_compiler.pages import behind, numbers, trends
from slo_compiler.pages.columns import CATEGORIES, Column
from slo_compiler.pages.measures import Measure
from slo_compiler.pages.states import NOT_MEASURED, STATES, State
from slo_compiler.report.figures import said, word

_ANYWHERE = Place(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number under its name, as the page shows it; `number` is None where a word stands in its place."""

    name: str
    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """The SLO that is told of: as people call it, and its identity; `quantile` is what its number is (`p95`), where it is one."""

    title: str = ""
    service: str = ""
    id: str = ""
    name: str = ""
    quantile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an SLO stands, or that a category has none: then `measure` is None. Figures are None where the page shows none.

    `last` is the trend, or of money what is left.
    """

    category: str
    who: Who
    state: State
    measure: Measure | None
    now: Figure
    target: Figure | None = None
    last: Figure | None = None
    budget: Figure | None = None
    others: Figure | None = None
    computed: Figure | None = None
    fails: Figure | None = None
    measured: Figure | None = None
    sample: Figure | None = None

    @property
    def facts(self) -> tuple[Figure, ...]:
        """What is behind the number, in the order of the page."""
        found = (self.budget, self.others, self.computed, self.fails, self.measured, self.sample)
        return tuple(one for one in found if one)

    @property
    def trend(self) -> str:
        """The meaning of the trend, without its arrow: better, worse, same, lower, higher or too early; empty where there is none."""
        return self.last.text.rpartition(trends.CLOSE)[2] if self.last and self.last.name == trends.TREND else ""

    @property
    def is_young(self) -> bool:
        """Whether a part of the window has no data yet; a period of the calendar is never full before its end."""
        if self.measured is None or self.measure is None or isinstance(self.measure.span, str):
            return False
        return self.measured.text != behind.whole(self.measure.span)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the moment of all its numbers in epoch seconds (None where nobody told), and how the leaders of the four categories stand."""

    title: str
    at: float | None
    standings: tuple[Standing, ...]


def panels(column: Column) -> tuple[Panel, Panel]:
    """The number beside its target, and what is behind it."""
    return numbers.panel(column, _ANYWHERE), behind.panel(column, _ANYWHERE)


def figure(query: Query, number: float) -> Figure:
    """An answer as the page shows it."""
    return Figure(query.name, said(query, number), None if word(query, number) and query.name != trends.TREND else number)


def standing(column: Column, who: Who, state: State, measure: Measure, told: Mapping[str, Figure]) -> Standing:
    """How an SLO stands, from figures by their names."""
    measured = f"{behind.MEASURED} this {measure.span}" if isinstance(measure.span, str) else behind.MEASURED
    return Standing(
        category=column.category, who=who, state=state, measure=measure,
        now=told.get(measure.over) or Figure(measure.over, NOT_MEASURED.word),
        target=told.get(measure.promised),
        last=told.get(numbers.LEFT if measure.kind == "money" else trends.TREND),
        budget=told.get(behind.BUDGET),
        others=told.get(behind.other_slos(column.others)),
        computed=told.get(behind.COMPUTED),
        fails=told.get(behind.FAILS),
        measured=told.get(measured),
        sample=told.get(behind.SAMPLE),
    )  # fmt: skip


def nobody(category: str) -> Standing:
    """What the page shows of a category without an SLO."""
    return Standing(category=category, who=Who(f"No {category} SLO"), state=NOT_MEASURED, measure=None, now=Figure("Now", NOT_MEASURED.word))


def counts(standings: Iterable[Standing]) -> dict[str, int]:
    """How many SLOs are in each state, by its word, the worst first."""
    found = Counter(one.state for one in standings if one.measure)
    return {state.word: found[state] for state in STATES if found[state]}


def counted(standings: Iterable[Standing]) -> str:
    """`1 breached, 2 burning, 10 healthy`; empty where there is no SLO."""
    return ", ".join(f"{count} {word.lower()}" for word, count in counts(standings).items())


def worst_first(standings: Iterable[Standing]) -> list[Standing]:
    """By category, then the worst state, then the smallest budget; what nobody knows comes last."""

    def order(one: Standing) -> tuple[int, int, float]:
        budget = one.budget.number if one.budget else None
        return CATEGORIES.index(one.category), -one.state.code, float("inf") if budget is None else budget

    return sorted(standings, key=order)
