"""What a check without a number for a bound is held against: its own past, or another SLO, as a line whose name says when the check fails."""

from __future__ import annotations

from slo_compiler import names, wording
from slo_compiler.model import Baseline, Check
from slo_compiler.pages.measures import Promised, measure
from slo_compiler.pages.scopes import Scope


def lines(scope: Scope) -> list[tuple[str, str, str]]:
    """A query, its name and its unit for each way to be compared; checks that are compared in one way share it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for check in scope.checks:
        if check.baseline and (past := _past(scope, check, check.baseline)):
            found.setdefault((past, f"fails when {wording.too_far(check)}", measure(check).unit), []).append(check.id)
    return [(_only(scope, past, ids), name, unit) for (past, name, unit), ids in found.items()]


def _past(scope: Scope, check: Check, baseline: Baseline) -> str:
    """What the value is compared with; empty for an SLO that the page does not show."""
    if baseline.slo:
        other = next((one for one in scope.promises if (one.service, one.name) == (check.service, baseline.slo.name)), None)
        return _share_of(other, check) if other else ""
    value = scope.series(names.CHECK_VALUE)
    return f"quantile_over_time(0.5, {value}{names.daily(baseline.median)})" if baseline.median else f"{value} offset {baseline.offset}"


def _share_of(other: Promised, check: Check) -> str:
    bad, total = (names.selector(series(check.window), f"slo_id={names.quoted(other.id)}") for series in (names.bad_sum, names.total_sum))
    return f"1 - {bad} / ({total} > 0)"


def _only(scope: Scope, past: str, ids: list[str]) -> str:
    """Where one of these checks is chosen; what comes from another SLO has the identity of that one."""
    those = names.quoted("|".join(sorted(ids)))
    on = "slo_id" if names.CHECK_VALUE in past else ""
    return f"({past})\nand on ({on}) {scope.info(f'slo_id=~{those}')}"
