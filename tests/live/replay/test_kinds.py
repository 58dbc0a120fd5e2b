"""Every kind of SLI against its truth: the numbers that rules state, and the evaluations at which alerts fire, beside what was computed from raw events."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.live.replay import claims, judged, kinds, verdicts
from tests.live.replay.alerts import episodes
from tests.live.replay.claims import SLOW, Claim
from tests.live.replay.native import add_native
from tests.live.replay.store import STEPS, Labels, Rule, Store, rules_of
from tests.live.replay.traffic import MINUTE, START
from tests.live.replay.verdicts import day
from tests.servers import lines

SLOS = Path(__file__).parent / "slos" / "kinds.yaml"
PAGE = Path(__file__).parents[3] / "docs" / "proof.md"
Group = Callable[[], list[Claim]]
SHORT: tuple[Group, ...] = (
    claims.of_slices, claims.of_tails, claims.of_natives, claims.of_expressions, verdicts.of_quantiles, verdicts.of_ratios, verdicts.of_means,
    verdicts.of_gauges, verdicts.of_outages, verdicts.of_others,
)  # fmt: skip
LONG: tuple[Group, ...] = (verdicts.of_medians, verdicts.of_money)
GROUPS = (*SHORT, *LONG)
TOLD = {"slo:error_budget:remaining": "budget left", "slo:check:value": "value", "slo:total:sum24h": "spent in 24h"}
ESTIMATED = {"slo:bad:sum24h", "slo:check:value"}
CLOCKS = "slo:clock:"
AROUND = 12  # evaluations before and after a moment

Key = tuple[str, ...]


@dataclass
class Played:
    """What rules stated, by series, moment and SLO; and when alerts fired."""

    stated: dict[tuple[str, float], dict[Key, float]] = field(default_factory=dict)
    fired: dict[tuple[str, Key], list[float]] = field(default_factory=dict)

    def of(self, claim: Claim, series: str, at: float) -> float:
        """A number; NaN where none was stated."""
        return self.stated[series, at].get(_key(claim), math.nan)

    def when(self, claim: Claim) -> list[float]:
        """All moments at which the alert of a claim fired."""
        return [at for at in self.fired.get((claim.alert, _key(claim)), []) if claim.since <= at <= claim.until]

    def read(self, store: Store, found: Iterable[Claim]) -> None:
        """What the rules stated of some claims."""
        for series, at in sorted({(series, at) for claim in found for series in claim.numbers for at in claim.moments}):
            self.stated[series, at] = {_named(labels): value for labels, value in store.at(series, at)}


def _key(claim: Claim) -> Key:
    return (claim.slo, *claim.part.values())


def _named(labels: Labels) -> Key:
    own = [value for name, value in labels.items() if name in {"pool", "model", "tenant"}]
    return (labels.get("slo", ""), *own)


@cache
def claimed(groups: tuple[Group, ...]) -> list[Claim]:
    return [claim for group in groups for claim in group()]


def _compiled(folder: Path, *services: str) -> list[Rule]:
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS), "-o", str(folder)], check=True, capture_output=True)
    return [rule for service in services for rule in rules_of(folder / f"{service}.prometheus.rules.yml")]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("kinds")
    store = Store(lines()[-1], folder)
    (folder / "data").mkdir()
    add_native(store, "rerank_seconds", kinds.scrapes(kinds.reranked()))
    return play_short(store, _compiled(folder, "kinds", "checks"), SHORT)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("weeks")
    return play_long(Store(lines()[-1], folder), _compiled(folder, "weeks"))


def play_short(store: Store, rules: list[Rule], groups: tuple[Group, ...]) -> Played:
    """A day and a half of what is judged within hours."""
    store.add([*kinds.raw(), *judged.raw()])
    end = float(START + kinds.MINUTES * MINUTE)
    store.record([rule for rule in rules if not rule.is_alert and not _is_constant(rule)], START + MINUTE, end)
    return _heard(store, rules, claimed(groups), START + MINUTE, end)


def play_long(store: Store, rules: list[Rule]) -> Played:
    """33 days; what a month says is recorded at single moments, because `@ end()` means each of them."""
    recordings = [rule for rule in rules if not rule.is_alert and not _is_constant(rule)]
    store.add(judged.weeks_raw())
    store.record([rule for rule in recordings if rule.name in STEPS or rule.name.startswith(CLOCKS)], START + MINUTE, day(32.6))
    days = [rule for rule in recordings if rule.name == "slo:total:sum24h" or (rule.name in {"slo:bad:sum24h", "slo:check:value", "slo:check:ratio"})]
    store.record(days, day(5), day(32.6))
    store.record([rule for rule in recordings if rule.name.endswith((":recent", ":sum30d")) or _is_left(rule, "rolling")], day(26.5), day(32.6))
    monthly = sorted({*verdicts.MONTHLY, *(at for claim in claimed(LONG) if claim.slo == "month" and not claim.hold for at in _around(claim.due()))})
    store.record_at([rule for rule in recordings if rule.name.endswith("sum_month") or _is_left(rule, "month")], monthly)
    return _heard(store, rules, claimed(LONG), day(14), day(32.6))


def _is_constant(rule: Rule) -> bool:
    return rule.name in {"slo:info", "slo:objective:ratio", "slo:value:target", "slo:value:1h"}


def _is_left(rule: Rule, slo: str) -> bool:
    return rule.name == "slo:error_budget:remaining" and rule.labels["slo"] == slo


def _around(moments: Iterable[float]) -> set[float]:
    return {at + step * SLOW for at in moments for step in range(-AROUND, AROUND + 1)}


def _heard(store: Store, rules: list[Rule], found: list[Claim], start: float, end: float) -> Played:
    asked = {(claim.alert, claim.slo) for claim in found}
    alerts = [rule for rule in rules if rule.is_alert and (rule.name, rule.labels["slo"]) in asked]
    played = Played()
    for recorded in (False, True):
        with store.serving(recorded=recorded):
            for episode in episodes(store, [rule for rule in alerts if rule.reads_recorded is recorded], start, end):
                named = _named({**episode.labels, **episode.alert.labels})
                played.fired.setdefault((episode.alert.name, named), []).append(episode.fired)
            if recorded:
                played.read(store, found)
    return played


@pytest.fixture
def played(group: Group, request: pytest.FixtureRequest) -> Played:
    """What the rules of a group's service said."""
    found: Played = request.getfixturevalue("short" if group in SHORT else "long")
    return found


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_rules_state_what_happened(group: Group, played: Played) -> None:
    read = [(claim, series, at, played.of(claim, series, at)) for claim in group() for series in claim.numbers for at in claim.moments]
    wrong = [
        (claim.name, series, told(at), stated, claim.numbers[series](at)) for claim, series, at, stated in read if claim.error(series, at, stated) > claim.near
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_alerts_fire_when_the_arithmetic_says_and_not_otherwise(group: Group, played: Played) -> None:
    for claim in group():
        fired, due = played.when(claim), claim.due()
        assert len(fired) == len(due), (claim.name, [told(at) for at in fired], [told(at) for at in due])
        assert all(abs(ours - theirs) <= claim.late for ours, theirs in zip(fired, due, strict=True)), (claim.name, times(fired), times(due))


#: What stays well, so that nobody must hear of it: the cheap model, a score that is never too good, and money that is not spent too fast or not all of it.
QUIET = {
    ("cost", "small", "SLOCheckFailed"), ("cost-moved", "small", "SLOCheckFailed"), ("score-too-good", "SLOCheckFailed"),
    ("month", "beta", "SLOBudgetExhausted"),
    *((slo, tenant, "SLOBudgetBurn") for slo in ("rolling", "month") for tenant in ("acme", "gamma")),
}  # fmt: skip


def test_all_but_the_quiet_ones_have_a_reason_to_fire() -> None:
    assert {(*_key(claim), claim.alert) for claim in claimed(GROUPS) if not claim.due()} == QUIET


def told(at: float) -> str:
    """A moment since the beginning: `1d 02:22`, with seconds where there are some."""
    minutes, seconds = divmod(int(at - START), 60)
    return f"{minutes // 1440}d {minutes // 60 % 24:02}:{minutes % 60:02}{f':{seconds:02}' if seconds else ''}"


def times(moments: list[float]) -> str:
    return ", ".join(map(told, moments)) or "silent"


def number(series: str, value: float) -> str:
    """As the table has it; none where nothing is stated."""
    if math.isnan(value):
        return "none"
    return f"{100 * value:.3f} %" if series == "slo:error_budget:remaining" else f"{value:.6g}"


def rows(played: Played, found: list[Claim]) -> list[str]:
    """The table of docs/proof.md: numbers are of the first moment after the last time that an alert was due."""
    lines = []
    for claim in found:
        if due := claim.due():
            at = next((moment for moment in claim.moments if moment > due[-1]), claim.moments[-1])
            stated, true = (number(claim.told, value) for value in (played.of(claim, claim.told, at), claim.numbers[claim.told](at)))
            lines.append(f"| {claim.kind} | {TOLD[claim.told]} | {stated} | {true} | {times(played.when(claim))} | {times(due)} |")
    return lines


def nearness(played: Played, found: list[Claim]) -> list[str]:
    """The second table: of what is an estimate, the largest error of all moments, as a share of what is bad."""
    lines = []
    for claim in found:
        if claim.near > claims.DUST:
            pairs = [(played.of(claim, series, at), claim.numbers[series](at)) for series in claim.numbers if series in ESTIMATED for at in claim.moments]
            low, high = (100 * edge(stated / true - 1 for stated, true in pairs) for edge in (min, max))
            lines.append(f"| {claim.kind} | {low:+.1f} % to {high:+.1f} % |")
    return lines


def test_the_docs_tell_these_tables(short: Played, long: Played) -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = [*rows(short, claimed(SHORT)), *rows(long, claimed(LONG)), *nearness(short, claimed(SHORT))]
    print("", *table, sep="\n")
    missing = [row for row in table if row not in page]
    assert not missing, "\n".join(missing)
