"""The on-call pages and the fleet over a real Prometheus: every query for every SLO, data wherever data must be, and numbers that agree with the rules."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from slo_compiler import compiler, names, policy
from slo_compiler.dashboards import Dashboard, Panel, Query
from slo_compiler.model import Check, Slo, Spec, Spending
from slo_compiler.pages import pages, states
from slo_compiler.pages.measures import HOUR, Promised
from tests.live.company import COMPANY
from tests.live.recorded import record
from tests.live.replay.store import Series, Store
from tests.servers import Line, lines

DAY = 86400
SPLIT = {"north": states.HEALTHY, "south": states.BURNING, "west": states.HEALTHY}
COLUMNS = {"Value", "Bound", "Good, 1 h", "Good share", "Objective", "Measured", "Burn 1 h", "Budget left", "Left, events", "Left, min"}
_SLOS = ("agent-platform/turn", "chat-gateway/ttft", "chat-gateway/judge", "chat-gateway/provider:provider", "agent-platform/up")


@dataclass
class Served:
    """A store with the month of a company, and its pages."""

    store: Store
    spec: Spec
    pages: dict[str, Dashboard]
    end: int

    def page(self, one: Promised) -> Dashboard:
        return self.pages[f"slo-{one.category}"]

    def filled(self, page: Dashboard, expr: str, chosen: str = "") -> str:
        """A query as a reader's choice makes it; lists stand on `All`."""
        values = {one.name: ".*" if one.all else one.value for one in page.variables}
        if chosen:
            info = self.store.at(f'slo:info{{slo_id="{chosen}"}}', self.end)
            values |= {"slo": chosen, "histogram": info[0][0].get("slo_histogram", "slo_no_histogram")}
        return re.sub(r"\$(\w+)", lambda found: {"__rate_interval": "5m", **values}[found[1]], expr)

    def now(self, page: Dashboard, query: Query, chosen: str = "") -> list[tuple[dict[str, str], float]]:
        return self.store.at(self.filled(page, query.expr, chosen), self.end)

    def cell(self, one: Promised, query: Query, value: str = "") -> float | None:
        """What a column says in the row of an SLO, or of one of its values."""
        rows = {(labels.get("slo_row") or labels["slo_id"]).strip(): number for labels, number in self.now(self.page(one), query)}
        return rows.get(f"{one.id} {value}".strip())

    def over(self, page: Dashboard, query: Query, chosen: str, span: int = DAY) -> list[Series]:
        return self.store.range(self.filled(page, query.expr, chosen), self.end - span, self.end, 300 if span == DAY else 3600)


@pytest.fixture(scope="module", params=lines(), ids=lambda line: line.version)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    line: Line = request.param
    run, end = COMPANY.read(), int(time.time()) // 3600 * 3600
    assert run.spec
    store = Store(line, tmp_path_factory.mktemp("company"))
    record(store, run.spec, compiler.rules(run), COMPANY.stories, end)
    with store.serving():
        yield Served(store, run.spec, {page.uid: page for page in pages(run.spec)}, end)


def every(panels: tuple[Panel, ...]) -> Iterator[Panel]:
    for panel in panels:
        yield from every(panel.inside) if panel.inside else [panel]


def panel(page: Dashboard, title: str) -> Panel:
    return next(one for one in every(page.panels) if one.title.startswith(title))


def tiers(page: Dashboard) -> list[Panel]:
    """The charts of the tiers, the fastest first."""
    return [one for one in page.panels if "Burn rate of the tier" in one.description]


def values(one: Promised) -> int:
    """Series of an SLO."""
    return len(SPLIT) if one.by else 1


def told(one: Promised) -> states.State:
    return COMPANY.told[one.full_name][1]


# --- every query -----------------------------------------------------------------------------------------------------------------


def test_every_query_of_every_page_is_answered(served: Served) -> None:
    """A query that Prometheus refuses raises."""
    for page in served.pages.values():
        chosen = [one.id for one in served.spec.promises if served.page(one) is page] or [""]
        for slo in chosen:
            for query in [query for panel in every(page.panels) for query in panel.queries]:
                served.now(page, query, slo)
        for variable in page.variables:
            if variable.query.startswith("query_result"):
                served.store.at(served.filled(page, variable.query[len("query_result(") : -1], chosen[0]), served.end)
        for mark in page.marks:
            served.store.at(served.filled(page, mark.expr, chosen[0]), served.end)


def test_the_chosen_slo_always_has_its_numbers(served: Served) -> None:
    for one in served.spec.promises:
        page = served.page(one)
        counts = {title: sum(len(served.now(page, query, one.id)) for query in panel(page, title).queries) for title in ("$slo", "Now", "Events, last")}
        assert (counts["$slo"], counts["Now"]) == (1, 2), one.id  # the number, and what it is held against
        assert counts["Events, last"] >= 1, one.id
        if not isinstance(one, Check):
            assert [len(served.now(page, query, one.id)) for query in panel(page, "Burn").queries] == [1, 1], one.id
            assert sum(len(served.now(page, query, one.id)) for query in panel(page, "Budget left").queries) == 2, one.id


def test_the_charts_of_the_chosen_slo_have_a_line_a_value(served: Served) -> None:
    for one in served.spec.promises:
        page, story = served.page(one), COMPANY.stories[one.full_name]
        drawn = [series for query in panel(page, "Against").queries for series in served.over(page, query, one.id) if "chance" not in query.name]
        assert len(drawn) == values(one) + 1, one.id  # the target, or what it is compared with
        points = max(len(series.points) for series in drawn)
        assert points >= (30 if story.born < DAY or story.gone else 250), one.id
        if not isinstance(one, Check):
            left = served.over(page, panel(page, "Budget left, last").queries[0], one.id, 30 * DAY)
            assert len(left) == values(one), one.id


def test_a_tier_has_a_chart_and_what_is_no_tier_has_none(served: Served) -> None:
    for one in served.spec.promises:
        page = served.page(one)
        has = len(one.alerting.tiers) if isinstance(one, Slo) else 1 if isinstance(one, Spending) else 0
        drawn = [any(served.over(page, query, one.id) for query in chart.queries) for chart in tiers(page)]
        assert drawn == [rank < has for rank in range(len(drawn))], one.id
        if not isinstance(one, Check):
            assert len(drawn) >= has


def test_only_a_histogram_has_a_distribution(served: Served) -> None:
    for one in served.spec.promises:
        page = served.page(one)
        if any(two.inside for two in page.panels):
            found = [served.now(page, query, one.id) for name in ("Distribution of", "Quantiles") for query in panel(page, name).queries[:3]]
            assert all(found) if one.full_name in {"chat-gateway/ttft", "chat-gateway/cost"} else not any(found), one.id


# --- tables ----------------------------------------------------------------------------------------------------------------------


def column(table: Panel, name: str) -> Query:
    """The query behind a column."""
    assert table.table
    heading = next(one for one in table.table.headings if one.name == name)
    return table.queries["ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(heading.field[-1])]


def test_the_table_of_a_category_has_a_row_a_value_in_its_state(served: Served) -> None:
    for uid, page in served.pages.items():
        expected = {}
        for one in served.spec.promises:
            rows = {f"{one.id} {value}": state for value, state in SPLIT.items()} if one.by else {one.id: told(one)}
            expected |= {row: state.code for row, state in rows.items() if f"slo-{one.category}" == uid}
        if expected:
            table = page.panels[0]
            found = {(labels.get("slo_row") or labels["slo_id"]).strip(): code for labels, code in served.now(page, column(table, "State"))}
            assert found == expected
            named = {(labels.get("slo_row") or labels["slo_id"]).strip(): labels["slo_title"] for labels, _ in served.now(page, table.queries[0])}
            assert named.keys() == expected.keys()


def test_the_fleet_counts_what_its_table_lists(served: Served) -> None:
    page = served.pages["slo-fleet"]
    listed = {labels["slo_id"]: code for labels, code in served.now(page, column(page.panels[1], "State"))}
    assert listed == {one.id: told(one).code for one in served.spec.promises}
    counts = Counter(told(one).word for one in served.spec.promises)
    assert {query.name: served.now(page, query)[0][1] for query in page.panels[0].queries} == {state.word: counts[state.word] for state in states.STATES}


def number(served: Served, metric: str, one: Promised, value: str = "") -> float | None:
    """A recorded number of an SLO, or of one of its values."""
    split = f',{one.by[0]}="{value}"' if value else ""
    rows = served.store.at(f'{metric}{{slo_id="{one.id}"{split}}}', served.end)
    return rows[0][1] if rows else None


def expected(served: Served, one: Promised, value: str = "") -> dict[str, float | None]:
    """What the columns of a row must hold, computed here from the recorded series."""

    def of(metric: str) -> float | None:
        return number(served, metric, one, value)

    found: dict[str, float | None] = {"Value": None, "Bound": None, "Good share": None, "Objective": None, "Measured": None, "Burn 1 h": None}
    if isinstance(one, Check):
        return found | {"Value": of(names.CHECK_VALUE), "Bound": of(names.VALUE_TARGET)}
    covered, window, left = of(names.coverage(one.span)), float(one.window.seconds), of(names.BUDGET_REMAINING)
    assert covered is not None
    found |= {"Budget left": left, "Measured": -1 if covered >= 0.995 else covered * window}
    hour, bad = of(names.total_sum(HOUR)), of(names.bad_sum(HOUR))
    if isinstance(one, Spending):
        limit = of(names.VALUE_TARGET)
        assert hour is not None
        assert limit
        return found | {"Value": of(names.total_sum(one.span)), "Bound": limit, "Burn 1 h": hour * window / 3600 / limit}
    budget = 1 - float(one.objective.value)
    share = bad / hour if hour and bad is not None else None
    good = {"Good share": of(names.SLI_RATIO), "Objective": float(one.objective.value), "Good, 1 h": None if share is None else 1 - share}
    counted = of(names.total_sum(one.span))
    assert left is not None
    assert counted is not None
    minutes = "Left, min" if one.kind == "time" else "Left, events"
    return found | good | {"Burn 1 h": None if share is None else share / budget, minutes: left * budget * counted / covered}


def test_every_column_of_a_table_holds_what_it_says(served: Served) -> None:
    checked = set[str]()
    for page in served.pages.values():
        tables = [one for one in page.panels if one.table and one.title.endswith("worst first")]
        for table in tables:
            assert table.table
            is_fleet = page.uid == "slo-fleet"
            for heading in (one for one in table.table.headings if one.field.startswith("Value #") and one.name in COLUMNS):
                rows = {(labels.get("slo_row") or labels["slo_id"]).strip(): value for labels, value in served.now(page, column(table, heading.name))}
                for one in served.spec.promises:
                    if (is_fleet and one.by) or (not is_fleet and f"slo-{one.category}" != page.uid):
                        continue
                    for value in SPLIT if one.by else [""]:
                        wanted = expected(served, one, value).get(heading.name)
                        assert rows.get(f"{one.id} {value}".strip()) == (None if wanted is None else pytest.approx(wanted)), (page.uid, heading.name, one.id)
                        checked.add(heading.name)
    assert checked == COLUMNS


def test_a_split_slo_has_its_worst_value_in_the_fleet(served: Served) -> None:
    one = next(slo for slo in served.spec.slos if slo.by)
    page = served.pages["slo-fleet"]
    rows = {name: {labels["slo_id"]: value for labels, value in served.now(page, column(page.panels[1], name))} for name in ("Good share", "Burn 1 h")}
    each = [expected(served, one, value) for value in SPLIT]
    assert rows["Good share"][one.id] == pytest.approx(min(row["Good share"] or 0 for row in each))
    assert rows["Burn 1 h"][one.id] == pytest.approx(max(row["Burn 1 h"] or 0 for row in each))


def test_a_search_narrows_the_fleet(served: Served) -> None:
    page = served.pages["slo-fleet"]
    expr = served.filled(page, page.panels[1].queries[0].expr).replace("(?i).*.*", "(?i).*whole ANSWER.*")
    assert {labels["slo_id"] for labels, _ in served.store.at(expr, served.end)} == {"chat-gateway/total", "rag-api/answer"}


def test_every_cell_has_the_row_of_an_slo(served: Served) -> None:
    """A series without its row would be one more row, with nothing in it."""
    for page in served.pages.values():
        for table in (one for one in page.panels if one.table and one.table.key and "Tier" not in {two.name for two in one.table.headings}):
            assert table.table
            rows = {labels[table.table.key] for labels, _ in served.now(page, table.queries[0])}
            for query in table.queries[1:]:
                found = [labels[table.table.key] for labels, _ in served.now(page, query)]
                assert len(found) == len(set(found))
                assert set(found) <= rows, query.expr


def test_the_worst_slo_is_chosen_first(served: Served) -> None:
    worst = {"latency": "rag-api/answer", "quality": "chat-gateway/acceptance", "cost": "rag-api/mean-cost", "availability": "chat-gateway/provider:provider"}
    for category, expected in worst.items():
        page = served.pages[f"slo-{category}"]
        (variable,) = (one for one in page.variables if one.name == "slo")
        rows = served.store.at(served.filled(page, variable.query[len("query_result(") : -1]), served.end)
        best = max(rows, key=lambda row: row[1])
        assert best[0]["slo_id"] == expected
        found = [match.groupdict() for match in picked(variable.regex, best[0])]
        assert [one["value"] for one in found if one["value"]] == [expected]
        assert [one["text"] for one in found if one["text"]] == [f"{best[0]['slo_title']} · {best[0]['slo_service']}"]


def picked(regex: str, labels: dict[str, str]) -> list[re.Match[str]]:
    """What a variable takes of a series, in the text that Grafana makes of it."""
    text = "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "} 1 1700000000000"
    return list(re.finditer(regex.removeprefix("/").removesuffix("/g").removesuffix("/").replace("(?<", "(?P<"), text))


@pytest.mark.parametrize(
    ("id", "expected"), [("chat-gateway/ttft", "llm_ttft_seconds_bucket{surface='streaming'}"), ("agent-platform/turn", "agent_turn_seconds_bucket")]
)
def test_the_histogram_is_that_of_the_chosen_slo(id: str, expected: str, served: Served) -> None:
    page = served.pages["slo-latency"]
    (variable,) = (one for one in page.variables if one.name == "histogram")
    ((labels, _),) = served.store.at(served.filled(page, variable.query[len("query_result(") : -1], id), served.end)
    assert [match[1] for match in picked(variable.regex, labels)] == [expected]


def test_an_alert_lasts_since_its_reason_began(served: Served) -> None:
    page = served.pages["slo-latency"]
    rows = {labels["slo_id"]: seconds for labels, seconds in served.now(page, column(page.panels[0], "For"))}
    began = dict[str, float]()
    for labels, since in served.store.at('ALERTS_FOR_STATE{slo_category="latency"} and ignoring (alertstate) ALERTS{alertstate="firing"}', served.end):
        began[labels["slo_id"]] = min(since, began.get(labels["slo_id"], since))
    assert rows == {id: served.end - since for id, since in began.items()} != {}
    newest = min(seconds for _, seconds in served.now(page, panel(page, "Firing now").queries[0]))
    assert newest == served.end - max(
        since for _, since in served.store.at('ALERTS_FOR_STATE and ignoring (alertstate) ALERTS{alertstate="firing"}', served.end)
    )


# --- numbers ---------------------------------------------------------------------------------------------------------------------


def test_the_evidence_is_that_of_the_rules(served: Served) -> None:
    """Each tier's count as its rule prints it, for each value."""
    for one in served.spec.slos:
        page = served.page(one)
        evidence = panel(page, "Evidence")
        found = {query.expr: served.now(page, query, one.id) for query in evidence.queries}
        bad, above, total = ({labels["slo_row"].strip(): number for labels, number in rows} for rows in list(found.values())[:3])
        if COMPANY.stories[one.full_name].gone:
            continue
        assert len(above) == len(one.alerting.tiers) * values(one), one.id
        for rank, tier in enumerate(one.alerting.tiers, 1):
            rows = [row for row in above if row.startswith(f"{rank} ")]
            share = policy.share(tier, one.objective)
            at = one.objective.budget if tier.evidence.against == "objective" else share
            critical = policy.critical(at, tier.evidence.alpha)
            for row in rows:
                count = total[row]
                chance = float(critical.share) * count + float(critical.root) * count**0.5 + float(critical.constant or 0)
                needed = max(chance, float(share) * count) if one.is_counted else max(float(share) * count, 1)
                assert above[row] == pytest.approx(needed, rel=1e-4), (one.id, row)
                assert row in bad


def test_what_fires_has_passed_its_line_and_its_evidence(served: Served) -> None:
    """No alert of a burn rate fires below what the page draws, and where none of a tier fires, one of both is missing."""
    for one in served.spec.slos:
        page = served.page(one)
        story = COMPANY.stories[one.full_name]
        if story.gone or story.quiet or one.by:
            continue
        firing = {labels["slo_tier"] for labels, _ in served.store.at(f'ALERTS{{alertname="{names.BURN}",alertstate="firing",slo_id="{one.id}"}}', served.end)}
        bad, above = (
            {labels["slo_row"].split(" ")[0]: number for labels, number in served.now(page, query, one.id)} for query in panel(page, "Evidence").queries[:2]
        )
        for rank, (tier, chart) in enumerate(zip(one.alerting.tiers, tiers(page), strict=False), 1):
            drawn = {query.name: found[0][1] for query in chart.queries if (found := served.now(page, query, one.id))}
            begins = next(number for name, number in drawn.items() if "begins" in name)
            passes = all(drawn[str(window)] > begins for window in (tier.long, tier.short) if window)
            enough = bad[str(rank)] > above[str(rank)]
            if tier.name in firing and tier.short:
                assert enough or passes, (one.id, tier.name)  # a tier that keeps firing may have just lost one of them
            if passes and enough and tier.evidence.min_events == 0:
                assert tier.name in firing, (one.id, tier.name)


def test_a_chart_of_a_tier_draws_both_of_its_windows(served: Served) -> None:
    one = next(slo for slo in served.spec.slos if slo.id == "rag-api/answer")
    page, pinned = served.page(one), f'{{slo_id="{one.id}"}}'
    for tier, chart in zip(one.alerting.tiers, tiers(page), strict=True):
        drawn = {query.name: served.now(page, query, one.id)[0][1] for query in chart.queries}
        for window in (window for window in (tier.long, tier.short) if window):
            ((_, share),) = served.store.at(f"{names.bad_sum(window)}{pinned} / {names.total_sum(window)}{pinned}", served.end)
            assert drawn.pop(str(window)) == pytest.approx(share / float(one.objective.budget)), tier.name
        assert list(drawn.values()) == [pytest.approx(float(tier.burn or 0))]


@pytest.mark.parametrize("id", _SLOS)
def test_what_is_left_is_what_the_budget_says(id: str, served: Served) -> None:
    one = next(slo for slo in served.spec.slos if slo.id == id)
    page, pinned = served.page(one), f'{{slo_id="{id}"}}'

    def number(expr: str) -> float:
        return min(value for _, value in served.store.at(expr, served.end))

    left = number(names.BUDGET_REMAINING + pinned)
    expr = f"{names.BUDGET_REMAINING}{pinned} * {names.total_sum(one.span)}{pinned} / {names.coverage(one.span)}{pinned}"
    events = number(expr) * float(one.objective.budget)
    found = [round(value, 6) for query in panel(page, "Budget left").queries for _, value in served.now(page, query, id)]
    assert found == [round(left, 6), round(events, 6)]
    bad = served.store.at(f"{names.bad_sum(HOUR)}{pinned} / {names.total_sum(HOUR)}{pinned}", served.end)
    burns = {tuple(sorted(labels.items())): share / float(one.objective.budget) for labels, share in bad}
    rate, empty = ([value for _, value in served.now(page, query, id)] for query in panel(page, "Burn").queries)
    assert rate == [pytest.approx(max(burns.values()))]
    lefts = {tuple(sorted(labels.items())): value for labels, value in served.store.at(f"{names.BUDGET_REMAINING}{pinned} + 0", served.end)}
    times = [lefts[value] * float(one.window.seconds) / burn for value, burn in burns.items() if burn > 1]
    assert empty == [pytest.approx(-1 if left <= 0 else min(times, default=-2))]


def test_a_row_has_the_numbers_of_its_slo(served: Served) -> None:
    """Each column against the recorded series of the row itself."""
    for one in served.spec.promises:
        table = served.page(one).panels[0]
        assert table.table
        headings = {heading.name for heading in table.table.headings}
        for value in SPLIT if one.by else ("",):
            told = {name: served.cell(one, column(table, name), value) for name in _expected(served, one, value) if name in headings}
            assert told == {name: pytest.approx(number) for name, number in _expected(served, one, value).items() if name in headings}, (one.id, value)


def _expected(served: Served, one: Promised, value: str) -> dict[str, float]:
    """What the columns of a row must say, of those that there is a number for."""
    pinned = [f'slo_id="{one.id}"', *(f'{label}="{value}"' for label in one.by)]

    def number(metric: str) -> float:
        return next((found for _, found in served.store.at(names.selector(metric, *pinned), served.end)), float("nan"))

    seconds, target = float(one.window.seconds), number(names.VALUE_TARGET)
    if isinstance(one, Check):
        found = {"Value": number(names.CHECK_VALUE), "Bound": target}
    else:
        total, covered = number(names.total_sum(HOUR)), number(names.coverage(one.span))
        found = {"Measured": -1 if covered >= 0.995 else covered * seconds, "Budget left": number(names.BUDGET_REMAINING)}
        if isinstance(one, Spending):
            found |= {"Value": number(names.total_sum(one.span)), "Bound": target, "Burn 1 h": total / target * seconds / 3600}
        elif total:
            bad, objective = number(names.bad_sum(HOUR)) / total, number(names.OBJECTIVE)
            found |= {"Good share": number(names.SLI_RATIO), "Objective": objective, "Good, 1 h": 1 - bad, "Burn 1 h": bad / (1 - objective)}
    return {name: told for name, told in found.items() if told == told}  # noqa: PLR0124  # not a number: there is none
