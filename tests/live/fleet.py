"""A fleet of a thousand SLOs, for the page that lists them all: their files, and what the rules would have recorded in the last ten minutes."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from slo_compiler import compiler, names
from slo_compiler.compiler import Compilation
from slo_compiler.ir import AlertRule, Bundle, RecordingRule, Rule
from slo_compiler.lower.windows import lengths
from slo_compiler.model import Histogram, Slo
from slo_compiler.pages.states import BREACHED, BURNING, HEALTHY, NO_TRAFFIC, NOT_MEASURED, TOO_CLOSE, State
from tests.live.recorded.counted import beyond
from tests.live.replay.store import Labels, Series, Store

SERVICES, EACH = 50, 20
_HISTORIES = 30  # SLOs whose alerts of the last week are remembered
_STEP, _HOUR = 300, 3600  # seconds

_EVENTS = "{{events: {{total: {0}_total, bad: '{0}_total{{outcome=\"error\"}}'}}}}"
_KINDS = {
    "latency": ("p95", "30d", "{{histogram: {{metric: {0}_seconds, at_most: 2s, buckets: [0.5, 1, 2, 5]}}}}"),
    "quality": ("92%", "7d", _EVENTS),
    "cost": ("p95", "24h", "{{histogram: {{metric: {0}_dollars, at_most: $0.02, buckets: [0.01, 0.02, 0.05]}}}}"),
    "availability": ("99.9%", "30d", _EVENTS),
}
_THINGS = ("answers", "searches", "summaries", "tools", "embeddings")


@dataclass(frozen=True)
class Doing:
    """How an SLO does: burn rates usually and in the last hours, the events in these hours, the alert that fires (its tier, or its name), its state."""

    usual: float
    state: State = HEALTHY
    alert: str = ""
    hours: float = 0
    burn: float = 0
    rate: float = 300  # events in five minutes; 0 is silence, below 0 nothing is measured

    def events(self, seconds: float) -> tuple[float, float] | None:
        """All events of a window until now, and the burn rate times all; None if nothing was measured in it."""
        lately = min(seconds, self.hours * _HOUR)
        before, after = 300 * (seconds - lately) / _STEP, max(0.0, self.rate) * lately / _STEP
        if self.rate < 0 and not before:
            return None
        return before + after, before * self.usual + after * self.burn


#: How many of a thousand do how; all others are healthy.
_DOINGS = (
    (6, Doing(1.6, BREACHED, names.EXHAUSTED)),
    (6, Doing(0.3, BURNING, "rollback", hours=3, burn=17)),
    (18, Doing(0.4, BURNING, "ticket", hours=20, burn=4.4)),
    (10, Doing(0.4, NOT_MEASURED, names.NO_DATA, hours=5, rate=-1)),
    (8, Doing(1.002, TOO_CLOSE)),
    (16, Doing(0.4, NO_TRAFFIC, hours=1.5, rate=0)),
)


def doing(number: int) -> Doing:
    """How an SLO does, by its place in the fleet; neighbours do differently."""
    rank = number * 619 % (SERVICES * EACH)
    for count, found in _DOINGS:
        if rank < count:
            return found
        rank -= count
    return Doing(0.1 + 0.7 * (rank % 97) / 97)


def read(folder: Path) -> Compilation:
    """Put the files of the fleet into a folder, and read them."""
    for number in range(SERVICES):
        service = f"service-{number:02}"
        slos = "".join(_slo(service, category, thing) for category in _KINDS for thing in _THINGS)
        (folder / f"{service}.yaml").write_text(f"version: slo/v1\nservice: {service}\nowner: team-{number % 7}\nslos:\n{slos}")
    run = Compilation()
    compiler.validate(run, [str(folder)])
    assert run.report.ok, run.report
    return run


def _slo(service: str, category: str, thing: str) -> str:
    objective, window, sli = _KINDS[category]
    metric = f"{service.replace('-', '_')}_{thing}_{category}"
    title = f"{thing.capitalize()}, {category}"
    head = f"  - {{name: {thing}-{category}, title: '{title}', category: {category}, objective: {objective}, window: {window},"
    return f"{head} sli: {sli.format(metric)}}}\n"


def record(store: Store, run: Compilation, bundle: Bundle, end: int) -> None:
    """Fill a store with ten minutes until `end` of all SLOs, and a week of alerts of some."""
    assert run.spec
    rules: dict[str, list[Rule]] = {}
    for rule in (rule for service in bundle.services for group in service.groups for rule in group.rules):
        rules.setdefault(rule.labels.get("slo_id", ""), []).append(rule)
    services: dict[str, list[Slo]] = {}
    for slo in run.spec.slos:
        services.setdefault(slo.service, []).append(slo)
    store.add(series for number, slo in enumerate(run.spec.slos) for series in _one(number, slo, services[slo.service], rules[slo.id], end))


def _one(number: int, slo: Slo, neighbours: list[Slo], rules: list[Rule], end: int) -> Iterator[Series]:
    how, labels = doing(number), names.identity(slo.id, slo.name, slo.service)
    for name, value in (*_sums(how, slo, neighbours), *_derived(how, slo)):
        yield _lasting(name, labels, [(end - 2 * _STEP, end)], value)
    remembered = number % (SERVICES * EACH // _HISTORIES) == 0
    for rule in rules:
        if isinstance(rule, RecordingRule):
            if rule.record == names.INFO:
                yield _lasting(names.INFO, dict(rule.labels), [(end - 2 * _STEP, end)], 1)
        elif how.alert in {rule.alert, rule.labels.get("slo_tier")}:
            yield from _alert(rule, labels, [(end - (how.hours or 30) * _HOUR, end)])
        elif remembered and rule.labels.get("slo_tier") == "page":
            hours = sorted(random.Random(number).sample(range(10, 160, 5), 2), reverse=True)
            yield from _alert(rule, labels, [(end - ago * _HOUR, end - (ago - 3) * _HOUR) for ago in hours])


def _sums(how: Doing, slo: Slo, neighbours: list[Slo]) -> Iterator[tuple[str, float]]:
    for window in lengths(neighbours):
        if found := how.events(float(window.seconds)):
            yield names.total_sum(window), found[0]
            yield names.bad_sum(window), found[1] * float(slo.objective.budget)


def _derived(how: Doing, slo: Slo) -> Iterator[tuple[str, float]]:
    """What the rules make of the sums."""
    budget, window, hour = float(slo.objective.budget), float(slo.window.seconds), how.events(_HOUR)
    yield names.OBJECTIVE, float(slo.objective.value)
    measured = 1 - how.hours * _HOUR / window if how.rate < 0 else 1.0
    yield names.coverage(slo.window), measured
    total, burnt = how.events(window) or (0.0, 0.0)
    yield names.SLI_RATIO, 1 - burnt * budget / total
    yield names.BUDGET_REMAINING, 1 - burnt * measured / total
    share = hour[1] / hour[0] * budget if hour and hour[0] else None
    if isinstance(slo.sli, Histogram):
        limit = float(slo.sli.limit.value)
        yield names.VALUE_TARGET, limit
        if share is not None:
            yield names.VALUE_1H, limit * math.exp(beyond(share, budget))
    elif share is not None:
        yield names.VALUE_1H, 1 - share


Spans = list[tuple[float, float]]


def _alert(rule: AlertRule, labels: Labels, spans: Spans) -> Iterator[Series]:
    """An alert that fired in some spans, and since when each time."""
    carried = {**labels, **rule.labels, "alertname": rule.alert}
    yield _lasting("ALERTS", {**carried, "alertstate": "firing"}, spans, 1)
    since = [point for span in spans for point in _lasting("ALERTS_FOR_STATE", carried, [span], span[0]).points]
    yield Series({"__name__": "ALERTS_FOR_STATE", **carried}, since)


def _lasting(name: str, labels: Labels, spans: Spans, value: float) -> Series:
    """A series of one value, each five minutes of some spans."""
    points = [(first + _STEP * step, float(value)) for first, last in spans for step in range(int((last - first) // _STEP) + 1)]
    return Series({**labels, "__name__": name}, points)
