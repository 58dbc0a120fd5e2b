"""Everything that one compilation knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.model.checks import Check
from slo_compiler.model.promises import Slo, Spending, Unfinished
from slo_compiler.quantities import Duration

#: Windows up to this one are sums of steps, longer ones of 5m sums.
SHORT_WINDOW = Duration(Decimal(6 * 3600))


@dataclass(frozen=True, slots=True)
class Prometheus:
    """What the rules' Prometheus is like; `version` as (major, minor), None where unknown.

    `retention_stated` tells whether the retention is known or Prometheus' own default.
    """

    step: Duration
    scrape_interval: Duration
    delay: Duration
    retention: Duration
    retention_stated: bool
    target_labels: tuple[str, ...]
    version: tuple[int, int] | None

    @property
    def slow_interval(self) -> Duration:
        """Of the groups with long windows: below the 5m look-back, so that their series never blink."""
        return min(Duration(Decimal(150)), Duration(self.step.seconds * 30))

    @property
    def lookback(self) -> Duration:
        """How far back a counter's last sample may lie."""
        return max(Duration(Decimal(600)), Duration(self.step.seconds * 10))

    @property
    def ago(self) -> int:
        """Seconds since the events of a step happened, on average: half a step and half a scrape ago, and the delay."""
        return int(self.step.seconds / 2 + self.delay.seconds + self.scrape_interval.seconds / 2)

    @property
    def expression_window(self) -> Duration:
        """What `$window` stands for in a user's expression: 5m, never below five scrapes."""
        return max(Duration(Decimal(300)), Duration(self.scrape_interval.seconds * 5))


@dataclass(frozen=True, slots=True)
class Grafana:
    """How pages stand in Grafana: the platform page's title, the folder and tags of all pages, where Grafana sees their files, how every uid begins."""

    title: str = "Are we keeping our promises?"
    folder: str = "SLOs"
    tags: tuple[str, ...] = ("slo", "generated")
    path: str = "/var/lib/grafana/dashboards/slo"
    prefix: str = "slo"

    def uid(self, *parts: str) -> str:
        """The identity of a page, 8 to 40 characters that Grafana takes: `slo-platform`."""
        return names.page_uid(*parts, prefix=self.prefix)


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything that one compilation knows.

    `sources` names the files of each service, `unfinished` are promises that cannot be kept: a mistake is in them. `targets` are the outputs that are wanted.
    """

    promises: tuple[Slo | Spending | Check, ...]
    prometheus: Prometheus
    severities: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]]
    unfinished: tuple[Unfinished, ...]
    grafana: Grafana
    targets: tuple[str, ...]

    @property
    def has_pages(self) -> bool:
        """Whether an output that is wanted shows pages."""
        return not {"grafana", "grafana-operator"}.isdisjoint(self.targets)

    @property
    def slos(self) -> tuple[Slo, ...]:
        """The promises of a share of good events."""
        return tuple([one for one in self.promises if isinstance(one, Slo)])

    @property
    def checks(self) -> tuple[Check, ...]:
        """The values that are judged."""
        return tuple([one for one in self.promises if isinstance(one, Check)])

    @property
    def spendings(self) -> tuple[Spending, ...]:
        """The promises of money."""
        return tuple([one for one in self.promises if isinstance(one, Spending)])
