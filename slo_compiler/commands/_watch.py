"""`slo compile --watch`: compile, and again after each change of what was read, until Ctrl-C."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from slo_compiler import inputs
from slo_compiler.commands._run import of_project, plural, refuse, shown, start
from slo_compiler.compiler import Compilation
from slo_compiler.watching import Watch, Watched

_CLEAR = "\x1b[2J\x1b[H"
Compile = Callable[[Compilation, list[str]], int]


def run(compile: Compile, paths: list[str], output: Path | None, templates: Path | None) -> typer.Exit:
    """Compile until somebody interrupts, which is how this ends well; mistakes are told and waited for. Raise what this returns."""
    gc.enable()  # this run does not end soon
    try:
        _loop(compile, paths, output, templates)
    except KeyboardInterrupt:
        typer.echo()
    return typer.Exit(0)


def check(paths: list[str], output: Path | None, style: str, *, is_check: bool) -> None:
    """Refuse what cannot be watched or makes no sense with it."""
    if is_check:
        raise refuse("--watch writes, --check and --diff only compare", "leave one of them out")
    if output == Path("-"):
        raise refuse("what is printed cannot be kept up to date", "name a folder with -o DIR, or leave --watch out")
    if inputs.STDIN in paths:
        raise refuse("standard input is read once and cannot be watched", "name a file or a folder, or leave --watch out")
    if style != "text":
        raise refuse(f"--watch is for people, --format {style} for machines", "leave one of them out")


def _loop(compile: Compile, paths: list[str], output: Path | None, templates: Path | None) -> None:
    watch, is_first = Watch(), True
    while True:
        watched = Watched(_project_files(paths))
        before = dict(watch.look(watched))  # older than what is read now
        try:
            this, found = start(paths)
            watched = _watched(this, found, output, templates, watched.files)
            before = {**watch.look(watched), **before}
            compile(this, found)
        except typer.Exit:  # a wrong use, which only the first run can be blamed for
            if is_first:
                raise
        typer.echo(f"watching {plural(sum(stamp is not None for stamp in before.values()), 'file')}; Ctrl-C ends")
        is_first = False
        _tell(watch.wait(watched, before))


def _project_files(paths: list[str]) -> tuple[Path, ...]:
    """Where a project file is, or would be found."""
    try:
        starts = [Path.cwd(), *(Path(path).resolve() for path in paths[:1])]
    except OSError:  # the current folder is gone, which `start` tells
        return ()
    return tuple(dict.fromkeys(file for one in starts for file in inputs.project_files(one)))


def _watched(this: Compilation, paths: list[str], output: Path | None, templates: Path | None, files: tuple[Path, ...]) -> Watched:
    policies = [this.root / file.data for file in this.project.policy_files] if this.root else []
    folder = output or of_project(this, this.project.output)
    return Watched((*files, *policies), tuple(map(Path, paths)), templates or of_project(this, this.project.templates), folder)


def _tell(changed: list[Path]) -> None:
    if sys.stdout.isatty():
        typer.echo(_CLEAR, nl=False)
    for path in changed:
        typer.echo(f"changed   {shown(path)}")
