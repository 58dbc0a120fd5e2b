"""The examples in their real consumer: promtool finds nothing to say, and Prometheus loads and evaluates every rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.stack import SELDOM, running, wait_for
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
        assert len(servers.groups()) == sum((COMPILED / name).read_text(encoding="utf-8").count("\n- name: ") for name in FILES)
        # a group is first evaluated within its own interval, 150 s for the slow ones; that of hours is asked
        often = [name for name, group in servers.groups().items() if group["interval"] < SELDOM]
        wait_for("every group is evaluated", 180, lambda: all(rule["health"] == "ok" for name in often for rule in servers.groups()[name]["rules"]))
        seldom = [rule["query"] for name, group in servers.groups().items() if name not in often for rule in group["rules"]]
        assert len(seldom) > len(FILES)
        assert [servers.samples(query) for query in seldom] == [[]] * len(seldom)
        servers.assert_healthy()
