"""Promises without a share of good events: money and checks, explained and lowered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.given import built, file, run

SPEND = {"name": "bill", "category": "cost", "sli": {"spend": {"metric": "llm_spend_dollars_total", "at_most": "$500"}}}


def checked(**keys: Any) -> dict[str, Any]:
    """A check, as it stands in a file."""
    check = {"value": {"mean": "llm_cost_dollars"}, **keys}
    return {"name": "price", "category": "cost", "sli": {"check": check}}


@pytest.fixture
def slos(tmp_path: Path) -> Path:
    tenants = {**SPEND, "name": "tenants", "by": ["tenant"], "overrides": {"acme": {"at_most": "$900"}}, "alerting": {"policy": "none"}}
    (tmp_path / "slo.yaml").write_text(file(SPEND, tenants, checked(at_most="$0.05")))
    return tmp_path / "slo.yaml"


def test_money_is_for_a_calendar_month_unless_said_otherwise(slos: Path) -> None:
    text = run("explain", "shop/bill", slos).out
    assert "at most 500 USD in a calendar month, UTC" in text
    assert "slo:total:sum_month" in text
    data = json.loads(run("explain", "shop/bill", slos, "--format", "json").out)
    assert data["limits"] == [{"matchers": [], "at_most": 500.0}]
    assert data["calendar"] == {"period": "month", "timezone": "UTC"}


@pytest.mark.parametrize(
    ("defaults", "own", "span"),
    [("28d", None, "month"), ({"calendar": "quarter"}, None, "quarter"), (None, "7d", "7d"), ("28d", "7d", "7d"), ({"calendar": "week"}, "7d", "7d")],
)
def test_a_rolling_window_in_the_defaults_is_not_for_money(defaults: Any, own: Any, span: str) -> None:
    spend = {**SPEND, "window": own} if own else SPEND
    (found,) = built(file(spend, defaults={"window": defaults, "allow": ["window/retention"]})).spec.spendings
    assert str(found.span) == span


def test_each_value_can_have_its_own_limit_and_no_alert(slos: Path) -> None:
    text = run("explain", "shop/tenants", slos).out
    assert "at most 900 USD in a calendar month, UTC for tenant acme" in text
    assert "at most 500 USD in a calendar month, UTC for tenant not acme" in text
    assert "absent    exhausted, ticket" in text


def test_a_check_says_what_is_too_much(slos: Path) -> None:
    assert "SLOCheckFailed: for 5m it is more than $0.05" in run("explain", "shop/price", slos).out
    data = json.loads(run("explain", "shop/price", slos, "--format", "json").out)
    assert data["verdict"] == {"key": "at_most", "number": 0.05, "of_baseline": False}
    assert data["reads"] == ["llm_cost_dollars_sum", "llm_cost_dollars_count"]


def test_there_is_nothing_to_draw(slos: Path, tmp_path: Path) -> None:
    told = run("explain", "shop/price", slos, "--plot", tmp_path / "x.svg")
    assert told.code == 2
    assert "has no burn-rate tiers to draw" in told.err


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"at_most": "2x", "baseline": {"offset": "7d"}}, "more than 2 times that of 7 days ago"),
        ({"at_least": "0.5x", "baseline": {"median": "10d"}, "over": "1d"}, "less than 0.5 times its median of 10 days"),
        ({"within": "15%", "baseline": {"median": "10d"}, "over": "1d"}, "more than 15% away from its median of 10 days"),
        ({"changed_by": "$0.01", "baseline": {"offset": "1d"}}, "more than $0.01 away from that of 24 hours ago"),
        ({"at_least": "$0.01"}, "less than $0.01"),
    ],
)
def test_verdicts_in_words(keys: dict[str, Any], words: str) -> None:
    result = built(file(checked(**keys)))
    assert result.report.ok, result.report.findings
    assert result.alert("SLOCheckFailed").annotations["summary"] == f"shop: price: {words}"


def test_alerts_can_be_disabled() -> None:
    result = built(file({**checked(at_most="$1"), "alerting": {"disable": ["check-failed", "no-data", "blind"]}}))
    assert not [rule for rule in result.rules() if hasattr(rule, "alert")]
