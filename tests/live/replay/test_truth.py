"""Budgets against the truth: at 20 moments, three of them in the middle of an incident, beside what the usual queries say."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from tests.live.replay import truth
from tests.live.replay.store import STEPS, Rule, Store, rules_of
from tests.live.replay.truth import BAD, FAST, GOOD, IN_INCIDENTS, MOMENTS, SLOW, SURFACES, Surface
from tests.servers import Line, lines

SLOS = Path(__file__).parent / "slos" / "gateway.yaml"
PAGES = [Path(__file__).parents[3] / page for page in ("README.md", "docs/proof.md")]
WINDOW = 30 * 86_400


@dataclass(frozen=True)
class Promise:
    """An SLO of gateway.yaml: what of the traffic it counts, and its error ratio as the usual queries ask for it."""

    slo: str
    told: str  # in the tables
    budget: float
    good: tuple[str, ...]
    bad: tuple[str, ...]
    ratio: str

    @property
    def recorded(self) -> Rule:
        """The error ratio of five minutes, recorded as Sloth records it."""
        return Rule("peer:error:ratio_rate5m", self.ratio.replace("$over", "rate").replace("$range", "5m"), {"slo": self.slo}, 300.0)

    @property
    def usual(self) -> dict[str, str]:
        """What is left of the budget, as the usual queries say it."""
        increase = self.ratio.replace("$over", "increase").replace("$range", "30d")
        return {"increase": f"1 - {increase} / {self.budget}", "mean": f'1 - avg_over_time({self.recorded.name}{{slo="{self.slo}"}}[30d]) / {self.budget}'}


PROMISES = (
    Promise(
        "success", "{requests:,.0f} requests in 30 days", 0.001, (GOOD,), BAD,
        '(sum by (surface) ($over(llm_requests_total{outcome!="ok"}[$range])) / sum by (surface) ($over(llm_requests_total[$range])))',
    ),
    Promise(
        "first-token", "latency: 99 % of {requests:,.0f} within 0.6 s", 0.01, FAST, SLOW,
        '(1 - sum by (surface) ($over(llm_ttft_seconds_bucket{le="0.6"}[$range])) / sum by (surface) ($over(llm_ttft_seconds_count[$range])))',
    ),
)  # fmt: skip


@dataclass
class Row:
    """One promise of one surface at one moment: budgets in percentage points, window sums as (recorded, seen by scrapes)."""

    promise: Promise
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
    store.record([*(promise.recorded for promise in PROMISES), *(rule for rule in rules if rule.name in STEPS)], truth.at(1), truth.at(truth.END))
    store.record_at([rule for rule in rules if rule.name not in STEPS], map(truth.at, MOMENTS))
    with store.serving():
        found_rows = [row for promise in PROMISES for moment in MOMENTS for row in _rows(store, promise, surfaces, moment)]
    _print(line, found_rows)
    return found_rows


def _rows(store: Store, promise: Promise, surfaces: dict[str, Surface], moment: int) -> list[Row]:
    at = truth.at(moment)

    def by_surface(expr: str) -> dict[str, float]:
        return {labels["surface"]: value for labels, value in store.at(expr, at)}

    def recorded(name: str) -> dict[str, float]:
        return by_surface(f'{name}{{slo="{promise.slo}"}}')

    names = [f"slo:{kind}:sum{window}" for window in ("5m", "1h", "6h", "24h", "7d", "30d") for kind in ("total", "bad")]
    sums_of = {name: recorded(name) for name in names}
    budget, ratio = recorded("slo:error_budget:remaining"), recorded("slo:sli:ratio")
    usual = {name: by_surface(expr) for name, expr in promise.usual.items()}
    found = []
    for name, surface in surfaces.items():
        total, bad = surface.happened(moment, WINDOW // 60, promise.good, promise.bad)
        sums = []
        for series in names:
            seconds = {"5m": 300, "1h": 3600, "6h": 21600, "24h": 86400, "7d": 604800, "30d": WINDOW}[series.partition(":sum")[2]]
            keys = {*promise.bad} if ":bad:" in series else {*promise.good, *promise.bad}
            sums.append((sums_of[series][name], surface.seen.between(at - seconds, at, keys)))
        increase, mean = (100 * usual[query].get(name, float("nan")) for query in ("increase", "mean"))
        true = 100 * (1 - bad / total / promise.budget)
        found.append(Row(promise, name, moment, true, 100 * budget[name], increase, mean, (ratio[name], 1 - bad / total), sums))
    return found


def summary(rows: list[Row]) -> list[str]:
    """The largest error of each promise and surface over all moments, as the tables tell it."""
    lines = []
    for promise, (name, (rate, _)) in product(PROMISES, SURFACES.items()):
        own = [row for row in rows if row.promise is promise and row.surface == name]
        ours = max(abs(row.ours - row.true) for row in own)
        increase = max(abs(row.increase - row.true) for row in own)
        means = [abs(row.mean - row.true) for row in own]
        mean = "NaN" if any(error != error for error in means) else f"{max(means):.1f}"  # noqa: PLR0124  # NaN is what differs from itself
        told = promise.told.format(requests=rate * 43_200)
        lines.append(f"| {name}, {told} | **{ours:.3f}** | {increase:.{1 if increase >= 0.1 else 3}f} | {mean} |")
    return lines


def _print(line: Line, rows: list[Row]) -> None:
    print(f"\nPrometheus {line.version}: error of the 30d budget in percentage points, largest of {len(MOMENTS)} moments")
    for row in rows:
        inside = " (incident)" if row.moment in IN_INCIDENTS else ""
        print(f"  {row.promise.slo:11} day {row.moment / 1440:5.2f} {row.surface:7} true {row.true:9.3f} %  ours {row.ours - row.true:+.3f}", end="")
        print(f"  increase {row.increase - row.true:+8.2f}  mean of 5m {row.mean - row.true:+10.2f}{inside}")
    print("\n".join(summary(rows)))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.slo)
def test_budgets_are_true(promise: Promise, rows: list[Row]) -> None:
    errors = [abs(row.ours - row.true) for row in rows if row.promise is promise]
    assert len(errors) == 60
    assert max(errors) <= 0.2


def test_good_shares_are_true(rows: list[Row]) -> None:
    assert all(abs(ours - true) <= 0.2 / 100 * row.promise.budget for row in rows for ours, true in [row.ratio])


def test_window_sums_are_what_scrapes_saw(rows: list[Row]) -> None:
    wrong = [(row.promise.slo, row.surface, row.moment, pair) for row in rows for pair in row.sums if pair[0] != pair[1]]
    assert not wrong


def test_the_data_is_hard_enough_for_the_usual_queries(rows: list[Row]) -> None:
    counted = [row for row in rows if row.promise.slo == "success"]
    assert max(abs(row.increase - row.true) for row in counted) > 40
    assert any(row.mean != row.mean for row in counted)  # NaN is what differs from itself


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_docs_tell_these_figures(page: Path, rows: list[Row]) -> None:
    text = page.read_text(encoding="utf-8")
    assert all(line in text for line in summary(rows)), "\n".join(summary(rows))
