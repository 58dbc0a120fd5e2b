"""The six words for how a promise does, and the query that tells which of them holds: one definition for pages, reports and commands."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.quantities import Duration

_HOUR = Duration(Decimal(3600))


@dataclass(frozen=True, slots=True)
class State:
    """A code that a query yields, the word on its colour, and what it means."""

    code: int
    word: str
    color: str
    meaning: str


BREACHED = State(5, "Breached", "#B00020", f"the error budget is spent, beyond chance (alert {names.EXHAUSTED}), or a check failed ({names.CHECK_FAILED})")
BURNING = State(4, "Burning", "#FFB81C", f"an alert on the burn rate fires ({names.BURN})")
NOT_MEASURED = State(3, "Not measured", "#464B52", "there is no data, or data that cannot be judged")
TOO_CLOSE = State(2, "Too close to call", "#2B57B8", "below the target, but not by more than chance explains")
NO_TRAFFIC = State(1, "No traffic", "#464B52", "nothing happened in the last hour")
HEALTHY = State(0, "Healthy", "#2A9A7A", "none of these")

#: The worst first: the first one that holds is the state.
STATES = (BREACHED, BURNING, NOT_MEASURED, TOO_CLOSE, NO_TRAFFIC, HEALTHY)


def of(code: float | None) -> State:
    """The state of a code; without one nothing is measured."""
    return next((state for state in STATES if state.code == code), NOT_MEASURED)


@dataclass(frozen=True, slots=True)
class Told:
    """What tells the states of a kind of promise.

    `by` what is there while it is measured; `has_budget` and `has_traffic` whether a spent budget and a quiet hour mean something;
    `freezes` whether an alert speaks when the budget is spent: where none does, a spent budget is all that there is to see.
    """

    by: str = names.total_sum(_HOUR)
    has_budget: bool = True
    has_traffic: bool = True
    freezes: bool = True


def query(pinned: str, told: Told) -> str:
    """The code of the state of the SLO that the matchers `pinned` choose, the worst of its `by` values; always one number."""
    fires = 'max by (slo_id) (ALERTS{{alertname{0},alertstate="firing",{1}}})'.format
    info = f"max by (slo_id) ({names.INFO}{{{pinned}}}) * 0"
    lines = [
        f"{fires(_any(names.EXHAUSTED, names.CHECK_FAILED), pinned)} + {BREACHED.code - 1}",
        f"{fires(_any(names.BURN), pinned)} + {BURNING.code - 1}",
        f"{fires(_any(names.BLIND, names.NO_DATA, names.DIMENSION_LOST), pinned)} + {NOT_MEASURED.code - 1}",
        f"{info} + {NOT_MEASURED.code} unless on (slo_id) {told.by}{{{pinned}}}",
    ]
    if told.has_budget:
        spent = TOO_CLOSE if told.freezes else BREACHED
        lines.append(f"min by (slo_id) ({names.BUDGET_REMAINING}{{{pinned}}} <= 0) * 0 + {spent.code}")
    if told.has_traffic:
        lines.append(f"(sum by (slo_id) ({told.by}{{{pinned}}}) == 0) + {NO_TRAFFIC.code}")
    return "\nor ".join([*lines, info, f"on () vector({NOT_MEASURED.code})"])


def explained() -> str:
    """What the words mean, for people."""
    return " ".join(f"**{state.word}**: {state.meaning}." for state in STATES[:-1])


def _any(*alerts: str) -> str:
    return f"{'=~' if len(alerts) > 1 else '='}{names.quoted('|'.join(alerts))}"
