"""The rules do what they promise: each folder's SLOs are compiled, and its promtool tests run on every Prometheus line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import Line, lines

HERE = Path(__file__).parent
CLAIMS = sorted(HERE.glob("*/*_test.yml"), key=lambda path: -path.stat().st_size)


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
