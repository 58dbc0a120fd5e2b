"""Reads the Dockerfile: its stages, and what of this checkout reaches them."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.readme import ROOT

FILE = ROOT / "Dockerfile"


@dataclass
class Stage:
    """The instructions after one FROM, in their order."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [rest for word, rest in self.steps if word == instruction]

    def last(self, instruction: str) -> str:
        return self.all(instruction)[-1]


def stages() -> tuple[dict[str, str], list[Stage]]:
    """The build arguments before the first stage, and all stages."""
    arguments: dict[str, str] = {}
    found: list[Stage] = []
    for line in FILE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, rest = line.split(None, 1)
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(re.sub(r"\$\{(\w+)\}", lambda one: arguments[one[1]], base), name))
        elif found:
            found[-1].steps.append((word, rest))
        else:
            arguments.update([rest.split("=", 1)])
    return arguments, found


def context(folder: Path) -> None:
    """Copy what .dockerignore leaves of this checkout, as an engine is sent it."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert patterns[0] == "*"
    kept = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    left_out = [pattern.removeprefix("**/") for pattern in patterns[1:] if not pattern.startswith("!")]
    for path in (ROOT / name for name in kept):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=lambda _, names: [one for one in names if any(fnmatch.fnmatch(one, each) for each in left_out)])
        else:
            shutil.copy(path, folder / path.name)


def copied(stage: Stage, sent: Path, into: Path) -> None:
    """Play the COPY steps of a stage, from what was sent."""
    into.mkdir(parents=True, exist_ok=True)
    for rest in stage.all("COPY"):
        *sources, target = shlex.split(rest)
        for source in sources:
            if (sent / source).is_dir():
                shutil.copytree(sent / source, into / target)
            else:
                shutil.copy(sent / source, into / target)


def entrypoint(stage: Stage) -> list[str]:
    """The command that a container runs."""
    command: list[str] = json.loads(stage.last("ENTRYPOINT"))
    return command
