"""Runs the steps of action.yml as a runner of GitHub would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.delivery import gh
from tests.readme import ROOT
from tests.test_reviewing import Repository

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BIN = Path(sys.executable).parent


def prepared(temp: Path) -> None:
    """A runner's folder with the tool as the first step leaves it, and a `gh`."""
    (temp / "slo-compiler" / "bin").mkdir(parents=True)
    for name in ("slo", "python"):
        (temp / "slo-compiler" / "bin" / name).symlink_to(BIN / name)
    (temp / "gh").write_text(f'#!/bin/sh\nexec "{BIN / "python"}" "{gh.__file__}" "$@"\n')
    (temp / "gh").chmod(0o755)
    (temp / "comments.json").write_text("[]")


@dataclass
class Runner:
    """A runner with a checkout, and what the steps left on it."""

    checkout: Repository
    temp: Path
    event: dict[str, Any] = field(default_factory=dict)

    def comments(self) -> list[str]:
        return [one["body"] for one in json.loads((self.temp / "comments.json").read_text())]

    def summary(self) -> str:
        return (self.temp / "summary").read_text()

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.temp / "outputs").read_text().splitlines())

    def act(self, **inputs: str) -> tuple[int, str]:
        """Run the steps after the first one, which installs, until one fails: its exit code, and all that they print."""
        given = {name: inputs.get(name.replace("-", "_"), str(told["default"])) for name, told in ACTION["inputs"].items()}
        said = ""
        for name in ("summary", "outputs"):
            (self.temp / name).write_text("")
        for step in ACTION["runs"]["steps"][1:]:
            if "if" in step and not self._value(step["if"], given):
                continue
            code, text = self._step(step, given)
            said += text
            if code:
                return code, said
        return 0, said

    def _step(self, step: dict[str, Any], given: dict[str, str]) -> tuple[int, str]:
        files = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "outputs"}
        environment = {
            "PATH": os.pathsep.join([str(self.temp), "/usr/local/bin:/usr/bin:/bin"]), "HOME": str(self.temp), "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_REPOSITORY": "team/slos", **{name: str(self.temp / file) for name, file in files.items()},
            **{name: str(self._value(text, given)) for name, text in step.get("env", {}).items()},
        }  # fmt: skip
        folder = self.checkout.folder / str(self._value(step.get("working-directory", "."), given))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _value(self, text: str, given: dict[str, str]) -> object:
        """What an expression of the few kinds in action.yml yields."""
        expression = re.fullmatch(r"\$\{\{ (.*) \}\}", text)
        if not expression:
            return text
        known = {"inputs": given, "github": {"event": self.event, "token": "t"}, "steps": {"tell": {"outputs": self.outputs()}}}

        def looked_up(found: re.Match[str]) -> str:
            here: Any = known
            for part in found[0].split("."):
                here = here.get(part, "") if isinstance(here, dict) else ""
            return repr(here)

        python = re.sub(r"(?<!')\b[a-z][\w-]*(\.[\w-]+)+", looked_up, expression[1])
        return eval(python.replace("||", "or").replace("&&", "and"))  # our own file
