"""A service with a past: its SLOs compiled, and the rules evaluated over raw samples."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.live.replay.store import STEPS, Rule, Series, Store, rules_of
from tests.live.replay.traffic import MINUTE, START
from tests.servers import lines

SLOS = Path(__file__).parent / "slos"


def at(minute: float) -> float:
    """A minute of a replay as epoch seconds."""
    return START + minute * MINUTE


def compiled(folder: Path, service: str) -> list[Rule]:
    """All rules of a service."""
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS / f"{service}.yaml"), "-o", str(folder)], check=True, capture_output=True)
    return rules_of(folder / f"{service}.prometheus.rules.yml")


def recorded(folder: Path, rules: list[Rule], raw: Iterable[Series], *, since: int, until: int) -> Store:
    """What recording rules make of raw samples between two minutes; steps and hours are there from the first minute on."""
    store = Store(lines()[-1], folder)
    store.add(raw)
    recordings = [rule for rule in rules if not rule.is_alert]
    store.record([rule for rule in recordings if rule.name in STEPS], at(1), at(until))
    store.record([rule for rule in recordings if rule.name not in STEPS], at(since), at(until))
    return store


def read_by(alerts: list[Rule], rules: list[Rule]) -> list[Rule]:
    """The recording rules that some alerts stand on."""
    wanted: list[Rule] = []
    newly = alerts
    while newly:
        wanted += newly
        newly = [rule for rule in rules if rule not in wanted and any(rule.name in one.expr for one in newly)]
    return wanted[len(alerts) :]
