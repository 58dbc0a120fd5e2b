"""`slo test` writes tests that hold on every Prometheus line, and that notice each way to break the rules that is tried here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from slo_compiler import compiler, ruletest
from slo_compiler.quantities import Duration
from slo_compiler.ruletest import endings, text
from slo_compiler.targets import Job, emit
from tests.rules.needed import split
from tests.rules.test_mutants import BORN, ORDERED
from tests.servers import Line, lines
from tests.unit.given import ROOT

LAB = """\
version: slo/v1
service: lab
owner: us
slos:
  - name: ttft
    category: latency
    objective: p95
    window: 24h
    by: [surface]
    overrides: [{match: {surface: voice}, objective: p90}]
    sli: {histogram: {metric: 'ttft_seconds{job="lab"}', at_most: 600ms, buckets: [0.3, 0.6, 1]}}
  - name: judge
    category: quality
    objective: 92%
    window: 7d
    sampled: true
    sli: {histogram: {metric: 'score{job=~"lab|shop"}', at_least: 4, step: 1, buckets: [1, 2, 3, 4, 5]}}
  - name: useful
    category: quality
    objective: 80%
    window: 24h
    sli: {events: {total: 'answers_total{job="lab"}', good: 'answers_total{job="lab",kind=~"(good|fair)-.+"}'}}
"""


STORE = """\
version: slo/v1
service: store
slos:
  - name: up
    category: availability
    objective: 99%
    sli: {timeslices: {value: 'up{job="store"}', at_least: 1, slice: 1m, missing: bad}}
"""


class Played(NamedTuple):
    """A service, as a mutant finds it: its rules and what is claimed of them."""

    rules: str
    service: object
    suite: ruletest.Suite
    step: Duration


def play(source: Path, project: Path | None = None) -> Played:
    run = compiler.open_project(project, "slo-compiler.yaml")
    compiler.validate(run, [str(source)])
    bundle = compiler.rules(run)
    assert run.report.ok, run.report.findings
    assert run.spec
    (suite,) = ruletest.tests(run.spec, bundle, Job())
    return Played(emit("prometheus", bundle, Job())[0].text, bundle.services[0], suite, run.spec.prometheus.step)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    lab = tmp_path_factory.mktemp("ruletest") / "lab.yaml"
    lab.write_text(LAB)
    return {"search": play(ROOT / "examples" / "first.yaml"), "lab": play(lab)}


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_files_hold_as_they_are_written(line: Line, services: dict[str, Played], tmp_path: Path) -> None:
    played = services["search"]
    assert all(claim.tests for claim in played.suite.claims), [claim for claim in played.suite.claims if not claim.tests]
    (tmp_path / "search.prometheus.rules.yml").write_text(played.rules)
    for file in played.suite.files:
        (tmp_path / file.path).write_text(file.text)
    done = line.check(tmp_path, "test", "rules", *(file.path for file in played.suite.files))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_all_claims_hold(line: Line, services: dict[str, Played], tmp_path: Path) -> None:
    played = services["lab"]
    assert all(claim.tests for claim in played.suite.claims), [claim for claim in played.suite.claims if not claim.tests]
    assert_all_hold(played, line, tmp_path)


def assert_all_hold(played: Played, line: Line, folder: Path) -> None:
    """Each test beside the rules that it reads, which takes half of the time."""
    paths = [path for file in played.suite.files for path in split(played.rules, file.text, folder / file.path)]
    done = line.check(folder, "test", "rules", *paths)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("prometheus", ["evaluation_interval: 15s, ingestion_delay: 7s", "evaluation_interval: 30s, ingestion_delay: 60s"])
def test_counting_holds_at_other_paces(prometheus: str, tmp_path: Path) -> None:
    project = tmp_path / "slo-compiler.yaml"
    project.write_text(f"version: slo/v1\nprometheus: {{scrape_interval: 15s, retention: 90d, {prometheus}}}\n")
    played = play(ROOT / "examples" / "first.yaml", project)
    (claim,) = [claim for claim in played.suite.claims if claim.alert == "counting"]
    (tmp_path / "search.prometheus.rules.yml").write_text(played.rules)
    (tmp_path / "search_test.yml").write_text(text.file("search_test.yml", "search.prometheus.rules.yml", played.service, claim.steps, played.step).text)
    done = ORDERED[-1].check(tmp_path, "test", "rules", "search_test.yml")
    assert done.returncode == 0, done.stdout


def test_cases_stand_beside_what_missing_data_counts(tmp_path: Path) -> None:
    source = tmp_path / "store.yaml"
    source.write_text(STORE)
    played = play(source)
    (claim,) = [claim for claim in played.suite.claims if claim.alert == "ticket"]
    (tmp_path / "store.prometheus.rules.yml").write_text(played.rules)
    (tmp_path / "store_test.yml").write_text(text.file("store_test.yml", "store.prometheus.rules.yml", played.service, claim.steps, played.step).text)
    done = ORDERED[-1].check(tmp_path, "test", "rules", "store_test.yml")
    assert done.returncode == 0, done.stdout


class Mutant(NamedTuple):
    """What is broken, in the rules of which service, by which replacement, and the claim that notices: of which alert, and whose."""

    what: str
    service: str
    old: str
    new: str
    alert: str
    of: str = "success"


TOTAL, BAD, OWN = 'http_requests_total{job="search"}', 'http_requests_total{job="search",code=~"5.."}', '{slo_id="search/success"}'
SHORT = f"\n      and slo:bad:sum5m{OWN} > 0.0144 * slo:total:sum5m{OWN}"
_JOB, _OUTCOME = 'llm_requests_total{job="gateway"', 'outcome=~"error|timeout"'
SEARCH_BORN = BORN.replace(_JOB, 'http_requests_total{job="search"').replace(_OUTCOME, 'code=~"5.."')
MUTANTS = [
    Mutant("the factor of a tier", "search", "> 0.0144 * slo:total:sum1h", "> 0.0146 * slo:total:sum1h", "rollback"),
    Mutant("the factor of a tier of days", "search", "> 0.003 * slo:total:sum24h", "> 0.0031 * slo:total:sum24h", "ticket"),
    Mutant("the share of a short window", "search", "> 0.0144 * slo:total:sum5m", "> 0.01439 * slo:total:sum5m", "rollback"),
    Mutant("the root of the evidence", "search", "0.277144 * sqrt", "0.27 * sqrt", "rollback"),
    Mutant("the constant of the evidence", "search", "+ 1.21414", "+ 0.21414", "rollback"),
    Mutant("at its share is above it", "search", f"slo:bad:sum5m{OWN} > ", f"slo:bad:sum5m{OWN} >= ", "rollback"),
    Mutant("no short window", "search", SHORT, "", "rollback"),
    Mutant("no evidence for the digest", "search", f"0.0735288 * sqrt(slo:total:sum7d{OWN})", "0", "digest"),
    Mutant("a window of 61 minutes", "search", "[3599999ms]", "[3659999ms]", "windows", ""),
    Mutant("a day of 25 hours", "search", "[86399999ms:5m]", "[89999999ms:5m]", "windows", ""),
    Mutant("a week of 8 days", "search", "[604799999ms:1h]", "[691199999ms:1h]", "windows", ""),
    Mutant("bad and total swapped", "search", "sum_over_time(slo:bad:delta", "sum_over_time(slo:total:delta", "windows", ""),
    Mutant("windows of every service", "search", 'slo:bad:delta{slo_service="search"}', 'slo:bad:delta{slo_service="other"}', "windows", ""),
    Mutant("the sign", "search", f"offset 10s) - last_over_time({TOTAL}", f"offset 10s) + last_over_time({TOTAL}", "counting"),
    Mutant("a wider selector", "search", TOTAL, "http_requests_total", "counting"),
    Mutant("another bad selector", "search", '"5.."', '"4.."', "counting"),
    Mutant("no zero", "search", f"\n      or 0 * sum (slo:total:delta{OWN})", "", "counting"),
    Mutant("nothing is born", "search", SEARCH_BORN, "", "counting"),
    Mutant("half a step late", "search", "offset 70s", "offset 100s", "counting"),
    Mutant("a label of the series", "search", "slo: success", "slo: failure", "counting"),
    Mutant("a label of the alert", "search", "severity: page", "severity: ticket", "rollback"),
    Mutant("an alert that does not linger", "search", "keep_firing_for: 15m", "keep_firing_for: 14m", "rollback"),
    Mutant("an alert that lingers too long", "search", "keep_firing_for: 24h", "keep_firing_for: 25h", "digest"),
    Mutant("the constant of the budget", "search", "/ (0.001 *", "/ (0.002 *", "exhausted"),
    Mutant("a budget without coverage", "search", f" * slo:coverage:30d{OWN}", "", "exhausted"),
    Mutant("a freeze while something is left", "search", "<= 0", "< 1", "exhausted"),
    Mutant("a freeze by chance", "search", "0.0735288 * sqrt(slo:total:sum30d", "0 * sqrt(slo:total:sum30d", "exhausted"),
    Mutant("silence that is told late", "search", "for: 5m", "for: 6m", "no-data"),
    Mutant("silence that is forgotten in a day less", "search", "[7d:1h]", "[6d:1h]", "no-data"),
    Mutant("blindness that is told early", "search", "for: 1h", "for: 50m", "blind"),
    Mutant("blindness beside silence", "search", "unless on () last_over_time", "or on () last_over_time", "blind"),
    Mutant("29 events in the hour before", "lab", ">= 30", ">= 29", "dimension-lost", "ttft"),
    Mutant("who lives is lost", "lab", " unless last_over_time(slo:total:delta", " or last_over_time(slo:total:delta", "dimension-lost", "ttft"),
    Mutant("another bucket", "lab", 'le="0.6"', 'le="0.3"', "counting", "ttft"),
    Mutant("another bucket of scores", "lab", 'le=~"3(', 'le=~"4(', "counting", "judge"),
    Mutant("the label of the groups", "lab", "sum by (surface)", "sum by (zone)", "counting", "ttft"),
    Mutant("the share of one value", "lab", 'surface="voice"} > 0.62 *', 'surface="voice"} > 0.31 *', "rollback", "ttft"),
    Mutant("49 events", "lab", ">= 50", ">= 49", "rollback", "judge"),
    Mutant("good for bad", "lab", 'kind!~"(good|fair)-.+"', 'kind=~"(good|fair)-.+"', "counting", "useful"),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_a_claim_notices(mutant: Mutant, services: dict[str, Played], tmp_path: Path) -> None:
    assert_noticed(mutant, services[mutant.service], tmp_path)


def assert_noticed(mutant: Mutant, played: Played, tmp_path: Path) -> None:
    assert mutant.old in played.rules
    broken = played.rules.replace(mutant.old, mutant.new)
    (tmp_path / f"{mutant.service}.prometheus.rules.yml").write_text(broken)
    subject = f"{mutant.service}/{mutant.of}" if mutant.of else mutant.service
    (claim,) = [claim for claim in played.suite.claims if (claim.subject, claim.alert) == (subject, mutant.alert)]
    found = [
        ("steps_test.yml", claim.steps + claim.native, played.step),
        ("days_test.yml", claim.days, endings.AN_HOUR),
        ("weeks_test.yml", claim.weeks, endings.HALF_AN_HOUR),
    ]
    written = [text.file(name, f"{mutant.service}.prometheus.rules.yml", played.service, tests, every) for name, tests, every in found if tests]
    accepted = ORDERED[-1].check(tmp_path, "check", "rules", f"{mutant.service}.prometheus.rules.yml")
    assert accepted.returncode == 0, accepted.stdout
    noticed = ORDERED[-1].check(tmp_path, "test", "rules", *(path for file in written for path in split(broken, file.text, tmp_path / file.path)))
    assert noticed.returncode == 1
    assert "exp: " in noticed.stdout
