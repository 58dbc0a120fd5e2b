"""What opening the platform page costs, counted by Prometheus' own query statistics: beside the same numbers computed from raw series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from slo_compiler import compiler, promql
from slo_compiler.compiler import Compilation
from slo_compiler.dashboards import Dashboard
from slo_compiler.pages import pages
from tests.live.costs.data import END
from tests.live.costs.opened import COMPUTED, Asked, series
from tests.live.recorded import Story, record
from tests.live.replay.store import Store
from tests.live.replay.traffic import DAY, HOUR
from tests.servers import lines

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "grafana.md"
STORIES = {f"chat-gateway/{name}": Story() for name in ("ttft", "total", "acceptance", "judge", "cost", "success")}


@dataclass(frozen=True)
class Cost:
    """Samples that are read when a page is opened: for what it shows of now, and for its charts."""

    now: int
    hourly: int

    @property
    def whole(self) -> int:
        return self.now + self.hourly


def read(store: Store, asked: Asked) -> Cost:
    """What the queries read."""
    hourly = [store.samples_read_over(expr, END - 30 * DAY, END, HOUR) for expr in asked.hourly]
    return Cost(sum(store.samples_read(expr, END) for expr in asked.now), sum(hourly))


def platform() -> tuple[Compilation, Dashboard]:
    run = Compilation()
    compiler.validate(run, [str(ROOT / "examples" / "chat-gateway.yaml")])
    assert run.spec
    return run, next(page for page in pages(run.spec) if page.uid == "slo-platform")


def asked(page: Dashboard) -> Asked:
    """All queries of a page, its variables filled in."""
    found: dict[bool, list[str]] = {False: [], True: []}
    for panel in page.panels:
        for query in panel.queries:
            expr = query.expr
            for variable in sorted(page.variables, key=lambda one: -len(one.name)):
                expr = expr.replace(f"${variable.name}", variable.value)
            found[panel.shape == "timeseries"].append(expr)
    return Asked(tuple(found[False]), tuple(found[True]))


def computed() -> Asked:
    """The same from raw series."""
    every = COMPUTED.values()
    return Asked(tuple(expr for one in every for expr in one.now), tuple(expr for one in every for expr in one.hourly))


@dataclass(frozen=True)
class Opened:
    """What the page reads, what the raw series would cost, and how many series answer each raw query."""

    page: Cost
    raw: Cost
    answers: list[int]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    run, page = platform()
    assert run.spec
    store = Store(lines()[-1], tmp_path_factory.mktemp("opened"))
    store.add(series())
    record(store, run.spec, compiler.rules(run), STORIES, int(END))
    with store.serving():
        answers = [len(store.at(expr, END)) for expr in (*computed().now, *computed().hourly)]
        found = Opened(read(store, asked(page)), read(store, computed()), answers)
    print("\nsamples read to open the page", *table(found), sep="\n")
    return found


def table(costs: Opened) -> list[str]:
    """What docs/grafana.md tells."""
    page, raw = costs.page, costs.raw
    rows = (("words and numbers", page.now, raw.now), ("30 days of charts", page.hourly, raw.hourly), ("all of it", page.whole, raw.whole))
    return [f"| {what} | {round(ours / 1e3, 1):g} k | {rest / 1e6:.1f} M | {rest / ours:,.0f} |" for what, ours, rest in rows]


def test_opening_the_page_reads_a_tenth_of_what_raw_series_would_cost(costs: Opened) -> None:
    assert costs.page.whole * 10 <= costs.raw.whole
    assert costs.page.now * 10 <= costs.raw.now, "without the charts, too"


def test_every_query_of_raw_series_has_one_answer(costs: Opened) -> None:
    assert costs.answers == [1] * len(costs.answers)


def test_the_same_slos_are_computed() -> None:
    assert {variable.value.partition("/")[2] for variable in platform()[1].variables} == COMPUTED.keys()


def test_what_the_page_reads_does_not_depend_on_how_often_rules_record() -> None:
    """No query takes a range of a series, which has more samples live than here; a subquery takes one an hour, whatever lies between."""
    every = asked(platform()[1])
    assert all(one.seconds is None for expr in (*every.now, *every.hourly) for one in promql.reads(expr))


def test_the_docs_tell_these_costs(costs: Opened) -> None:
    missing = [row for row in table(costs) if row not in DOCS.read_text(encoding="utf-8")]
    assert not missing, "\n".join(missing)
