"""The six words over series of every kind, on every line of Prometheus: `promtool` evaluates the query that pages, reports and tables share."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from slo_compiler.pages import states
from tests.servers import Line, lines

BREACHED, BURNING, NOT_MEASURED, TOO_CLOSE, NO_TRAFFIC, HEALTHY = (state.code for state in states.STATES)


def info(name: str, kind: str = "share", **more: str) -> str:
    return series("slo:info", name, "1", slo_kind=kind, slo_category="quality", **more)


def series(metric: str, name: str, value: str, **labels: str) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in {"slo_id": f"gw/{name}", "slo": name, "slo_service": "gw", **labels}.items())
    return f"{metric}{{{inside}}} {value}"


def fires(name: str, alert: str, **labels: str) -> str:
    return series("ALERTS", name, "1", alertname=alert, alertstate="firing", **labels)


def counted(name: str, *, total: str = "100", left: str = "0.5", **labels: str) -> list[str]:
    return [
        series("slo:total:sum1h", name, total, **labels), series("slo:bad:sum1h", name, "1", **labels), series("slo:objective:ratio", name, "0.9", **labels),
        series("slo:error_budget:remaining", name, left, **labels),
    ]  # fmt: skip


#: What is there of an SLO, and the code of its state.
STORIES: dict[str, tuple[list[str], int]] = {
    "well": ([info("well"), *counted("well")], HEALTHY),
    "burns": ([info("burns"), *counted("burns"), fires("burns", "SLOBudgetBurn", slo_tier="page")], BURNING),
    "spent": ([info("spent"), *counted("spent", left="-0.2"), fires("spent", "SLOBudgetExhausted"), fires("spent", "SLOBudgetBurn")], BREACHED),
    "close": ([info("close"), *counted("close", left="-0.01")], TOO_CLOSE),
    "unfrozen": ([info("unfrozen", slo_freeze="no"), *counted("unfrozen", left="0"), fires("unfrozen", "SLOBudgetBurn")], BREACHED),
    "quiet": ([info("quiet"), *counted("quiet", total="0")], NO_TRAFFIC),
    "quiet-and-spent": ([info("quiet-and-spent"), *counted("quiet-and-spent", total="0", left="-1")], TOO_CLOSE),
    "silent": ([info("silent")], NOT_MEASURED),
    "lost": ([info("lost"), *counted("lost"), fires("lost", "SLONoData")], NOT_MEASURED),
    "blind": ([info("blind"), *counted("blind"), fires("blind", "SLOBlind")], NOT_MEASURED),
    "pending": ([info("pending"), *counted("pending"), series("ALERTS", "pending", "1", alertname="SLOBudgetBurn", alertstate="pending")], HEALTHY),
    "p95": ([info("p95", "value"), *counted("p95"), series("slo:value:target", "p95", "0.6")], HEALTHY),
    "night": ([info("night", "time"), *counted("night", total="0")], HEALTHY),  # minutes of the night that do not count
    "check": ([info("check", "check"), series("slo:check:value", "check", "3")], HEALTHY),
    "failed": ([info("failed", "check"), series("slo:check:value", "failed", "3"), fires("failed", "SLOCheckFailed")], BREACHED),
    "valueless": ([info("valueless", "check"), series("slo:total:sum1h", "valueless", "0")], NOT_MEASURED),
    "bill": ([info("bill", "money"), series("slo:total:sum1h", "bill", "0"), series("slo:error_budget:remaining", "bill", "0.3")], HEALTHY),
}
EAST, WEST = {"provider": "east"}, {"provider": "west"}
SPLIT = [
    info("by"), *counted("by", **EAST), *counted("by", left="-1", **WEST), fires("by", "SLOBudgetExhausted", **WEST),
    fires("by", "SLODimensionLost", provider="north"),
]  # fmt: skip


def asked(line: Line, folder: Path, given: list[str], expr: str, expected: dict[str, int]) -> str:
    """What promtool says of an expression that should yield a code for each set of labels."""
    (folder / "none.yml").write_text("groups: []\n")
    values = [{"series": text.rsplit(" ", 1)[0], "values": text.rsplit(" ", 1)[1]} for text in given]
    samples = [{"labels": labels, "value": code} for labels, code in expected.items()]
    test = {"input_series": values, "promql_expr_test": [{"expr": expr, "eval_time": "0m", "exp_samples": samples}]}
    (folder / "states.test.yml").write_text(yaml.safe_dump({"rule_files": ["none.yml"], "tests": [test]}))
    said = line.check(folder, "test", "rules", "states.test.yml")
    return "" if said.returncode == 0 else said.stdout


@pytest.fixture(params=lines(), ids=lambda line: line.version)
def line(request: pytest.FixtureRequest) -> Line:
    found: Line = request.param
    return found


def test_one_word_holds_for_each_slo(line: Line, tmp_path: Path) -> None:
    given = [text for texts, _ in STORIES.values() for text in texts]
    expected = {f'{{slo_id="gw/{name}"}}': code for name, (_, code) in STORIES.items()}
    assert not asked(line, tmp_path, given, states.each(), expected)


@pytest.mark.parametrize("name", STORIES)
def test_the_same_word_holds_for_an_slo_alone(name: str, tmp_path: Path) -> None:
    given = [text for texts, _ in STORIES.values() for text in texts]
    assert not asked(lines()[0], tmp_path, given, states.query(f'slo_id="gw/{name}"'), {f'{{slo_id="gw/{name}"}}': STORIES[name][1]})


def test_the_worst_value_speaks_for_a_split_slo(line: Line, tmp_path: Path) -> None:
    assert not asked(line, tmp_path, SPLIT, states.each(), {'{slo_id="gw/by"}': BREACHED})


def test_each_value_has_its_own_word_and_so_has_one_that_is_lost(line: Line, tmp_path: Path) -> None:
    expected = {
        '{slo_id="gw/by",provider="east"}': HEALTHY, '{slo_id="gw/by",provider="west"}': BREACHED, '{slo_id="gw/by",provider="north"}': NOT_MEASURED,
        '{slo_id="gw/well"}': HEALTHY, '{slo_id="gw/silent"}': NOT_MEASURED,
    }  # fmt: skip
    assert not asked(line, tmp_path, [*SPLIT, *STORIES["well"][0], *STORIES["silent"][0]], states.each(by=("provider",)), expected)


def test_what_no_rule_ever_told_is_not_measured(line: Line, tmp_path: Path) -> None:
    assert not asked(line, tmp_path, STORIES["well"][0], states.query('slo_id="gw/nobody"'), {"{}": NOT_MEASURED})
