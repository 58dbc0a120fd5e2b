"""Runs the command line in this process, as the cases in tests/cases/ want it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from slo_compiler.cli import app

CASES = Path(__file__).parent / "cases"
#: A file with a mistake, or a folder where one file is not enough.
ERRORS = sorted(path for path in (CASES / "err").iterdir() if path.suffix != ".out")
#: The same for what is only warned of: exit code 0.
WARNINGS = sorted(path for path in (CASES / "warn").iterdir() if path.suffix != ".out")
OK = sorted(path for path in (CASES / "ok").iterdir() if path.is_dir())


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, as a user does."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def slo(*arguments: str, stdin: bytes | None = None) -> tuple[int, str]:
    """The exit code of `slo ...` and all that it prints."""
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def print_case(case: Path) -> str:
    """What `slo validate` says to an `err` or `warn` case, and its exit code."""
    with inside(case.parent):
        code, text = slo("validate", case.name)
    return f"{text}exit {code}\n"


def compile_case(source: Path, output: Path) -> None:
    """Compile what must compile."""
    with inside(source.parent):
        code, text = slo("compile", source.name, "-o", str(output))
    assert code == 0, text
