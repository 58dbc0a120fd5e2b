"""Runs of `slo` that die: each is forked from one process that is warm, so that hundreds take seconds.

`python -m tests.faults.dying` reads orders as JSON lines from standard input, and answers each with the exit status of the run.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
TOUCHES = ("open", "mkdir", "rmdir", "link", "replace", "unlink", "fchmod", "fsync")


class Warm:
    """The warm process, as a test sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def run(self, *arguments: str | Path, at: int = 0, after: float = 0.0, warm: bool = False) -> int:
        """The exit code of `slo ...`, which is killed before its touch number `at` of the disk, or `after` seconds; `warm` remembers what it makes."""
        self.start(*arguments, at=at, after=after, warm=warm)
        return self.end()

    def start(self, *arguments: str | Path, **how: float) -> None:
        assert self.process.stdin
        order = {"arguments": [str(one) for one in arguments], "at": 0, "after": 0, "warm": False, **how}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def end(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline())


@contextmanager
def warm() -> Iterator[Warm]:
    """A warm process, ended in the end."""
    with subprocess.Popen([sys.executable, "-m", "tests.faults.dying"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Warm(process)
        assert process.stdin
        process.stdin.close()


# --- inside the warm process ---------------------------------------------------------------------------------------------------------


def _serve() -> None:
    import typer

    from slo_compiler import cli, compiler

    compiler.emit = _remembering(compiler.emit)
    app = typer.main.get_command(cli.app)
    gc.disable()
    for line in sys.stdin:
        order = json.loads(line)
        if order["warm"]:
            _warm_up(order["arguments"], app)
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            _die_or_end(order, app)
        if order["after"]:
            time.sleep(order["after"])
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _remembering(emit: Callable[..., Any]) -> Callable[..., Any]:
    """Files are made once for the same texts: what they are written with is tried, not how they are made."""
    known: dict[str, Any] = {}

    def remembered(run: Any, templates: Any, targets: Any, before: Any = None) -> Any:
        key = repr((targets, run.project, before, sorted((name, source.text) for name, source in run.sources.items())))
        if key not in known:
            known[key] = emit(run, templates, targets, before)
        return known[key]

    return remembered


def _warm_up(arguments: list[str], app: Any) -> None:
    """The same without writing, here, so that what is loaded and made stays for the runs that follow."""
    with suppress(SystemExit), redirect_stdout(io.StringIO()):
        app([*arguments, "--check"])


def _die_or_end(order: dict[str, Any], app: Any) -> None:
    code: Any = 70
    try:
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, 1)
        _count(order["at"])
        app(order["arguments"])
    except SystemExit as end:
        code = end.code
    finally:
        os._exit(code or 0)


def _count(at: int) -> None:
    """Count what touches the disk; before number `at` there is an end. A text is two touches: a process may die when half of it is written."""
    done = 0

    def touch() -> None:
        nonlocal done
        done += 1
        if done == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            touch()
            return original(*arguments, **more)

        return call

    class Halves(io.FileIO):
        def write(self, data: Any) -> int:
            touch()
            half = super().write(memoryview(data)[: len(data) // 2])
            touch()
            return half + super().write(memoryview(data)[half:])

    def opened(path: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None, newline: str | None = None) -> Any:
        if mode.startswith("r"):
            return read(path, mode, buffering, encoding, errors, newline)
        touch()
        raw = io.BufferedWriter(Halves(path, mode.replace("b", "").replace("t", "")))
        return raw if "b" in mode else io.TextIOWrapper(raw, encoding, errors, newline)

    read = io.open
    os.fsync = lambda _descriptor: None  # type: ignore[assignment]  # the system does not die with the process
    for name in TOUCHES:
        setattr(os, name, counted(getattr(os, name)))
    os.fdopen = opened  # type: ignore[assignment]
    io.open = opened  # type: ignore[assignment]


if __name__ == "__main__":
    _serve()
