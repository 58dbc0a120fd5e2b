"""`slo push` into a real Mimir: what is pushed runs, what fails is taken back, and the next push puts right what a killed one left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from slo_compiler.remote import Access, Ruler, Server
from tests import servers
from tests.consumers import mimir
from tests.consumers.test_readers import consumer
from tests.live.stack import wait_for
from tests.unit.given import ROOT, Run, file, promise, run, write

MOST = 8  # groups a tenant
BY_HAND = "name: by-hand\nrules: [{record: 'job:up:sum', expr: sum(up)}]\n"
WHOLE = "version: slo/v1\nsources: [.]\n"
STEP, SCRAPE = 10, 2  # seconds


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mimir.running(consumer("mimir"), tmp_path_factory.mktemp("mimir"), MOST) as found:
        yield found


class Tenant:
    """A tenant of its own for each test, and a folder of SLO files."""

    def __init__(self, url: str, name: str, folder: Path) -> None:
        self.url, self.name, self.folder = url, name, folder
        self.ruler = Ruler(Access(url, tenant=name, timeout=10))

    def push(self, *options: str, ruler: str = "") -> Run:
        return run("push", self.folder, "--ruler", ruler or self.url, "--tenant", self.name, "--timeout", "10", *options)

    @property
    def held(self) -> dict[str, Any]:
        return {f"{namespace}/{group['name']}": group for namespace, groups in self.ruler.groups().items() for group in groups}

    def objective(self) -> set[str]:
        return {rule["expr"] for group in self.held.values() for rule in group["rules"] if rule.get("record") == "slo:objective:ratio"}


@pytest.fixture
def tenant(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Tenant:
    return Tenant(url, request.node.name.replace("_", "-"), tmp_path)


def changed(text: str) -> str:
    return text.replace("99.9%", "99%")


def groups_of(*services: str) -> list[str]:
    return [f"slo-{service}/slo-{service}-{pace}" for service in services for pace in ("fast", "hours", "slow")]


def test_a_push_and_what_comes_after_it(tenant: Tenant) -> None:
    write(tenant.folder, slo_compiler_yaml=WHOLE, a_yaml=file(), b_yaml=file(service="till"))
    assert tenant.push("--dry-run").code == 0
    assert tenant.held == {}
    assert tenant.push().code == 0
    assert sorted(tenant.held) == groups_of("shop", "till")
    assert tenant.push().out.endswith("\n  unchanged 6 groups\n")
    tenant.ruler.write("slo-till", BY_HAND)
    write(tenant.folder, a_yaml=changed(file()))
    assert "  replaced  slo-shop: slo-shop-fast, slo-shop-slow\n" in tenant.push().out
    assert len(tenant.objective()) == 2
    (tenant.folder / "b.yaml").unlink()
    assert "  left over slo-till: slo-till-fast, slo-till-hours, slo-till-slow; --prune deletes" in tenant.push().out
    assert "  deleted   slo-till: slo-till-fast, slo-till-hours, slo-till-slow\n  not ours  slo-till: by-hand" in tenant.push("--prune").out
    assert sorted(tenant.held) == [*groups_of("shop"), "slo-till/by-hand"]


def test_a_limit_that_only_mimir_knows_leaves_what_was_there(tenant: Tenant) -> None:
    write(tenant.folder, a_yaml=file())
    assert tenant.push().code == 0
    before = tenant.held
    write(tenant.folder, a_yaml=changed(file()), b_yaml=file(service="till"), c_yaml=file(service="yard"))
    answer = tenant.push("--parallel", "1")  # of groups that come at the same time, Mimir takes more than it should
    assert answer.code == 2
    assert f"per-user rule groups limit (limit: {MOST} actual: {MOST + 1}) exceeded" in answer.err
    assert "all groups are as they were before" in answer.err
    assert tenant.held == before
    write(tenant.folder, slo_compiler_yaml=f"version: slo/v1\noptions: {{mimir: {{groups: {MOST}}}}}\n")
    answer = tenant.push()
    assert (answer.code, tenant.held) == (1, before)
    assert "error[target/limits]" in answer.err


def test_a_group_that_mimir_refuses_leaves_what_was_there(tenant: Tenant) -> None:
    write(tenant.folder, a_yaml=file())
    assert tenant.push().code == 0
    before = tenant.held
    write(
        tenant.folder, slo_compiler_yaml="version: slo/v1\noptions: {mimir: {rules_per_group: 200}}\n", a_yaml=changed(file(promise(), promise(name="other")))
    )
    answer = tenant.push()
    assert answer.code == 2
    assert "rules per rule group limit (limit: 20 actual:" in answer.err
    assert "all groups are as they were before" in answer.err
    assert tenant.held == before


def test_a_full_tenant(tenant: Tenant) -> None:
    write(tenant.folder, slo_compiler_yaml=f"version: slo/v1\noptions: {{mimir: {{groups: {MOST}}}}}\n", a_yaml=file(), b_yaml=file(service="till"))
    tenant.ruler.write("others", BY_HAND)
    tenant.ruler.write("others", BY_HAND.replace("by-hand", "more"))
    assert tenant.push().code == 0
    assert len(tenant.held) == MOST
    write(tenant.folder, a_yaml=changed(file()), b_yaml=changed(file(service="till")))
    assert tenant.push().code == 0
    assert tenant.push().out.endswith("\n  unchanged 6 groups\n")
    assert len(tenant.objective()) == 1


def test_a_full_tenant_that_the_project_does_not_know_to_be_full(tenant: Tenant) -> None:
    write(tenant.folder, a_yaml=file(), b_yaml=file(service="till"))
    tenant.ruler.write("others", BY_HAND)
    tenant.ruler.write("others", BY_HAND.replace("by-hand", "more"))
    assert tenant.push().code == 0
    before = tenant.held
    write(tenant.folder, a_yaml=changed(file()), b_yaml=changed(file(service="till")))
    answer = tenant.push()
    assert (answer.code, tenant.held) == (2, before)
    assert f"help: say `options: {{mimir: {{groups: {MOST}}}}}`, so that" in answer.err
    assert answer.err.endswith("all groups are as they were before\n")


def test_another_prefix(tenant: Tenant) -> None:
    write(tenant.folder, a_yaml=file())
    assert tenant.push().code == 0
    write(tenant.folder, slo_compiler_yaml="version: slo/v1\noptions: {mimir: {namespace: acme}}\n")
    assert "--prune-prefix slo deletes what it left" in tenant.push().err
    assert tenant.push("--prune-prefix", "slo").code == 0
    assert sorted(tenant.held) == [f"acme{name.removeprefix('slo')}" for name in groups_of("shop")]


@contextmanager
def between(url: str, last: int, reached: threading.Event, go_on: threading.Event) -> Iterator[str]:
    """What passes requests on to Mimir; the answer to the `last` write is held back."""
    writes: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's names
            self._pass_on()

        def do_POST(self) -> None:
            self._pass_on()

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            asked = urllib.request.Request(f"{url}{self.path}", data=body, headers=dict(self.headers), method=self.command)
            with urllib.request.urlopen(asked, timeout=10) as answer:
                status, text = answer.status, answer.read()
            if self.command == "POST":
                writes.append(self.path)
                if len(writes) == last:
                    reached.set()
                    go_on.wait(30)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            except OSError:
                self.close_connection = True  # it was killed

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_next_push_puts_right_what_a_killed_one_left(tenant: Tenant) -> None:
    write(tenant.folder, slo_compiler_yaml=WHOLE, a_yaml=file(), b_yaml=file(service="till"))
    assert tenant.push().code == 0
    (tenant.folder / "b.yaml").unlink()
    write(tenant.folder, a_yaml=changed(file()))
    reached, go_on = threading.Event(), threading.Event()
    with between(tenant.url, 1, reached, go_on) as url:
        command = [sys.executable, "-m", "slo_compiler", "push", ".", "--ruler", url, "--tenant", tenant.name, "--parallel", "1", "--prune"]
        with subprocess.Popen(command, cwd=tenant.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
            assert reached.wait(60)
            process.kill()
    assert sorted(tenant.held) == groups_of("shop", "till"), "one group is new, and nothing is deleted so far"
    assert len(tenant.push("--prune", "--dry-run").out.splitlines()) == 4
    answer = tenant.push("--prune")
    assert answer.out.splitlines()[1:] == [
        "  replaced  slo-shop: slo-shop-slow",
        "  deleted   slo-till: slo-till-fast, slo-till-hours, slo-till-slow",
        "  unchanged 2 groups",
    ]
    assert sorted(tenant.held) == groups_of("shop")


def test_what_is_pushed_counts_what_happens(tenant: Tenant, tmp_path: Path) -> None:
    """A Prometheus that scrapes itself sends its samples: one request a scrape is the truth."""
    line = servers.lines()[-1]
    assert line.prometheus, servers.MISSING
    here = servers.free_port()
    scrape = f"job_name: self, static_configs: [{{targets: ['127.0.0.1:{here}']}}]"
    sends = f"url: '{tenant.url.removesuffix('/prometheus')}/api/v1/push', headers: {{X-Scope-OrgID: {tenant.name}}}, queue_config: {{batch_send_deadline: 1s}}"
    (tmp_path / "prometheus.yml").write_text(f"global: {{scrape_interval: {SCRAPE}s}}\nscrape_configs: [{{{scrape}}}]\nremote_write: [{{{sends}}}]\n")
    total = 'prometheus_http_requests_total{job="self",handler="/metrics"}'
    sli = {"events": {"total": total, "bad": total.replace("}", ',code="200"}')}}
    settings = f"version: slo/v1\nprometheus: {{evaluation_interval: {STEP}s, scrape_interval: {SCRAPE}s, ingestion_delay: 4s}}\ntargets: [mimir]\n"
    slos = tmp_path / "slos"
    write(slos, a_yaml=file(promise(sli=sli)), slo_compiler_yaml=settings)
    tenant.folder = slos
    command = [line.prometheus, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{here}"]
    asked = Server(Access(tenant.url, tenant=tenant.name, timeout=10))
    with servers.running(command, tmp_path / "prometheus.log"):
        wait_for("samples in Mimir", 60, lambda: bool(asked.instant(total)))
        assert tenant.push().code == 0
        wait_for("six steps", 180, lambda: len(_points(asked, "slo:total:delta", time.time())) >= 6)
        at = time.time() - SCRAPE  # a whole evaluation is written by now
        verified = run("verify", slos, "--prometheus", tenant.url, "--tenant", tenant.name)
    for kind in ("total", "bad"):
        deltas, sums = _points(asked, f"slo:{kind}:delta", at), _points(asked, f"slo:{kind}:sum5m", at)
        print(f"\nMimir: {len(sums)} windows of {kind} requests, {len(deltas)} steps: {deltas}")
        assert all(abs(value - STEP / SCRAPE) <= 1 for value in deltas[1:]), "a step holds the scrapes of its time"
        assert sums == [sum(deltas[: number + 1]) for number in range(len(sums))], "each window holds each step once"
    assert "live/not-loaded" not in verified.text
    assert "live/rules" not in verified.text
    assert "live/loaded-twice" not in verified.text


def _points(server: Server, name: str, at: float) -> list[float]:
    """The samples of a series of ours in the five minutes before a moment."""
    found = server.raw(f'{name}{{slo_service="shop"}}', 300, at)
    return [value for _, value in found[0].points] if found else []


def test_mimirtool_finds_the_same_rules(tenant: Tenant) -> None:
    write(tenant.folder, a_yaml=file())
    assert run("compile", tenant.folder / "a.yaml", "-o", tenant.folder / "out", "--target", "mimir").code == 0
    assert tenant.push().code == 0
    there = [f"--address={tenant.url.removesuffix('/prometheus')}", f"--id={tenant.name}", "--namespaces=slo-shop"]
    command = [consumer("mimirtool"), "rules", "diff", *there, str(tenant.folder / "out/mimir/shop.rules.yml")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "no changes detected" in (told.stdout + told.stderr), told
