"""The six words for how a promise does, and the query that tells which of them holds: one definition for pages, reports and commands."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.quantities import Duration

_HOUR = Duration(Decimal(3600))
_NO_FREEZE, _CHECKS, _EVENTS = 'slo_freeze="no"', 'slo_kind=~"check.*"', 'slo_kind=~"value|share"'  # of slo:info


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


def query(pinned: str) -> str:
    """The code of the state of the one SLO that the matchers `pinned` choose, the worst of its `by` values; always one number."""
    return f"{each(pinned)}\nor on () vector({NOT_MEASURED.code})"


def each(pinned: str = "", by: tuple[str, ...] = ()) -> str:
    """The codes of all SLOs that the matchers choose, or, with the labels `by`, of each of their values."""
    group, among, rows = f"by ({_joined(by)})", f"on ({_joined(by)})", everyone(pinned, by)
    spent, total = f"min {group} ({names.selector(names.BUDGET_REMAINING, pinned)} <= 0) * 0", names.selector(names.total_sum(_HOUR), pinned)
    value = names.selector(names.CHECK_VALUE, pinned)
    lines = [
        f"max {group} ({_firing(pinned, names.EXHAUSTED, names.CHECK_FAILED)}) + {BREACHED.code - 1}",
        f"{spent} + {BREACHED.code} and {_told(pinned, _NO_FREEZE)}",
        f"max {group} ({_firing(pinned, names.BURN)}) + {BURNING.code - 1}",
        f"max {group} ({_firing(pinned, names.BLIND, names.NO_DATA, names.DIMENSION_LOST)}) + {NOT_MEASURED.code - 1}",
        f"{rows} + {NOT_MEASURED.code} unless {among} ({value} or {total} unless {_told(pinned, _CHECKS)})",
        f"{spent} + {TOO_CLOSE.code}",
        f"(sum {group} ({total}) == 0) + {NO_TRAFFIC.code} and {_told(pinned, _EVENTS)}",
    ]
    return "\nor ".join([*lines, rows])


def everyone(pinned: str = "", by: tuple[str, ...] = ()) -> str:
    """A zero for each SLO that the matchers choose, or for each value of its `by` labels; what has no values yet is there, too."""
    told = f"max by (slo_id) ({names.selector(names.INFO, pinned)}) * 0"
    if not by:
        return told
    series = [names.selector(name, pinned) for name in (names.OBJECTIVE, names.VALUE_TARGET, names.CHECK_VALUE)]
    return f"(max by ({_joined(by)}) ({' or '.join([*series, _firing(pinned)])}) * 0 or on (slo_id) {told})"


def _firing(pinned: str, *alerts: str) -> str:
    """Those of our alerts that fire; without a name all of them."""
    named = names.quoted("|".join(alerts) or "SLO.+")
    return names.selector("ALERTS", f"alertname{'=' if len(alerts) == 1 else '=~'}{named}", 'alertstate="firing"', pinned)


def _told(pinned: str, matcher: str) -> str:
    return f"on (slo_id) {names.selector(names.INFO, pinned, matcher)}"


def _joined(by: tuple[str, ...]) -> str:
    return ", ".join(("slo_id", *by))


def explained() -> str:
    """What the words mean, for people."""
    return " ".join(f"**{state.word}**: {state.meaning}." for state in STATES[:-1])
