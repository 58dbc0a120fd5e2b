"""The table of SLOs, worst first: one answer a column, joined on the SLO, or, where a label splits some, on the SLO and the label's value."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Heading, Link, Query, Table, value_of
from slo_compiler.pages import states
from slo_compiler.pages.alarms import Alarms, since
from slo_compiler.pages.scopes import LASTS, SPENT, WHOLE, Scope, in_events
from slo_compiler.pages.words import exactly

_ROW = "slo_row"  # the label that names a row, where the SLO alone does not
_NONE = "–"
_DAY, _WEEK, _URGENT = Decimal(86400), Decimal(7 * 86400), Decimal(6)

#: Colours that say where to look: what it is, the state says.
BURN_STEPS = ((None, "text"), (Decimal(1), "orange"), (_URGENT, "red"))
LEFT_STEPS = ((None, "orange"), (Decimal(0), "text"))
TIME_STEPS = ((None, "red"), (_DAY, "orange"), (_WEEK, "text"))
EMPTY_WORDS = (exactly(SPENT, "spent", "orange"), exactly(LASTS, "lasts"))

_BURN = Heading("", "Burn 1 h", 90, unit="none", decimals=1, steps=BURN_STEPS, paint="text", none=_NONE)
_EMPTY = Heading("", "Empty in", 90, unit="s", decimals=1, words=EMPTY_WORDS, steps=TIME_STEPS, paint="text", none=_NONE)
_LEFT = Heading("", "Budget left", 90, unit="percentunit", decimals=0, steps=LEFT_STEPS, paint="text", none=_NONE)
_FOR = Heading("", "For", 75, unit="s", decimals=0, none=_NONE)
_MEASURED = Heading("", "Measured", 95, unit="s", decimals=1, words=(exactly(WHOLE, "all"),), none=_NONE)

#: A column, and the query of its values; without one it is a label of the first answer.
Column = tuple[Heading, str]


def of_category(scope: Scope, alarms: Alarms, links: tuple[Link, ...]) -> tuple[tuple[Query, ...], Table]:
    """All that on-call wants to know of a category; a click on a title leads along the first of `links`."""
    split = [(Heading(label, label, 100, none=_NONE), "") for label in scope.by]
    is_wide = bool(scope.by or scope.checks or scope.spendings)
    columns = [
        _state(scope), _title(links), (Heading("slo_service", "Service", 120), ""), *split, _alert(scope, alarms), (_FOR, scope.each("max", since(scope))),
        *_budget(scope), *_counted(scope), *_values(scope), *_shares(scope, has_hour=not is_wide), *_measured(scope),
        (Heading("slo_window", "Window", 70), ""),
    ]  # fmt: skip
    return _joined(scope, columns)


def of_fleet(scope: Scope, alarms: Alarms, links: tuple[Link, ...]) -> tuple[tuple[Query, ...], Table]:
    """All SLOs, a row each, with the worst of their values."""
    lists = (("Service", 140), ("Category", 110), ("Owner", 130))
    told = [(Heading(f"slo_{word.lower()}", word, width, none=_NONE, is_filter=True), "") for word, width in lists]
    columns = [
        _state(scope), _title(links), *told, _alert(scope, alarms), *_budget(scope), *_shares(scope, has_hour=False),
        (Heading("slo_window", "Window", 70), ""), *_measured(scope),
    ]  # fmt: skip
    return _joined(scope, columns)


# --- columns -------------------------------------------------------------------------------------------------------------------------


def _state(scope: Scope) -> Column:
    words = tuple(exactly(state.code, state.word, state.color) for state in states.STATES)
    return Heading("", "State", 130, words=words, paint="background"), scope.state()


def _title(links: tuple[Link, ...]) -> Column:
    return Heading("slo_title", "SLO", least=190, links=links), ""


def _alert(scope: Scope, alarms: Alarms) -> Column:
    return Heading("", "Alert", 120, words=alarms.words(), paint="text", none=_NONE), alarms.query(scope)


def _budget(scope: Scope) -> list[Column]:
    return [(_BURN, scope.burn()), (_EMPTY, scope.empty_in()), (_LEFT, scope.left())] if scope.budgeted else []


def _counted(scope: Scope) -> list[Column]:
    """What is left as people count it: events or minutes; of money the value and its bound tell it."""
    kinds = {in_events(slo) for slo in scope.slos if slo.budgeted}
    return [
        (Heading("", name, 95, unit="short", decimals=1, steps=LEFT_STEPS, paint="text", none=_NONE), scope.events_left(kind))
        for kind, name in (("share", "Left, events"), ("time", "Left, min"))
        if kind in kinds
    ]


def _values(scope: Scope) -> list[Column]:
    """What is no share has a value and a bound, in a unit of its own."""
    if not (scope.checks or scope.spendings):
        return []
    number = Heading("", "Value", 85, unit="short", none=_NONE)
    return [(number, scope.value()), (replace(number, name="Bound"), scope.bound()), (Heading("slo_unit", "Unit", 60, none=_NONE), "")]


def _shares(scope: Scope, *, has_hour: bool) -> list[Column]:
    if not scope.slos:
        return []
    share = Heading("", "Good share", 95, unit="percentunit", decimals=2, none=_NONE)
    hour = [(replace(share, name="Good, 1 h", width=85), scope.good_hour())] if has_hour else []
    return [*hour, (share, scope.good_window()), (replace(share, name="Objective", width=85), scope.objective())]


def _measured(scope: Scope) -> list[Column]:
    return [(_MEASURED, scope.measured())] if scope.budgeted else []


# --- one table of many answers -------------------------------------------------------------------------------------------------------


def _joined(scope: Scope, columns: list[Column]) -> tuple[tuple[Query, ...], Table]:
    queries, headings = [Query(_labels(scope, [heading.field for heading, expr in columns if not expr]), "")], []
    for heading, expr in columns:
        if expr:
            queries.append(Query(_keyed(scope, scope.among(expr)), ""))
        headings.append(replace(heading, field=value_of(len(queries) - 1)) if expr else heading)
    hidden = [Heading(name) for name in dict.fromkeys(("slo_id", "slo", "slo_service", "slo_category")) if name not in {one.field for one in headings}]
    key = _ROW if scope.by else "slo_id"
    more = [Heading(_ROW)] if scope.by else []
    sorting = (("State", True), ("Burn 1 h", True)) if scope.budgeted else (("State", True),)
    return tuple(queries), Table((*headings, *hidden, *more), sorting, key)


def _labels(scope: Scope, shown: list[str]) -> str:
    """What people call each row."""
    told = [label for label in dict.fromkeys(("slo", "slo_title", "slo_service", "slo_category", "slo_owner", *shown)) if label not in scope.by]
    if not scope.by:
        return f"max by (slo_id, {', '.join(told)}) ({scope.info()})"
    rows = f"{states.everyone(scope.pinned, scope.by)} + on (slo_id) group_left ({', '.join(told)}) {scope.info()}"
    return _named(scope, rows)


def _keyed(scope: Scope, expr: str) -> str:
    """With no labels but the one that rows are joined on: a query whose series all lack a label has no such column."""
    return f"max by ({_ROW}) ({_named(scope, expr)})" if scope.by else expr


def _named(scope: Scope, expr: str) -> str:
    labels = ", ".join(names.quoted(label) for label in ("slo_id", *scope.by))
    return f'label_join(\n{expr}\n, "{_ROW}", " ", {labels})'
