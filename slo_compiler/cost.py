"""What an SLO's rules cost the Prometheus that runs them: rules, series and samples, as its own query statistics count them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from slo_compiler import promql
from slo_compiler.ir import RecordingRule, Rule, RuleGroup, ServiceRules
from slo_compiler.model import Prometheus, Promise

_HOUR = 3600
_BUCKETS = 12  # of a histogram, +Inf among them: as many as client libraries make of it unless told otherwise
_OURS = re.compile(r"slo:.*")
_SLOW = re.compile(r"slo:(?:total|bad):sum(?:24h|\d+d|_\w+)|slo:(?:sli|coverage|error_budget|objective|value|info|limit):.*")


@dataclass(frozen=True, slots=True)
class Cost:
    """`rules` are the SLO's own, `shared` those that serve its whole service; `samples` are read per hour, its part of the shared rules included."""

    rules: int
    shared: int
    samples: int
    writes: tuple[str, ...]


def of_slo(slo: Promise, service: ServiceRules, prometheus: Prometheus, *, series: int, values: int) -> Cost:
    """The cost of one SLO whose selectors find `series` raw series each, and whose `by` labels have so many values."""
    own: list[Rule] = []
    shared: list[Rule] = []
    samples = 0.0
    for group, rule in _rules(service):
        if rule.where not in {None, slo.where}:
            continue
        (own if rule.where else shared).append(rule)
        per_hour = _HOUR / float(group.interval.seconds)
        samples += per_hour * sum(_samples(read, prometheus, series, values) for read in promql.reads(rule.expr))
    records = dict.fromkeys(rule.record for rule in (*own, *shared) if isinstance(rule, RecordingRule))
    return Cost(len(own), len(shared), round(samples), tuple(records))


def _rules(service: ServiceRules) -> Iterator[tuple[RuleGroup, Rule]]:
    for group in service.groups:
        for rule in group.rules:
            yield group, rule


def _samples(read: promql.Read, prometheus: Prometheus, series: int, values: int) -> float:
    found = values if _OURS.fullmatch(read.metric) else series * (_BUCKETS if _takes_all_buckets(read) else 1)
    if read.seconds is None:
        return found * read.times
    return found * read.times * read.seconds / _interval(read.metric, prometheus)


def _takes_all_buckets(read: promql.Read) -> bool:
    return read.metric.endswith("_bucket") and "le" not in read.labels


def _interval(metric: str, prometheus: Prometheus) -> float:
    """Seconds between two samples of a series."""
    if not _OURS.fullmatch(metric):
        return float(prometheus.scrape_interval.seconds)
    return float((prometheus.slow_interval if _SLOW.fullmatch(metric) else prometheus.step).seconds)
