"""`slo diff --prometheus` on a real server that runs the rules of all examples: no false word about any of them, and a true one about an edit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.live.stack import is_up, wait_for
from tests.servers import Line, free_port, lines

EXAMPLES = Path(__file__).parents[2] / "examples"


def diff(folder: Path, url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "slo_compiler", "diff", "--prometheus", url, "--format", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (found["verdict"] == "weaker")
    return found


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_what_runs_is_compared_with_the_files(line: Line, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("_compiled"))
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile"], cwd=tmp_path / "examples", check=True, capture_output=True)
    (tmp_path / "prometheus.yml").write_text('rule_files: ["examples/_compiled/*.rules.yml"]\n')
    url = f"http://127.0.0.1:{free_port()}"
    command = [line.prometheus, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address={url[7:]}"]
    with servers.running(command, tmp_path / "prometheus.log"):
        wait_for("Prometheus is ready", 60, lambda: is_up(url))
        same = diff(tmp_path / "examples", url)
        assert (same["slos"], same["project"], same["counts"]["unchanged"]) == ([], [], 95)

        path = tmp_path / "examples" / "chat-gateway.yaml"
        path.write_text(path.read_text().replace("99.95%", "99.9%").replace("name: judge", "name: jury"))
        found = {one["slo"]: one for one in diff(tmp_path / "examples", url)["slos"]}
        texts = {name: [sentence["text"] for sentence in one["changes"]] for name, one in found.items()}
        assert found.keys() == {"chat-gateway/success", "chat-gateway/jury", "chat-gateway/judge"}
        assert {"objective 99.95% to 99.9%", "SLOBudgetBurn (rollback) needs 1.44% bad, before: 0.72%"} <= set(texts["chat-gateway/success"])
        assert [found[name]["kind"] for name in ("chat-gateway/jury", "chat-gateway/judge")] == ["added", "removed"]
