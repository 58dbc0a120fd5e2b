"""The rules do what they promise: each folder's SLOs are compiled, and its promtool tests run on every Prometheus line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import Line, lines

HERE = Path(__file__).parent
CLAIMS = sorted(HERE.glob("*/*_test.yml"), key=lambda path: -path.stat().st_size)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds, for each folder here, its rules and its tests."""
    root = tmp_path_factory.mktemp("claims")
    for source in sorted(HERE.glob("*/slo.yaml")):
        output = root / source.parent.name
        subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(source), "-o", str(output)], check=True, capture_output=True)
        for claim in source.parent.glob("*_test.yml"):
            shutil.copy(claim, output)
    return root


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
@pytest.mark.parametrize("folder", sorted({claim.parent.name for claim in CLAIMS}))
def test_rules_are_accepted(line: Line, folder: str, compiled: Path) -> None:
    files = [path.name for path in (compiled / folder).glob("*.rules.yml")]
    done = line.check(compiled / folder, "check", "rules", "--lint=all", "--lint-fatal", *files)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.parent.name}-{claim.stem.removesuffix('_test')}")
def test_claims_hold(line: Line, claim: Path, compiled: Path) -> None:
    done = line.check(compiled / claim.parent.name, "test", "rules", claim.name)
    assert done.returncode == 0, done.stdout
