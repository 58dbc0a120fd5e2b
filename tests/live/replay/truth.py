"""35 days of three surfaces, from busy to a few requests an hour, with all that happens to counters in real life."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from tests.live.replay.store import Series
from tests.live.replay.traffic import DELAY, MINUTE, START, Life, Seen, binomial, counters, daily, exported, histogram, poisson

DAYS = 35
END = DAYS * 1440
GOOD, BAD = "ok", ("error", "timeout")
FAST, SLOW = ("0.3", "0.6"), ("1.5", "+Inf")  # buckets, in seconds: the first token is promised within 0.6 s
SURFACES = {"chat": (200.0, 3), "search": (20.0, 2), "agent": (0.1, 1)}  # requests a minute, pods

#: (surface, minute, minutes, share): what went wrong; the share of errors, and of slow answers.
INCIDENTS = (
    ("chat", 4 * 1440 + 600, 40, 0.3),
    ("search", 9 * 1440 + 800, 180, 0.05),
    ("chat", 20 * 1440 + 100, 600, 0.01),
    ("agent", 22 * 1440 + 700, 300, 0.5),
    ("chat", 31 * 1440 + 840, 60, 0.1),
    ("search", 33 * 1440 + 500, 120, 0.4),
    ("agent", 34 * 1440 + 600, 400, 0.6),
)
#: Minutes in the middle of the last three.
IN_INCIDENTS = (31 * 1440 + 870, 33 * 1440 + 560, 34 * 1440 + 800)
#: 20 moments, all at full 5 minutes.
MOMENTS = tuple(sorted({*IN_INCIDENTS, *(30 * 1440 + 60 + step * 405 for step in range(17))}))


@dataclass
class Surface:
    """A surface's raw series, what scrapes saw of it, and what really happened, minute by minute."""

    name: str
    series: list[Series]
    seen: Seen
    lives: list[Life]

    def happened(self, moment: int, minutes: int, good: Sequence[str], bad: Sequence[str]) -> tuple[int, int]:
        """Events and bad events of so many minutes before a moment, up to the last scrape that the rules can have counted then."""
        found = dict.fromkeys((*good, *bad), 0)
        for life in self.lives:
            late = moment - 1 if life.phase <= MINUTE - DELAY else moment - 2
            for key in found:
                found[key] += life.events(key, late - minutes, late)
        return sum(found.values()), sum(found[key] for key in bad)


def _plan(surface: str, pods: int, chance: random.Random) -> list[Life]:
    """When which process lives: restarts in place, roll-outs, a pod found late, a target that is relabelled."""
    lives = []
    for pod in range(pods):
        phase = round(chance.uniform(0, 59), 1)
        edges = sorted({0, END, *(chance.randrange(1440, END) for _ in range(6))})
        rollouts = {8 * 1440 + 60 + 4 * pod, 17 * 1440 + 300 + 4 * pod, 31 * 1440 + 850 + 3 * pod}
        edges = sorted({*edges, *rollouts})
        version, known = 0, False
        for born, died in pairwise(edges):
            if born in rollouts:
                version, known = version + 1, False
            is_late = surface == "chat" and pod == 0 and version == 1 and not known  # found by service discovery an hour and a half late
            seen_from = born + (90 if is_late else 1)
            # a crash takes with it what was not scraped yet, a roll-out does not
            takes = (born if known else born + 2, died - 1 if died in rollouts else died)
            lives.append(Life(f"{surface}-{version}-{pod}:8000", born, died, phase, seen_from, takes, known))
            known = True
    return lives


def _relabelled(lives: list[Life], minute: int) -> list[Life]:
    """The same processes under another instance label from a minute on: their history is old, not new."""
    found = []
    for life in lives:
        if life.died <= minute:
            found.append(life)
            continue
        renamed = life.instance.replace(":8000", ":9000")
        if life.born >= minute:
            found.append(replace(life, instance=renamed))
            continue
        found += [replace(life, died=minute), replace(life, instance=renamed, seen_from=minute, is_known=False)]
    return found


def _lost_scrapes(instance: str) -> frozenset[int]:
    """Minutes at which a scrape fails: here and there one, and once seven in a row, which the next scrape catches up."""
    chance = random.Random(f"lost scrapes of {instance}")
    single = {chance.randrange(END) for _ in range(END // 400)}
    return frozenset(single | set(range(24 * 1440, 24 * 1440 + 7)))


@cache
def surface(name: str) -> Surface:
    """One surface, from its own seed."""
    chance = random.Random(f"surface {name}")
    mean, pods = SURFACES[name]
    lives = _plan(name, pods, chance)
    _deal(name, daily(mean, swing=0.9 if name == "agent" else 0.6), lives, chance)
    _time(name, lives)
    shown = _relabelled(lives, 12 * 1440 + 77)
    lost = {life.instance: _lost_scrapes(life.instance) for life in shown}
    requests = counters("llm_requests_total", "outcome", (GOOD, *BAD), at_once={GOOD}, surface=name)
    first_token = histogram("llm_ttft_seconds", (*FAST, *SLOW), surface=name)
    series, seen = exported([*requests, *first_token], shown, lost)
    return Surface(name, series, seen, lives)


def _shares(name: str, usual: float) -> list[float]:
    """The share of what goes wrong in each minute."""
    shares = [usual] * END
    for surface, start, minutes, share in INCIDENTS:
        if surface == name:
            shares[start : start + minutes] = [share] * minutes
    return shares


def _deal(name: str, rate: Callable[[int], float], lives: list[Life], chance: random.Random) -> None:
    """Deal the requests of each minute to the processes that take traffic in it."""
    taking = Counter(minute for life in lives for minute in range(*life.takes))
    shares = _shares(name, 0.0003)
    for life in lives:
        for minute in range(life.born, life.died):
            requests = poisson(chance, rate(minute) / taking[minute]) if life.takes[0] <= minute < life.takes[1] else 0
            bad = binomial(chance, requests, shares[minute])
            timeouts = binomial(chance, bad, 0.3)
            dealt = {GOOD: requests - bad, "error": bad - timeouts, "timeout": timeouts}
            life.counted.append({key: events for key, events in dealt.items() if events})


def _time(name: str, lives: list[Life]) -> None:
    """Time every request until its first token."""
    chance = random.Random(f"first tokens of {name}")
    shares = _shares(name, 0.003)
    for life in lives:
        for minute, counts in enumerate(life.counted, life.born):
            requests = sum(counts.values())
            slow = binomial(chance, requests, shares[minute])
            fast, slowest = binomial(chance, requests - slow, 0.7), binomial(chance, slow, 0.2)
            timed = zip((*FAST, *SLOW), (fast, requests - slow - fast, slow - slowest, slowest), strict=True)
            counts |= {key: events for key, events in timed if events}


def at(moment: int) -> float:
    """A moment as epoch seconds."""
    return float(START + moment * MINUTE)
