"""Long windows, cheaply: hours that are over are summed once; a long window reads these, and what came and left since.

At 10:20 the finished hours reach to 9:00, because the hour from 9 to 10 is written down some time between 10 and 11, and is relied on
from 11 on. What is `recent`, from 9:00 on, is added; what lies between 9:00 and 10:20 on the day that leaves the window is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import RecordingRule
from slo_compiler.lower.shapes import Shapes
from slo_compiler.quantities import Duration

STAGE = Duration(Decimal(300))
HOUR = Duration(Decimal(3600))
INTERVAL = Duration(Decimal(1800))  # each hour is written twice, so that a restart at the wrong moment loses none
_LONG = Duration(Decimal(2 * 86400))  # up to here a window is read from its 5m sums


def are_worth_it(window: Duration) -> bool:
    """Whether a window is read from hours."""
    return window > _LONG and window.milliseconds % HOUR.milliseconds == 0


@dataclass(frozen=True, slots=True)
class Quantity:
    """What long windows add up: `kind` is bad, total or measured, `function` is how 5m sums become an hour."""

    kind: str
    series: str
    function: str = "sum"

    @classmethod
    def bad(cls) -> Quantity:
        """Bad events."""
        return cls("bad", names.bad_sum(STAGE))

    @classmethod
    def total(cls) -> Quantity:
        """All events."""
        return cls("total", names.total_sum(STAGE))

    @classmethod
    def measured(cls) -> Quantity:
        """Five minutes for which there is data."""
        return cls("measured", names.total_sum(STAGE), "count")


def finished(quantity: Quantity, service: str, shapes: Shapes) -> RecordingRule:
    """The last hour that is over, written in the hour after it."""
    return RecordingRule(names.hour(quantity.kind), _marks("hour", quantity, service, shapes), {})


def recent(quantity: Quantity, service: str, shapes: Shapes) -> RecordingRule:
    """What is not relied on as an hour yet."""
    return RecordingRule(names.recent(quantity.kind), _marks("recent", quantity, service, shapes), {})


def _marks(leaf: str, quantity: Quantity, service: str, shapes: Shapes) -> str:
    return shapes.promql(leaf, function=quantity.function, series=of(quantity.series, service))


def window(quantity: Quantity, length: Duration, service: str, shapes: Shapes) -> str:
    """What a window holds now."""
    function, series, span = quantity.function, of(quantity.series, service), less_a_millisecond(length)
    if not are_worth_it(length):
        return shapes.promql("window", function=function, series=series, range=f"{span}:{STAGE}")
    hour, newest = (of(name(quantity.kind), service) for name in (names.hour, names.recent))
    return shapes.promql("long_window", hour=hour, recent=newest, range=span, function=function, series=series, window=str(length))


def of(record: str, service: str, pin: str = "") -> str:
    """The series of all SLOs of a service, or of those that a matcher pins."""
    return names.selector(record, f'slo_service="{service}"', pin)


def less_a_millisecond(length: Duration) -> str:
    """The range that holds each step once, in closed (Prometheus 2) and left-open (3) ranges."""
    return f"{length.milliseconds - 1}ms"
