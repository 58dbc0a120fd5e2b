"""Events by selectors: labels that each selector takes, and what a step of them counts, found by asking every selector."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from slo_compiler.model import Promise, SelectedEvents
from slo_compiler.promql import Selector
from slo_compiler.ruletest.raw.flows import RATE, SCRAPES, Amounts, Flow, Line, Part, Traffic, raw
from slo_compiler.ruletest.raw.labels import Labels, by_values, foreign, last_part, taken, takes
from slo_compiler.ruletest.values import example


def selected(one: Promise, sli: SelectedEvents, targets: Sequence[str]) -> Traffic | str:
    """The counters of a promise's events, or why none are found."""
    parts = sli.bad or ((sli.good,) if sli.good else ())
    by = by_values(one, last_part(one), (sli.total, *parts))
    if isinstance(by, str):
        return by
    found = [taken(part, {**dict.fromkeys(targets, "a" if part.metric == sli.total.metric else "b"), **by}) for part in parts]
    inside = [labels for labels in found if not isinstance(labels, str)]
    others = _others(sli.total, parts, {**dict.fromkeys(targets, "a"), **by}, inside)
    if isinstance(others, str) or len(inside) < len(found):
        return next(one for one in (*found, others) if isinstance(one, str))
    if any(labels.get(label, "") != value for labels in (*inside, others) for label, value in by.items()):
        return "no values of `by` are found that all selectors take"
    flows = _flows(sli, inside, others)
    return _checked(sli, flows, by, (*_foreign(sli, parts, inside), *_witnesses(sli.total, parts, inside, targets)))


def _others(total: Selector, parts: Sequence[Selector], common: Labels, inside: Sequence[Labels]) -> Labels | str:
    """Labels of events that the total takes, and none of the parts."""
    same = [part for part in parts if part.metric == total.metric]
    plain = taken(total, common)
    if isinstance(plain, str) or not any(takes(part, plain) for part in same):
        return plain
    for part, labels in zip(parts, inside, strict=False):
        for matcher in part.extra_over(total) or ():
            value = example(matcher, taken=False)
            without = {**labels, matcher.label: value or ""}
            if value is not None and takes(total, without) and not any(takes(one, without) for one in same):
                return without
    return "no labels are found for events that are counted as the other kind"


def _flows(sli: SelectedEvents, inside: Sequence[Labels], others: Labels) -> tuple[Flow, ...]:
    """Those of one kind are shared by the parts; the total counts all of them, in its own series where it does not take theirs."""
    parts = sli.bad or ((sli.good,) if sli.good else ())
    shares = _shares(len(parts))
    counted = [part.metric == sli.total.metric and takes(sli.total, labels) for part, labels in zip(parts, inside, strict=True)]
    beyond = sum(share for share, is_counted in zip(shares, counted, strict=True) if not is_counted)
    if sli.bad:
        own = [Flow(raw(part.metric, labels), (0,), (share,), born=True) for part, labels, share in zip(parts, inside, shares, strict=True)]
        return (Flow(raw(sli.total.metric, others), (RATE,), (beyond,)), *own)
    own = [Flow(raw(part.metric, labels), (share,), (0,)) for part, labels, share in zip(parts, inside, shares, strict=True)]
    return (*own, Flow(raw(sli.total.metric, others), (beyond,), (RATE,), born=not beyond))


def _shares(parts: int) -> list[int]:
    """The events of a step, shared by so many selectors; each scrape counts whole ones."""
    whole = RATE // SCRAPES
    return [SCRAPES * (whole // parts)] * (parts - 1) + [SCRAPES * (whole - whole // parts * (parts - 1))]


def _checked(sli: SelectedEvents, flows: tuple[Flow, ...], by: Labels, beside: tuple[Line, ...]) -> Traffic | str:
    """The traffic, if the selectors say of it what is meant: 100 good ones, then 100 bad ones."""
    counts = [_counts(sli, [(flow.raw, int(amount[0])) for flow, amount in zip(flows, amounts, strict=True)]) for amounts in _amounts(flows)]
    if counts != [(RATE, 0), (RATE, RATE)]:
        return "no labels are found that each selector takes once"
    several = f", those of {len(sli.bad)} selectors" if len(sli.bad) > 1 else ""
    return Traffic(flows, beside, (Part(by, RATE, Decimal(0)),), (Part(by, RATE, Decimal(RATE)),), several)


def _amounts(flows: Sequence[Flow]) -> tuple[list[Amounts], list[Amounts]]:
    return [flow.good for flow in flows], [flow.bad for flow in flows]


def _counts(sli: SelectedEvents, grown: Sequence[tuple[tuple[str, tuple[tuple[str, str], ...]], int]]) -> tuple[int, int]:
    """All events and bad ones, as the selectors say."""

    def of(selector: Selector) -> int:
        return sum(amount for (metric, labels), amount in grown if metric == selector.metric and takes(selector, dict(labels)))

    total = of(sli.total)
    return total, total - of(sli.good) if sli.good else sum(map(of, sli.bad))


def _foreign(sli: SelectedEvents, parts: Sequence[Selector], inside: Sequence[Labels]) -> tuple[Line, ...]:
    """Series that no selector takes: like the first ones that the total takes, and like those of every other metric."""
    selectors = (sli.total, *parts)
    of_total = next((labels for part, labels in zip(parts, inside, strict=True) if part.metric == sli.total.metric), inside[0])
    found = list(foreign(sli.total, of_total, selectors))
    for part, labels in zip(parts, inside, strict=True):
        if part.metric != sli.total.metric:
            found += foreign(part, labels, selectors)
    return tuple(dict.fromkeys(found))


def _witnesses(total: Selector, parts: Sequence[Selector], inside: Sequence[Labels], targets: Sequence[str]) -> tuple[Line, ...]:
    """The `up` of other targets than the total's."""
    found = [{label: labels[label] for label in targets} for part, labels in zip(parts, inside, strict=True) if part.metric != total.metric]
    return tuple(dict.fromkeys(Line(raw("up", labels), (1,), (0,)) for labels in found))
