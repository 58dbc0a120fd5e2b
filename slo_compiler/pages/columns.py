"""Which SLO leads a category, and how it is read: known here, or one of several that is chosen when the page opens."""

from __future__ import annotations

from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.dashboards import Variable
from slo_compiler.model import Check, Slo, Spec
from slo_compiler.pages import queries
from slo_compiler.pages.measures import Measure, Promised, different, measure
from slo_compiler.quantities import Duration

CATEGORIES = ("latency", "quality", "cost", "availability")


@dataclass(frozen=True, slots=True)
class Column:
    """A category of a page: its `leader`, or the `candidates` of which the one leads that burns fastest; neither where it has no SLO."""

    category: str
    leader: Promised | None
    candidates: tuple[Slo, ...]
    others: int
    measures: tuple[Measure, ...]
    step: Duration  # of the rules

    @property
    def pinned(self) -> str:
        """The matcher of the leader's series."""
        return queries.chosen(self.category)

    @property
    def subjects(self) -> tuple[Promised, ...]:
        """All that may lead."""
        return (self.leader,) if self.leader else self.candidates

    @property
    def title(self) -> str:
        """What the leader is called."""
        if self.leader:
            return f"{self.leader.title} · {self.leader.service}"
        return f"${self.category}_title · ${self.category}" if self.candidates else f"No {self.category} SLO"

    @property
    def is_known(self) -> bool:
        """Whether all that may lead is read in one way."""
        return len(self.measures) == 1

    @property
    def has_bound(self) -> bool:
        """Whether a number was promised; some checks are held against their past instead."""
        return not isinstance(self.leader, Check) or self.leader.is_bounded

    def gated(self, expr: str, one: Measure) -> str:
        """An expression that is silent where the leader is read differently; itself where that is known."""
        return expr if self.is_known else f"({expr})\nand on () ({queries.is_read_so(self.pinned, one)})"

    def variables(self) -> list[Variable]:
        """What the queries of the column name."""
        if self.leader or not self.candidates:
            return [Variable(self.category, self.leader.id if self.leader else "none")]
        first, title = self.candidates[0], f"{self.category}_title"
        return [
            Variable(self.category, first.id, f"query_result({self.fastest})", '/slo_id="([^"]+)"/'),
            Variable(title, first.title, f"query_result({names.INFO}{{{self.pinned}}})", '/slo_title="(.+?)"[,}]/'),
        ]

    @property
    def fastest(self) -> str:
        """The query that finds who leads among the candidates."""
        return queries.fastest(self.category, sorted({one.service for one in self.candidates}))

    @property
    def has_budget(self) -> bool:
        """Whether what leads has an error budget; where that is not known, it has."""
        return self.leader.budgeted if isinstance(self.leader, Slo) else not isinstance(self.leader, Check)


def columns(spec: Spec) -> list[Column]:
    """The four categories, in their order."""
    return [_column(category, [one for one in spec.promises if one.category == category], spec.prometheus.step) for category in CATEGORIES]


def _column(category: str, promises: list[Promised], step: Duration) -> Column:
    headline = next((one for one in promises if one.headline), None)
    alerting = [one for one in promises if isinstance(one, Slo) and one.alerting.policy != "none"]
    known = headline or (None if len(alerting) > 1 else next(iter([*alerting, *promises]), None))
    measures = [measure(known)] if known else different(alerting)
    return Column(category, known, () if known else tuple(alerting), max(len(promises) - 1, 0), tuple(measures), step)
