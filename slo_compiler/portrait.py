"""An SLO as its alerts see it: what was promised, which policy and why, what each tier needs to fire, what the rules cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import cost, counted, policy, simulate, wording, written
from slo_compiler.build.policies import shipped
from slo_compiler.cost import Cost
from slo_compiler.ir import ServiceRules
from slo_compiler.model import (
    Cell,
    Check,
    ExpressedEvents,
    Gauge,
    Histogram,
    Matchers,
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
from slo_compiler.quantities import Ratio, plain
from slo_compiler.simulate import Trigger

#: Events an hour at which critical counts are told, and shares of an incident for which times are told.
RATES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
SHARES = (1.0, 0.1, 0.01)
USUAL_RATE = 1_000.0
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Part:
    """The label values that share an objective, and what fires their tiers. `values` are those of overrides; empty for all others, or all."""

    objective: Ratio
    values: tuple[str, ...]
    triggers: tuple[Trigger, ...]


@dataclass(frozen=True, slots=True)
class Traces:
    """What the rules of a promise read and leave behind: series, alerts by name and tier, and what that costs."""

    reads: tuple[str, ...]
    records: tuple[str, ...]
    alerts: tuple[tuple[str, str], ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Portrait:
    """`parts` begins with the SLO's own objective; the others are those of overrides."""

    slo: Slo
    why: str
    parts: tuple[Part, ...]
    absent: tuple[tuple[str, str], ...]  # tiers of the policy that are not there, and why
    rate: float  # events an hour
    traces: Traces


def of_slo(slo: Slo, service: ServiceRules, prometheus: Prometheus, *, rate: float | None, series: int, values: int) -> Portrait:
    """The portrait of an SLO at so many events an hour (its `expected_rate`, else 1,000), raw series and `by` values."""
    spent = cost.of_slo(slo, service, prometheus, series=series, values=values)
    traces = Traces(_reads(slo), written.records(slo, service), written.alerts(slo, service), spent)
    return Portrait(slo, _why(slo), tuple(_parts(slo, prometheus)), tuple(_absent(slo, prometheus)), rate or usual_rate(slo, prometheus), traces)


def usual_rate(slo: Slo, prometheus: Prometheus) -> float:
    """Events an hour: of slices of time one a step, else what the SLO expects, or 1,000."""
    if isinstance(slo.sli, TimeSlices):
        return float(_HOUR / prometheus.step.seconds)
    return counted.hourly(slo) or USUAL_RATE


def _parts(slo: Slo, prometheus: Prometheus) -> Iterator[Part]:
    for objective in dict.fromkeys([slo.objective, *(cell.objective for cell in slo.cells)]):
        cells = [cell for cell in slo.cells if cell.objective == objective]
        values = () if objective == slo.objective else tuple(cell.name for cell in cells)
        yield Part(objective, values, triggers(slo, cells[0], prometheus))


def triggers(slo: Slo, cell: Cell, prometheus: Prometheus) -> tuple[Trigger, ...]:
    """What fires each tier of an SLO for the label values of a cell; tiers that never can are left out."""
    least = slo.sli.two(prometheus.step) if isinstance(slo.sli, TimeSlices) else 0
    tiers = [tier for tier in slo.alerting.tiers if policy.can_fire(tier, cell, slo.sli, step=prometheus.step)]
    return tuple(simulate.triggers(tiers, cell, is_counted=slo.is_counted, least=least))


@dataclass(frozen=True, slots=True)
class Account:
    """A promise without a share of good events: money or a check."""

    promise: Spending | Check
    traces: Traces


def of_account(promise: Spending | Check, service: ServiceRules, prometheus: Prometheus, *, series: int, values: int) -> Account:
    """The portrait of money or of a check."""
    spent = cost.of_slo(promise, service, prometheus, series=series, values=values)
    reads = (str(promise.metric),) if isinstance(promise, Spending) else _read_by(promise.value)
    return Account(promise, Traces(reads, written.records(promise, service), written.alerts(promise, service), spent))


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
        "slo": one.full_name,
        "slo_id": one.id,
        "title": one.title,
        "measures": wording.measured(one),
        "category": one.category,
        "file": one.where.file,
        "window": float(one.window.seconds),
        "calendar": {"period": one.calendar.period, "timezone": one.calendar.zone.name} if one.calendar else None,
        "unit": one.unit,
        "by": list(one.by),
        **_left(account.traces),
    }
    if isinstance(one, Spending):
        return {**common, "limits": [{"matchers": _matchers(matchers), "at_most": float(limit)} for matchers, limit in one.limits]}
    return {**common, "verdict": {"key": one.verdict.key, "number": float(one.verdict.number), "of_baseline": one.verdict.of_baseline}}


def _left(traces: Traces) -> dict[str, object]:
    return {
        "reads": list(traces.reads),
        "writes": list(traces.records),
        "alerts": [{"alert": alert, "tier": tier or None} for alert, tier in traces.alerts],
        "rules": {"own": traces.cost.rules, "shared": traces.cost.shared},
        "samples_per_hour": traces.cost.samples,
    }


def _matchers(matchers: Matchers) -> list[list[str]]:
    return [list(matcher) for matcher in matchers]


def _why(slo: Slo) -> str:
    """Why the SLO has the policy that it has."""
    asked = slo.alerting.asked
    if asked == "inline":
        return "tiers of its own, taken as written"
    if asked not in policy.NAMES:
        return "a policy of yours, taken as written"
    if asked != "default":
        return "as it says"
    if policy.choose(slo.objective) == "low-objective":
        share = _percent(policy.FASTEST * slo.objective.budget)
        return f"`default` took it: {plain(policy.FASTEST)} times the budget, the fastest tier of `standard`, would be {share} bad"
    fastest = max(slo.alerting.tiers, key=lambda tier: tier.burn or 0, default=None)
    if fastest is None:
        return "`default` took it"
    share = _percent(policy.share(fastest, slo.objective))
    return f"`default` took it: its fastest tier, {plain(fastest.burn or 1)} times the budget, is {share} bad, which can be reached"


def _percent(share: Decimal) -> str:
    return f"{plain(round(share * 100, 3))}%"


def _absent(slo: Slo, prometheus: Prometheus) -> list[tuple[str, str]]:
    """The tiers that one would expect and that no rule is written for."""
    kept = {tier.name for tier in slo.alerting.tiers}
    found = []
    for tier in _unscaled(slo):
        if tier.name in slo.alerting.disable:
            found.append((tier.name, "disabled"))
        elif tier.name not in kept:
            found.append((tier.name, f"looks back {tier.long}, {_unfit(tier, slo)}"))
    never = [tier for tier in slo.alerting.tiers if not any(policy.can_fire(tier, cell, slo.sli, step=prometheus.step) for cell in slo.cells)]
    return [*found, *((tier.name, _never(tier, slo, prometheus)) for tier in never)]


def _never(tier: Tier, slo: Slo, prometheus: Prometheus) -> str:
    if isinstance(slo.sli, TimeSlices) and tier.long <= slo.sli.slice:
        return f"can never fire: two slices of {slo.sli.slice} do not fit into {tier.long}"
    if isinstance(slo.sli, TimeSlices) and policy.is_starved(tier, prometheus.step):
        return f"can never fire: it wants {tier.evidence.min_events} slices, and {tier.long} hold {plain(tier.long.seconds / prometheus.step.seconds)}"
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
        "slo": slo.full_name,
        "slo_id": slo.id,
        "title": slo.title,
        "measures": wording.measured(slo),
        "category": slo.category,
        "file": slo.where.file,
        "objective": float(slo.objective.value),
        "window": float(slo.window.seconds),
        "calendar": {"period": slo.calendar.period, "timezone": slo.calendar.zone.name} if slo.calendar else None,
        "budget": {"share": float(slo.objective.budget), "all_bad_for": counted.all_bad_for(slo, slo.objective.budget)},
        "sla": {"objective": float(slo.sla.objective.value), "window": float(slo.sla.window.seconds)} if slo.sla else None,
        "policy": {"name": slo.alerting.policy, "asked": slo.alerting.asked, "why": portrait.why},
        "rate": portrait.rate,
        "by": list(slo.by),
        "cells": [_cell(cell) for cell in slo.cells],
        "parts": [_part(part, portrait.rate) for part in portrait.parts],
        "absent": dict(portrait.absent),
        **_left(portrait.traces),
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {"matchers": _matchers(cell.matchers), "objective": float(cell.objective.value), "limit": float(cell.limit.value) if cell.limit else None}


def _part(part: Part, rate: float) -> dict[str, object]:
    return {"values": list(part.values), "objective": float(part.objective.value), "tiers": [_tier(trigger, rate) for trigger in part.triggers]}


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
