"""The SLOs of a compilation as values: what was promised, freed of YAML, defaults filled in, units resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from slo_compiler import units
from slo_compiler.clock import Dated, Weekly, Zone
from slo_compiler.diagnostics import Where
from slo_compiler.promql import Expression, Selector
from slo_compiler.quantities import Duration, Ratio

#: Windows up to this one are sums of steps, longer ones of 5m sums.
SHORT_WINDOW = Duration(Decimal(6 * 3600))


@dataclass(frozen=True, slots=True)
class SelectedEvents:
    """Counters named by selectors. Either `bad` has at least one member or `good` is set; `negated` tells that `bad` is what a `good` leaves out."""

    total: Selector
    bad: tuple[Selector, ...] = ()
    good: Selector | None = None
    negated: bool = False


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
    """Observations of a histogram on the right side of a limit: `at_most` it, or else at least it."""

    metric: Selector
    at_most: bool
    limit: Limit
    unit: str  # of the limit: s, USD, ...; empty for a plain number
    step: Decimal | None = None  # values move in steps, so that the value on the page is the good share
    native: bool = False


@dataclass(frozen=True, slots=True)
class TimeSlices:
    """Slices of time in which a value held: `at_most` its limit, or else at least it. Each step of the rules looks back one `slice`."""

    value: Selector | Expression
    at_most: bool
    limit: Limit
    slice: Duration
    missing_is_bad: bool


@dataclass(frozen=True, slots=True)
class Tail:
    """Observations of a classic histogram beyond `factor` times their usual `quantile` over the `baseline`; `bounds` are its buckets, ascending."""

    metric: Selector
    factor: Decimal
    quantile: Ratio
    baseline: Duration
    bounds: tuple[Decimal, ...]


Sli = SelectedEvents | ExpressedEvents | Histogram | TimeSlices | Tail


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an alarm needs besides its share: `against` is `threshold` or `objective`."""

    against: str
    alpha: Decimal
    min_events: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """One burn-rate alert of a policy; it has either `burn` or `odds`. `fits` is how often its long window must fit into the SLO's."""

    name: str
    severity: str
    long: Duration
    short: Duration | None
    evidence: Evidence
    burn: Decimal | None = None
    odds: Decimal | None = None
    action: str = ""
    keep_firing_for: Duration | None = None
    fits: int = 2
    where: Where | None = None

    def __hash__(self) -> int:
        """Of the name alone: a few tiers are looked up for every SLO, and hashing all fields would cost more than what is remembered."""
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Alerting:
    """How an SLO alerts. `labels` and `annotations` are for all alerts under the key "", else for the alert of that name."""

    asked: str  # the policy that the SLO names, `default` where it names none, or `inline`
    policy: str
    tiers: tuple[Tier, ...]
    disable: frozenset[str] = frozenset()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    annotations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    no_data: str = "ticket"


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
class Promise:
    """What all promises have. `id` is the identity label; `window` is of a calendar's period the usual length: 30d, 7d, 90d."""

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
    alerting: Alerting
    headline: bool
    revision: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    links: Mapping[str, str]
    where: Where
    window_at: Where  # where it is said: in the SLO, or in the defaults
    allow: tuple[tuple[str, Where], ...] = ()

    @property
    def span(self) -> Duration | str:
        """What its sums are over: its window, or the period of its calendar."""
        return self.calendar.period if self.calendar else self.window


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
    """A quantile of a classic histogram; `last` is its last finite bucket, where it is known."""

    metric: Selector
    quantile: Ratio
    last: Decimal | None


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


@dataclass(frozen=True, slots=True)
class Prometheus:
    """What the rules' Prometheus is like; `version` as (major, minor), None where unknown.

    `retention_stated` tells whether the retention is known or Prometheus' own default.
    """

    step: Duration
    scrape_interval: Duration
    delay: Duration
    retention: Duration
    retention_stated: bool
    target_labels: tuple[str, ...]
    version: tuple[int, int] | None

    @property
    def slow_interval(self) -> Duration:
        """Of the groups with long windows: below the 5m look-back, so that their series never blink."""
        return min(Duration(Decimal(150)), Duration(self.step.seconds * 30))

    @property
    def lookback(self) -> Duration:
        """How far back a counter's last sample may lie."""
        return max(Duration(Decimal(600)), Duration(self.step.seconds * 10))

    @property
    def expression_window(self) -> Duration:
        """What `$window` stands for in a user's expression: 5m, never below five scrapes."""
        return max(Duration(Decimal(300)), Duration(self.scrape_interval.seconds * 5))


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything that one compilation knows. `sources` names the files of each service."""

    promises: tuple[Slo | Spending | Check, ...]
    prometheus: Prometheus
    severities: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]]

    @property
    def slos(self) -> tuple[Slo, ...]:
        """The promises of a share of good events."""
        return tuple([one for one in self.promises if isinstance(one, Slo)])

    @property
    def checks(self) -> tuple[Check, ...]:
        """The values that are judged."""
        return tuple([one for one in self.promises if isinstance(one, Check)])

    @property
    def spendings(self) -> tuple[Spending, ...]:
        """The promises of money."""
        return tuple([one for one in self.promises if isinstance(one, Spending)])
