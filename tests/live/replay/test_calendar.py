"""Budgets of calendar windows, maintenance and working hours against the truth, across the beginning of summer time and of a month in Berlin."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.live.replay import truth
from tests.live.replay.store import STEPS, Store, rules_of
from tests.live.replay.traffic import DAY, HOUR, MINUTE, START, Life
from tests.live.replay.truth import BAD, SURFACES, Surface
from tests.servers import lines

SLOS = Path(__file__).parent / "slos" / "calendar.yaml"
BUDGET, ENOUGH = 0.001, 1_000
BERLIN = ZoneInfo("Europe/Berlin")
SHIFT = 62 * DAY  # the same 35 days, from 4 March on
SUMMER, APRIL = datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp(), datetime(2026, 3, 31, 22, tzinfo=UTC).timestamp()
MARCH, MAY = datetime(2026, 2, 28, 23, tzinfo=UTC).timestamp(), datetime(2026, 4, 30, 22, tzinfo=UTC).timestamp()
ALL_ALONG = ("slo:clock:local", "slo:mask:", *STEPS)  # when a month begins is read at its moment only
#: At both edges, around them, and in the middle of two incidents; all at full 5 minutes.
EDGES = (SUMMER - HOUR, SUMMER + 300, SUMMER + DAY, APRIL - 300, APRIL, APRIL + 300, APRIL + HOUR, APRIL + 3 * DAY)
MOMENTS = (*(round((at - START - SHIFT) / MINUTE) for at in EDGES), 31 * 1440 + 870, 33 * 1440 + 560, 34 * 1440 + 1200)

Counts = Callable[[datetime], bool]


def epoch(minute: int) -> float:
    return float(START + SHIFT + minute * MINUTE)


def local(minute: int) -> datetime:
    """The time in Berlin in the middle of a minute."""
    return datetime.fromtimestamp(epoch(minute) + 30, BERLIN)


def maintenance(at: datetime) -> bool:
    """Whether a time counts: not in the hours that are excluded."""
    return not ((at.weekday() == 3 and 16 <= at.hour < 18) or (at.date().isoformat() == "2026-04-04" and at.hour == 14))


def office(at: datetime) -> bool:
    """Whether a time counts: only in working hours."""
    return at.weekday() < 5 and 9 <= at.hour < 18


@dataclass
class Row:
    """One surface at one moment: the budget in percentage points, and the events that it is made of."""

    slo: str
    surface: str
    moment: int
    ours: float
    true: float
    total: int


@pytest.fixture(scope="module")
def surfaces() -> dict[str, Surface]:
    return {name: truth.surface(name) for name in SURFACES}


@pytest.fixture(scope="module")
def rows(surfaces: dict[str, Surface], tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    folder = tmp_path_factory.mktemp("calendar")
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS), "-o", str(folder)], check=True, capture_output=True)
    rules = [rule for rule in rules_of(folder / "calendar.prometheus.rules.yml") if not rule.is_alert]
    store = Store(lines()[-1], folder)
    requests = [one for surface in surfaces.values() for one in surface.series if one.labels["__name__"] == "llm_requests_total"]
    store.add(replace(one, points=[(at + SHIFT, value) for at, value in one.points]) for one in requests)
    store.record([rule for rule in rules if rule.name.startswith(ALL_ALONG)], epoch(1), epoch(truth.END))
    store.record_at([rule for rule in rules if not rule.name.startswith(ALL_ALONG)], map(epoch, MOMENTS))
    with store.serving():
        found = [row for slo in ("month", "maintenance", "office") for moment in MOMENTS for row in _rows(store, slo, surfaces, moment)]
    for row in found:
        print(f"{row.slo:12}{row.surface:8}{datetime.fromtimestamp(epoch(row.moment), UTC):%d %b %H:%M}  true {row.true:9.3f}  ours {row.ours - row.true:+.3f}")
    return found


def _rows(store: Store, slo: str, surfaces: dict[str, Surface], moment: int) -> list[Row]:
    ours = {labels["surface"]: value for labels, value in store.at(f'slo:error_budget:remaining{{slo="{slo}"}}', epoch(moment))}
    found = []
    for name, surface in surfaces.items():
        total, bad, coverage = _month(surface, moment) if slo == "month" else _masked(surface, moment, {"maintenance": maintenance, "office": office}[slo])
        if total >= ENOUGH:
            found.append(Row(slo, name, moment, 100 * ours[name], 100 * (1 - bad * coverage / (BUDGET * total)), total))
    return found


def _month(surface: Surface, moment: int) -> tuple[int, int, float]:
    """Events and bad events since the month began in Berlin, and how much of the whole month that is."""
    begun, end = (MARCH, APRIL) if epoch(moment) <= APRIL else (APRIL, MAY)
    minutes = round((epoch(moment) - max(begun, epoch(0))) / MINUTE)
    total, bad = surface.happened(moment, minutes, ("ok",), BAD)
    return total, bad, minutes * MINUTE / (end - begun)


def _masked(surface: Surface, moment: int, counts: Counts) -> tuple[int, int, float]:
    """Events and bad events of 30 days in the minutes that count."""
    total, bad = _kept(surface.name, counts).happened(moment, 30 * 1440, ("ok",), BAD)
    return total, bad, min(1.0, moment / (30 * 1440))


@cache
def _kept(name: str, counts: Counts) -> Surface:
    """A surface to which nothing happened but in the minutes that count."""
    surface = truth.surface(name)
    return replace(surface, lives=[replace(life, counted=list(_told(life, counts))) for life in surface.lives])


def _told(life: Life, counts: Counts) -> Iterator[dict[str, int]]:
    return (told if counts(local(minute)) else {} for minute, told in enumerate(life.counted, life.born))


def test_budgets_are_true_across_the_edges(rows: list[Row]) -> None:
    assert {row.slo for row in rows} == {"month", "maintenance", "office"}
    assert len(rows) > 60
    assert max(abs(row.ours - row.true) for row in rows if row.slo == "month" or row.true > 0) <= 0.2


def test_single_events_at_the_edges_of_hours_are_all_that_is_lost(rows: list[Row]) -> None:
    """Of a budget that is spent many times, the edges are a share: whether an event of 09:00 was seen at 09:00 or at 09:01."""
    spent = [(row.ours - row.true) / (100 - row.true) for row in rows if row.slo != "month"]
    assert max(map(abs, spent)) <= 0.006


def test_the_data_is_hard_enough(rows: list[Row]) -> None:
    """Of incidents much lies outside working hours, and the new month begins with a full budget while the old one had lost some."""
    of = {(row.slo, row.surface, row.moment): row.true for row in rows}
    assert of["office", "chat", MOMENTS[0]] > of["maintenance", "chat", MOMENTS[0]] + 20
    assert of["month", "chat", MOMENTS[4]] < 90
    assert of["month", "chat", MOMENTS[6]] > 99


def test_an_unmasked_rolling_window_says_something_else(rows: list[Row], surfaces: dict[str, Surface]) -> None:
    moment = 33 * 1440 + 560
    total, bad, _ = _masked(surfaces["chat"], moment, lambda _: True)
    (row,) = (one for one in rows if (one.slo, one.surface, one.moment) == ("maintenance", "chat", moment))
    assert abs(row.ours - 100 * (1 - bad / (BUDGET * total))) > 0.5
