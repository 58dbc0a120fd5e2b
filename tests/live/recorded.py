"""A month that rules would have recorded, made up: one history of events an SLO, and every series computed from it as the rules do."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from slo_compiler import names
from slo_compiler.ir import Bundle, RecordingRule
from slo_compiler.model import Slo, Spec
from slo_compiler.pages.measures import DAY, HOUR, measure
from tests.live.replay.store import Labels, Series

STEP = 300  # seconds
A_DAY = 86400 // STEP
DAYS = 62  # the second half is written, the first one fills the windows of 30 days
POINTS = DAYS * A_DAY


@dataclass(frozen=True)
class Story:
    """How an SLO does: its burn rate, how much more of it each day brings, incidents (hours ago from, to, burn rate), what fires, since when it is silent."""

    burn: float = 0.5
    drift: float = 0.0
    incidents: tuple[tuple[float, float, float], ...] = ()
    fires: str = ""
    rate: float = 900  # events a step
    quiet: int = 0  # steps without events, until now
    gone: int = 0  # steps without samples, until now
    born: int = POINTS  # steps ago
    by: dict[str, Labels] = field(default_factory=lambda: {"": {}})  # the values of `by`


def written(spec: Spec, bundle: Bundle, stories: dict[str, Story], end: int) -> Iterator[Series]:
    """The series of the SLOs that have a story, until `end`."""
    infos = {rule.labels["slo_id"]: dict(rule.labels) for rule in _recordings(bundle) if rule.record == names.INFO}
    for number, slo in enumerate(one for one in spec.slos if one.name in stories):
        story = stories[slo.name]
        yield _series(names.INFO, infos[slo.id], [1.0] * (POINTS + 1), end)
        for labels in story.by.values():
            yield from _one(slo, story, {**names.identity(slo.id, slo.name, slo.service), **labels}, random.Random(number), end)


def _recordings(bundle: Bundle) -> list[RecordingRule]:
    return [rule for service in bundle.services for group in service.groups for rule in group.rules if isinstance(rule, RecordingRule)]


def _one(slo: Slo, story: Story, labels: Labels, rng: random.Random, end: int) -> Iterator[Series]:
    budget, window = float(slo.objective.budget), int(slo.window.seconds) // STEP
    total, bad = _events(story, budget, rng)
    alive = [story.gone <= POINTS - at <= story.born for at in range(POINTS + 1)]
    sums = {steps: (_windows(total, steps), _windows(bad, steps)) for steps in {12, A_DAY, window}}
    spans = {12: HOUR, A_DAY: DAY, window: slo.window}
    for steps, (all_, wrong) in sums.items():
        yield _series(names.total_sum(spans[steps]), labels, _only(all_, alive), end)
        yield _series(names.bad_sum(spans[steps]), labels, _only(wrong, alive), end)
    covered = [min(1.0, max(0, story.born - POINTS + at) / window) if there else None for at, there in enumerate(alive)]
    share = [w / t if t and there else None for t, w, there in zip(*sums[window], alive, strict=True)]
    yield _series(names.coverage(slo.window), labels, covered, end)
    yield _series(names.SLI_RATIO, labels, [None if one is None else 1 - one for one in share], end)
    left = [None if one is None or part is None else 1 - one * part / budget for one, part in zip(share, covered, strict=True)]
    yield _series(names.BUDGET_REMAINING, labels, left, end)
    yield _series(names.OBJECTIVE, labels, [float(slo.objective.value)] * (POINTS + 1), end)
    yield from _value(slo, labels, sums[12], alive, end)
    if story.fires:
        firing = {"alertname": story.fires, "alertstate": "firing", "slo_category": slo.category}
        yield _series("ALERTS", {**labels, **firing}, [1.0 if POINTS - at < A_DAY else None for at in range(POINTS + 1)], end)


def _value(slo: Slo, labels: Labels, hour: tuple[list[float], list[float]], alive: list[bool], end: int) -> Iterator[Series]:
    """The value of the last hour: a quantile lies the nearer at its target, the nearer the bad share is at its budget."""
    shares = [w / t if t and there else None for t, w, there in zip(*hour, alive, strict=True)]
    cell = slo.cells[0]
    if measure(slo).kind != "value" or cell.limit is None:
        yield _series(names.VALUE_1H, labels, [None if one is None else 1 - one for one in shares], end)
        return
    limit, budget = float(cell.limit.value), float(slo.objective.budget)
    yield _series(names.VALUE_TARGET, labels, [limit] * (POINTS + 1), end)
    yield _series(names.VALUE_1H, labels, [None if one is None else limit * max(0.02, one / budget) ** 0.25 for one in shares], end)


def _events(story: Story, budget: float, rng: random.Random) -> tuple[list[float], list[float]]:
    total, bad = [0.0] * (POINTS + 1), [0.0] * (POINTS + 1)
    for at in range(1, POINTS + 1):
        ago = (POINTS - at) * STEP / 3600
        burn = max(0.02, story.burn + story.drift * (15 - min(ago, 720) / 24))
        burn *= math.exp(rng.gauss(0, 0.05)) * (1 + 0.18 * math.sin(2 * math.pi * at / A_DAY))
        for since, until, height in story.incidents:
            burn = height * (0.92 + 0.16 * rng.random()) if until <= ago <= since else burn
        if story.quiet <= POINTS - at <= story.born:
            total[at] = float(round(story.rate * (0.7 + 0.3 * math.sin(2 * math.pi * (at / A_DAY - 0.3)))))
            bad[at] = min(total[at], max(0.0, rng.gauss(1, 0.05)) * total[at] * budget * burn)
    return total, bad


def _windows(values: list[float], steps: int) -> list[float]:
    grown = list(accumulate(values))
    return [grown[at] - grown[max(0, at - steps)] for at in range(len(values))]


def _only(values: list[float], alive: list[bool]) -> list[float | None]:
    return [value if there else None for value, there in zip(values, alive, strict=True)]


def _series(name: str, labels: Labels, values: list[float | None] | list[float], end: int) -> Series:
    first = POINTS - 31 * A_DAY
    points = [(float(end - (POINTS - at) * STEP), value) for at, value in enumerate(values) if at >= first and value is not None]
    return Series({**labels, "__name__": name}, points)
