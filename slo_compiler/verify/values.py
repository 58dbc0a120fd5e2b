"""Values: whether series have what a selector asks for. A value that nobody ever had is perfect health for ever."""

from __future__ import annotations

import re
import warnings

from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Promise
from slo_compiler.promql import Matcher, Selector
from slo_compiler.verify.live import Live, listed
from slo_compiler.verify.near import near

_CODES = re.compile(r"\^?[\dxX.|()\[\]{},+*?\\d-]*\d[\dxX.|()\[\]{},+*?\\d-]*\$?")
_ONE_CODE = re.compile(r"\d[\dxX]{2}")
_LITERALS = re.compile(r"[\w.:/ @-]+(\|[\w.:/ @-]+)*")  # or nearly: a dot takes any character


def check(slo: Promise, matcher: Matcher, whole: Selector, where: Where, live: Live, report: Report) -> None:
    """Whether some series of `whole`, which have the label, have what a matcher asks for."""
    known = [value for value in live.values(matcher.label, str(whole)) if value]
    unseen = _unseen(matcher, known)
    if unseen is None:
        return
    value, meant = unseen
    message = f'no series of {whole} has had {matcher.label}="{value}" for a week; it has: {listed(known)}'
    cause = f"{whole.metric} {matcher.label} {value}"
    if meant:
        report.warning("live/value-unseen", where, message, f"did you mean {meant!r}?", about=slo.where, cause=cause)
    elif len(known) > 1 and not _are_codes(value, known):
        help = "check how the service spells it; if it never happened so far, `allow: [live/value-unseen]` says so"
        report.warning("live/value-unseen", where, message, help, about=slo.where, cause=cause)
    else:
        help = "a service without a failure so far looks the same as a wrong value: look again after the first one"
        report.note("live/value-unseen", where, message, help, about=slo.where, cause=cause)


def check_total(slo: Promise, selector: Selector, where: Where, live: Live, report: Report) -> None:
    """The same of a selector that finds series: one of its values may still be a misspelt one, left out in vain or one of several."""
    for matcher in selector.matchers:
        rest = _without(matcher, selector)
        unseen = _unseen(matcher, [value for value in live.values(matcher.label, str(rest)) if value])
        if unseen and unseen[1]:
            check(slo, matcher, rest, where, live, report)


def check_case(slo: Promise, matcher: Matcher, selector: Selector, where: Where, live: Live, report: Report) -> None:
    """Two spellings of one value, of which a matcher of the selector names one."""
    if not _LITERALS.fullmatch(matcher.value):
        return
    asked, rest = matcher.value.split("|") if "~" in matcher.op else [matcher.value], _without(matcher, selector)
    known = live.values(matcher.label, str(rest))
    for value in asked:
        other = next((one for one in known if value in known and one not in asked and one.lower() == value.lower()), None)
        if other:
            message = f'series of {rest} have {matcher.label}="{value}" and {matcher.label}="{other}", and this names one of them only'
            both = Matcher(matcher.label, "!~" if "!" in matcher.op else "=~", "|".join([*asked, other]))
            help = f"name both, {both}, or let the services spell it alike"
            report.warning("live/value-case", where, message, help, about=slo.where, cause=f"{rest.metric} {matcher.label} {value}")


def _without(matcher: Matcher, selector: Selector) -> Selector:
    return Selector(selector.metric, tuple(one for one in selector.matchers if one is not matcher))


def _unseen(matcher: Matcher, known: list[str]) -> tuple[str, str | None] | None:
    """A value that a matcher names and no series has, with the known one that was probably meant; None where nothing is odd.

    Of several alternatives one that is known is enough, unless another one is nearly a known value.
    """
    if matcher.asks_for_any:
        return None
    if "~" in matcher.op and not _LITERALS.fullmatch(matcher.value):
        return _unseen_by_pattern(matcher, known)
    one_of = "~" in matcher.op
    asked = matcher.value.split("|") if one_of else [matcher.value]
    missing = [value for value in asked if not any(takes(Matcher(matcher.label, "=~" if one_of else "=", value), one) for one in known)]
    for value in missing:
        if meant := near(value, [one for one in known if one not in asked]):
            return value, meant
    return (missing[0], None) if len(missing) == len(asked) else None


def _unseen_by_pattern(matcher: Matcher, known: list[str]) -> tuple[str, str | None] | None:
    """The same for a pattern: one that differs in upper and lower case was probably meant. What is left out by a pattern may be nothing."""
    pattern = Matcher(matcher.label, "=~", matcher.value)
    if any(takes(pattern, value) for value in known):
        return None
    meant = next((value for value in known if takes(Matcher(matcher.label, "=~", f"(?i:{matcher.value})"), value)), None)
    return (matcher.value, meant) if meant or matcher.op == "=~" else None


def _are_codes(value: str, known: list[str]) -> bool:
    """Whether a pattern of status codes stands beside status codes: `5..` is spelled as 200 and 404 are, it only never happened."""
    return _CODES.fullmatch(value) is not None and all(_ONE_CODE.fullmatch(one) for one in known)


def takes(matcher: Matcher, value: str) -> bool:
    """Whether a matcher takes a value; a pattern that only Go understands takes any."""
    if matcher.op in {"=", "!="}:
        return (value == matcher.value) == (matcher.op == "=")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            fits = re.fullmatch(matcher.value, value, re.DOTALL) is not None
    except (re.error, FutureWarning):  # Go's syntax, which is not quite Python's
        return True
    return fits == (matcher.op == "=~")
