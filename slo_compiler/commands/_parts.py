"""Where a long run keeps what is finished: a folder beside its output, which one run at a time may have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from slo_compiler import artifacts
from slo_compiler.commands._run import refuse
from slo_compiler.remote import RemoteFailure


@contextmanager
def parts_of(output: Path, suffix: str) -> Iterator[Path]:
    """The folder of what is finished, made now, because hours later is too late to find that it cannot be; gone when the run has come to its end.

    Says what became of a run that breaks off: nothing that was answered is lost.
    """
    folder = _place(output)
    try:
        with artifacts.held(folder):
            with _going_on(folder, suffix):
                yield folder
            _remove(folder, suffix)
    except artifacts.Held as held:
        raise refuse(f"another run is writing {output} now", "wait until it has ended, or name another file with -o") from held
    except OSError as error:
        raise refuse(f"{folder} cannot be made: {error.strerror}", "name a file in a folder that exists and that you may write to") from error


def _place(output: Path) -> Path:
    if str(output) == "-":
        raise refuse("a past is not written to standard output", "name a file with -o: a run that is broken off goes on beside it")
    try:
        artifacts.replaceable(output)
    except OSError as error:
        raise refuse(f"{output} cannot be written: {error.strerror}", "name a file with -o") from error
    return output.with_name(f"{output.name}.parts")


@contextmanager
def _going_on(folder: Path, suffix: str) -> Iterator[None]:
    try:
        yield
    except RemoteFailure as failure:
        raise refuse(failure.message, f"{failure.help}; {_again(folder, suffix)}") from failure
    except OSError as error:
        help = f"make room or check the permissions; {_again(folder, suffix)}"
        raise refuse(f"{error.filename or folder} cannot be written: {error.strerror}", help) from error
    except KeyboardInterrupt:
        typer.echo(f"\nslo: stopped; {_again(folder, suffix)}", err=True)
        raise typer.Exit(130) from None


def _again(folder: Path, suffix: str) -> str:
    if any(folder.glob(f"*{suffix}")):
        return f"what is finished is kept in {folder}: the same command goes on from there"
    return "nothing is finished yet: the same command begins anew"


def _remove(folder: Path, suffix: str) -> None:
    try:
        artifacts.remove_parts(folder, suffix)
    except OSError as error:
        typer.echo(f"slo: {folder} cannot be removed: {error.strerror}", err=True)
