"""Series: whether they exist, with the labels that selectors and `by` name."""

from __future__ import annotations

import re

from slo_compiler.diagnostics import Report
from slo_compiler.model import Check, ExpressedEvents, Gauge, Outages, Prometheus, Promise, SelectedEvents, Share, Slo, Spending, TimeSlices
from slo_compiler.promql import Expression, Matcher, Selector, equals
from slo_compiler.verify import values
from slo_compiler.verify.live import Live, listed
from slo_compiler.verify.near import near
from slo_compiler.verify.readings import Reading, readings

_MAKES_LABELS = re.compile(r"\blabel_(replace|join)\b")
_SCRAPED = "is it scraped by this server at all?"


def check(slo: Slo | Spending | Check, prometheus: Prometheus, live: Live, report: Report) -> bool:
    """Whether the SLI's events are there at all: what else there is to ask makes sense only then."""
    found = readings(slo)
    totals = [reading for reading in found if reading.role in {"total", "count", "value"}]
    there = [_exists(reading, live, report) for reading in totals]
    if not there or not all(there):
        return False
    _check_labels(slo, totals, prometheus, live, report)
    for reading in found:
        if reading in totals:
            values.check_total(slo, reading.selector, reading.where, live, report)
            for matcher in reading.selector.matchers:
                values.check_case(slo, matcher, reading.selector, reading.where, live, report)
        else:
            _check_part(slo, reading, live, report)
    _check_overrides(slo, totals, live, report)
    return True


# --- whether they are there ----------------------------------------------------------------------------------------------------------


def _exists(reading: Reading, live: Live, report: Report) -> bool:
    selector = reading.selector
    if not live.names(str(selector)):
        _tell_absent(reading, live, report)
        return False
    if not live.samples(f"count(last_over_time({selector}[1h]))"):
        help = "look whether its targets are up and scraped; silent for a week, it is gone"
        message = f"{selector} has had no sample for an hour"
        report.error("live/no-series", reading.where, message, help, cause=message)
        return False
    return True


def _tell_absent(reading: Reading, live: Live, report: Report) -> None:
    """An error, unless the first scrape of what may have it is still to come."""
    message, help = _why_absent(reading.selector, live)
    if waiting := _waiting(reading.selector, live):
        so_far = f"{message} so far: the first scrape of {waiting} target{'s' if waiting > 1 else ''} is still to come"
        report.note("live/no-series", reading.where, so_far, f"look again in a minute; or else: {help}", cause=so_far)
    else:
        report.error("live/no-series", reading.where, message, help, cause=message)


def _waiting(selector: Selector, live: Live) -> int:
    """How many targets that may have a selector's series wait for their first scrape; of a job that has others, they have nothing new to tell."""
    known = set(live.values("job", "up"))
    return sum(
        target.get("job") not in known and all(values.takes(one, target[one.label]) for one in selector.matchers if one.label in target)
        for target in live.unscraped()
    )


def _why_absent(selector: Selector, live: Live) -> tuple[str, str]:
    """Which part of a selector nothing has, and what comes near."""
    metric = selector.metric
    if alien := next((one for one in selector.matchers if _is_alien(one, live)), None):
        scraped = live.values(alien.label, "up")
        meant = near(alien.value, scraped)
        help = f"did you mean {meant!r}? If not: {_SCRAPED}" if meant else f"there are: {listed(scraped)}; {_SCRAPED}"
        return f"nothing on this server has {alien}", help
    if not live.names(metric):
        meant = near(metric, live.values("__name__", '{__name__!=""}'))
        return f"there is no metric {metric}", f"did you mean {meant}? If not: {_SCRAPED}" if meant else f"check the name; {_SCRAPED}"
    for matcher in selector.matchers:
        if matcher.label not in live.names(metric):
            return _no_label(Selector(metric), matcher.label, live)
        known = live.values(matcher.label, metric)
        if not any(values.takes(matcher, value) for value in (*known, "")):
            meant = near(matcher.value, known)
            return f"no series of {metric} has {matcher}", f"did you mean {meant!r}? If not: {_SCRAPED}" if meant else f"it has: {listed(known)}"
    return f"no series of {metric} has all of {{{', '.join(map(str, selector.matchers))}}}", "each of them exists, but not together"


def _is_alien(matcher: Matcher, live: Live) -> bool:
    """Whether a matcher asks for a target that this server does not know, whatever its metrics: one cause for all SLOs of a service."""
    if matcher.op not in {"=", "=~"} or values.takes(matcher, "") or matcher.label not in live.names("up"):
        return False
    return not live.names(f"{{{matcher}}}")


def _no_label(selector: Selector, label: str, live: Live) -> tuple[str, str]:
    known = sorted(live.names(str(selector)) - {"__name__"})
    meant = near(label, known)
    return f"no series of {selector} has the label {label}", f"did you mean {meant}?" if meant else f"its labels are: {listed(known)}"


# --- labels --------------------------------------------------------------------------------------------------------------------------


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
            report.error("live/no-label", slo.where / "by" / index, message, help, cause=f"{selector.metric} {label}")
    for label in prometheus.target_labels if has_targets else ():
        if label not in has:
            message, _ = _no_label(selector, label, live)
            help = "say which labels name a target: `prometheus: {target_labels: [...]}` in slo-compiler.yaml; label sets born later count by them"
            report.error("live/no-label", totals[0].where, message, help, cause=f"{selector.metric} {label}")


def _expression(slo: Slo | Spending | Check) -> str:
    """What the user wrote instead of a selector, if anything."""
    match slo:
        case Slo(sli=ExpressedEvents(total=Expression(text=text)) | TimeSlices(value=Expression(text=text))):
            return text
        case Check(value=Gauge(value=Expression(text=text))):
            return text
    return ""


# --- good and bad events -------------------------------------------------------------------------------------------------------------


def _check_part(slo: Slo | Spending | Check, reading: Reading, live: Live, report: Report) -> None:
    """Good or bad events. Bad ones may never have been there: then only their labels and values can be looked at."""
    selector = reading.selector
    total = _total(slo)
    if not live.names(selector.metric):
        _tell_absent_part(slo, reading, live, report)
        return
    if total and selector.metric != total.metric:
        _check_split(slo, reading, live, report)
    extra = selector.extra_over(total) if total else None
    whole = total if total and extra is not None else Selector(selector.metric)
    for matcher in selector.matchers if extra is None else extra:
        if matcher.label in live.names(str(whole)):
            values.check(slo, matcher, whole, reading.where, live, report)
            values.check_case(slo, matcher, selector, reading.where, live, report)
        else:
            _check_absent(slo, matcher, whole, reading, live, report)


def _tell_absent_part(slo: Promise, reading: Reading, live: Live, report: Report) -> None:
    """Good events must be there; bad ones may be born with the first failure."""
    if reading.role != "bad" or _waiting(reading.selector, live):
        _tell_absent(reading, live, report)
        return
    metric = reading.selector.metric
    meant = near(metric, live.values("__name__", '{__name__!=""}'))
    guess = f"did you mean {meant}? " if meant else ""
    help = f"{guess}A counter that is born with its first event looks the same: if it is one, `allow: [live/no-series]` says so"
    report.warning("live/no-series", reading.where, f"there is no metric {metric}", help, about=slo.where, cause=metric)


def _check_split(slo: Promise, reading: Reading, live: Live, report: Report) -> None:
    """Bad or good events of another metric must have the labels of `by`: else they meet no total."""
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


def _check_absent(slo: Promise, matcher: Matcher, whole: Selector, reading: Reading, live: Live, report: Report) -> None:
    """A label that nothing has: misspelt, or one that only failures carry."""
    meant = near(matcher.label, live.names(str(whole)) - {"__name__"})
    message, known = _no_label(whole, matcher.label, live)
    cause = f"{whole.metric} {matcher.label}"
    if meant:
        report.error("live/no-label", reading.where, message, f"did you mean {meant}?", cause=cause)
    elif not matcher.asks_for_any:
        help = f"{known}; if only failures carry it, it comes with the first one: until then SLOBlind says that it is missing"
        report.warning("live/no-label", reading.where, message, help, about=slo.where, cause=cause)


def _check_overrides(slo: Slo | Spending | Check, totals: list[Reading], live: Live, report: Report) -> None:
    """Label values that have numbers of their own."""
    parts = [matchers for matchers, _ in slo.limits] if isinstance(slo, Spending) else [cell.matchers for cell in slo.cells] if isinstance(slo, Slo) else []
    for matchers in parts:
        for label, op, value in matchers:
            known = [one for reading in totals for one in live.values(label, str(reading.selector))]
            if op == "=" and known and value not in known:
                meant = near(value, known)
                help = f"did you mean {meant!r}?" if meant else f"there are: {listed(known)}"
                message = f"no series of {totals[0].selector} has had {equals(label, value)} for a week"
                report.warning("live/value-unseen", slo.where / "overrides", message, help, about=slo.where)
