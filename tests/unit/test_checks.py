"""What the shape of a file cannot tell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.given import EVENTS, HISTOGRAM, Built, built, file, one, promise, settings


def test_two_slos_of_one_name_name_each_other() -> None:
    found = built(file(promise(), promise())).only
    assert found.id == "identity/duplicate"
    assert found.other
    assert (found.other.route, found.where.route) == ((0, "slos", 0, "name"), (0, "slos", 1, "name"))


def test_three_slos_of_one_name_are_two_mistakes() -> None:
    assert built(file(promise(), promise(), promise())).ids == ["identity/duplicate"] * 2


def test_names_may_repeat_in_other_services() -> None:
    assert built(file(promise()) + "\n---\n" + file(promise(), service="other")).report.ok


@pytest.mark.parametrize(("sla", "ids"), [("99%", []), ("99.9%", []), ("99.91%", ["sla/tighter"])])
def test_an_outside_promise_may_not_be_tighter(sla: str, ids: list[str]) -> None:
    assert one(sla={"objective": sla}).ids == ids


@pytest.mark.parametrize(
    ("window", "ids"), [("1h", []), ("65m", []), ("61m", ["window/grain"]), ("3601s", ["window/grain"]), ("6h1m", ["window/grain"]), ("7d5m", [])]
)
def test_a_window_is_a_whole_number_of_steps(window: str, ids: list[str]) -> None:
    assert one(window=window).ids == ids


@pytest.mark.parametrize(
    ("long", "short", "ids"),
    [
        ("1h", "90s", ["window/grain"]),
        ("61m", "5m", []),
        ("7h1m", "5m", ["window/grain"]),
        ("7h5m", "61m", []),
        ("6h", "1ms", ["window/grain"]),
        ("90s", None, ["window/grain"]),
    ],
)
def test_a_tiers_windows_are_whole_numbers_of_steps(long: str, short: str | None, ids: list[str]) -> None:
    tier = {"name": "a", "severity": "page", "long": long, "burn": 2, **({"short": short} if short else {})}
    assert one(alerting={"policy": {"tiers": [tier]}}).ids == ids


def test_the_nearest_window_that_is_possible_is_told() -> None:
    assert one(window="2h3m").only.help == "write 125m"


def test_a_tier_that_can_never_fire_is_told() -> None:
    found = one(objective="90%", alerting={"policy": "standard"}).only
    assert found.id == "policy/never-fires"
    assert "100% bad" in found.message


def test_a_tier_that_cannot_fire_for_some_values_names_the_first() -> None:
    found = one(by=["a"], overrides={"x": {"objective": "90%"}, "y": {"objective": "80%"}}, alerting={"policy": "standard"})
    assert found.ids == ["policy/never-fires"] * len(found.ids)
    assert "for x" in found.report.findings[0].message


def test_a_tier_that_cannot_fire_for_several_values_is_one_warning() -> None:
    overrides = {value: {"objective": "85%"} for value in "xyz"}
    found = one(by=["a"], overrides=overrides, alerting={"disable": ["page-slow", "ticket", "digest"]})
    tiers = [finding.message.split()[2] for finding in found.report.findings]
    assert sorted(set(tiers)) == sorted(tiers)
    assert "for x and 2 more" in found.report.findings[0].message


def test_the_default_policy_is_not_advised_where_it_is_in_use() -> None:
    found = one(by=["a"], overrides={"x": {"objective": "85%"}})
    assert found.ids
    assert all("policy: default" not in finding.help and "an SLO of its own" in finding.help for finding in found.report.findings)


@pytest.mark.parametrize(("windows", "enough"), [(["28d"], "38d"), (["28d", "90d"], "100d")])
def test_a_retention_that_is_enough_is_told(windows: list[str], enough: str) -> None:
    found = built(file(*(promise(name=f"a{window}", window=window) for window in windows)))
    assert f"retention: {enough}" in found.only.help


@pytest.mark.parametrize(("retention", "ids"), [("", ["window/retention"]), ("{retention: 27d}", ["window/retention"]), ("{retention: 28d}", [])])
def test_a_window_longer_than_the_retention_is_told(retention: str, ids: list[str]) -> None:
    project, _ = settings(f"prometheus: {retention or '{}'}")
    found = built(file(promise(window="28d")), project)
    assert found.ids == ids
    assert not ids or ("unless told otherwise" in found.only.message) == (not retention)


def test_the_retention_is_told_where_the_window_is_said() -> None:
    spend = {"name": "bill", "category": "cost", "sli": {"spend": {"metric": "spend_dollars_total", "at_most": "$5"}}}
    length = {"name": "speed", "category": "latency", "sli": {"check": {"value": {"mean": "x_seconds"}, "at_most": "1s", "over": "20d"}}}
    assert built(file(spend, defaults={"window": "7d"})).only.where.route == (0, "slos", 0)
    assert built(file(length, defaults={"window": "7d"})).only.where.route == (0, "slos", 0, "sli", "check", "over")


def test_the_retention_is_told_once_a_run() -> None:
    found = built(file(*(promise(name=f"a{number}", window="28d") for number in range(3))))
    assert found.ids == ["window/retention"]
    assert "and 2 more SLOs" in found.only.message


def test_allowing_the_retention_of_one_slo_does_not_silence_the_others() -> None:
    found = built(file(promise(name="a", window="28d", allow=["window/retention"]), promise(name="b", window="28d")))
    assert found.only.about
    assert found.only.about.route == (0, "slos", 1)


@pytest.mark.parametrize(
    "keys",
    [
        {"window": "28d", "allow": ["window/retention"]},
        {"objective": "90%", "alerting": {"policy": "standard"}, "allow": ["policy/never-fires"]},
        {"sli": {"events": {"total": "sum(rate(x[$window]))", "bad": "sum(rate(y[$window]))"}}, "allow": ["events/approximate"]},
        {"sli": {"histogram": {"metric": "x_seconds", "at_most": 1}}, "allow": ["histogram/no-buckets"]},
        {"sli": {"histogram": {**HISTOGRAM["histogram"], "at_most": "300ms", "interpolate": True}}, "allow": ["histogram/interpolated"]},
    ],
)
def test_what_is_allowed_is_not_told(keys: dict[str, Any]) -> None:
    assert one(**keys).ids == []


def test_what_is_allowed_in_vain_is_told() -> None:
    assert one(allow=["window/retention"]).ids == ["allow/unused"]


def test_an_error_cannot_be_allowed() -> None:
    found = one(window="61m", allow=["window/grain"])
    assert found.ids == ["window/grain"]


def test_what_is_allowed_in_vain_is_not_told_beside_errors() -> None:
    assert built(file(promise(allow=["window/retention"]), promise(name="b", sli=EVENTS, sla={"objective": "99.99%"}))).ids == ["sla/tighter"]


def test_defaults_that_allow_are_used_by_one_slo_at_least() -> None:
    found = built(file(promise(name="a", window="28d"), promise(name="b"), defaults={"allow": ["window/retention"]}))
    assert found.ids == []


def test_buckets_that_two_slos_tell_differently_are_not_believed() -> None:
    quantile = {"name": "slow", "category": "latency", "sli": {"check": {"value": {"quantile": "p99", "of": "latency_seconds"}, "at_most": "1s"}}}
    other = {"histogram": {**HISTOGRAM["histogram"], "buckets": [0.5, 1, 60]}}
    assert built(file(promise(sli=HISTOGRAM), quantile)).ids == ["check/out-of-sight"]
    assert built(file(promise(sli=HISTOGRAM), promise(name="b", sli=other), promise(name="c", sli=HISTOGRAM), quantile)).ids == []


def rate(text: str) -> dict[str, Any]:
    """An SLI of expressions."""
    return {"sli": {"events": {"total": "sum(rate(x[$window]))", "bad": text}}, "allow": ["events/approximate"]}


NEEDS: list[tuple[dict[str, Any], tuple[int, int]]] = [
    ({"sli": {"histogram": {"metric": "x_seconds", "at_most": 1, "native": True}}}, (2, 40)),
    ({"window": {"calendar": "week"}}, (2, 33)),
    (rate("sum(rate(y[$window] @ end()))"), (2, 33)),
    (rate("sum(rate(y[$window] offset -5m))"), (2, 33)),
    (rate("sum(rate(y[$window])) * cos(rate(x[$window]))"), (2, 31)),
    ({"sli": {"timeslices": {"value": "sum(histogram_sum(rate(x[$window])))", "at_least": 1}}}, (2, 40)),
]


@pytest.mark.parametrize(("keys", "since"), NEEDS)
def test_an_slo_that_needs_a_newer_prometheus_than_stated_is_an_error(keys: dict[str, Any], since: tuple[int, int]) -> None:
    for minor, ids in ((since[1] - 1, ["prometheus/too-old"]), (since[1], [])):
        project, _ = settings(f"prometheus: {{version: '2.{minor}', retention: 100d}}")
        assert built(file(promise(**keys)), project).ids == ids
    assert one(**keys).ids == []


def test_money_by_the_calendar_needs_it_too() -> None:
    project, _ = settings("prometheus: {version: '2.32', retention: 100d}")
    spend = {"name": "bill", "category": "cost", "sli": {"spend": {"metric": "spend_dollars_total", "at_most": "$5"}}}
    gauge = {"name": "lag", "category": "latency", "sli": {"check": {"value": {"expr": "max(x @ start()) + max_over_time(y[$window])"}, "at_most": 5}}}
    assert built(file(spend, gauge), project).ids == ["prometheus/too-old"] * 2


@pytest.mark.parametrize("text", ["histogram_avg(rate(y[$window]))", "first_over_time(y[$window])", "rate(y[$window]) / step()"])
def test_a_function_that_came_after_242_is_refused(text: str) -> None:
    assert one(**rate(f"sum({text})")).ids == ["promql/experimental"]


@pytest.mark.parametrize(
    ("label", "ids"),
    [
        ("instance", ["by/process"]), ("pod", ["by/process"]), ("pod_name", ["by/process"]), ("k8s_pod_name", ["by/process"]), ("container_id", ["by/process"]),
        ("service_instance_id", ["by/process"]), ("email", ["by/identifier"]), ("user_email", ["by/identifier"]), ("e_mail", ["by/identifier"]),
        ("instance_type", []), ("podium", []), ("db_instance", []), ("region", []),
    ],
)  # fmt: skip
def test_labels_that_are_no_dimension(label: str, ids: list[str]) -> None:
    assert one(by=[label]).ids == ids
    assert one(by=[label], allow=ids).ids == []


def test_what_an_override_needs_is_not_said_of_the_slo() -> None:
    keys: dict[str, Any] = {"by": ["p"], "expected_rate": 60, "allow": ["traffic/split"]}
    assert one(**keys).ids == []
    assert one(**keys, overrides={"batch": {"objective": "95%"}}).ids == []
    assert one(by=["p"], expected_rate=10, overrides={"batch": {"objective": "95%"}}).ids.count("traffic/too-thin") == 1


def test_a_longer_window_is_no_way_out_of_thin_traffic() -> None:
    needs = [float(one(expected_rate=5, objective="99%", window=window).report.findings[-1].message.split()[-1]) for window in ("7d", "28d")]
    assert needs[0] < needs[1]
    assert "longer window" not in one(expected_rate=5, objective="99%").report.findings[0].help


def test_a_longer_tier_is_advised_only_where_it_fires() -> None:
    def found(long: str, objective: str = "99%") -> Built:
        tier = {"name": "page", "severity": "page", "long": long, "burn": 10}
        return one(expected_rate=5, objective=objective, alerting={"policy": {"tiers": [tier]}}, allow=["traffic/split"])

    (told,) = [finding for finding in found("1h").report.findings if finding.id == "traffic/too-thin"]
    assert "page that looks back at least 15h" in told.help
    assert "would page" not in " ".join(finding.message for finding in found("15h").report.findings)
    assert "tier of your own" not in one(expected_rate=1, alerting={"min_events": 100}).report.findings[0].help


RATIO = {"ratio": {"good": 'x_total{ok="1"}', "total": "x_total"}}


def judged(value: dict[str, Any], key: str, bound: object, **keys: Any) -> Built:
    """A file with an SLO called `c` and a check."""
    check = {"name": "judged", "category": "quality", "sli": {"check": {"value": value, key: bound, **keys}}}
    return built(file(promise(name="c"), promise(name="d"), check))


@pytest.mark.parametrize(
    ("value", "key", "bound", "baseline", "outcome"),
    [
        (RATIO, "at_most", 3, None, "can never fail"), (RATIO, "at_most", "300%", None, "can never fail"), (RATIO, "at_most", "100%", None, "can never fail"),
        (RATIO, "at_most", "-5%", None, "always fails"), (RATIO, "at_most", "0%", None, ""), (RATIO, "at_most", "5%", None, ""),
        (RATIO, "at_least", 95, None, "always fails"), ({"slo": "c"}, "at_least", 85, None, "always fails"), (RATIO, "at_least", "100%", None, ""),
        (RATIO, "at_least", "-5%", None, "can never fail"), (RATIO, "at_least", "0%", None, "can never fail"),
        (RATIO, "changed_by", "200pp", {"offset": "7d"}, "can never fail"), (RATIO, "changed_by", "2pp", {"offset": "7d"}, ""),
        (RATIO, "within", "-5pp", {"offset": "7d"}, "always fails"), (RATIO, "within", "0%", {"offset": "7d"}, "always fails"),
        ({"mean": "cost_dollars"}, "within", "0%", {"offset": "7d"}, "always fails"), ({"expr": "models"}, "changed_by", 0, {"offset": "7d"}, ""),
        ({"slo": "c"}, "within", "5pp", {"slo": "c"}, "is compared with itself"), ({"slo": "c"}, "within", "5pp", {"slo": "d"}, ""),
        (RATIO, "at_most", "3x", {"offset": "7d"}, ""), ({"expr": "share_ratio"}, "at_most", 3, None, ""),
    ],
)  # fmt: skip
def test_a_check_that_decides_nothing_is_an_error(value: dict[str, Any], key: str, bound: object, baseline: dict[str, Any] | None, outcome: str) -> None:
    found = judged(value, key, bound, **({"baseline": baseline} if baseline else {}))
    assert found.ids == (["check/decides-nothing"] if outcome else [])
    assert not outcome or outcome in found.only.message


@pytest.mark.parametrize(("bound", "step"), [(95, "write 95%"), ("0.5", None), ("-5%", "write 5%"), ("300%", "above 0% and below 100%"), (300, "above 0%")])
def test_the_percent_sign_that_is_missing_is_told(bound: object, step: str | None) -> None:
    found = judged(RATIO, "at_least", bound)
    assert found.ids == (["check/decides-nothing"] if step else [])
    assert not step or step in found.only.help


SLICES = {"timeslices": {"value": "probe_success", "at_least": 1}}


def test_a_tier_that_wants_more_slices_than_its_window_holds_is_left_out() -> None:
    def found(least: int, **keys: Any) -> Built:
        tiers = [
            {"name": "brief", "severity": "page", "long": "30m", "short": "5m", "burn": 6, "evidence": {"min_events": least}},
            {"name": "day", "severity": "ticket", "long": "24h", "burn": 2},
        ]
        return one(sli=SLICES, objective="99%", alerting={"policy": {"tiers": tiers}, **keys})

    assert found(30).ids == []
    assert found(50).ids == ["policy/never-fires"]
    assert "wants 50 slices, and 30m hold 30, one each minute" in found(50).only.message
    assert [rule.labels["slo_tier"] for rule in found(50).rules() if getattr(rule, "alert", "") == "SLOBudgetBurn"] == ["day"]
    assert found(1, min_events=200).ids == ["policy/never-fires"]
    assert found(0, min_events=2000).ids == ["policy/never-fires"] * 2


def test_a_shorter_step_holds_more_slices() -> None:
    project, _ = settings("prometheus: {evaluation_interval: 30s, retention: 40d}")
    tier = {"name": "brief", "severity": "page", "long": "30m", "burn": 6, "evidence": {"min_events": 50}}
    assert built(file(promise(sli=SLICES, alerting={"policy": {"tiers": [tier]}})), project).ids == []


@pytest.mark.parametrize(
    ("label", "is_single"),
    [
        *((label, True) for label in ("correlation_id", "chat_id", "ticket_id", "job_id", "reqid", "prompt_hash", "user_hash", "timestamp", "url", "query")),
        *((label, True) for label in ("user", "session", "request", "trace", "conversation", "span", "end_user_id")),
        *(
            (label, False)
            for label in ("user_plan", "session_kind", "base_url", "query_kind", "model_id", "tenant_id", "org_id", "template_hash", "chat", "job")
        ),
    ],
)
def test_a_label_that_names_single_things(label: str, is_single: bool) -> None:  # noqa: FBT001
    assert one(by=[label]).ids == (["by/identifier"] if is_single else [])


SCORE = {"metric": "answer_score", "at_least": 4, "buckets": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize(
    ("category", "sli", "is_sample"),
    [
        ("quality", {"events": {"total": 'answers_total{source="judge"}', "bad": 'answers_total{source="judge",ok="0"}'}}, True),
        ("quality", {"events": {"total": 'answers_total{source!="judge"}', "bad": 'answers_total{source!="judge",ok="0"}'}}, False),
        ("quality", {"events": {"total": "user_feedback_total", "bad": 'user_feedback_total{thumb="down"}'}}, True),
        ("quality", {"events": {"total": "thumbs_total", "bad": 'thumbs_total{way="down"}'}}, True),
        ("quality", {"events": {"total": "answers_total", "bad": 'thumbs_total{way="down"}'}}, False),
        ("quality", {"histogram": {**SCORE, "step": 1}}, True),
        ("quality", {"histogram": SCORE}, False),
        ("cost", {"events": {"total": "judged_answers_total", "bad": 'judged_answers_total{waste="1"}'}}, True),
        ("latency", {"histogram": {"metric": "judge_seconds", "at_most": 1, "buckets": [1, 2]}}, False),
        ("availability", {"events": {"total": "judge_calls_total", "bad": 'judge_calls_total{code="500"}'}}, False),
    ],
)
def test_what_sounds_like_a_sample(category: str, sli: dict[str, Any], is_sample: bool) -> None:  # noqa: FBT001
    assert one(category=category, objective="92%", sli=sli).ids == (["quality/not-sampled"] if is_sample else [])
    assert one(category=category, objective="92%", sli=sli, sampled=True).ids == []


@pytest.mark.parametrize(
    ("rate", "categories", "ids"),
    [
        (400, ["availability"], []), (600, ["availability", "quality"], ["traffic/categories"]), (1000, ["availability", "quality"], []),
        (9999, ["availability"], []), (12000, ["availability"], ["traffic/categories"]),
        (12000, ["availability", "quality", "cost"], ["traffic/categories"]), (12000, ["availability", "quality", "cost", "latency"], []),
    ],
)  # fmt: skip
def test_how_many_categories_the_traffic_is_enough_for(rate: int, categories: list[str], ids: list[str]) -> None:
    keys = {"objective": "95%", "expected_rate": rate}
    assert built(file(*(promise(name=category, category=category, **keys) for category in categories))).ids == ids


@pytest.mark.parametrize(("buckets", "ids"), [([1], ["histogram/last-bucket"]), ([0.5, 1], ["histogram/last-bucket"]), ([1, 2], [])])
def test_a_bound_with_no_bucket_beyond_it_is_told(buckets: list[float], ids: list[str]) -> None:
    sli = {"histogram": {"metric": "x_seconds", "at_most": "1s", "buckets": buckets}}
    assert one(sli=sli).ids == ids
    assert one(sli=sli, allow=ids).ids == []


def test_a_score_has_no_bucket_beyond_its_best() -> None:
    assert one(sampled=True, sli={"histogram": {"metric": "x_score", "at_most": 5, "step": 1, "buckets": [1, 5]}}).ids == []


@pytest.mark.parametrize(
    ("keys", "ids"),
    [
        ({"only": "09:00-09:01 Mon"}, ["time/nothing-left"]), ({"only": "09:00-10:00 Mon"}, []),
        ({"only": "09:00-10:00 Mon", "exclude": ["09:01-10:00 Mon"]}, ["time/nothing-left"]), ({"only": ["09:00-09:30 Mon", "09:00-09:30 Tue"]}, []),
        ({"exclude": [{"from": "2020-01-01", "to": "2999-01-01"}]}, ["time/nothing-left"]),
        ({"exclude": [{"from": "2025-01-01", "to": "2026-06-01"}, {"from": "2026-06-01", "to": "2028-01-01"}]}, ["time/nothing-left"]),
        ({"exclude": [{"from": "2025-01-01", "to": "2026-06-01"}, {"from": "2027-06-01", "to": "2028-01-01"}]}, []),
    ],
)  # fmt: skip
def test_an_hour_of_the_week_must_be_left(keys: dict[str, Any], ids: list[str]) -> None:
    assert one(**keys).ids == ids


def test_traffic_is_reckoned_in_the_hours_that_count() -> None:
    keys: dict[str, Any] = {"expected_rate": 20, "objective": "99%"}
    assert one(**keys).ids == ["traffic/too-thin"]
    assert "at 0.83 events an hour" in one(**keys).only.message
    assert "at 2.2 events an hour" in one(**keys, only="09:00-18:00 Mon-Fri America/Los_Angeles").only.message


def tail(over: str, *buckets: float | str, **keys: Any) -> Built:
    return one(category="cost", window="24h", sli={"tail": {"metric": "cost_dollars", "over": over, "buckets": list(buckets)}}, **keys)


@pytest.mark.parametrize(
    ("over", "ids"),
    [("6x", ["tail/short-reach"]), ("5x", []), ("10x", ["tail/short-reach"]), ("19x", ["tail/out-of-reach"]), ("1x", ["tail/multiple"]), ("1.1x", [])],
)
def test_a_tail_must_have_room_above_the_usual(over: str, ids: list[str]) -> None:
    assert tail(over, 1, 2, 5, 10).ids == ids


def test_the_usual_observation_from_which_on_a_tail_is_blind_is_told() -> None:
    assert "6 times what lies above 1.6667 is more than the last bucket, 10" in tail("6x", 1, 2, 5, 10).only.message
    assert tail("6x", 1, 2, 5, 10, allow=["tail/short-reach"]).ids == []
    assert "19 times the first bucket, 1, is 19: more than the last one, 10" in tail("19x", 1, 2, 5, 10).only.message


@pytest.mark.parametrize("buckets", ["1, 1, 1", "1, 3, 3.0", "0.5, 5e-1, 1"])
def test_a_bucket_stands_in_a_list_once(buckets: str) -> None:
    for sli in ("histogram: {metric: x_seconds, at_most: 1", "tail: {metric: x_seconds, over: 2x", "check: {value: {quantile: p50, of: x_seconds}, at_most: 1"):
        keys = "" if sli.startswith("check") else "objective: 95%, window: 24h, "
        text = f"version: slo/v1\nservice: a\nslos:\n  - {{name: a, category: latency, {keys}sli: {{{sli}, buckets: [{buckets}]}}}}}}\n"
        assert "value/repeated" in built(text).ids
