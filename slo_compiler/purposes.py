"""What a rule is for, in a sentence, and which rules read what it records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from slo_compiler import names
from slo_compiler.ir import AlertRule, Rule, ServiceRules
from slo_compiler.model import Promise, Slo, Spending
from slo_compiler.promql import selectors_in
from slo_compiler.quantities import plain

_KINDS = {"total": "events", "bad": "bad events", "measured": "moments with data"}
#: What is recorded, by the whole name; {0} and {1} are what the parentheses hold.
_RECORDED = {
    r"slo:(total|bad):delta": "the {0} of one evaluation, counted from the raw series: all sums are made of them",
    r"slo:(total|bad):sum_(\w+)": "the {0} since the {1} began",
    r"slo:(total|bad):sum(\w+)": "the {0} of the last {1}",
    r"slo:(total|bad|measured):hour": "the {0} of the last full hour, from which long windows are added up",
    r"slo:(total|bad|measured):recent": "the {0} since the hour before this one began: the newest part of long windows",
    r"slo:coverage:(\w+)": "the share of the {0} for which there is data: it scales what has been spent",
    r"slo:sli:ratio": "the share of good events over the window",
    r"slo:error_budget:remaining": "the share of the error budget that is left",
    r"slo:objective:ratio": "the objective, beside which pages and reports put what was measured",
    r"slo:info": "title, owner and policy as labels, for pages and reports",
    r"slo:value:1h": "what users saw in the last hour, in the unit of the promise",
    r"slo:value:target": "the target in the unit of the promise",
    r"slo:limit:(\w+)": "the limit that moves with the last {0}",
    r"slo:bucket:delta": "the events of one evaluation in each bucket",
    r"slo:check:value": "the value that is judged",
    r"slo:check:variance": "how far chance alone moves the value",
    r"slo:check:ratio": "the value beside the one that it is compared with",
    r"slo:clock:\w+": "the local time and the bounds of its period: the calendar of windows and of hours that count",
    r"slo:mask:bool": "whether this moment counts, as `only` and `exclude` say",
}
_ALERTS = {
    names.BURN: "errors spend the budget too fast",
    names.EXHAUSTED: "the whole budget is spent",
    names.NO_DATA: "events were counted, and no longer are",
    names.DIMENSION_LOST: "events of one value of the split were counted, and no longer are",
    names.BLIND: "nothing was ever measured, or what tells bad events is missing: the promise cannot be judged",
    names.CHECK_FAILED: "the value is beyond its bound",
}


def purpose(name: str, labels: Mapping[str, str], promise: Promise | None) -> str:
    """What a rule of ours is for; empty where we have no such rule."""
    if name in _ALERTS:
        return f"fires when {_ALERTS[name]}{_tier(labels.get('slo_tier', ''), promise)}"
    for pattern, sentence in _RECORDED.items():
        if found := re.fullmatch(pattern, name):
            kinds = {**_KINDS, "total": "money"} if isinstance(promise, Spending) else _KINDS
            return sentence.format(*(kinds.get(part, part) for part in found.groups()))
    return ""


def _tier(name: str, promise: Promise | None) -> str:
    """What a tier of burn rates asks for."""
    if not isinstance(promise, Slo):
        return ""
    tier = next((one for one in promise.alerting.tiers if one.name == name), None)
    if tier is None:
        return ""
    rate = f"more than {plain(tier.burn)} times the allowed rate" if tier.burn is not None else f"at {plain(tier.odds or 1)} times the odds"
    return f": {rate} over {tier.long}{f' and {tier.short}' if tier.short else ''}"


def readers(name: str, labels: Mapping[str, str], service: ServiceRules) -> list[str]:
    """The rules of a service that read a series, each once."""
    return list(dict.fromkeys(_told(rule) for rule in _rules(service) if _reads(rule, name, labels.get("slo_id"))))


def _reads(rule: Rule, name: str, slo_id: str | None) -> bool:
    """Whether an expression asks for a series; one that names an SLO asks for no other."""
    for one in selectors_in(rule.expr):
        asked = {matcher.value for matcher in one.matchers if matcher.label == "slo_id" and matcher.op == "="}
        if one.metric == name and (slo_id is None or not asked or slo_id in asked):
            return True
    return False


def _told(rule: Rule) -> str:
    if not isinstance(rule, AlertRule):
        return rule.record
    tier = rule.labels.get("slo_tier")
    return f"{rule.alert} ({tier})" if tier else rule.alert


def _rules(service: ServiceRules) -> Iterator[Rule]:
    return (rule for group in service.groups for rule in group.rules)
