"""Pages as values: which word holds, how a number is read, who leads a category, and what each query asks."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from slo_compiler import promql
from slo_compiler.dashboards import Dashboard, Panel
from slo_compiler.pages import pages, queries, states
from slo_compiler.pages.chosen import half_band, middle
from slo_compiler.pages.columns import columns
from slo_compiler.pages.measures import Measure, measure
from slo_compiler.quantities import Duration
from tests.unit.given import HISTOGRAM, built, file, promise

PINNED = 'slo_id="$latency"'
MONTH = {"calendar": "month", "timezone": "UTC"}
FASTER = {"histogram": {"metric": "tokens", "at_least": 30, "buckets": [1, 10, 30, 50]}}
SPEND = {"spend": {"metric": "spend_dollars_total", "at_most": "$20000"}}


def page(*slos: dict[str, Any]) -> Dashboard:
    made = built(file(*slos))
    assert made.report.ok, made.report.findings
    return pages(made.spec)[0]


def money(**keys: Any) -> dict[str, Any]:
    return {"name": "bill", "category": "cost", "window": MONTH, "sli": SPEND, **keys}


def check(**keys: Any) -> dict[str, Any]:
    return {"name": "check", "category": "quality", "sli": {"check": {"value": {"mean": "score"}, "over": "24h", **keys}}}


def one(slo: dict[str, Any]) -> Measure:
    made = built(file(slo))
    assert made.report.ok, made.report.findings
    return measure(made.spec.promises[0])


def panel(of: Dashboard, title: str) -> Panel:
    return next(one for one in of.panels if one.title.startswith(title))


# --- split SLOs ------------------------------------------------------------------------------------------------------------------


def test_the_worst_of_values_with_one_target_is_the_largest_or_the_smallest() -> None:
    found = one(promise(category="latency", by=["surface"], sli=HISTOGRAM))
    assert queries.value(PINNED, found) == f"max by (slo_id) (slo:value:1h{{{PINNED}}})"


@pytest.mark.parametrize(
    ("slo", "series", "worst"),
    [
        ({"overrides": {"batch": {"at_most": "1s"}}, "sli": HISTOGRAM}, ("slo:value:1h", "slo:value:target"), "topk by (slo_id) (1, {0} / {1})"),
        ({"overrides": {"batch": {"at_least": 1}}, "sli": FASTER}, ("slo:value:1h", "slo:value:target"), "bottomk by (slo_id) (1, {0} / {1})"),
        ({"overrides": {"batch": {"objective": "90%"}}}, ("slo:sli:ratio", "slo:objective:ratio"), "topk by (slo_id) (1, (1 - {0}) / (1 - {1}))"),
    ],
)
def test_with_targets_of_their_own_it_is_the_furthest_from_its_own(slo: dict[str, Any], series: tuple[str, str], worst: str) -> None:
    """39 s of a batch that may take a minute looked worse than 3 s of a chat that may take one."""
    found = one(promise(category="latency", by=["surface"], **slo))
    number, target = (f"{name}{{{PINNED}}}" for name in series)
    furthest = worst.format(number, target)
    assert queries.value(PINNED, found).startswith(f"(max by (slo_id) ({number} and {furthest}) or")
    assert queries.target(PINNED, found).startswith(f"(max by (slo_id) ({target} and {furthest}) or")
    assert promql.parses(queries.value("slo_id=~'a|b'", found)) is None


# --- states ----------------------------------------------------------------------------------------------------------------------


def test_six_words_each_with_its_code() -> None:
    assert {state.code: state.word for state in states.STATES} == {
        5: "Breached", 4: "Burning", 3: "Not measured", 2: "Too close to call", 1: "No traffic", 0: "Healthy",
    }  # fmt: skip


# --- how a number is read --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slo", "kind", "unit", "better", "decimals"),
    [
        (promise(objective="99.95%"), "share", "percentunit", "higher", 2),
        (promise(objective="88%"), "share", "percentunit", "higher", 0),
        (promise(sli=HISTOGRAM, objective="p95"), "value", "s", "lower", None),
        (promise(sli={"histogram": {"metric": "cost_dollars", "at_most": "$0.045", "buckets": [0.045]}}), "value", "currencyUSD", "lower", 3),
        (promise(sli={"histogram": {"metric": "cost_dollars", "at_most": "$2", "buckets": [2]}}), "value", "currencyUSD", "lower", 2),
        (promise(sli={"histogram": {"metric": "speed_tokens", "at_least": 30, "buckets": [30]}}), "value", "suffix: tokens", "higher", None),
        (promise(sli={"histogram": {"metric": "score", "at_least": 4, "step": 1, "buckets": [1, 2, 3, 4, 5]}}), "share", "percentunit", "higher", 1),
        (money(), "money", "currencyUSD", "lower", None),
        (check(at_least=4), "check", "short", "higher", None),
        (check(changed_by="15%", baseline={"offset": "7d"}), "check", "short", "", None),
    ],
)
def test_units_digits_and_directions_come_from_the_model(slo: dict[str, Any], kind: str, unit: str, better: str, decimals: int | None) -> None:
    found = one(slo)
    assert (found.kind, found.unit, found.better, found.decimals) == (kind, unit, better, decimals)


def test_a_share_has_one_digit_more_than_its_target() -> None:
    assert one(promise(objective="99.95%")).finer == 3


@pytest.mark.parametrize(
    ("slo", "label"), [(promise(window="7d"), "Last 7 days"), (promise(window=MONTH), "This month"), (promise(sli=HISTOGRAM), "Last hour")]
)
def test_the_label_says_what_the_number_is_over(slo: dict[str, Any], label: str) -> None:
    assert one(slo).over == label


# --- queries ---------------------------------------------------------------------------------------------------------------------

VALUE = Measure("value", "s", "s", "lower", Duration(Decimal(604800)), None)
SHARE = Measure("share", "percentunit", "", "higher", "month", 1)
GOOD, ALL = 'min by (slo_id) (slo:sli:ratio{slo_id="$latency"})', 'slo:total:sum_month{slo_id="$latency"}'
SILENT = 'ALERTS{alertname=~"SLOBlind|SLONoData",alertstate="firing",slo_id="$latency"}'


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (queries.value(PINNED, VALUE), 'max by (slo_id) (slo:value:1h{slo_id="$latency"})'),
        (queries.value(PINNED, SHARE), 'min by (slo_id) (slo:sli:ratio{slo_id="$latency"})'),
        (queries.target(PINNED, VALUE), 'max by (slo_id) (slo:value:target{slo_id="$latency"})'),
        (queries.target(PINNED, SHARE), 'min by (slo_id) (slo:objective:ratio{slo_id="$latency"})'),
        (queries.coverage(PINNED, SHARE.span), 'min by (slo_id) (slo:coverage:month{slo_id="$latency"})'),
        (queries.sample(PINNED, VALUE), 'sum by (slo_id) (slo:total:sum7d{slo_id="$latency"})'),
        (queries.value_or_why(PINNED, SHARE), f"({GOOD}\nor on (slo_id) (sum by (slo_id) ({ALL}) == 0) - 1)\nunless on (slo_id) {SILENT}\nor on () vector(-2)"),
        (queries.budget(PINNED), 'min by (slo_id) (slo:error_budget:remaining{slo_id="$latency"})'),
    ],
)
def test_a_query_is(found: str, expected: str) -> None:
    assert found == expected


@pytest.mark.parametrize("measure", [VALUE, SHARE])
def test_a_trend_compares_two_weeks(measure: Measure) -> None:
    text = queries.trend(PINNED, measure)
    assert promql.parses(text) is None
    assert "[7d:1h] offset 7d" in text


# --- who leads -------------------------------------------------------------------------------------------------------------------


def test_a_headline_leads() -> None:
    found = page(promise(name="a"), promise(name="b", headline=True))
    (variable,) = (one for one in found.variables if one.name == "availability")
    assert (variable.value, variable.query) == ("shop/b", "")


def test_the_only_one_that_alerts_leads() -> None:
    found = page(promise(name="a", alerting={"policy": "none"}), promise(name="b"))
    assert "shop/b" in {one.value for one in found.variables}
    assert not any(one.query for one in found.variables)


def test_without_a_headline_the_fastest_burner_leads() -> None:
    found = page(promise(name="a"), promise(name="b", window="24h"))
    (variable,) = (one for one in found.variables if one.name == "availability")
    assert variable.query.startswith("query_result(topk(1, ")
    assert panel(found, "$availability_title").queries[0].expr.count("and on ()") == 1
    assert [one.name for one in panel(found, "$availability_title").queries[:3]] == ["Last 7 days", "Last 24 hours", "Now"]


def test_only_those_lead_that_the_page_can_read() -> None:
    """Another compilation's SLO in the same Prometheus may be measured in another unit: 430 ms were 7 minutes."""
    (variable,) = (one for one in page(promise(name="a"), promise(name="b")).variables if one.name == "availability")
    assert 'slo:info{slo_category="availability",slo_service=~"shop",slo_policy!="none"}' in variable.query


def test_a_category_without_an_slo_says_so() -> None:
    found = page(promise())
    assert [one.title for one in found.panels if one.place.x == 0] == ["Latency", "No latency SLO"]


def test_four_columns_always() -> None:
    assert [column.category for column in columns(built(file()).spec)] == ["latency", "quality", "cost", "availability"]


# --- panels ----------------------------------------------------------------------------------------------------------------------


def test_the_legend_names_the_tiers_that_can_fire() -> None:
    found = page(promise(window="30d", alerting={"disable": ["digest"]}))
    lines = [query.name for query in panel(found, "Burn rate").queries]
    assert lines == ["burn rate", "rollback 14.4", "page 6", "ticket 3", "on budget 1"]


def test_others_are_counted_at_compile_time() -> None:
    found = page(promise(name="a", headline=True), promise(name="b"), promise(name="c"))
    assert "2 other SLOs" in {query.name for query in panel(found, "Behind").queries}


def test_a_line_never_leaps_from_one_target_to_another() -> None:
    """The worst of values that have targets of their own is another one at every moment: it is drawn as a part of its own."""
    slow = promise(name="fast", category="latency", by=["kind"], overrides=[{"match": {"kind": "batch"}, "at_most": "1s"}], sli=HISTOGRAM, objective="p95")
    rare = promise(by=["kind"], overrides=[{"match": {"kind": "batch"}, "objective": "90%"}])
    for found in pages(built(file(slow, rare)).spec):
        for chart in (one for one in found.panels if one.shape == "timeseries"):
            assert not [query for query in chart.queries if "topk" in query.expr or "bottomk" in query.expr], chart.title
    quick, usual = (next(one for one in page(slow, rare).panels if one.title.startswith("Last 30") and one.place.x == x).queries for x in (0, 18))
    assert {query.unit for query in (*quick, *usual)} == {"percentunit"}
    assert quick[0].expr == 'max by (slo_id) (slo:value:1h{slo_id="$latency"} / slo:value:target{slo_id="$latency"})'
    assert usual[0].expr == 'max by (slo_id) ((1 - slo:sli:ratio{slo_id="$availability"}) / (1 - slo:objective:ratio{slo_id="$availability"}))'
    assert [query.expr for query in (quick[1], usual[1])] == ["vector(1)", "vector(1)"]


def test_a_sampled_slo_tells_its_sample() -> None:
    assert "Sample" in {query.name for query in panel(page(promise(sampled=True)), "Behind").queries}
    assert "Sample" not in {query.name for query in panel(page(promise()), "Behind").queries}


def test_money_is_spent_and_left() -> None:
    found = page(money())
    assert [query.name for query in panel(found, "bill").queries] == ["This month", "Limit", "Left"]


def test_a_check_without_a_number_says_when_it_fails() -> None:
    found = page(check(changed_by="15%", baseline={"offset": "7d"}))
    (query,) = (query for query in panel(found, "Behind").queries if query.name == "Fails when")
    assert query.words[0].text == "more than 15% away from that of 7 days ago"
    assert [query.name for query in panel(found, "check").queries] == ["Last 24 hours"]
    assert panel(found, "Behind").queries[0].name == "7-day trend"


@pytest.mark.parametrize(("window", "unit"), [("1h", "suffix: min of 1 h"), ("24h", "suffix: h of 24 h"), ("30d", "suffix: h of 30 d"), (MONTH, "percentunit")])
def test_a_window_is_measured_in_its_own_unit(window: object, unit: str) -> None:
    found = next(query for query in panel(page(promise(window=window)), "Behind").queries if query.name.startswith("Measured"))
    assert found.unit == unit


# --- what numbers stand for -------------------------------------------------------------------------------------------------------


def test_what_is_left_of_money_is_the_limit_less_what_was_spent() -> None:
    bill = one(money())
    limit, spent = f"max by (slo_id) (slo:value:target{{{PINNED}}})", f"max by (slo_id) (slo:total:sum_month{{{PINNED}}})"
    assert queries.left(PINNED, bill) == f"{limit} - {spent}"
    assert queries.pace(PINNED, bill, "30") == f"max by (slo_id) (slo:total:sum24h{{{PINNED}}} * 30 / slo:value:target{{{PINNED}}})"


def test_a_trend_is_told_beyond_chance_of_one_in_a_hundred() -> None:
    assert "> bool 2.58 * sqrt(" in queries.trend(PINNED, one(promise()))


def test_the_band_of_chance_is_wilsons() -> None:
    """90 % of 100: between 82.6 % and 94.5 %."""
    half, center = (eval(found.replace("^", "**"), {"sqrt": math.sqrt}) for found in (half_band("0.9", "100"), middle("0.9", "100")))
    assert (center - half, center + half) == (pytest.approx(0.8256, abs=1e-4), pytest.approx(0.9448, abs=1e-4))


def test_a_window_is_full_from_995_thousandths_on_and_told_in_hours_below_two_days() -> None:
    hours, days = (query for query in panel(page(promise()), "Behind").queries if query.name == "Measured")
    assert (hours.expr[-4:], days.expr[-4:]) == ("< 48", ">= 2")
    assert days.words[0].low == Decimal("6.965")
