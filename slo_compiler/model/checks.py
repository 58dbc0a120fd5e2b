"""Values that are judged against a bound, their own past or another SLO."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.diagnostics import Where
from slo_compiler.model.promises import Promise
from slo_compiler.model.slis import SelectedEvents
from slo_compiler.promql import Expression, Selector
from slo_compiler.quantities import Duration, Ratio


@dataclass(frozen=True, slots=True)
class Share:
    """The bad share of events, or the good one."""

    events: SelectedEvents
    is_good: bool


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a histogram or summary."""

    metric: Selector


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of a classic histogram; `bounds` are its buckets, ascending, where they are known."""

    metric: Selector
    quantile: Ratio
    bounds: tuple[Decimal, ...] = ()

    @property
    def last(self) -> Decimal | None:
        """The last finite bucket: no quantile lies above it."""
        return self.bounds[-1] if self.bounds else None


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value as it is."""

    value: Selector | Expression


@dataclass(frozen=True, slots=True)
class Outages:
    """Of what is 1 while it is up: the mean length of outages in seconds, or the mean time `between` them."""

    up: Selector
    between: bool


@dataclass(frozen=True, slots=True)
class OtherSlo:
    """The good share of another SLO of the service, by its name."""

    name: str
    where: Where


Value = Share | Mean | Quantile | Gauge | Outages | OtherSlo


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a value is compared with; one of the three is set."""

    offset: Duration | None = None
    median: Duration | None = None
    slo: OtherSlo | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is too much: `key` is at_most, at_least, changed_by or within; `of_baseline` tells that the number is a multiple or a share of the baseline."""

    key: str
    number: Decimal
    text: str
    of_baseline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Promise):
    """A value that is judged; its `window` is what it is computed over."""

    value: Value
    verdict: Verdict
    baseline: Baseline | None
    fresh: Duration | None
    unit: str

    @property
    def kind(self) -> str:
        """What its number is: a value that is judged, or such a share."""
        return "check_share" if isinstance(self.value, Share | OtherSlo) else "check"

    @property
    def better(self) -> str:
        """Which way its number gets better: lower, higher, or neither (empty)."""
        return {"at_most": "lower", "at_least": "higher"}.get(self.verdict.key, "")

    @property
    def is_bounded(self) -> bool:
        """Whether its bound is a number; some checks are held against their past or another SLO instead."""
        return self.verdict.key.startswith("at_") and not self.verdict.of_baseline
