"""Series: whether they exist, with the labels and the values that selectors name. A value that nobody ever had is perfect health for ever."""

from __future__ import annotations

import re
import warnings

from slo_compiler.diagnostics import Report, Where, nearest
from slo_compiler.model import Check, ExpressedEvents, Gauge, Outages, Prometheus, Promise, SelectedEvents, Share, Slo, Spending, TimeSlices
from slo_compiler.promql import Expression, Matcher, Selector, equals
from slo_compiler.verify.live import Live, Reading, listed, readings

_CODES = re.compile(r"\^?[\dxX.|()\[\]{},+*?\\d-]*\d[\dxX.|()\[\]{},+*?\\d-]*\$?")
_ONE_CODE = re.compile(r"\d[\dxX]{2}")
_NEGATION = re.compile(r"(?:in|un|im|ir|dis|non|not|no)[-_ ]?", re.IGNORECASE)
_LITERALS = re.compile(r"[\w.:/ @-]+(\|[\w.:/ @-]+)*")  # or nearly: a dot takes any character
_MAKES_LABELS = re.compile(r"\blabel_(replace|join)\b")
_LIKE = 0.75
_VERY_LIKE = 0.85  # as a misspelt name is; `x_errors_total` is less like `x_requests_total`


def check(slo: Slo | Spending | Check, prometheus: Prometheus, live: Live, report: Report) -> bool:
    """Whether the SLI's events are there at all: what else there is to ask makes sense only then."""
    found = readings(slo)
    totals = [reading for reading in found if reading.role in {"total", "count", "value"}]
    there = [_exists(reading, live, report) for reading in totals]
    if not there or not all(there):
        return False
    _check_labels(slo, totals, prometheus, live, report)
    for reading in found:
        if reading not in totals:
            _check_part(slo, reading, live, report)
    _check_overrides(slo, totals, live, report)
    return True


def _exists(reading: Reading, live: Live, report: Report) -> bool:
    selector = reading.selector
    if not live.names(str(selector)):
        message, help = _why_absent(selector, live)
        report.error("live/no-series", reading.where, message, help)
        return False
    if not live.samples(f"count(last_over_time({selector}[1h]))"):
        help = "look whether its targets are up and scraped; silent for a week, it is gone"
        report.error("live/no-series", reading.where, f"{selector} has had no sample for an hour", help)
        return False
    return True


def _why_absent(selector: Selector, live: Live) -> tuple[str, str]:
    """Which part of a selector nothing has, and what comes near."""
    metric = selector.metric
    if not live.names(metric):
        near = nearest(metric, live.values("__name__", '{__name__!=""}'))
        return f"there is no metric {metric}", f"did you mean {near}?" if near else "check the name, and that this server scrapes the service"
    for matcher in selector.matchers:
        if matcher.label not in live.names(metric):
            return _no_label(Selector(metric), matcher.label, live)
        known = live.values(matcher.label, metric)
        if not any(_takes(matcher, value) for value in (*known, "")):
            near = nearest(matcher.value, known)
            help = f"did you mean {near!r}?" if near else f"it has: {listed(known)}"
            return f"no series of {metric} has {matcher}", help
    return f"no series of {metric} has all of {{{', '.join(map(str, selector.matchers))}}}", "each of them exists, but not together"


def _no_label(selector: Selector, label: str, live: Live) -> tuple[str, str]:
    known = sorted(live.names(str(selector)) - {"__name__"})
    near = nearest(label, known)
    return f"no series of {selector} has the label {label}", f"did you mean {near}?" if near else f"its labels are: {listed(known)}"


def _check_labels(slo: Slo | Spending | Check, totals: list[Reading], prometheus: Prometheus, live: Live, report: Report) -> None:
    """The labels of `by`, and those that name a target; an expression may join or make labels, and its rules ask for no targets."""
    selector = totals[0].selector
    has = {label for reading in totals for label in live.names(str(reading.selector))}
    expression = _expression(slo)
    measured = slo.value if isinstance(slo, Check) else slo.sli if isinstance(slo, Slo) else None
    has_targets = not isinstance(measured, ExpressedEvents | TimeSlices | Gauge | Outages)
    for index, label in enumerate(slo.by):
        if label not in has and not _MAKES_LABELS.search(expression):
            message, help = _no_label(selector, label, live)
            report.error("live/no-label", slo.where / "by" / index, message, help)
    for label in prometheus.target_labels if has_targets else ():
        if label not in has:
            message, _ = _no_label(selector, label, live)
            help = "say which labels name a target: `prometheus: {target_labels: [...]}` in slo-compiler.yaml; label sets born later count by them"
            report.error("live/no-label", totals[0].where, message, help)


def _expression(slo: Slo | Spending | Check) -> str:
    """What the user wrote instead of a selector, if anything."""
    match slo:
        case Slo(sli=ExpressedEvents(total=Expression(text=text)) | TimeSlices(value=Expression(text=text))):
            return text
        case Check(value=Gauge(value=Expression(text=text))):
            return text
    return ""


def _check_part(slo: Slo | Spending | Check, reading: Reading, live: Live, report: Report) -> None:
    """Good or bad events. Bad ones may never have been there: then only their labels and values can be looked at."""
    selector = reading.selector
    total = _total(slo)
    if not live.names(selector.metric):
        others = set(live.values("__name__", '{__name__!=""}')) - {one.selector.metric for one in readings(slo)}
        near = nearest(selector.metric, sorted(others), likeness=_VERY_LIKE)
        message = f"there is no metric {selector.metric}"
        if reading.role == "bad":
            meant = f"did you mean {near}? " if near else ""
            help = f"{meant}A counter that is born with its first event looks the same: if it is one, `allow: [live/no-series]` says so"
            report.warning("live/no-series", reading.where, message, help, about=slo.where)
        else:
            help = f"did you mean {near}?" if near else "check the name, and that this server scrapes the service"
            report.error("live/no-series", reading.where, message, help)
        return
    if total and selector.metric != total.metric:
        _check_split(slo, reading, live, report)
    extra = selector.extra_over(total) if total else None
    whole = total if total and extra is not None else Selector(selector.metric)
    for matcher in selector.matchers if extra is None else extra:
        _check_matcher(slo, matcher, whole, reading.where, live, report)


def _check_split(slo: Promise, reading: Reading, live: Live, report: Report) -> None:
    """Bad or good events of another metric must have the labels of `by`, and its values: else they meet no total."""
    for label in slo.by:
        if label not in live.names(str(reading.selector)):
            message, help = _no_label(reading.selector, label, live)
            report.error("live/no-label", reading.where, f"{message}, by which the SLO is split", help)


def _total(slo: Slo | Spending | Check) -> Selector | None:
    """What bad and good events are a part of, where it is a counter."""
    match slo:
        case Slo(sli=SelectedEvents(total=total)) | Check(value=Share(events=SelectedEvents(total=total))):
            return total
    return None


def _check_matcher(slo: Promise, matcher: Matcher, whole: Selector, where: Where, live: Live, report: Report) -> None:
    """Whether some series of `whole` has what a matcher asks for."""
    if matcher.label not in live.names(str(whole)):
        _check_absent(slo, matcher, whole, where, live, report)
        return
    if matcher.asks_for_any:
        return
    known = [value for value in live.values(matcher.label, str(whole)) if value]
    unseen = _unseen(matcher, known)
    if not unseen:
        return
    value, near = unseen
    message = f'no series of {whole} has had {matcher.label}="{value}" for a week; it has: {listed(known)}'
    if near:
        report.warning("live/value-unseen", where, message, f"did you mean {near!r}?", about=slo.where)
    elif len(known) > 1 and not _are_codes(value, known):
        help = "check how the service spells it; if it never happened so far, `allow: [live/value-unseen]` says so"
        report.warning("live/value-unseen", where, message, help, about=slo.where)
    else:
        help = "a service without a failure so far looks the same as a wrong value: look again after the first one"
        report.note("live/value-unseen", where, message, help, about=slo.where)


def _check_absent(slo: Promise, matcher: Matcher, whole: Selector, where: Where, live: Live, report: Report) -> None:
    """A label that nothing has: misspelt, or one that only failures carry."""
    near = nearest(matcher.label, live.names(str(whole)) - {"__name__"}, likeness=_LIKE)
    message, known = _no_label(whole, matcher.label, live)
    if near:
        report.error("live/no-label", where, message, f"did you mean {near}?")
    elif not matcher.asks_for_any:
        help = f"{known}; if only failures carry it, it comes with the first one: until then SLOBlind says that it is missing"
        report.warning("live/no-label", where, message, help, about=slo.where)


def _unseen(matcher: Matcher, known: list[str]) -> tuple[str, str | None] | None:
    """A value that a matcher names and no series has, with the known one that was probably meant; None where nothing is odd.

    Of several alternatives one that is known is enough, unless another one is nearly a known value.
    """
    if matcher.op in {"!=", "!~"} and not _LITERALS.fullmatch(matcher.value):
        return None
    if matcher.op == "=~" and not _LITERALS.fullmatch(matcher.value):
        return None if any(_takes(matcher, value) for value in known) else (matcher.value, None)
    one_of = matcher.op in {"=~", "!~"}
    asked = matcher.value.split("|") if one_of else [matcher.value]
    missing = [value for value in asked if not any(_takes(Matcher(matcher.label, "=~" if one_of else "=", value), one) for one in known)]
    for value in missing:
        if near := _meant(value, [one for one in known if one not in asked]):
            return value, near
    return (missing[0], None) if len(missing) == len(asked) else None


def _meant(value: str, known: list[str]) -> str | None:
    """The known value that was probably meant: spelled nearly alike, but neither its opposite nor another number."""
    other_case = next((one for one in known if one.lower() == value.lower()), None)
    near = other_case or nearest(value, known, likeness=0.7)
    if near is None or _are_opposites(value, near) or re.sub(r"\d", "0", value) == re.sub(r"\d", "0", near):
        return None
    return near


def _are_opposites(one: str, other: str) -> bool:
    """Whether one is the other with a negation before it: `incorrect` was not meant to be `correct`."""
    longer, shorter = sorted((one.lower(), other.lower()), key=len, reverse=True)
    return longer.endswith(shorter) and _NEGATION.fullmatch(longer.removesuffix(shorter)) is not None


def _are_codes(value: str, known: list[str]) -> bool:
    """Whether a pattern of status codes stands beside status codes: `5..` is spelled as 200 and 404 are, it only never happened."""
    return _CODES.fullmatch(value) is not None and all(_ONE_CODE.fullmatch(one) for one in known)


def _takes(matcher: Matcher, value: str) -> bool:
    if matcher.op in {"=", "!="}:
        return (value == matcher.value) == (matcher.op == "=")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            fits = re.fullmatch(matcher.value, value, re.DOTALL) is not None
    except (re.error, FutureWarning):  # Go's syntax, which is not quite Python's
        return True
    return fits == (matcher.op == "=~")


def _check_overrides(slo: Slo | Spending | Check, totals: list[Reading], live: Live, report: Report) -> None:
    """Label values that have numbers of their own."""
    parts = [matchers for matchers, _ in slo.limits] if isinstance(slo, Spending) else [cell.matchers for cell in slo.cells] if isinstance(slo, Slo) else []
    for matchers in parts:
        for label, op, value in matchers:
            known = [one for reading in totals for one in live.values(label, str(reading.selector))]
            if op == "=" and known and value not in known:
                near = nearest(value, known)
                help = f"did you mean {near!r}?" if near else f"there are: {listed(known)}"
                message = f"no series of {totals[0].selector} has had {equals(label, value)} for a week"
                report.warning("live/value-unseen", slo.where / "overrides", message, help, about=slo.where)
