"""The entry point: a version at once, exit codes, a fault of ours confessed, and never a traceback."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slo_compiler import __main__ as entry
from slo_compiler import __version__, compiler
from tests.unit.given import ROOT, file, promise, tree, write


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """The program as it is installed, in this process; answers the exit code."""

    def call(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["slo", *arguments])
        try:
            entry.main()
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        return 0

    yield call
    gc.enable()  # the program ends soon, this process does not


#: The program under its own name, wherever it is installed.
SLO = [sys.executable, "-c", "import sys; from slo_compiler.__main__ import run; sys.argv[0] = 'slo'; run()"]


def program(*arguments: str, folder: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return subprocess.run(
        [*SLO, *arguments], cwd=folder, input=stdin, capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def break_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object, **__: object) -> None:
        raise LookupError("lost my way")

    monkeypatch.setattr(compiler, "validate", lose)


@pytest.mark.parametrize(("text", "code"), [(file(), 0), (file(promise(objective="101%")), 1), ("a: [", 2)])
def test_exit_codes(text: str, code: int, main: Callable[..., int], tmp_path: Path) -> None:
    write(tmp_path, a_yaml=text)
    assert main("validate", str(tmp_path / "a.yaml")) == code


def test_the_version_is_answered_at_once(main: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert main("--version") == 0
    assert capsys.readouterr().out == f"slo {__version__}\n"


@pytest.mark.parametrize("verb", ["compile", "validate"])
def test_a_fault_of_ours_is_confessed(
    verb: str, main: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, a_yaml=file())
    break_down(monkeypatch)
    monkeypatch.delenv("SLO_DEBUG", raising=False)
    assert main(verb, str(tmp_path / "a.yaml"), *(["-o", str(tmp_path / "rules")] if verb == "compile" else [])) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"slo: this is a fault of slo-compiler {__version__}, not of your files: LookupError at test_main.py:")
    assert "lost my way" in said.err
    assert "please report it" in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "rules").exists()


def test_whoever_looks_for_a_fault_sees_where_it_is(main: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a_yaml=file())
    break_down(monkeypatch)
    monkeypatch.setenv("SLO_DEBUG", "1")
    with pytest.raises(LookupError, match="lost my way"):
        main("validate", str(tmp_path / "a.yaml"))


def test_a_reader_who_goes_away_is_no_fault() -> None:
    command = f'"{sys.executable}" -m slo_compiler schema | head -1'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_a_reader_who_has_gone_is_no_fault() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-m", "slo_compiler", "schema"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_bytes_do_not_depend_on_hashes_or_on_where_one_stands(tmp_path: Path) -> None:
    examples = str(ROOT / "examples")
    for seed in "12":
        (tmp_path / seed).mkdir()
        done = program(
            "compile", os.path.relpath(examples, tmp_path / seed) if seed == "1" else examples, "-o", "rules", folder=tmp_path / seed, PYTHONHASHSEED=seed
        )
        assert (done.returncode, "fault" in done.stderr) == (0, False), done.stderr
    one, two = ({name: raw for name, (raw, _) in tree(tmp_path / seed / "rules").items()} for seed in "12")
    assert one
    assert one == two


def test_mistakes_do_not_depend_on_hashes(tmp_path: Path) -> None:
    wrong = file(
        promise(titel="a", labels={"le": "x", "alertname": "y"}, sli={"events": {"totl": "x", "good": "y", "bda": "z"}}), promise(nmae="b"), colour="red"
    )
    one, two = (program("validate", "-", folder=tmp_path, stdin=wrong, PYTHONHASHSEED=seed) for seed in "12")
    assert one.returncode == 1
    assert (one.stdout, one.stderr) == (two.stdout, two.stderr)


def test_a_terminal_that_knows_ascii_only_is_answered(tmp_path: Path) -> None:
    done = program("validate", "-", folder=tmp_path, stdin=file(promise(category="über")), PYTHONIOENCODING="ascii:backslashreplace", LC_ALL="C")
    assert (done.returncode, "Traceback" in done.stderr, "fault" in done.stderr) == (1, False, False)


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "slo_compiler", "validate", "-"], cwd=tmp_path, input=file(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1 SLO in 1 file: valid\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str, tmp_path: Path) -> None:
    done = program("--show-completion", shell, folder=tmp_path, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == 0, done.stderr
    assert "_SLO_COMPLETE" in done.stdout


def test_ids_are_completed(tmp_path: Path) -> None:
    done = program(folder=tmp_path, _SLO_COMPLETE="complete_bash", COMP_WORDS="slo explain objective/", COMP_CWORD="2")
    assert "objective/range" in done.stdout.split()
    assert "window/range" not in done.stdout


@pytest.mark.parametrize("style", ["json", "gitlab", "junit", "sarif", "github"])
def test_a_name_that_is_no_text_is_told_to_machines_as_utf_8(style: str, tmp_path: Path) -> None:
    (tmp_path / "a\udcff.yaml").write_text(file())
    done = subprocess.run([*SLO, "validate", ".", "--format", style], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (2, b"")
    text = done.stdout.decode()
    assert "a%FF.yaml" in text or "a\N{REPLACEMENT CHARACTER}.yaml" in text


@pytest.mark.parametrize("words", ["compile a.yaml -o -", "validate a.yaml --format json", "--version"])
def test_a_closed_standard_output_is_told(words: str, tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = subprocess.run(["sh", "-c", f'exec "$@" {words} >&-', "sh", *SLO], cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.partition("\n")[0]) == (2, "slo: the output cannot be written: Bad file descriptor")


def test_an_interrupt_at_the_start_ends_quietly(tmp_path: Path) -> None:
    start = "import sys; from slo_compiler import __main__ as entry\ndef main():\n raise KeyboardInterrupt\nentry.main = main; entry.run()"
    done = subprocess.run([sys.executable, "-c", start], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"")
