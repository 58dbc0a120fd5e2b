"""Noise at the target: what alerts say in 90 days in which nothing is wrong, how fast a fall is told, and that counting it is what the rules do."""

from __future__ import annotations

import math
import statistics
from functools import cache
from pathlib import Path

import pytest

from slo_compiler import names
from slo_compiler.model import Slo
from tests.live.replay import alerts
from tests.live.replay.noise import Alert, Drawn, Said, Sums, drawn, promised
from tests.live.replay.service import SLOS, at, compiled, read_by, recorded
from tests.live.replay.store import Rule, Store
from tests.live.replay.traffic import MINUTE

PAGE = Path(__file__).parents[3] / "docs" / "proof.md"
DAY, DAYS = 1440, 90  # minutes, days
NOISES, FALLS = 40, 20  # runs
FALLS_TO = {"judge": 0.80, "judge-of-a-day": 0.80, "accepted": 0.70, "grounded": 0.75, "success": 0.98}  # good shares
SEVERITIES = ("page", "ticket", "digest", "freeze")

Told = dict[str, Said]  # by the name of the alert


@cache
def promises() -> dict[str, tuple[Slo, list[Alert]]]:
    return promised(SLOS / "noise.yaml")


def noise(name: str, run: int) -> Drawn:
    """90 days in which the share of bad events is the allowed one."""
    slo, _ = promises()[name]
    return drawn(f"noise {name} {run}", float(slo.expected_rate or 0), (DAYS * DAY, float(slo.objective.budget)))


def fall(name: str, run: int) -> Drawn:
    """A day at the target, and one below it."""
    slo, _ = promises()[name]
    return drawn(f"fall {name} {run}", float(slo.expected_rate or 0), (DAY, float(slo.objective.budget)), (DAY, 1 - FALLS_TO[name]))


def told(name: str, events: Drawn) -> Told:
    sums = Sums(events)
    return {alert.name: alert.says(sums) for alert in promises()[name][1]}


@pytest.fixture(scope="module")
def calm() -> dict[str, list[Told]]:
    """What each SLO's alerts said in each run of noise."""
    return {name: [told(name, noise(name, run)) for run in range(NOISES)] for name in promises()}


@pytest.fixture(scope="module")
def first_pages() -> dict[str, list[float]]:
    """Minutes from a fall to its first page, in each run."""
    return {name: [_first_page(name, told(name, fall(name, run))) for run in range(FALLS)] for name in promises()}


def _first_page(name: str, said: Told) -> float:
    pages = (fired / MINUTE - DAY for alert in promises()[name][1] if alert.tier.severity == "page" for fired, _ in said[alert.name].spans)
    return min((after for after in pages if after > 0), default=math.inf)


def often(name: str, severity: str, runs: list[Told]) -> float | None:
    """Episodes of a severity in 90 days, the mean of all runs; None where no alert has it."""
    own = [alert.name for alert in promises()[name][1] if alert.tier.severity == severity]
    return statistics.mean(sum(len(said[alert].spans) for alert in own) for said in runs) if own else None


def noise_rows(calm: dict[str, list[Told]], first_pages: dict[str, list[float]]) -> list[str]:
    """The table of docs/proof.md."""
    rows = []
    for name, (slo, _) in promises().items():
        means = (often(name, severity, calm[name]) for severity in SEVERITIES)
        counts = " | ".join("-" if mean is None else f"{mean:.2f}" for mean in means)
        quartiles = ", ".join(f"{minutes:.0f}" for minutes in statistics.quantiles(first_pages[name], n=4))
        rate = f"{float(slo.expected_rate or 0) / 24:,.0f}"
        rows.append(f"| {name} | {slo.objective} over {slo.window} | {rate} | {counts} | {FALLS_TO[name]:.0%} | {quartiles} |")
    return rows


@pytest.mark.parametrize("name", FALLS_TO)
def test_noise_is_at_the_target(name: str) -> None:
    slo, _ = promises()[name]
    runs = [noise(name, run) for run in range(8)]
    bad, good = sum(sum(run.bad) for run in runs), sum(sum(run.good) for run in runs)
    expected = float(slo.expected_rate or 0) * DAYS * len(runs)
    assert abs(bad + good - expected) < 3 * math.sqrt(expected)
    assert abs(bad - expected * float(slo.objective.budget)) < 3 * math.sqrt(bad)


@pytest.mark.parametrize("name", FALLS_TO)
def test_noise_pages_half_a_time_in_90_days_at_the_most(name: str, calm: dict[str, list[Told]]) -> None:
    assert (often(name, "page", calm[name]) or 0) <= 0.5


@pytest.mark.parametrize("name", FALLS_TO)
def test_noise_makes_eight_digests_in_90_days_at_the_most(name: str, calm: dict[str, list[Told]]) -> None:
    assert (often(name, "digest", calm[name]) or 0) <= 8


def by_share_alone(severity: str, *, lingering: bool) -> int:
    """How often the judge's tiers of a severity would speak in 90 days of noise, if they asked for no evidence, or did not linger either."""
    sums = Sums(noise("judge", 0))
    naive = [alert.by_share_alone() for alert in promises()["judge"][1] if alert.tier.severity == severity]
    return sum(len((alert if lingering else alert.without_lingering()).says(sums).spans) for alert in naive)


def test_without_evidence_noise_pages_more_than_once_a_day() -> None:
    assert by_share_alone("page", lingering=True) > DAYS


def test_without_evidence_and_lingering_there_is_more_than_one_digest_a_day() -> None:
    assert by_share_alone("digest", lingering=False) > DAYS


def test_a_fall_of_the_judge_pages_within_an_hour(first_pages: dict[str, list[float]]) -> None:
    assert statistics.median(first_pages["judge"]) <= 60


# --- the same in Prometheus ----------------------------------------------------------------------------------------------------------


def replayed(folder: Path, dealt: dict[str, Drawn], days: int) -> dict[str, Told]:
    """What the compiled rules say in Prometheus, by SLO."""
    raw = [one for name, events in dealt.items() for one in events.series(name)]
    rules = compiled(folder, "noise")
    judging = [rule for rule in rules if rule.name in {names.BURN, names.EXHAUSTED} and rule.labels["slo"] in dealt]
    store = recorded(folder, read_by(judging, rules), raw, since=0, until=days * DAY)
    found: dict[str, Told] = {name: {} for name in dealt}
    with store.serving(recorded=True):
        for rule in judging:
            found[rule.labels["slo"]][rule.labels.get("slo_tier", rule.name)] = _said(store, rule, at(0), at(days * DAY))
    return found


def _said(store: Store, rule: Rule, start: float, end: float) -> Said:
    steps = [step for _, points in alerts.held(store, rule, start, end) for step in points]
    return Said([step - start for step in steps], [(fired - start, resolved - start) for fired, resolved in alerts.spans(rule, steps, start, end)])


def differences(name: str, counted: Told, ruled: Told) -> list[str]:
    """Where counting and Prometheus say different things of an SLO; a few steps of each, because there may be thousands."""
    if counted.keys() != ruled.keys():
        return [f"{name}: {sorted(counted)} are counted, {sorted(ruled)} are rules"]
    found = []
    for alert, ours in counted.items():
        alone = (sorted(set(one.held) - set(other.held))[:3] for one, other in ((ours, ruled[alert]), (ruled[alert], ours)))
        if ours != ruled[alert]:
            found.append(f"{name} {alert}: held only as counted, only by the rules: {list(alone)}; episodes {ours.spans}, {ruled[alert].spans}")
    return found


def test_the_rules_say_to_90_days_of_noise_what_was_counted(calm: dict[str, list[Told]], tmp_path: Path) -> None:
    spoken = [[alert for alert, said in run.items() for _ in said.spans] for run in calm["judge"]]
    most = max(range(NOISES), key=lambda run: (len(set(spoken[run])), len(spoken[run])))
    assert {"ticket", "digest", names.EXHAUSTED} <= set(spoken[most])
    ruled = replayed(tmp_path, {"judge": noise("judge", most)}, DAYS)
    assert not differences("judge", calm["judge"][most], ruled["judge"])


def test_the_rules_say_to_a_fall_what_was_counted(tmp_path: Path) -> None:
    dealt = {name: fall(name, 0) for name in FALLS_TO}
    ruled = replayed(tmp_path, dealt, 2)
    counted = {name: told(name, events) for name, events in dealt.items()}
    assert not [line for name in dealt for line in differences(name, counted[name], ruled[name])]
    assert all(said.spans for name in ("judge", "success") for tier, said in ruled[name].items() if tier != names.EXHAUSTED)
    assert ruled["judge-of-a-day"][names.EXHAUSTED].spans


def test_the_docs_tell_this_table(calm: dict[str, list[Told]], first_pages: dict[str, list[float]]) -> None:
    rows = noise_rows(calm, first_pages)
    text = PAGE.read_text(encoding="utf-8")
    assert not [row for row in rows if row not in text], "\n".join(rows)
    pages, digests = by_share_alone("page", lingering=True), by_share_alone("digest", lingering=False)
    assert f"page {pages} times in 90 days" in text, pages
    assert f"{digests} digests" in text, digests
