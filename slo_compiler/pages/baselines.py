"""What a check without a number for a bound is held against: its own past, another SLO, in a sentence and as a line."""

from __future__ import annotations

from slo_compiler import names, wording
from slo_compiler.dashboards import Query
from slo_compiler.pages.measures import measure
from slo_compiler.pages.scopes import Scope
from slo_compiler.pages.words import exactly
from slo_compiler.quantities import Duration


def sentences(scope: Scope) -> list[Query]:
    """`Fails when`, of the check that is chosen."""
    unbounded = [check for check in scope.checks if not check.is_bounded]
    if not unbounded:
        return []
    numbered = list(enumerate(unbounded, 1))
    expr = " or ".join(f"{number} * {scope.info(f'slo_id={names.quoted(check.id)}')}" for number, check in numbered)
    return [Query(f"max by (slo_id) ({expr})", "Fails when", words=tuple(exactly(number, wording.too_far(check)) for number, check in numbered))]


def lines(scope: Scope) -> list[tuple[str, str, str]]:
    """The value that a check is compared with, over time: its query, name and unit. What comes from another SLO stands on that one's page."""
    found: dict[tuple[Duration | None, Duration | None, str], list[str]] = {}
    for check in scope.checks:
        if check.baseline and not check.baseline.slo:
            found.setdefault((check.baseline.offset, check.baseline.median, measure(check).unit), []).append(check.id)
    return [(_past(scope, offset, median, ids), _called(offset, median), unit) for (offset, median, unit), ids in found.items()]


def _past(scope: Scope, offset: Duration | None, median: Duration | None, ids: list[str]) -> str:
    value, those = scope.series(names.CHECK_VALUE), names.quoted("|".join(sorted(ids)))
    past = f"quantile_over_time(0.5, {value}{names.daily(median)})" if median else f"{value} offset {offset}"
    return f"({past})\nand on (slo_id) {scope.info(f'slo_id=~{those}')}"


def _called(offset: Duration | None, median: Duration | None) -> str:
    return f"median of {median.words}" if median else f"{offset.words if offset else ''} ago"
