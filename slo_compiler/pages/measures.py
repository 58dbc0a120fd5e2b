"""How the number of a promise is read and printed: its kind, its unit, its digits, its direction. From the model; nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from slo_compiler import names
from slo_compiler.model import Check, Histogram, Slo, Spending
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
    """One way to read a number. `unit` is Grafana's, `word` the model's; `better` is lower, higher, or empty where neither is; `span` its window.

    `is_uneven` tells that values of `by` have targets of their own, so that the worst value is not the largest or smallest number.
    """

    of: str  # the kind of the promise
    unit: str
    word: str
    better: str
    span: Duration | str
    decimals: int | None  # of the target; None where the page chooses
    is_uneven: bool = False

    @property
    def kind(self) -> str:
        """What is shown: the value of a histogram, a share, the value of a check, or money."""
        return {"time": "share", "check_share": "check"}.get(self.of, self.of)

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
        """The digits of the big number: one more than its target has, so that the two differ where they do."""
        return None if self.decimals is None else self.decimals + 1


def measure(promise: Promised) -> Measure:
    """How a promise is read."""
    kind, better, span = promise.kind, promise.better, promise.span
    match promise:
        case Slo(sli=Histogram() as sli) if kind == "value":
            uneven = len({cell.limit for cell in promise.cells}) > 1
            return Measure(kind, grafana_unit(sli.unit), sli.unit, better, span, _digits(promise, sli), uneven)
        case Slo():
            digits = max(places(cell.objective.value * 100) for cell in promise.cells)
            return Measure(kind, "percentunit", "", better, span, digits, len({cell.objective for cell in promise.cells}) > 1)
        case Check():
            return Measure(kind, "percentunit" if kind == "check_share" else grafana_unit(promise.unit), promise.unit, better, promise.window, None)
        case Spending():
            return Measure(kind, grafana_unit(promise.unit), promise.unit, better, span, None)


def _digits(slo: Slo, sli: Histogram) -> int | None:
    """Of money at least two."""
    limits = [cell.limit.value for cell in slo.cells if cell.limit] or [sli.limit.value]
    return max(2, *map(places, limits)) if grafana_unit(sli.unit).startswith("currency") else None


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
    found: dict[Measure, Measure] = {}
    for one in map(measure, promises):
        alike = replace(one, decimals=None, is_uneven=False)
        found[alike] = both(found.get(alike, one), one)
    return list(found.values())


def both(one: Measure, other: Measure) -> Measure:
    """One way to read what two read alike: with the finer digits, and fit for uneven targets if one has them."""
    digits = [measure.decimals for measure in (one, other) if measure.decimals is not None]
    return replace(one, decimals=max(digits, default=None), is_uneven=one.is_uneven or other.is_uneven)


def worst(measure: Measure, number: str, target: str, wanted: str) -> str:
    """The worst value of an SLO's labels in one number: of `number`, or of the `target` that it is held against."""
    if not measure.is_uneven:
        return f"{measure.worst} by (slo_id) ({wanted})"
    share = f"(1 - {number}) / (1 - {target})" if measure.kind == "share" else f"{number} / {target}"
    worst = "bottomk" if measure.kind != "share" and measure.better == "higher" else "topk"
    found = f"max by (slo_id) ({wanted} and {worst} by (slo_id) (1, {share}))"
    return f"({found} or {measure.worst} by (slo_id) ({wanted}))"
