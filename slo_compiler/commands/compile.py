"""`slo compile`: SLO files in, what targets read out; all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import typer

from slo_compiler import compiler, reporters
from slo_compiler.artifacts import Written
from slo_compiler.build import Project
from slo_compiler.commands._output import list_files, plan, remembered, write
from slo_compiler.commands._run import of_project, plural, refuse, shown, start, tell
from slo_compiler.compiler import Compilation
from slo_compiler.targets import OURS


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line wants of the output; where it says nothing, the project file does.

    `check` tells that it is compared with what would be written, and not written; `diff` that the difference is shown.
    """

    targets: tuple[str, ...] = ()
    single_file: bool = False
    shards: int = 0
    check: bool = False
    diff: bool = False

    def of(self, project: Project) -> Project:
        """The project's settings, as far as nothing else is asked for."""
        options = project.options
        laid_out = replace(options, single_file=self.single_file or options.single_file, shards=self.shards or options.shards)
        return replace(project, targets=self.targets or project.targets, options=laid_out)


def run(paths: list[str], output: Path | None, templates: Path | None, style: str, *, asked: Asked, strict: bool) -> None:
    """Compile `paths` into the folder `output`, as `asked`; `-` prints."""
    this, paths = start(paths)
    this.project = asked.of(this.project)
    if output == Path("-"):
        if asked.check:
            raise refuse("what is printed cannot be compared", "name the folder with -o DIR")
        from slo_compiler.commands import _stream  # noqa: PLC0415  # late: few want it

        raise _stream.run(this, paths, templates, style, strict=strict)
    folder = output or of_project(this, this.project.output)
    if folder is None and this.report.ok:
        raise refuse("nowhere to write to", "add -o DIR, or `output: DIR` to the project file")
    compiler.validate(this, paths, output=folder)
    files = compiler.emit(this, templates or of_project(this, this.project.templates), this.project.targets, remembered(this, folder))
    ours = [pattern for target in this.project.targets for pattern in OURS[target]]
    if asked.check:
        from slo_compiler.commands import _check  # noqa: PLC0415  # late: those who write need none of it

        changes = plan(this, files, folder, paths, ours=ours) if folder and this.report.ok else None
        raise _check.answer(this, changes, folder or Path(), len(files), style, as_diff=asked.diff, strict=strict)
    written = None
    if folder and this.report.exit_code(strict=strict) == 0:
        written = write(this, files, folder, paths, ours=ours)
    tell(this, style)
    if style == "text":
        _summarise(this, written, folder)
    raise typer.Exit(this.report.exit_code(strict=strict))


def _summarise(this: Compilation, written: Written | None, folder: Path | None) -> None:
    counted = reporters.summary(this.report)
    if written is None or folder is None:
        typer.echo(f"{counted}: nothing was written")
        return
    slos = len(this.spec.promises) if this.spec else 0
    services = len({slo.service for slo in this.spec.promises}) if this.spec else 0
    typer.echo(f"{plural(slos, 'SLO')} of {plural(services, 'service')} -> {shown(folder)}" + (f" ({counted})" if counted else ""))
    list_files(written)
