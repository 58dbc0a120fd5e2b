"""What follows from the counts: the compiled rules themselves, evaluated by Prometheus, and the alerts with the labels and the times that they would have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from slo_compiler import names
from slo_compiler.ir import AlertRule, Bundle, RecordingRule
from slo_compiler.quantities import Duration
from tests.live.recorded.grid import Grid
from tests.live.recorded.pasts import Past
from tests.live.recorded.stories import STEP
from tests.live.replay.alerts import Episode, episodes
from tests.live.replay.store import Rule, Series, Store, levels

_DERIVED = {
    names.SLI_RATIO, names.BUDGET_REMAINING, names.OBJECTIVE, names.VALUE_TARGET, names.VALUE_1H, names.INFO, names.CHECK_VALUE, names.CHECK_VARIANCE,
    names.CHECK_RATIO,
}  # fmt: skip
_READ = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?=[{\[])")


def rules_of(bundle: Bundle, ids: set[str]) -> list[Rule]:
    """The rules of some promises, and those of whole services."""
    found = chain.from_iterable(group.rules for service in bundle.services for group in service.groups)
    return [_rule(rule) for rule in found if rule.labels.get("slo_id") in {None, *ids}]


def _rule(rule: RecordingRule | AlertRule) -> Rule:
    if isinstance(rule, RecordingRule):
        return Rule(rule.record, rule.expr, dict(rule.labels), STEP)
    return Rule(rule.alert, rule.expr, dict(rule.labels), STEP, _seconds(rule.hold), _seconds(rule.keep_firing_for), is_alert=True)


def _seconds(length: Duration | None) -> float:
    return float(length.seconds) if length else 0.0


def _follows(rule: Rule) -> bool:
    """Whether all that a rule reads is recorded."""
    return all(name.startswith("slo:") for name in _READ.findall(rule.expr))


def record(store: Store, rules: list[Rule], pasts: list[Past], grid: Grid) -> None:
    """Evaluate the rules that follow from what is in the store, one dependency level after the other, and then the alerts."""
    born = {past.promise.id: grid.end - past.story.born * 3600 for past in pasts}
    for level in levels([rule for rule in rules if rule.name in _DERIVED and _follows(rule)]):
        with store.serving():
            found = [series for rule in level for series in _evaluated(store, rule, born.get(rule.labels.get("slo_id", ""), 0), grid)]
        store.add(found)
    alerts = [rule for rule in rules if rule.is_alert]
    with store.serving():
        fired = [episode for alert in alerts if _follows(alert) for episode in _fired(store, alert, born[alert.labels["slo_id"]], grid)]
    store.add(series for episode in [*fired, *_told(alerts, pasts, grid)] for series in _alerting(episode, grid))


def _evaluated(store: Store, rule: Rule, since: float, grid: Grid) -> Iterator[Series]:
    """A rule at the moments of the grid; checks are compared with their own past, and so have no coarse part."""
    whole = [(grid.fine, STEP)] if rule.name.startswith("slo:check:") else [(grid.hours, 3600), (grid.week, STEP)]
    for steps, step in whole:
        for row in store.range(rule.expr, grid.at(steps[0]), grid.at(steps[-1]), step):
            yield Series({**row.labels, **rule.labels, "__name__": rule.name}, [point for point in row.points if point[0] >= since])


def _fired(store: Store, alert: Rule, since: float, grid: Grid) -> list[Episode]:
    """When an alert fired in the last week, but not before its rules were there."""
    return episodes(store, [alert], max(grid.at(grid.week[0]), since), grid.end)


def _told(alerts: list[Rule], pasts: list[Past], grid: Grid) -> Iterator[Episode]:
    """Alerts that stories tell of, because their reasons are not recorded."""
    for past in pasts:
        mine = [alert for alert in alerts if alert.name == past.story.fires and alert.labels["slo_id"] == past.promise.id]
        yield from (Episode(alert, past.labels, grid.end - past.story.fired * 3600, float("inf")) for alert in mine[:1])


def _alerting(episode: Episode, grid: Grid) -> Iterator[Series]:
    """An alert that fires, and since when its reason has held."""
    alert, active = episode.alert, episode.fired - episode.alert.hold
    labels = {name: value for name, value in episode.labels.items() if name != "__name__"} | alert.labels | {"alertname": alert.name}
    moments = [float(grid.at(step)) for step in grid.week]
    states = {"pending": (active, episode.fired), "firing": (episode.fired, episode.resolved)}
    for state, (start, end) in states.items():
        yield Series({"__name__": "ALERTS", **labels, "alertstate": state}, [(at, 1.0) for at in moments if start <= at < end])
    yield Series({"__name__": "ALERTS_FOR_STATE", **labels}, [(at, active) for at in moments if active <= at < episode.resolved])
