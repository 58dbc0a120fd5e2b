"""A real run: an outage pages through Alertmanager, recovery resolves it, noise stays silent, a restart changes no count."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import pytest

from tests.live.simulator import Simulator, Traffic
from tests.live.stack import STEP, Stack, running, wait_for
from tests.servers import Line, free_port, lines

SLOS = Path(__file__).parent / "slos"
HEALTHY = Traffic(requests=4, judged=3, low=0.07)
OUTAGE = Traffic(requests=4, failing=0.5, judged=3, low=0.07)
#: `bad > share * total + root * sqrt(total) + constant`, as the compiled rule must say it: 14.4 times a budget of 0.1 %, alpha 0.01.
SHARE, ROOT, CONSTANT = 0.0144, 0.277144, 1.21414


@pytest.fixture
def stack(line: Line, tmp_path: Path) -> Iterator[tuple[Stack, Simulator]]:
    rules = tmp_path / "compiled"
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS / "chat.yaml"), "-o", str(rules)], check=True)
    pods = [free_port(), free_port(), free_port()]
    with Simulator(pods) as simulator, running(line, tmp_path, rules, pods) as servers:
        yield servers, simulator


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_an_outage_pages_and_recovery_resolves(line: Line, stack: tuple[Stack, Simulator]) -> None:
    servers, simulator = stack
    began = time.time()

    # counters stand at zero until each target has been scraped twice: an unknown target starts at its first sample
    wait_for("two scrapes of each pod", 60, lambda: len(servers.samples('count_over_time(up{job="chat"}[1m]) >= 2')) == 3)

    # a healthy service, and a pod that restarts in the middle
    simulator.traffic = HEALTHY
    time.sleep(3 * STEP)
    simulator.restart(simulator.pods[1], quiet=2 * STEP, gone=2 * STEP)
    time.sleep(4 * STEP)
    assert not servers.webhook.calls

    simulator.traffic = OUTAGE
    wait_for("the page at the webhook", 90, lambda: servers.webhook.heard("firing", slo="success"))
    (page,) = servers.webhook.heard("firing", slo="success")[:1]
    assert page["labels"]["alertname"] == "SLOBudgetBurn"
    assert page["labels"]["severity"] == "page"
    assert "requests were bad in the last 5 minutes; objective 99.9%." in page["annotations"]["description"]

    fired, critical = _first_alert(servers, began), _critical_scrape(servers, began)
    print(f"\nPrometheus {line.version}: page {fired - critical:.1f} s after the scrape of the critical event, steps of {STEP} s")
    assert 0 <= fired - critical <= 3 * STEP

    simulator.traffic = HEALTHY
    recovered = time.time()
    wait_for("the resolution at the webhook", 180, lambda: servers.webhook.heard("resolved", slo="success"))
    print(f"Prometheus {line.version}: resolved at the webhook {time.time() - recovered:.0f} s after the recovery")

    # the last events are scraped and counted, then every event is there once
    simulator.traffic = Traffic()
    time.sleep(5 * STEP)
    counted = servers.number('sum(sum_over_time(slo:total:delta{slo="success"}[30m]))')
    bad = servers.number('sum(sum_over_time(slo:bad:delta{slo="success"}[30m]))')
    print(f"Prometheus {line.version}: {counted:.0f} requests counted, {simulator.good + simulator.bad} made; {bad:.0f} bad counted, {simulator.bad} made")
    assert (counted, bad) == (simulator.good + simulator.bad, simulator.bad)

    assert not servers.webhook.heard("firing", slo="judge")
    assert servers.samples('slo:total:sum5m{slo="judge"} > 50'), "the judge has been measured"
    assert set(servers.groups()) == {"slo-chat-fast", "slo-chat-hours", "slo-chat-slow"}
    servers.assert_healthy()


def _first_alert(servers: Stack, began: float) -> float:
    """When the alert first fired, by Prometheus' own time."""
    span = f"[{time.time() - began + 1:.0f}s]"
    (series,) = servers.samples(f'ALERTS{{alertstate="firing",slo="success",slo_tier="page"}}{span}')
    return float(series["values"][0][0])


def _critical_scrape(servers: Stack, began: float) -> float:
    """The time of the scrape after which the counters hold more bad requests than chance explains, told from the raw samples."""
    span = f"[{time.time() - began + 1:.0f}s]"
    events = []
    for series in servers.samples(f'llm_requests_total{{job="chat"}}{span}'):
        before = 0.0
        for at, text in series["values"]:
            value = float(text)
            grown = value - before if value >= before else value
            events.append((float(at), grown, grown if series["metric"]["outcome"] == "error" else 0.0))
            before = value
    total = bad = 0.0
    for at, grown, failed in sorted(events):
        total, bad = total + grown, bad + failed
        if bad > SHARE * total + ROOT * sqrt(total) + CONSTANT:
            return at
    pytest.fail("there was no critical event")
