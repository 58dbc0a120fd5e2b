"""Budgets against the truth: at 20 moments, three of them in the middle of an incident, beside what the usual queries say."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.replay import truth
from tests.live.replay.store import Rule, Store, rules_of
from tests.live.replay.truth import BAD, GOOD, IN_INCIDENTS, MOMENTS, SURFACES, Surface
from tests.servers import Line, lines

SLOS = Path(__file__).parent / "slos" / "gateway.yaml"
README = Path(__file__).parents[3] / "README.md"
BUDGET, WINDOW = 0.001, 30 * 86_400
STEPS = {"slo:total:delta", "slo:bad:delta", "slo:total:sum5m", "slo:bad:sum5m"}

_RATIO = '(sum by (surface) ({function}(llm_requests_total{{outcome!="ok"}}[{range}])) / sum by (surface) ({function}(llm_requests_total[{range}])))'
INCREASE = _RATIO.format(function="increase", range="30d")
RATIO_5M = Rule("peer:error:ratio_rate5m", _RATIO.format(function="rate", range="5m"), {}, 300.0)  # recorded, as Sloth records it
MEAN = f"avg_over_time({RATIO_5M.name}[30d])"


@dataclass
class Row:
    """One surface at one moment: budgets in percentage points, window sums as (recorded, seen by scrapes)."""

    surface: str
    moment: int
    true: float
    ours: float
    increase: float
    mean: float
    ratio: tuple[float, float]
    sums: list[tuple[float, float]]


@pytest.fixture(scope="module")
def surfaces() -> dict[str, Surface]:
    return {name: truth.surface(name) for name in SURFACES}


@pytest.fixture(scope="module", params=lines()[-1:], ids=lambda line: line.version)
def rows(request: pytest.FixtureRequest, surfaces: dict[str, Surface], tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """What the rules, and the usual queries, say at all moments."""
    line: Line = request.param
    folder = tmp_path_factory.mktemp("truth")
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS), "-o", str(folder / "rules")], check=True, capture_output=True)
    rules = [rule for rule in rules_of(folder / "rules" / "gateway.prometheus.rules.yml") if not rule.is_alert]
    store = Store(line, folder)
    store.add(series for surface in surfaces.values() for series in surface.series)
    store.record([RATIO_5M, *(rule for rule in rules if rule.name in STEPS)], truth.at(1), truth.at(truth.END))
    store.record_at([rule for rule in rules if rule.name not in STEPS], map(truth.at, MOMENTS))
    with store.serving():
        found_rows = [row for moment in MOMENTS for row in _rows(store, surfaces, moment)]
    _print(line, found_rows)
    return found_rows


def _rows(store: Store, surfaces: dict[str, Surface], moment: int) -> list[Row]:
    at = truth.at(moment)

    def by_surface(expr: str) -> dict[str, float]:
        return {labels["surface"]: value for labels, value in store.at(expr, at)}

    names = [f"slo:{kind}:sum{window}" for window in ("5m", "1h", "6h", "24h", "7d", "30d") for kind in ("total", "bad")]
    recorded = {name: by_surface(name) for name in names}
    budget, ratio = by_surface("slo:error_budget:remaining"), by_surface("slo:sli:ratio")
    usual = {name: by_surface(f"1 - {expr} / {BUDGET}") for name, expr in (("increase", INCREASE), ("mean", MEAN))}
    found = []
    for name, surface in surfaces.items():
        total, bad = surface.happened(moment, WINDOW // 60)
        sums = []
        for series in names:
            seconds = {"5m": 300, "1h": 3600, "6h": 21600, "24h": 86400, "7d": 604800, "30d": WINDOW}[series.partition(":sum")[2]]
            keys = {GOOD, *BAD} if ":total:" in series else set(BAD)
            sums.append((recorded[series][name], surface.requests.between(at - seconds, at, keys)))
        increase, mean = (100 * usual[query].get(name, float("nan")) for query in ("increase", "mean"))
        row = Row(name, moment, 100 * (1 - bad / total / BUDGET), 100 * budget[name], increase, mean, (ratio[name], 1 - bad / total), sums)
        found.append(row)
    return found


def summary(rows: list[Row]) -> list[str]:
    """The largest error of each surface over all moments, as README's table tells it."""
    lines = []
    for name, (rate, _) in SURFACES.items():
        own = [row for row in rows if row.surface == name]
        ours = max(abs(row.ours - row.true) for row in own)
        increase = max(abs(row.increase - row.true) for row in own)
        means = [abs(row.mean - row.true) for row in own]
        mean = "NaN" if any(error != error for error in means) else f"{max(means):.1f}"  # noqa: PLR0124  # NaN is what differs from itself
        lines.append(f"| {name}, {rate * 43_200:,.0f} requests in 30 days | **{ours:.3f}** | {increase:.1f} | {mean} |")
    return lines


def _print(line: Line, rows: list[Row]) -> None:
    print(f"\nPrometheus {line.version}: error of the 30d budget in percentage points, largest of {len(MOMENTS)} moments")
    for row in rows:
        inside = " (incident)" if row.moment in IN_INCIDENTS else ""
        print(f"  day {row.moment / 1440:5.2f} {row.surface:7} true {row.true:9.3f} %  ours {row.ours - row.true:+.3f}", end="")
        print(f"  increase {row.increase - row.true:+8.2f}  mean of 5m {row.mean - row.true:+10.2f}{inside}")
    print("\n".join(summary(rows)))


def test_budgets_are_true(rows: list[Row]) -> None:
    assert len(rows) == 60
    assert max(abs(row.ours - row.true) for row in rows) <= 0.2


def test_good_shares_are_true(rows: list[Row]) -> None:
    assert max(abs(ours - true) for ours, true in (row.ratio for row in rows)) <= 0.2 / 100 * BUDGET


def test_window_sums_are_what_scrapes_saw(rows: list[Row]) -> None:
    wrong = [(row.surface, row.moment, pair) for row in rows for pair in row.sums if pair[0] != pair[1]]
    assert not wrong


def test_the_data_is_hard_enough_for_the_usual_queries(rows: list[Row]) -> None:
    assert max(abs(row.increase - row.true) for row in rows) > 40
    assert any(row.mean != row.mean for row in rows)  # NaN is what differs from itself


def test_the_readme_tells_these_figures(rows: list[Row]) -> None:
    text = README.read_text(encoding="utf-8")
    assert all(line in text for line in summary(rows)), "\n".join(summary(rows))
