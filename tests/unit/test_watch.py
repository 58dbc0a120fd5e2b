"""`slo compile --watch`: which changes are noticed, and what is told of them."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from slo_compiler import watching
from slo_compiler.targets import TARGETS
from tests.cases_runner import inside
from tests.unit.given import ROOT, Run, file, promise, run, tree, write

RULES = "shop.prometheus.rules.yml"
Act = Callable[[], object]
Watching = Callable[..., Run]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watching:
    """`slo compile --watch` in `tmp_path`; between two looks comes the next act, after the last one Ctrl-C."""

    def watch(*arguments: str, acts: list[Act]) -> Run:
        script = iter(acts)

        def sleep(_: float) -> None:
            act = next(script, None)
            if act is None:
                raise KeyboardInterrupt
            act()

        monkeypatch.setattr(watching, "sleep", sleep)  # that of this module alone: other tests may have left threads that sleep
        with inside(tmp_path):
            return run("compile", *arguments, "--watch")

    return watch


def nothing() -> None:
    """Two looks that see the same are what a change waits for."""


def rounds(done: Run) -> list[list[str]]:
    """What was told of each round after the first: the files that had changed."""
    assert done.code == 0
    return [[line.removeprefix("changed   ") for line in part.splitlines() if line.startswith("changed")] for part in done.out.split("; Ctrl-C ends\n")[1:-1]]


def save_by_rename(path: Path, text: str) -> None:
    """As many editors do; here with the old time."""
    before = path.stat()
    other = path.with_name(f"{path.name}~")
    other.write_text(text)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def test_a_change_is_compiled_and_named(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, slos__a_yaml=file(), slos__b_yaml=file(service="other"))
    done = watched("slos", "-o", "rules", acts=[nothing, lambda: write(tmp_path, slos__a_yaml=file(promise(objective="95%"))), nothing])
    first, second, _ = done.out.split("; Ctrl-C ends\n")
    assert first.splitlines()[0] == "2 SLOs of 2 services -> rules"
    assert first.splitlines()[-1] == "watching 2 files"
    assert second.splitlines()[:3] == ["changed   slos/a.yaml", "2 SLOs of 2 services -> rules", f"  written   {RULES}"]
    assert rounds(done) == [["slos/a.yaml"]]
    assert "\x1b" not in done.out


def test_everything_that_is_read_is_watched(tmp_path: Path, watched: Watching) -> None:
    policy = "name: calm\ntiers: [{name: page, severity: page, long: 1h, short: 5m, burn: 14.4}]\n"
    write(tmp_path, slo_compiler_yaml="{sources: [slos], output: rules, policies: [calm.yaml], templates: own}", slos__a_yaml=file(), calm_yaml=policy)
    (tmp_path / "own" / "deeper").mkdir(parents=True)
    changes: list[tuple[str, Act]] = [
        (
            "slo-compiler.yaml",
            lambda: write(tmp_path, slo_compiler_yaml="{sources: [slos], output: rules, policies: [calm.yaml], templates: own, labels: {a: b}}"),
        ),
        ("calm.yaml", lambda: write(tmp_path, calm_yaml=policy.replace("14.4", "14.5"))),
        ("own/deeper/x.j2", lambda: (tmp_path / "own" / "deeper" / "x.j2").write_text("x")),
        ("own/deeper/x.j2", (tmp_path / "own" / "deeper" / "x.j2").unlink),
        ("slos/b.yaml", lambda: write(tmp_path, slos__b_yaml=file(service="other"))),
        ("slos/deep/c.yaml", lambda: write(tmp_path, slos__deep__c_yaml=file(service="deep"))),
        ("slos/b.yaml", (tmp_path / "slos" / "b.yaml").unlink),
        ("slos/a.yaml", lambda: save_by_rename(tmp_path / "slos" / "a.yaml", file().replace("99.9%", "99.8%"))),
    ]
    done = watched(acts=[one for _, act in changes for one in (act, nothing)])
    assert rounds(done) == [[name] for name, _ in changes]
    assert set(tree(tmp_path / "rules")) == {RULES, "deep.prometheus.rules.yml"}
    with inside(tmp_path):
        assert run("compile", "--check").code == 0


def test_what_the_readme_shows_is_what_is_printed(tmp_path: Path, watched: Watching) -> None:
    (shown,) = re.findall(r"```text\n\$ slo compile my-service.yaml -o rules --watch\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "my-service.yaml"
    with inside(tmp_path):
        assert run("init", path.name).code == run("compile", path.name, "-o", "rules").code == 0
    done = watched(path.name, "-o", "rules", acts=[lambda: path.write_text(path.read_text() + "# saved\n"), nothing])
    assert done.out == shown + "\n"


def test_several_saves_are_one_run(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    saves = [
        lambda name=name, n=n: write(tmp_path, **{name: file(promise(objective=f"9{n}%"), service=name[0])}) for name in ("a_yaml", "b_yaml") for n in range(4)
    ]
    assert rounds(watched(".", "-o", "rules", acts=[*saves, nothing])) == [["a.yaml", "b.yaml"]]


def test_what_is_taken_back_at_once_is_no_change(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, a_yaml=file())
    kept = tmp_path / "kept"
    acts = [lambda: (tmp_path / "a.yaml").rename(kept), lambda: kept.rename(tmp_path / "a.yaml"), nothing, nothing]
    assert rounds(watched(".", "-o", "rules", acts=acts)) == []


def test_a_mistake_is_told_and_waited_for(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, a_yaml=file())
    wrong, gone, right = (
        lambda: write(tmp_path, a_yaml=file(promise(objective="101%"))),
        (tmp_path / "a.yaml").unlink,
        lambda: write(tmp_path, a_yaml=file(promise(objective="95%"))),
    )
    done = watched("a.yaml", "-o", "rules", acts=[wrong, nothing, gone, nothing, right, nothing])
    assert rounds(done) == [["a.yaml"]] * 3
    assert done.err.count("error[objective/range]") == 1
    assert done.err.count("error[file/not-found]") == 1
    assert "1 error: nothing was written" in done.out
    assert "0.05" in (tmp_path / "rules" / RULES).read_text()


@pytest.mark.parametrize(("source", "output"), [(".", "rules"), (".", "."), ("slos", "slos"), ("slos", "slos/rules"), ("slos/a.yaml", "slos")])
def test_what_it_writes_itself_is_no_change(source: str, output: str, tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, slos__a_yaml=file())
    targets = [word for target in TARGETS for word in ("--target", target)]
    acts = [nothing, lambda: write(tmp_path, slos__a_yaml=file(promise(objective="95%"))), nothing, nothing, nothing]
    assert rounds(watched(source, "-o", output, *targets, "--shard", "2", acts=acts)) == [["slos/a.yaml"]]


def test_a_project_file_that_comes_goes_and_is_broken(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, slo_compiler_yaml="{sources: [slos], output: rules}", slos__a_yaml=file())
    (tmp_path / "slos" / "sub").mkdir()
    project = tmp_path / "slo-compiler.yaml"
    acts: list[Act] = [
        lambda: project.write_text("sources: ["), nothing, project.unlink, nothing,
        lambda: project.write_text("{sources: [slos], output: other}"), nothing,
        (tmp_path / "slos" / "a.yaml").unlink, nothing,
    ]  # fmt: skip
    done = watched(acts=acts)
    assert rounds(done) == [["slo-compiler.yaml"]] * 3 + [["slos/a.yaml"]]
    assert "error[yaml/syntax]" in done.err
    assert "no PATH given" in done.err
    assert (tmp_path / "other" / RULES).exists()


def test_a_project_file_that_goes_changes_nothing_else(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, slo_compiler_yaml="{sources: [slos], output: rules}", slos__a_yaml=file(), slos__b_yaml=file(service="other"))
    done = watched(acts=[(tmp_path / "slo-compiler.yaml").unlink, nothing, nothing, nothing])
    assert rounds(done) == [["slo-compiler.yaml"]]
    assert done.err.count("no PATH given") == 1


def test_an_output_that_somebody_removes_is_written_with_the_next_save(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, slos__a_yaml=file(), slos__b_yaml=file(service="other"))
    remove, save = (tmp_path / "rules" / RULES).unlink, lambda: write(tmp_path, slos__b_yaml=file(promise(objective="95%"), service="other"))
    done = watched("slos", "-o", "rules", acts=[remove, nothing, nothing, save, nothing])
    assert rounds(done) == [["slos/b.yaml"]]
    assert f"  written   {RULES}\n" in done.out.split("changed   ")[1]


def test_a_use_that_no_change_mends_ends_it(tmp_path: Path, watched: Watching) -> None:
    assert watched(acts=[]).code == 2
    write(tmp_path, a_yaml=file())
    done = watched("a.yaml", acts=[])
    assert (done.code, done.out) == (2, "")
    assert "nowhere to write to" in done.err


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    with inside(gone):
        gone.rmdir()
        done = run("compile", "a.yaml", "-o", "rules", "--watch")
    assert done.code == 2
    assert "current folder" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.yaml", "-o", "rules", "--check"), ("only compare", "leave one of them out")),
        (("a.yaml", "-o", "rules", "--diff"), ("only compare", "leave one of them out")),
        (("a.yaml", "-o", "-"), ("cannot be kept up to date", "-o DIR")),
        (("-", "-o", "rules"), ("standard input", "name a file or a folder")),
        (("a.yaml", "-o", "rules", "--format", "json"), ("--format json", "leave one of them out")),
    ],
)
def test_what_cannot_be_watched_is_refused(arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, a_yaml=file())
    done = watched(*arguments, acts=[])
    assert (done.code, done.out) == (2, "")
    assert all(word in done.err for word in words), done.err


def test_a_file_that_cannot_be_looked_at_is_told_by_the_compilation(tmp_path: Path, watched: Watching) -> None:
    write(tmp_path, a_yaml=file())
    (tmp_path / "b.yaml").symlink_to("b.yaml")
    (tmp_path / "c.yaml").mkdir()
    done = watched("a.yaml", "b.yaml", "c.yaml", "-o", "rules", acts=[nothing])
    assert rounds(done) == []
    assert done.err.count("error[") == 1


# --- as a program ------------------------------------------------------------------------------------------------------------------


@contextmanager
def program(folder: Path, out: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "slo_compiler", "compile", "a.yaml", "-o", "rules", "--watch"]
    with subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(descriptor: int, words: str, times: int = 1) -> str:
    """What is printed, up to words that come; where they never do, the test hangs or meets the end."""
    found = ""
    while found.count(words) < times:
        part = os.read(descriptor, 65536).decode()
        assert part, found
        found += part
    return found


def test_ctrl_c_is_a_good_end(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    out, into = os.pipe()
    with program(tmp_path, into) as process:
        os.close(into)
        read_until(out, "Ctrl-C ends\n")
        save_by_rename(tmp_path / "a.yaml", file(promise(objective="95%")))
        assert read_until(out, "Ctrl-C ends\n").startswith("changed   a.yaml\n1 SLO of 1 service -> rules\n")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        assert os.read(out, 65536) == b"\n"
    os.close(out)


def test_a_terminal_is_cleared_before_each_run(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    out, into = pty.openpty()
    with program(tmp_path, into) as process:
        assert "\x1b[2J" not in read_until(out, "Ctrl-C ends")
        save_by_rename(tmp_path / "a.yaml", file(promise(objective="95%")))
        assert "\x1b[2J\x1b[Hchanged   a.yaml" in read_until(out, "Ctrl-C ends")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    os.close(into)
    os.close(out)
