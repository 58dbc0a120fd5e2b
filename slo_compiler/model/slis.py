"""What an SLO measures, for each kind of SLI."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.promql import Expression, Selector
from slo_compiler.quantities import Duration, Ratio


@dataclass(frozen=True, slots=True)
class SelectedEvents:
    """Counters named by selectors. Either `bad` has at least one member or `good` is set."""

    total: Selector
    bad: tuple[Selector, ...] = ()
    good: Selector | None = None


@dataclass(frozen=True, slots=True)
class ExpressedEvents:
    """Counts by expressions of the user's, all `per` second or all per window. Either `bad` has a member or `good` is set."""

    total: Expression
    bad: tuple[Expression, ...] = ()
    good: Expression | None = None
    per: str = "second"


@dataclass(frozen=True, slots=True)
class Limit:
    """The bound of a histogram SLI, in the metric's unit.

    `text` is what people read (`600ms`); `below` and `above` are the buckets that measure it: the same for an exact bound, its
    neighbours for an interpolated one; `share` is the weight of `below`.
    """

    value: Decimal
    text: str
    below: Decimal
    above: Decimal
    share: Decimal = Decimal(1)

    @property
    def exact(self) -> bool:
        """Whether one bucket measures the bound."""
        return self.below == self.above


@dataclass(frozen=True, slots=True)
class Histogram:
    """Observations of a histogram on the right side of a limit: `at_most` it, or else at least it; `bounds` are its buckets, ascending, where known."""

    metric: Selector
    at_most: bool
    limit: Limit
    unit: str  # of the limit: s, USD, ...; empty for a plain number
    step: Decimal | None = None  # values move in steps, so that the value on the page is the good share
    native: bool = False
    bounds: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeSlices:
    """Slices of time in which a value held: `at_most` its limit, or else at least it. Each step of the rules looks back one `slice`."""

    value: Selector | Expression
    at_most: bool
    limit: Limit
    slice: Duration
    missing_is_bad: bool

    def two(self, step: Duration) -> int:
        """The bad steps that at least two bad slices have."""
        return int(self.slice.seconds / step.seconds) + 1


@dataclass(frozen=True, slots=True)
class Tail:
    """Observations of a classic histogram beyond `factor` times their usual `quantile` over the `baseline`; `bounds` are its buckets, ascending."""

    metric: Selector
    factor: Decimal
    quantile: Ratio
    baseline: Duration
    bounds: tuple[Decimal, ...]


Sli = SelectedEvents | ExpressedEvents | Histogram | TimeSlices | Tail
