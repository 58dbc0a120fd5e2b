"""What `slo test` says of counting, for each way to measure: it holds on every Prometheus line, and it notices rules that count otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.test_ruletest import Mutant, Played, assert_all_hold, assert_noticed, play
from tests.servers import Line, lines

_HEAD = """\
version: slo/v1
service: {service}
defaults: {{category: quality, objective: 95%, window: 24h, budgeted: false, alerting: {{policy: none, no_data: ignore}}}}
slos:
"""
SLOS = {
    "selected": """\
  - name: useful
    by: [surface]
    sli: {events: {total: 'asked_total{job="shop"}', bad: ['asked_total{job="shop",code=~"5.."}', 'blocked_total{action="Reject"}', cut_total]}}
  - name: grounded
    sli: {events: {total: 'questions_total{job="shop"}', good: 'grounded_total{job="shop",source!=""}'}}
  - name: chosen
    by: [surface]
    sli: {events: {total: 'calls_total{surface=~"chat|voice"}', bad: 'calls_total{surface=~"chat|voice",code="500"}'}}
""",
    "observed": """\
  - name: between
    sli: {histogram: {metric: 'wait_seconds{job="shop"}', at_most: 0.8, buckets: [0.25, 0.5, 1, 2], interpolate: true}}
  - name: speed
    by: [class]
    overrides: {batch: {at_least: 10}}
    sli: {histogram: {metric: pace, at_least: 35, buckets: [5, 10, 20, 30, 50, 80], interpolate: true}}
""",
    "native": """\
  - name: first
    by: [model]
    overrides: {big: {at_most: 2s}}
    sli: {histogram: {metric: 'lat_seconds{job="gw"}', native: true, at_most: 300ms}}
  - {name: speed, sli: {histogram: {metric: 'speed{job="gw"}', native: true, at_least: 32}}}
""",
    "expressed": """\
  - name: failover
    allow: [events/approximate]
    sli: {events: {total: 'sum(rate(routed_total[$window]))', bad: 'sum(rate(tried_total[$window])) - sum(rate(routed_total[$window]))'}}
  - name: jobs
    by: [gpu]
    allow: [events/approximate]
    sli: {events: {total: 'sum by (gpu) (increase(jobs_total[$window]))', good: 'sum by (gpu) (increase(jobs_total{state="done"}[$window]))'}}
""",
    "sliced": """\
  - {name: probe, sli: {timeslices: {value: 'probe_success{job="shop"}', at_least: 1}}}
  - name: age
    sli: {timeslices: {value: 'time() - max(max_over_time(written_seconds[$window]))', unit: s, at_most: 15m, slice: 5m, missing: bad}}
  - {name: share, sli: {timeslices: {value: 'sum(rate(ok_total[$window])) / sum(rate(tried_total[$window]))', at_least: 0.9, slice: 5m}}}
  - name: queue
    by: [pool]
    overrides: {big: {at_most: 40}}
    sli: {timeslices: {value: queue_length, at_most: 20, slice: 5m}}
""",
    "masked": """\
  - name: office
    only: 08:00-18:00 Mon-Fri Europe/Berlin
    exclude: ["12:00-12:30 Wed Europe/Berlin"]
    sli: {events: {total: calls_total, bad: 'calls_total{code="500"}'}}
  - name: night
    exclude: ["23:00-05:00"]
    sli: {timeslices: {value: queue_length, at_most: 20, slice: 5m}}
""",
    "tails": """\
  - {name: runaways, sli: {tail: {metric: 'cost{job="shop"}', over: 10x, buckets: [0.1, 0.2, 0.5, 1, 2, 5, 10]}}}
  - {name: models, by: [model], sli: {tail: {metric: run_seconds, of: p90, over: 3x, buckets: [1, 2, 5, 10, 20], baseline: 1h}}}
""",
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    found = {}
    for service, slos in SLOS.items():
        source = tmp_path_factory.mktemp("counting") / f"{service}.yaml"
        source.write_text(_HEAD.format(service=service) + slos)
        found[service] = play(source)
    return found


def _can_play(line: Line, service: str) -> bool:
    """Prometheus 2 cannot read native histograms as the input of a test."""
    return service != "native" or not line.version.startswith("2.")


@pytest.mark.parametrize(
    ("line", "service"), [pytest.param(line, service, id=f"{service}-{line.version}") for service in SLOS for line in lines() if _can_play(line, service)]
)
def test_counting_holds(line: Line, service: str, services: dict[str, Played], tmp_path: Path) -> None:
    played = services[service]
    assert all(claim.tests for claim in played.suite.claims if claim.alert == "counting"), played.suite.claims
    assert_all_hold(played, line, tmp_path)


_CUT, _GROUNDED = (f"sum{by} (\n            last_over_time({metric}" for by, metric in ((" by (surface)", "cut_total"), ("", "grounded_total")))
_ABOVE = '0.6 * max without (le) (last_over_time(wait_seconds_bucket{job="shop",le=~'
_UP = "max by (job, instance) (timestamp(up offset 10s)"
_MASK = 'slo:mask:bool{slo_id="masked/office"}'
_ZERO = 'or 0 * sum (slo:total:delta{slo_id="masked/office"})\n      )'
_FIRST = "histogram_fraction(-Inf, 0.3,"
MUTANTS = [
    Mutant(
        "one of several selectors dropped",
        "selected",
        "sum by (surface) (\n            last_over_time(cut_total",
        "0 * sum by (surface) (\n            last_over_time(cut_total",
        "counting",
        "useful",
    ),
    Mutant(
        "one of several selectors subtracted",
        "selected",
        "\n      +\n      (\n        sum by (surface) (\n            last_over_time(cut_total",
        "\n      -\n      (\n        sum by (surface) (\n            last_over_time(cut_total",
        "counting",
        "useful",
    ),
    Mutant("the wrong metric", "selected", "blocked_total{", "blocks_total{", "counting", "useful"),
    Mutant("a wider selector of another metric", "selected", 'blocked_total{action="Reject"}', "blocked_total", "counting", "useful"),
    Mutant("nobody vouches for another target", "selected", _UP, _UP.replace("up offset", "down offset"), "counting", "useful"),
    Mutant(
        "good of another metric is bad",
        "selected",
        "- (\n        sum (\n            last_over_time(grounded",
        "- (\n        0 * sum (\n            last_over_time(grounded",
        "counting",
        "grounded",
    ),
    Mutant("good of another metric, more of it", "selected", 'grounded_total{job="shop",source!=""}', 'grounded_total{job="shop"}', "counting", "grounded"),
    Mutant("other values of by", "selected", 'surface=~"chat|voice",code', 'surface=~"voice",code', "counting", "chosen"),
    Mutant("the weights of an estimate swapped", "observed", "(0.4 * max", "(0.6 * max", "counting", "between"),
    Mutant(
        "no estimate, the lower bucket",
        "observed",
        '0.6 * max without (le) (last_over_time(wait_seconds_bucket{job="shop",le=~"1(',
        '0.6 * max without (le) (last_over_time(wait_seconds_bucket{job="shop",le=~"0.5(',
        "counting",
        "between",
    ),
    Mutant("the weight of at least", "observed", "0.75 * max", "0.25 * max", "counting", "speed"),
    Mutant("the limit of one value", "observed", 'class="batch",le=~"10(', 'class="batch",le=~"20(', "counting", "speed"),
    Mutant("the limits of values swapped", "observed", 'class="batch"', 'class="other"', "counting", "speed"),
    Mutant("native, another limit", "native", _FIRST, "histogram_fraction(-Inf, 0.301,", "counting", "first"),
    Mutant("native, a lower limit", "native", _FIRST, "histogram_fraction(-Inf, 0.299,", "counting", "first"),
    Mutant("native, the limit of one value", "native", "histogram_fraction(-Inf, 2,", "histogram_fraction(-Inf, 0.3,", "counting", "first"),
    Mutant("native, at least is at most", "native", "histogram_fraction(-Inf, 32,", "histogram_fraction(32, +Inf,", "counting", "speed"),
    Mutant("a step is a second", "expressed", ") * 60 > -Inf", ") * 1 > -Inf", "counting", "failover"),
    Mutant("total for bad", "expressed", "sum(rate(tried_total[5m])) - sum", "sum(rate(routed_total[5m])) - sum", "counting", "failover"),
    Mutant("another sign in an expression", "expressed", "sum(rate(tried_total[5m])) - sum", "sum(rate(tried_total[5m])) + sum", "counting", "failover"),
    Mutant("a window for a step", "expressed", ") * 60 / 300", ") * 60 / 600", "counting", "jobs"),
    Mutant("good for bad in an expression", "expressed", 'state="done"', 'state!="done"', "counting", "jobs"),
    Mutant("the limit of slices turned round", "sliced", "< bool 1", "> bool 1", "counting", "probe"),
    Mutant("at the limit is beyond it", "sliced", "< bool 1", "<= bool 1", "counting", "probe"),
    Mutant("the best of several", "sliced", "min (avg_over_time(probe", "max (avg_over_time(probe", "counting", "probe"),
    Mutant("slices of two minutes", "sliced", 'probe_success{job="shop"}[1m]', 'probe_success{job="shop"}[2m]', "counting", "probe"),
    Mutant("missing slices are good", "sliced", "or vector(1)", "or vector(0)", "counting", "age"),
    Mutant("missing slices are not counted", "sliced", "\n      or vector(1)", "", "counting", "age"),
    Mutant("minutes for seconds", "sliced", "<= bool 900", "<= bool 15", "counting", "age"),
    Mutant("a limit that is lower", "sliced", "< bool 0.9", "< bool 0.89", "counting", "share"),
    Mutant("a share of something else", "sliced", "/ sum(rate(tried_total", "/ sum(rate(ok_total", "counting", "share"),
    Mutant("slices by the limit of another value", "sliced", "> bool 40", "> bool 20", "counting", "queue"),
    Mutant("the mask inverted", "masked", f"group_left () {_MASK}", f"group_left () (1 - {_MASK})", "counting", "office"),
    Mutant("no mask for bad ones", "masked", f"{_ZERO}\n      * on () group_left () {_MASK}", f"{_ZERO}\n", "counting", "office"),
    Mutant("the whole weekend", "masked", " < bool 432000", " < bool 604800", "counting", "office"),
    Mutant("an hour earlier", "masked", ">= bool 28800", ">= bool 25200", "counting", "office"),
    Mutant("lunch counts", "masked", "(1 - max(", "(1 - 0 * max(", "counting", "office"),
    Mutant("the clock of another zone", "masked", "- 70 + 3600", "- 70 + 0", "counting", "office"),
    Mutant("slices of the night", "masked", "(1 - max(", "(max(", "counting", "night"),
    Mutant("the factor of a tail", "tails", "10 * histogram_quantile", "11 * histogram_quantile", "counting", "runaways"),
    Mutant("the quantile of a tail", "tails", "histogram_quantile(0.9", "histogram_quantile(0.8", "counting", "models"),
    Mutant("a bucket of a tail", "tails", "increase(cost_bucket", "increase(costs_bucket", "counting", "runaways"),
    Mutant("the width of a bucket", "tails", "- 0.5) / 0.5", "- 0.5) / 0.4", "counting", "runaways"),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_counting_notices(mutant: Mutant, services: dict[str, Played], tmp_path: Path) -> None:
    assert_noticed(mutant, services[mutant.service], tmp_path)
