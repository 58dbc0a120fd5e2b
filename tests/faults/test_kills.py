"""A run that is killed, wherever that was: each file is whole, old or new, and the next run mends what is left."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.dying import KILLED, Warm, warm
from tests.unit.given import write

SLOS = Path(__file__).parents[1] / "targets" / "slos"
Texts = dict[str, bytes]


@pytest.fixture(scope="module")
def process() -> Iterator[Warm]:
    with warm() as found:
        yield found


class Project:
    """The small project, which asks for every target, spread over shards; in two states, between which files change, come and go."""

    def __init__(self, folder: Path, process: Warm) -> None:
        self.process, self.slos, self.out = process, folder / "slos", folder / "out"
        shutil.copytree(SLOS, self.slos)
        self.wholes: dict[str, Texts] = {}
        for state in ("old", "new", "old"):
            self.become(state)
            assert [self.run(warm=True), self.run(warm=True)] == [0, 0]
            self.wholes[state] = self.texts()
        assert self.wholes["old"].keys() - self.wholes["new"].keys()
        assert self.wholes["new"].keys() - self.wholes["old"].keys()

    def become(self, state: str) -> None:
        chat = (SLOS / "chat.yaml").read_text(encoding="utf-8")
        assert "service: search\n" in (SLOS / "search.yaml").read_text(encoding="utf-8")
        search = (SLOS / "search.yaml").read_text(encoding="utf-8").replace("service: search\n", f"service: search-{state}\n")
        write(self.slos, chat_yaml=chat + ("" if state == "old" else "# changed\n"), search_yaml=search)

    def run(self, *more: str, **how: Any) -> int:
        self.start(*more, **how)
        return self.process.end()

    def start(self, *more: str, **how: Any) -> None:
        self.process.start("compile", self.slos, "-o", self.out, "--shard", "2", *more, **how)

    def texts(self) -> Texts:
        """All files but those that are not complete."""
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in self.out.rglob("*") if path.is_file() and not is_temporary(path)}

    def assert_whole(self, state: str) -> None:
        """Each file is that of one of the states; none is missing that both have, and none was removed before all of `state` was there."""
        found, new = self.texts(), self.wholes[state]
        (old,) = (texts for name, texts in self.wholes.items() if name != state)
        assert found.keys() <= old.keys() | new.keys()
        assert [name for name, text in found.items() if text not in (old.get(name), new.get(name))] == []
        assert found.keys() >= old.keys() or new.items() <= found.items()

    def assert_mended(self, state: str, *, checked: bool) -> None:
        """The next run ends well and leaves what it would have without the fault."""
        assert self.run() == 0
        assert self.texts() == self.wholes[state]
        assert not checked or self.run("--check") == 0
        assert [path for path in self.out.rglob("*") if is_temporary(path)] == []


def is_temporary(path: Path) -> bool:
    return path.name.endswith(".tmp")


@pytest.fixture(scope="module")
def project(process: Warm, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"), process)


def test_a_run_that_is_killed_at_any_touch_of_the_disk_leaves_whole_files(project: Project) -> None:
    """In turns to and fro, so that each touch is the last one once."""
    kills = halves = 0
    for at in range(1, 1000):
        state = ("old", "new")[at % 2]
        project.become(state)
        code = project.run(at=at)
        halves += any(path.stat().st_size for path in project.out.rglob("*.tmp"))
        project.assert_whole(state)
        project.assert_mended(state, checked=at % 10 == 0)
        if code == 0:
            break
        assert code == KILLED
        kills += 1
    assert kills > 180
    assert halves > 100


def test_a_run_that_is_killed_at_any_moment_leaves_whole_files(project: Project) -> None:
    moments = random.Random(20261130)
    kills = 0
    for number in range(40):
        state = ("old", "new")[number % 2]
        project.become(state)
        kills += project.run(after=moments.uniform(0.01, 0.1)) == KILLED
        project.assert_whole(state)
        project.assert_mended(state, checked=number % 10 == 0)
    assert kills


def test_the_first_run_of_all_may_be_killed_too(project: Project) -> None:
    project.become("old")
    for at in range(1, 170, 9):
        shutil.rmtree(project.out)
        assert project.run(at=at) == KILLED
        assert project.texts().items() <= project.wholes["old"].items()
        project.assert_mended("old", checked=at == 1)
