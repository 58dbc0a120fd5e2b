"""Clocks, periods and masks of the rules, on a real Prometheus over a year and a half, against Python's own calendar."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.live.replay.store import Series, Store, rules_of
from tests.servers import lines

SLOS = Path(__file__).parent / "slos" / "clocks.yaml"
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
PACE = 1800.0
AGO = 70  # half a step and half a scrape of a minute each, and the delay of ten seconds
CLOCKS = ("slo:clock:", "slo:mask:")

Found = dict[tuple[str, str, str], Series]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What the rules say each half hour, by record, zone or SLO, and period."""
    folder = tmp_path_factory.mktemp("clocks")
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS), "-o", str(folder)], check=True, capture_output=True)
    rules = [replace(rule, interval=PACE) for rule in rules_of(folder / "clocks.prometheus.rules.yml") if rule.name.startswith(CLOCKS)]
    store = Store(lines()[-1], folder)
    store.record(rules, FIRST.timestamp(), LAST.timestamp())
    with store.serving(recorded=True):
        series = store.range('{__name__=~"slo:(clock|mask):.*"}', FIRST.timestamp(), LAST.timestamp(), PACE)
    return {(one.labels["__name__"], one.labels.get("slo_zone") or one.labels["slo"], one.labels.get("slo_period", "")): one for one in series}


def local(at: float, zone: str) -> datetime:
    """Local time when the events of the step before a moment happened."""
    return datetime.fromtimestamp(at - AGO, ZoneInfo(zone))


def beginning(of: datetime, period: str) -> datetime:
    """When the period began that a moment belongs to."""
    day = of.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if period == "week":
        return day - timedelta(days=day.weekday())  # on the wall, not in seconds
    return day.replace(day=1, month=day.month if period == "month" else (day.month - 1) // 3 * 3 + 1)


def end(of: datetime, period: str) -> datetime:
    """When the next period begins."""
    begun = beginning(of, period)
    if period == "week":
        return begun + timedelta(days=7)
    return beginning(begun + timedelta(days=32 if period == "month" else 93), period)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_local_time_is_that_of_the_zone(found: Found, zone: str) -> None:
    points = found["slo:clock:local", zone, ""].points
    assert len(points) > 24_000
    assert not [at for at, value in points if value != local(at, zone).replace(tzinfo=UTC).timestamp()]


@pytest.mark.parametrize(
    ("zone", "period"), [("Europe/Berlin", "month"), ("America/New_York", "quarter"), ("America/New_York", "month"), ("UTC", "week"), ("Europe/Berlin", "week")]
)
def test_periods_begin_and_end_at_midnight_of_the_zone(found: Found, zone: str, period: str) -> None:
    for record, edge in (("slo:clock:start", beginning), ("slo:clock:end", end)):
        points = found[record, zone, period].points
        assert len(points) > 24_000
        assert not [at for at, value in points if value != edge(local(at, zone), period).timestamp()]


def inside(text: str, at: datetime) -> bool:
    """Whether `HH:MM` of a day lies in a span such as `09:00-18:00`."""
    first, last = text.split("-")
    return first <= f"{at:%H:%M}" < last


MASKS = {
    "maintenance": lambda at: not (local(at, "Europe/Berlin").weekday() == 6 and inside("02:00-04:00", local(at, "Europe/Berlin"))),
    "office": lambda at: local(at, "Europe/Berlin").weekday() < 5 and inside("09:00-18:00", local(at, "Europe/Berlin")),
    "night": lambda at: (
        not (inside("22:00-24:00", local(at, "UTC")) and local(at, "UTC").weekday() in {4, 5})
        and not (inside("00:00-03:00", local(at, "UTC")) and local(at, "UTC").weekday() in {5, 6})
    ),
    "holiday": lambda at: not datetime(2026, 12, 24, 17, tzinfo=UTC) <= local(at, "UTC") < datetime(2026, 12, 26, 5, tzinfo=UTC),
    "two-offices": lambda at: (
        (local(at, "Europe/Berlin").weekday() < 5 and inside("09:00-18:00", local(at, "Europe/Berlin")))
        or (local(at, "America/New_York").weekday() < 5 and inside("09:00-18:00", local(at, "America/New_York")))
    ),
}


@pytest.mark.parametrize("name", MASKS)
def test_hours_count_or_do_not(found: Found, name: str) -> None:
    points = found["slo:mask:bool", name, ""].points
    assert len(points) > 24_000
    assert {value for _, value in points} == {0.0, 1.0}
    assert not [datetime.fromtimestamp(at, UTC) for at, value in points if value != MASKS[name](at)]
