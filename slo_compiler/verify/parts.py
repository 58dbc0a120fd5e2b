"""Good and bad events of series that are no part of total's: whether they belong to the events that total counts."""

from __future__ import annotations

from collections.abc import Iterable

from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Check, ExpressedEvents, Promise, SelectedEvents, Share, Slo, Spending
from slo_compiler.promql import Selector, equals
from slo_compiler.verify.live import Live, listed
from slo_compiler.verify.near import ends_alike, near
from slo_compiler.verify.readings import Reading, readings
from slo_compiler.verify.values import takes


def check(slo: Slo | Spending | Check, live: Live, report: Report) -> None:
    """The good or bad events of an SLI that counts both by selectors or both by expressions."""
    match slo:
        case Slo(sli=SelectedEvents(total=total)) | Check(value=Share(events=SelectedEvents(total=total))):
            for reading in readings(slo):
                if reading.role in {"good", "bad"} and reading.selector.extra_over(total) is None:
                    _check_foreign(slo, total, reading, live, report)
                    for label in slo.by:
                        _check_split(slo, label, live.values(label, str(total)), str(reading.selector), reading.where, live, report)
        case Slo(sli=ExpressedEvents() as sli):
            _check_expressions(slo, sli, live, report)


def _check_expressions(slo: Slo, sli: ExpressedEvents, live: Live, report: Report) -> None:
    at = slo.where / "sli" / "events"
    parts = [(sli.good, at / "good")] if sli.good else [(one, at / "bad" / index) for index, one in enumerate(sli.bad)]
    for label in slo.by:
        known = _now(label, sli.total.over("5m"), live)
        for part, where in parts:
            if known:
                _check_split(slo, label, known, part.over("5m"), where, live, report)


def _check_split(slo: Promise, label: str, known: Iterable[str], part: str, where: Where, live: Live, report: Report) -> None:
    """Events meet their total by the values of `by`: what total calls otherwise is in no budget."""
    lost = sorted(_now(label, f"({part}\n) > 0", live) - {*known, ""})
    if not lost:
        return
    word = "good" if "good" in where.route else "bad"
    message = f"{word} events of {label} {listed(lost)} count for nothing: total has no such {label}"
    same = next(((value, other) for value in lost if (other := near(value, known) or ends_alike(value, known))), None)
    help = f"total has {same[1]!r}, this {same[0]!r}: let both be spelled alike, by relabelling one" if same else f"total has: {listed(sorted(known))}"
    report.warning("live/no-total", where, message, help, about=slo.where, cause=message)


def _check_foreign(slo: Promise, total: Selector, reading: Reading, live: Live, report: Report) -> None:
    """A matcher that only total has: what it leaves out must not be in the good or bad events.

    Another metric may come from elsewhere altogether, such as a judge's job; it is foreign where total's metric has that value, too.
    """
    own = {matcher.label for matcher in reading.selector.matchers}
    for matcher in total.matchers:
        found = _now(matcher.label, str(reading.selector), live) - {""} if matcher.label not in own else set()
        belongs = {value for value in found if takes(matcher, value)}
        foreign = sorted(found - belongs if belongs else found & set(live.values(matcher.label, total.metric)))
        if foreign:
            which = listed(str(equals(matcher.label, value)) for value in foreign)
            message = f"{reading.role} counts what total leaves out: total asks for {matcher}, and {reading.selector} has {which}{' too' if belongs else ''}"
            report.warning("live/foreign", reading.where, message, f"add {matcher} to {reading.role}", about=slo.where, cause=message)


def _now(label: str, expr: str, live: Live) -> set[str]:
    """The values of a label that an expression has at this moment."""
    return {sample.labels.get(label, "") for sample in live.samples(f"count by ({label}) ({expr}\n)")}
