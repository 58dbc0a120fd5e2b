"""The pages that `slo explain` prints: one for each finding, and their examples do what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cases_runner import ERRORS, inside, slo

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "templates" / "findings"
ID = r"[a-z]+/[a-z-]+"
#: Where a finding is made: report.error("group/name", ...), Problem("group/name", ...).
MADE = re.compile(rf'(?:\.(?:error|warning|note|unreadable)|\b(?:Problem|_StopReading))\(\s*"({ID})"')
UNNAMED = "slo.yaml"


@dataclass(frozen=True)
class Page:
    """A page; `wrong` and `right` are files by name, or one transcript of a shell under UNNAMED."""

    id: str
    text: str
    wrong: dict[str, str]
    right: dict[str, str]

    @property
    def is_transcript(self) -> bool:
        return all(part.get(UNNAMED, "").startswith("$ ") for part in (self.wrong, self.right))

    @property
    def is_live(self) -> bool:
        """Whether only a running server can show it: tests/live/test_verify.py plays those."""
        return self.id.startswith("live/")

    @property
    def says_how_to_silence(self) -> bool:
        return f"`allow: [{self.id}]`" in " ".join(self.text.split())

    @property
    def silenced(self) -> dict[str, str]:
        """The wrong example, with the finding allowed."""
        file = "slos.yaml" if "slos.yaml" in self.wrong else UNNAMED
        data = yaml.safe_load(self.wrong[file])
        for one in data["slos"]:
            one["allow"] = [self.id]
        return self.wrong | {file: yaml.safe_dump(data, sort_keys=False)}


def blocks(section: str) -> dict[str, str]:
    """The indented blocks of a section by the file name above them."""
    found: dict[str, str] = {}
    name = UNNAMED
    for line in section.splitlines():
        if line.startswith("    "):
            found[name] = found.get(name, "") + line[4:] + "\n"
        elif titled := re.fullmatch(r"`([\w./-]+)`:", line):
            name = titled[1]
            assert name not in found, f"{name} stands there twice"
        else:
            assert not line, f"neither an example nor a file's name: {line}"
    return found


def read(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    _, _, examples = text.partition("\n## Wrong\n")
    wrong, _, right = examples.partition("\n## Right\n")
    return Page(path.relative_to(FOLDER).with_suffix("").as_posix(), text, blocks(wrong), blocks(right))


PAGES = [read(path) for path in sorted(FOLDER.rglob("*.md"))]
TRANSCRIPTS = [page for page in PAGES if page.is_transcript and not page.is_live]
FILES = [page for page in PAGES if not page.is_transcript and not page.is_live]
LIVE_TRANSCRIPTS = [page for page in PAGES if page.is_transcript and page.is_live]
LIVE_FILES = [page for page in PAGES if not page.is_transcript and page.is_live]


def of(page: Page) -> str:
    return page.id


def put(files: dict[str, str], folder: Path) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def validate(folder: Path, files: dict[str, str]) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the findings of a folder with these files."""
    with inside(put(files, folder)):
        code, text = slo("validate", "--format", "json", ".")
    return code, json.loads(text)


def test_every_finding_has_a_page_and_every_page_a_finding() -> None:
    made = {id for path in (ROOT / "slo_compiler").rglob("*.py") for id in MADE.findall(path.read_text(encoding="utf-8"))}
    pages = {page.id for page in PAGES}
    assert made - pages == set(), "findings without a page in templates/findings/"
    assert pages - made == set(), "pages of findings that nobody makes"


def test_every_finding_of_the_cases_has_a_page() -> None:
    """Finds ids that the expression above would miss, because they are passed on in another way."""
    printed = {id for case in ERRORS for id in re.findall(rf"\[({ID})\]: ", case.with_name(f"{case.stem}.out").read_text(encoding="utf-8"))}
    assert printed
    assert printed - {page.id for page in PAGES} == set()


@pytest.mark.parametrize("page", PAGES, ids=of)
def test_a_page_has_the_form(page: Page) -> None:
    lines = page.text.splitlines()
    assert re.fullmatch(rf"# {page.id}: \S.*[^.]", lines[0])
    assert [line for line in lines if line.startswith("#")] == [lines[0], "## Wrong", "## Right"]
    assert [line for line in lines if len(line) > 100] == []
    assert page.text.endswith("\n")
    sentences = re.findall(r"[.?](?= [A-Z`]|$)", " ".join(page.text.partition("\n## Wrong")[0].splitlines()[2:]).strip())
    assert 2 <= len(sentences) <= 5
    assert page.wrong
    assert page.right
    assert page.wrong != page.right


@pytest.mark.parametrize("page", PAGES, ids=of)
def test_explain_prints_the_page(page: Page) -> None:
    assert slo("explain", page.id) == (0, page.text)


@pytest.mark.parametrize(("asked", "meant"), [("objective/rang", "objective/range"), ("policy/never-fire", "policy/never-fires"), ("yaml/tabs", "yaml/tab")])
def test_explain_suggests_the_id_that_was_meant(asked: str, meant: str) -> None:
    code, text = slo("explain", asked)
    assert code == 2
    assert f"did you mean {meant}?" in text


def test_explain_says_where_ids_stand_if_nothing_is_near() -> None:
    code, text = slo("explain", "zzz")
    assert code == 2
    assert "stand in brackets" in text


@pytest.mark.parametrize("page", FILES, ids=of)
def test_the_wrong_example_has_this_finding_and_no_other(page: Page, tmp_path: Path) -> None:
    code, found = validate(tmp_path, page.wrong)
    assert [finding["id"] for finding in found] == [page.id], found
    assert (code == 0) == (found[0]["severity"] != "error")


@pytest.mark.parametrize("page", LIVE_FILES, ids=of)
def test_without_a_server_nothing_is_wrong(page: Page, tmp_path: Path) -> None:
    assert validate(tmp_path, page.wrong) == (0, [])


@pytest.mark.parametrize("page", FILES + LIVE_FILES, ids=of)
def test_the_right_example_has_no_finding(page: Page, tmp_path: Path) -> None:
    assert validate(tmp_path, page.right) == (0, [])


@pytest.mark.parametrize("page", FILES, ids=of)
def test_a_page_says_how_to_silence_what_can_be_silenced(page: Page, tmp_path: Path) -> None:
    _, (finding,) = validate(tmp_path, page.wrong)
    if finding["severity"] == "error":
        assert not page.says_how_to_silence
        return
    _, found = validate(tmp_path, page.silenced)
    assert page.says_how_to_silence == (found == []), found


# --- findings about the machine: transcripts of a shell --------------------------------------------------------------------------

GOOD = """version: slo/v1
service: chat
slos:
  - name: success
    category: availability
    objective: 99.9%
    window: 7d
    sli: {events: {total: llm_requests_total, bad: llm_request_errors_total}}
"""


def _foreign_rules(folder: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "chat.prometheus.rules.yml").write_text("# edited by hand during the incident\n")


def _link_out(folder: Path) -> None:
    for name in ("out", "elsewhere"):
        (folder / name).mkdir()
    (folder / "out" / "dashboards").symlink_to("../elsewhere")


def _services(folder: Path) -> None:
    (folder / "services").mkdir()
    (folder / "services" / "README.md").write_text("# Services\n")
    (folder / "services" / "chat.yaml.bak").write_text(GOOD)


def _many(folder: Path) -> None:
    start, one = GOOD.split("  - name: success\n")
    for path, service, count in (("slos/chat.yaml", "chat", 60), ("chat-reads.yaml", "chat-reads", 30), ("chat-writes.yaml", "chat-writes", 30)):
        slos = "".join(f"  - name: success-{number}\n{one}" for number in range(count))
        (folder / path).write_text(f"{start.replace('service: chat', f'service: {service}')}{slos}")


def _half_merged(folder: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "shards.yaml").write_text("# Written by slo-compiler\nshards: 2\nservices:\n<<<<<<< HEAD\n  chat: 0\n")


#: What the machine is like before a transcript begins; `slos/chat.yaml` is always there.
BEFORE: dict[str, Callable[[Path], object]] = {
    "diff/revision": lambda _: None,
    "file/binary": lambda _: None,
    "file/compiled": lambda _: None,
    "file/encoding": lambda folder: (folder / "slos" / "cafe.yaml").write_text(GOOD.replace("service: chat", "service: cafe # café"), encoding="latin-1"),
    "file/not-found": lambda _: None,
    "file/too-large": lambda folder: (folder / "slos" / "metrics.yaml").write_text("# HELP\n" * 1_300_000),
    "file/unreadable": lambda folder: (folder / "slos" / "chat.yaml").chmod(0o200),
    "folder/empty": _services,
    "folder/unreadable": lambda folder: (folder / "slos" / "secret").mkdir(0o300),
    "output/cannot-write": lambda folder: (folder / "rules").mkdir(0o555),
    "output/foreign-file": _foreign_rules,
    "output/held": lambda _: None,
    "output/leads-out": _link_out,
    "output/not-a-folder": lambda folder: (folder / "rules.yml").write_text("groups: []\n"),
    "output/part-of-a-service": lambda folder: (folder / "slos" / "latency.yaml").write_text(GOOD.replace("name: ", "name: other-")),
    "output/stale": lambda _: None,
    "output/shards": _half_merged,
    "target/too-large": _many,
    "template/unreadable": lambda folder: (folder / "alerting-texts").mkdir(),
}


def play(part: dict[str, str], folder: Path) -> tuple[int, str]:
    """The exit code of a transcript's last command, and all that was printed."""
    commands = "\n".join(line[2:] for line in part[UNNAMED].splitlines() if line.startswith("$ "))
    # root may read and write everything, unless it gives that up
    as_people = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    run = subprocess.run([*as_people, "bash", "-c", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_the_transcripts_are_those_that_can_be_played() -> None:
    assert {page.id for page in TRANSCRIPTS} == BEFORE.keys()


@pytest.mark.parametrize("page", TRANSCRIPTS, ids=of)
def test_a_transcript_goes_as_written(page: Page, tmp_path: Path) -> None:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos" / "chat.yaml").write_text(GOOD)
    BEFORE[page.id](tmp_path)
    code, text = play(page.wrong, tmp_path)
    assert f"error[{page.id}]" in text
    assert text.count("error[") == 1
    is_said = page.id.startswith("target/") or page.id == "output/stale"
    assert code == (1 if is_said else 2), "what is refused because of what it says, or because of what the machine is like"
    code, text = play(page.right, tmp_path)
    assert code == 0, text
    assert "error[" not in text
