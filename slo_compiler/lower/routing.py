"""What an Alertmanager needs to know of the alerts: their severities, and which burn-rate tiers silence which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from itertools import combinations

from slo_compiler import policy
from slo_compiler.ir import AlertRule, Inhibition, Routing, ServiceRules
from slo_compiler.model import Slo, Spec, Tier
from slo_compiler.quantities import Ratio

#: How urgent the words are that shipped policies have; a word of somebody's own is only compared with itself.
_URGENCY = {"page": 3, "critical": 3, "ticket": 2, "warning": 2, "digest": 1, "info": 1}


def routing(spec: Spec, services: Sequence[ServiceRules]) -> Routing:
    """Of all SLOs of a compilation."""
    carried = {rule.labels["severity"] for one in services for group in one.groups for rule in group.rules if isinstance(rule, AlertRule)}
    urgency = {spec.severities.get(word, word): rank for word, rank in _URGENCY.items()}
    pairs = _pairs(spec.slos)
    inhibitions = [found for by in sorted({slo.by for slo in spec.slos}) for found in _of_split(by, spec.slos, pairs)]
    return Routing(tuple(sorted(carried, key=lambda word: (-urgency.get(word, 0), word))), tuple(inhibitions))


def _of_split(by: tuple[str, ...], slos: Iterable[Slo], pairs: Iterable[tuple[str, str]]) -> list[Inhibition]:
    """Each tier with those that it silences, of SLOs that are split by the same labels."""
    there = {tier.name for slo in slos if slo.by == by for tier in slo.alerting.tiers}
    found: dict[str, list[str]] = {}
    for tier, other in pairs:
        if {tier, other} <= there:
            found.setdefault(tier, []).append(other)
    return [Inhibition(tier, tuple(weaker), by) for tier, weaker in found.items()]


def _pairs(slos: Iterable[Slo]) -> list[tuple[str, str]]:
    """Tiers, and what they silence. Names mean what the policies mean: where two disagree on an order, neither tier silences the other."""
    agreed: dict[tuple[str, str], bool] = {}
    for tiers, objective in dict.fromkeys((slo.alerting.tiers, slo.objective) for slo in slos):
        for stronger, weaker in combinations(sorted(tiers, key=partial(_ease, objective)), 2):
            pair = stronger.name, weaker.name
            agreed[pair] = agreed.get(pair, True) and _may_silence(stronger, weaker)
            agreed[pair[::-1]] = False
    return [pair for pair, is_agreed in agreed.items() if is_agreed]


def _ease(objective: Ratio, tier: Tier) -> Decimal:
    """How little it takes to fire a tier: the less, the weaker."""
    return -policy.share(tier, objective)


def _may_silence(stronger: Tier, weaker: Tier) -> bool:
    """Whether who hears of the stronger one needs not hear of the weaker: never where that is the more urgent one."""
    if stronger.severity == weaker.severity:
        return True
    return _URGENCY.get(stronger.severity, 0) > _URGENCY.get(weaker.severity, 4)
