"""The routes as a real Alertmanager follows them: who hears of what, and what is silenced by what."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import servers
from tests.live.stack import Webhook, is_up, wait_for
from tests.test_targets import compiled

QUIET = 4  # seconds after which nothing comes any more: groups wait 1 s
RECEIVERS = ("slo-rollback", "pagerduty", "slo-ticket", "slo-digest", "slo-others")


@dataclass
class Office:
    """A running Alertmanager, what each receiver heard, and the alerts that the rules have."""

    url: str
    hooks: dict[str, Webhook]
    alerts: list[dict[str, str]]

    def labels(self, slo: str, *, tier: str = "", name: str = "SLOBudgetBurn", **more: str) -> dict[str, str]:
        """The labels of an alert as its rule gives them."""
        (found,) = [one for one in self.alerts if (one["slo"], one.get("slo_tier", ""), one["alertname"]) == (slo, tier, name)]
        return {**found, **more}

    def post(self, *alerts: dict[str, str], over: bool = False) -> None:
        now = datetime.now(UTC)
        span = {"endsAt": now.isoformat()} if over else {"startsAt": now.isoformat(), "endsAt": (now + timedelta(minutes=30)).isoformat()}
        body = [{"labels": labels, **span} for labels in alerts]
        request = urllib.request.Request(f"{self.url}/api/v2/alerts", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def heard(self, receiver: str, status: str = "firing", **labels: str) -> list[str]:
        """What a receiver heard of, each alert once: its tier, or the name of one that has none, and the value of a split."""
        found = [one["labels"] for one in self.hooks[receiver].heard(status, **labels)]
        return sorted({" ".join([one.get("slo_tier", one["alertname"]), *filter(None, [one.get("model", "")])]) for one in found})


def _config(output: Path, hooks: dict[str, Webhook]) -> str:
    """What was written, with an ear at each receiver; the one for rollbacks has it already."""
    text = (output / "alertmanager" / "slo.alertmanager.yml").read_text(encoding="utf-8")
    config: dict[str, Any] = yaml.safe_load(text.replace("http://deploy.example.com/rollback", f"http://127.0.0.1:{hooks['slo-rollback'].port}/"))
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    for receiver in config["receivers"]:
        receiver.setdefault("webhook_configs", [{"url": f"http://127.0.0.1:{hooks[receiver['name']].port}/"}])
    assert {receiver["name"] for receiver in config["receivers"]} == set(RECEIVERS)
    return yaml.safe_dump(config)


def _alerts(output: Path) -> list[dict[str, str]]:
    rules = [rule for group in yaml.safe_load((output / "chat.prometheus.rules.yml").read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
    return [{"alertname": rule["alert"], **rule["labels"]} for rule in rules if "alert" in rule]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    if not servers.alertmanager():
        pytest.fail(servers.MISSING)
    output = compiled(tmp_path / "out")
    hooks, port = {name: Webhook(servers.free_port()) for name in RECEIVERS}, servers.free_port()
    (tmp_path / "alertmanager.yml").write_text(_config(output, hooks))
    paths = [f"--config.file={tmp_path}/alertmanager.yml", f"--storage.path={tmp_path}/alerts", f"--web.listen-address=127.0.0.1:{port}"]
    with ExitStack() as running:
        for hook in hooks.values():
            running.enter_context(hook.listening())
        running.enter_context(servers.running([servers.alertmanager(), *paths, "--cluster.listen-address="], tmp_path / "alertmanager.log"))
        url = f"http://127.0.0.1:{port}"
        wait_for(f"Alertmanager is ready; its log is in {tmp_path}", 30, lambda: is_up(url))
        yield Office(url, hooks, _alerts(output))


def test_the_most_urgent_tier_of_an_slo_is_heard_alone(office: Office) -> None:
    tiers = ("rollback", "page", "ticket", "digest")
    office.post(*(office.labels("success", tier=tier) for tier in tiers))
    office.post(*(office.labels("each-model", tier=tier, model=model) for model, found in (("a", tiers[1:]), ("b", tiers[2:])) for tier in found))
    office.post(office.labels("accepted", tier="digest"))
    office.post(office.labels("success", name="SLOBudgetExhausted"), office.labels("success", name="SLONoData"), {"alertname": "NodeDown", "severity": "page"})
    wait_for("the rollback at the deployment", 20, lambda: office.heard("slo-rollback"))
    time.sleep(QUIET)
    assert office.heard("slo-rollback") == ["rollback"]
    assert office.heard("pagerduty", slo="success") == ["SLONoData", "rollback"], "missing data is nothing that a tier could silence"
    assert office.heard("slo-ticket", slo="success") == ["SLOBudgetExhausted"], "and neither is the freeze"
    assert office.heard("pagerduty", slo="each-model") == ["page a"]
    assert office.heard("slo-ticket", slo="each-model") == ["ticket b"], "the page for another model silences nothing"
    assert office.heard("slo-digest") == ["digest"], "only of the SLO that has nothing more urgent"
    assert [one["labels"]["slo"] for one in office.hooks["slo-digest"].heard("firing")] == ["accepted"]
    assert office.heard("slo-others") == ["NodeDown"]


def test_what_was_silenced_is_heard_when_the_more_urgent_is_over(office: Office) -> None:
    rollback, page = (office.labels("success", tier=tier) for tier in ("rollback", "page"))
    office.post(rollback, page)
    wait_for("the rollback at people", 20, lambda: office.heard("pagerduty"))
    time.sleep(QUIET)
    assert office.heard("pagerduty") == ["rollback"]
    office.post(rollback, over=True)
    wait_for("the page", 20, lambda: office.heard("pagerduty", slo_tier="page"))
    assert office.heard("pagerduty", status="resolved") == ["rollback"]
    time.sleep(QUIET)
    assert office.heard("slo-rollback", status="resolved") == [], "a deployment must not hear that a rollback is over"
