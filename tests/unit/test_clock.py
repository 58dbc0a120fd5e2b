"""Time zones and hours of the week, as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from slo_compiler import clock
from slo_compiler.clock import DAY, Weekly, Zone
from slo_compiler.quantities import Problem

HOUR = 3600


def zone(name: str) -> Zone:
    found = clock.zone(name)
    assert isinstance(found, Zone)
    return found


def spans(text: str) -> tuple[tuple[int, int], ...]:
    found = clock.weekly(text)
    assert isinstance(found, Weekly), found
    return found.spans


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "UTC"])
def test_a_zone_is_its_first_offset_and_its_changes(name: str) -> None:
    known = zone(name)
    moment = datetime(2024, 1, 1, 12, tzinfo=UTC)
    while moment.year < 2041:
        offset = known.offset + sum(grows for at, grows in known.changes if at <= moment.timestamp())
        away = moment.astimezone(ZoneInfo(name)).utcoffset()
        assert away is not None
        assert offset == away.total_seconds(), moment
        moment += timedelta(days=3, hours=5)


def test_the_same_database_is_used_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONTZPATH", "/nowhere")
    assert zone("Europe/Berlin").changes[0] == (1711846800, HOUR)


@pytest.mark.parametrize(
    ("name", "near"), [("Europe/Berln", "Europe/Berlin"), ("america/new_york", "America/New_York"), ("CEST", "IANA"), ("", "IANA"), ("../etc/passwd", "IANA")]
)
def test_what_is_no_zone(name: str, near: str) -> None:
    found = clock.zone(name)
    assert isinstance(found, Problem)
    assert found.id == "time/zone"
    assert near in found.help


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:00-18:00 Mon Europe/Berlin", [(9, 18)]),
        ("9:00 - 18:00 monday", [(9, 18)]),
        ("00:00-24:00 Mon-Sun", [(0, 168)]),
        ("02:00-04:00", [(day * 24 + 2, day * 24 + 4) for day in range(7)]),
        ("02:00-04:00 daily UTC", [(day * 24 + 2, day * 24 + 4) for day in range(7)]),
        ("22:00-02:00 Sun", [(0, 2), (166, 168)]),
        ("22:00-02:00 Mon,Tue", [(22, 26), (46, 50)]),
        ("10:00-11:00 Sat-Mon", [(10, 11), (130, 131), (154, 155)]),
        ("00:00-24:00 Sat,Sun", [(120, 168)]),
        ("20:00-20:30 Wed", [(68, 68.5)]),
        ("20:00-20:30 Thurs", [(92, 92.5)]),
        ("20:00-20:30 Mondays", [(20, 20.5)]),
    ],
)
def test_hours_of_the_week(text: str, expected: list[tuple[float, float]]) -> None:
    assert spans(text) == tuple((int(start * HOUR), int(end * HOUR)) for start, end in expected)


@pytest.mark.parametrize(
    "text",
    ["", "9-18", "09:00-18:00 Mo", "09:00-18:00 Mon-Wed-Fri", "09:00-18:00 Mon Tue", "25:00-26:00 Mon", "09:70-10:00", "10:00-10:00 Mon", "09:00-18:00 Mon,"],
)
def test_what_are_no_hours(text: str) -> None:
    found = clock.weekly(text)
    assert isinstance(found, Problem)
    assert found.id in {"time/format", "time/zone"}


@pytest.mark.parametrize("name", ["UTC", "GMT", "CET", "Europe/Berlin", "America/Port-au-Prince", "Japan"])
def test_hours_with_a_zone_need_no_days(name: str) -> None:
    found = clock.weekly(f"09:00-18:00 {name}")
    assert isinstance(found, Weekly), found
    assert (found.zone, len(found.spans)) == (zone(name), 7)


@pytest.mark.parametrize("word", ["Monkey", "Sunny", "Fritz", "Mon-Frx"])
def test_a_word_that_begins_like_a_day_is_none(word: str) -> None:
    found = clock.weekly(f"09:00-18:00 {word}")
    assert isinstance(found, Problem)
    assert found.id == "time/format"


def test_a_zone_that_is_not_there_is_told_as_one() -> None:
    found = clock.weekly("09:00-18:00 CEST")
    assert isinstance(found, Problem)
    assert (found.id, found.message) == ("time/zone", "there is no time zone 'CEST'")


def test_a_moment_is_in_the_zone_unless_it_has_an_offset() -> None:
    berlin = zone("Europe/Berlin")
    assert clock.moment("2026-12-24T18:00", berlin) == datetime(2026, 12, 24, 17, tzinfo=UTC).timestamp()
    assert clock.moment("2026-07-24T18:00", berlin) == datetime(2026, 7, 24, 16, tzinfo=UTC).timestamp()
    assert clock.moment("2026-07-24T18:00Z", berlin) == datetime(2026, 7, 24, 18, tzinfo=UTC).timestamp()
    assert clock.moment("2026-07-24", zone("UTC")) == datetime(2026, 7, 24, tzinfo=UTC).timestamp()
    assert isinstance(clock.moment("tomorrow", berlin), Problem)


def test_spans_are_merged() -> None:
    assert clock.merged([(5, 7), (0, 2), (2, 3), (6, 9)]) == ((0, 3), (5, 9))
    assert clock.merged([]) == ()
    assert clock.merged([(0, DAY), (1, 2)]) == ((0, DAY),)
