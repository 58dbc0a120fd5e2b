"""How the number of a promise is read and printed: its kind, its unit, its digits, its direction. From the model; nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from slo_compiler import names
from slo_compiler.model import Check, Histogram, OtherSlo, Share, Slo, Spending
from slo_compiler.quantities import Duration, plain

HOUR, DAY = Duration(Decimal(3600)), Duration(Decimal(86400))
SHARE = "share"  # the unit of what lies between 0 and 1
Promised = Slo | Spending | Check

#: Units of the model as Grafana calls them; any other is a word after the number.
_UNITS = {
    "": "short", "s": "s", "ms": "ms", "us": "µs", "ns": "ns", "min": "m", "h": "h", "USD": "currencyUSD", "EUR": "currencyEUR", "percent": "percent",
    "bytes": "bytes", "joules": "joule",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to read a number. `unit` is Grafana's, `word` the model's; `better` is lower, higher, or empty where neither is; `span` its window."""

    kind: str  # value (of a histogram), share, check or money
    unit: str
    word: str
    better: str
    span: Duration | str
    decimals: int | None  # of the target; None where the page chooses

    @property
    def value(self) -> str:
        """The series of the big number."""
        return {"value": names.VALUE_1H, "share": names.SLI_RATIO, "check": names.CHECK_VALUE, "money": names.total_sum(self.span)}[self.kind]

    @property
    def target(self) -> str:
        """The series of what was promised."""
        return names.OBJECTIVE if self.kind == "share" else names.VALUE_TARGET

    @property
    def worst(self) -> str:
        """What makes one number of those of all `by` values: the worst of them, or all money together."""
        if self.kind == "money":
            return "sum"
        return "min" if self.better == "higher" else "max"

    @property
    def over(self) -> str:
        """What the big number is over, as a label: `Last hour`, `Last 30 days`, `This month`."""
        if isinstance(self.span, str):
            return f"This {self.span}"
        return f"Last {HOUR.words if self.kind == 'value' else self.span.words}"

    @property
    def promised(self) -> str:
        """The label of the target."""
        return "Limit" if self.kind == "money" else f"Target ({'min' if self.better == 'higher' else 'max'})"

    @property
    def finer(self) -> int | None:
        """The digits of the big number: of a share one more than its target has."""
        return self.decimals + 1 if self.kind == "share" and self.decimals is not None else self.decimals


def measure(promise: Promised) -> Measure:
    """How a promise is read."""
    match promise:
        case Spending():
            return Measure("money", grafana_unit(promise.unit), promise.unit, "lower", promise.span, None)
        case Check():
            return _judged(promise)
        case Slo(sli=Histogram() as sli) if sli.step is None:
            limits = [cell.limit.value for cell in promise.cells if cell.limit] or [sli.limit.value]
            decimals = max(2, *map(places, limits)) if grafana_unit(sli.unit).startswith("currency") else None
            return Measure("value", grafana_unit(sli.unit), sli.unit, "lower" if sli.at_most else "higher", promise.span, decimals)
    return Measure("share", "percentunit", "", "higher", promise.span, max(places(cell.objective.value * 100) for cell in promise.cells))


def _judged(check: Check) -> Measure:
    better = {"at_most": "lower", "at_least": "higher"}.get(check.verdict.key, "")
    unit = "percentunit" if isinstance(check.value, Share | OtherSlo) else grafana_unit(check.unit)
    return Measure("check", unit, check.unit, better, check.window, None)


def quantile(slo: Slo, one: Measure) -> str:
    """The quantile that is held against the target: `p95`."""
    return f"p{plain((slo.objective.value if one.better == 'lower' else slo.objective.budget) * 100)}"


def grafana_unit(word: str) -> str:
    """What Grafana calls a unit of the model."""
    return _UNITS.get(word, f"suffix: {word}")


def word_of(unit: str) -> str:
    """What the model calls a unit of Grafana; a share has a word of its own."""
    if unit == "percentunit":
        return SHARE
    return next((word for word, own in _UNITS.items() if own == unit), unit.removeprefix("suffix: "))


def places(number: Decimal) -> int:
    """The digits of a number behind its point."""
    return len(plain(number).partition(".")[2])


def different(promises: list[Slo]) -> list[Measure]:
    """The ways to read several promises, each once, with the digits of the finest."""
    found: dict[Measure, int | None] = {}
    for one in map(measure, promises):
        alike = replace(one, decimals=None)
        found[alike] = max((digits for digits in (found.get(alike), one.decimals) if digits is not None), default=None)
    return [replace(one, decimals=digits) for one, digits in found.items()]
