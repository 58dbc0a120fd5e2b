"""35 days replayed by vmalert over VictoriaMetrics: budgets against the truth, as `tests/live/replay/test_truth.py` has them for Prometheus.

vmalert has no alerts in a replay (`query` in annotations stops it), and evaluates a rule over all the time before those that stand on it: what a
rule finds of the one before it when both run live is held by `test_vmalert.py`.
"""

from __future__ import annotations

import json
import math
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from tests import servers
from tests.consumers.store import POINTS, VictoriaMetrics, victoria_metrics
from tests.consumers.test_readers import consumer
from tests.live.replay import truth
from tests.live.replay.store import Rule, levels, rules_of
from tests.live.replay.test_truth import PROMISES, SLOS, WINDOW, Promise
from tests.live.replay.truth import MOMENTS, SURFACES, Surface
from tests.unit.given import run

LATE = 1  # minutes: the rules for vmalert read the steps that are surely there
WINDOWS = {"5m": 300, "1h": 3_600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": WINDOW}
BUDGET = "slo:error_budget:remaining"
VALUE, ESTIMATE = "slo:value:1h", 1e-3  # a quantile of rates, for whose ends a range query looks elsewhere
DUST = 1e-9  # of floating-point sums

Answer = dict[frozenset[tuple[str, str]], float]  # values by the labels of their series


@dataclass(frozen=True)
class Row:
    """One promise of one surface at one moment: budgets in percentage points, window sums as (recorded, seen by scrapes)."""

    promise: Promise
    surface: str
    moment: int
    true: float
    ours: float
    sums: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Replayed:
    """What came out: the promises at all moments, and, of each rule and moment, what it recorded and what vmalert would have been told live."""

    rows: list[Row]
    answers: list[tuple[str, int, Answer, Answer]]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    folder = tmp_path_factory.mktemp("replayed")
    assert run("compile", SLOS, "--target", "victoriametrics", "-o", folder).code == 0
    surfaces = {name: truth.surface(name) for name in SURFACES}
    with victoria_metrics(folder) as store:
        store.add(series for surface in surfaces.values() for series in surface.series)
        rules = [rule for rule in rules_of(folder / "victoriametrics" / "gateway.rules.yml") if not rule.is_alert]
        for level in levels(rules):
            _replay(store, level, folder)
        url = store.url
        found = [row for promise, moment in product(PROMISES, MOMENTS) for row in _rows(url, promise, surfaces, moment)]
        asked = [(rule, moment) for rule in rules for moment in MOMENTS if truth.at(moment) % rule.interval == 0]
        answers = [(rule.name, moment, _recorded(url, rule, truth.at(moment)), _live(url, rule, truth.at(moment))) for rule, moment in asked]
    _print(found)
    return Replayed(found, answers)


def _replay(store: VictoriaMetrics, level: list[Rule], folder: Path) -> None:
    """Let vmalert evaluate rules over all the time, in one query each, because the last moment of a query is evaluated again as the first of the next."""
    of_interval = {rule.interval: [one for one in level if one.interval == rule.interval] for rule in level}
    groups = [{"name": f"each {seconds:g} s", "interval": f"{seconds:g}s", "rules": list(map(_told, rules))} for seconds, rules in of_interval.items()]
    (folder / "level.yml").write_text(json.dumps({"groups": groups}))
    start, end = (datetime.fromtimestamp(truth.at(minute), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for minute in (0, truth.END))
    command = [
        consumer("vmalert"), f"-rule={folder}/level.yml", f"-datasource.url={store.url}", f"-remoteWrite.url={store.url}", f"-remoteRead.url={store.url}",
        f"-replay.timeFrom={start}", f"-replay.timeTo={end}", "-replay.rulesDelay=0s", f"-replay.maxDatapointsPerQuery={POINTS}",
        "-replay.disableProgressBar", f"-httpListenAddr=127.0.0.1:{servers.free_port()}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    store.flush()


def _told(rule: Rule) -> dict[str, object]:
    return {"record": rule.name, "expr": rule.expr, "labels": rule.labels}


def _recorded(url: str, rule: Rule, at: float) -> Answer:
    """What a rule recorded at this very moment."""
    return _exported(url, f"{rule.name}{{{','.join(f'{name}={json.dumps(value)}' for name, value in rule.labels.items())}}}", at)


def _exported(url: str, selector: str, at: float) -> Answer:
    parameters = urllib.parse.urlencode({"match[]": selector, "start": at, "end": at})
    with urllib.request.urlopen(f"{url}/api/v1/export?{parameters}", timeout=60) as answer:
        found = [json.loads(line) for line in answer.read().splitlines()]
    return {_key(one["metric"]): one["values"][0] for one in found}


def _live(url: str, rule: Rule, at: float) -> Answer:
    """What the store answers to the instant query that a running vmalert asks."""
    body = urllib.parse.urlencode({"query": rule.expr, "time": at, "step": "5m"}).encode()
    with urllib.request.urlopen(f"{url}/api/v1/query", body, timeout=60) as answer:
        found = json.load(answer)["data"]["result"]
    return {_key({**one["metric"], **rule.labels}): float(one["value"][1]) for one in found}


def _key(labels: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in labels.items() if name != "__name__" and value)


def _by_surface(answer: Answer) -> dict[str, float]:
    return {dict(labels)["surface"]: value for labels, value in answer.items()}


def _rows(url: str, promise: Promise, surfaces: dict[str, Surface], moment: int) -> Iterator[Row]:
    at, counted = truth.at(moment), truth.at(moment - LATE)
    sums = {f"slo:{kind}:sum{window}": seconds for window, seconds in WINDOWS.items() for kind in ("total", "bad")}
    said = {name: _by_surface(_exported(url, f'{name}{{slo="{promise.slo}"}}', at)) for name in (*sums, BUDGET)}
    for name, surface in surfaces.items():
        total, bad = surface.happened(moment - LATE, WINDOW // 60, promise.good, promise.bad)
        true = 100 * (1 - bad / total / promise.budget)
        keys = {"total": {*promise.good, *promise.bad}, "bad": {*promise.bad}}
        pairs = {
            series: (said[series].get(name, float("nan")), surface.seen.between(counted - seconds, counted, keys[series.split(":")[1]]))
            for series, seconds in sums.items()
        }
        yield Row(promise, name, moment, true, 100 * said[BUDGET].get(name, float("nan")), pairs)


def _print(rows: list[Row]) -> None:
    print(f"\nvmalert: error of the 30d budget in percentage points, largest of {len(MOMENTS)} moments")
    for promise, name in product(PROMISES, SURFACES):
        own = [row for row in rows if row.promise is promise and row.surface == name]
        wrong = {series for row in own for series, (ours, seen) in row.sums.items() if ours != seen}
        print(f"  {promise.slo:11} {name:7} {max(abs(row.ours - row.true) for row in own):.3f}; windows that differ: {', '.join(sorted(wrong)) or 'none'}")


def test_budgets_are_true(replayed: Replayed) -> None:
    assert len(replayed.rows) == 120
    assert all(abs(row.ours - row.true) <= 0.2 for row in replayed.rows)


def test_window_sums_are_what_scrapes_saw(replayed: Replayed) -> None:
    wrong = [(row.promise.slo, row.surface, row.moment, series, pair) for row in replayed.rows for series, pair in row.sums.items() if pair[0] != pair[1]]
    assert not wrong


def test_a_replay_asks_what_is_asked_live(replayed: Replayed) -> None:
    """A replay asks for many moments at once, where a running vmalert asks for one: the store looks back differently, our rules must not mind."""
    assert len(replayed.answers) > 500
    assert not [(name, moment) for name, moment, recorded, live in replayed.answers if not _are_near(recorded, live, ESTIMATE if name == VALUE else DUST)]


def _are_near(one: Answer, other: Answer, near: float) -> bool:
    return one.keys() == other.keys() and all(math.isclose(value, other[key], rel_tol=near, abs_tol=DUST) for key, value in one.items())
