"""What alerts did over a time: the steps at which an expression held become episodes, as Prometheus' `for` and `keep_firing_for` make them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.live.replay.store import Labels, Rule, Store


@dataclass(frozen=True)
class Episode:
    """From the step at which an alert fired to the step at which it was resolved; one that still fires ends at infinity."""

    alert: Rule
    labels: Labels
    fired: float
    resolved: float


def episodes(store: Store, alerts: list[Rule], start: float, end: float) -> list[Episode]:
    """All episodes between `start` and `end`, in the order in which they began."""
    found = [Episode(alert, labels, *span) for alert in alerts for labels, steps in held(store, alert, start, end) for span in spans(alert, steps, start, end)]
    return sorted(found, key=lambda episode: episode.fired)


def held(store: Store, alert: Rule, start: float, end: float) -> list[tuple[Labels, list[float]]]:
    """The steps at which an alert's expression holds, once a label set."""
    return [(row.labels, [at for at, _ in row.points]) for row in store.range(alert.expr, _first(alert, start), end, alert.interval)]


def _first(alert: Rule, start: float) -> float:
    return -(-start // alert.interval) * alert.interval


def spans(alert: Rule, steps: Iterable[float], start: float, end: float) -> list[tuple[float, float]]:
    """When an alert fired and was resolved whose expression held at some steps: Prometheus' alert states, step by step."""
    held = set(steps)
    spans: list[tuple[float, float]] = []
    active_at = fired_at = last_held = None
    at = _first(alert, start)
    while at <= end:
        if at in held:
            active_at = at if active_at is None else active_at
            last_held = at
            if fired_at is None and at - active_at >= alert.hold:
                fired_at = at
        elif fired_at is None:
            active_at = None
        elif last_held is None or at - last_held - alert.interval >= alert.linger:  # Prometheus counts from the first step without it
            spans.append((fired_at, at))
            active_at = fired_at = None
        at += alert.interval
    if fired_at is not None:
        spans.append((fired_at, float("inf")))
    return spans
