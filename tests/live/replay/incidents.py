"""Scripted incidents, each on a service of its own, and services that are well: what alerts must and must not say."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tests.live.replay.store import Points, Rule, Series
from tests.live.replay.traffic import MINUTE, START, binomial, poisson

DAY = 1440  # minutes
DAYS, HEALTHY_DAYS = 10, 30
NOON, NIGHT = 8 * DAY + 14 * 60, 8 * DAY + 3 * 60


def busy(minute: int) -> float:
    """Requests a minute of an ordinary service: 100 by day, 10 at night."""
    return 100.0 if 7 <= minute % DAY // 60 < 22 else 10.0


@dataclass(frozen=True)
class Incident:
    """What goes wrong: from which minute, for how many, at which share of bad events; `pages` within so many minutes, or not at all."""

    name: str
    begin: int
    minutes: int
    share: float
    usual: float = 0.0003
    rate: Callable[[int], float] = busy
    objective: str = "0.999"
    pages: int | None = None


INCIDENTS = (
    Incident("full-10m-day", NOON, 10, 1.0, pages=10),
    Incident("full-30m-day", NOON, 30, 1.0, pages=10),
    Incident("full-10m-night", NIGHT, 10, 1.0, pages=10),
    Incident("full-30m-night", NIGHT, 30, 1.0, pages=10),
    Incident("tenth-1h", NOON, 60, 0.1, pages=30),
    Incident("two-percent-6h", 8 * DAY + 12 * 60, 360, 0.02, pages=120),
    Incident("trickle-3d", 6 * DAY, 3 * DAY, 0.003),
    Incident("one-bad-at-night", NIGHT, 1, 1.0, usual=0.0, rate=lambda minute: 1.0 if minute % 20 == 0 else 0.0),
    Incident("clump-of-8", NIGHT, 1, 0.8),
    Incident("rollout-in-incident", NOON, 60, 0.1, pages=30),
    Incident("judge-fall", 8 * DAY + 12 * 60, 120, 0.2, usual=0.08, rate=lambda _: 200 / 60, objective="0.92", pages=60),
    Incident("acceptance-fall", 8 * DAY, DAY, 0.16, usual=0.12, rate=lambda _: 100 / 60, objective="0.88"),
)
JUDGES = tuple("abcdefghi")
HEALTHY = {
    "thousand": (1e3, 0.0003), "ten-thousand": (1e4, 0.0003), "hundred-thousand": (1e5, 0.0003), "million": (1e6, 0.0003),
    "at-the-target": (1e5, 0.001), "judge-at-the-target": (200 * 720.0, 0.08),
}  # fmt: skip


def series(incident: Incident) -> list[Series]:
    """The counters of an incident's service: one process, or two after a roll-out in the middle; of nine judges, because chance rules a sample."""
    if incident.name != "judge-fall":
        return _dealt(incident, incident.name, {})
    return [one for judge in JUDGES for one in _dealt(incident, f"{incident.name} {judge}", {"judge": judge})]


def _dealt(incident: Incident, seed: str, labels: dict[str, str]) -> list[Series]:
    chance = random.Random(f"incident {seed}")
    rollout = incident.begin + incident.minutes // 3 if incident.name == "rollout-in-incident" else None

    def share(minute: int) -> float:
        return incident.share if incident.begin <= minute < incident.begin + incident.minutes else incident.usual

    def fixed(minute: int) -> int | None:
        """One request or eight failures exactly, where the script says so."""
        return {"one-bad-at-night": 1, "clump-of-8": 10}.get(incident.name) if minute == incident.begin else None

    counts = []
    for minute in range(DAYS * DAY):
        total = fixed(minute)
        if total is None:
            total = poisson(chance, incident.rate(minute))
            counts.append((total, binomial(chance, total, share(minute))))
        else:
            counts.append((total, round(total * incident.share)))
    return list(_counted({"incident": incident.name, **labels}, counts, rollout))


def well(name: str) -> list[Series]:
    """The counters of a healthy service."""
    chance = random.Random(f"healthy {name}")
    a_month, share = HEALTHY[name]
    dealt = (poisson(chance, a_month / 43_200) for _ in range(HEALTHY_DAYS * DAY))
    return list(_counted({"incident": name}, [(total, binomial(chance, total, share)) for total in dealt], None))


def _counted(own: dict[str, str], counts: list[tuple[int, int]], rollout: int | None) -> Iterator[Series]:
    edges = [0, len(counts)] if rollout is None else [0, rollout, len(counts)]
    for pod, (begin, end) in enumerate(pairwise(edges)):
        good: Points = []
        bad: Points = []
        total_good = total_bad = 0
        if pod:  # a new pod is scraped before it takes traffic
            good.append((float(START + (begin - 1) * MINUTE + 5), 0.0))
        for minute in range(begin, end):
            total, failed = counts[minute]
            total_good, total_bad = total_good + total - failed, total_bad + failed
            at = float(START + (minute + 1) * MINUTE + 5)
            good.append((at, float(total_good)))
            if total_bad:
                bad.append((at, float(total_bad)))
        labels = {"job": "app", "instance": f"pod-{pod}:8000", **own}
        yield Series({"__name__": "requests_total", "outcome": "ok", **labels}, good)
        yield Series({"__name__": "requests_total", "outcome": "error", **labels}, bad)


def _steady(metric: str, until: int, each: float, **labels: str) -> Series:
    points = [(float(START + minute * MINUTE + 5), each * minute) for minute in range(1, until)]
    return Series({"__name__": metric, "job": "app", "instance": "pod-0:8000", **labels}, points)


def vanishing() -> list[Series]:
    """What ends at noon: a whole service, one surface of two, and the bucket of a limit."""
    end = DAYS * DAY
    return [
        _steady("requests_total", NOON, 50, incident="blackout", outcome="ok"),
        _steady("surface_requests_total", end, 50, incident="surface-gone", outcome="ok", surface="chat"),
        _steady("surface_requests_total", NOON, 50, incident="surface-gone", outcome="ok", surface="search"),
        _steady("answer_seconds_count", end, 50, incident="bucket-vanishes"),
        _steady("answer_seconds_bucket", NOON, 50, incident="bucket-vanishes", le="1"),
        _steady("answer_seconds_bucket", end, 50, incident="bucket-vanishes", le="5"),
    ]


def sloth(name: str, objective: str) -> list[Rule]:
    """Sloth's published policy for the same counters: google-30d.yaml, its four windows in two alerts."""
    budget = 1 - Decimal(objective)

    def burns(window: str, factor: str) -> str:
        chosen = f'requests_total{{incident="{name}"'
        errors, total = f'sum(rate({chosen},outcome="error"}}[{window}]))', f"sum(rate({chosen}}}[{window}]))"
        return f"({errors} / {total} > {Decimal(factor) * budget})"

    page = f"({burns('5m', '14.4')} and {burns('1h', '14.4')}) or ({burns('30m', '6')} and {burns('6h', '6')})"
    ticket = f"({burns('2h', '3')} and {burns('1d', '3')}) or ({burns('6h', '1')} and {burns('3d', '1')})"
    return [
        Rule("sloth page", page, {"slo": name, "slo_tier": "sloth page", "severity": "page"}, 60.0, is_alert=True),
        Rule("sloth ticket", ticket, {"slo": name, "slo_tier": "sloth ticket", "severity": "ticket"}, 300.0, is_alert=True),
    ]
