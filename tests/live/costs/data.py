"""Samples to read: raw counters, and what rules have recorded, over as long as any rule looks back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

from tests.live.replay.store import Points, Rule, Series
from tests.live.replay.traffic import DAY, HOUR, MINUTE, START

END = float(START + 31 * DAY)
#: What is read over more than a few hours: for how long, and how far apart its samples lie. A subquery takes one in five minutes, whatever lies between.
LONG = {
    **dict.fromkeys(("slo:total:sum5m", "slo:bad:sum5m"), (30 * DAY, 5 * MINUTE)),
    **{f"slo:{kind}:hour": (30 * DAY, HOUR / 2) for kind in ("total", "bad", "measured")},
    "slo:total:sum1h": (7 * DAY, 5 * MINUTE),
    "slo:sli_error:ratio_rate5m": (30 * DAY, MINUTE),
}


@cache
def _points(length: int, interval: float) -> Points:
    """Points up to the end; series share them, because only their number matters."""
    count = int(length / interval)
    return [(END - 5 - index * interval, float(count - index)) for index in range(count, -1, -1)]


def raw(metric: str, scrape: int, length: int, **values: Iterable[str]) -> Iterator[Series]:
    """Counters that are scraped for so long, one for each combination of label values."""
    points = _points(length, scrape)
    yield from (Series({"__name__": metric, **dict(zip(values, chosen, strict=True))}, points) for chosen in product(*values.values()))


def recorded(rules: list[Rule], **values: Iterable[str]) -> Iterator[Series]:
    """What the rules of our file have recorded, of each SLO and each value of its `by` label."""
    identities = [rule.labels for rule in rules if rule.name == "slo:total:delta"]
    intervals = {rule.name: rule.interval for rule in rules if not rule.is_alert}
    for name, interval in intervals.items():
        points = _points(*LONG.get(name, (6 * HOUR, interval)))
        for identity, chosen in product(identities, product(*values.values())):
            yield Series({**identity, **dict(zip(values, chosen, strict=True)), "__name__": name}, points)


def recorded_by_sloth(rules: list[Rule]) -> Iterator[Series]:
    """What Sloth's rules have recorded."""
    for rule in rules:
        if not rule.is_alert:
            yield Series({**rule.labels, "__name__": rule.name}, _points(*LONG.get(rule.name, (HOUR, rule.interval))))
