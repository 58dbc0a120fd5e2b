"""A real Prometheus, a real Alertmanager and a real webhook, from binaries or from Docker images."""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pytest_docker.plugin import get_docker_services

from tests import servers
from tests.servers import Line

STEP = 5
Found = TypeVar("Found")

_PROMETHEUS = """
global: {{scrape_interval: {step}s, scrape_timeout: 2s, evaluation_interval: {step}s}}
rule_files: ["rules/*.rules.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: chat, static_configs: [{{targets: {targets}}}]}}]
"""
_ALERTMANAGER = """
route: {{receiver: webhook, group_by: [alertname, slo_id, slo_tier], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: webhook, webhook_configs: [{{url: "http://127.0.0.1:{webhook}/", send_resolved: true}}]}}]
"""

SELDOM = 1800  # seconds between two evaluations of what no test waits for


@dataclass
class Webhook:
    """Remembers every alert that Alertmanager sends, and when it came."""

    port: int
    calls: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the library's name
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                calls.extend((time.time(), alert) for alert in body["alerts"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def heard(self, status: str, **labels: str) -> list[dict[str, Any]]:
        """The alerts of a status (`firing`, `resolved`) that carry these labels."""
        alerts = [alert for _, alert in self.calls if alert["status"] == status]
        return [alert for alert in alerts if labels.items() <= alert["labels"].items()]


@dataclass
class Stack:
    """The running servers."""

    url: str
    webhook: Webhook
    log: Path

    def get(self, path: str, **parameters: str) -> Any:
        """The `data` of an API answer."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]

    def samples(self, expr: str) -> list[dict[str, Any]]:
        """What an instant query yields."""
        found: list[dict[str, Any]] = self.get("query", query=expr)["result"]
        return found

    def number(self, expr: str) -> float:
        """The one value of an instant query."""
        (sample,) = self.samples(expr)
        return float(sample["value"][1])

    def groups(self) -> dict[str, dict[str, Any]]:
        """The loaded rule groups by name."""
        return {group["name"]: group for group in self.get("rules")["groups"]}

    def assert_healthy(self) -> None:
        """Every rule has been evaluated without an error, unless its turn comes later, and the log knows of nothing but routine."""
        rules = [rule for group in self.groups().values() for rule in group["rules"] if group["interval"] < SELDOM or rule["health"] != "unknown"]
        assert {rule["health"] for rule in rules} == {"ok"}, [rule for rule in rules if rule["health"] != "ok"]
        words = self.log.read_text().lower() if self.log.exists() else ""  # in a container the log stays inside
        assert not [line for line in words.splitlines() if "level=error" in line or ("level=warn" in line and "rule" in line)]


def wait_for(what: str, seconds: float, is_so: Callable[[], Found]) -> Found:
    """Wait until something is so, and yield it; fail with its name when it takes too long."""
    end = time.monotonic() + seconds
    while not (found := is_so()):
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.25)
    return found


def is_up(url: str) -> bool:
    """Whether a server is ready."""
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def running(line: Line, folder: Path, rules: Path, pods: list[int]) -> Iterator[Stack]:
    """The stack, scraping `pods` and evaluating `rules`; its files are in `folder`."""
    prometheus, alertmanager, webhook = servers.free_port(), servers.free_port(), Webhook(servers.free_port())
    targets = json.dumps([f"127.0.0.1:{port}" for port in pods])
    shutil.copytree(rules, folder / "rules", dirs_exist_ok=True)
    (folder / "prometheus.yml").write_text(_PROMETHEUS.format(step=STEP, alertmanager=alertmanager, targets=targets))
    (folder / "alertmanager.yml").write_text(_ALERTMANAGER.format(webhook=webhook.port))
    stack = Stack(f"http://127.0.0.1:{prometheus}", webhook, folder / "prometheus.log")
    start = _binaries if line.prometheus and servers.alertmanager() else _images if servers.has_docker() else None
    if start is None:
        pytest.fail(servers.MISSING)
    with webhook.listening(), start(line, folder, prometheus, alertmanager):
        wait_for(f"Prometheus is ready; logs are in {folder}", 60, lambda: is_up(stack.url))
        wait_for(f"Alertmanager is ready; logs are in {folder}", 60, lambda: is_up(f"http://127.0.0.1:{alertmanager}"))
        yield stack


@contextmanager
def _binaries(line: Line, folder: Path, prometheus: int, alertmanager: int) -> Iterator[None]:
    paths = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{prometheus}"]
    alert_paths = [f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alerts", f"--web.listen-address=127.0.0.1:{alertmanager}"]
    with (
        servers.running([line.prometheus, *paths], folder / "prometheus.log"),
        servers.running([servers.alertmanager(), *alert_paths, "--cluster.listen-address="], folder / "alertmanager.log"),
    ):
        yield


@contextmanager
def _images(line: Line, folder: Path, prometheus: int, alertmanager: int) -> Iterator[None]:
    """The services of docker-compose.yml beside this file."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # for the users that the images have
    settings = {"IMAGE": line.image or servers.IMAGES[line.version], "FOLDER": str(folder), "PROMETHEUS": prometheus, "ALERTMANAGER": alertmanager}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(f"SLO_LIVE_{name}", str(value))
        compose = Path(__file__).parent / "docker-compose.yml"
        ends = [f'logs --no-color > "{folder}/containers.log"', "down -v"]
        with get_docker_services(servers.compose_command(), str(compose), f"slo-live-{prometheus}", ["up -d"], ends):
            yield
