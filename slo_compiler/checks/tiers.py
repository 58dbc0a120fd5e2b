"""A burn-rate tier that can never fire: its share of bad events lies at 100 % or beyond, or its window holds too few slices of time; an SLO without any."""

from __future__ import annotations

from slo_compiler import names, policy
from slo_compiler.diagnostics import Report
from slo_compiler.model import Cell, Slo, Spec, Tier, TimeSlices
from slo_compiler.quantities import Duration, plain


def check(spec: Spec, report: Report) -> None:
    """Warn of each tier that is left out because nothing could make it fire, and of policies that leave none."""
    for slo in spec.slos:
        if report.ok and _has_lost_all(slo):  # tiers that an error hides are no missing ones
            _warn_of_none(slo, report)
        for tier in slo.alerting.tiers:
            if isinstance(slo.sli, TimeSlices) and tier.long <= slo.sli.slice:
                _warn_of_slices(slo, slo.sli, tier, report)
                continue
            if isinstance(slo.sli, TimeSlices) and policy.is_starved(tier, spec.prometheus.step):
                _warn_of_evidence(slo, tier, spec.prometheus.step, report)
                continue
            never = [cell for cell in slo.cells if policy.share(tier, cell.objective) >= 1]
            if never:
                _warn(slo, tier, never, report)


def _has_lost_all(slo: Slo) -> bool:
    """Whether an SLO has no tiers though it asked for some and disabled none."""
    return not slo.alerting.tiers and slo.alerting.asked != "none" and slo.alerting.disable <= set(names.OTHER_ALERTS)


def _warn_of_none(slo: Slo, report: Report) -> None:
    message = f"the policy {slo.alerting.asked} leaves no tier, and so no SLOBudgetBurn: each of them looks back longer than the window of {slo.window}"
    help = "give the policy a shorter tier, lengthen the window, or say `alerting: {policy: none}`"
    report.warning("policy/no-tier", slo.window_at, message, help, about=slo.where)


def _warn(slo: Slo, tier: Tier, cells: list[Cell], report: Report) -> None:
    cell = cells[0]
    others = len({one.name for one in cells if one.name}) - 1
    share = plain(round(policy.share(tier, cell.objective) * 100))
    who = f" for {cell.name}{f' and {others} more' if others > 0 else ''}" if cell.name else ""
    message = f"the tier {tier.name} can never fire{who}: {plain(tier.burn or 0)} times the budget of {cell.objective} is {share}% bad"
    other = "`policy: default` chooses one that can"
    if slo.alerting.asked == "default":
        other = f"give {cell.name!r} an SLO of its own" if cell.name else "loosen the objective"
    help = f"{other}; or write tiers with `odds:` instead of `burn:`; the tier is left out"
    own = tier.where / "burn" if tier.where else slo.objective_at
    where = slo.where / "overrides" if cell.name else own
    report.warning("policy/never-fires", where, message, help, about=slo.where)


def _warn_of_slices(slo: Slo, sli: TimeSlices, tier: Tier, report: Report) -> None:
    message = f"the tier {tier.name} can never fire: it wants two bad slices of {sli.slice}, and its window is {tier.long}"
    help = f"say `alerting: {{disable: [{tier.name}]}}`, or shorten the slice; the tier is left out"
    where = tier.where / "long" if tier.where else slo.where / "sli" / "timeslices" / "slice"
    report.warning("policy/never-fires", where, message, help, about=slo.where)


def _warn_of_evidence(slo: Slo, tier: Tier, step: Duration, report: Report) -> None:
    holds = plain(tier.long.seconds / step.seconds)
    message = f"the tier {tier.name} can never fire: it wants {tier.evidence.min_events} slices, and {tier.long} hold {holds}, one each {step.words}"
    help = f"write a `min_events` of at most {holds}, or leave it out: a slice of time needs no evidence; the tier is left out"
    report.warning("policy/never-fires", tier.where / "long" if tier.where else slo.where, message, help, about=slo.where)
