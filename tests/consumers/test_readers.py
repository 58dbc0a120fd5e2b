"""What programs of others say of the files that are written for them. They are not on every machine: `make consumers` asks for them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.test_targets import compiled, told


def consumer(name: str) -> str:
    """A program of others, on the PATH or in $SLO_CONSUMERS."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("SLO_CONSUMERS", ""), os.environ["PATH"]]))
    if found is None:
        pytest.fail(f"{name} is not here: name the folder that holds it in SLO_CONSUMERS")
    return found


@pytest.fixture(params=[(), ("--single-file",)], ids=["a file a service", "one file"])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return compiled(tmp_path / "out", *request.param)


def test_vmalert_takes_its_files(output: Path) -> None:
    done = told(consumer("vmalert"), "-dryRun", f"-rule={output}/victoriametrics/*.yml")
    assert done.returncode == 0, done.stdout


def test_thanos_takes_its_files(output: Path) -> None:
    done = told(consumer("thanos"), "tools", "rules-check", f"--rules={output}/thanos/*.yml")
    assert done.returncode == 0, done.stdout


def test_mimirtool_takes_its_files(output: Path) -> None:
    done = told(consumer("mimirtool"), "rules", "check", *sorted((output / "mimir").iterdir()))
    assert done.returncode == 0, done.stdout
