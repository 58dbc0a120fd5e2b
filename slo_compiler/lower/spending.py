"""Promises of money: what was spent in a window, what is left of it, and whether the pace will do."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import AlertRule, RecordingRule
from slo_compiler.lower import absent, clocks
from slo_compiler.lower.absent import Reasons
from slo_compiler.lower.anchors import growth, vouched
from slo_compiler.lower.shapes import Shapes, either, own, sum_by
from slo_compiler.lower.subjects import Subject, Voice
from slo_compiler.model import Spending
from slo_compiler.quantities import Duration, plain

DAY, HOUR = Duration(Decimal(86400)), Duration(Decimal(3600))
_TOO_FAST = Decimal("1.5")  # times an even pace: a busy day is no reason yet


def delta(spend: Spending, labels: dict[str, str], shapes: Shapes) -> RecordingRule:
    """What was spent in the last step."""
    grown = growth(spend.metric, vouched(str(spend.metric), shapes), shapes)
    return RecordingRule(names.TOTAL_DELTA, shapes.promql("counted", by=sum_by(spend.by), growth=grown), labels, spend.where)


def recordings(spend: Spending, labels: dict[str, str], shapes: Shapes) -> list[RecordingRule]:
    """What is left, the limit, and what the last hour cost."""
    total = names.total_sum(spend.span)
    left = [shapes.promql("spent", total=total + own(spend, matchers), limit=plain(limit)) for matchers, limit in spend.limits]
    target = [shapes.promql("constant", split=bool(spend.by), total=total + own(spend, matchers), number=plain(limit)) for matchers, limit in spend.limits]
    found = ((names.BUDGET_REMAINING, either(left)), (names.VALUE_TARGET, either(target)), (names.VALUE_1H, names.total_sum(HOUR) + own(spend)))
    return [*(RecordingRule(record, expr, labels, spend.where) for record, expr in found), _info(spend, labels)]


def _info(spend: Spending, labels: dict[str, str]) -> RecordingRule:
    described = {
        "slo_category": spend.category, "slo_title": spend.title, "slo_owner": spend.owner, "slo_window": str(spend.span), "slo_kind": spend.kind,
        "slo_unit": spend.unit, "slo_better": spend.better, "slo_policy": spend.alerting.policy, "slo_sampled": "no", "slo_revision": str(spend.revision),
    }  # fmt: skip
    if not spend.freezes:
        described["slo_freeze"] = "no"
    return RecordingRule(names.INFO, "vector(1)", {**labels, **spend.labels, **described}, spend.where)


def missing(of: Subject, spend: Spending, voice: Voice) -> list[AlertRule]:
    """The alerts about data that is not there."""
    return absent.missing(of, voice, Reasons(metric=spend.metric.metric, noun=spend.unit or "units"))


def alerts(of: Subject, spend: Spending, voice: Voice) -> list[AlertRule]:
    """The pace of the last day, and that all is spent."""
    found = []
    if "ticket" not in spend.alerting.disable:
        found.append(_pace(of, spend, voice))
    if spend.freezes:
        expr = f"{names.BUDGET_REMAINING}{own(spend)} <= 0"
        own_labels = {"severity": voice.severity("ticket"), "slo_action": "freeze"}
        found.append(of.alert(names.EXHAUSTED, "exhausted", expr, own_labels, _texts("spent", of, spend, voice.shapes)))
    return found


def _pace(of: Subject, spend: Spending, voice: Voice) -> AlertRule:
    day, days = names.total_sum(DAY), plain(spend.window.seconds / DAY.seconds)
    start, end = _edges(spend)
    parts = [
        voice.shapes.promql(
            "pace", calendar=spend.calendar is not None, day=day + own(spend, matchers), start=start, end=end, days=days, enough=plain(limit * _TOO_FAST)
        )
        for matchers, limit in spend.limits
    ]
    own_labels = {"slo_tier": "ticket", "severity": voice.severity("ticket")}
    return of.alert(names.BURN, "ticket", either(parts), own_labels, _texts("pace", of, spend, voice.shapes), hold=HOUR)


def _edges(spend: Spending) -> tuple[str, str]:
    if not spend.calendar:
        return "", ""
    zone, period = spend.calendar.zone.name, spend.calendar.period
    start, end = (clocks.selector(edge, spend.service, zone, period) for edge in (names.CLOCK_START, names.CLOCK_END))
    return start, end


def _texts(leaf: str, of: Subject, spend: Spending, shapes: Shapes) -> dict[str, str]:
    whole = f"the {spend.span}" if spend.calendar else str(spend.window)
    amount = f"{plain(spend.limits[-1][1])}{f' {spend.unit}' if spend.unit else ''}"
    if len(spend.limits) > 1:
        unit = f" {spend.unit}" if spend.unit else ""
        amount = f"{{{{ with printf `{names.VALUE_TARGET}%s` $s | query }}}}{{{{ . | first | value }}}}{unit}{{{{ else }}}}its limit{{{{ end }}}}"
    common = {
        "unit": spend.unit, "amount": amount, "whole": whole, "series": of.series, "day": names.total_sum(DAY), "spent": names.total_sum(spend.span),
        "remaining": names.BUDGET_REMAINING,
    }  # fmt: skip
    said = "its limit" if len(spend.limits) > 1 else amount
    summary = shapes.sentence(f"{leaf}.summary", service=spend.service, title=of.title, split=of.split, amount=said, whole=whole)
    return {"summary": summary, "description": shapes.sentence(f"{leaf}.description", **common)}
