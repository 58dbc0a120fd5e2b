"""How a promise alerts: its policy's tiers, and what its alerts carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from slo_compiler.diagnostics import Where
from slo_compiler.quantities import Duration


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an alarm needs besides its share: `against` is `threshold` or `objective`."""

    against: str
    alpha: Decimal
    min_events: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """One burn-rate alert of a policy; it has either `burn` or `odds`. `fits` is how often its long window must fit into the SLO's."""

    name: str
    severity: str
    long: Duration
    short: Duration | None
    evidence: Evidence
    burn: Decimal | None = None
    odds: Decimal | None = None
    action: str = ""
    keep_firing_for: Duration | None = None
    fits: int = 2
    where: Where | None = None

    def __hash__(self) -> int:
        """Of the name alone: a few tiers are looked up for every SLO, and hashing all fields would cost more than what is remembered."""
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Alerting:
    """How an SLO alerts. `labels` and `annotations` are for all alerts under the key "", else for the alert of that name."""

    asked: str  # the policy that the SLO names, `default` where it names none, or `inline`
    policy: str
    tiers: tuple[Tier, ...]
    disable: frozenset[str] = frozenset()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    annotations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    no_data: str = "ticket"
