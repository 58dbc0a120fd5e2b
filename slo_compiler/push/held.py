"""A group that a ruler holds: whether it means what we would write, whether it is ours, which series it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import cast

from slo_compiler import names, promql
from slo_compiler.ir import AlertRule, RecordingRule, Rule, RuleGroup
from slo_compiler.quantities import Duration, duration

Group = Mapping[str, object]  # as the ruler tells it, plain data
_TOLD = {"name", "interval", "rules"}
_NAUGHT = re.compile(r"(0(ms|[smhdwy])?)*")  # a length of nothing; servers write defaults out

Series = tuple[str, ...]  # what tells two series apart: name and labels, and the expression where labels tell nothing


def is_alike(held: Group, group: RuleGroup) -> bool:
    """Whether a ruler would do the same with both: spellings of durations and expressions do not matter, keys of a group that we never write do."""
    more = {key: value for key, value in held.items() if key not in _TOLD and value and not _NAUGHT.fullmatch(str(value))}
    rules = list(_rules(held))
    if more or _length(held.get("interval")) != group.interval.seconds or len(rules) != len(group.rules):
        return False
    return all(_is_alike(told, rule) for told, rule in zip(rules, group.rules, strict=True))


def is_ours(namespace: str, held: Group, prefix: str) -> bool:
    """Whether we wrote a group and nobody but us: the names are as we make them under this prefix, and so is each rule."""
    service = names.service_of(str(held.get("name")))
    return bool(service) and namespace in {prefix, f"{prefix}-{service}"} and has_only_ours(held)


def prefix_of(namespace: str, held: Group) -> str:
    """The prefix under which we wrote a group; empty where we did not."""
    service = names.service_of(str(held.get("name")))
    prefix = namespace.removesuffix(f"-{service}")
    return prefix if is_ours(namespace, held, prefix) else ""


def has_only_ours(held: Group) -> bool:
    """Whether each rule of a group looks like one of ours."""
    rules = list(_rules(held))
    return bool(rules) and all(map(_carries_ours, rules))


def is_named_ours(namespace: str, prefix: str) -> bool:
    """Whether a namespace may be one of ours."""
    return namespace == prefix or namespace.startswith(f"{prefix}-")


def series_of(group: RuleGroup) -> frozenset[Series]:
    """What a group of ours writes."""
    return frozenset(_series(_name(rule), rule.labels, rule.expr) for rule in group.rules)


def series_held(held: Group) -> frozenset[Series]:
    """What a group on the ruler writes."""
    return frozenset(_series(_told_name(rule), _texts(rule.get("labels")), str(rule.get("expr"))) for rule in _rules(held))


def slo_of(series: Series) -> str:
    """The SLO that a series belongs to; empty where it serves a whole service, or is none of ours."""
    return next((label.partition("=")[2] for label in series[1:] if label.startswith("slo_id=")), "")


def _series(name: str, labels: Mapping[str, str], expr: str) -> Series:
    told = tuple(sorted(f"{label}={value}" for label, value in labels.items()))
    return (name, *told) if "slo_id" in labels else (name, *told, expr.strip())


def _carries_ours(told: Group) -> bool:
    if "record" in told:
        return str(told["record"]).startswith("slo:")
    return "slo_id" in _texts(told.get("labels"))


def _is_alike(told: Group, rule: Rule) -> bool:
    if _told_name(told) != _name(rule) or ("record" in told) != isinstance(rule, RecordingRule) or _texts(told.get("labels")) != dict(rule.labels):
        return False
    if isinstance(rule, AlertRule):
        lengths = (told.get("for"), rule.hold), (told.get("keep_firing_for"), rule.keep_firing_for)
        if any(_length(there) != (here.seconds if here else 0) for there, here in lengths) or _texts(told.get("annotations")) != dict(rule.annotations):
            return False
    expr = str(told.get("expr"))
    return expr == rule.expr or promql.canonical(expr) == promql.canonical(rule.expr)


def _name(rule: Rule) -> str:
    return rule.record if isinstance(rule, RecordingRule) else rule.alert


def _told_name(told: Group) -> str:
    return str(told.get("record", told.get("alert")))


def _length(raw: object) -> Decimal | None:
    """Seconds; 0 where nothing was said, None where it is no length."""
    if raw is None or _NAUGHT.fullmatch(str(raw)):
        return Decimal(0)
    found = duration(str(raw))
    return found.seconds if isinstance(found, Duration) else None


def _rules(held: Group) -> Iterator[Group]:
    rules = held.get("rules")
    return (cast(Group, rule) for rule in rules if isinstance(rule, dict)) if isinstance(rules, list) else iter(())


def _texts(found: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
