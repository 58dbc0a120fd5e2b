"""What is promised of a share of good events: objective and budget, single label values, the hours that count, the outside promise."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from slo_compiler import counted, wording
from slo_compiler.changes.model import Effect, Sentence
from slo_compiler.clock import WEEK, Dated, Weekly
from slo_compiler.model import Cell, Slo, TimeSlices
from slo_compiler.quantities import Ratio, plain

_MILLION = 1_000_000


def sentences(old: Slo, new: Slo) -> Iterator[Sentence]:
    """What differs in what is promised."""
    yield from _objectives(old, new)
    if old.budgeted != new.budgeted:
        words = "has a budget now" if new.budgeted else "has no budget any more: tracked and alerting only"
        yield Sentence("budgeted", words, Effect.STRONGER if new.budgeted else Effect.WEAKER)
    if old.sampled != new.sampled:
        yield Sentence("sampled", "its events are a sample now" if new.sampled else "its events are no sample any more", Effect.OTHER)
    yield from _masks(old, new)
    if _sla(old) != _sla(new):
        yield Sentence("sla", f"outside promise {_sla(new)}, before: {_sla(old)}")
    if old.expected_rate != new.expected_rate:
        rates = [f"{one.expected_rate:,} a day" if one.expected_rate is not None else "none said" for one in (new, old)]
        yield Sentence("expected_rate", f"expected events: {rates[0]}, before: {rates[1]}")


# --- objective and budget ----------------------------------------------------------------------------------------------------------


def cell(slo: Slo, name: str) -> Cell:
    """The part of an SLO that the values called `name` belong to; that of all others where they have no numbers of their own."""
    own = next((one for one in slo.cells if one.name == name), None)
    return own or next((one for one in slo.cells if not one.name), slo.cells[-1])


def cells(old: Slo, new: Slo) -> Iterator[tuple[str, Cell, Cell]]:
    """Before and now of all values, and of each that has numbers of its own in one of the two."""
    for name in dict.fromkeys(["", *(one.name for slo in (old, new) for one in slo.cells)]):
        yield name, cell(old, name), cell(new, name)


def _objectives(old: Slo, new: Slo) -> Iterator[Sentence]:
    named = {one.name for one in old.cells}, {one.name for one in new.cells}
    for name, before, after in cells(old, new):
        who = f"for {name} " if name else ""
        if before.objective != after.objective:
            effect = Effect.WEAKER if after.objective.value < before.objective.value else Effect.STRONGER
            budget = _budget((old, before.objective), (new, after.objective)) if new.budgeted and old.budgeted else ""
            yield Sentence("objective", f"{who}objective {before.objective} to {after.objective}{budget}", effect)
        elif not name and old.window != new.window and new.budgeted:
            yield Sentence("budget", _budget((old, before.objective), (new, after.objective)).removeprefix(": "), Effect.OTHER)
        elif name and (name in named[0]) != (name in named[1]):
            words = "has numbers of its own now" if name in named[1] else "has no numbers of its own any more"
            yield Sentence("overrides", f"{name} {words}")


def _budget(old: tuple[Slo, Ratio], new: tuple[Slo, Ratio]) -> str:
    """`: the budget doubles from 5,000 to 10,000 bad events in 30d`; as a share of a million, or as time, where nobody says how many come."""
    (slo, before), (later, after) = old, new
    spans = _span(slo), _span(later)
    over = (f" in {spans[0]}" if spans[0] != spans[1] else "", f" in {spans[1]}")
    word = _word(float(after.budget / before.budget)) if slo.window == later.window else "goes"
    if isinstance(later.sli, TimeSlices):
        return f": the budget {word} from {_time(slo, before)}{over[0]} to {_time(later, after)}{over[1]}"
    events = counted.in_window(slo), counted.in_window(later)
    if events[0] and events[1]:
        amounts = [wording.amount(number * float(one.budget)) for number, one in zip(events, (before, after), strict=True) if number]
        return f": the budget {word} from {amounts[0]}{over[0]} to {amounts[1]} bad events{over[1]}"
    all_bad = f"all of them for {_time(later, after)}{over[1]} (before: {_time(slo, before)}{over[0]})"
    if before == after:
        return f": the budget is {all_bad}"
    amounts = [wording.amount(float(one.budget) * _MILLION) for one in (before, after)]
    return f": the budget {word} from {amounts[0]} to {amounts[1]} of a million events, or {all_bad}"


def _span(slo: Slo) -> str:
    """`30d`, `a month`."""
    return f"a {slo.span}" if slo.calendar else str(slo.span)


def _time(slo: Slo, objective: Ratio) -> str:
    return wording.span(counted.all_bad_for(slo, objective.budget))


def _word(ratio: float) -> str:
    """How a budget grows or shrinks."""
    words = {2.0: "doubles", 0.5: "halves", 1.0: "stays"}
    return words.get(round(ratio, 6)) or (f"grows {ratio:.3g} times," if ratio > 1 else f"shrinks to {ratio:.0%},")


# --- hours that count, and the outside promise -------------------------------------------------------------------------------------


def _masks(old: Slo, new: Slo) -> Iterator[Sentence]:
    if old.only == new.only and old.exclude == new.exclude:
        return
    weeks = counted.of_week(old), counted.of_week(new)
    spans = _dated(old) - _dated(new), _dated(new) - _dated(old)
    is_less, is_more = weeks[1] < weeks[0] or bool(spans[1]), weeks[1] > weeks[0] or bool(spans[0])
    parts = [f"{_hours(weeks[1])} hours of a week count (before: {_hours(weeks[0])})"] if weeks[0] != weeks[1] else []
    parts += [f"{len(found)} {'span' if len(found) == 1 else 'spans'} of time {word}" for found, word in zip(spans, _SPANS, strict=True) if found]
    effect = Effect.WEAKER if is_less else Effect.STRONGER if is_more else Effect.OTHER
    yield Sentence("hours", "; ".join(parts) or f"other hours count: {_listed(new)}; before: {_listed(old)}", effect)


_SPANS = ("that did not count counts now", "does not count")


def _dated(slo: Slo) -> set[tuple[int, int]]:
    return {(one.start, one.end) for one in slo.exclude if isinstance(one, Dated)}


def _hours(share: Decimal) -> str:
    return plain(round(WEEK * share / 3600, 1))


def _listed(slo: Slo) -> str:
    without = ", ".join(one.text for one in slo.exclude if isinstance(one, Weekly))
    return " ".join(part for part in (", ".join(one.text for one in slo.only), f"without {without}" if without else "") if part) or "all"


def _sla(slo: Slo) -> str:
    return f"{slo.sla.objective} over {slo.sla.window}" if slo.sla else "none"
