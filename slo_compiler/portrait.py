"""An SLO as its alerts see it: what was promised, which policy and why, what each tier needs to fire, what the rules cost."""

from __future__ import annotations

from dataclasses import dataclass

from slo_compiler import cost, policy, simulate
from slo_compiler.build.policies import shipped
from slo_compiler.cost import Cost
from slo_compiler.ir import ServiceRules
from slo_compiler.model import Cell, ExpressedEvents, Histogram, Prometheus, SelectedEvents, Slo, Spending, Tail, Tier, TimeSlices
from slo_compiler.promql import Expression
from slo_compiler.quantities import plain
from slo_compiler.simulate import Trigger

#: Events an hour at which critical counts are told, and shares of an incident for which times are told.
RATES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
SHARES = (1.0, 0.1, 0.01)
USUAL_RATE = 1_000.0
_DAY = 24


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
    parts = []
    for cell in {cell.objective: cell for cell in slo.cells}.values():
        triggers = tuple(simulate.triggers(slo.alerting.tiers, cell, is_counted=slo.is_counted))
        parts.append((cell.name, cell, triggers))
    expected = float(slo.expected_rate) / _DAY if slo.expected_rate else USUAL_RATE
    spent = cost.of_slo(slo, service, prometheus, series=series, values=values)
    return Portrait(slo, _why(slo), tuple(parts), tuple(_absent(slo)), rate or expected, _reads(slo), spent)


@dataclass(frozen=True, slots=True)
class Account:
    """A promise of money, and what its rules cost."""

    spending: Spending
    cost: Cost


def of_spending(spending: Spending, service: ServiceRules, prometheus: Prometheus, *, series: int, values: int) -> Account:
    """The portrait of a promise of money."""
    return Account(spending, cost.of_slo(spending, service, prometheus, series=series, values=values))


def account_as_data(account: Account) -> dict[str, object]:
    """A promise of money for machines; amounts in its unit."""
    spend = account.spending
    return {
        "slo": f"{spend.service}/{spend.name}",
        "slo_id": spend.id,
        "title": spend.title,
        "category": spend.category,
        "file": spend.where.file,
        "window": float(spend.window.seconds),
        "calendar": {"period": spend.calendar.period, "timezone": spend.calendar.zone.name} if spend.calendar else None,
        "limits": [{"matchers": [list(matcher) for matcher in matchers], "at_most": float(limit)} for matchers, limit in spend.limits],
        "unit": spend.unit,
        "reads": [str(spend.metric)],
        "writes": list(account.cost.writes),
        "rules": {"own": account.cost.rules, "shared": account.cost.shared},
        "samples_per_hour": account.cost.samples,
    }


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
            found.append((tier.name, f"looks back {tier.long}, more than a {'half' if tier.fits == 2 else 'third'} of {slo.window}"))
    never = [tier for tier in slo.alerting.tiers if all(policy.share(tier, cell.objective) >= 1 for cell in slo.cells)]
    return [*found, *((tier.name, "can never fire: it would need more than 100% bad") for tier in never)]


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
