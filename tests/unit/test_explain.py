"""`slo explain SERVICE/SLO`: an SLO in numbers, readable in 80 columns, and as data, and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cases_runner import inside, slo

EXAMPLES = str(Path(__file__).parents[2] / "examples")
SLOS = ("chat-gateway/success", "chat-gateway/judge", "chat-gateway/provider", "inference/first-token", "agents/tools", "agents/planner", "router/failover")


def told(name: str, *options: str) -> str:
    code, text = slo("explain", name, EXAMPLES, *options)
    assert code == 0, text
    return text


@pytest.mark.parametrize("name", SLOS)
def test_it_is_readable_in_80_columns(name: str) -> None:
    selectors = [line for line in told(name).splitlines() if len(line) > 80]
    assert all("{" in line or "(" in line for line in selectors)  # what a user wrote is not broken


def test_it_tells_promise_budget_and_policy() -> None:
    text = told("chat-gateway/success")
    assert "99.95% of the events are good over 30d; outside 99.9% over 30d" in text
    assert "0.05% may be bad: 500 of a million events, or all of them for 21m 36s" in text
    assert "`default` took it: 14.4 times the budget, 0.72% bad, can be\n          reached" in text


def test_it_tells_why_a_tier_is_absent() -> None:
    assert "digest is absent: looks back 7d, more than a third of 24h" in told("chat-gateway/judge")
    assert "ticket-slow is absent: disabled" in told("agents/runs")


def test_label_values_with_an_objective_of_their_own_are_told_apart() -> None:
    text = told("inference/first-token")
    assert "tiers of batch-2" in text
    assert text.count("bad events in the long window that fire it") == 2


def test_as_data_it_tells_the_same() -> None:
    data = json.loads(told("chat-gateway/success", "--format", "json", "--rate", "10000"))
    rollback = data["parts"][0]["tiers"][0]
    assert data["policy"] == {"name": "standard", "asked": "default", "why": "`default` took it: 14.4 times the budget, 0.72% bad, can be reached"}
    assert rollback["share"] == pytest.approx(0.0072)
    assert rollback["critical"]["10000"] == 93
    assert rollback["fires_after"]["1.0"] < rollback["fires_after"]["0.1"]
    assert rollback["fires_after"]["0.01"] is not None
    assert data["reads"][0] == 'llm_requests_total{surface="streaming"}'


def test_more_raw_series_cost_more() -> None:
    few, many = (json.loads(told("search/success", "--format", "json", "--series", n))["samples_per_hour"] for n in ("10", "1000"))
    assert many > 5 * few


def test_it_draws_a_line_a_tier(tmp_path: Path) -> None:
    told("chat-gateway/success", "--plot", str(tmp_path / "x.svg"))
    picture = ET.parse(tmp_path / "x.svg").getroot()
    lines = [path for path in picture.iter("{http://www.w3.org/2000/svg}path") if path.get("stroke-width")]
    texts = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert len(lines) == 4
    assert {"rollback (page)", "page (page)", "ticket (ticket)", "digest (digest)", "chat-gateway/success: Successful answers"} <= texts


def test_a_picture_without_tiers_says_so(tmp_path: Path) -> None:
    told("agents/planner", "--plot", str(tmp_path / "x.svg"))
    assert "no burn-rate alert" in (tmp_path / "x.svg").read_text()


def test_a_picture_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    code, text = slo("explain", "search/success", EXAMPLES, "--plot", str(tmp_path / "no" / "x.svg"))
    assert code == 2
    assert "cannot be written: No such file or directory" in text


def test_an_unknown_slo_is_told_with_the_nearest() -> None:
    code, text = slo("explain", "chat-gateway/sucess", EXAMPLES)
    assert code == 2
    assert "did you mean chat-gateway/success?" in text


def test_a_mistake_in_the_files_is_told_instead(tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text("version: slo/v1\nservice: x\nslos: []\n")
    code, text = slo("explain", "x/y", str(tmp_path))
    assert code == 1
    assert "slos is empty" in text


def test_an_slo_without_its_file_is_told_that_it_needs_one(tmp_path: Path) -> None:
    with inside(tmp_path):
        code, text = slo("explain", "search/success")
    assert code == 2
    assert "an SLO needs its file: slo explain search/success FILE" in text


def test_a_policy_without_alerts_says_so() -> None:
    assert "policy    none: no burn-rate alert\n" in told("agents/planner")
