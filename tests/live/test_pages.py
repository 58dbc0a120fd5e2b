"""The pages over a real Prometheus: every query of every panel is answered, and the six states are told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from slo_compiler.dashboards import Dashboard
from slo_compiler.pages import pages, states
from tests.live import month
from tests.live.month import EXPECTED, ROOT, compiled, filled, said
from tests.live.replay.store import Store
from tests.servers import lines


@pytest.fixture(scope="module", params=lines(), ids=lambda line: line.version)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Dashboard, int]]:
    """A Prometheus with a month of the example's series until a moment, and the page of the example."""
    spec = month.compiled().spec
    assert spec
    with month.served(request.param, tmp_path_factory.mktemp("pages")) as (store, end):
        yield store, pages(spec)[0], end


@pytest.mark.parametrize("leads", [True, False], ids=["headlines", "no headlines"])
def test_every_panel_of_numbers_has_one_of_each(*, leads: bool, served: tuple[Store, Dashboard, int]) -> None:
    """Where no SLO leads, the queries for other windows and units keep silent."""
    store, _, end = served
    spec = compiled().spec
    assert spec
    page, *_ = pages(replace(spec, promises=tuple(replace(one, headline=leads and one.headline) for one in spec.promises)))
    found = {}
    for panel in (panel for panel in page.panels if panel.shape != "timeseries"):
        answers = [len(store.at(filled(query, page), end)) for query in panel.queries]
        found[panel.place.x, panel.place.y] = sum(answers)
    assert found == {(x, y): {0: 1, 3: 2, 7: 3 if x == 12 else 4}[y] for x in (0, 6, 12, 18) for y in (0, 3, 7)}


def test_a_reader_sees(served: tuple[Store, Dashboard, int]) -> None:
    """The words of the page, and of its numbers what matters: the worst of both weeks, the budget, the neighbours."""
    store, page, end = served
    seen = {}
    for panel in (panel for panel in page.panels if panel.shape != "timeseries"):
        for query in panel.queries:
            for _, value in store.at(filled(query, page), end):
                seen[panel.place.x, query.name] = said(query, value)
    assert [seen[x, name] for x, name in ((0, "Latency"), (6, "Quality"), (12, "Cost"), (18, "Availability"))] == [
        "Healthy", "Breached", "Burning", "Healthy",
    ]  # fmt: skip
    assert [seen[x, "7-day trend"] for x in (0, 6, 12, 18)] == ["↓\xa0better", "↓\xa0worse", "→\xa0same", "↑\xa0better"]
    assert [seen[x, "Measured"] for x in (0, 6, 12, 18)] == ["all 30 d", "all 7 d", "all 24 h", "all 30 d"]
    assert [seen[x, "1 other SLO"] for x in (0, 6, 18)] == ["1", "all quiet", "all quiet"]
    assert (seen[0, "Target (max)"], seen[6, "Target (min)"], seen[12, "Target (max)"], seen[18, "Target (min)"]) == ("0.6", "0.88", "0.045", "0.9995")


def test_every_line_of_the_page_has_a_month(served: tuple[Store, Dashboard, int]) -> None:
    store, page, end = served
    for panel in page.panels:
        for query in panel.queries if panel.shape == "timeseries" else ():
            found = store.range(filled(query, page), end - 30 * 86400, end, 3600)
            assert [len(one.points) for one in found] == [721], (panel.title, query.expr)


def test_an_slo_without_a_single_series_is_not_measured(served: tuple[Store, Dashboard, int]) -> None:
    store, page, end = served
    nobody = replace(page, variables=tuple(replace(variable, value="nobody/nothing") for variable in page.variables))
    words = {}
    for panel in page.panels:
        for query in panel.queries if panel.shape != "timeseries" else ():
            for _, value in store.at(filled(query, nobody), end):
                words[panel.place.x, query.name] = next((word.text for word in query.words if word.low == word.high == value), f"{value:g}")
    assert {words[x, "Latency" if x == 0 else "Quality"] for x in (0, 6)} == {"Not measured"}
    assert (words[0, "Last hour"], words[18, "Last 30 days"]) == ("Not measured", "Not measured")
    assert (words[0, "7-day trend"], words[0, "Budget left"], words[0, "Measured"]) == ("too early", "unknown", "0")


def test_the_states_are_told_apart(served: tuple[Store, Dashboard, int]) -> None:
    store, _, end = served
    found = {}
    for name in EXPECTED:
        ((_, code),) = store.at(states.query(f'slo="{name}"'), end)
        found[name] = code
    assert found == {name: state.code for name, state in EXPECTED.items()}


def test_the_variable_finds_the_slo_that_burns_fastest(served: tuple[Store, Dashboard, int]) -> None:
    from slo_compiler.pages import queries

    store, _, end = served
    ((labels, _),) = store.at(queries.fastest("quality", ["chat-gateway"]), end)
    assert labels["slo_id"] == "chat-gateway/acceptance"


@pytest.mark.parametrize("name", ["no-headlines", "odd-ones"])
def test_pages_of_slos_that_were_never_there_are_answered(name: str, served: tuple[Store, Dashboard, int]) -> None:
    store, _, end = served
    run = compiled(ROOT / "tests" / "pages" / f"{name}.yaml")
    assert run.spec
    page, *_ = pages(run.spec)
    for panel in page.panels:
        found = [(query, store.at(filled(query, page), end)) for query in panel.queries]
        if panel.shape == "state":
            assert [value for _, rows in found for _, value in rows] == [states.NOT_MEASURED.code]
        if panel.shape == "stat":
            assert any(rows for _, rows in found), panel.title
