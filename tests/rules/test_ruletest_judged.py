"""What `slo test` says of checks, of money and of calendars: it holds on every Prometheus line, and it notices rules that judge otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.test_ruletest import Mutant, Played, assert_all_hold, assert_noticed, play
from tests.servers import Line, lines

SERVICES = {
    "judged": """\
version: slo/v1
service: judged
slos:
  - name: doubled
    category: latency
    sli: {check: {value: {quantile: p99, of: 'ttft_seconds{job="gw"}'}, at_most: 2x, baseline: {offset: 24h}, buckets: [0.5, 1, 2, 5]}}
  - name: refusals
    category: quality
    sli: {check: {value: {ratio: {bad: 'answers_total{refused="true"}', total: answers_total}}, over: 24h, changed_by: 1.5pp, baseline: {offset: 24h}}}
  - name: cost
    category: cost
    by: [surface]
    sli: {check: {value: {mean: cost_dollars}, over: 1h, within: 15%, baseline: {median: 8d}}}
  - {name: evaluated, category: quality, sli: {check: {value: {expr: evaluated_ratio}, at_most: 2%, fresh: 26h}}}
  - {name: repair, category: availability, sli: {check: {value: {mttr: 'up{job="chat"}'}, over: 24h, at_most: 15m}}}
  - {name: between, category: availability, sli: {check: {value: {mtbf: 'up{job="chat"}'}, over: 24h, at_least: 2h}}}
  - {name: judge, category: quality, objective: 92%, window: 24h, sampled: true, sli: {events: {total: judged_total, bad: 'judged_total{verdict="bad"}'}}}
  - {name: people, category: quality, objective: 90%, window: 24h, sampled: true, sli: {events: {total: rated_total, bad: 'rated_total{rating="bad"}'}}}
  - {name: drift, category: quality, sli: {check: {value: {slo: judge}, over: 24h, within: 5pp, baseline: {slo: people}}}}
  - {name: ahead, category: quality, sli: {check: {value: {slo: judge}, over: 24h, at_least: 0.9x, baseline: {slo: people}}}}
  - {name: precision, category: quality, sli: {check: {value: {ratio: {good: 'found_total{verdict="right"}', total: found_total}}, over: 24h, at_least: 90%}}}
  - {name: load, category: latency, sli: {check: {value: {expr: 'running{job="gw"}'}, over: 1h, at_most: 50}}}
  - {name: pace, category: latency, sli: {check: {value: {expr: 'sum(rate(tokens_total[$window])) / 4'}, over: 5m, at_least: 20}}}
""",
    "bills": """\
version: slo/v1
service: bills
slos:
  - name: week
    category: availability
    objective: 99%
    window: {calendar: week, timezone: Europe/Berlin}
    sli: {events: {total: asked_total, bad: 'asked_total{code="500"}'}}
  - name: team
    category: cost
    window: {calendar: week, timezone: America/New_York}
    by: [team]
    overrides: [{match: {team: search}, at_most: $40}]
    sli: {spend: {metric: 'spend_dollars_total{job="gw"}', at_most: $5}}
  - {name: rolling, category: cost, window: 7d, sli: {spend: {metric: 'spend_dollars_total{job="gw"}', at_most: $70}}}
""",
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    found = {}
    for service, text in SERVICES.items():
        source = tmp_path_factory.mktemp("judged") / f"{service}.yaml"
        source.write_text(text)
        found[service] = play(source)
    return found


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
@pytest.mark.parametrize("service", SERVICES)
def test_all_claims_hold(service: str, line: Line, services: dict[str, Played], tmp_path: Path) -> None:
    played = services[service]
    assert [claim for claim in played.suite.claims if not claim.tests] == []
    assert_all_hold(played, line, tmp_path)


_DOUBLED, _REFUSALS, _COST = ('{slo_id="judged/doubled"}', '{slo_id="judged/refusals"}', '{slo_id="judged/cost:surface"}')
_ABS, _MEDIAN = "abs(slo:check:value{slo_id", f"slo:check:value{_COST}[180h:24h] offset 24h"
_PEOPLE = '(1 - slo:bad:sum24h{slo_id="judged/people"} / (slo:total:sum24h{slo_id="judged/people"} >= 50))'
_BERLIN, _NEW_YORK = 'slo_zone="Europe/Berlin",slo_period="week"', 'slo_zone="America/New_York",slo_period="week"'
MUTANTS = [
    # verdicts
    Mutant("three times as much", "judged", f"> 2 * (slo:check:value{_DOUBLED}", f"> 3 * (slo:check:value{_DOUBLED}", "check-failed", "doubled"),
    Mutant("twice is more than twice", "judged", f"{_DOUBLED} > 2 * (", f"{_DOUBLED} >= 2 * (", "check-failed", "doubled"),
    Mutant("beside an hour ago", "judged", f"{_DOUBLED} offset 24h)", f"{_DOUBLED} offset 1h)", "check-failed", "doubled"),
    Mutant("499 observations", "judged", f"{_DOUBLED} >= 500", f"{_DOUBLED} >= 499", "check-failed", "doubled"),
    Mutant("499 observations then", "judged", f"{_DOUBLED} offset 24h >= 500", f"{_DOUBLED} offset 24h >= 499", "check-failed", "doubled"),
    Mutant("beyond the last bucket", "judged", f"\n      and slo:check:value{_DOUBLED} offset 24h < 5 / 2", "", "check-failed", "doubled"),
    Mutant("a distance that is shorter", "judged", "> 0.015", "> 0.014", "check-failed", "refusals"),
    Mutant("in one direction only", "judged", f"abs(slo:check:value{_REFUSALS}", f"(slo:check:value{_REFUSALS}", "check-failed", "refusals"),
    Mutant(
        "no test against chance",
        "judged",
        f"> 2.5758 * sqrt(slo:check:variance{_REFUSALS}",
        f"> 0 * sqrt(slo:check:variance{_REFUSALS}",
        "check-failed",
        "refusals",
    ),
    Mutant("chance moves one side only", "judged", f" + slo:check:variance{_REFUSALS} offset 24h", "", "check-failed", "refusals"),
    Mutant("a band of 20 %", "judged", "- 1) > 0.15", "- 1) > 0.2", "check-failed", "cost"),
    Mutant("a mean for a median", "judged", f"quantile_over_time(0.5, {_MEDIAN}", f"avg_over_time({_MEDIAN}", "check-failed", "cost"),
    Mutant("a median of 7 days", "judged", "[180h:24h]", "[156h:24h]", "check-failed", "cost"),
    Mutant("a median of 9 days", "judged", "[180h:24h]", "[204h:24h]", "check-failed", "cost"),
    Mutant("six days are enough", "judged", f"count_over_time({_MEDIAN}) >= 7", f"count_over_time({_MEDIAN}) >= 6", "check-failed", "cost"),
    Mutant("eight days are needed", "judged", f"count_over_time({_MEDIAN}) >= 7", f"count_over_time({_MEDIAN}) >= 8", "check-failed", "cost"),
    Mutant("49 costs", "judged", f"\n      and slo:total:sum1h{_COST} >= 50", "", "check-failed", "cost"),
    Mutant("a bound in percent", "judged", "> 0.02", "> 2", "check-failed", "evaluated"),
    Mutant("beside nothing", "judged", _PEOPLE, "(0 * " + _PEOPLE[1:], "check-failed", "drift"),
    Mutant("49 of people", "judged", _PEOPLE, _PEOPLE.replace("50", "49"), "blind", "drift"),
    Mutant("a multiple of another SLO", "judged", f"0.9 * {_PEOPLE}", f"0.8 * {_PEOPLE}", "check-failed", "ahead"),
    Mutant("less is more", "judged", '"judged/between"} < 7200', '"judged/between"} > 7200', "check-failed", "between"),
    Mutant("the evidence of a share", "judged", "0.697904 * sqrt", "0.6 * sqrt", "check-failed", "precision"),
    Mutant("from 49 on", "judged", '\n      and slo:total:sum24h{slo_id="judged/precision"} >= 50', "", "check-failed", "precision"),
    Mutant("at once", "judged", "for: 5m", "for: 4m", "check-failed", "load"),
    # what cannot be judged
    Mutant("blind to a missing past", "judged", f"{_DOUBLED} unless slo:check:value{_DOUBLED} offset 24h", f"{_DOUBLED} > +Inf", "blind", "doubled"),
    Mutant("blind to a past beyond the buckets", "judged", "offset 24h >= 5 / 2", "offset 24h >= 50 / 2", "blind", "doubled"),
    Mutant("a day longer", "judged", "absent_over_time(evaluated_ratio[26h])", "absent_over_time(evaluated_ratio[28h])", "blind", "evaluated"),
    Mutant("an hour earlier", "judged", "absent_over_time(evaluated_ratio[26h])", "absent_over_time(evaluated_ratio[25h])", "blind", "evaluated"),
    # values
    Mutant("the median for p99", "judged", "histogram_quantile(0.99", "histogram_quantile(0.5", "value", "doubled"),
    Mutant("a quantile of all", "judged", 'ttft_seconds_bucket{job="gw"}', "other_bucket", "value", "doubled"),
    Mutant(
        "the share upside down",
        "judged",
        f"slo:bad:sum24h{_REFUSALS} / (slo:total:sum24h{_REFUSALS} > 0)",
        f"slo:total:sum24h{_REFUSALS} / (slo:bad:sum24h{_REFUSALS} > 0)",
        "value",
        "refusals",
    ),
    Mutant("the variance of another share", "judged", f"* (1 - slo:check:value{_REFUSALS})", f"* (2 - slo:check:value{_REFUSALS})", "value", "refusals"),
    Mutant("the share of other answers", "judged", 'refused="true"', 'refused="false"', "value", "refusals"),
    Mutant("the sum of another metric", "judged", "last_over_time(cost_dollars_sum", "last_over_time(cost_dollars_count", "value", "cost"),
    Mutant("the mean for the newest", "judged", "last_over_time(evaluated_ratio", "avg_over_time(evaluated_ratio", "value", "evaluated"),
    Mutant("the best of several", "judged", "max (last_over_time(evaluated_ratio", "min (last_over_time(evaluated_ratio", "value", "evaluated"),
    Mutant("minutes for seconds", "judged", "60 * slo:bad:sum24h", "1 * slo:bad:sum24h", "value", "repair"),
    Mutant("up is down", "judged", "1 - min (avg_over_time(up", "0 + min (avg_over_time(up", "value", "repair"),
    Mutant("one outage for two", "judged", "> bool (last_over_time(slo:bad:delta", ">= bool (last_over_time(slo:bad:delta", "value", "repair"),
    Mutant("time between, with the outages", "judged", " - 60 * slo:bad:sum24h", " - 0 * slo:bad:sum24h", "value", "between"),
    Mutant(
        "a share of few", "judged", '/ (slo:total:sum24h{slo_id="judged/judge"} >= 50)', '/ (slo:total:sum24h{slo_id="judged/judge"} >= 40)', "value", "drift"
    ),
    Mutant("good for bad", "judged", '1 - slo:bad:sum24h{slo_id="judged/precision"}', 'slo:bad:sum24h{slo_id="judged/precision"}', "value", "precision"),
    Mutant("the least of several", "judged", "max (avg_over_time(running", "min (avg_over_time(running", "value", "load"),
    Mutant("the last for the mean", "judged", "max (avg_over_time(running", "max (last_over_time(running", "value", "load"),
    Mutant("an expression of something else", "judged", "sum(rate(tokens_total[5m])) / 4", "sum(rate(tokens_total[5m])) / 5", "value", "pace"),
    # money
    Mutant("twice an even pace", "bills", "> 7.5", "> 10", "ticket", "team"),
    Mutant("the pace of one team", "bills", "> 60", "> 7.5", "ticket", "team"),
    Mutant("a week of six days", "bills", "/ 86400) > 7.5", "/ 100800) > 7.5", "ticket", "team"),
    Mutant("a rolling week of six days", "bills", "* 7 > 105", "* 6 > 105", "ticket", "rolling"),
    Mutant("a pace that is told early", "bills", "for: 1h", "for: 50m", "ticket", "rolling"),
    Mutant("a limit of one team", "bills", "/ 40", "/ 50", "exhausted", "team"),
    Mutant("a limit of all", "bills", "/ 70", "/ 69", "exhausted", "rolling"),
    Mutant("spent before it is", "bills", '"bills/rolling"} <= 0', '"bills/rolling"} <= 0.001', "exhausted", "rolling"),
    Mutant("a wider selector of money", "bills", 'spend_dollars_total{job="gw"}', "spend_dollars_total", "counting", "rolling"),
    Mutant("money of teams together", "bills", "sum by (team)", "sum by (job)", "counting", "team"),
    # calendars
    Mutant("a week of six days", "bills", ")[7d1h:1h]", ")[5d1h:1h]", "calendar", ""),
    Mutant("the hour in which a week begins", "bills", "@ end())) + 7200", "@ end())) + 10800", "calendar", ""),
    Mutant("the last hour of the old week", "bills", "@ end())) + 7200", "@ end())) + 3600", "calendar", ""),
    Mutant(
        "what came before the week began",
        "bills",
        f"{_BERLIN}}}[15m] @ end())))\n          )[7199999ms:5m]",
        f"{_BERLIN}}}[15m] @ end())) - 600)\n          )[7199999ms:5m]",
        "calendar",
        "",
    ),
    Mutant("nothing of the running hour", "bills", "[7199999ms:5m]", "[3599999ms:5m]", "calendar", ""),
    Mutant("a week that begins on Sunday", "bills", "+ 259200) % 604800", "+ 345600) % 604800", "calendar", ""),
    Mutant("another time zone", "bills", _BERLIN, _NEW_YORK, "calendar", ""),
    Mutant("a share of a longer week", "bills", ") / 300)", ") / 150)", "calendar", ""),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.alert}: {mutant.what}")
def test_a_claim_notices(mutant: Mutant, services: dict[str, Played], tmp_path: Path) -> None:
    assert_noticed(mutant, services[mutant.service], tmp_path)
