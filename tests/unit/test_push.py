"""`slo push` against a ruler's store that misbehaves: whatever it does, the old rules are back, or it is said what is there."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slo_compiler.commands._signals import heard
from slo_compiler.push import Kind, Patience, State, doing, insist
from slo_compiler.push.plan import Plan, plan
from slo_compiler.remote import Access, RemoteFailure, Ruler
from tests.unit.given import ROOT, Run, file, promise, run, write
from tests.unit.store import Fault, Request, Store, serving
from tests.unit.test_push_plan import BY_HAND, OURS, TENANT, sent

SECRET = "open-sesame-4711"
THREE = ["slo-shop/slo-shop-fast", "slo-shop/slo-shop-hours", "slo-shop/slo-shop-slow"]
WHOLE = "version: slo/v1\nsources: [a.yaml]\n"
QUICK = Patience(tries=3, pause=0.01, deadline=3000)


@pytest.fixture
def store() -> Iterator[Store]:
    with serving(Store()) as one:
        yield one


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are short."""
    monkeypatch.setattr(doing.Patience.__init__, "__defaults__", (3, 0.01, 300.0))


def push(store: Store, folder: Path, *options: str, text: str = file()) -> Run:
    write(folder, a_yaml=text)
    if "--prune" in options and not (folder / "slo-compiler.yaml").exists():
        write(folder, slo_compiler_yaml=WHOLE)
    return run("push", folder / "a.yaml", "--ruler", store.url, "--timeout", "1", *options)


def two(**changed: Any) -> str:
    """Another file, of two SLOs."""
    return file(promise(**changed), promise(name="other"))


# --- what is well ---------------------------------------------------------------------------------------------------------------------


def test_a_push_writes_what_differs_and_nothing_else(store: Store, tmp_path: Path) -> None:
    first = push(store, tmp_path)
    assert (first.code, first.err) == (0, "")
    assert first.out == f"3 groups -> {store.url}\n  created   slo-shop: slo-shop-fast, slo-shop-hours, slo-shop-slow\n"
    assert store.names == THREE
    store.asked.clear()
    again = push(store, tmp_path)
    assert (again.code, again.out) == (0, f"3 groups -> {store.url}\n  unchanged 3 groups\n")
    assert store.asked == [("GET", "", "")]
    changed = push(store, tmp_path, text=file(promise(objective="99%")))
    assert changed.out == f"3 groups -> {store.url}\n  replaced  slo-shop: slo-shop-fast, slo-shop-slow\n  unchanged 1 group\n"


def test_what_is_pushed_is_what_is_written(store: Store, tmp_path: Path) -> None:
    import yaml

    write(tmp_path, a_yaml=two())
    assert run("compile", tmp_path / "a.yaml", "-o", tmp_path / "out", "--target", "mimir").code == 0
    push(store, tmp_path, text=two())
    written = yaml.safe_load((tmp_path / "out" / "mimir" / "shop.rules.yml").read_text())
    assert {(written["namespace"], group["name"]): group for group in written["groups"]} == store.groups


def test_a_dry_run_sends_nothing(store: Store, tmp_path: Path) -> None:
    store.groups["slo-old", "slo-old-fast"] = OURS
    answer = push(store, tmp_path, "--dry-run", "--prune")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        f"3 groups -> {store.url} (dry run: nothing was sent)",
        "  delete    slo-old: slo-old-fast",
        "  create    slo-shop: slo-shop-fast, slo-shop-hours, slo-shop-slow",
    ]
    assert store.writes == []


def test_what_is_left_over_and_what_others_wrote_is_told(store: Store, tmp_path: Path) -> None:
    store.groups |= {("slo-old", "slo-old-fast"): OURS, ("slo-shop", "by-hand"): BY_HAND, ("slo-team-x", "slo-x-fast"): OURS}
    lines = push(store, tmp_path).out.splitlines()
    assert lines[2:] == ["  left over slo-old: slo-old-fast; --prune deletes what is left over", "  not ours  slo-shop: by-hand; what others wrote stays"]
    pruned = push(store, tmp_path, "--prune").out.splitlines()
    assert pruned[1] == "  deleted   slo-old: slo-old-fast"
    assert store.names == sorted([*THREE, "slo-shop/by-hand", "slo-team-x/slo-x-fast"])


def test_the_outcome_as_json(store: Store, tmp_path: Path) -> None:
    told = json.loads(push(store, tmp_path, "--format", "json").out)
    assert told == {
        "ruler": store.url,
        "outcome": "done",
        "counts": {"created": 3},
        "groups": [{"namespace": "slo-shop", "group": f"slo-shop-{pace}", "what": "created"} for pace in ("fast", "hours", "slow")],
        "conflicts": [],
        "failure": None,
    }
    assert json.loads(push(store, tmp_path, "--format", "json", "--dry-run", "--prune", text=two()).out)["outcome"] == "planned"
    store.fault = lambda asked: asked.method == "POST" and asked.number == 5 and asked.answer(400, "no")
    failed = push(store, tmp_path, "--format", "json", "--parallel", "1", text=file(promise(objective="99%")))
    assert failed.code == 2
    told = json.loads(failed.out)
    assert (told["outcome"], told["counts"]) == ("taken back", {"as before": 2, "unchanged": 1})
    assert told["failure"]["message"].endswith("refuses it: no")


def test_token_and_tenant_are_sent_and_never_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    store.fault = lambda asked: asked.method == "POST" and asked.answer(401, "who?")
    answer = push(store, tmp_path, "--token-file", str(tmp_path / "token"), "--tenant", "team-a")
    assert {(headers["Authorization"], headers["X-Scope-OrgID"]) for headers in map(_titled, store.headers)} == {(f"Bearer {SECRET}", "team-a")}
    assert answer.code == 2
    assert "wants to know who asks: who?" in answer.err
    assert SECRET not in answer.text


@pytest.mark.parametrize("lead", ["invalid token Bearer ", "x" * 190, "on the second line\n"])
def test_a_token_that_a_server_repeats_is_not_told(lead: str, store: Store, tmp_path: Path) -> None:
    """Nor a part of it, where its words are cut short."""
    (tmp_path / "token").write_text(SECRET)
    store.fault = lambda asked: asked.method == "POST" and asked.answer(400, f"{lead}{SECRET}")
    for style in ("text", "json"):
        answer = push(store, tmp_path, "--token-file", str(tmp_path / "token"), "--format", style)
        assert answer.code == 2
        assert f"refuses it: {lead.splitlines()[0].strip()}" in answer.err
        assert SECRET[:6] not in answer.text


def test_neither_are_credentials_of_an_address(store: Store) -> None:
    encoded = base64.b64encode(f"team:{SECRET}".encode()).decode()
    store.fault = lambda asked: asked.answer(400, f"who is {SECRET}, or {encoded}?")
    with pytest.raises(RemoteFailure, match=r"cannot tell its rules: who is \*\*\*, or \*\*\*\?") as caught:
        Ruler(Access(store.url.replace("http://", f"http://team:{SECRET}@"), timeout=5)).groups()
    assert SECRET not in caught.value.message
    store.fault = lambda asked: asked.answer(302, "", Location=f"http://login/{SECRET}")
    with pytest.raises(RemoteFailure, match=r"sends us to http://login/\*\*\*"):
        Ruler(Access(store.url, SECRET, timeout=5)).groups()


def _titled(headers: dict[str, str]) -> dict[str, str]:
    return {{"authorization": "Authorization", "x-scope-orgid": "X-Scope-OrgID"}.get(name.lower(), name): value for name, value in headers.items()}


# --- what is refused before anything is sent --------------------------------------------------------------------------------------------


def test_a_mistake_in_a_file_sends_nothing(store: Store, tmp_path: Path) -> None:
    answer = push(store, tmp_path, text=file(promise(objective="0.999")))
    assert (answer.code, store.asked) == (1, [])
    assert "error[objective/fraction]" in answer.err
    assert answer.err.endswith("1 error: nothing was sent\n")


def test_limits_that_are_stated_are_kept_before_anything_is_sent(store: Store, tmp_path: Path) -> None:
    write(tmp_path, slo_compiler_yaml="version: slo/v1\noptions: {mimir: {groups: 2}}\n")
    answer = push(store, tmp_path)
    assert (answer.code, store.asked) == (1, [])
    assert "error[target/limits]: the rules are 3 groups" in answer.err


def test_room_that_others_take_is_seen_before_anything_is_sent(store: Store, tmp_path: Path) -> None:
    store.groups = {("other", f"g{number}"): {**BY_HAND, "name": f"g{number}"} for number in range(68)}
    answer = push(store, tmp_path)
    assert (answer.code, store.writes) == (2, [])
    assert answer.err.startswith("slo: the tenant would have 71 groups, 68 of which it has now, and holds 70; nothing was sent\n  help: raise ")


def test_two_writers_of_a_series_are_refused(store: Store, tmp_path: Path) -> None:
    push(store, tmp_path, text=two())
    write(tmp_path, slo_compiler_yaml=f"{WHOLE}options: {{mimir: {{rules_per_group: 200}}}}\n")
    before = dict(store.groups)
    store.asked.clear()
    store.most_rules = 200
    answer = push(store, tmp_path, text=two())
    assert (answer.code, store.writes) == (2, [])
    assert (
        "left over, write series that other groups write from now on: events would count twice; nothing was sent\n  help: delete them with --prune"
        in answer.err
    )
    assert push(store, tmp_path, "--prune", text=two()).code == 0
    assert store.groups.keys() != before.keys()
    assert store.names == THREE


WRONG_USE: dict[str, tuple[tuple[str, ...], str]] = {
    "nowhere": ((), "say where to: either --ruler or --reload"),
    "both": (("--ruler", "http://a", "--reload", "http://b"), "say where to: either --ruler or --reload"),
    "reload and prune": (("--reload", "http://b", "--prune"), "--prune goes with --ruler"),
    "reload and dry run": (("--reload", "http://b", "--dry-run"), "--dry-run goes with --ruler"),
    "no address": (("--ruler", "mimir:8080"), "'mimir:8080' is not the address of a server"),
    "a shard of none": (("--ruler", "http://a", "--shard", "0"), "--shard 0: the services are not spread over shards"),
}


@pytest.mark.parametrize("name", WRONG_USE)
def test_wrong_use_is_told(name: str, tmp_path: Path) -> None:
    options, says = WRONG_USE[name]
    write(tmp_path, a_yaml=file())
    answer = run("push", tmp_path / "a.yaml", *options)
    assert answer.code == 2
    assert says in answer.err


def sharded(folder: Path) -> None:
    write(folder, slo_compiler_yaml="version: slo/v1\nsources: [.]\noutput: out\ntargets: [mimir]\noptions: {shards: 2}\n", b_yaml=file(service="till"))


def test_a_shard_is_a_tenant(store: Store, tmp_path: Path) -> None:
    sharded(tmp_path)
    write(tmp_path, a_yaml=file())

    def shard(*options: str) -> Run:
        return run("push", tmp_path, "--ruler", store.url, *options)

    assert "no shards.yaml says to which shard shop belongs" in shard("--shard", "0").err
    assert run("compile", tmp_path, "-o", tmp_path / "out").code == 0
    assert "help: push one after the other: --shard 0 to --shard 1, each with its --tenant" in shard().err
    assert "there is no shard 2\n  help: shards are 0 to 1" in shard("--shard", "2").err
    assert store.asked == []
    assert shard("--shard", "0").code == 0
    assert store.names == THREE
    for options in (("--shard", "1", "--prune"), ("--shard", "1"), ("--shard", "1", "--prune", "--dry-run")):
        wrong = shard(*options)
        assert (wrong.code, store.names) == (2, THREE)
        assert "this tenant holds shop, which belongs to shard 0, and nothing of shard 1; nothing was sent" in wrong.err
        assert "help: give shard 1 its own --tenant (and --ruler), or say --shard 0" in wrong.err
    store.groups |= {
        (namespace.replace("shop", "till"), group.replace("shop", "till")): OURS | {"name": group.replace("shop", "till")} for namespace, group in store.groups
    }
    assert shard("--shard", "0", "--prune").code == 0, "till has moved to shard 1"
    assert store.names == THREE
    store.groups.clear()
    assert shard("--shard", "1", "--prune").code == 0
    assert store.names == [name.replace("shop", "till") for name in THREE]
    write(tmp_path, c_yaml=file(service="new"))
    assert "no shards.yaml says to which shard new belongs\n  help: run `slo compile --target mimir` first" in shard("--shard", "0").err
    (tmp_path / "out" / "shards.yaml").write_text("# Written by slo-compiler\nshards: 3\nservices:\n  shop: 0\n  till: 1\n  new: 2\n")
    assert "shards.yaml speaks of 3 shards, the project of 2" in shard("--shard", "0").err


def test_a_part_of_a_project_is_never_taken_for_all_of_it(store: Store, tmp_path: Path) -> None:
    write(tmp_path, slo_compiler_yaml="version: slo/v1\nsources: [.]\n", b_yaml=file(service="till"))
    answer = push(store, tmp_path, "--prune")
    assert (answer.code, store.asked) == (2, [])
    assert "b.yaml belongs to the project and is not compiled now: --prune would delete its rules" in answer.err
    assert push(store, tmp_path).code == 0
    assert run("push", tmp_path, "--ruler", store.url, "--prune").code == 0


@pytest.mark.parametrize("project", ["", "version: slo/v1\n"])
def test_without_a_whole_nothing_is_pruned(project: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, or standard input, says nothing of what else belongs into the tenant."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, a_yaml=file(), **({"slo_compiler_yaml": project} if project else {}))
    store.groups["slo-old", "slo-old-fast"] = OURS
    answer = run("push", "a.yaml", "--ruler", store.url, "--prune")
    assert (answer.code, store.asked, answer.out) == (2, [], "")
    assert "--prune would delete the rules of all other services; nothing was sent\n  help: write `sources` into slo-compiler.yaml" in answer.err


# --- faults ---------------------------------------------------------------------------------------------------------------------------


def at(method: str, number: int, does: Callable[[Request], bool]) -> Fault:
    return lambda asked: asked.method == method and asked.number == number and does(asked)


def from_on(method: str, number: int, does: Callable[[Request], bool]) -> Fault:
    return lambda asked: asked.method == method and asked.number >= number and does(asked)


def _applied_and_cut(asked: Request) -> bool:
    asked.act()
    return asked.cut()


PASSING: dict[str, Fault] = {
    "500 while looking": at("GET", 1, lambda asked: asked.answer(500, "boom")),
    "half an answer": at("GET", 1, Request.half),
    "cut while looking": at("GET", 1, Request.cut),
    "500": at("POST", 2, lambda asked: asked.answer(500, "boom")),
    "429": at("POST", 2, lambda asked: asked.answer(429, "slowly", Retry_After="0")),
    "429 with a date": at("POST", 2, lambda asked: asked.answer(429, "slowly", Retry_After="Mon, 30 Nov 2026 18:00:00 GMT")),
    "cut before": at("POST", 2, Request.cut),
    "cut afterwards": at("POST", 2, _applied_and_cut),
    "hangs once": at("POST", 2, Request.hang),
    "cut while deleting": at("DELETE", 1, _applied_and_cut),
}  # fmt: skip


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_for(name: str, store: Store, tmp_path: Path) -> None:
    store.groups["slo-old", "slo-old-fast"] = OURS
    store.fault = PASSING[name]
    answer = push(store, tmp_path, "--prune", "--parallel", "1")
    assert (answer.code, answer.err) == (0, "")
    assert store.names == THREE


def test_a_server_that_says_when_is_asked_then(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float | None] = []
    monkeypatch.setattr(threading.Event, "wait", lambda _, seconds=None: paused.append(seconds))
    answers = iter([RemoteFailure("", "", 429, 7), RemoteFailure("", "", 503, 0), None])

    def ask(_: float) -> str:
        if failure := next(answers):
            raise failure
        return "well"

    assert insist(ask, Patience(tries=3, pause=0.5, deadline=60)) == "well"
    assert paused == [7, 1.0]


def test_who_wants_to_be_asked_after_the_end_is_not_waited_for() -> None:
    def ask(_: float) -> None:
        raise RemoteFailure("busy", "", 429, 3600)

    began = time.monotonic()
    with pytest.raises(RemoteFailure, match="busy"):
        insist(ask, Patience(deadline=60))
    assert time.monotonic() - began < 5
    with pytest.raises(RemoteFailure, match="the time for this push is over"):
        insist(ask, replace(QUICK, began=time.monotonic() - 3001))


def test_a_request_is_cut_to_the_time_that_is_left() -> None:
    lefts: list[float] = []

    def ask(left: float) -> None:
        lefts.append(left)
        raise RemoteFailure("silent", "", again=0)

    with pytest.raises(RemoteFailure, match="silent"):
        insist(ask, replace(QUICK, began=time.monotonic() - 2900))
    assert all(0 < left <= 100 for left in lefts)
    assert lefts == sorted(lefts, reverse=True)


def test_a_server_that_hangs_does_not_outlast_the_deadline(store: Store, tmp_path: Path) -> None:
    go_on = threading.Event()
    store.fault = lambda _: go_on.wait(60)
    began = time.monotonic()
    write(tmp_path, a_yaml=file())
    answer = run("push", tmp_path / "a.yaml", "--ruler", store.url, "--timeout", "60", "--deadline", "1")
    assert time.monotonic() - began < 30
    go_on.set()
    assert answer.code == 2
    assert "the time for this push is over\n  help: give it more time with --deadline" in answer.err


def test_what_cannot_be_reached_any_more_is_not_waited_for_group_by_group() -> None:
    asked: list[str] = []

    class Gone:
        def groups(self, _: float) -> dict[str, Any]:
            raise RemoteFailure("gone", "", again=0)

        def write(self, namespace: str, *_: str, **__: float) -> None:
            if len(asked) == 2:
                raise RemoteFailure("gone", "", again=0)
            asked.append(f"write {namespace}")

        def delete(self, namespace: str, group: str, **_: float) -> None:
            asked.append(f"delete {namespace}/{group}")
            raise RemoteFailure("gone", "", again=0)

    begun: list[int] = []
    halt = doing.Halt(back=lambda outcome: begun.append(len(outcome.states)))
    outcome = doing.take(plan({}, sent(), TENANT, prune=True), Gone(), replace(QUICK, tries=1), 1, halt)
    assert not outcome.is_back
    assert begun == [3]
    assert [what for what in asked if what.startswith("delete")] == ["delete slo-shop/slo-shop-fast"]


LASTING: dict[str, tuple[Fault, str]] = {
    "refused": (at("POST", 2, lambda asked: asked.answer(400, 'group "x", rule 0: could not parse')), 'refuses it: group "x", rule 0: could not parse'),
    "protected": (from_on("POST", 2, lambda asked: asked.answer(403, "namespace is protected")) , "does not let this token ask: namespace is protected"),
    "limit": (at("POST", 3, lambda asked: asked.answer(400, "per-user rule groups limit (limit: 2 actual: 3) exceeded")), "limit: 2 actual: 3"),
    "refused delete": (at("DELETE", 1, lambda asked: asked.answer(400, "no")), "does not delete it: no"),
    "elsewhere": (at("POST", 2, lambda asked: asked.answer(302, "", Location="http://login/")), "sends us to http://login/"),
    "without a word": (at("POST", 2, lambda asked: asked.answer(418, "")), "refuses it: status 418"),
}  # fmt: skip


@pytest.mark.parametrize("parallel", ["1", "4"])
@pytest.mark.parametrize("name", LASTING)
def test_a_push_that_fails_leaves_what_was_there(name: str, parallel: str, store: Store, tmp_path: Path) -> None:
    store.groups |= {("slo-old", "slo-old-fast"): OURS, ("slo-shop", "by-hand"): BY_HAND}
    push(store, tmp_path)
    before = dict(store.groups)
    fault, says = LASTING[name]
    store.asked.clear()
    if name == "protected":  # the namespace could be written to when it was put back
        fault = at("POST", 2, lambda asked: asked.answer(403, "namespace is protected"))
    store.fault = fault
    answer = push(store, tmp_path, "--prune", "--parallel", parallel, text=file(*(promise(name=f"s{number}") for number in range(3))))
    assert answer.code == 2
    assert says in answer.err
    assert re.search(r"(?m)^slo: \S+ failed: taking back what was sent \(\d groups?\); wait for it$", answer.err)
    assert "all groups are as they were before" in answer.err
    assert answer.out == ""
    assert store.groups == before
    store.fault = lambda _: False
    assert push(store, tmp_path, "--prune", text=two()).code == 0


def test_where_it_cannot_be_taken_back_it_is_said_what_is_there(store: Store, tmp_path: Path) -> None:
    push(store, tmp_path)
    store.asked.clear()
    store.fault = from_on("POST", 2, lambda asked: asked.answer(503, "closed"))
    answer = push(store, tmp_path, "--parallel", "1", text=file(promise(objective="99%")))
    assert answer.code == 2
    assert re.findall(r"(?m)^  (new rules|as before|unknown  ) (\S+)$", answer.err) == [("new rules", THREE[0]), ("as before", THREE[2])]
    assert "fails with status 503: closed" in answer.err
    assert "not all could be taken back; the same push again looks at what is there, and puts it right" in answer.err
    store.fault = lambda _: False
    changed = file(promise(objective="99%"))
    assert push(store, tmp_path, text=changed).out.splitlines()[1:] == ["  replaced  slo-shop: slo-shop-slow", "  unchanged 2 groups"]


def test_what_is_there_is_read_and_what_cannot_be_read_is_unknown(store: Store, tmp_path: Path) -> None:
    """Two groups, neither of which can be taken back: one is what it was, one is something else."""
    push(store, tmp_path)
    closed: set[str] = set()

    def closing(asked: Request) -> bool:
        if asked.method == "POST" and asked.number == 2:
            store.groups["slo-shop", "slo-shop-fast"]["rules"].pop()
        return asked.number > 1 and asked.method in closed and asked.answer(503, "closed")

    found = []
    for method in ("POST", "GET"):
        closed.add(method)
        store.asked.clear()
        store.fault = closing
        answer = push(store, tmp_path, "--parallel", "1", text=file(promise(objective="99%")))
        found.append(re.findall(r"(?m)^  (new rules|as before|unknown|other) +(\S+)$", answer.err))
        store.fault = lambda _: False
        push(store, tmp_path)
    assert found == [[("other", THREE[0]), ("as before", THREE[2])], [("unknown", THREE[0]), ("unknown", THREE[2])]]


def test_a_group_that_is_refused_is_as_before_and_not_written_again(store: Store, tmp_path: Path) -> None:
    """A tenant whose limit is below what the project says takes nothing, not even what it has."""
    push(store, tmp_path)
    before = dict(store.groups)
    store.most_groups = 3
    store.asked.clear()
    answer = push(store, tmp_path, text=file(promise(objective="99%")))
    assert (answer.code, store.groups) == (2, before)
    assert "per-user rule groups limit (limit: 3 actual: 4) exceeded" in answer.err
    assert "help: say `options: {mimir: {groups: 3}}`, so that" in answer.err
    assert answer.err.endswith("; or raise ruler_max_rule_groups_per_tenant; all groups are as they were before\n")
    assert len(store.writes) <= 2, "nothing is put back where nothing was changed"
    write(tmp_path, slo_compiler_yaml="version: slo/v1\noptions: {mimir: {groups: 3}}\n")
    assert push(store, tmp_path, text=file(promise(objective="99%"))).code == 0


def test_what_was_not_answered_may_still_come(store: Store, tmp_path: Path) -> None:
    store.fault = from_on("POST", 2, Request.cut)
    answer = push(store, tmp_path, "--parallel", "1")
    assert answer.code == 2
    assert answer.err.endswith("all groups are as they were before; requests that were not answered may still take effect: look again with --dry-run\n")


NO_ANSWER: dict[str, tuple[Fault, str]] = {
    "hangs": (from_on("GET", 1, Request.hang), "does not answer within"),
    "floods": (from_on("GET", 1, Request.flood), "answers with more than 3 MB"),
    "always half": (from_on("GET", 1, Request.half), "closed the connection in the middle of its answer"),
    "always cut": (from_on("GET", 1, Request.cut), "cannot be reached"),
    "no YAML": (at("GET", 1, lambda asked: asked.answer(200, "a: [b")), "answers, but not as a ruler does"),
    "nothing": (at("GET", 1, lambda asked: asked.answer(200, "")), "answers, but not as a ruler does"),
    "a page": (at("GET", 1, lambda asked: asked.answer(200, "<html>Sign in</html>")), "answers, but not as a ruler does"),
    "other YAML": (at("GET", 1, lambda asked: asked.answer(200, "a: b")), "answers, but not as a ruler does"),
    "groups without names": (at("GET", 1, lambda asked: asked.answer(200, "a: [{rules: []}]")), "answers, but not as a ruler does"),
    "two documents": (at("GET", 1, lambda asked: asked.answer(200, "a: []\n---\nb: []")), "answers, but not as a ruler does"),
    "no text": (at("GET", 1, lambda asked: asked.answer(200, "\udcff")), "answers, but not as a ruler does"),
    "no such page": (at("GET", 1, lambda asked: asked.answer(404, "404 page not found")), "has no such page"),
    "refuses": (at("GET", 1, lambda asked: asked.answer(400, "no tenant")), "cannot tell its rules: no tenant"),
}  # fmt: skip


NEXT_STEPS: dict[str, tuple[Fault, tuple[str, ...], str]] = {
    "no tenant": (at("GET", 1, lambda asked: asked.answer(401, "no org id")), (), "help: it wants to know which tenant: --tenant"),
    "nobody": (at("GET", 1, lambda asked: asked.answer(401, "who?")), (), "help: put a bearer token"),
    "old token": (at("GET", 1, lambda asked: asked.answer(401, "who?")), ("--token-file", "token"), "it does not know this token: look whether it has expired"),
    "may not write": (at("POST", 1, lambda asked: asked.answer(403, "no")), (), "use a token that may read and write rules; Mimir may protect a namespace"),
    "conflict": (at("GET", 1, lambda asked: asked.answer(409, "no")), (), "its own words; look whether the address and the --tenant are right"),
    "unprocessable": (at("GET", 1, lambda asked: asked.answer(422, "no")), (), "look whether the address and the --tenant are right"),
}  # fmt: skip


@pytest.mark.parametrize("name", NEXT_STEPS)
def test_the_next_step_is_one_that_helps(name: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault, options, says = NEXT_STEPS[name]
    monkeypatch.chdir(tmp_path)
    write(tmp_path, token=SECRET)
    store.fault = fault
    answer = push(store, tmp_path, "--parallel", "1", *options)
    assert answer.code == 2
    assert says in answer.err


@pytest.mark.parametrize("name", NO_ANSWER)
def test_a_ruler_that_cannot_be_asked_ends_in_one_sentence(name: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ruler, "most_bytes", 3_000_000)
    fault, says = NO_ANSWER[name]
    store.groups = {("x", "y"): {**BY_HAND, "name": "y"}}
    store.fault = fault
    answer = push(store, tmp_path)
    assert answer.code == 2
    assert answer.err.startswith(f"slo: {store.url} ")
    assert says in answer.err
    assert store.writes == []


def test_a_tenant_without_rules_may_be_told_as_not_found(store: Store, tmp_path: Path) -> None:
    store.fault = at("GET", 1, lambda asked: asked.answer(404, "no rule groups found"))
    assert push(store, tmp_path).code == 0


def test_what_a_server_drops_is_noticed(store: Store, tmp_path: Path) -> None:
    def forget(asked: Request) -> bool:
        if asked.method == "POST" and asked.group == "slo-shop-slow":
            asked.act()
            del store.groups["slo-shop", "slo-shop-slow"]["rules"][0]
            return asked.answer(202, "")
        return False

    store.fault = forget
    answer = push(store, tmp_path)
    assert answer.code == 2
    assert "took all groups, and now holds something else as slo-shop/slo-shop-slow" in answer.err


def test_a_ruler_that_falls_silent_after_the_last_group(store: Store, tmp_path: Path) -> None:
    store.fault = from_on("GET", 2, lambda asked: asked.answer(500, "boom"))
    answer = push(store, tmp_path)
    assert answer.code == 2
    assert "all groups were sent, but it could not be looked whether they are there" in answer.err
    assert store.names == THREE


def test_the_copy_of_our_rules_elsewhere_is_refused(store: Store, tmp_path: Path) -> None:
    push(store, tmp_path)
    store.groups["elsewhere", "copy"] = {**store.groups["slo-shop", "slo-shop-fast"], "name": "copy"}
    store.asked.clear()
    answer = push(store, tmp_path, "--format", "json", text=file(promise(objective="99%")))
    assert (answer.code, store.writes) == (2, [])
    says = "elsewhere/copy writes the series of shop/success, too, under another name: events would count twice"
    assert answer.err.startswith(f"slo: {says}; nothing was sent\n  help: take it out of there")
    told = json.loads(answer.out)
    assert (told["outcome"], [conflict["message"] for conflict in told["conflicts"]]) == ("refused", [says])
    assert told["counts"] == {"replace": 2, "unchanged": 1}


def test_another_prefix_leaves_no_second_writer(store: Store, tmp_path: Path) -> None:
    push(store, tmp_path)
    write(tmp_path, slo_compiler_yaml="version: slo/v1\noptions: {mimir: {namespace: acme}}\n")
    refused = push(store, tmp_path)
    assert (refused.code, store.names) == (2, THREE)
    assert "--prune-prefix slo deletes what it left" in refused.err
    moved = push(store, tmp_path, "--prune-prefix", "slo")
    assert (moved.code, moved.err) == (0, "")
    assert store.names == [f"acme{name.removeprefix('slo')}" for name in THREE]
    assert "  deleted   slo-shop: slo-shop-fast, slo-shop-hours, slo-shop-slow\n" in moved.out
    assert push(store, tmp_path).out.endswith("\n  unchanged 3 groups\n")


def test_a_copy_that_comes_meanwhile_is_told(store: Store, tmp_path: Path) -> None:
    def copying(asked: Request) -> bool:
        if asked.method == "GET" and asked.number == 2:
            store.groups["elsewhere", "copy"] = {**store.groups["slo-shop", "slo-shop-fast"], "name": "copy"}
        return False

    store.fault = copying
    answer = push(store, tmp_path)
    assert answer.code == 2
    assert "events would count twice; all groups were sent" in answer.err


def test_a_full_tenant_can_be_pushed_to(store: Store, tmp_path: Path) -> None:
    write(tmp_path, slo_compiler_yaml="version: slo/v1\noptions: {mimir: {groups: 3}}\n")
    store.most_groups = 3
    push(store, tmp_path)
    before = dict(store.groups)
    changed = file(promise(objective="99%"))
    store.fault = at("POST", 5, lambda asked: asked.answer(400, "no"))
    failed = push(store, tmp_path, "--parallel", "1", text=changed)
    assert "all groups are as they were before" in failed.err
    assert store.groups == before
    assert push(store, tmp_path, text=changed).code == 0
    assert push(store, tmp_path, text=changed).out.endswith("unchanged 3 groups\n")


def test_what_was_created_goes_before_what_was_deleted_comes_back(store: Store, tmp_path: Path) -> None:
    """Or else there would be no room for it."""
    write(tmp_path, slo_compiler_yaml=f"{WHOLE}options: {{mimir: {{groups: 3}}}}\n")
    store.most_groups = 3
    push(store, tmp_path)
    before = dict(store.groups)
    store.fault = at("POST", 6, lambda asked: asked.answer(400, "no"))
    answer = push(store, tmp_path, "--prune", text=file(service="till"))
    assert "all groups are as they were before" in answer.err
    assert store.groups == before


# --- interrupted ----------------------------------------------------------------------------------------------------------------------


def _planned(store: Store) -> tuple[Ruler, Plan]:
    ruler = Ruler(Access(store.url, timeout=5))
    return ruler, plan(ruler.groups(), sent(), TENANT, prune=True)


@pytest.mark.parametrize("sent_signal", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_takes_back_what_was_done(sent_signal: signal.Signals, store: Store, tmp_path: Path) -> None:
    """Ctrl-C, or the end of a pipeline, while the second group is under way."""
    write(tmp_path, a_yaml=file())
    reached = threading.Event()
    go_on = threading.Event()

    def wait(asked: Request) -> bool:
        if asked.method == "POST" and asked.number == 2:
            reached.set()
            go_on.wait(10)
        return False

    store.fault = wait
    command = [sys.executable, "-m", "slo_compiler", "push", "a.yaml", "--ruler", store.url, "--parallel", "1"]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert reached.wait(30)
        process.send_signal(sent_signal)
        assert process.stderr
        assert process.stderr.readline() == "slo: interrupted: what was sent is taken back; wait for it\n"
        go_on.set()
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err == "slo: interrupted\n  help: all groups are as they were before\n"
    assert store.names == []


def test_an_interrupt_before_the_first_group_sends_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Ruler, "groups", interrupted)
    answer = push(store, tmp_path)
    assert (answer.code, store.writes) == (2, [])
    assert answer.err == "slo: interrupted: nothing was sent\n  help: run it again\n"


def test_no_step_is_taken_after_an_interrupt_however_many_come(store: Store, tmp_path: Path) -> None:
    """Ctrl-C is often pressed twice, and a pipeline sends SIGINT, then SIGTERM: both may come while requests are under way."""
    write(tmp_path, a_yaml=file(), b_yaml=file(service="till"), c_yaml=file(service="yard"))
    reached, go_on = threading.Event(), threading.Event()

    def wait(asked: Request) -> bool:
        if asked.method == "POST" and asked.number == 2:
            reached.set()
            go_on.wait(10)
        return False

    store.fault = wait
    command = [sys.executable, "-m", "slo_compiler", "push", ".", "--ruler", store.url, "--parallel", "2"]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert reached.wait(30)
        process.send_signal(signal.SIGINT)
        assert "wait for it" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert "still taking back" in process.stderr.readline()
        with store.lock:
            begun = len(store.writes)
        go_on.set()
        err = process.communicate(timeout=30)[1]
    assert (process.returncode, store.names) == (2, [])
    assert err.endswith("help: all groups are as they were before\n")
    forwards = [group for method, group in store.writes[begun:] if method == "POST"]
    assert len(forwards) <= 1, "at most what had been begun when the first signal came"


def test_a_step_is_not_gone_on_with_between_its_two_requests(store: Store) -> None:
    """In a full tenant the old group goes before the new one comes."""
    ruler, what = _planned(store)
    halt = doing.Halt()
    full = [replace(step, kind=Kind.REPLACE, before=step.text, clears=True) for step in what.steps]

    def stopping(*_: object, **__: object) -> None:
        halt.hear()

    ruler.delete = stopping  # type: ignore[method-assign]
    outcome = doing.take(replace(what, rounds=(tuple((step,) for step in full),)), ruler, QUICK, 1, halt)
    assert (outcome.is_interrupted, outcome.is_back) == (True, True)
    assert [group for _, group in store.writes] == ["slo-shop-fast"], "the old one, put back"


def test_the_third_interrupt_ends_taking_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ruler, what = _planned(store)
    halt = doing.Halt()
    store.fault = at("POST", 3, lambda asked: asked.answer(503, "no"))

    def leaving(*_: object, **__: object) -> None:
        halt.leave.set()
        raise RemoteFailure("no answer", "", again=0)

    monkeypatch.setattr(ruler, "delete", leaving)
    outcome = doing.take(what, ruler, Patience(tries=1), 1, halt)
    assert not outcome.is_back
    assert [state for _, state in sorted(outcome.states.items(), key=lambda one: one[0].name)] == [State.NEW, State.NEW, State.OLD]


def test_signals_are_counted_and_raise_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with heard() as halt:
        wished = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGINT):
            signal.raise_signal(number)
            wished.append((halt.is_wanted, halt.stop.is_set(), halt.leave.is_set()))
    assert wished == [(True, True, False), (True, True, False), (True, True, True), (True, True, True)]
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert signal.getsignal(signal.SIGINT) is before
