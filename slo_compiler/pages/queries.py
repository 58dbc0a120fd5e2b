"""PromQL of the pages: small pure functions from the matchers that choose an SLO, and from how it is read, to one number an SLO.

Numbers that stand for "there is none" keep a panel from being empty: a page that says why is better than a gap.
"""

from __future__ import annotations

from collections.abc import Iterable

from slo_compiler import names
from slo_compiler.pages.measures import DAY, HOUR, Measure, worst
from slo_compiler.quantities import Duration

NO_TRAFFIC, NOT_MEASURED, NOTHING = -1, -2, -99
_TOTAL, _BAD = names.total_sum(HOUR), names.bad_sum(HOUR)
_WEEK, _BEFORE = "[7d:1h]", "[7d:1h] offset 7d"


def chosen(variable: str) -> str:
    """The matcher of the SLO that a page's variable names."""
    return f'slo_id="${variable}"'


def else_(expr: str, number: int) -> str:
    """An expression, or that number where it finds nothing."""
    return f"{expr}\nor on () vector({number})"


def is_read_so(pinned: str, measure: Measure) -> str:
    """Finds something if the SLO that the matchers choose is read that way, for pages that learn only when they are opened which SLO they show."""
    unit = names.quoted(measure.word)
    return f'{names.INFO}{{{pinned},slo_kind="{measure.of}",slo_unit={unit},slo_better="{measure.better}",slo_window="{measure.span}"}}'


def value(pinned: str, measure: Measure) -> str:
    """The number itself, the worst of its `by` values."""
    return _worst(pinned, measure, measure.value)


def value_or_why(pinned: str, measure: Measure) -> str:
    """The number, or why there is none: no traffic, or else it is not measured."""
    counted = {"value": _TOTAL, "share": names.total_sum(measure.span)}.get(measure.kind)
    quiet = f"\nor on (slo_id) (sum by (slo_id) ({counted}{{{pinned}}}) == 0) - 1" if counted else ""
    return else_(f"({value(pinned, measure)}{quiet})\nunless on (slo_id) {unjudged(pinned)}", NOT_MEASURED)


def unjudged(pinned: str) -> str:
    """Finds something where an alert says that there is no data, or data that cannot be judged: a number over days would hide that."""
    return names.selector("ALERTS", f'alertname=~"{names.BLIND}|{names.NO_DATA}"', 'alertstate="firing"', pinned)


def target(pinned: str, measure: Measure) -> str:
    """What was promised."""
    return _worst(pinned, measure, measure.target)


def _worst(pinned: str, measure: Measure, wanted: str) -> str:
    number, target, series = (f"{name}{{{pinned}}}" for name in (measure.value, measure.target, wanted))
    return worst(measure, number, target, series)


def against(pinned: str, measure: Measure) -> str:
    """How far the worst value is from its own target, as a line: 1 is at it. Numbers that each have another target would make a line that leaps."""
    number, target = f"{measure.value}{{{pinned}}}", f"{measure.target}{{{pinned}}}"
    if measure.kind == "share":
        return f"max by (slo_id) ((1 - {number}) / (1 - {target}))"
    return f"{measure.worst} by (slo_id) ({number} / {target})"


def left(pinned: str, measure: Measure) -> str:
    """Money that may still be spent."""
    return f"{target(pinned, measure)} - {value(pinned, measure)}"


def trend(pinned: str, measure: Measure) -> str:
    """The last 7 days against the 7 days before: of a value the change as a part of its target, of a share the change in error budgets."""
    match measure.kind:
        case "share":
            return _shift_of_share(pinned)
        case "money":
            now, before = (f"sum by (slo_id) (sum_over_time({_TOTAL}{{{pinned}}}{over}))" for over in (_WEEK, _BEFORE))
            return f"({now} - {before}) / ({before} > 0)"
    series = f"avg_over_time({measure.value}{{{pinned}}}"
    now, before = f"{series}{_WEEK})", f"{series}{_BEFORE})"
    bound = f"{names.VALUE_TARGET}{{{pinned}}}" if measure.kind == "value" else f"(abs({before}) > 0)"
    return f"{measure.worst} by (slo_id) (({now} - {before}) / {bound})"


def _shift_of_share(pinned: str) -> str:
    """How many error budgets the bad share fell by; 0 where chance (99 %) explains the difference."""
    bad, bad_before = (f"sum by (slo_id) (sum_over_time({_BAD}{{{pinned}}}{over}))" for over in (_WEEK, _BEFORE))
    total, total_before = (f"(sum by (slo_id) (sum_over_time({_TOTAL}{{{pinned}}}{over})) > 0)" for over in (_WEEK, _BEFORE))
    fell = f"({bad_before} / {total_before} - {bad} / {total})"
    share = f"({bad} + {bad_before}) / ({total} + {total_before})"
    return f"{fell} / (1 - max by (slo_id) ({names.OBJECTIVE}{{{pinned}}}))\n  * (abs({fell}) > bool 2.58 * sqrt({share} * (1 / {total} + 1 / {total_before})))"


def burn(pinned: str) -> str:
    """How fast the error budget is spent: at 1 it lasts exactly its window."""
    share = f"{_BAD}{{{pinned}}} / ({_TOTAL}{{{pinned}}} > 0)"
    return f"max by (slo_id) ({share} / (1 - {names.OBJECTIVE}{{{pinned}}}))"


def pace(pinned: str, measure: Measure, days: str) -> str:
    """How fast money is spent: at 1 the last day's pace lasts exactly for the window."""
    return f"max by (slo_id) ({names.total_sum(DAY)}{{{pinned}}} * {days} / {measure.target}{{{pinned}}})"


def budget(pinned: str) -> str:
    """What is left of the error budget: 1 is untouched, 0 is spent."""
    return f"min by (slo_id) ({names.BUDGET_REMAINING}{{{pinned}}})"


def others(category: str, variable: str) -> str:
    """How many other SLOs of a category have a firing alert."""
    fires = f'ALERTS{{alertname=~"SLO.+",alertstate="firing",slo_category="{category}",slo_id!="${variable}"}}'
    return f"count(max by (slo_id) ({fires}))\nor vector(0)"


def coverage(pinned: str, span: Duration | str) -> str:
    """The share of a window for which there is data."""
    return f"min by (slo_id) ({names.coverage(span)}{{{pinned}}})"


def sample(pinned: str, measure: Measure) -> str:
    """Events in the window."""
    return f"sum by (slo_id) ({names.total_sum(measure.span)}{{{pinned}}})"


def fastest(category: str, services: Iterable[str]) -> str:
    """The SLO of a category that burns fastest, among those of some services that alert: others may be read in other units."""
    share = f"{_BAD} / ({_TOTAL} > 0) / (1 - {names.OBJECTIVE})"
    told = names.selector(names.INFO, f'slo_category="{category}"', f"slo_service=~{names.quoted('|'.join(services))}", 'slo_policy!="none"')
    return f"topk(1, max by (slo_id) ({share} * on (slo_id) group_left () {told}))"
