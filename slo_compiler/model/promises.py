"""Promises: what all have in common, shares of good events, and money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from slo_compiler import units
from slo_compiler.clock import Dated, Weekly, Zone
from slo_compiler.diagnostics import Where
from slo_compiler.model.alerting import Alerting
from slo_compiler.model.slis import Histogram, Limit, SelectedEvents, Sli, TimeSlices
from slo_compiler.promql import Selector
from slo_compiler.quantities import Duration, Ratio

#: (label, operator, value); the operators are = and !=.
Matchers = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """The part of an SLO's label values that shares one objective and one limit; the cells of an SLO do not overlap.

    `matchers` pick it from the SLO's own series.
    """

    matchers: Matchers
    objective: Ratio
    limit: Limit | None
    name: str = ""  # the override's values, for messages


@dataclass(frozen=True, slots=True)
class Sla:
    """The outside promise beside the inside target."""

    objective: Ratio
    window: Duration
    where: Where


@dataclass(frozen=True, slots=True)
class Calendar:
    """A window that begins anew with each `period` (month, week, quarter) in a time zone."""

    period: str
    zone: Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all promises say, whatever they measure. `id` is the identity label; `window` is of a calendar's period the usual length: 30d, 7d, 90d."""

    id: str
    service: str
    name: str
    category: str
    title: str
    description: str
    owner: str
    window: Duration
    calendar: Calendar | None
    by: tuple[str, ...]
    headline: bool
    revision: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    links: Mapping[str, str]
    where: Where
    window_at: Where  # where it is said: in the SLO, or in the defaults
    allow: tuple[tuple[str, Where], ...] = ()

    @property
    def full_name(self) -> str:
        """How people call it: `chat-gateway/ttft`."""
        return f"{self.service}/{self.name}"

    @property
    def span(self) -> Duration | str:
        """What its sums are over: its window, or the period of its calendar."""
        return self.calendar.period if self.calendar else self.window

    def keywords(self) -> dict[str, Any]:
        """Its values by name, for the promise that they become a part of."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(Common):
    """What all promises have."""

    alerting: Alerting


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished(Promise):
    """What could be understood of a promise with a mistake in it, so that its other mistakes are told in the same run.

    Stand-ins, in which nothing is wrong, fill in what could not be understood; `sli` is that of a share of good events.
    """

    sli: Sli | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo(Promise):
    """A share of good events. `cells` has one member unless single label values have other numbers."""

    objective: Ratio
    cells: tuple[Cell, ...]
    sli: Sli
    sampled: bool
    budgeted: bool
    sla: Sla | None
    expected_rate: Decimal | None
    exclude: tuple[Weekly | Dated, ...]
    only: tuple[Weekly, ...]
    objective_at: Where  # where it is said: in the SLO, or in the defaults

    @property
    def kind(self) -> str:
        """What its number is: the `value` of a quantile, or the good share of events (`share`) or of `time`."""
        if isinstance(self.sli, Histogram) and self.sli.step is None:
            return "value"
        return "time" if isinstance(self.sli, TimeSlices) else "share"

    @property
    def better(self) -> str:
        """Which way its number gets better: lower or higher."""
        return "lower" if self.kind == "value" and isinstance(self.sli, Histogram) and self.sli.at_most else "higher"

    @property
    def freezes(self) -> bool:
        """Whether an alert speaks when the budget is spent."""
        return self.budgeted and self.alerting.policy != "none" and "exhausted" not in self.alerting.disable

    @property
    def is_masked(self) -> bool:
        """Whether some hours do not count."""
        return bool(self.exclude or self.only)

    @property
    def is_counted(self) -> bool:
        """Whether the events are things that happen one by one; dollars, tokens, seconds, bytes and minutes are not, and get no test against chance."""
        if isinstance(self.sli, SelectedEvents):
            return units.of_metric(self.sli.total.metric) is None
        return not isinstance(self.sli, TimeSlices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending(Promise):
    """Money that may be spent in a window, as a counter of it tells; the last one of the limits is for the values that have none of their own."""

    metric: Selector
    limits: tuple[tuple[Matchers, Decimal], ...]
    unit: str

    @property
    def kind(self) -> str:
        """What its number is: money."""
        return "money"

    @property
    def better(self) -> str:
        """Which way its number gets better."""
        return "lower"

    @property
    def freezes(self) -> bool:
        """Whether an alert speaks when all is spent."""
        return "exhausted" not in self.alerting.disable
