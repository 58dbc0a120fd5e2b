"""Every kind of SLI on VictoriaMetrics, against the same truth as on Prometheus (`tests/live/replay/test_kinds.py`), at once or a step later."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.consumers.store import victoria_metrics
from tests.live.replay import claims
from tests.live.replay.claims import Claim
from tests.live.replay.store import Rule, rules_of
from tests.live.replay.test_kinds import LONG, SHORT, SLOS, Group, Played, play_long, play_short, told
from tests.unit.given import run

STEP = 60  # seconds: rules for vmalert read the steps that are surely there
HERE = tuple(group for group in SHORT if group is not claims.of_natives)  # VictoriaMetrics knows no native histogram of Prometheus

#: How far numbers may be off, as a share of themselves, beyond what claims allow.
NEAR = {
    "throughput": 0.06, "failover": 0.04, "calls": 0.01,  # `rate` of a user's expression is the store's own: it looks back to the sample before the range
    "depth": 0.004,  # minutes without data: what is measured is counted a step before what happened is
    "between": 0.005,  # a step of the hours between two outages
    "cost-of-an-answer": 0.001, "dearer": 0.001, "rolling": 0.0002, "month": 0.0002,  # five minutes of a day, and of a month
}  # fmt: skip
LATE = {"throughput": 120, "failover": 120, "rolling": 300, "month": 300}  # seconds


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[Group, Played]:
    folder = tmp_path_factory.mktemp("kinds")
    with victoria_metrics(folder) as store:
        short = play_short(store, _compiled(folder, "kinds", "checks"), HERE)
    folder = tmp_path_factory.mktemp("weeks")
    with victoria_metrics(folder) as store:
        long = play_long(store, _compiled(folder, "weeks"))
    return {**dict.fromkeys(HERE, short), **dict.fromkeys(LONG, long)}


def _compiled(folder: Path, *services: str) -> list[Rule]:
    """The rules of services, but for what the target refuses."""
    documents = [one | {"slos": [slo for slo in one["slos"] if not slo["name"].startswith("native")]} for one in yaml.safe_load_all(SLOS.read_text())]
    (folder / SLOS.name).write_text(yaml.safe_dump_all(documents))
    shutil.copy(SLOS.parent / "slo-compiler.yaml", folder)
    done = run("compile", folder / SLOS.name, "--target", "victoriametrics", "-o", folder)
    assert done.code == 0, done.err
    return [rule for service in services for rule in rules_of(folder / "victoriametrics" / f"{service}.rules.yml")]


def _later(claim: Claim) -> Claim:
    """What a claim says, a step later."""
    numbers = {name: (lambda at, number=number: number(at - STEP)) for name, number in claim.numbers.items()}
    return replace(claim, numbers=numbers, holds=lambda at: claim.holds(at - STEP))


@pytest.mark.parametrize("group", [*HERE, *LONG], ids=lambda group: group.__name__)
def test_rules_state_what_happened(group: Group, played: dict[Group, Played]) -> None:
    read = [(claim, series, at, played[group].of(claim, series, at)) for claim in group() for series in claim.numbers for at in claim.moments]
    wrong = [(claim.name, series, told(at), stated, claim.numbers[series](at)) for claim, series, at, stated in read if not _is_true(claim, series, at, stated)]
    assert not wrong, "\n".join(map(str, wrong))


def _is_true(claim: Claim, series: str, at: float, stated: float) -> bool:
    """Whether a number is what the claim says at the moment or a step before; of a budget, what is left may be off by so much as well as what is spent."""
    near = NEAR.get(claim.slo, 0)
    if series == "slo:error_budget:remaining" and abs(stated - claim.numbers[series](at)) <= near:
        return True
    return min(one.error(series, at, stated) for one in (claim, _later(claim))) <= max(claim.near, near)


@pytest.mark.parametrize("group", [*HERE, *LONG], ids=lambda group: group.__name__)
def test_alerts_fire_when_the_arithmetic_says_and_not_otherwise(group: Group, played: dict[Group, Played]) -> None:
    for claim in group():
        fired, now, later = played[group].when(claim), claim.due(), _later(claim).due()
        late = LATE.get(claim.slo, claim.late)
        nearest = min((now, later), key=lambda due: (len(due) != len(fired), sum(abs(one - other) for one, other in zip(fired, due, strict=False))))
        assert len(fired) == len(nearest), (claim.name, list(map(told, fired)), list(map(told, now)))
        assert all(abs(one - other) <= late for one, other in zip(fired, nearest, strict=True)), (claim.name, list(map(told, fired)), list(map(told, now)))
