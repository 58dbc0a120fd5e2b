"""`slo compile`: SLO files in, Prometheus rules and pages out; all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import typer

from slo_compiler import compiler, reporters
from slo_compiler.artifacts import Written
from slo_compiler.commands._output import list_files, plan, write
from slo_compiler.commands._run import of_project, plural, refuse, start, tell
from slo_compiler.compiler import Compilation
from slo_compiler.targets import OURS


@dataclass(frozen=True, slots=True)
class Look:
    """Whether the output is compared (`check`) or shown beside what it would be (`diff`) instead of written."""

    check: bool = False
    diff: bool = False


_WRITE = Look()


def run(paths: list[str], output: Path | None, templates: Path | None, style: str, *, targets: tuple[str, ...], strict: bool, look: Look = _WRITE) -> None:
    """Compile `paths` into the folder `output`, for each of the `targets`; for those of the project where none is given."""
    this, paths = start(paths)
    this.project = replace(this.project, targets=targets or this.project.targets)
    folder = output or of_project(this, this.project.output)
    if folder is None and this.report.ok:
        raise refuse("nowhere to write to", "add -o DIR, or `output: DIR` to the project file")
    compiler.validate(this, paths, output=folder)
    files = compiler.emit(this, templates or of_project(this, this.project.templates), this.project.targets)
    ours = [pattern for target in this.project.targets for pattern in OURS[target]]
    if look.check or look.diff:
        from slo_compiler.commands import _check  # noqa: PLC0415  # late: those who write need none of it

        changes = plan(this, files, folder, paths, ours=ours) if folder and this.report.ok else None
        raise _check.answer(this, changes, folder or Path(), len(files), style, as_diff=look.diff, strict=strict)
    written = None
    if folder and this.report.exit_code(strict=strict) == 0:
        written = write(this, files, folder, paths, ours=ours)
    tell(this, style)
    if style == "text":
        _summarise(this, written, folder)
    raise typer.Exit(this.report.exit_code(strict=strict))


def _summarise(this: Compilation, written: Written | None, folder: Path | None) -> None:
    counted = reporters.summary(this.report)
    if written is None:
        typer.echo(f"{counted}: nothing was written")
        return
    slos = len(this.spec.promises) if this.spec else 0
    services = len({slo.service for slo in this.spec.promises}) if this.spec else 0
    typer.echo(f"{plural(slos, 'SLO')} of {plural(services, 'service')} -> {folder}" + (f" ({counted})" if counted else ""))
    list_files(written)
