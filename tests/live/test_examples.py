"""The examples in their real consumer: promtool finds nothing to say, and Prometheus loads and evaluates every rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.stack import running, wait_for
from tests.servers import Line, lines

COMPILED = Path(__file__).parents[2] / "examples" / "_compiled"
FILES = sorted(path.name for path in COMPILED.glob("*.rules.yml"))


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_promtool_accepts_the_examples(line: Line) -> None:
    done = line.check(COMPILED, "check", "rules", "--lint=all", "--lint-fatal", *FILES)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("SUCCESS") == len(FILES)


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_prometheus_loads_and_evaluates_the_examples(line: Line, tmp_path: Path) -> None:
    with running(line, tmp_path, COMPILED, []) as servers:
        assert len(servers.groups()) == 2 * len(FILES)
        # a group is first evaluated within its own interval, 150 s for the slow ones
        wait_for("every group is evaluated", 180, lambda: all(rule["health"] == "ok" for group in servers.groups().values() for rule in group["rules"]))
        servers.assert_healthy()
