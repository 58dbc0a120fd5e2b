"""The made-up month is one that the compiled rules would have recorded, and the companies that pages are drawn from are in the states they should be."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest

from slo_compiler import compiler, names
from slo_compiler.ir import Bundle
from slo_compiler.model import Promise, Spec
from slo_compiler.pages import states
from tests.live import fleet
from tests.live.company import COMPANY, ODD, Company
from tests.live.recorded import derived, record
from tests.live.replay.store import Rule, Store
from tests.live.stack import wait_for
from tests.servers import lines, running

ENDS = int(time.time()) // 300 * 300


@dataclass
class Served:
    """A store with the month of a company."""

    company: Company
    spec: Spec
    bundle: Bundle
    store: Store

    def rules(self, *wanted: str) -> list[Rule]:
        """The compiled rules of some names."""
        ids = {one.id for one in self.spec.promises}
        return [rule for rule in derived.rules_of(self.bundle, ids) if rule.name in wanted]


def served(company: Company, folder: Path) -> Iterator[Served]:
    run, store = company.read(), Store(lines()[-1], folder)
    assert run.spec
    bundle = compiler.rules(run)
    record(store, run.spec, bundle, company.stories, ENDS)
    with store.serving():
        yield Served(company, run.spec, bundle, store)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(COMPANY, tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(ODD, tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    run, store = fleet.read(tmp_path_factory.mktemp("files")), Store(lines()[-1], tmp_path_factory.mktemp("fleet"))
    assert run.spec
    bundle = compiler.rules(run)
    fleet.record(store, run, bundle, ENDS)
    with store.serving():
        yield Served(COMPANY, run.spec, bundle, store)


@pytest.mark.parametrize("name", ["company", "odd"])
def test_every_slo_is_in_its_state(name: str, request: pytest.FixtureRequest) -> None:
    of: Served = request.getfixturevalue(name)
    found = {one.full_name: state(of, one) for one in of.spec.promises}
    assert found == {full_name: state.code for full_name, (_, state) in of.company.told.items()}


def state(of: Served, one: Promise) -> float:
    """The code of the state that a page shows."""
    ((_, code),) = of.store.at(states.query(f'slo_id="{one.id}"'), ENDS)
    return code


@pytest.mark.parametrize("record", ["slo:bad:sum24h", "slo:total:sum24h", "slo:coverage:24h"])
def test_a_day_is_what_the_rule_makes_of_its_five_minutes(record: str, company: Served) -> None:
    for rule in company.rules(record):
        computed = {labels["slo_id"] + labels.get("provider", ""): round(value, 6) for labels, value in company.store.at(rule.expr, ENDS)}
        recorded = {labels["slo_id"] + labels.get("provider", ""): round(value, 6) for labels, value in company.store.at(record, ENDS)}
        assert computed
        assert computed == {series: value for series, value in recorded.items() if series in computed}


def test_a_month_begins_and_ends_as_the_clock_of_the_rules_says(company: Served, tmp_path: Path) -> None:
    clocks = Store(lines()[-1], tmp_path)
    clocks.record_at(company.rules(names.CLOCK, names.CLOCK_START_LOCAL, names.CLOCK_END_LOCAL, names.CLOCK_START, names.CLOCK_END), [float(ENDS)])
    with clocks.serving():
        for name in (names.CLOCK_START, names.CLOCK_END):
            ruled = {labels["slo_zone"]: value for labels, value in clocks.at(name, ENDS)}
            assert ruled.keys() == {"UTC", "Europe/Berlin"}
            assert ruled == {labels["slo_zone"]: value for labels, value in company.store.at(name, ENDS)}


def test_an_alert_has_the_labels_of_its_rule(company: Served) -> None:
    (page,) = company.store.at('ALERTS{slo_id="chat-gateway/cost",alertstate="firing"}', ENDS)
    assert page[0] == {
        "__name__": "ALERTS", "alertname": names.BURN, "alertstate": "firing", "severity": "page", "slo": "cost", "slo_action": "rollback",
        "slo_category": "cost", "slo_id": "chat-gateway/cost", "slo_owner": "llm-platform", "slo_service": "chat-gateway", "slo_tier": "rollback",
        "team": "chat",
    }  # fmt: skip


def test_an_alert_fires_since_its_incident(company: Served) -> None:
    (since,) = company.store.at('ALERTS_FOR_STATE{slo_id="rag-api/answer",slo_tier="rollback"}', ENDS)
    assert 1.6 * 3600 < ENDS - since[1] < 2 * 3600  # four fifths of an hour must have passed before the hour is above 72 % bad
    assert "alertstate" not in since[0]


def test_alerts_of_the_week_are_remembered(company: Served) -> None:
    past = company.store.range('ALERTS{slo_id="rag-api/answer",alertstate="firing"}', ENDS - 7 * 86400, ENDS - 86400, 300)
    assert {one.labels["slo_tier"] for one in past} == {"page"}


def test_nothing_is_said_of_an_slo_before_its_first_day(company: Served) -> None:
    for name in ("ALERTS", names.INFO, names.OBJECTIVE, names.BUDGET_REMAINING, "slo:total:sum30d"):
        found = company.store.range(f'{name}{{slo_id="agent-platform/turn"}}', ENDS - 7 * 86400, ENDS - 3 * 3600 - 300, 300)
        assert not found, name


@pytest.mark.parametrize(("metric", "slo"), [("llm_ttft_seconds", "ttft"), ("llm_cost_dollars", "cost")])
def test_the_raw_histogram_tells_the_same_as_the_recorded_value(metric: str, slo: str, company: Served) -> None:
    for ago in (0, 6, 12):
        at = ENDS - ago * 3600
        ((_, raw),) = company.store.at(f"histogram_quantile(0.95, sum by (le) (increase({metric}_bucket[1h])))", at)
        ((_, recorded),) = company.store.at(f'slo:value:1h{{slo="{slo}"}}', at)
        assert raw == pytest.approx(recorded, rel=0.15)


def test_a_fleet_of_a_thousand_is_in_all_states(thousand: Served) -> None:
    told = {one.full_name: fleet.doing(number, one).state for number, one in enumerate(thousand.spec.slos)}
    chosen = [one for number, one in enumerate(thousand.spec.slos) if told[one.full_name] != states.HEALTHY or number % 20 == 0]
    assert len(told) == 1000
    assert set(told.values()) == set(states.STATES)
    assert {one.full_name: state(thousand, one) for one in chosen} == {one.full_name: told[one.full_name].code for one in chosen}


@pytest.mark.parametrize("name", [names.BUDGET_REMAINING, names.OBJECTIVE, names.VALUE_TARGET, names.SLI_RATIO])
def test_the_numbers_of_the_fleet_are_those_of_the_rules(name: str, thousand: Served) -> None:
    recorded = {labels["slo_id"]: value for labels, value in thousand.store.at(name, ENDS)}
    for rule in thousand.rules(name)[::13]:
        for labels, value in thousand.store.at(rule.expr, ENDS):
            assert value == pytest.approx(recorded[rule.labels.get("slo_id", labels.get("slo_id", ""))])


def test_tiers_of_all_kinds_fire_in_the_fleet(thousand: Served) -> None:
    tiers = {labels.get("slo_tier") for labels, _ in thousand.store.at(f'ALERTS{{alertname="{names.BURN}"}}', ENDS)}
    assert tiers == {"rollback", "page", "ticket", "digest"}


def test_alerts_of_thirty_of_the_fleet_are_remembered(thousand: Served) -> None:
    week = thousand.store.range("max by (slo_id) (ALERTS)", ENDS - 7 * 86400, ENDS - 36 * 3600, 3600)
    now = thousand.store.at("max by (slo_id) (last_over_time(ALERTS[1s]))", ENDS)
    assert (len(week), len(now)) == (30, 40)


def test_pictures_have_pages_and_data_that_lasts(tmp_path: Path) -> None:
    command, log = [sys.executable, "-m", "tests.live.pictures", str(tmp_path / "pages"), "odd"], tmp_path / "log"
    with running(command, log):
        wait_for("the data are served", 60, lambda: "Prometheus" in log.read_text())
        *pages, prometheus = (line.split()[1] for line in log.read_text().splitlines())
        assert sorted(pages) == sorted(str(path) for path in (tmp_path / "pages").rglob("*") if path.is_file())
        store = Store(lines()[-1], tmp_path, url=prometheus)
        assert len(store.at("slo:info", time.time() + 6 * 3600)) == len(ODD.stories)
    with pytest.raises(URLError):
        store.at("slo:info", ENDS)
