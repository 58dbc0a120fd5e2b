"""The first day of an SLO: rules and service begin together, and what alerts say until the next day."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from tests.live.replay.alerts import Episode, episodes
from tests.live.replay.store import Points, Series, Store, rules_of
from tests.live.replay.traffic import DAY, MINUTE, START
from tests.servers import lines

SLOS = Path(__file__).parent / "slos" / "first-day.yaml"
PAGE = Path(__file__).parents[3] / "docs" / "first-day.md"
PAGES = {"rollback", "page"}


@dataclass(frozen=True)
class Case:
    """A service's first day: its requests a minute, those that fail, and when it ends (minutes after the rules began)."""

    name: str
    told: str
    rate: int
    fails: Callable[[int], int]
    end: int = 1440

    def series(self) -> Iterator[Series]:
        """Its counters; the process starts two minutes after the rules, and the errors are born with the first one."""
        good: Points = []
        bad: Points = []
        total = failed = 0
        for minute in range(2, self.end):
            at = float(START + minute * MINUTE + 5)
            good.append((at, float(total - failed)))
            if failed:
                bad.append((at, float(failed)))
            total, failed = total + self.rate, failed + self.fails(minute)
        labels = {"__name__": "requests_total", "job": "app", "instance": "a:80", "case": self.name}
        yield Series({**labels, "outcome": "ok"}, good)
        if bad:
            yield Series({**labels, "outcome": "error"}, bad)


def three(minute: int) -> int:
    return minute in {5, 12, 19}


CASES = (
    Case("well", "100 requests a minute, 3 errors in 10,000", 100, lambda minute: minute % 33 == 7),
    Case("three-of-a-hundred", "3 errors of the first 100 requests, in 20 minutes; then 5 good ones a minute", 5, three),
    Case("three-of-twenty", "3 errors of the first 20 requests, in 20 minutes; then a good one a minute", 1, three),
    Case("all-fails-10m", "100 requests a minute, all fail in the first 10 minutes", 100, lambda minute: 100 * (minute < 12)),
    Case("all-fails-1h", "the same for the first hour", 100, lambda minute: 100 * (minute < 62)),
    Case("gone-at-noon", "100 requests a minute, no more data from noon on", 100, lambda _: 0, end=720),
    Case("typo", "a typing error in the metric's name", 100, lambda _: 0),
)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Episode], Store]:
    """All alert episodes of the first day, and what was recorded."""
    folder = tmp_path_factory.mktemp("first-day")
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS), "-o", str(folder)], check=True, capture_output=True)
    rules = rules_of(folder / "young.prometheus.rules.yml")
    store = Store(lines()[-1], folder)
    store.add(series for case in CASES for series in case.series())
    store.record([rule for rule in rules if not rule.is_alert], START + MINUTE, START + DAY)
    found = []
    for recorded in (False, True):
        with store.serving(recorded=recorded):
            alerts = [rule for rule in rules if rule.is_alert and rule.reads_recorded is recorded]
            found += episodes(store, alerts, START + MINUTE, START + DAY)
    found.sort(key=lambda episode: episode.fired)
    print("", *rows(found), sep="\n")
    return found, store


def rows(found: list[Episode]) -> list[str]:
    """The table of docs/first-day.md: what fired, minutes after the rules began, and until when."""
    return [f"| {case.told} | {_said(case, found)} |" for case in CASES]


def _said(case: Case, found: list[Episode]) -> str:
    own = sorted((episode for episode in found if episode.alert.labels["slo"] == case.name), key=_tier)
    firsts = {tier: list(group) for tier, group in groupby(own, key=_tier)}
    ordered = sorted(firsts.items(), key=lambda item: item[1][0].fired)
    return ", ".join(f"{tier} {_minutes(group[0].fired)}–{_minutes(group[-1].resolved)}" for tier, group in ordered) or "silent"


def _minutes(at: float) -> str:
    return "" if math.isinf(at) else f"{(at - START) / MINUTE:.0f}"


def _tier(episode: Episode) -> str:
    return episode.alert.labels.get("slo_tier", episode.alert.name)


def said(name: str, found: list[Episode]) -> set[str]:
    return {_tier(episode) for episode in found if episode.alert.labels["slo"] == name}


def first(name: str, tier: str, found: list[Episode]) -> float:
    """Minutes from the beginning of the rules until an alert fired."""
    return min(episode.fired - START for episode in found if episode.alert.labels["slo"] == name and _tier(episode) == tier) / MINUTE


Day = tuple[list[Episode], Store]


@pytest.mark.parametrize("name", ["three-of-a-hundred", "three-of-twenty"])
def test_three_errors_in_the_first_20_minutes_freeze_nothing(name: str, day: Day) -> None:
    assert "SLOBudgetExhausted" not in said(name, day[0])


def test_three_errors_of_a_hundred_page_nobody(day: Day) -> None:
    assert not said("three-of-a-hundred", day[0]) & PAGES


def test_a_service_that_is_well_is_silent(day: Day) -> None:
    assert not said("well", day[0])


def test_an_outage_at_the_start_pages(day: Day) -> None:
    for name in ("all-fails-10m", "all-fails-1h"):
        assert first(name, "rollback", day[0]) <= 10
    assert "SLOBudgetExhausted" not in said("all-fails-10m", day[0])
    assert 40 <= first("all-fails-1h", "SLOBudgetExhausted", day[0]) <= 60


def test_what_is_never_there_and_what_ends_is_told(day: Day) -> None:
    assert said("typo", day[0]) == {"SLOBlind"}
    assert first("gone-at-noon", "SLONoData", day[0]) <= 740


def test_the_page_tells_these_episodes(day: Day) -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = [row for row in rows(day[0]) if row not in text]
    assert not missing, "\n".join(missing)


def test_the_page_tells_how_the_budget_goes(day: Day) -> None:
    text = PAGE.read_text(encoding="utf-8")
    _, store = day
    with store.serving(recorded=True):
        told = [_budget(store, minutes) for minutes in (25, 60, 360, 1440)]
    print("", *told, sep="\n")
    assert not [row for row in told if row not in text], "\n".join(told)


def _budget(store: Store, minutes: int) -> str:
    """A row of the page's first table: what there was, what share of the window that is, what is left, and what would be without that share."""

    def of(name: str) -> float:
        ((_, value),) = store.at(f'{name}{{slo="three-of-a-hundred"}}', START + minutes * MINUTE)
        return value

    bad, total = of("slo:bad:sum30d"), of("slo:total:sum30d")
    age = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
    return f"| {age} | {bad:.0f} of {total:,.0f} | {of('slo:coverage:30d'):.2%} | {of('slo:error_budget:remaining'):.1%} | {1 - bad / total / 0.001:,.0%} |"


def test_the_page_quotes_alerts(day: Day) -> None:
    """promtool renders them from the same rules and counters."""
    folder = day[1].folder
    (case,) = (case for case in CASES if case.name == "three-of-a-hundred")
    text = PAGE.read_text(encoding="utf-8")
    quoted = re.findall(r"```text\n(.*)\n(.*)\n(.*)\n(.*)\n```", text)[0]
    own = {"slo_id": f"young/{case.name}", "slo": case.name, "slo_service": "young", "slo_category": "availability"}
    alerts = [
        {"exp_labels": {**own, "slo_tier": tier, "severity": tier}, "exp_annotations": {"summary": summary, "description": description}}
        for tier, summary, description in zip(("ticket", "digest"), quoted[::2], quoted[1::2], strict=True)
    ]
    claim = {
        "rule_files": ["young.prometheus.rules.yml"],
        "evaluation_interval": "1m",
        "group_eval_order": ["slo-young-fast", "slo-young-slow"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [_input(series) for series in case.series()],
                "alert_rule_test": [{"eval_time": "30m", "alertname": "SLOBudgetBurn", "exp_alerts": alerts}],
            }
        ],
    }
    (folder / "quoted_test.yml").write_text(json.dumps(claim))
    done = day[1].line.check(folder, "test", "rules", "quoted_test.yml")
    assert done.returncode == 0, done.stdout


def _input(series: Series) -> dict[str, str]:
    """A series as promtool takes it, of the first 40 minutes."""
    labels = ",".join(f'{name}="{value}"' for name, value in series.labels.items() if name != "__name__")
    values = {round(at - START) // MINUTE: value for at, value in series.points}
    return {
        "series": f"{series.labels['__name__']}{{{labels}}}",
        "values": " ".join(f"{values[minute]:g}" if minute in values else "_" for minute in range(40)),
    }
