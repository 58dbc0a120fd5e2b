"""`slo verify` against a real Prometheus: silent about what is well, and each planted fault is found where it stands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import servers, test_findings
from tests.cases_runner import inside
from tests.live.stack import is_up, wait_for
from tests.live.world import STEP, World
from tests.servers import Line, free_port, lines
from tests.test_findings import LIVE_FILES, LIVE_TRANSCRIPTS, UNNAMED, Page
from tests.unit.given import Run, run

PROJECT = "version: slo/v1\nprometheus: {evaluation_interval: 5s, retention: 15d}\n"
SLOS, ROOT = Path(__file__).parent / "slos", Path(__file__).parents[2]
GOOD: dict[str, Any] = yaml.safe_load((SLOS / "verify.yaml").read_text())
ODD: list[dict[str, Any]] = yaml.safe_load((SLOS / "odd.yaml").read_text())
FAULTS: list[dict[str, Any]] = yaml.safe_load((SLOS / "faults.yaml").read_text())


def write(folder: Path, service: str, slos: list[dict[str, Any]], project: str = PROJECT, name: str = "slo.yaml") -> Path:
    """A project of one file."""
    folder.mkdir(exist_ok=True)
    (folder / "slo-compiler.yaml").write_text(project)
    (folder / name).write_text(yaml.safe_dump(GOOD | {"service": service, "slos": slos}, sort_keys=False, width=1000))
    return folder


def simple(**changed: Any) -> dict[str, Any]:
    """The first of the good SLOs, not split unless `changed` says so."""
    return {key: value for key, value in GOOD["slos"][0].items() if key != "by"} | changed


def slo(*arguments: str | Path, at: Path) -> Run:
    with inside(at):
        return run(*arguments)


@dataclass
class Live:
    """A Prometheus that scrapes the world, runs the good file's rules, and can be given others."""

    url: str
    folder: Path
    version: str

    def load(self, name: str, rules: Path, change: tuple[str, str] = ("", "")) -> None:
        """Put a compiled file, or a changed one, among the server's rules and let it look."""
        text = rules.read_text()
        assert change[0] in text
        (self.folder / "rules" / name).write_text(text.replace(*change, 1) if change[0] else text)
        self.reload()

    def reload(self) -> None:
        subprocess.run(["curl", "-sf", "-X", "POST", f"{self.url}/-/reload"], check=True)

    def verify(self, at: Path, *options: str) -> Run:
        return slo("verify", ".", "--prometheus", self.url, *options, at=at)

    def findings(self, at: Path) -> list[dict[str, Any]]:
        done = self.verify(at, "--format", "json")
        assert done.err == ""
        found: list[dict[str, Any]] = json.loads(done.out)
        assert done.code == any(finding["severity"] == "error" for finding in found)
        return found

    def findings_unloaded(self, at: Path) -> list[dict[str, Any]]:
        """The findings, but for that nobody has loaded the rules."""
        return [finding for finding in self.findings(at) if finding["id"] != "live/not-loaded"]

    def healths(self, group: str) -> set[str]:
        """What the server says of a group's rules: `ok`, `err`, or `unknown` before their first evaluation."""
        with urllib.request.urlopen(f"{self.url}/api/v1/rules", timeout=10) as answer:
            groups = json.load(answer)["data"]["groups"]
        return {rule["health"] for one in groups if one["name"] == group for rule in one["rules"]}

    def play(self, part: dict[str, str], at: Path) -> tuple[int, str]:
        """A transcript's exit code and words; its usual address and folder are here those of this server."""
        text = part[UNNAMED].replace("http://localhost:9090", self.url).replace("/etc/prometheus/rules", str(self.folder / "rules"))
        return test_findings.play({UNNAMED: text}, at)


@pytest.fixture(scope="module", params=lines(), ids=lambda line: line.version)
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    line: Line = request.param
    folder, world, port = tmp_path_factory.mktemp("verify"), World(), free_port()
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {STEP}s, scrape_timeout: {STEP}s, evaluation_interval: {STEP}s}}\n"
        f'rule_files: ["rules/*.yml"]\nscrape_configs: {world.scrapes}\n'
    )
    good = write(folder / "good", "gateway", GOOD["slos"])
    assert slo("compile", "slo.yaml", "-o", folder / "rules", at=good).code == 0
    command = [line.prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
    server = Live(f"http://127.0.0.1:{port}", folder, line.version)
    with world.running(), servers.running([*command, "--web.enable-lifecycle"], folder / "prometheus.log"):
        wait_for("Prometheus is ready", 60, lambda: is_up(server.url))
        time.sleep(7 * STEP)  # every service has been scraped three times, and every user of the world has come once
        yield server


def test_nothing_is_said_of_what_is_well(live: Live) -> None:
    done = live.verify(live.folder / "good", "--strict")
    assert (done.code, done.err) == (0, "")
    summary, looked = done.out.splitlines()
    assert summary == f"9 SLOs against {live.url}: as it should be"
    assert re.search(r"buckets of 7 selectors, .* these \d+ rules run", looked)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["name"])
def test_a_planted_fault_is_found_where_it_stands(live: Live, fault: dict[str, Any], tmp_path: Path) -> None:
    project = PROJECT.replace("15d", "40d")  # stated too high: only the server itself can tell
    at = write(tmp_path / "faulty", f"fault-{fault['name']}", [simple(**fault["slo"])], project)
    found = live.findings_unloaded(at)
    assert [finding["id"] for finding in found] == [fault["finding"]], found
    told = f"{found[0]['message']}; {found[0]['help']}"
    assert all(words in told for words in fault["says"]), told
    assert (at / "slo.yaml").read_text().splitlines()[found[0]["line"] - 1].strip().startswith(fault["at"])


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd["name"])
def test_what_only_looks_odd_is_never_an_error(live: Live, odd: dict[str, Any], tmp_path: Path) -> None:
    at = write(tmp_path / "odd", f"odd-{odd['name']}", [simple(sli=odd["sli"], **odd.get("slo", {}))])
    assert [[finding["id"], finding["severity"]] for finding in live.findings_unloaded(at)] == odd["says"]


def test_rules_that_nobody_loaded(live: Live, tmp_path: Path) -> None:
    at = write(tmp_path / "new", "newcomer", [simple()])
    found = live.findings(at)
    assert [finding["id"] for finding in found] == ["live/not-loaded"] * 3
    assert "copy it to where rule_files of the server looks" in found[0]["help"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[5s]", "[10s]"), "has another expression"),
        (("interval: 5s", "interval: 10s"), "evaluated each 10 s, not each 5s"),
        (("interval: 5s", "interval: 5s\n  limit: 99"), "has a limit of 99 series a rule"),
        (("for: 5m", "for: 6m"), "has another `for`"),
        (("severity: page", "severity: ticket"), "is not there with these labels"),
        (("objective 99%", "objective 98%"), "has other annotations"),
    ],
)
def test_rules_that_were_changed_by_hand(live: Live, change: tuple[str, str], says: str, tmp_path: Path) -> None:
    at = write(tmp_path / "changed", "changed", [simple()])
    assert slo("compile", "slo.yaml", "-o", at / "out", at=at).code == 0
    compiled = at / "out" / "changed.prometheus.rules.yml"
    live.load("changed.yml", compiled, change)
    wait_for("the change is told", 30, lambda: any(says in finding["message"] for finding in live.findings(at)))
    assert {finding["id"] for finding in live.findings(at)} == {"live/rules-differ"}
    live.load("changed.yml", compiled)
    wait_for("nothing is told", 30, lambda: live.findings(at) == [])


def test_rules_that_look_back(live: Live, tmp_path: Path) -> None:
    at = write(tmp_path / "back", "back", [simple()])
    assert slo("compile", "slo.yaml", "-o", at / "out", at=at).code == 0
    compiled, change = at / "out" / "back.prometheus.rules.yml", ("interval: 5s", "interval: 5s\n  query_offset: 20s")
    if live.version.startswith("2.4"):  # it came with 2.53
        (line,) = (one for one in lines() if one.version == live.version)
        compiled.write_text(compiled.read_text().replace(*change))
        assert "field query_offset not found" in line.check(at, "check", "rules", str(compiled)).stdout
        return
    live.load("back.yml", compiled, change)
    wait_for("the offset is told", 60, lambda: [finding["id"] for finding in live.findings(at)] == ["live/query-offset"])
    (live.folder / "rules" / "back.yml").unlink()
    live.reload()


def test_one_cause_is_told_once(live: Live, tmp_path: Path) -> None:
    metrics = ["llm_requests_total", "llm_sessions_total"] * 10
    events = [{"total": f'{metric}{{job="chatt"}}', "bad": f'{metric}{{job="chatt",outcome="error"}}'} for metric in metrics]
    at = write(tmp_path / "many", "many", [simple(name=f"slo-{number}", sli={"events": one}) for number, one in enumerate(events)])
    told = live.verify(at).err
    assert told.count('nothing on this server has job="chatt"') == 1
    assert "also: at 19 more places, slo.yaml:" in told
    assert len([finding for finding in live.findings(at) if finding["id"] == "live/no-series"]) == 20


def test_rules_that_are_loaded_twice_and_rules_that_fail(live: Live, tmp_path: Path) -> None:
    at = write(tmp_path / "twice", "double", [simple()])
    assert slo("compile", "slo.yaml", "-o", at / "out", at=at).code == 0
    compiled = at / "out" / "double.prometheus.rules.yml"
    live.load("double.yml", compiled)
    live.load("copy.yml", compiled)
    wait_for("two files are told", 30, lambda: any(finding["id"] == "live/loaded-twice" for finding in live.findings(at)))
    (live.folder / "rules" / "copy.yml").unlink()
    summed = 'sum_over_time(slo:bad:delta{slo_service="double"}[299999ms])'
    assert summed in compiled.read_text()
    live.load("double.yml", compiled, (summed, 'label_replace(llm_requests_total{job="chat"}, "model", "", "", "")'))  # one label set many times
    wait_for("the failure is told", 30, lambda: any(finding["id"] == "live/rule-fails" for finding in live.findings(at)))
    (live.folder / "rules" / "double.yml").unlink()
    live.reload()


def test_a_file_with_mistakes_is_not_verified(live: Live, tmp_path: Path) -> None:
    at = write(tmp_path / "wrong", "wrong", [simple(objective="101%")])
    done = live.verify(at)
    assert done.code == 1
    assert "objective/range" in done.err


# --- the pages of `slo explain` ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", LIVE_FILES, ids=test_findings.of)
def test_a_page_is_right_about_the_world(live: Live, page: Page, tmp_path: Path) -> None:
    (finding,) = live.findings_unloaded(test_findings.put(page.wrong, tmp_path / "wrong"))
    assert finding["id"] == page.id
    assert page.says_how_to_silence == (finding["severity"] != "error")
    if page.says_how_to_silence:
        assert live.findings_unloaded(test_findings.put(page.silenced, tmp_path / "silenced")) == []
    assert live.findings_unloaded(test_findings.put(page.right, tmp_path / "right")) == []


def _load(live: Live, at: Path) -> None:
    assert slo("compile", "slos", "-o", live.folder / "rules", at=at).code == 0
    live.reload()


def _load_twice(live: Live, at: Path) -> None:
    _load(live, at)
    live.load("chat-old.rules.yml", live.folder / "rules" / "chat.prometheus.rules.yml")


def _forget_a_label(_: Live, at: Path) -> None:
    """Slow answers, counted by an expression that the data refute."""
    answers = 'rate(llm_latency_seconds_count{job="chat"}[$window])'
    slow = f'sum({answers} - on (model) rate(llm_latency_seconds_bucket{{job="chat",le="0.5"}}[$window]))'
    write(at / "slos", "chat", [simple(sli={"events": {"total": f"sum({answers})", "bad": slow}})], name="chat.yaml")


#: What there is before a transcript begins.
BEFORE: dict[str, Callable[[Live, Path], None]] = {
    "live/not-loaded": lambda *_: None,
    "live/loaded-twice": _load_twice,
    "live/rules-differ": _load,
    "live/rule-fails": _forget_a_label,
}


@pytest.mark.parametrize("page", [page for page in LIVE_TRANSCRIPTS if page.id in BEFORE], ids=test_findings.of)
def test_a_transcript_goes_as_written(live: Live, page: Page, tmp_path: Path) -> None:
    (tmp_path / "slo-compiler.yaml").write_text(PROJECT)
    write(tmp_path / "slos", "chat", [simple()], name="chat.yaml")
    BEFORE[page.id](live, tmp_path)
    wait_for("it is told", 30, lambda: f"error[{page.id}]" in live.play(page.wrong, tmp_path)[1])
    assert set(re.findall(r"error\[(.*?)\]", live.play(page.wrong, tmp_path)[1])) == {page.id}
    code, text = live.play(page.right, tmp_path)
    wait_for("its rules have run", 30, lambda: live.healths("slo-chat-fast") == {"ok"})
    assert (code, live.findings(tmp_path / "slos")) == (0, []), text
    for path in (live.folder / "rules").glob("chat*"):
        path.unlink()
    live.reload()


def test_every_page_of_the_group_is_proved() -> None:
    """The rules that are late are in tests/unit/test_verify.py: no server is late when it is asked to. Those that look back are above."""
    proved = {fault["finding"] for fault in FAULTS} | BEFORE.keys() | {"live/rules-late", "live/query-offset"}
    assert proved == {page.id for page in LIVE_FILES + LIVE_TRANSCRIPTS}


def test_the_readme_shows_what_is_printed(live: Live, tmp_path: Path) -> None:
    at = write(tmp_path / "readme", "unused", [simple()])
    (at / "slo.yaml").unlink()
    shutil.copy(SLOS / "assistant.yaml", at)
    assert slo("compile", "assistant.yaml", "-o", at / "out", at=at).code == 0
    live.load("assistant.yml", at / "out" / "assistant.prometheus.rules.yml")
    wait_for("the rules are loaded", 30, lambda: "live/not-loaded" not in {finding["id"] for finding in live.findings(at)})
    done = slo("verify", "assistant.yaml", "--prometheus", live.url, at=at)
    shown = f"$ slo verify assistant.yaml --prometheus http://localhost:9090\n{done.err}{done.out}".replace(live.url, "http://localhost:9090")
    (live.folder / "rules" / "assistant.yml").unlink()
    live.reload()
    assert shown in (ROOT / "README.md").read_text(encoding="utf-8"), shown
