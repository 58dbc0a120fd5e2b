"""The claims have teeth: each way to break compiled rules that is tried here makes the claim fail that speaks of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.rules.needed import split
from tests.servers import lines


class Mutant(NamedTuple):
    """What is broken, in the rules of which folder, by which replacement; the test file and the claim in it that notices."""

    what: str
    folder: str
    old: str
    new: str
    file: str
    claim: str
    oldest: bool = False  # noticed by Prometheus 2 alone


AVAIL = 'llm_requests_total{job="gateway"}'
ERRORS = 'llm_requests_total{job="gateway",outcome=~"error|timeout"}'
TTFT_COUNT, TTFT_BUCKET = 'llm_ttft_seconds_count{job="gateway"}', r'llm_ttft_seconds_bucket{job="gateway",le=~"1(\\.0)?"}'
ANY_BUCKET = 'llm_ttft_seconds_bucket{job="gateway"}'
OWN = '{slo_id="gw/avail:surface"}'
KNOWN = f"timestamp({AVAIL} offset 10s) and last_over_time({AVAIL}[10m] offset 70s)"
NEWEST = f"max by (job, instance) (timestamp({AVAIL} offset 10s))"
BORN = f"""
        or
          (
              last_over_time({ERRORS}[1m] offset 10s) + (max_over_time({ERRORS}[1m] offset 10s) - last_over_time({ERRORS}[10m] offset 70s) >= 0)
            or
              last_over_time({ERRORS}[1m] offset 10s)
          )
          and on (job, instance) (
            max by (job, instance) ({KNOWN})
              == {NEWEST}
          )"""

MUTANTS = [
    # counting
    Mutant("another selector", "core", AVAIL, "llm_requests_total", "counting", "duplicates and a foreign job"),
    Mutant("the label of the groups", "core", "sum by (surface)", "sum by (zone)", "counting", "group by, zero fill"),
    Mutant("a growth of nothing is no growth", "core", f"{AVAIL}[10m] offset 70s) >= 0", f"{AVAIL}[10m] offset 70s) > 0", "counting", "zero traffic"),
    Mutant("what was before is added", "core", f"offset 10s) - last_over_time({AVAIL}", f"offset 10s) + last_over_time({AVAIL}", "counting", "zero traffic"),
    Mutant("a step of two minutes", "core", f"{AVAIL}[1m]", f"{AVAIL}[2m]", "counting", "some steps without a scrape"),
    Mutant("the step before, half a minute late", "core", "offset 70s", "offset 100s", "counting", "steady, scraped every 15s"),
    Mutant("a look-back of five minutes", "core", "[10m] offset 70s", "[5m] offset 70s", "counting", "the edge of the look-back"),
    Mutant("no zero fill", "core", f"\n      or 0 * sum by (surface) (slo:total:delta{OWN})", "", "counting", "group by, zero fill"),
    Mutant("no second branch: nothing is born", "core", BORN, "", "counting", "lazy first error"),
    Mutant("no guard: all that is new is born", "core", f"max by (job, instance) ({KNOWN})\n              == ", "", "counting", "late target with history"),
    Mutant("a guard without time stamps", "core", f"\n              == {NEWEST}", "", "counting", "relabelled, old series not yet marked stale"),
    Mutant("targets without their instance", "core", "(job, instance)", "(job)", "counting", "late target with history"),
    Mutant("no metric of another target", "shapes", "up offset 10s", "down offset 10s", "shapes", "several bad selectors"),
    Mutant("good without zeros", "shapes", "or 0 * sum by (surface)", "and sum by (surface)", "shapes", "no good series"),
    # histograms
    Mutant("one spelling of le", "core", r'le=~"1(\\.0)?"', 'le="1"', "counting", "both spellings of le"),
    Mutant("both spellings of le added up", "core", "max without (le)", "sum without (le)", "counting", "both spellings of le"),
    Mutant("observations without a bucket", "core", f"\n        and ignoring (le) last_over_time({TTFT_BUCKET}[1m] offset 10s)", "", "counting", "bucket lost"),
    Mutant(
        "a late bucket is born",
        "core",
        f"\n            unless last_over_time({TTFT_COUNT}[1m] offset 10s) - last_over_time({TTFT_COUNT}[10m] offset 70s) >= 0",
        "",
        "counting",
        "bucket without a birth",
    ),
    Mutant("any bucket will do", "core", f"(le) last_over_time({TTFT_BUCKET}", f"(le) last_over_time({ANY_BUCKET}", "counting", "bucket lost"),
    Mutant("the bucket of 3 for that of 4", "core", r'le=~"3(\\.0)?"', r'le=~"4(\\.0)?"', "counting", "judge scores"),
    Mutant("weights of the neighbours swapped", "shapes", "(0.8 * max", "(0.2 * max", "shapes", "bound between buckets"),
    Mutant("one bound for all values", "shapes", r'le=~"60(\\.0)?"', r'le=~"20(\\.0)?"', "shapes", "overrides of single values"),
    # windows and budgets
    Mutant("a window of 61 minutes", "core", "[3599999ms]", "[3659999ms]", "counting", "closed and left-open ranges"),
    Mutant("a window with its last millisecond", "core", "[299999ms]", "[5m]", "counting", "closed and left-open ranges", oldest=True),
    Mutant("windows of every service", "core", '{slo_service="gw"}', "", "missing", "another service"),
    Mutant("bad and total swapped", "core", "sum_over_time(slo:bad:delta", "sum_over_time(slo:total:delta", "evidence", "low objective, 24 of 200"),
    Mutant("long windows by steps of 10m", "core", ":5m])", ":10m])", "counting", "quiet period, then traffic"),
    Mutant("what has left stays", "core", "-sum_over_time((slo:bad:sum5m", "0 * sum_over_time((slo:bad:sum5m", "days", "to the minute"),
    Mutant("recent from the running hour on", "core", "floor(vector(time() / 3600)) - 1", "floor(vector(time() / 3600))", "days", "to the minute"),
    Mutant("the hour before the last one", "core", "ceil(vector(time() / 3600)) - 1", "ceil(vector(time() / 3600)) - 2", "days", "to the minute"),
    Mutant(
        "the last mark of an hour in the next one",
        "core",
        '(slo_hour) count_values("slo_hour", ceil(vector(time() / 3600))))[',
        '(slo_hour) count_values("slo_hour", 1 + floor(vector(time() / 3600))))[',
        "days",
        "to the minute",
    ),
    Mutant("each hour twice", "core", "604799999ms:1h", "604799999ms:30m", "days", "to the minute"),
    Mutant("a budget without coverage", "core", f" * slo:coverage:30d{OWN}", "", "missing", "day one"),
    Mutant("a division by no traffic", "core", f"(slo:total:sum30d{OWN} > 0)", f"slo:total:sum30d{OWN}", "counting", "zero traffic"),
    Mutant("an SLO by name, not by identity", "core", '{slo_id="gw/ttft"}', '{slo="ttft"}', "missing", "no ghosts"),
    # alerts
    Mutant("a higher share", "core", "> 0.0144 * slo:total:sum1h", "> 0.0146 * slo:total:sum1h", "evidence", "critical counts from 1 to 100,000"),
    Mutant("a smaller factor of the root", "core", "0.277144 * sqrt", "0.270000 * sqrt", "evidence", "critical counts from 1 to 100,000"),
    Mutant("a smaller constant of evidence", "core", "+ 1.21414", "+ 0.71414", "evidence", "critical counts from 1 to 100,000"),
    Mutant("an alarm at the critical count less one", "core", "+ 3.52331", "+ 2.52331", "evidence", "low objective, 37 of 200"),
    Mutant("no short window", "core", f"\n      and slo:bad:sum5m{OWN} > 0.0144 * slo:total:sum5m{OWN}", "", "evidence", "each short window at its share"),
    Mutant("a short window at its share", "core", f"slo:bad:sum5m{OWN} > ", f"slo:bad:sum5m{OWN} >= ", "evidence", "each short window at its share"),
    Mutant(
        "evidence that is real but mild", "core", "> 0.122137 * slo:total:sum1h", "> 0 * slo:total:sum1h", "evidence", "shares of a low objective, long windows"
    ),
    Mutant("a point estimate without evidence", "core", "> 0.08 * slo:total:sum1h", "> 0 * slo:total:sum1h", "evidence", "low objective, 35 of 200"),
    Mutant("49 events", "core", ">= 50", ">= 49", "evidence", "low objective, 49 samples"),
    Mutant("another severity", "core", "severity: page", "severity: ticket", "tiers", "texts without a budget"),
    Mutant(
        "a query that fails where it finds nothing",
        "core",
        "{{ with printf `slo:error_budget:remaining%s` $s | query }}{{ $left := . | first",
        "{{ with 1 }}{{ $left := printf `slo:error_budget:remaining%s` $s | query | first",
        "tiers",
        "texts without a budget",
    ),
    Mutant("an alert that does not linger", "core", "keep_firing_for: 15m", "keep_firing_for: 14m", "tiers", "how long tiers linger"),
    Mutant("a freeze while something is left", "core", "<= 0", "< 1", "missing", "day one, an outage"),
    Mutant("a freeze without evidence", "budgets", "0.01 * slo:total:sum7d", "0 * slo:total:sum7d", "budgets", "budgets that nobody freezes for"),
    Mutant("silence that is forgotten in a day", "core", "[7d:1h]", "[6d:1h]", "weeks", "silent for seven days"),
    Mutant("29 events in the hour before", "core", ">= 30", ">= 29", "missing", "one dimension lost"),
    Mutant("no question for the label", "core", "outcome!=", "status!=", "missing", "label of the bad selector missing"),
]


ORDERED = sorted(lines(), key=lambda line: [int(number) for number in line.version.split(".") if number.isdigit()])
HAS_TWO = ORDERED[0].version.startswith("2.")


@pytest.mark.parametrize("mutant", [mutant for mutant in MUTANTS if HAS_TWO or not mutant.oldest], ids=lambda mutant: mutant.what)
def test_a_claim_notices(mutant: Mutant, compiled: Path, tmp_path: Path) -> None:
    line = ORDERED[0 if mutant.oldest else -1]
    (source,) = (compiled / mutant.folder).glob("*.rules.yml")
    text = source.read_text()
    assert mutant.old in text
    broken = text.replace(mutant.old, mutant.new)
    (tmp_path / source.name).write_text(broken)
    accepted = line.check(tmp_path, "check", "rules", source.name)
    assert accepted.returncode == 0, accepted.stdout
    claim = _claim(compiled / mutant.folder / f"{mutant.file}_test.yml", mutant.claim)
    noticed = line.check(tmp_path, "test", "rules", *split(broken, claim, tmp_path))
    assert noticed.returncode == 1
    assert "FAILED" in noticed.stdout


def _claim(file: Path, name: str) -> str:
    """A test file with one claim."""
    tests = yaml.safe_load(file.read_text())
    tests["tests"] = [test for test in tests["tests"] if test["name"] == name]
    assert len(tests["tests"]) == 1
    return yaml.safe_dump(tests)
