"""Alerts against scripted incidents: which tier fires when, how often, and what stays silent; beside it the policy that Sloth publishes."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pytest

from tests.live.replay import incidents
from tests.live.replay.alerts import Episode, episodes
from tests.live.replay.incidents import DAY, DAYS, HEALTHY, HEALTHY_DAYS, INCIDENTS, NOON, Incident
from tests.live.replay.service import at, compiled, read_by, recorded
from tests.live.replay.store import Rule, Series
from tests.live.replay.traffic import MINUTE

PAGES = {"rollback", "page"}


def played(folder: Path, service: str, raw: Iterable[Series], peers: list[Rule], *, since: int, days: int) -> list[Episode]:
    """All alert episodes of a service between two days, its rules evaluated over raw samples."""
    rules = compiled(folder, service)
    alerts = [rule for rule in (*rules, *peers) if rule.is_alert]
    store = recorded(folder, read_by(alerts, rules), raw, since=since * DAY, until=days * DAY)
    found = []
    for from_recorded in (False, True):
        with store.serving(recorded=from_recorded):
            own = [alert for alert in alerts if alert.reads_recorded is from_recorded]
            found += episodes(store, own, at(since * DAY), at(days * DAY))
    return sorted(found, key=lambda episode: episode.fired)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> list[Episode]:
    """What alerts said to the incidents."""
    raw = [one for incident in INCIDENTS for one in incidents.series(incident)] + incidents.vanishing()
    peers = [rule for incident in INCIDENTS for rule in incidents.sloth(incident.name, incident.objective)]
    found = played(tmp_path_factory.mktemp("incidents"), "incidents", raw, peers, since=5, days=DAYS)
    print("\nminutes until an alert fired / until it was resolved after the end (episodes)", *incident_rows(found), sep="\n")
    return found


def incident_rows(found: list[Episode]) -> list[str]:
    """The table of docs/proof.md: incident, our tiers, the peer's."""
    rows = []
    for incident in INCIDENTS:
        cells = {tier: _cell(incident, tier, found) for tier in _tiers(incident, found)}
        ours = ", ".join(cell for tier, cell in cells.items() if "sloth" not in tier) or "silent"
        peers = ", ".join(cell.removeprefix("sloth ") for tier, cell in cells.items() if "sloth" in tier) or "silent"
        rows.append(f"| {incident.name} | {ours} | {peers} |")
    return rows


def calm_rows(found: list[Episode]) -> list[str]:
    """The second table of docs/proof.md: how often which tier spoke in 30 days."""
    rows = []
    for name in HEALTHY:
        counts = Counter(_tier(episode) for episode in _of(name, found))
        ours = ", ".join(f"{tier} {count}" for tier, count in sorted(counts.items()) if "sloth" not in tier) or "silent"
        peers = ", ".join(f"{tier.removeprefix('sloth ')} {count}" for tier, count in sorted(counts.items()) if "sloth" in tier) or "silent"
        rows.append(f"| {name} | {ours} | {peers} |")
    return rows


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[Episode]:
    """What alerts said in 30 days without an incident."""
    raw = [one for name in HEALTHY for one in incidents.well(name)]
    peers = [rule for name in HEALTHY for rule in incidents.sloth(name, "0.92" if "judge" in name else "0.999")]
    found = played(tmp_path_factory.mktemp("calm"), "healthy", raw, peers, since=0, days=HEALTHY_DAYS)
    print("\nepisodes in 30 days without an incident", *calm_rows(found), sep="\n")
    return found


def _slo(episode: Episode) -> str:
    return episode.alert.labels.get("slo", "")


def _tier(episode: Episode) -> str:
    return episode.alert.labels.get("slo_tier", episode.alert.name)


def _of(slo: str, found: list[Episode]) -> list[Episode]:
    return [episode for episode in found if _slo(episode) == slo]


def _tiers(incident: Incident, found: list[Episode]) -> list[str]:
    return list(dict.fromkeys(_tier(episode) for episode in _of(incident.name, found)))


def _cell(incident: Incident, tier: str, found: list[Episode]) -> str:
    """`tier fired/resolved (episodes)`; of several judges the medians."""
    own = [episode for episode in _of(incident.name, found) if _tier(episode) == tier]
    groups = [list(group) for _, group in groupby(sorted(own, key=_judge), key=_judge)]
    end = at(incident.begin + incident.minutes)
    first = statistics.median_low(min(episode.fired for episode in group) for group in groups)
    last = statistics.median_low(max(episode.resolved for episode in group) for group in groups)
    resolved = "-" if math.isinf(last) else f"{(last - end) / MINUTE:.0f}"
    return f"{tier} {(first - at(incident.begin)) / MINUTE:.0f}/{resolved} ({statistics.median_low(map(len, groups))})"


def _judge(episode: Episode) -> str:
    return episode.labels.get("judge", "")


def _pages(slo: str, found: list[Episode]) -> list[Episode]:
    return [episode for episode in _of(slo, found) if _tier(episode) in PAGES]


SINGLE = [incident for incident in INCIDENTS if incident.name != "judge-fall"]


@pytest.mark.parametrize("incident", SINGLE, ids=lambda incident: incident.name)
def test_what_must_page_pages_in_time_and_nothing_else_does(incident: Incident, after: list[Episode]) -> None:
    pages = _pages(incident.name, after)
    assert not [episode for episode in pages if episode.fired < at(incident.begin)]
    if incident.pages is None:
        assert not pages
    else:
        assert min(episode.fired for episode in pages) - at(incident.begin) <= incident.pages * MINUTE


@pytest.mark.parametrize("incident", [incident for incident in SINGLE if incident.pages], ids=lambda incident: incident.name)
def test_a_page_ends_and_comes_no_more_often_than_the_peers(incident: Incident, after: list[Episode]) -> None:
    peers = sum(_tier(episode) == "sloth page" for episode in _of(incident.name, after))
    for tier in PAGES:
        own = [episode for episode in _pages(incident.name, after) if _tier(episode) == tier]
        assert len(own) <= max(1, peers)
        assert all(not math.isinf(episode.resolved) for episode in own)


def test_a_fall_of_the_judge_pages_within_an_hour(after: list[Episode]) -> None:
    (incident,) = (one for one in INCIDENTS if one.name == "judge-fall")
    first = {judge: _first_page(judge, after) - at(incident.begin) for judge in incidents.JUDGES}
    assert statistics.median(first.values()) <= 60 * MINUTE
    assert all(0 < seconds <= incident.minutes * MINUTE for seconds in first.values()), first


def _first_page(judge: str, found: list[Episode]) -> float:
    return min(episode.fired for episode in _pages("judge-fall", found) if episode.labels["judge"] == judge)


def test_a_trickle_is_a_ticket(after: list[Episode]) -> None:
    assert {"ticket", "digest"} & set(_tiers(next(one for one in INCIDENTS if one.name == "trickle-3d"), after))


def test_a_fall_of_acceptance_is_told_within_its_day(after: list[Episode]) -> None:
    own = [episode for episode in _of("acceptance-fall", after) if "sloth" not in _tier(episode)]
    assert own
    assert own[0].fired - at(8 * DAY) <= DAY * MINUTE


@pytest.mark.parametrize(
    ("slo", "alert", "severity"),
    [("blackout", "SLONoData", "page"), ("surface-gone", "SLODimensionLost", "ticket"), ("bucket-vanishes", "SLONoData", "ticket")],
)
def test_what_is_gone_is_told_within_20_minutes(slo: str, alert: str, severity: str, after: list[Episode]) -> None:
    (told,) = [episode for episode in _of(slo, after) if episode.alert.name == alert]
    assert 0 < told.fired - at(NOON) <= 20 * MINUTE
    assert told.alert.labels["severity"] == severity
    assert not _pages(slo, after)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_service_pages_nobody_in_30_days(name: str, calm: list[Episode]) -> None:
    assert not _pages(name, calm)


def test_the_peer_pages_without_an_incident(calm: list[Episode]) -> None:
    assert any(_tier(episode) == "sloth page" for name in ("thousand", "ten-thousand", "hundred-thousand", "at-the-target") for episode in _of(name, calm))


def test_the_docs_tell_these_tables(after: list[Episode], calm: list[Episode]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "proof.md").read_text(encoding="utf-8")
    missing = [row for row in (*incident_rows(after), *calm_rows(calm)) if row not in page]
    assert not missing, "\n".join(missing)
