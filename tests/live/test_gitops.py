"""docs/gitops.md from its first command to its last, in a real repository: a hook of pre-commit, Prometheus, Alertmanager, and an ear in place of Slack."""

from __future__ import annotations

import json
import re
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests import servers
from tests.delivery.given import hooked, programs
from tests.live.stack import is_up, wait_for
from tests.readme import GITOPS, Walk
from tests.test_reviewing import Repository
from tests.unit.given import file, promise

HOOKS = "repos: [{{repo: {repo}, rev: v0.1.0, hooks: [{{id: slo-validate}}, {{id: slo-compile-check}}]}}]\n"


@dataclass
class Slack:
    """What was posted to an incoming webhook."""

    url: str
    messages: list[dict[str, object]] = field(default_factory=list)


@contextmanager
def slack() -> Iterator[Slack]:
    """A server in place of Slack."""
    found = Slack(f"http://127.0.0.1:{servers.free_port()}/services/secret")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            found.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", int(found.url.split(":")[2].split("/")[0])), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Company:
    """A repository, and the servers that read it."""

    repository: Repository
    prometheus: list[str]  # a server of each line
    running: ExitStack
    logs: Path

    def loaded(self, url: str) -> str:
        """What loading the files of the working tree would change on a server."""
        return self.repository.slo("diff", "--prometheus", url, "--exit-zero")[1]

    def alertmanager(self) -> str:
        """An Alertmanager with the configuration of the repository."""
        url = f"http://127.0.0.1:{servers.free_port()}"
        paths = [f"--config.file={self.repository.folder}/alertmanager.yml", f"--storage.path={self.logs}/alerts"]
        command = [servers.alertmanager(), *paths, f"--web.listen-address={url[7:]}", "--cluster.listen-address="]
        self.running.enter_context(servers.running(command, self.logs / "alertmanager.log"))
        wait_for(f"Alertmanager is ready; logs are in {self.logs}", 60, lambda: is_up(url))
        return url


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """An empty folder, and servers of both lines of Prometheus that have no rules yet."""
    folder = tmp_path / "slos"
    folder.mkdir()
    (folder / "prometheus.yml").write_text("global: {}\n")
    with ExitStack() as running:
        urls = []
        for line in servers.lines():
            if not line.prometheus:
                pytest.fail(servers.MISSING)
            url = f"http://127.0.0.1:{servers.free_port()}"
            flags = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/{line.version}", f"--web.listen-address={url[7:]}"]
            running.enter_context(servers.running([line.prometheus, *flags, "--web.enable-lifecycle"], tmp_path / f"{line.version}.log"))
            urls.append(url)
        for url in urls:
            wait_for(f"Prometheus is ready; logs are in {tmp_path}", 60, lambda url=url: is_up(url))
        yield Company(Repository(folder), urls, running, tmp_path)


def test_the_page_leads_from_an_empty_repository_to_alerts_in_slack(
    company: Company, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = hooked(tmp_path_factory, monkeypatch)
    here, rules = company.repository, company.repository.folder / "rules"
    with slack() as ear:
        (tmp_path / "slack-url").write_text(ear.url)
        other_names = {
            "https://git.example.com/slo-compiler #": f"{repo} #",
            "http://localhost:9090": company.prometheus,
            "/etc/alertmanager/slack-url": str(tmp_path / "slack-url"),
        }
        walk = Walk(GITOPS.read_text(encoding="utf-8"), here.folder, other_names, programs(tmp_path / "bin"))

        walk.through("A repository")
        walk.through("A hook")
        assert here.git("log", "--format=%s") == "A hook\nWhat chat promises\n"

        walk.through("A pipeline")
        for url in company.prometheus:
            assert "1 SLO changed: 1 stronger; 0 unchanged" in company.loaded(url)
        walk.through("Prometheus loads the rules")
        for url in company.prometheus:
            assert "no SLO changed, 1 unchanged" in company.loaded(url)

        walk.through("Alertmanager and Slack")
        ours, theirs = (yaml.safe_load(path.read_text()) for path in (rules / "alertmanager" / "slo.alertmanager.yml", here.folder / "alertmanager.yml"))
        assert [theirs[key] for key in ("route", "inhibit_rules")] == [ours[key] for key in ("route", "inhibit_rules")]
        assert {one["name"] for one in theirs["receivers"]} == {one["name"] for one in ours["receivers"]}
        post(company.alertmanager(), rollback(rules))
        wait_for("Slack has the rollback", 30, lambda: ear.messages)
        (message,) = ear.messages
        assert message["channel"] == "#deploys"
        assert message["attachments"][0]["title"] == "chat: success"
        assert message["attachments"][0]["text"].startswith("chat: Successful answers: more than 10 times the allowed rate")

        walk.through("A change")
        assert here.git("log", "-1", "--format=%s", "--stat=200").count("|") == 3  # the SLO, its rules, and the hash in the head of the routes
        for url in company.prometheus:
            assert "chat/success: weaker" in company.loaded(url)
            urllib.request.urlopen(urllib.request.Request(f"{url}/-/reload", method="POST"), timeout=30).close()
            assert "no SLO changed, 1 unchanged" in company.loaded(url)

        walk.through("Kubernetes")
        walk.through("In a container")
        assert walk.is_over


def rollback(rules: Path) -> dict[str, dict[str, str]]:
    """The alert of the fastest tier as Prometheus would send it."""
    groups = yaml.safe_load((rules / "chat.prometheus.rules.yml").read_text())["groups"]
    (rule,) = (rule for group in groups for rule in group["rules"] if rule.get("labels", {}).get("slo_tier") == "rollback" and "alert" in rule)
    return {"labels": {"alertname": rule["alert"], **rule["labels"]}, "annotations": rule["annotations"]}


def post(alertmanager: str, *alerts: object) -> None:
    request = urllib.request.Request(f"{alertmanager}/api/v2/alerts", json.dumps(alerts).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture
def repository(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Two services, compiled and committed, and both hooks."""
    found = Repository(tmp_path / "slos")
    repo = hooked(tmp_path_factory, monkeypatch)
    for name in ("shop", "search"):
        found.write(f"services/{name}.yaml", file(promise(), service=name))
    found.write("slo-compiler.yaml", "version: slo/v1\nsources: [services]\noutput: rules\n")
    found.write(".pre-commit-config.yaml", HOOKS.format(repo=repo))
    found.git("init", "-q")
    assert found.slo("compile")[0] == 0
    found.git("add", "-A")
    found.run("pre-commit", "install")
    found.commit()
    return found


def refused(repository: Repository) -> str:
    """What the hooks say to a commit that they refuse."""
    done = repository.run("git", "commit", "-q", "-m", "a change")
    assert done.returncode == 1, done.stdout
    return re.sub(r"\.{3,}", " ", done.stdout)


def test_a_mistake_is_told_and_not_committed(repository: Repository) -> None:
    repository.write("services/shop.yaml", file(promise(objective="0.999"), service="shop"))
    repository.git("add", "-A")
    said = refused(repository)
    assert "SLOs are valid Failed" in said
    assert "rules are those of the SLOs Failed" in said
    assert "services/shop.yaml:8:" in said
    assert "error[objective/fraction]" in said

    repository.write("services/shop.yaml", file(promise(objective="99%"), service="shop"))
    repository.git("add", "-A")
    said = refused(repository)
    assert "SLOs are valid Passed" in said
    assert "differs   shop.prometheus.rules.yml" in said

    assert repository.slo("compile")[0] == 0
    repository.commit()
    assert repository.git("status", "--porcelain") == ""


def test_an_slo_that_is_only_removed_is_noticed(repository: Repository) -> None:
    """Although pre-commit tells its hooks of no removed file."""
    repository.git("rm", "-q", "services/shop.yaml")
    assert "left over shop.prometheus.rules.yml" in " ".join(refused(repository).split())


def test_what_was_compiled_but_not_added_is_noticed_in_a_fresh_clone(repository: Repository) -> None:
    repository.write("services/new.yaml", file(promise(), service="new"))
    assert repository.slo("compile")[0] == 0
    repository.git("add", "services")
    repository.git("commit", "-q", "-m", "the hook looks at the folder, which has it")
    repository.git("clone", "-q", ".", "../clone")
    code, said, _ = Repository(repository.folder.parent / "clone").slo("compile", "--check")
    assert (code, "missing   new.prometheus.rules.yml" in said) == (1, True)
    shutil.rmtree(repository.folder.parent / "clone")
