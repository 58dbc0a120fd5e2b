"""Other numbers for single label values: the label values of an SLO, cut into cells that share one objective and one limit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from slo_compiler.build.entry import Entry, take
from slo_compiler.build.sli import read_limit
from slo_compiler.build.timeslices import value_limit
from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Cell, Histogram, Limit, Sli, TimeSlices
from slo_compiler.promql import Selector
from slo_compiler.quantities import Ratio, bound, objective

_Match = dict[str, str]
_Matchers = tuple[tuple[str, str, str], ...]


def cells(slo: Entry, by: tuple[str, ...], base: Ratio, sli: Sli | None, about: Where, report: Report) -> tuple[Cell, ...]:
    """The cells of an SLO; one if there are no overrides. They do not overlap, and the last ones are the rest.

    Of an SLI that could not be understood (None), bounds are only read.
    """
    limit = sli.limit if isinstance(sli, Histogram | TimeSlices) else None
    overrides = slo.get("overrides")
    if overrides is None:
        return (Cell((), base, limit),)
    found = _distinct(overrides, by, report)
    own = [_cell(match, by, entry, slo, base, limit, sli, about, report) for match, entry in found]
    return (*own, *(Cell(matchers, base, limit) for matchers in _rest([match for match, _ in found])))


def limits(slo: Entry, by: tuple[str, ...], base: Decimal, read: Callable[[Entry], Decimal | None], report: Report) -> tuple[tuple[_Matchers, Decimal], ...]:
    """The amounts of a promise of money; they do not overlap, and the last ones are the rest."""
    overrides = slo.get("overrides")
    if overrides is None:
        return (((), base),)
    found = _distinct(overrides, by, report)
    own: list[tuple[_Matchers, Decimal]] = []
    for match, entry in found:
        for key in ("objective", "at_least"):
            if at := entry.get(key):
                report.error("overrides/bound", at.where.key(), f"{key} does not belong to this SLI", "an override of it can say: at_most")
        at_most = entry.get("at_most")
        own.append((_matchers(match), (read(at_most) if at_most else None) or base))
    return (*own, *((matchers, base) for matchers in _rest([match for match, _ in found])))


def _distinct(overrides: Entry, by: tuple[str, ...], report: Report) -> list[tuple[_Match, Entry]]:
    """The overrides that match other values than those before them."""
    if not by:
        help = "add `by: [label]`, so that each value has its own budget, or leave the overrides out"
        report.error("overrides/no-by", overrides.where.key(), "overrides need labels to choose by, and this SLO has no `by`", help)
        return []
    found: list[tuple[_Match, Entry]] = []
    for match, entry in _matches(overrides, by, report):
        clash = next((other for other in found if _overlap(match, other[0])), None)
        if clash:
            help = "make them differ in a label that both name, or merge them"
            message = f"two overrides match {_named({**clash[0], **match}, by)}: which one counts is not said"
            report.error("overrides/overlap", entry.where, message, help, other=clash[1].where)
        else:
            found.append((match, entry))
    return found


def _matchers(match: _Match) -> _Matchers:
    return tuple((label, "=", value) for label, value in sorted(match.items()))


def _matches(overrides: Entry, by: tuple[str, ...], report: Report) -> list[tuple[_Match, Entry]]:
    if isinstance(overrides.data, dict):
        if len(by) == 1:
            return [({by[0]: value}, entry) for value, entry in overrides.items()]
        help = f"write a list: `- {{match: {{{by[0]}: ...}}, objective: ...}}`"
        report.findings[:] = [finding for finding in report.findings if not overrides.where.contains(finding.where)]  # of the same mistake
        report.error("overrides/shape", overrides.where.key(), f"with {len(by)} labels in `by` an override says which of them it matches", help)
        return []
    found = []
    for entry in overrides.entries():
        match = entry.get("match")
        foreign = [label for label in match.data if label not in by] if match else []
        for label in foreign:
            help = f"the SLO is split by {', '.join(by)}: match one of these"
            report.error("overrides/label", ((match or entry).where / label).key(), f"{label} is not among the labels of `by`", help)
        values = {label: place.data for label, place in match.items()} if match else {}
        if match and not foreign and len(values) == len(match.data):
            found.append((values, entry))
    return found


def _cell(
    match: _Match, by: tuple[str, ...], entry: Entry, slo: Entry, base: Ratio, limit: Limit | None, sli: Sli | None, about: Where, report: Report
) -> Cell:
    own = take(entry.get("objective"), objective, report)
    for key in ("at_most", "at_least"):
        at = entry.get(key)
        if at is None:
            continue
        if sli is None:
            take(at, bound, report)
            continue
        expected = _bound_key(sli)
        if key != expected:
            report.error("overrides/bound", at.where.key(), f"{key} does not belong to this SLI", f"an override of it can say: {expected or 'objective'}")
            continue
        kind = "histogram" if isinstance(sli, Histogram) else "timeslices"
        measured = Entry(slo.data["sli"][kind], slo.where / "sli" / kind, slo.bad)
        if isinstance(sli, Histogram):
            limit = read_limit(at, key, measured, sli.metric, about, report) or limit
        elif isinstance(sli, TimeSlices):
            limit = value_limit(at, key, measured, sli.value, report) or limit
    return Cell(_matchers(match), own or base, limit, _named(match, by))


def _bound_key(sli: Sli) -> str:
    """The key of the bound that single label values can have for themselves; an expression cannot be narrowed to them."""
    if isinstance(sli, Histogram) or (isinstance(sli, TimeSlices) and isinstance(sli.value, Selector)):
        return "at_most" if sli.at_most else "at_least"
    return ""


def _named(match: _Match, by: tuple[str, ...]) -> str:
    """The values of a match, for people; where the SLO has one label, its name says nothing."""
    return ",".join(match.values() if len(by) == 1 else (f"{label}={value}" for label, value in sorted(match.items())))


def _overlap(one: _Match, other: _Match) -> bool:
    return all(one[label] == other[label] for label in one.keys() & other.keys())


def _rest(matches: list[_Match]) -> list[_Matchers]:
    """What no match takes, as disjoint conjunctions of = and !=."""
    rest: list[_Matchers] = [()]
    for match in matches:
        rest = [piece for cell in rest for piece in _without(cell, match)]
    return rest


def _without(cell: _Matchers, match: _Match) -> list[_Matchers]:
    pieces: list[_Matchers] = []
    inside = cell
    for label, value in sorted(match.items()):
        if (label, "!=", value) in inside or any(m[0] == label and m[1] == "=" and m[2] != value for m in inside):
            return [*pieces, inside]
        if (label, "=", value) not in inside:
            pieces.append((*inside, (label, "!=", value)))
            inside = (*inside, (label, "=", value))
    return pieces
