"""An SLO as its alerts see it: what was promised, which policy and why, what each tier needs to fire, what the rules cost."""

from __future__ import annotations

from dataclasses import dataclass

from slo_compiler import cost, policy, simulate, wording
from slo_compiler.build.policies import shipped
from slo_compiler.cost import Cost
from slo_compiler.ir import ServiceRules
from slo_compiler.model import (
    Cell,
    Check,
    ExpressedEvents,
    Gauge,
    Histogram,
    Mean,
    OtherSlo,
    Outages,
    Prometheus,
    Quantile,
    SelectedEvents,
    Share,
    Slo,
    Spending,
    Tail,
    Tier,
    TimeSlices,
    Value,
)  # fmt: skip
from slo_compiler.promql import Expression
from slo_compiler.quantities import plain
from slo_compiler.simulate import Trigger

#: Events an hour at which critical counts are told, and shares of an incident for which times are told.
RATES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
SHARES = (1.0, 0.1, 0.01)
USUAL_RATE = 1_000.0
_DAY = 24
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Portrait:
    """`parts` are the label values with numbers of their own, by name; the last one, or the only one, is the rest."""

    slo: Slo
    why: str
    parts: tuple[tuple[str, Cell, tuple[Trigger, ...]], ...]
    absent: tuple[tuple[str, str], ...]  # tiers of the policy that are not there, and why
    rate: float  # events an hour
    reads: tuple[str, ...]
    cost: Cost


def of_slo(slo: Slo, service: ServiceRules, prometheus: Prometheus, *, rate: float | None, series: int, values: int) -> Portrait:
    """The portrait of an SLO at so many events an hour (its `expected_rate`, else 1,000), raw series and `by` values."""
    parts, least = [], slo.sli.two(prometheus.step) if isinstance(slo.sli, TimeSlices) else 0
    for cell in {cell.objective: cell for cell in slo.cells}.values():
        tiers = [tier for tier in slo.alerting.tiers if policy.can_fire(tier, cell, slo.sli)]
        triggers = tuple(simulate.triggers(tiers, cell, is_counted=slo.is_counted, least=least))
        parts.append((cell.name, cell, triggers))
    spent = cost.of_slo(slo, service, prometheus, series=series, values=values)
    return Portrait(slo, _why(slo), tuple(parts), tuple(_absent(slo)), rate or _rate(slo, prometheus), _reads(slo), spent)


def _rate(slo: Slo, prometheus: Prometheus) -> float:
    """Events an hour: of slices of time one a step, else what the SLO expects, or 1,000."""
    if isinstance(slo.sli, TimeSlices):
        return float(_HOUR / prometheus.step.seconds)
    return float(slo.expected_rate) / _DAY if slo.expected_rate else USUAL_RATE


@dataclass(frozen=True, slots=True)
class Account:
    """A promise without a share of good events: money or a check, and what its rules read and cost."""

    promise: Spending | Check
    reads: tuple[str, ...]
    cost: Cost


def of_account(promise: Spending | Check, service: ServiceRules, prometheus: Prometheus, *, series: int, values: int) -> Account:
    """The portrait of money or of a check."""
    spent = cost.of_slo(promise, service, prometheus, series=series, values=values)
    return Account(promise, (str(promise.metric),) if isinstance(promise, Spending) else _read_by(promise.value), spent)


def _read_by(value: Value) -> tuple[str, ...]:
    match value:
        case Share(events=events):
            return str(events.total), *(str(one) for one in ((events.good,) if events.good else events.bad))
        case Mean(metric=metric):
            return str(metric.suffixed("_sum")), str(metric.suffixed("_count"))
        case Quantile(metric=metric):
            return str(metric.suffixed("_bucket")), str(metric.suffixed("_count"))
        case Outages(up=up):
            return (str(up),)
        case Gauge(value=found):
            return (found.text if isinstance(found, Expression) else str(found),)
        case OtherSlo(name=name):
            return (f"the sums of the SLO {name}",)


def account_as_data(account: Account) -> dict[str, object]:
    """The same for machines; amounts and bounds in their unit."""
    one = account.promise
    common = {
        "slo": f"{one.service}/{one.name}",
        "slo_id": one.id,
        "title": one.title,
        "measures": wording.measured(one),
        "category": one.category,
        "file": one.where.file,
        "window": float(one.window.seconds),
        "calendar": {"period": one.calendar.period, "timezone": one.calendar.zone.name} if one.calendar else None,
        "unit": one.unit,
        "reads": list(account.reads),
        "writes": list(account.cost.writes),
        "rules": {"own": account.cost.rules, "shared": account.cost.shared},
        "samples_per_hour": account.cost.samples,
    }
    if isinstance(one, Spending):
        return {**common, "limits": [{"matchers": [list(matcher) for matcher in matchers], "at_most": float(limit)} for matchers, limit in one.limits]}
    return {**common, "verdict": {"key": one.verdict.key, "number": float(one.verdict.number), "of_baseline": one.verdict.of_baseline}}


def _why(slo: Slo) -> str:
    """Why the SLO has the policy that it has."""
    asked = slo.alerting.asked
    if asked == "inline":
        return "tiers of its own, taken as written"
    if asked not in policy.NAMES:
        return "a policy of yours, taken as written"
    if asked != "default":
        return "as it says"
    fastest = f"14.4 times the budget, {plain(round(policy.FASTEST * slo.objective.budget * 100, 3))}% bad,"
    if policy.choose(slo.objective) == "standard":
        return f"`default` took it: {fastest} can be reached"
    return f"`default` took it: {fastest} is out of reach"


def _absent(slo: Slo) -> list[tuple[str, str]]:
    """The tiers that one would expect and that no rule is written for."""
    kept = {tier.name for tier in slo.alerting.tiers}
    found = []
    for tier in _unscaled(slo):
        if tier.name in slo.alerting.disable:
            found.append((tier.name, "disabled"))
        elif tier.name not in kept:
            found.append((tier.name, f"looks back {tier.long}, {_unfit(tier, slo)}"))
    never = [tier for tier in slo.alerting.tiers if not any(policy.can_fire(tier, cell, slo.sli) for cell in slo.cells)]
    return [*found, *((tier.name, _never(tier, slo)) for tier in never)]


def _never(tier: Tier, slo: Slo) -> str:
    if isinstance(slo.sli, TimeSlices) and tier.long <= slo.sli.slice:
        return f"can never fire: two slices of {slo.sli.slice} do not fit into {tier.long}"
    return "can never fire: it would need more than 100% bad"


def _unfit(tier: Tier, slo: Slo) -> str:
    """Why a tier of ours does not fit into an SLO's window."""
    if tier.long <= slo.window and tier.fits == 1:
        return f"and a window of {slo.window} has one tier, over all of it"
    return f"more than {'a third of ' if tier.fits > 1 else ''}{slo.window}"


def _unscaled(slo: Slo) -> tuple[Tier, ...]:
    if slo.alerting.asked not in policy.NAMES or slo.alerting.policy == "none":
        return ()
    return shipped(policy.choose(slo.objective) if slo.alerting.asked == "default" else slo.alerting.asked)


def _reads(slo: Slo) -> tuple[str, ...]:
    match slo.sli:
        case Histogram(metric=metric, native=True):
            return (str(metric),)
        case Histogram(metric=metric) | Tail(metric=metric):
            return str(metric.suffixed("_count")), str(metric.suffixed("_bucket"))
        case SelectedEvents(total=total, bad=bad, good=good):
            return str(total), *(str(one) for one in ((good,) if good else bad))
        case TimeSlices(value=value):
            return (value.text if isinstance(value, Expression) else str(value),)
        case ExpressedEvents(total=total, bad=bad, good=good):
            return total.text, *(one.text for one in ((good,) if good else bad))


def as_data(portrait: Portrait) -> dict[str, object]:
    """The portrait for machines; shares are between 0 and 1, times in seconds, rates per hour."""
    slo = portrait.slo
    return {
        "slo": f"{slo.service}/{slo.name}",
        "slo_id": slo.id,
        "title": slo.title,
        "measures": wording.measured(slo),
        "category": slo.category,
        "file": slo.where.file,
        "objective": float(slo.objective.value),
        "window": float(slo.window.seconds),
        "calendar": {"period": slo.calendar.period, "timezone": slo.calendar.zone.name} if slo.calendar else None,
        "budget": {"share": float(slo.objective.budget), "all_bad_for": float(slo.window.seconds * slo.objective.budget)},
        "sla": {"objective": float(slo.sla.objective.value), "window": float(slo.sla.window.seconds)} if slo.sla else None,
        "policy": {"name": slo.alerting.policy, "asked": slo.alerting.asked, "why": portrait.why},
        "rate": portrait.rate,
        "parts": [_part(name, cell, triggers, portrait.rate) for name, cell, triggers in portrait.parts],
        "absent": dict(portrait.absent),
        "reads": list(portrait.reads),
        "writes": list(portrait.cost.writes),
        "rules": {"own": portrait.cost.rules, "shared": portrait.cost.shared},
        "samples_per_hour": portrait.cost.samples,
    }


def _part(name: str, cell: Cell, triggers: tuple[Trigger, ...], rate: float) -> dict[str, object]:
    return {"values": name, "objective": float(cell.objective.value), "tiers": [_tier(trigger, rate) for trigger in triggers]}


def _tier(trigger: Trigger, rate: float) -> dict[str, object]:
    tier = trigger.tier
    return {
        "name": tier.name,
        "severity": tier.severity,
        "action": tier.action or None,
        "long": float(tier.long.seconds),
        "short": float(tier.short.seconds) if tier.short else None,
        "share": trigger.share,
        "evidence": {"against": tier.evidence.against, "alpha": float(tier.evidence.alpha), "min_events": tier.evidence.min_events},
        "critical": {str(hourly): trigger.critical(hourly * trigger.hours) for hourly in RATES},
        "lowest_rate": trigger.lowest_rate,
        "fires_after": {str(share): trigger.seconds_to_fire(share, rate) for share in SHARES},
    }
