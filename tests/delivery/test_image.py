"""The Dockerfile without an engine: its steps played in a folder. `make image` builds the image where there is an engine."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.delivery import image
from tests.readme import ROOT

ARGUMENTS, (BUILD, RUN) = image.stages()


def test_the_base_is_one_for_all_stages_and_pinned_by_a_tag() -> None:
    assert BUILD.base == RUN.base == ARGUMENTS["BASE"]
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", ARGUMENTS["BASE"])


def test_what_runs_is_not_root_and_takes_the_words_of_slo() -> None:
    assert RUN.last("USER") == "10001:10001"
    assert RUN.steps.index(("USER", "10001:10001")) > max(number for number, (word, _) in enumerate(RUN.steps) if word in {"RUN", "COPY"})
    assert image.entrypoint(RUN) == ["slo"]
    assert RUN.last("WORKDIR") == "/work"


def test_the_last_stage_has_what_was_installed_and_nothing_else_of_the_first() -> None:
    (copy,) = RUN.all("COPY")
    assert copy == "--from=build /opt/slo /opt/slo"
    assert RUN.last("ENV") == "PATH=/opt/slo/bin:$PATH"
    (install,) = RUN.all("RUN")
    assert "git" in install.split()
    assert install.endswith("rm -rf /var/lib/apt/lists/*")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first stage leaves, made by its own steps; only /opt/slo lies elsewhere."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "sent").mkdir()
    image.context(folder / "sent")
    image.copied(BUILD, folder / "sent", folder / "src")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_CORE", "COVERAGE"))}
    for command in BUILD.all("RUN"):
        done = subprocess.run(
            ["sh", "-ec", command.replace("/opt/slo", str(folder / "slo"))],
            cwd=folder / "src", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
    return folder / "slo"


def test_what_is_installed_compiles_the_examples_to_the_same_bytes(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": f"{installed}/bin:/usr/bin:/bin"}
    words = [*image.entrypoint(RUN), "compile", ROOT / "examples", "-o", tmp_path / "rules"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = ROOT / "examples" / "_compiled"
    assert {path.name: path.read_text() for path in (tmp_path / "rules").iterdir()} == {path.name: path.read_text() for path in expected.iterdir()}
