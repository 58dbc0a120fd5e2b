"""What an SLO's rules cost the Prometheus that runs them: rules, series and samples, as its own query statistics count them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slo_compiler import promql
from slo_compiler.ir import ServiceRules
from slo_compiler.lower import hours
from slo_compiler.model import Prometheus, Promise

_HOUR = 3600
_BUCKETS = 12  # of a histogram, +Inf among them: as many as client libraries make of it unless told otherwise
_OURS = re.compile(r"slo:.*")
_HOURLY = re.compile(r"slo:\w+:hour")
_SLOW = re.compile(r"slo:(?:total|bad):sum(?:24h|\d+d|_\w+)|slo:\w+:recent|slo:(?:sli|coverage|error_budget|objective|value|info|limit):.*")


@dataclass(frozen=True, slots=True)
class Cost:
    """`rules` are the SLO's own, `shared` those that serve its whole service; `samples` are read per hour, its part of the shared rules included."""

    rules: int
    shared: int
    samples: int


def of_slo(slo: Promise, service: ServiceRules, prometheus: Prometheus, *, series: int, values: int) -> Cost:
    """The cost of one SLO whose selectors find `series` raw series each, and whose `by` labels have so many values."""
    rules = [(group, rule) for group in service.groups for rule in group.rules if rule.where in {None, slo.where}]
    reads = [(_HOUR / float(group.interval.seconds), read) for group, rule in rules for read in promql.reads(rule.expr)]
    widest = _widest(read for _, read in reads)
    samples = sum(times * _samples(read, prometheus, series * _part(read, widest), values) for times, read in reads)
    own = sum(rule.where is not None for _, rule in rules)
    return Cost(own, len(rules) - own, round(samples))


def _widest(reads: Iterable[promql.Read]) -> dict[str, int]:
    """By how many labels the widest selector of each metric chooses."""
    found: dict[str, int] = {}
    for read in reads:
        found[read.metric] = min(len(read.labels - {"le"}), found.get(read.metric, len(read.labels)))
    return found


def _part(read: promql.Read, widest: Mapping[str, int]) -> float:
    """What asks for more than another selector of its metric finds half of the series, say: those of bad events."""
    return 0.5 if len(read.labels - {"le"}) > widest[read.metric] else 1.0


def _samples(read: promql.Read, prometheus: Prometheus, series: float, values: int) -> float:
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
    if _HOURLY.fullmatch(metric):
        return float(hours.INTERVAL.seconds)
    return float((prometheus.slow_interval if _SLOW.fullmatch(metric) else prometheus.step).seconds)
