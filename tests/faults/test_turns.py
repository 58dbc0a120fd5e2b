"""Two runs in one folder: they take turns, so that it holds wholly what one of them wrote; and what a live run has begun is left to it."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from slo_compiler.artifacts import locks
from tests.faults.dying import warm
from tests.faults.test_kills import Project
from tests.unit.given import file, promise, run, tree, write

BEGUN = ".slo-abcdefgh.tmp"


def test_of_two_runs_at_once_one_wins_wholly(tmp_path: Path) -> None:
    """Two checkouts of a repository, of which one is newer."""
    with warm() as first, warm() as second:
        one, two = Project(tmp_path / "one", first), Project(tmp_path / "two", second)
        two.out, wholes = one.out, tuple(one.wholes.values())
        assert tuple(two.wholes.values()) == wholes
        won = []
        for _ in range(25):
            for each, state in ((one, "old"), (two, "new")):
                each.become(state)
                each.start()
            assert (one.process.end(), two.process.end()) == (0, 0)
            won.append(one.texts())
            assert won[-1] in wholes
            assert not list(one.out.rglob("*.tmp"))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another run that is writing into a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder that was written, and a source that has changed since."""
    write(tmp_path, a_yaml=file())
    assert run("compile", tmp_path, "-o", tmp_path / "rules").code == 0
    write(tmp_path, a_yaml=file(promise(objective="95%")))
    return tmp_path / "rules"


def test_a_run_that_waits_in_vain_says_so_and_touches_nothing(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    (rules / BEGUN).write_text("half of a")
    before = tree(rules)
    with held(rules):
        done = run("compile", rules.parent, "-o", rules)
        assert run("compile", rules.parent, "-o", rules, "--check").code == 1  # it only reads
    assert done.code == 2
    assert f"{rules}: error[output/held]: another run is writing into this folder\n  help: wait until it has ended" in done.err.replace("   help", "  help")
    assert tree(rules) == before
    assert run("compile", rules.parent, "-o", rules).code == 0
    assert [path.name for path in rules.iterdir()] == ["shop.prometheus.rules.yml"]


def test_a_run_waits_for_one_that_ends(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(rules)
    with ExitStack() as other:
        other.enter_context(held(rules))

        def sleep(_: float) -> None:
            assert tree(rules) == before
            other.close()

        monkeypatch.setattr(locks, "sleep", sleep)
        assert run("compile", rules.parent, "-o", rules).code == 0
    assert tree(rules) != before


def test_what_others_have_called_alike_stays(rules: Path) -> None:
    for name in (".slo-notes.tmp", ".slo-one-abcdefgh.tmp", "x.slo-abcdefgh.tmp"):
        (rules / name).write_text("mine")
    (rules / BEGUN).mkdir()
    (rules / ".slo-hgfedcba.tmp").symlink_to("shop.prometheus.rules.yml")
    before = sorted(rules.iterdir())
    assert run("compile", rules.parent, "-o", rules).code == 0
    assert sorted(rules.iterdir()) == before


def test_what_a_killed_run_left_in_sub_folders_goes_whatever_is_written_now(rules: Path) -> None:
    for folder in ("dashboards", "thanos/shard-1", "alertmanager"):
        (rules / folder).mkdir(parents=True)
        (rules / folder / BEGUN).touch()
    (rules / "elsewhere").mkdir()
    (rules / "elsewhere" / BEGUN).touch()
    assert run("compile", rules.parent, "-o", rules).code == 0
    assert [path.name for path in rules.rglob("*")] == ["shop.prometheus.rules.yml", "elsewhere", BEGUN]


def test_where_the_system_knows_no_locks_the_last_run_wins(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    (rules / BEGUN).touch()
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert run("compile", rules.parent, "-o", rules).code == 0
    assert (rules / BEGUN).exists()  # nobody knows whose it is
    assert run("compile", rules.parent, "-o", rules, "--check").code == 0


def test_a_disk_that_takes_no_more_leaves_everything_as_it_was(rules: Path) -> None:
    """Here a limit of the system, met in the middle of a file."""
    before = tree(rules)
    write(rules.parent, b_yaml=file(service="other"))
    limited = 'ulimit -f 4; exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", limited, "sh", sys.executable, "-B", "-m", "slo_compiler", "compile", str(rules.parent), "-o", str(rules)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"{rules}: error[output/cannot-write]: the output cannot be written: File too large\n" in done.stderr
    assert "nothing was changed; make room" in done.stderr
    assert tree(rules) == before
