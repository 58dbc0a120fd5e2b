"""`slo push --reload` against a real Prometheus: it runs the compiled rules, or says in its own words why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import servers
from tests.live.stack import is_up, wait_for
from tests.servers import Line, lines
from tests.unit.given import Run, file, promise, run, write


@contextmanager
def prometheus(line: Line, folder: Path, *options: str) -> Iterator[str]:
    """A Prometheus that reads the rules in `folder`/rules."""
    port = servers.free_port()
    (folder / "prometheus.yml").write_text('rule_files: ["rules/*.rules.yml"]\n')
    command = [line.prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
    with servers.running([*command, *options], folder / "prometheus.log"):
        wait_for("Prometheus is ready", 60, lambda: is_up(f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}"


def compiled(folder: Path, text: str) -> None:
    write(folder, slos__a_yaml=text)
    assert run("compile", folder / "slos", "-o", folder / "rules").code == 0


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_what_was_compiled_runs_after_a_push(line: Line, tmp_path: Path) -> None:
    with prometheus(line, tmp_path, "--web.enable-lifecycle") as url:

        def push() -> Run:
            return run("push", tmp_path / "slos", "--reload", url)

        compiled(tmp_path, file())
        first = push()
        assert (first.code, first.err) == (0, "")
        assert first.out.startswith(f"{url} has reloaded, and runs exactly these ")
        compiled(tmp_path, file(promise(objective="99%"), promise(name="other")))
        assert push().code == 0
        write(tmp_path, slos__a_yaml=file())
        changed = push()
        assert changed.code == 1
        assert "error[live/rules-differ]" in changed.err
        (tmp_path / "rules" / "broken.rules.yml").write_text("groups: [\n")
        broken = push()
        assert broken.code == 2
        assert f"slo: {url} does not reload: failed to reload config:" in broken.err


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_a_server_that_may_not_be_reloaded_says_so(line: Line, tmp_path: Path) -> None:
    compiled(tmp_path, file())
    with prometheus(line, tmp_path) as url:
        answer = run("push", tmp_path / "slos", "--reload", url)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"slo: {url} does not reload: Lifecycle API is not enabled.\n  help: start it with --web.enable-lifecycle")
