"""What `compile` and `validate` share: finding the project, telling the findings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from slo_compiler import compiler, inputs, reporters
from slo_compiler.compiler import Compilation

WRONG_USE = 2
SHOWN = 6  # names, before it is said how many more there are


def start(paths: list[str]) -> tuple[Compilation, list[str]]:
    """A compilation with the nearest project's settings, and the paths to compile: those given, or else the project's sources."""
    run, found = look(paths)
    if not found and run.report.ok:
        where = "the project file names no sources" if run.root else f"there is no {inputs.PROJECT_FILE} that names sources"
        raise refuse(f"no PATH given, and {where}", "name a file, a folder or - (standard input)")
    return run, found


def look(paths: list[str]) -> tuple[Compilation, list[str]]:
    """The same; no paths where none are given and no project names any."""
    try:
        here = Path.cwd()
    except OSError as error:
        raise refuse(f"the current folder cannot be read: {error.strerror}", "change to a folder that exists") from error
    found = inputs.project_file(here)
    if found is None and paths and paths[0] != inputs.STDIN:
        found = inputs.project_file(Path(os.path.realpath(paths[0])))
    run = compiler.open_project(found, shown(found) if found else "")
    return run, paths or [shown(run.root / name) for name in run.project.sources if run.root]


def shown(path: Path) -> str:
    """A path as people and machines know it: from the current folder, or in full where it lies outside."""
    relative = os.path.relpath(path)
    return Path(os.path.normpath(path)).as_posix() if relative.startswith("..") else Path(relative).as_posix()


def of_project(run: Compilation, name: str | None) -> Path | None:
    """A file or folder that the project file names."""
    return run.root / name if run.root and name else None


def tell(run: Compilation, style: str) -> None:
    """Print the findings: for people on the error stream, for machines on standard output."""
    text = reporters.printed(style, run.report, run.sources)
    if text:
        typer.echo(text, err=style == "text", nl=False)


def refuse(message: str, help: str) -> typer.Exit:
    """Say why a run was called in a way that cannot work; raise what this returns."""
    typer.echo(f"slo: {message}\n  help: {help}", err=True)
    return typer.Exit(WRONG_USE)


def plural(count: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def beside(groups: Sequence[str]) -> str:
    """What is said of groups of ours that a server runs beside those of the files."""
    some = ", ".join(groups[:SHOWN]) + (f" and {len(groups) - SHOWN} more" if len(groups) > SHOWN else "")
    return f"left over: {some}: of SLOs that the files do not have; their alerts fire: take these groups away, if no other project made them"
