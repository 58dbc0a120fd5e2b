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


def recorded(folder: Path, service: str, raw: Iterable[Series], *, since: int, until: int) -> tuple[Store, list[Rule]]:
    """All rules of a service, and the store in which the recording ones have a past between two minutes; steps and hours have one from the first on."""
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS / f"{service}.yaml"), "-o", str(folder)], check=True, capture_output=True)
    rules = rules_of(folder / f"{service}.prometheus.rules.yml")
    store = Store(lines()[-1], folder)
    store.add(raw)
    recordings = [rule for rule in rules if not rule.is_alert]
    store.record([rule for rule in recordings if rule.name in STEPS], at(1), at(until))
    store.record([rule for rule in recordings if rule.name not in STEPS], at(since), at(until))
    return store, rules
