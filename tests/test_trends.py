"""Two weeks beside each other, on every line of Prometheus: a trend speaks of what chance does not explain, and is told in error budgets or targets."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from slo_compiler.pages import queries
from slo_compiler.pages.measures import Measure
from slo_compiler.quantities import Duration
from tests.servers import Line, lines

DAY = Duration(Decimal(86400))
SHARE = Measure("share", "percentunit", "", "higher", DAY, 0)
VALUE = Measure("value", "s", "s", "lower", DAY, None)
PINNED = 'slo_id="gw/a"'
NEWEST = 24 * 14  # hours, of which the first half is the week before


def weeks(metric: str, before: float, now: float) -> dict[str, str]:
    """A series with a number an hour."""
    return {"series": f"{metric}{{{PINNED}}}", "values": f"{before}x{NEWEST // 2} {now}x{NEWEST // 2}"}


def trend(line: Line, folder: Path, measure: Measure, *given: dict[str, str]) -> float:
    """What promtool computes, in thousandths."""
    (folder / "none.yml").write_text("groups: []\n")
    rounded = {"expr": f"round(1000 * ({queries.trend(PINNED, measure)}))", "eval_time": f"{NEWEST}h", "exp_samples": [{"labels": "{}", "value": 4242}]}
    test = {"interval": "1h", "input_series": list(given), "promql_expr_test": [rounded]}
    (folder / "trend.test.yml").write_text(yaml.safe_dump({"rule_files": ["none.yml"], "tests": [test]}))
    said = line.check(folder, "test", "rules", "trend.test.yml").stdout
    return float(said.partition("got:")[2].strip().splitlines()[0].rsplit(" ", 1)[-1])


def shares(before: float, now: float, total: float = 100) -> list[dict[str, str]]:
    return [weeks("slo:total:sum1h", total, total), weeks("slo:bad:sum1h", before, now), weeks("slo:objective:ratio", 0.9, 0.9)]


@pytest.fixture(params=lines(), ids=lambda line: line.version)
def line(request: pytest.FixtureRequest) -> Line:
    found: Line = request.param
    return found


@pytest.mark.parametrize(
    ("before", "now", "total", "expected"),
    [
        (10, 10, 100, 0),
        (10, 9.4, 100, 0),  # 0.6 points; chance alone moves the share of 16,800 events by up to 0.8
        (10, 9, 100, 100),  # a point is a tenth of the budget
        (9, 10, 100, -100),
        (0.1, 0.09, 1, 0),  # the same shares of few events
    ],
)
def test_a_share_moves_in_error_budgets_and_beyond_chance(line: Line, before: float, now: float, total: float, expected: float, tmp_path: Path) -> None:
    assert trend(line, tmp_path, SHARE, *shares(before, now, total)) == pytest.approx(expected, abs=2)


def test_a_value_moves_in_targets(line: Line, tmp_path: Path) -> None:
    given = [weeks("slo:value:1h", 0.5, 0.4), weeks("slo:value:target", 0.8, 0.8)]
    assert trend(line, tmp_path, VALUE, *given) == pytest.approx(-125, abs=2)  # 2.42 counts both ends of a range
