"""Plays the README: what its `console` blocks show is what the commands print in a fresh copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.unit.store import Store, serving

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
REVIEWING = ROOT / "docs" / "reviewing.md"
GITOPS = ROOT / "docs" / "gitops.md"
PUSHING = ROOT / "docs" / "pushing.md"
_RULER = "http://mimir:8080/prometheus"
_CONSOLE = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
#: What a page has its reader do, in its order: write a file, or run commands; those that need servers are `console live`, or `sh` where no output is shown.
_STEP = re.compile(r"(?ms)^`(?P<file>[\w./-]+)`:\n\n```\w*\n(?P<content>.*?)^```$|(?<=^```)(?P<kind>console live|console|sh)\n(?P<commands>.*?)(?=^```$)")
_WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in {"NAME": "you", "EMAIL": "you@example.com"}.items()}
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "tests", "demo-rules", "dist", ".*_cache", "__pycache__")


def played(text: str, scratch: Path) -> str:
    """The README's text with the outputs that its commands have today, run one after the other in a copy of the checkout in `scratch`."""
    copy = scratch / "slo-compiler"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    os.utime(copy / "pyproject.toml", (0, 0))  # or else make would install the copy into the checkout's environment
    return _CONSOLE.sub(lambda block: "".join(_run(command, copy) for command in re.findall(r"(?m)^\$ (.*)\n", block[0])), text)


def reviewed(text: str, repository: Path) -> str:
    """The page on reviewing with today's outputs, run in a repository that holds the files which it shows, compiled and committed on main."""
    _put(text, repository)
    _run("slo compile && git init -q -b main && git add -A && git -c user.name=you -c user.email=you@example.com commit -q -m first", repository)
    return _CONSOLE.sub(lambda block: "".join(_run(command, repository) for command in re.findall(r"(?m)^\$ (.*)\n", block[0])), text)


def pushed(text: str, folder: Path) -> str:
    """The page on pushing with today's outputs, run beside the files that it shows against a stand-in for the ruler."""
    _put(text, folder)
    with serving(Store()) as store:

        def answer(command: str) -> str:
            return _run(command.replace(_RULER, store.url), folder).replace(store.url, _RULER)

        return _CONSOLE.sub(lambda block: "".join(answer(command) for command in re.findall(r"(?m)^\$ (.*)\n", block[0])), text)


def walked(text: str, repository: Path) -> str:
    """A page that leads through a repository, with today's outputs; what needs servers is left out."""

    def take(step: re.Match[str]) -> str:
        if step["file"]:
            _write(repository / step["file"], step["content"])
        return _shown(step, repository) if step["kind"] == "console" else step[0]

    return _STEP.sub(take, text)


@dataclass
class Walk:
    """A page that leads through a repository, played chapter by chapter with all that it needs.

    `others` are the names that things have here, in files and commands; a command with a name that has several is run for each.
    """

    text: str
    repository: Path
    others: dict[str, str | list[str]]
    programs: Path

    def __post_init__(self) -> None:
        self._chapters = dict(re.findall(r"(?ms)^## (.*?)\n(.*?)(?=^## |\Z)", self.text))

    @property
    def is_over(self) -> bool:
        """Whether every chapter was played."""
        return not self._chapters

    def through(self, chapter: str) -> None:
        """Play a chapter: commands print what it shows, and those of which it shows nothing succeed."""
        for step in _STEP.finditer(self._chapters.pop(chapter)):
            if step["file"]:
                (content,) = self._here(step["content"])
                _write(self.repository / step["file"], content)
            elif step["kind"] == "sh":
                self._run(step["commands"])
            else:
                shown = _shown(step, self.repository, self.programs)
                assert shown == step[0], shown

    def _run(self, commands: str) -> None:
        for command in (here for line in commands.splitlines() for here in self._here(line)):
            done = _done(command, self.repository, self.programs)
            assert done.returncode == 0, f"$ {command}\n{done.stdout}"

    def _here(self, text: str) -> list[str]:
        found = [text]
        for name, other in self.others.items():
            found = [one.replace(name, here) for one in found for here in ([other] if isinstance(other, str) else other if name in one else [name])]
        return found


def _put(text: str, folder: Path) -> None:
    """The files that a page shows before it begins."""
    for name, content in re.findall(r"(?m)^`([\w./-]+)`:\n\n```yaml\n(.*?)```", text, re.DOTALL):
        _write(folder / name, content)


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def _shown(step: re.Match[str], repository: Path, programs: Path | None = None) -> str:
    commands = re.findall(r"(?m)^\$ (.*)\n", step["commands"])
    return f"{step['kind']}\n" + "".join(_run(command, repository, programs) for command in commands)


def _run(command: str, folder: Path, programs: Path | None = None) -> str:
    return f"$ {command}\n{_done(command, folder, programs).stdout}"


def _done(command: str, folder: Path, programs: Path | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))} | _WHO
    environment["PATH"] = os.pathsep.join([*([str(programs)] if programs else []), str(ROOT / ".venv" / "bin"), environment["PATH"]])
    return subprocess.run(command, shell=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, check=False)
