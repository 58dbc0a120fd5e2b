"""The unit of what is measured: what `unit` says, or else what the metric's name says."""

from __future__ import annotations

from slo_compiler import units
from slo_compiler.build.entry import Entry
from slo_compiler.diagnostics import Report, Where
from slo_compiler.units import Unit


def unit_of(entry: Entry, own: Unit | None) -> Unit | None:
    """The unit of an SLI's bound, where the value tells its `own` by itself."""
    word = entry.value("unit", "")
    return units.named(word) if word else own


def check_unit(entry: Entry, own: Unit | None, teller: str, about: Where, report: Report) -> None:
    """Warn of a `unit` that is another than the value's `own`, which the `teller` tells: a name may lie, but seldom does."""
    place = entry.get("unit")
    if place is None or own is None or units.named(place.data) == own:
        return
    word = own.word or own.kind
    help = f"leave `unit` out if it is {word}; if it is {place.data} in spite of it, `allow: [unit/contradicts]` says so"
    report.warning("unit/contradicts", place.where, f"unit is {place.data}, but {teller} says {word}", help, about=about)


def check_metric_unit(entry: Entry, metric: str, about: Where, report: Report) -> None:
    """The same for a value whose unit stands at the end of a metric's name."""
    check_unit(entry, units.of_metric(metric), f"the name {metric}", about, report)
