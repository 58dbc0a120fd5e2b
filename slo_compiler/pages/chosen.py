"""The SLO that on-call chose: its state, its number, its budget, how fast it burns, and how much there is to judge by."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Panel, Place, Query
from slo_compiler.pages import states, tables
from slo_compiler.pages.measures import HOUR, grafana_unit
from slo_compiler.pages.queries import NO_TRAFFIC, NOT_MEASURED, NOTHING, else_
from slo_compiler.pages.readings import Reading
from slo_compiler.pages.scopes import CHECKS, EVENTS, MONEY, SAMPLED, TIME, UNSAMPLED, Scope, in_events
from slo_compiler.pages.words import each, exactly
from slo_compiler.quantities import plain

_WORDS = (exactly(NO_TRAFFIC, "No traffic"), exactly(NOT_MEASURED, "Not measured"))
_BLANK = exactly(NOTHING, "–")
_Z = Decimal("1.96")  # 95 %, of both sides


def state(scope: Scope, place: Place) -> Panel:
    """Its word."""
    words = tuple(exactly(one.code, one.word, one.color) for one in states.STATES)
    reads = each(("ALERTS", names.INFO, names.total_sum(HOUR), names.CHECK_VALUE, names.BUDGET_REMAINING))
    text = f"The state of the SLO chosen above, the worst of its values where it is split. {states.explained()} Reads {reads}."
    return Panel("state", "$slo", text, place, (Query(states.query(scope.pinned), "State", words=words),))


def now(scope: Scope, found: list[Reading], place: Place) -> Panel:
    """Its number beside its target."""
    numbers = [Query(one.now(scope), one.over, one.measure.unit, one.measure.finer, _WORDS) for one in found]
    targets = [Query(one.promised(scope), one.measure.promised, one.measure.unit, one.measure.decimals) for one in found]
    nobody = [Query(f"vector({NOT_MEASURED}) unless on () {scope.info()}", "Now", words=_WORDS)] if len(found) > 1 else []
    sampled = " Of sampled events an hour holds too few: theirs is the share of the whole window." if any(one.is_sampled for one in found) else ""
    text = f"The number now, the worst of its values where the SLO is split, and what was promised.{sampled}"
    reads = each([one.metric for one in found] + [one.target for one in found])
    return Panel("stat", "Now", f"{text} Reads {reads}.", place, (*numbers, *targets, *nobody))


def budget(scope: Scope, place: Place) -> Panel:
    """What may still go wrong, as a share and counted."""
    share = Query(else_(scope.left(), NOTHING), "Of the budget", "percentunit", 0, (exactly(NOTHING, "no budget"),), tables.LEFT_STEPS)
    kinds = {in_events(slo) for slo in scope.slos if slo.budgeted}
    counted = [
        Query(scope.events_left(kind), name, "short", 1, steps=tables.LEFT_STEPS)
        for kind, name in (("share", "Bad events left"), ("time", "Minutes left"))
        if kind in kinds
    ]
    for unit in _currencies(scope):
        money = f"{scope.events_left('money')}\nand on (slo_id) {scope.info(_unit(unit))}"
        counted.append(Query(money, "Money left", grafana_unit(unit), steps=tables.LEFT_STEPS))
    text = "What may still go wrong in the window: as a share of the whole budget (100 % untouched, below 0 overspent), and counted at the window's traffic."
    sums = [series for one in scope.budgeted for series in (names.total_sum(one.span), names.coverage(one.span))]
    return Panel("stat", "Budget left", f"{text} Reads {each([names.BUDGET_REMAINING, names.OBJECTIVE, *sums])}.", place, (share, *counted))


def burn(scope: Scope, place: Place) -> Panel:
    """How fast it burns, and how long that goes well."""
    rate = Query(else_(scope.burn(), NOTHING), "Burn, last hour", "none", 1, (_BLANK,), tables.BURN_STEPS)
    time = Query(else_(scope.empty_in(), NOTHING), "Empty in", "s", 1, (*tables.EMPTY_WORDS, _BLANK), tables.TIME_STEPS)
    text = (
        "How fast the budget is spent (at 1 it lasts exactly its window), and when it is gone at the rate of the last hour. **lasts**: not within a "
        "window, or, of a calendar, not before its period ends."
    )
    reads = each((names.bad_sum(HOUR), names.total_sum(HOUR), names.OBJECTIVE, names.BUDGET_REMAINING))
    return Panel("stat", "Burn", f"{text} Reads {reads}.", place, (rate, time))


def events(scope: Scope, place: Place) -> Panel:
    """How much there is to judge by."""
    texts = ["How much there is to judge by, of all values together where the SLO is split. **Bad** and **Of all**: events of the last hour."]
    if any(slo.sampled for slo in scope.slos):
        texts.append("**Judged**: sampled events of the window; **± 95 %**: what chance alone may move their share by (Wilson).")
    known = [*_counted(scope), *_sampled(scope), *_spent(scope)]
    uncounted = Query(f"vector({NOTHING}) and on () {scope.info(CHECKS)}", "Events", words=(exactly(NOTHING, "not counted"),))
    nothing = f"vector({NOTHING}) unless on () {scope.series(names.total_sum(HOUR))} unless on () {scope.info(CHECKS)}"
    found = [*known, *([uncounted] if scope.checks else []), Query(nothing, "Events", words=(exactly(NOTHING, "none known"),))]
    return Panel("stat", "Events, last hour", f"{' '.join(texts)} Reads {names.bad_sum(HOUR)}, {names.total_sum(HOUR)}.", place, tuple(found))


def _counted(scope: Scope) -> list[Query]:
    found = []
    if any(slo.kind != "time" and not slo.sampled for slo in scope.slos):
        found += [
            Query(_hour(scope, metric, EVENTS, UNSAMPLED), name, "locale", 0)
            for metric, name in ((names.bad_sum(HOUR), "Bad"), (names.total_sum(HOUR), "Of all"))
        ]
    if any(slo.kind == "time" for slo in scope.slos):
        minutes = f"{plain(scope.step.seconds / 60)} * {_hour(scope, names.bad_sum(HOUR), TIME)}"
        found.append(Query(minutes, "Bad minutes", "locale", 0))
    return found


def _sampled(scope: Scope) -> list[Query]:
    sampled = [slo for slo in scope.slos if slo.sampled]
    if not sampled:
        return []
    total = scope.of_windows(sampled, lambda span: scope.series(names.total_sum(span)), SAMPLED)
    band = f"max by (slo_id) (100 * {half_band(scope.series(names.SLI_RATIO), total)})"
    return [Query(f"sum by (slo_id) ({total})", "Judged", "locale", 0), Query(band, "± 95 %", "suffix: pp", 1)]


def _spent(scope: Scope) -> list[Query]:
    return [Query(_hour(scope, names.total_sum(HOUR), MONEY, _unit(unit)), "Spent", grafana_unit(unit)) for unit in _currencies(scope)]


def _hour(scope: Scope, metric: str, *matchers: str) -> str:
    return f"sum by (slo_id) ({scope.series(metric)} and on (slo_id) {scope.info(*matchers)})"


def half_band(share: str, total: str) -> str:
    """Half of the 95 % band of a share (Wilson)."""
    z2 = _Z * _Z
    return f"{plain(_Z)} * sqrt({share} * (1 - {share}) / ({total}) + {plain(z2 / 4)} / ({total}) ^ 2) / (1 + {plain(z2)} / ({total}))"


def middle(share: str, total: str) -> str:
    """The middle of that band: it lies a little nearer to one half than the share does."""
    z2 = plain(_Z * _Z)
    return f"({share} + {z2} / 2 / ({total})) / (1 + {z2} / ({total}))"


def _currencies(scope: Scope) -> list[str]:
    return list(dict.fromkeys(spend.unit for spend in scope.spendings))


def _unit(unit: str) -> str:
    return f"slo_unit={names.quoted(unit)}"
