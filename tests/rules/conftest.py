"""The rules of every folder here, compiled once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.given import run

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds, for each folder here, its rules and its tests."""
    root = tmp_path_factory.mktemp("claims")
    for source in sorted(HERE.glob("*/slo.yaml")):
        output = root / source.parent.name
        assert run("compile", source, "-o", output).code == 0
        for claim in source.parent.glob("*_test.yml"):
            shutil.copy(claim, output)
    return root
