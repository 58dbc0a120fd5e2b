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
from slo_compiler.pages.measures import DAY
from slo_compiler.pages.states import BREACHED, BURNING, HEALTHY, NO_TRAFFIC, NOT_MEASURED, TOO_CLOSE, State
from slo_compiler.quantities import Duration
from tests.live.recorded.counted import beyond
from tests.live.replay.store import Labels, Series, Store

SERVICES, EACH = 50, 20
_REMEMBERED = 34  # of so many SLOs one has alerts in the last week: thirty of them
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
    """How an SLO does: its state, its burn rate usually and in the last hours, and the events in these hours. Which alerts fire follows from it."""

    state: State
    usual: float
    hours: float = 0
    burn: float = 0
    rate: float = 300  # events in five minutes; 0 is silence, below 0 nothing is measured

    def counts(self, seconds: float, budget: float) -> tuple[float, float] | None:
        """All events of a window until now, and the bad ones; None if nothing was measured in it."""
        lately = min(seconds, self.hours * _HOUR)
        before, after = 300 * (seconds - lately) / _STEP, max(0.0, self.rate) * lately / _STEP
        if self.rate < 0 and not before:
            return None
        return before + after, before * self.usual * budget + after * min(0.95, self.burn * budget)


#: How many of a thousand do how; all others are healthy. A budget of a day would be spent by what is worth a ticket in a month.
_DOINGS = (
    (6, Doing(BREACHED, 1.15)),
    (6, Doing(BURNING, 0.3, hours=0.9, burn=17)),
    (18, Doing(BURNING, 0.4, hours=20, burn=4.4)),
    (10, Doing(NOT_MEASURED, 0.4, hours=5, rate=-1)),
    (8, Doing(TOO_CLOSE, 1.002)),
    (16, Doing(NO_TRAFFIC, 0.4, hours=1.5, rate=0)),
)
_OF_A_DAY = Doing(BURNING, 0.2, hours=6, burn=2.9)


def doing(number: int, slo: Slo) -> Doing:
    """How an SLO does, by its place in the fleet: those of one state are spread over services and things."""
    rank = number * 619 % (SERVICES * EACH)
    for count, found in _DOINGS:
        if rank < count:
            return _OF_A_DAY if found.hours == 20 and slo.window <= DAY else found
        rank -= count
    return Doing(HEALTHY, 0.1 + 0.7 * (rank % 97) / 97)


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
    fleet = [(number, slo, doing(number, slo), rules[slo.id]) for number, slo in enumerate(run.spec.slos)]
    store.add(series for _, slo, how, own in fleet for series in _numbers(slo, how, services[slo.service], own, end))
    with store.serving():
        fired = [series for _, slo, how, own in fleet if how.state != HEALTHY for series in _alerts(store, slo, how, own, end)]
    store.add(fired)
    store.add(series for number, slo, _, own in fleet if number % _REMEMBERED == 0 for series in _history(number, slo, own, end))


def _numbers(slo: Slo, how: Doing, neighbours: list[Slo], rules: list[Rule], end: int) -> Iterator[Series]:
    now = [(end - 2 * _STEP, end)]
    labels = names.identity(slo.id, slo.name, slo.service)
    for name, value in (*_sums(how, slo, neighbours), *_derived(how, slo)):
        yield _lasting(name, labels, now, value)
    yield from (_lasting(names.INFO, dict(rule.labels), now, 1) for rule in rules if isinstance(rule, RecordingRule) and rule.record == names.INFO)


def _sums(how: Doing, slo: Slo, neighbours: list[Slo]) -> Iterator[tuple[str, float]]:
    for window in dict.fromkeys(one.window for one in neighbours):
        yield names.coverage(window), _measured(how, window)
    for window in lengths(neighbours):
        if found := how.counts(float(window.seconds), float(slo.objective.budget)):
            yield names.total_sum(window), found[0]
            yield names.bad_sum(window), found[1]


def _measured(how: Doing, window: Duration) -> float:
    return 1 - how.hours * _HOUR / float(window.seconds) if how.rate < 0 else 1.0


def _derived(how: Doing, slo: Slo) -> Iterator[tuple[str, float]]:
    """What the rules make of the sums."""
    budget = float(slo.objective.budget)
    total, bad = how.counts(float(slo.window.seconds), budget) or (0.0, 0.0)
    yield names.OBJECTIVE, float(slo.objective.value)
    yield names.SLI_RATIO, 1 - bad / total
    yield names.BUDGET_REMAINING, 1 - bad * _measured(how, slo.window) / (total * budget)
    hour, bad_hour = how.counts(_HOUR, budget) or (0.0, 0.0)
    if isinstance(slo.sli, Histogram):
        limit = float(slo.sli.limit.value)
        yield names.VALUE_TARGET, limit
        if hour:
            yield names.VALUE_1H, limit * math.exp(beyond(bad_hour / hour, budget))
    elif hour:
        yield names.VALUE_1H, 1 - bad_hour / hour


# --- alerts ------------------------------------------------------------------------------------------------------------------------------


def _alerts(store: Store, slo: Slo, how: Doing, rules: list[Rule], end: int) -> Iterator[Series]:
    """The alerts that fire now: the compiled rules tell it of all but silence, whose reason is a past that is not there."""
    for rule in rules:
        if isinstance(rule, AlertRule):
            counted = rule.alert in {names.BURN, names.EXHAUSTED} and store.at(rule.expr, end)
            if counted or (rule.alert == names.NO_DATA and how.rate < 0):
                yield from _alert(rule, slo, [(end - (how.hours or 30) * _HOUR, end)])


def _history(number: int, slo: Slo, rules: list[Rule], end: int) -> Iterator[Series]:
    """Pages of the last week, three hours each."""
    hours = sorted(random.Random(number).sample(range(40, 160, 5), 2), reverse=True)
    for rule in rules:
        if isinstance(rule, AlertRule) and rule.labels.get("slo_tier") == "page":
            yield from _alert(rule, slo, [(end - ago * _HOUR, end - (ago - 3) * _HOUR) for ago in hours])


Spans = list[tuple[float, float]]


def _alert(rule: AlertRule, slo: Slo, spans: Spans) -> Iterator[Series]:
    """An alert that fired in some spans, and since when each time."""
    carried = {**names.identity(slo.id, slo.name, slo.service), **rule.labels, "alertname": rule.alert}
    yield _lasting("ALERTS", {**carried, "alertstate": "firing"}, spans, 1)
    since = [point for span in spans for point in _lasting("ALERTS_FOR_STATE", carried, [span], span[0]).points]
    yield Series({"__name__": "ALERTS_FOR_STATE", **carried}, since)


def _lasting(name: str, labels: Labels, spans: Spans, value: float) -> Series:
    """A series of one value, each five minutes of some spans."""
    points = [(float(at), float(value)) for first, last in spans for at in range(int(first) // _STEP * _STEP, int(last) + 1, _STEP)]
    return Series({**labels, "__name__": name}, points)
