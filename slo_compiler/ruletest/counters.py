"""The raw series that events of an SLO move, found from its selectors: what a test puts in, so that the counting itself is tested."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slo_compiler.lower.shapes import objective_cells
from slo_compiler.model import Histogram, SelectedEvents, Slo
from slo_compiler.promql import Matcher, Selector
from slo_compiler.quantities import plain
from slo_compiler.ruletest.values import example, of_cell, selects

#: A metric and its labels.
Raw = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Counters:
    """The series that each good event adds one to, and each bad one; `foreign` ones are like bad events that no selector takes.

    Where `born`, the bad ones have series of their own, which begin with the first of them. `by` are the labels of the SLO's own series.
    """

    good: tuple[Raw, ...]
    bad: tuple[Raw, ...]
    foreign: tuple[Raw, ...]
    by: dict[str, str]
    born: bool


def counters(slo: Slo, target_labels: tuple[str, ...]) -> Counters | str:
    """Those of an SLO, or why there are none."""
    if slo.is_masked:
        return "it counts in some hours only"
    by = of_cell(slo.by, objective_cells(slo)[-1])
    common = {**dict.fromkeys(target_labels, "a"), **by}
    if isinstance(slo.sli, SelectedEvents):
        return _selected(slo.sli, common, by)
    if isinstance(slo.sli, Histogram) and not slo.sli.native and slo.sli.limit.exact and {cell.limit for cell in slo.cells} == {slo.sli.limit}:
        return _observed(slo.sli, common, by)
    return "its counting has no test yet"


def _satisfied(selector: Selector, common: dict[str, str]) -> dict[str, str] | str:
    """Labels that a selector takes, or what it is that no value is found for."""
    labels = dict(common)
    for matcher in selector.matchers:
        value = labels.get(matcher.label) if _fits(matcher, labels.get(matcher.label)) else example(matcher)
        if value is None:
            return f"no value is found that {matcher} takes"
        labels[matcher.label] = value
    return labels if _takes(selector, labels) else f"no labels are found that {selector} takes"


def _fits(matcher: Matcher, value: str | None) -> bool:
    return value is not None and _takes(Selector("", (matcher,)), {matcher.label: value})


def _takes(selector: Selector, labels: dict[str, str]) -> bool:
    try:
        return selects(selector, labels)
    except re.error:
        return False


def _raw(metric: str, labels: dict[str, str]) -> Raw:
    return metric, tuple((label, value) for label, value in labels.items() if value)


def _selected(sli: SelectedEvents, common: dict[str, str], by: dict[str, str]) -> Counters | str:
    chosen = sli.good or sli.bad[0]
    if chosen.extra_over(sli.total) is None:
        return "good or bad ones are no part of the total: its counting has no test yet"
    inside = _satisfied(chosen, common)
    if isinstance(inside, str):
        return inside
    outside = _outside(sli, inside)
    if outside is None:
        return "no labels are found for events that are counted as the other kind"
    good, bad = (inside, outside) if sli.good else (outside, inside)
    if sum(_takes(one, bad) for one in sli.bad if one.metric == sli.total.metric) > 1 or {one.metric for one in sli.bad} - {sli.total.metric}:
        return "several selectors of bad events: its counting has no test yet"
    if any(bad.get(label) != value for label, value in by.items()) or any(good.get(label) != value for label, value in by.items()):
        return "a selector picks the values of `by`: its counting has no test yet"
    metric = sli.total.metric
    return Counters((_raw(metric, good),), (_raw(metric, bad),), _foreign(sli.total, (metric,), bad), by, born=True)


def _outside(sli: SelectedEvents, inside: dict[str, str]) -> dict[str, str] | None:
    """Labels that the total takes, and no selector of the kind that `inside` is of."""
    parts = (sli.good,) if sli.good else sli.bad
    for matcher in parts[0].extra_over(sli.total) or ():
        value = example(matcher, taken=False)
        labels = {**inside, matcher.label: value or ""}
        if value is not None and _takes(sli.total, labels) and not any(_takes(part, labels) for part in parts if part.metric == sli.total.metric):
            return labels
    return None


def _foreign(total: Selector, metrics: tuple[str, ...], labels: dict[str, str]) -> tuple[Raw, ...]:
    """Series of the same metrics that one matcher of the total leaves."""
    for matcher in total.matchers:
        value = example(matcher, taken=False)
        if value and not _takes(total, {**labels, matcher.label: value}):
            return tuple(_raw(metric, {**labels, matcher.label: value}) for metric in metrics)
    return ()


def _observed(sli: Histogram, common: dict[str, str], by: dict[str, str]) -> Counters | str:
    labels = _satisfied(sli.metric, common)
    if isinstance(labels, str):
        return labels
    if any(labels.get(label) != value for label, value in by.items()):
        return "a selector picks the values of `by`: its counting has no test yet"
    count = _raw(f"{sli.metric.metric}_count", labels)
    up_to = _raw(f"{sli.metric.metric}_bucket", {**labels, "le": plain(sli.limit.below)})
    foreign = _foreign(sli.metric, (f"{sli.metric.metric}_count",), labels)
    foreign += _foreign(sli.metric, (f"{sli.metric.metric}_bucket",), {**labels, "le": plain(sli.limit.below)})
    good, bad = ((count, up_to), (count,)) if sli.at_most else ((count,), (count, up_to))
    return Counters(good, bad, foreign, by, born=False)
