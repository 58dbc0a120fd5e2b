"""`slo explain SERVICE/SLO`: an SLO in numbers, readable in 80 columns, and as data, and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.cases_runner import inside, slo
from tests.unit.given import HISTOGRAM, file, promise, run, write

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
    assert "`default` took it: its fastest tier, 14.4 times the budget,\n          is 0.72% bad, which can be reached" in text


def test_the_budget_is_one_of_the_hours_that_count(tmp_path: Path) -> None:
    slices = {"timeslices": {"value": "probe_success", "at_least": 1}}
    hours = promise(name="hours", objective="99%", sli=slices, only="09:00-18:00 Mon-Fri Europe/Berlin")
    (tmp_path / "slo.yaml").write_text(file(hours, promise(name="always", objective="99%", sli=slices)))
    text = " ".join(slo("explain", "shop/hours", str(tmp_path))[1].split())
    assert "or all of them for 27m of the 45 hours a week that count" in text
    code, data = slo("explain", "shop/hours", str(tmp_path), "--format", "json")
    assert (code, json.loads(data)["budget"]["all_bad_for"]) == (0, 1620)
    assert "all of them for 1h 40m" in slo("explain", "shop/always", str(tmp_path))[1].replace("\n          ", " ")


def test_it_tells_why_a_tier_is_absent() -> None:
    assert "digest is absent: looks back 7d, more than a third of 24h" in told("chat-gateway/judge")
    assert "ticket-slow is absent: disabled" in told("agents/runs")


def test_label_values_with_an_objective_of_their_own_are_told_apart() -> None:
    text = told("inference/first-token")
    main, other = "\ntiers of all values but batch-2 (99%), and", "\ntiers of batch-2 (95%), and"
    assert 0 < text.index(main) < text.index(other)
    assert text.count("bad events in the long window that fire it") == 2
    numbers = "batch-1: 99%, at most 1m\n          batch-2: 95%, at most 1h\n          all others: 99%, at most 20s\n"
    assert f"split     by class: each value has a budget and alerts of its own\n          {numbers}" in text
    assert "\n          batch-2: 5% may be bad: 50,000 of a million events" in text
    data = json.loads(told("inference/first-token", "--format", "json"))
    assert [(part["values"], part["objective"]) for part in data["parts"]] == [([], 0.99), (["batch-2"], 0.95)]
    assert [cell["limit"] for cell in data["cells"]] == [60, 3600, 20]


def test_as_data_it_tells_the_same() -> None:
    data = json.loads(told("chat-gateway/success", "--format", "json", "--rate", "10000"))
    rollback = data["parts"][0]["tiers"][0]
    why = "`default` took it: its fastest tier, 14.4 times the budget, is 0.72% bad, which can be reached"
    assert data["policy"] == {"name": "standard", "asked": "default", "why": why}
    assert rollback["share"] == pytest.approx(0.0072)
    assert rollback["critical"]["10000"] == 93
    assert rollback["fires_after"]["1.0"] < rollback["fires_after"]["0.1"]
    assert rollback["fires_after"]["0.01"] is not None
    assert data["reads"][0] == 'llm_requests_total{surface="streaming"}'
    assert data["measures"].startswith('the share of `llm_requests_total{surface="streaming"}` that `llm_requests_total{')


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


def test_an_slo_that_no_file_has_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text(file(promise(), promise(name="speed")))
    code, text = slo("explain", "s/nope", str(tmp_path / "slo.yaml"))
    assert code == 2
    assert "the SLOs here are: shop/success, shop/speed" in text


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


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("assistant/useful", 'that neither `gateway_requests_total{job="assistant",code=~"5.."}` nor `safety_blocks_total{job="assistant"}` counts'),
        ("rag/grounded", "measures the share of `rag_questions_total` that `rag_grounded_total` counts"),
        ("inference/first-token", "that is at most 20s, at most 1m for batch-1, at most 1h for batch-2"),
        ("embeddings/latency", "at most 200ms (estimated between the buckets 0.1 and 0.25)"),
        ("streaming/speed", "that is more than 30 tokens/s"),
        ("chat-gateway/judge", "that is at least 4"),
        ("llm-spend/runaways", "that is at most 10 times the p50 of the last 24h"),
        ("llm-spend/team-budget", 'measures what `litellm_spend_metric_total{team_alias!="None"}` grows by'),
        ("llm-platform/feature-store", "over the last minute is at most 15m; a slice without data is bad"),
        ("llm-platform/repair", 'measures the mean length of the outages of `up{job="litellm"}` over 90d'),
        ("consumer-chat/ttft-doubled", "measures the p99 of `vllm:time_to_first_token_seconds` over 1h"),
        ("evaluations/precision", 'of `detections_total` that `detections_total{verdict="right"}` counts over 30d'),
        ("evaluations/drift", "measures the newest sample of `eval_output_similarity`"),
        ("answers/judge-drift", "measures the good share of judge over 7d"),
    ],
)
def test_it_tells_what_is_measured(name: str, sentence: str) -> None:
    assert sentence in " ".join(told(name).split())


@pytest.mark.parametrize(
    ("name", "proof"),
    [
        ("consumer-chat/ttft-doubled", "that of 7 days ago, from 500 events on"),
        ("evaluations/precision", "less than 90%, beyond what chance explains, from 50 events on"),
        ("evaluations/refusals", "more than 1.5pp away from that of 7 days ago, beyond what chance explains"),
        ("llm-spend/usual-cost", "its median of 30 days, from 50 events on, once seven daily values are there"),
        ("llm-platform/capacity", "for 5m it is less than 1.2 SLOBlind"),
    ],
)
def test_it_tells_what_a_check_needs_besides_its_bound(name: str, proof: str) -> None:
    assert proof in " ".join(told(name).split())


def test_slices_of_time_are_one_event_a_step() -> None:
    data = json.loads(told("llm-platform/vector-index", "--format", "json"))
    assert data["rate"] == 60
    assert data["parts"][0]["tiers"][0]["critical"]["10"] == 2  # two bad slices at least


def test_a_tier_that_no_two_slices_fit_into_is_absent(tmp_path: Path) -> None:
    file = tmp_path / "slo.yaml"
    file.write_text((Path(__file__).parents[1] / "cases" / "warn" / "never-fires-slices.yaml").read_text())
    code, text = slo("explain", "batch/pace", str(file))
    assert code == 0
    assert "rollback is absent: can never fire: two slices of 1h do not fit into 1h" in " ".join(text.split())
    assert slo("compile", str(file), "-o", str(tmp_path / "rules"))[0] == 0
    assert "slo_tier: rollback" not in (tmp_path / "rules" / "batch.prometheus.rules.yml").read_text()


def test_a_window_below_two_hours_tells_why_it_has_one_tier() -> None:
    text = " ".join(told("consumer-chat/slow-hour").split())
    assert "rollback is absent: looks back 1h, and a window of 1h has one tier, over all of it" in text
    assert "page is absent: looks back 6h, more than 1h" in text


# --- what an SLO says of itself ----------------------------------------------------------------------------------------------------


def page(folder: Path, *slos: dict[str, Any], name: str = "success", **keys: Any) -> str:
    """The page of an SLO in a file of its own."""
    write(folder, slo_yaml=file(*slos, **keys))
    found = run("explain", f"shop/{name}", folder / "slo.yaml")
    assert found.code == 0, found.text
    return found.out


SCORE = {"metric": "judge_score", "step": 1, "at_least": 4, "buckets": [3, 4, 5]}


@pytest.mark.parametrize(
    ("sli", "words"),
    [
        (HISTOGRAM, "at most 500ms"),
        ({"histogram": {"metric": "speed", "at_least": 30, "unit": "tokens/s", "buckets": [10, 30]}}, "more than 30 tokens/s"),
        ({"histogram": SCORE}, "at least 4"),
        ({"histogram": {**HISTOGRAM["histogram"], "at_most": "300ms", "interpolate": True}}, "at most 300ms (estimated between the buckets 0.1 and 0.5)"),
        ({"histogram": {"metric": "x_seconds", "at_most": "3s", "native": True}}, "at most 3s, estimated from its native buckets"),
        (
            {"tail": {"metric": "x_dollars", "over": "5x", "of": "p90", "baseline": "12h", "buckets": [1, 2, 9]}},
            "at most 5 times the p90 of the last 12h",
        ),
        ({"timeslices": {"value": "up", "at_least": 1, "missing": "bad"}}, "over the last minute is at least 1; a slice without data is bad"),
        ({"timeslices": {"value": "queue_depth", "at_most": 9, "slice": "5m"}}, "over the last 5 minutes is at most 9"),
    ],
)
def test_the_bound_is_told(sli: dict[str, Any], words: str, tmp_path: Path) -> None:
    assert f"{words} promise" in " ".join(page(tmp_path, promise(sli=sli)).split())


def test_an_slo_without_a_split_tells_none(tmp_path: Path) -> None:
    assert "\nsplit " not in page(tmp_path, promise())


def test_values_with_one_objective_stand_together_and_after_all_others(tmp_path: Path) -> None:
    matches = [{"match": {"a": "x"}, "objective": "95%"}, {"match": {"a": "y", "b": "z"}, "objective": "95%"}, {"match": {"a": "q"}, "objective": "99.9%"}]
    text = page(tmp_path, promise(by=["a", "b"], overrides=matches))
    assert "a=x: 95%\n          a=y,b=z: 95%\n          a=q: 99.9%\n          all others: 99.9%\n" in text
    assert text.index("tiers of all values but a=x and a=y,b=z (99.9%), and") < text.index("tiers of a=x and a=y,b=z (95%), and")
    assert max(map(len, text.splitlines())) <= 80


def test_many_values_are_counted(tmp_path: Path) -> None:
    text = page(tmp_path, promise(by=["a"], overrides={name: {"objective": "95%"} for name in ("k", "l", "m", "n")}))
    assert "tiers of all values but k and 3 more (99.9%)" in text


def test_the_picture_is_that_of_the_slos_own_objective(tmp_path: Path) -> None:
    write(tmp_path, slo_yaml=file(promise(by=["a"], overrides={"x": {"objective": "90%"}})))
    assert run("explain", "shop/success", tmp_path / "slo.yaml", "--plot", tmp_path / "x.svg").code == 0
    assert "objective 99.9% over 7d" in (tmp_path / "x.svg").read_text()


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"window": "7d"}, "its fastest tier, 10 times the budget, is 1% bad, which can be reached"),
        ({"window": "7d", "alerting": {"disable": ["rollback"]}}, "its fastest tier, 4.2 times the budget, is 0.42% bad"),
        ({"objective": "92%"}, "14.4 times the budget, the fastest tier of `standard`, would be 115.2% bad"),
    ],
)
def test_why_a_policy_was_taken_speaks_of_its_own_tiers(keys: dict[str, Any], why: str, tmp_path: Path) -> None:
    assert f"`default` took it: {why}" in " ".join(page(tmp_path, promise(**keys)).split())


def test_alerts_that_are_disabled_are_not_told(tmp_path: Path) -> None:
    text = page(tmp_path, promise(budgeted=False, alerting={"disable": ["digest", "blind", "page"], "no_data": "ignore"}))
    assert "\nalerts    SLOBudgetBurn (rollback, ticket)\n" in text
    assert "slo:error_budget:remaining" not in text
    assert "\nalerts    none\n" in page(tmp_path, promise(alerting={"policy": "none", "disable": ["blind"], "no_data": "ignore"}))
