"""The rules do what they promise: each folder's SLOs are compiled, and its promtool tests run on every Prometheus line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.needed import split
from tests.servers import Line, lines

HERE = Path(__file__).parent
#: Which tiers fire, and what they say, hangs on no version of Prometheus: these take long, and play on the newest line alone.
ON_THE_NEWEST = {"tiers", "policies"}
CLAIMS = sorted(HERE.glob("*/*_test.yml"), key=lambda path: -path.stat().st_size)


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
@pytest.mark.parametrize("folder", sorted({claim.parent.name for claim in CLAIMS}))
def test_rules_are_accepted(line: Line, folder: str, compiled: Path) -> None:
    files = [path.name for path in (compiled / folder).glob("*.rules.yml")]
    done = line.check(compiled / folder, "check", "rules", "--lint=all", "--lint-fatal", *files)
    assert done.returncode == 0, done.stdout


def _plays(line: Line, claim: Path) -> bool:
    """Whether a claim is for this line: Prometheus 2 cannot write native histograms as the input of a test."""
    if claim.stem.removesuffix("_test") in ON_THE_NEWEST:
        return line == lines()[-1]
    return "_v3_" not in claim.name or not line.version.startswith("2.")


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        pytest.param(line, claim, id=f"{claim.parent.name}-{claim.stem.removesuffix('_test')}-{line.version}")
        for claim in CLAIMS
        for line in lines()
        if _plays(line, claim)
    ],
)
def test_claims_hold(line: Line, claim: Path, compiled: Path, tmp_path: Path) -> None:
    (source,) = (compiled / claim.parent.name).glob("*.rules.yml")
    done = line.check(tmp_path, "test", "rules", *split(source.read_text(), claim.read_text(), tmp_path))
    assert done.returncode == 0, done.stdout
