"""`slo report` and `slo status` over a real Prometheus: they say what the page shows, each number, word and trend, in all formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from slo_compiler import moments, names
from slo_compiler.dashboards import Dashboard, Query
from slo_compiler.model import Spec
from slo_compiler.pages import pages, queries
from slo_compiler.pages.columns import CATEGORIES
from slo_compiler.remote import Access, Server
from slo_compiler.report import figures, leaders
from slo_compiler.report.standings import Figure
from tests.live import month
from tests.live.company import ODD as STATES
from tests.live.month import EXAMPLE, EXPECTED, compiled, filled
from tests.live.recorded import Story
from tests.live.replay.store import Store
from tests.servers import lines
from tests.unit.given import Run, run

ODD = Path(__file__).parent / "slos" / "report.yaml"
EVERY = pytest.mark.parametrize("path", [EXAMPLE, ODD, STATES.folder], ids=lambda path: path.stem)
ODD_STORIES = {
    "odd/young": Story(burn=0.4, born=1.7),
    "odd/quiet": Story(burn=0.3, quiet=2),
    "odd/score": Story(burn=0.95),
    "odd/bill": Story(burn=0.6),
    "odd/gone": Story(burn=0.3, gone=26),
}
Found = tuple[Store, int]
Shown = dict[str, dict[str, str]]


def spec_of(path: Path, *, leads: bool = True) -> Spec:
    spec = compiled(path).spec
    assert spec
    return replace(spec, promises=tuple(replace(one, headline=leads and one.headline) for one in spec.promises))


@pytest.fixture(scope="module", params=lines(), ids=lambda line: line.version)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    with month.served(request.param, tmp_path_factory.mktemp("report"), {ODD: ODD_STORIES, STATES.folder: STATES.stories}) as found:
        yield found


def asked(verb: str, path: Path, served: Found, *options: str) -> Run:
    """A command over the month, at its last moment."""
    store, end = served
    return run(verb, path, "--prometheus", store.url, "--at", str(end), *options)


def without_headlines(path: Path, folder: Path) -> Path:
    """A copy of a file, or of a folder with one, in which no SLO leads."""
    file = next(path.glob("*.yaml")) if path.is_dir() else path
    copy = folder / file.name
    copy.write_text(re.sub(r"(?m)^ *headline: .*\n|^defaults:.*headline.*\n", "", file.read_text()))
    return copy


def opened(page: Dashboard, served: Found) -> Dashboard:
    """A page as Grafana opens it: its variables asked for, one after the other."""
    store, end = served
    for number, variable in enumerate(page.variables):
        if variable.query:
            asking = Query(variable.query.removeprefix("query_result(").removesuffix(")"), "")
            rows = [" ".join(f"{name}={names.quoted(value)}" for name, value in labels.items()) for labels, _ in store.at(filled(asking, page), end)]
            picked = [match[1] for row in rows if (match := re.search(variable.regex.strip("/"), row))]
            found = replace(variable, value=picked[0] if picked else variable.value)
            page = replace(page, variables=(*page.variables[:number], found, *page.variables[number + 1 :]))
    return page


def on_page(page: Dashboard, served: Found) -> Shown:
    """What the page shows in each column: the texts of its panels under their names."""
    store, end = served
    page = opened(page, served)
    found: Shown = {category: {} for category in CATEGORIES}
    for panel in (panel for panel in page.panels if panel.shape != "timeseries"):
        column = found[CATEGORIES[panel.place.x // 6]]
        for query in panel.queries:
            for _, number in store.at(filled(query, page), end):
                column[query.name] = figures.said(query, number).replace("\xa0", " ")
    return found


def told(done: Run) -> Shown:
    """What a report in JSON shows in each column."""
    return {
        one["category"]: {one["category"].capitalize(): one["state"], **one.get("shown", {"Now": "Not measured"})} for one in json.loads(done.out)["categories"]
    }


@EVERY
@pytest.mark.parametrize("leads", [True, False], ids=["headlines", "no headlines"])
def test_a_report_says_what_the_page_shows(path: Path, *, leads: bool, served: Found, tmp_path: Path) -> None:
    source = path if leads else without_headlines(path, tmp_path)
    page, *_ = pages(spec_of(path, leads=leads))
    expected = on_page(page, served)
    done = asked("report", source, served, "--format", "json")
    assert told(done) == expected
    assert sum(map(len, expected.values())) > 20  # state, number, target, trend and what is behind them


@EVERY
def test_all_formats_say_the_same(path: Path, served: Found) -> None:
    texts = {style: asked("report", path, served, "--format", style).out for style in ("json", "markdown", "html")}
    for one in json.loads(texts["json"])["categories"]:
        row = next(line for line in texts["markdown"].replace("\xa0", " ").splitlines() if line.startswith(f"| **{one['category'].capitalize()}**"))
        card = next(card for card in texts["html"].replace("\xa0", " ").split("<section>") if f"<h2>{one['category'].capitalize()}</h2>" in card)
        for name, text in one["shown"].items():
            assert f">{text}<" in card
            assert f"| {text} |" in row or name not in {
                "Last hour",
                "Last 7 days",
                "Last 30 days",
                "Target (max)",
                "Target (min)",
                "7-day trend",
                "Budget left",
            }
        assert f"| {one['state']} |" in row
        assert f"<b>{one['state']}</b>" in card
        assert f": {one['sentence']}".replace(f": {one['title']}: ", '<p class="sentence">') in card
        assert f"- **{one['category'].capitalize()}:** {one['sentence']}" in texts["markdown"]


def test_given_numbers_print_what_the_server_told(served: Found, tmp_path: Path) -> None:
    (tmp_path / "numbers.json").write_text(asked("report", EXAMPLE, served, "--format", "json").out)
    for style in ("markdown", "html", "json"):
        assert run("report", "--numbers", tmp_path / "numbers.json", "--format", style).out == asked("report", EXAMPLE, served, "--format", style).out


def test_the_words_of_a_month(served: Found) -> None:
    sentences = {one["category"]: one["sentence"] for one in json.loads(asked("report", EXAMPLE, served, "--format", "json").out)["categories"]}
    assert re.fullmatch(
        r"Time to first token: p95 was 4\d\d ms in the last hour, within the 600 ms promised; better than the week before, 5\d% of the error budget is left\.",
        sentences["latency"],
    )
    lost = r"the error budget is spent \(-1\d% left\), worse than the week before\."
    assert re.fullmatch(rf"Accepted answers: 86\.\d% was good in the last 7 days, below the 88% promised; {lost}", sentences["quality"])


def test_the_words_of_odd_ones(served: Found) -> None:
    sentences = [one["sentence"] for one in json.loads(asked("report", ODD, served, "--format", "json").out)["categories"]]
    young, score, bill, gone = sentences
    assert young.endswith(
        "too early to compare with the week before, 100% of the error budget is left, a first estimate, because only 2 h of 30 d are measured."
    )
    assert re.fullmatch(r"Mean score: 4\.\d\d in the last 24 hours, above the 4 promised; no change from the week before\.", score)
    assert re.fullmatch(r"Bill of the month: \$[\d.]+K? of \$20K was spent this month, \$[\d.]+K is left\.", bill)
    assert gone == "gone: not measured, because there is no data, or none that can be judged."


def test_the_words_of_odd_states(served: Found) -> None:
    told = json.loads(asked("report", STATES.folder, served, "--format", "json").out)["categories"]
    assert [one["state"] for one in told] == [state.word for _, state in STATES.told.values()]
    turn, judge, cost, tools = (one["sentence"] for one in told)
    assert re.search(
        r"; too early to compare with the week before, \d+% of the error budget is left, a first estimate, because only 3 h of 30 d are measured\.", turn
    )
    assert re.search(
        r": \d\d\.\d% was good in the last 24 hours, below the 92% promised; the error budget is at -\d+%, but chance alone may explain that", judge
    )
    assert cost == "Cost of a run: not measured, because there is no data, or none that can be judged."
    assert tools == "Tool calls: not measured, because there is no data, or none that can be judged."


def test_the_number_is_read_as_that_of_the_one_that_leads(served: Found) -> None:
    """Of several ways to read, whichever comes first in the files."""
    store, end = served
    spec = spec_of(EXAMPLE, leads=False)
    for promises in (spec.promises, spec.promises[::-1]):
        quality = leaders(replace(spec, promises=promises), Server(Access(store.url)), end)[1]
        assert quality.measure
        assert (quality.who.name, str(quality.measure.span), quality.now.name, quality.measured) == (
            "acceptance",
            "7d",
            "Last 7 days",
            Figure("Measured", "all 7 d"),
        )


def test_an_hour_without_traffic_has_no_value(served: Found) -> None:
    assert re.search(r"No traffic +odd/quiet +No traffic +900 ms ", asked("status", ODD, served).out)


def test_the_moment_stands_in_a_report(served: Found) -> None:
    told = json.loads(asked("report", EXAMPLE, served, "--format", "json").out)
    assert told["data_until"] == moments.shown(served[1] * 1000)
    assert f"data until {told['data_until'][:10]}" in asked("report", EXAMPLE, served).out


# --- status ----------------------------------------------------------------------------------------------------------------------


@EVERY
def test_a_status_says_of_every_slo_what_a_page_of_it_shows(path: Path, served: Found) -> None:
    """Asked for many at a time, each SLO has the numbers that it has alone on a page."""
    spec = spec_of(path)
    found = {
        one["slo_id"]: {one["category"].capitalize(): one["state"], **one["shown"]}
        for one in json.loads(asked("status", path, served, "--format", "json").out)["slos"]
    }
    assert set(found) == {one.id for one in spec.promises}
    for one in spec.promises:
        page, *_ = pages(replace(spec, promises=(one,)))
        assert found[one.id] == on_page(page, served)[one.category], one.id


def test_a_table_of_all_slos(served: Found) -> None:
    done = asked("status", EXAMPLE, served)
    told = {one["slo_id"]: one for one in json.loads(asked("status", EXAMPLE, served, "--format", "json").out)["slos"]}
    rows = [re.split(r"  +", line.removeprefix("* ").strip()) for line in done.out.splitlines() if "chat-gateway/" in line]
    for state, name, value, target, trend, budget, measured in rows:
        one = next(one for one in told.values() if one["slo_id"].split(":")[0] == name)
        shown = list(one["shown"].values())
        assert [state, value, target, trend] == [one["state"], *shown[:3]]
        assert [budget, measured] == [one["shown"]["Budget left"], one["shown"]["Measured"]]
    assert {name.partition("/")[2]: state for state, name, *_ in rows} == {name: state.word for name, state in EXPECTED.items()}


def test_the_worst_comes_first_and_leaders_are_marked(served: Found) -> None:
    lines = asked("status", EXAMPLE, served).out.splitlines()
    assert [line.split("/")[1].split(" ")[0] for line in lines if "/" in line] == ["total", "ttft", "acceptance", "judge", "cost", "provider", "success"]
    assert [line.split("/")[1].split(" ")[0] for line in lines if line.startswith("*")] == ["ttft", "acceptance", "cost", "success"]
    assert lines[-1] == "1 breached, 2 burning, 1 too close to call, 1 no traffic, 2 healthy"


def test_where_no_slo_leads_the_one_that_burns_fastest_is_marked(served: Found, tmp_path: Path) -> None:
    store, end = served
    lines = asked("status", without_headlines(EXAMPLE, tmp_path), served).out.splitlines()
    marked = {match[0] for line in lines if line.startswith("*") and (match := re.search(r"[\w-]+/[\w-]+", line))}
    fastest = {store.at(queries.fastest(category, ["chat-gateway"]), end)[0][0]["slo_id"] for category in ("latency", "quality")}
    assert marked == fastest | {"chat-gateway/cost", "chat-gateway/success"}


@pytest.mark.parametrize(("path", "code"), [(EXAMPLE, 1), (ODD, 0)], ids=["spent", "not spent"])
def test_the_exit_code_says_whether_a_budget_is_spent(path: Path, code: int, served: Found) -> None:
    for style in ("text", "json"):
        assert asked("status", path, served, "--format", style).code == code
    assert asked("report", path, served).code == 0


@pytest.mark.parametrize("verb", ["report", "status"])
def test_before_the_rules_ran_nothing_is_known(verb: str, served: Found) -> None:
    store, end = served
    done = run(verb, EXAMPLE, "--prometheus", store.url, "--at", str(end - 40 * 86400))
    assert (done.code, done.out) == (2, "")
    assert "knew none of these SLOs at that moment" in done.err


def test_a_file_beside_ours_is_not_measured(served: Found, tmp_path: Path) -> None:
    """An SLO whose rules nobody loaded stands among those that are known."""
    (tmp_path / "new.yaml").write_text(
        "version: slo/v1\nservice: new\nslos:\n  - {name: up, category: quality, objective: 99%, sli: {events: {total: a_total, bad: b_total}}}\n"
    )
    store, end = served
    done = run("status", EXAMPLE, tmp_path / "new.yaml", "--prometheus", store.url, "--at", str(end))
    assert re.search(r"Not measured +new/up +Not measured +– +too early +unknown +0 h of 30 d", done.out)
