"""`slo verify` against a real Prometheus: silent about what is well, and each planted fault is found where it stands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import servers
from tests.live.stack import is_up, wait_for
from tests.live.world import STEP, World
from tests.servers import Line, free_port, lines

PROJECT = "version: slo/v1\nprometheus: {evaluation_interval: 5s, retention: 15d}\n"
SLOS = Path(__file__).parent / "slos"
GOOD: dict[str, Any] = yaml.safe_load((SLOS / "verify.yaml").read_text())
FAULTS: list[dict[str, Any]] = yaml.safe_load((SLOS / "faults.yaml").read_text())


def write(folder: Path, service: str, slos: list[dict[str, Any]], project: str = PROJECT) -> Path:
    """A project of one file."""
    folder.mkdir(exist_ok=True)
    (folder / "slo-compiler.yaml").write_text(project)
    (folder / "slo.yaml").write_text(yaml.safe_dump(GOOD | {"service": service, "slos": slos}, sort_keys=False, width=1000))
    return folder


def simple(**changed: Any) -> dict[str, Any]:
    """The first of the good SLOs, not split unless `changed` says so."""
    return {key: value for key, value in GOOD["slos"][0].items() if key != "by"} | changed


def slo(*arguments: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "slo_compiler", *map(str, arguments)], cwd=at, capture_output=True, text=True, check=False)


@dataclass
class Live:
    """A Prometheus that scrapes the world, runs the good file's rules, and can be given others."""

    url: str
    folder: Path

    def load(self, name: str, rules: Path, change: tuple[str, str] = ("", "")) -> None:
        """Put a compiled file, or a changed one, among the server's rules and let it look."""
        text = rules.read_text()
        assert change[0] in text
        (self.folder / "rules" / name).write_text(text.replace(*change, 1) if change[0] else text)
        self.reload()

    def reload(self) -> None:
        subprocess.run(["curl", "-sf", "-X", "POST", f"{self.url}/-/reload"], check=True)

    def verify(self, at: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return slo("verify", "slo.yaml", "--prometheus", self.url, *options, at=at)

    def findings(self, at: Path) -> list[dict[str, Any]]:
        run = self.verify(at, "--format", "json")
        assert run.stderr == ""
        found: list[dict[str, Any]] = json.loads(run.stdout)
        assert run.returncode == any(finding["severity"] == "error" for finding in found)
        return found


@pytest.fixture(scope="module", params=lines(), ids=lambda line: line.version)
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    line: Line = request.param
    folder, world, port = tmp_path_factory.mktemp("verify"), World(), free_port()
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {STEP}s, scrape_timeout: {STEP}s, evaluation_interval: {STEP}s}}\n"
        f'rule_files: ["rules/*.yml"]\nscrape_configs: {world.scrapes}\n'
    )
    good = write(folder / "good", "gateway", GOOD["slos"])
    assert slo("compile", "slo.yaml", "-o", folder / "rules", at=good).returncode == 0
    command = [line.prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
    server = Live(f"http://127.0.0.1:{port}", folder)
    with world.running(), servers.running([*command, "--web.enable-lifecycle"], folder / "prometheus.log"):
        wait_for("Prometheus is ready", 60, lambda: is_up(server.url))
        time.sleep(7 * STEP)  # every service has been scraped three times, and every user of the world has come once
        yield server


def test_nothing_is_said_of_what_is_well(live: Live) -> None:
    run = live.verify(live.folder / "good", "--strict")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"4 SLOs against {live.url}: as it should be\n"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["name"])
def test_a_planted_fault_is_found_where_it_stands(live: Live, fault: dict[str, Any], tmp_path: Path) -> None:
    project = PROJECT.replace("15d", "40d")  # stated too high: only the server itself can tell
    at = write(tmp_path / "faulty", f"fault-{fault['name']}", [simple(**fault["slo"])], project)
    found = [finding for finding in live.findings(at) if finding["id"] != "live/not-loaded"]
    assert [finding["id"] for finding in found] == [fault["finding"]], found
    told = f"{found[0]['message']}; {found[0]['help']}"
    assert all(words in told for words in fault["says"]), told
    assert (at / "slo.yaml").read_text().splitlines()[found[0]["line"] - 1].strip().startswith(fault["at"])


def test_rules_that_nobody_loaded(live: Live, tmp_path: Path) -> None:
    at = write(tmp_path / "new", "newcomer", [simple()])
    found = live.findings(at)
    assert [finding["id"] for finding in found] == ["live/not-loaded", "live/not-loaded"]
    assert "copy it to where rule_files of the server looks" in found[0]["help"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[5s]", "[10s]"), "has another expression"),
        (("interval: 5s", "interval: 10s"), "evaluated each 10 s, not each 5s"),
        (("for: 5m", "for: 6m"), "has another `for`"),
        (("severity: page", "severity: ticket"), "is not there with these labels"),
        (("objective 99%", "objective 98%"), "has other annotations"),
    ],
)
def test_rules_that_were_changed_by_hand(live: Live, change: tuple[str, str], says: str, tmp_path: Path) -> None:
    at = write(tmp_path / "changed", "changed", [simple()])
    assert slo("compile", "slo.yaml", "-o", at / "out", at=at).returncode == 0
    compiled = at / "out" / "changed.prometheus.rules.yml"
    live.load("changed.yml", compiled, change)
    wait_for("the change is told", 30, lambda: any(says in finding["message"] for finding in live.findings(at)))
    assert {finding["id"] for finding in live.findings(at)} == {"live/rules-differ"}
    live.load("changed.yml", compiled)
    wait_for("nothing is told", 30, lambda: live.findings(at) == [])


def test_rules_that_are_loaded_twice_and_rules_that_fail(live: Live, tmp_path: Path) -> None:
    at = write(tmp_path / "twice", "double", [simple()])
    assert slo("compile", "slo.yaml", "-o", at / "out", at=at).returncode == 0
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
    run = live.verify(at)
    assert run.returncode == 1
    assert "objective/range" in run.stderr
