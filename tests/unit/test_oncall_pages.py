"""On-call pages as values: which panels there are, what is silent when, whose tiers are told apart how, and where links lead."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from slo_compiler import promql
from slo_compiler.dashboards import Dashboard, Panel
from slo_compiler.model import Spec
from slo_compiler.pages import pages, tiers
from slo_compiler.pages.alarms import Alarms, since
from slo_compiler.pages.measures import HOUR
from slo_compiler.pages.readings import readings
from slo_compiler.pages.scopes import Scope
from tests.unit.given import HISTOGRAM, built, file, promise

CHECK = {"name": "score", "category": "quality", "sli": {"check": {"value": {"mean": "score"}, "over": "24h", "at_least": 4}}}
SHARE_CHECK = {
    "name": "refusals", "category": "quality",
    "sli": {"check": {"value": {"ratio": {"bad": 'answers_total{refused="yes"}', "total": "answers_total"}}, "over": "24h", "at_most": "5%"}},
}  # fmt: skip
BILL = {"name": "bill", "category": "cost", "window": "30d", "sli": {"spend": {"metric": "spend_dollars_total", "at_most": "$20000"}}}
LATENCY = {"category": "latency", "objective": "p95", "sli": HISTOGRAM}


def spec(*slos: dict[str, Any], **keys: Any) -> Spec:
    made = built(file(*slos, **keys))
    assert made.report.ok, made.report.findings
    assert made.spec
    return made.spec


def page(name: str, *slos: dict[str, Any], **keys: Any) -> Dashboard:
    return next(one for one in pages(spec(*slos, **keys)) if one.uid == f"slo-{name}")


def scope(*slos: dict[str, Any]) -> Scope:
    made = spec(*slos)
    return Scope(made.promises, made.prometheus.step, pinned='slo_id="$slo"')


def panel(of: Dashboard, title: str) -> Panel:
    return next(one for one in of.panels if one.title.startswith(title))


def titles(of: Dashboard) -> list[str]:
    return [one.title for one in of.panels]


# --- which panels there are ------------------------------------------------------------------------------------------------------


def test_a_page_of_checks_speaks_of_no_budget() -> None:
    found = titles(page("quality", CHECK))
    assert found == ["Quality SLOs, worst first", "$slo", "Now", "Events, last hour", "Against the target", "Firing now in all categories"]


def test_money_has_one_tier_and_no_bad_events() -> None:
    found = titles(page("cost", BILL))
    assert "Fastest tier" in found
    assert not {"Bad events", "Evidence by tier"} & set(found)


def test_an_slo_without_alerts_has_no_tiers() -> None:
    found = titles(page("availability", promise(alerting={"policy": "none"})))
    assert not [title for title in found if "tier" in title.lower() or "above" in title]


def test_only_what_a_histogram_measures_has_a_distribution() -> None:
    assert "Distribution (reads raw series)" in titles(page("latency", promise(**LATENCY)))
    assert "Distribution (reads raw series)" not in titles(page("availability", promise()))


@pytest.mark.parametrize("category", ["latency", "availability"])
def test_panels_stand_below_each_other(category: str) -> None:
    slos = [
        promise(name=f"a{number}", category=category, alerting={"policy": policy}) for number, policy in enumerate(("standard", "two-tier", "sre-workbook"))
    ]
    taken = set[tuple[int, int]]()
    for one in page(category, *slos).panels:
        cells = {(x, y) for x in range(one.place.x, one.place.x + one.place.width) for y in range(one.place.y, one.place.y + one.place.height)}
        assert not cells & taken
        taken |= cells


def test_a_label_that_splits_can_be_chosen_and_is_a_column() -> None:
    found = page("availability", promise(by=["provider"]), promise(name="all"))
    assert [one.name for one in found.variables] == ["service", "slo", "provider"]
    table = found.panels[0].table
    assert table
    assert (table.key, table.headings[3].name) == ("slo_row", "provider")


@pytest.mark.parametrize("label", ["datasource", "histogram", "service"])
def test_a_label_called_as_one_of_our_variables_has_one_of_its_own(label: str) -> None:
    found = page("latency", promise(**LATENCY, by=[label]))
    names = [one.name for one in found.variables]
    assert len(set(names)) == len(names)
    assert f"{label}_of_slo" in names
    assert f'{label}=~"${label}_of_slo"' in panel(found, "Against").queries[0].expr


@pytest.mark.parametrize(
    ("slo", "expected"),
    [
        (promise(category="cost", by=["tenant"]), 'slo:objective:ratio{slo_id="$slo"}'),
        ({**BILL, "by": ["tenant"]}, 'slo:value:target{slo_id="$slo"}'),
        ({**CHECK, "category": "cost", "by": ["tenant"]}, 'slo:check:value{slo_id="$slo"}'),
    ],
)
def test_the_values_of_a_label_can_be_chosen_of_every_kind(slo: dict[str, Any], expected: str) -> None:
    (variable,) = (one for one in page("cost", slo).variables if one.name == "tenant")
    assert variable.query == f"query_result(count by (tenant) ({expected}))"
    assert re.findall(variable.regex.strip("/"), '{tenant="say "hi", you|me"} 1 1700000000000') == ['say "hi", you|me']


def test_only_slos_of_our_services_are_listed() -> None:
    """Those of another compilation in the same Prometheus may be measured in another unit."""
    found = page("latency", promise(**LATENCY))
    ours = 'slo:info{slo_category="latency",slo_service=~"$service",slo_service=~"shop"}'
    services, slos = found.variables[:2]
    assert 'slo:info{slo_category="latency",slo_service=~"shop"}' in services.query
    assert ours in slos.query
    assert all(ours in query.expr for query in found.panels[0].queries)


def test_slos_are_listed_by_title_and_service() -> None:
    (variable,) = (one for one in page("latency", promise(**LATENCY)).variables if one.name == "slo")
    pattern = variable.regex.removeprefix("/").removesuffix("/g").replace("(?<", "(?P<")
    labels = '{slo_id="shop/a",slo_service="shop",slo_shown="Says "hi", twice · shop",slo_title="Says "hi", twice"} 1 1700000000000'
    found = [match.groupdict() for match in re.finditer(pattern, labels)]
    assert ([one["value"] for one in found if one["value"]], [one["text"] for one in found if one["text"]]) == (["shop/a"], ['Says "hi", twice · shop'])


def test_an_slo_without_an_owner_has_a_dash() -> None:
    """The words of an empty table would stand in its cell."""
    table = page("fleet", promise()).panels[1].table
    assert table
    assert next(one.none for one in table.headings if one.name == "Owner") == "–"


def test_money_that_is_split_has_a_line_a_value() -> None:
    found = panel(page("cost", {**BILL, "by": ["tenant"]}), "Fastest tier").queries[0]
    assert (found.name, found.line) == ("pace of the day {{tenant}}", "")


# --- how the chosen one is read --------------------------------------------------------------------------------------------------


def test_one_way_to_read_needs_no_telling() -> None:
    (one,) = readings(scope(promise(), promise(name="other", objective="99.95%")))
    assert one.matchers == ()
    assert one.measure.finer == 3  # a digit more than the finest objective


def test_ways_to_read_are_told_apart_by_what_slo_info_says() -> None:
    found = readings(scope(promise(), promise(name="judged", sampled=True), CHECK, SHARE_CHECK))
    assert len({one.matchers for one in found}) == len(found) == 4
    assert [one.over for one in found] == ["Last hour", "Last 7 days", "Last 24 hours", "Last 24 hours"]


def test_a_quantile_is_named_where_all_have_the_same() -> None:
    assert [one.name for one in readings(scope(promise(**LATENCY)))] == ["p95, last hour"]
    assert [one.name for one in readings(scope(promise(**LATENCY), promise(**{**LATENCY, "name": "b", "objective": "p99"})))] == ["last hour"]


# --- tiers -----------------------------------------------------------------------------------------------------------------------


def test_slos_of_one_policy_share_their_queries() -> None:
    (group,) = tiers.groups(scope(promise(), promise(name="b")))
    assert group.ways == ()


def test_policies_are_told_apart_by_their_names() -> None:
    found = tiers.groups(scope(promise(alerting={"policy": "standard"}), promise(name="b", alerting={"policy": "two-tier"})))
    assert [[way.matchers for way in group.ways] for group in found] == [[('slo_policy="standard-7d"',)], [('slo_policy="two-tier-7d"',)]]


def test_the_few_of_a_policy_with_other_tiers_are_told_by_their_ids() -> None:
    slos = [promise(name=name) for name in ("a", "b")]
    odd = promise(name="c", alerting={"disable": ["ticket"]})
    found = tiers.groups(scope(*slos, odd))
    (first,), (second,) = ([way.matchers for way in group.ways] for group in found)
    assert first == ('slo_policy="standard-7d"', 'slo_id!~"shop/c"')
    assert second == ('slo_id=~"shop/c"',)


def test_what_policies_share_is_asked_once() -> None:
    shared = page("availability", promise(alerting={"policy": "standard"}), promise(name="b", window="30d", alerting={"policy": "sre-workbook"}))
    fastest = panel(shared, "Fastest")
    assert [query.name for query in fastest.queries if query.name in {"1h", "5m"}] == ["1h", "5m"]


def test_a_title_says_what_a_tier_needs() -> None:
    assert [title for title in titles(page("availability", promise(window="30d"))) if "above" in title] == [
        "Page + rollback: 1h and 5m above 14.4", "Page: 6h and 30m above 6", "Ticket: 24h and 2h above 3", "Digest: 7d above 1",
    ]  # fmt: skip


# --- alerts ----------------------------------------------------------------------------------------------------------------------


def test_the_words_for_urgency_are_the_users() -> None:
    found = Alarms.of(replace(spec(promise()), severities={"page": "critical", "ticket": "warning", "digest": "warning"}))
    assert [(int(word.low or 0), word.text, word.color) for word in found.words()] == [
        (3, "critical + rollback", "red"),
        (2, "critical", "red"),
        (1, "warning", "orange"),
    ]
    assert 'severity="critical"' in found.query(Scope((), HOUR))


def test_urgency_is_told_by_how_fast_a_tier_is_and_not_by_the_alphabet() -> None:
    tiers = [
        {"name": "slow", "severity": "minor", "long": "24h", "burn": 1.5},
        {"name": "fast", "severity": "urgent", "long": "1h", "short": "5m", "burn": 10},
    ]
    found = Alarms.of(spec(promise(objective="99%", alerting={"policy": {"tiers": tiers}})))
    assert [word.text for word in found.words()] == ["page", "urgent", "minor", "ticket"]


def test_how_long_asks_for_what_fires() -> None:
    expr = since(Scope((), HOUR))
    assert promql.parses(expr) is None
    assert expr.endswith('and ignoring (alertstate) ALERTS{alertname=~"SLO.+",alertstate="firing"}')


# --- links -----------------------------------------------------------------------------------------------------------------------


def urls(of: Dashboard) -> list[str]:
    table = of.panels[0].table or of.panels[1].table
    assert table
    return [link.url for heading in table.headings for link in heading.links]


def test_a_link_that_all_slos_share_is_on_every_row() -> None:
    links = {"runbook": "https://runbooks.example.com/$service/$slo?id=$slo_id"}
    found = page("availability", promise(), promise(name="b"), links=links)
    assert urls(found) == [
        "/d/slo-availability?var-slo=${__data.fields.slo_id}&$__url_time_range",
        "https://runbooks.example.com/${__data.fields.slo_service}/${__data.fields.slo}?id=${__data.fields.slo_id:percentencode}",
    ]


def test_a_link_of_one_slo_is_on_no_row() -> None:
    found = page("availability", promise(links={"runbook": "https://runbooks.example.com/a"}), promise(name="b"))
    assert urls(found) == ["/d/slo-availability?var-slo=${__data.fields.slo_id}&$__url_time_range"]


def test_every_page_leads_to_all_others() -> None:
    found = pages(spec(promise(), promise(**{**LATENCY, "name": "fast"})))
    assert {one.uid: [link.title for link in one.links] for one in found} == {
        "slo-platform": ["All SLOs", "Latency", "Availability"],
        "slo-latency": ["Platform", "All SLOs", "Availability"],
        "slo-availability": ["Platform", "All SLOs", "Latency"],
        "slo-fleet": ["Platform", "Latency", "Availability"],
    }


# --- checks ----------------------------------------------------------------------------------------------------------------------


def judged(**keys: Any) -> dict[str, Any]:
    return {"name": "judged", "category": "quality", "sli": {"check": {"value": {"mean": "score"}, "over": "24h", **keys}}}


def test_a_check_without_a_number_says_when_it_fails() -> None:
    now = panel(page("quality", judged(changed_by="15%", baseline={"offset": "7d"}), CHECK), "Now")
    (query,) = (query for query in now.queries if query.name == "Fails when")
    assert query.expr == 'max by (slo_id) (1 * slo:info{slo_id="$slo",slo_id="shop/judged"})'
    assert [word.text for word in query.words] == ["more than 15% away from that of 7 days ago"]


@pytest.mark.parametrize(
    ("keys", "name", "past"),
    [
        ({"changed_by": "15%", "baseline": {"offset": "7d"}}, "7 days ago", 'slo:check:value{slo_id="$slo"} offset 7d'),
        ({"at_most": "2x", "baseline": {"median": "14d"}}, "median of 14 days", 'quantile_over_time(0.5, slo:check:value{slo_id="$slo"}[324h:24h] offset 24h)'),
    ],
)
def test_a_check_is_drawn_beside_its_past(keys: dict[str, Any], name: str, past: str) -> None:
    (query,) = (query for query in panel(page("quality", judged(**keys), CHECK), "Against").queries if query.dashed and query.name == name)
    assert query.expr == f'({past})\nand on (slo_id) slo:info{{slo_id="$slo",slo_id=~"shop/judged"}}'
    assert promql.parses(query.expr) is None


def test_a_check_beside_another_slo_has_no_line_of_its_own() -> None:
    share = {"value": {"slo": "success"}, "over": "7d", "within": "5pp", "baseline": {"slo": "other"}}
    slos = [promise(category="quality"), promise(name="other", category="quality"), {"name": "pair", "category": "quality", "sli": {"check": share}}]
    assert not [query for query in panel(page("quality", *slos), "Against").queries if "offset" in query.expr]
