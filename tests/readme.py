"""Plays the README: what its `console` blocks show is what the commands print in a fresh copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
REVIEWING = ROOT / "docs" / "reviewing.md"
GITOPS = ROOT / "docs" / "gitops.md"
_CONSOLE = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
#: What a page has its reader do, in its order: write a file, or run commands; those that need servers are `console live`, or `sh` where no output is shown.
_STEP = re.compile(r"(?ms)^`(?P<file>[\w./-]+)`:\n\n```\w*\n(?P<content>.*?)^```$|(?<=^```)(?P<kind>console live|console|sh)\n(?P<commands>.*?)(?=^```$)")
_WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in {"NAME": "you", "EMAIL": "you@example.com"}.items()}
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "tests", "demo-rules", "dist", ".*_cache", "__pycache__")


def played(text: str, scratch: Path) -> str:
    """The README's text with the outputs that its commands have today, run one after the other in a copy of the checkout in `scratch`."""
    copy = scratch / "slo-compiler"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    os.utime(copy / "pyproject.toml", (0, 0))  # or else make would install the copy into the checkout's environment
    return _CONSOLE.sub(lambda block: "".join(_run(command, copy) for command in re.findall(r"(?m)^\$ (.*)\n", block[0])), text)


def reviewed(text: str, repository: Path) -> str:
    """The page on reviewing with today's outputs, run in a repository that holds the files which it shows, compiled and committed on main."""
    for name, content in re.findall(r"(?m)^`([\w./-]+)`:\n\n```yaml\n(.*?)```", text, re.DOTALL):
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    _run("slo compile && git init -q -b main && git add -A && git -c user.name=you -c user.email=you@example.com commit -q -m first", repository)
    return _CONSOLE.sub(lambda block: "".join(_run(command, repository) for command in re.findall(r"(?m)^\$ (.*)\n", block[0])), text)


def walked(text: str, repository: Path) -> str:
    """A page that leads through a repository, with today's outputs; what needs servers is left out."""
    return _STEP.sub(lambda step: _take(step, repository), text)


def _take(step: re.Match[str], repository: Path) -> str:
    if step["file"]:
        path = repository / step["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step["content"])
    elif step["kind"] == "console":
        return "console\n" + "".join(_run(command, repository) for command in re.findall(r"(?m)^\$ (.*)\n", step["commands"]))
    return step[0]


def _run(command: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment |= _WHO
    environment["PATH"] = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(command, shell=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, check=False)
    return f"$ {command}\n{done.stdout}"
