"""Labels that selectors take, and labels that they leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from slo_compiler.model import Matchers, Promise, Slo, Spending
from slo_compiler.promql import Matcher, Selector
from slo_compiler.ruletest.raw.flows import Line, raw
from slo_compiler.ruletest.values import example, fitting, of_cell, selects

Labels = dict[str, str]


def taken(selector: Selector, common: Labels) -> Labels | str:
    """Labels that a selector takes, those in common as far as it takes them, or what it is that no value is found for."""
    labels, matchers = dict(common), _by_label(selector.matchers)
    for label, asked in matchers.items():
        if not takes(Selector("", asked), {label: labels.get(label, "")}) or label not in labels:
            value = fitting(asked)
            if value is None:
                return f"no value is found that {' and '.join(map(str, asked))} takes"
            labels[label] = value
    return labels if takes(selector, labels) else f"no labels are found that {selector} takes"


def _by_label(matchers: Iterable[Matcher]) -> dict[str, tuple[Matcher, ...]]:
    found: dict[str, tuple[Matcher, ...]] = {}
    for matcher in matchers:
        found[matcher.label] = (*found.get(matcher.label, ()), matcher)
    return found


def takes(selector: Selector, labels: Labels) -> bool:
    """Whether a selector takes a series of its metric; never where its regular expressions are only Go's."""
    try:
        return selects(selector, labels)
    except re.error:
        return False


def by_values(one: Promise, part: Matchers, selectors: Sequence[Selector]) -> Labels | str:
    """Values of `by` for a part of a promise that all selectors take."""
    asked = [Matcher(label, op, value) for label, op, value in part]
    asked += [matcher for selector in selectors for matcher in selector.matchers if matcher.label in one.by]
    return taken(Selector("", tuple(dict.fromkeys(asked))), of_cell(one.by, part))


def last_part(one: Promise) -> Matchers:
    """What picks the values of `by` that have no numbers of their own."""
    return one.cells[-1].matchers if isinstance(one, Slo) else one.limits[-1][0] if isinstance(one, Spending) else ()


def foreign(selector: Selector, like: Labels, unless: Sequence[Selector] = ()) -> tuple[Line, ...]:
    """Growing series that no selector of the metric takes: for each matcher one that is like these labels, but for the matcher's own."""
    found = []
    for matcher in selector.matchers:
        value = example(matcher, taken=False)
        labels = {**like, matcher.label: value or ""}
        if value is not None and not any(takes(other, labels) for other in (selector, *unless) if other.metric == selector.metric):
            found.append(Line(raw(selector.metric, labels), (0,), (7,)))
    return tuple(dict.fromkeys(found))
