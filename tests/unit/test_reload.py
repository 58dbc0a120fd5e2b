"""`slo push --reload`: a Prometheus reads its files again, and it is said whether it runs what the SLO files say."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from slo_compiler.commands import _reload, _server
from slo_compiler.ir import Bundle
from slo_compiler.lower import lower
from slo_compiler.remote import Access, RemoteFailure, Server
from slo_compiler.templating import Templates
from tests.unit.given import Run, built, file, promise, run, write
from tests.unit.test_remote import http, saying, serving
from tests.unit.test_verify import Fake, told


@dataclass
class Reloading:
    """A server that runs `before` until it is reloaded, and for some more looks, then `after`."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    looks: int = 0
    reloads: int = 0
    url: str = "http://fake"
    failure: RemoteFailure | None = None
    asked: list[int] = field(default_factory=list)

    def reload(self) -> None:
        self.reloads += 1
        if self.failure:
            raise self.failure

    def rule_groups(self) -> list[dict[str, Any]]:
        self.asked.append(self.reloads)
        return self.after if self.reloads and len(self.asked) > self.looks else self.before


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reload, "PATIENCE", 0.2)
    monkeypatch.setattr(_reload, "PAUSE", 0.01)


def bundle() -> Bundle:
    return lower(built(file()).spec, Templates(), 20, is_late=True)


def groups(form: str = "services") -> list[dict[str, Any]]:
    return [told(group) for service in getattr(bundle(), form) for group in service.groups]


def reload(server: Reloading, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> Run:
    monkeypatch.setattr(_server, "connect", lambda *_: server)
    write(folder, a_yaml=file())
    return run("push", folder / "a.yaml", "--reload", "http://fake", *options)


def test_a_server_that_runs_the_rules_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Reloading([], groups(), looks=2)
    answer = reload(server, tmp_path, monkeypatch)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"http://fake has reloaded, and runs exactly these {sum(len(group['rules']) for group in groups())} rules of 1 service\n"
    assert server.asked == [1, 1, 1]
    told = json.loads(reload(Reloading([], groups()), tmp_path, monkeypatch, "--format", "json").out)
    assert (told["server"], told["outcome"]) == ("http://fake", "running")


def test_a_server_that_does_not_run_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = reload(Reloading([], groups()[:-1]), tmp_path, monkeypatch)
    assert answer.code == 1
    assert "error[live/not-loaded]: the server does not run the group slo-shop-slow" in answer.err
    assert answer.out == "http://fake has reloaded, and does not run what these files compile to: does it read the folder into which they were compiled?\n"
    assert json.loads(reload(Reloading([], []), tmp_path, monkeypatch, "--format", "json").out)["outcome"] == "differs"


def test_rules_of_a_service_that_is_gone_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was removed from the SLOs, and whose rules nobody took off the server, still alerts."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, a_yaml=file(), slo_compiler_yaml="version: slo/v1\nsources: [a.yaml]\n")
    gone = [told(group) for service in lower(built(file(service="gone")).spec, Templates(), 20).services for group in service.groups]
    by_hand = {"name": "mine", "rules": [{"name": "Mine", "labels": {}}]}
    ran = [*groups(), *gone, by_hand]
    says = "left over: slo-gone-fast, slo-gone-hours, slo-gone-slow: of SLOs that the files do not have; their alerts fire"
    for found in (ran, [*groups(), by_hand]):
        server = Reloading([], found)
        monkeypatch.setattr(_server, "connect", lambda *_, server=server: server)
        answer = run("push", "--reload", "http://fake")
        assert (answer.code, says in answer.out, "exactly" in answer.out) == (0, found is ran, found is not ran)
        part = run("push", "a.yaml", "--reload", "http://fake")
        assert (says in part.out, "exactly" in part.out) == (False, found is not ran)
        monkeypatch.setattr(_server, "connect", lambda *_, found=found: Fake(groups=found))
        verified = run("verify", "--prometheus", "http://fake")
        assert (verified.code, says in verified.out) == (0, found is ran), verified.text
        assert ("that exactly these" in verified.out) == (found is not ran)
    monkeypatch.setattr(_server, "connect", lambda *_: Reloading([], ran))
    assert json.loads(run("push", "--reload", "http://fake", "--format", "json").out)["left_over"] == ["slo-gone-fast", "slo-gone-hours", "slo-gone-slow"]


def test_rules_for_another_ruler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reload(Reloading([], groups("late")), tmp_path, monkeypatch, "--target", "victoriametrics").code == 0
    assert reload(Reloading([], groups("late")), tmp_path, monkeypatch).code == 1
    write(tmp_path, slo_compiler_yaml="version: slo/v1\ntargets: [grafana, victoriametrics]\n")
    assert reload(Reloading([], groups("late")), tmp_path, monkeypatch).code == 0


def test_a_mistake_reloads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Reloading([], [])
    monkeypatch.setattr(_server, "connect", lambda *_: server)
    write(tmp_path, a_yaml=file(promise(objective="0.999")))
    assert run("push", tmp_path / "a.yaml", "--reload", "http://fake").code == 1
    assert server.reloads == 0


def test_a_server_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = reload(Reloading([], [], failure=RemoteFailure("http://fake does not reload: no", "look")), tmp_path, monkeypatch)
    assert (answer.code, answer.err) == (2, "slo: http://fake does not reload: no\n  help: look\n")


ANSWERS: dict[str, tuple[bytes, str, str]] = {
    "not enabled": (http("403 Forbidden", b"Lifecycle API is not enabled."), "does not reload: Lifecycle API is not enabled.", "--web.enable-lifecycle"),
    "bad file": (http("500 Error", b"failed to reload config: couldn't load"), "does not reload: failed to reload config: couldn't load", "its log tells more"),
    "no words": (http("500 Error", b""), "does not reload: status 500", "its log tells more"),
    "who": (http("401 Unauthorized", b""), "wants to know who asks", "--token-file"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_server_answers(name: str) -> None:
    answer, says, helps = ANSWERS[name]
    with serving(saying(answer)) as url, pytest.raises(RemoteFailure) as caught:
        Server(Access(url, timeout=5)).reload()
    assert caught.value.message == f"{url} {says}"
    assert helps in caught.value.help


def test_a_server_that_agrees() -> None:
    with serving(saying(http("200 OK", b""))) as url:
        Server(Access(url, timeout=5)).reload()


# --- `slo verify` of rules for other rulers ------------------------------------------------------------------------------------------------


def _verified(ran: list[dict[str, Any]], target: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The errors of a server that has the data beside a ruler that runs the rules."""
    servers = {"http://data": Fake(), "http://ruler": Fake(groups=ran)}
    monkeypatch.setattr(_server, "connect", lambda url, *_: servers[url])
    write(folder, a_yaml=file())
    answer = run("verify", folder / "a.yaml", "--prometheus", "http://data", "--ruler", "http://ruler", "--target", target, "--format", "json")
    return [f"{one['id']}: {one['help']}" for one in answer.findings]


def vmalert(group: dict[str, Any]) -> dict[str, Any]:
    """A group as vmalert 1.130 tells it."""
    rules = [{("keep_firing_for" if key == "keepFiringFor" else key): value for key, value in rule.items()} for rule in group["rules"]]
    return {**{key: value for key, value in group.items() if key != "evaluationTime"}, "rules": [rule | {"evaluationTime": 0.01} for rule in rules]}


def test_verify_asks_the_ruler_for_its_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = [vmalert(group) for group in groups("late")]
    assert _verified(late, "victoriametrics", tmp_path, monkeypatch) == []
    late[0]["rules"][0]["evaluationTime"] = 100
    assert [one[:15] for one in _verified(late, "victoriametrics", tmp_path, monkeypatch)] == ["live/rules-late"]
    burn = next(rule for group in late for rule in group["rules"] if rule.get("keep_firing_for"))
    burn["keep_firing_for"] += 1
    assert any(one.startswith("live/rules-differ") for one in _verified(late, "victoriametrics", tmp_path, monkeypatch))


def test_vmalert_puts_a_changed_rule_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = [vmalert(group) for group in groups("late")]
    late[0]["rules"].append(late[0]["rules"].pop(0))
    assert _verified(late, "victoriametrics", tmp_path, monkeypatch) == []
    late[0]["rules"].pop()
    assert [one[:17] for one in _verified(late, "victoriametrics", tmp_path, monkeypatch)] == ["live/rules-differ"]


def test_a_thanos_ruler_sorts_rules_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = groups()
    ran[0]["rules"].sort(key=lambda rule: rule["name"])
    assert _verified(ran, "thanos", tmp_path, monkeypatch) == []
    assert len(_verified(ran, "prometheus", tmp_path, monkeypatch)) == 1


def test_labels_that_a_thanos_ruler_adds_are_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = groups()
    for rule in (rule for group in ran for rule in group["rules"]):
        rule["labels"] = {name: value for name, value in rule["labels"].items() if value} | {"replica": "a", "src": "thanos"}  # nor does it tell empty ones
    assert _verified(ran, "thanos", tmp_path, monkeypatch) == []
    assert any(one.startswith("live/rules-differ") for one in _verified(ran, "prometheus", tmp_path, monkeypatch))
    ran[0]["rules"][0]["labels"]["src"] = "by hand"
    assert any(one.startswith("live/rules-differ") for one in _verified(ran, "thanos", tmp_path, monkeypatch))


HELPS = {
    "mimir": "push it: `slo push --ruler URL`, or `mimirtool rules sync`",
    "thanos": "load thanos/shop.rules.yml: copy it to where --rule-file of the ruler looks, and reload",
    "victoriametrics": "load victoriametrics/shop.rules.yml: copy it to where -rule of vmalert looks, and reload",
    "prometheus": "load shop.prometheus.rules.yml: copy it to where rule_files of the server looks, and reload",
    "configmap": "apply configmap/shop.yaml: `kubectl apply -f`",
}


@pytest.mark.parametrize("target", HELPS)
def test_how_rules_get_to_a_ruler_that_has_none(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(_verified([], target, tmp_path, monkeypatch)) == {f"live/not-loaded: {HELPS[target]}"}


def test_groups_that_were_cut_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = file(promise(), promise(name="other"))
    what = built(text)
    cut = [told(group) for service in lower(what.spec, Templates(), 20).limited for group in service.groups]
    servers = {"http://data": Fake(groups=cut)}
    monkeypatch.setattr(_server, "connect", lambda url, *_: servers[url])
    write(tmp_path, a_yaml=text)

    def found(*options: str) -> set[tuple[str, str]]:
        answer = run("verify", tmp_path / "a.yaml", "--prometheus", "http://data", "--format", "json", *options)
        return {(one["id"], one["help"]) for one in answer.findings}

    assert found("--target", "mimir") == set()
    help = "its rules are there, in groups that are cut for Mimir: say --target mimir, or `targets: [mimir]` in the project file"
    assert found() == {("live/not-loaded", help)}
    write(tmp_path, slo_compiler_yaml="version: slo/v1\ntargets: [alertmanager, mimir]\n")
    assert found() == set()
