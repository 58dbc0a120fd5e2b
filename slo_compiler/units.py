"""Units of metrics, read from their names as Prometheus' naming practice puts them there, and bounds brought into them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.quantities import Bound, Problem, plain


@dataclass(frozen=True, slots=True)
class Unit:
    """A metric's unit: its kind, the word on pages, and its size: `per_base` of it make one of the kind's base (second, whole), or `bases` make one."""

    kind: str  # time, money, ratio or plain
    word: str
    per_base: Decimal = Decimal(1)
    bases: Decimal = Decimal(1)  # a sixtieth has no exact number
    currency: str = ""


_SECONDS, _MILLISECONDS, _MICROSECONDS = Unit("time", "s"), Unit("time", "ms", Decimal(1000)), Unit("time", "us", Decimal(1_000_000))
_DOLLARS, _EUROS = Unit("money", "USD", currency="USD"), Unit("money", "EUR", currency="EUR")
_BY_WORD = {
    "s": _SECONDS, "seconds": _SECONDS, "ms": _MILLISECONDS, "milliseconds": _MILLISECONDS, "us": _MICROSECONDS, "microseconds": _MICROSECONDS,
    "ns": Unit("time", "ns", Decimal(1_000_000_000)), "nanoseconds": Unit("time", "ns", Decimal(1_000_000_000)),
    "minutes": Unit("time", "min", bases=Decimal(60)), "hours": Unit("time", "h", bases=Decimal(3600)),
    "dollars": _DOLLARS, "usd": _DOLLARS, "USD": _DOLLARS, "euros": _EUROS, "eur": _EUROS, "EUR": _EUROS,
    "cents": Unit("money", "cents", Decimal(100)),  # of whatever currency
    "ratio": Unit("ratio", ""), "percent": Unit("ratio", "percent", Decimal(100)),
}  # fmt: skip
_IN_NAMES = re.compile(
    r"_(seconds|milliseconds|ms|microseconds|us|nanoseconds|minutes|hours|dollars|usd|euros|eur|cents|ratio|percent|tokens|bytes|joules)(?:_total|_sum)?$"
)


def named(word: str) -> Unit:
    """The unit that a user names: a known one, or a word of his own for plain numbers."""
    return _BY_WORD.get(word) or Unit("plain", word)


def of_metric(metric: str) -> Unit | None:
    """The unit in which a metric's name ends."""
    found = _IN_NAMES.search(metric)
    return named(found[1]) if found else None


def in_unit(bound: Bound, unit: Unit | None, *, key: str, metric: str, may_be_told: bool = True) -> Decimal | Problem:
    """The bound as a number of the metric's unit; `may_be_told` is false where it is always the same, whatever `unit` says."""
    if bound.kind == "plain":
        return bound.number
    if unit is None:
        choices = {"time": "s", "money": "dollars", "ratio": "ratio"}[bound.kind]
        help = f"add `unit: {choices}` (if that is what {metric} counts), or write the plain number: `{key}: {plain(bound.number)}`"
        return Problem("bound/no-unit", f"{key} is given as {bound.text}, but the name {metric} does not tell its unit", help)
    if unit.kind != bound.kind or (unit.currency or bound.currency) != bound.currency:
        example = {"time": "600ms", "money": "$0.045" if unit.currency in {"USD", ""} else f"{unit.currency} 0.045", "ratio": "2%"}.get(unit.kind, "30")
        help = f"write {key} in the metric's unit, for example {example}"
        help += "; if its unit is another, `unit:` says so" if may_be_told else ""
        return Problem("bound/unit", f"{key} {bound.text} does not fit {metric}, which is in {unit.word or unit.kind}", help)
    return bound.number * unit.per_base / unit.bases
