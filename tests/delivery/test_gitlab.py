"""The jobs of delivery/gitlab.yml, run as a runner of GitLab would, with an API that remembers notes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.readme import GITOPS, ROOT
from tests.test_reviewing import PROJECT, Repository
from tests.unit.given import file, promise

FILE = ROOT / "delivery" / "gitlab.yml"
TEMPLATE = yaml.safe_load(FILE.read_text(encoding="utf-8"))
JOBS = {name: job for name, job in TEMPLATE.items() if isinstance(job, dict) and "script" in job}
BIN = Path(sys.executable).parent
WE, SOMEBODY = {"id": 31}, {"id": 8}
MARK = "<!-- slo-compiler . -->\n"


@dataclass
class Api:
    """The notes of a merge request."""

    url: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)

    def note(self, author: dict[str, int], body: str) -> None:
        self.notes.append({"id": len(self.notes) + 1, "author": author, "body": body})


@pytest.fixture
def api() -> Iterator[Api]:
    """What GitLab answers to whoever has the token."""
    found = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's names
            if self.path == "/user":
                self._answer(json.dumps(WE))
                return
            asked = {key: int(value) for key, value in urllib.parse.parse_qsl(self.path.partition("?")[2]) if value.isdigit()}
            end = asked.get("page", 1) * asked["per_page"]
            self._answer(json.dumps(found.notes[end - asked["per_page"] : end]))

        def do_POST(self) -> None:
            found.note(WE, self._body())
            self._answer("{}")

        def do_PUT(self) -> None:
            note = found.notes[int(self.path.rsplit("/", 1)[1]) - 1]
            is_own = note["author"] == WE
            note["body"] = self._body() if is_own else note["body"]
            self._answer("{}", 200 if is_own else 403)

        def _body(self) -> str:
            (body,) = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["body"]
            return body

        def _answer(self, text: str, code: int = 200) -> None:
            known = self.headers["PRIVATE-TOKEN"] == "glpat" and self.path.startswith(("/projects/5/merge_requests/7/notes", "/user"))
            self.send_response(code if known else 401)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Runner:
    """A checkout of a merge request."""

    checkout: Repository
    api: Api

    def run(self, job: str, **variables: str) -> tuple[int, str]:
        """All lines of a job but the one that installs, in one shell."""
        lines = [*TEMPLATE[".slo"]["before_script"][1:], *JOBS[job]["script"]]
        environment = {
            "PATH": os.pathsep.join([str(BIN), "/usr/local/bin:/usr/bin:/bin"]), "CI_PROJECT_DIR": str(self.checkout.folder), "CI_PROJECT_ID": "5",
            "CI_API_V4_URL": self.api.url, "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            **{name: str(value) for name, value in TEMPLATE["variables"].items()}, **variables,
        }  # fmt: skip
        command = ["bash", "-eo", "pipefail", "-c", "\n".join(lines)]
        done = subprocess.run(command, cwd=self.checkout.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout


@pytest.fixture
def runner(tmp_path: Path, api: Api) -> Runner:
    """The clone of a repository in which a branch makes an SLO weaker and was compiled."""
    origin = Repository(tmp_path / "origin")
    origin.write("slo-compiler.yaml", PROJECT)
    origin.write("services/shop.yaml", file(promise()))
    origin.git("init", "-q")
    origin.slo("compile")
    origin.commit()
    origin.git("checkout", "-q", "-b", "weaker")
    origin.write("services/shop.yaml", file(promise(objective="99%")))
    origin.slo("compile")
    origin.commit()
    origin.git("clone", "-q", "--single-branch", ".", str(tmp_path / "clone"))
    return Runner(Repository(tmp_path / "clone"), api)


def test_what_is_right_passes(runner: Runner) -> None:
    assert runner.run("slo-validate") == (0, "1 SLO in 1 file: valid\n")
    assert json.loads((runner.checkout.folder / "gl-code-quality-report.json").read_text()) == []
    assert ET.parse(runner.checkout.folder / "slo-junit.xml").getroot().get("failures", "0") == "0"
    assert runner.run("slo-compile-check") == (0, "1 file in rules: up to date\n")


def test_a_mistake_fails_and_both_reports_tell_it(runner: Runner) -> None:
    runner.checkout.write("services/shop.yaml", file(promise(objective="0.999")))
    code, said = runner.run("slo-validate")
    assert (code, "error[objective/fraction]" in said) == (1, True)
    (finding,) = json.loads((runner.checkout.folder / "gl-code-quality-report.json").read_text())
    assert (finding["check_name"], finding["location"]["path"]) == ("objective/fraction", "services/shop.yaml")
    assert len(list(ET.parse(runner.checkout.folder / "slo-junit.xml").getroot().iter("failure"))) == 1


def test_rules_that_were_not_compiled_fail(runner: Runner) -> None:
    runner.checkout.write("services/shop.yaml", file(promise(objective="98%")))
    code, said = runner.run("slo-compile-check")
    assert (code, "differs   shop.prometheus.rules.yml" in said) == (1, True)


def test_a_note_tells_what_changes_and_is_brought_up_to_date(runner: Runner) -> None:
    runner.api.note(SOMEBODY, "of a reviewer")
    assert runner.run("slo-diff", SLO_GITLAB_TOKEN="glpat") == (0, "")
    runner.checkout.write("services/shop.yaml", file(promise(objective="98%")))
    runner.checkout.commit()
    assert runner.run("slo-diff", SLO_GITLAB_TOKEN="glpat") == (0, "")
    reviewer, ours = [note["body"] for note in runner.api.notes]
    assert reviewer == "of a reviewer"
    assert ours.startswith("<!-- slo-compiler . -->\n### SLOs: origin/main to HEAD\n")
    assert "objective 99.9% to 98%" in ours


def test_a_note_is_not_begun_where_nothing_changes_but_is_corrected(runner: Runner) -> None:
    here = runner.checkout
    here.git("checkout", "-q", "-b", "nothing", "HEAD~1")
    assert runner.run("slo-diff", SLO_GITLAB_TOKEN="glpat") == (0, "")
    assert runner.api.notes == []
    runner.api.note(WE, f"{MARK}what an earlier push changed")
    assert runner.run("slo-diff", SLO_GITLAB_TOKEN="glpat") == (0, "")
    (note,) = runner.api.notes
    assert "no SLO changed" in note["body"]


def test_only_a_note_of_our_own_is_touched_however_many_there_are(runner: Runner) -> None:
    runner.api.note(SOMEBODY, f"{MARK}copied from ours")
    for number in range(205):
        runner.api.note(SOMEBODY if number % 2 else WE, f"note {number}")
    runner.api.note(WE, f"{MARK}of an earlier push")
    before = [note["body"] for note in runner.api.notes]
    assert runner.run("slo-diff", SLO_GITLAB_TOKEN="glpat") == (0, "")
    *others, ours = [note["body"] for note in runner.api.notes]
    assert others == before[:-1]
    assert "objective 99.9% to 99%" in ours


def test_the_token_is_on_no_command_line(runner: Runner, tmp_path: Path) -> None:
    """Others on the machine may read those."""
    (tmp_path / "bin").mkdir()
    curl = tmp_path / "bin" / "curl"
    curl.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/words\nexec {shutil.which("curl")} "$@"\n')
    curl.chmod(0o755)
    assert runner.run("slo-diff", SLO_GITLAB_TOKEN="glpat", PATH=f"{curl.parent}:{BIN}:/usr/bin:/bin") == (0, "")
    words = (tmp_path / "words").read_text()
    assert "/notes" in words
    assert "glpat" not in words


def test_without_a_token_it_is_an_artifact(runner: Runner) -> None:
    code, said = runner.run("slo-diff")
    assert (code, said.strip()) == (0, "no SLO_GITLAB_TOKEN to comment with: slo-diff.md among the artifacts tells what changes")
    assert "**Alerts get weaker.**" in (runner.checkout.folder / "slo-diff.md").read_text()
    assert runner.api.notes == []


def test_a_wrong_token_is_told(runner: Runner) -> None:
    code, said = runner.run("slo-diff", SLO_GITLAB_TOKEN="wrong")
    assert (code != 0, "401" in said) == (True, True)


def test_gitlab_takes_the_template_and_the_pipeline_of_the_docs(tmp_path: Path) -> None:
    (tmp_path / "docs.yml").write_text(re.search(r"`\.gitlab-ci\.yml`:\n\n```yaml\n(.*?)```", GITOPS.read_text(), re.DOTALL)[1])  # type: ignore[index]
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", FILE, tmp_path / "docs.yml"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_artifacts_are_what_the_scripts_write() -> None:
    for name, job in JOBS.items():
        artifacts = job.get("artifacts", {})
        for path in (*artifacts.get("paths", []), *artifacts.get("reports", {}).values()):
            assert f"$CI_PROJECT_DIR/{path}" in str(job["script"]), name


def test_the_tool_that_is_named_is_installed_and_no_other() -> None:
    """Whoever has our name in a registry is not asked."""
    line = TEMPLATE[".slo"]["before_script"][0].replace("/tmp/slo", "/nowhere").replace("python3", "echo")
    assert "SLO_COMPILER" not in TEMPLATE["variables"]
    for given, told in (({"SLO_COMPILER": "a wheel"}, "/nowhere/bin/pip"), ({}, "SLO_COMPILER: says what pip installs")):
        done = subprocess.run(["bash", "-ec", line], env={"PATH": "/usr/bin:/bin", **given}, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert told in done.stderr
