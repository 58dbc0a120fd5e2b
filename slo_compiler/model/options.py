"""How output is laid out, and what each target's consumer wants to see on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slo_compiler.diagnostics import Where

_OF_GRAFANA_OPERATOR = {"dashboards": "grafana"}  # the label that its documentation puts on a Grafana


@dataclass(frozen=True, slots=True)
class Manifest:
    """What Kubernetes objects of a target carry; `is_flux` tells that Flux fills in variables, `instances` are labels of the Grafanas that show a page."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    is_flux: bool = False
    instances: Mapping[str, str] = field(default_factory=lambda: _OF_GRAFANA_OPERATOR)
    crosses: bool = False  # into the namespaces of other Grafanas


@dataclass(frozen=True, slots=True)
class Mimir:
    """Where rules go in Mimir, and the limits of the tenant; `where` they are said."""

    namespace: str = "slo"
    rules: int = 20  # a group
    groups: int = 70
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """The receivers by severity or action, where they are not called after it, and the URL that hears of rollbacks."""

    receivers: Mapping[str, str] = field(default_factory=dict)
    rollback: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """How output is laid out: a file a service or a single one, how many shards (0: none), and the targets' own settings."""

    single_file: bool = False
    shards: int = 0
    manifests: Mapping[str, Manifest] = field(default_factory=dict)  # by target
    mimir: Mimir = field(default_factory=Mimir)
    alertmanager: Alertmanager = field(default_factory=Alertmanager)

    def manifest(self, target: str) -> Manifest:
        """What the objects of a target carry."""
        return self.manifests.get(target) or Manifest()
