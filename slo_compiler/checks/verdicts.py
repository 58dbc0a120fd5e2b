"""Verdicts that decide nothing: a bound that no share of events can pass, or that every one does, and a value beside itself."""

from __future__ import annotations

from slo_compiler.diagnostics import Report
from slo_compiler.model import Check, Gauge, OtherSlo, Share, Spec
from slo_compiler.quantities import plain


def check(spec: Spec, report: Report) -> None:
    """Report checks that can never fail, and those that always do."""
    for one in spec.checks:
        outcome = _of_itself(one) or _of_a_distance(one) or _of_a_share(one)
        if outcome:
            message, help = outcome
            report.error("check/decides-nothing", one.where / "sli" / "check" / one.verdict.key, f"{one.verdict.key} {one.verdict.text} {message}", help)


def _of_itself(one: Check) -> tuple[str, str] | None:
    """An SLO that is compared with itself, at the same time."""
    other = one.baseline.slo if one.baseline else None
    if other and isinstance(one.value, OtherSlo) and other.name == one.value.name:
        return f"decides nothing: {other.name} is compared with itself", "compare it with another SLO, or with its own past: `baseline: {offset: 7d}`"
    return None


def _of_a_distance(one: Check) -> tuple[str, str] | None:
    """A distance of nothing or less, which all that moves passes; a gauge alone may be meant to stand still."""
    verdict = one.verdict
    if verdict.key not in {"changed_by", "within"} or verdict.number > 0:
        return None
    if verdict.number == 0 and isinstance(one.value, Gauge):
        return None
    help = (
        f"write {verdict.text.removeprefix('-')}: a distance counts in both directions"
        if verdict.number
        else "write how far apart they may be, for example 5pp or 15%"
    )
    return "always fails: a distance is more than nothing", help


def _of_a_share(one: Check) -> tuple[str, str] | None:
    """A bound outside of what a share can be: from 0 to 1, and so are distances between two of them."""
    key, number = one.verdict.key, one.verdict.number
    if one.verdict.of_baseline or not isinstance(one.value, Share | OtherSlo):
        return None
    if key == "at_least":
        outcome = "can never fail" if number <= 0 else "always fails" if number > 1 else ""
    else:
        outcome = "can never fail" if number >= 1 else "always fails" if number < 0 else ""
    return (f"{outcome}: a share of events lies between 0% and 100%", _meant(one)) if outcome else None


def _meant(one: Check) -> str:
    """The next step: most often a percentage without its sign."""
    text, number = one.verdict.text, one.verdict.number
    bare = text.removeprefix("-").removesuffix("%").removesuffix("pp").strip()
    sign = "pp" if one.verdict.key in {"changed_by", "within"} else "%"
    if bare == text and 1 <= number < 100:
        return f"write {plain(number)}{sign}"
    if number < 0:
        return f"write {bare}{sign}"
    return f"choose a number above 0{sign} and below 100{sign}"
