"""README's comparison of budgets: 29 good days at 100 requests a second, then one at a thousandth of it, all failing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.replay.store import STEPS, Rule, Series, Store, rules_of
from tests.live.replay.traffic import DAY, MINUTE, START
from tests.servers import lines

SLOS = Path(__file__).parent / "slos" / "peers.yaml"
END = START + 30 * DAY
RATIO_5M = Rule("peer:error:ratio_rate5m", 'sum(rate(requests_total{outcome="error"}[5m])) / sum(rate(requests_total[5m]))', {}, 300.0)


def counted(outcome: str, rates: tuple[float, float]) -> Series:
    """A counter that grows by so many a minute for 29 days, and by so many on the last one."""
    total, points = 0.0, []
    for minute in range(30 * 1440):
        points.append((float(START + minute * MINUTE + 5), total))
        total += rates[minute >= 29 * 1440]
    return Series({"__name__": "requests_total", "job": "app", "instance": "a:80", "outcome": outcome}, points)


@pytest.fixture(scope="module")
def budgets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """What is left of the budget, in percent: as our rules say, and as Sloth's mean of recorded 5m ratios says."""
    folder = tmp_path_factory.mktemp("peers")
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS), "-o", str(folder)], check=True, capture_output=True)
    rules = [rule for rule in rules_of(folder / "peers.prometheus.rules.yml") if not rule.is_alert]
    store = Store(lines()[-1], folder)
    store.add([counted("ok", (6_000, 0)), counted("error", (0, 6))])
    store.record([RATIO_5M, *(rule for rule in rules if rule.name in STEPS)], START + MINUTE, END)
    store.record_at([rule for rule in rules if rule.name not in STEPS], [END])
    with store.serving():
        ((_, ours),) = store.at("slo:error_budget:remaining", END)
        ((_, peer),) = store.at(f"1 - avg_over_time({RATIO_5M.name}[30d]) / 0.001", END)
    print(f"\nours {100 * ours:+.1f} %, mean of 5m ratios {100 * peer:+,.0f} %")
    return {"ours": 100 * ours, "peer": 100 * peer}


def test_the_budget_is_the_share_of_all_requests(budgets: dict[str, float]) -> None:
    total, bad = 29 * 1440 * 6_000, 1440 * 6
    assert budgets["ours"] == pytest.approx(100 * (1 - bad / (total + bad) / 0.001), abs=0.1)
    assert f"{budgets['ours']:+.1f}" == "+96.6"


def test_the_mean_of_ratios_says_that_it_is_overspent_many_times(budgets: dict[str, float]) -> None:
    assert budgets["peer"] < -3_000
