"""Prometheus rules as values, final PromQL, names, labels and order included; what is written, compared or tested starts here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slo_compiler.diagnostics import Where
from slo_compiler.quantities import Duration

if TYPE_CHECKING:
    from slo_compiler.dashboards import Dashboard, Provider  # rules alone need none


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """One recording rule; `where` is the SLO it came from, None where a rule serves the whole service."""

    record: str
    expr: str
    labels: Mapping[str, str]
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alerting rule; `hold` is Prometheus' `for`."""

    alert: str
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    hold: Duration | None = None
    keep_firing_for: Duration | None = None
    where: Where | None = None


Rule = RecordingRule | AlertRule


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated one after the other, each `interval`."""

    name: str
    interval: Duration
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """All groups of a service, and the names of the sources they came from."""

    service: str
    groups: tuple[RuleGroup, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inhibition:
    """Alerts of a burn-rate tier silence those of weaker ones, for SLOs that are split `by` the same labels."""

    tier: str
    weaker: tuple[str, ...]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """What an Alertmanager needs to know: the severities that alerts carry, most urgent first, and which tiers silence which."""

    severities: tuple[str, ...]
    inhibitions: tuple[Inhibition, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a compilation yields. `limited` are the same services in groups of few rules, where a ruler has such a limit."""

    services: tuple[ServiceRules, ...]
    limited: tuple[ServiceRules, ...] = ()
    routing: Routing | None = None
    dashboards: tuple[Dashboard, ...] = ()
    provider: Provider | None = None  # of the dashboards
