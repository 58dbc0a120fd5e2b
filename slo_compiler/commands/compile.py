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

    `check` tells that it is compared with what would be written, and not written; `diff` that the difference is shown; `watch` that it is written
    anew after each change.
    """

    targets: tuple[str, ...] = ()
    single_file: bool = False
    shards: int = 0
    check: bool = False
    diff: bool = False
    watch: bool = False

    def of(self, project: Project) -> Project:
        """The project's settings, as far as nothing else is asked for."""
        options = project.options
        laid_out = replace(options, single_file=self.single_file or options.single_file, shards=self.shards or options.shards)
        return replace(project, targets=self.targets or project.targets, names_targets=project.names_targets and not self.targets, options=laid_out)


@dataclass(frozen=True, slots=True)
class _Order:
    """One compilation after the other, all alike."""

    output: Path | None
    templates: Path | None
    style: str
    asked: Asked
    strict: bool

    def compile(self, this: Compilation, paths: list[str]) -> int:
        """Compile `paths` and tell it; yields the exit code."""
        this.project = self.asked.of(this.project)
        if self.output == Path("-"):
            raise self._print(this, paths)
        folder = self.output or of_project(this, this.project.output)
        if folder is None and this.report.ok:
            raise refuse("nowhere to write to", "add -o DIR, or `output: DIR` to the project file")
        compiler.validate(this, paths, output=folder)
        files = compiler.emit(this, self.templates or of_project(this, this.project.templates), this.project.targets, remembered(this, folder))
        ours = [pattern for target in (OURS if this.project.names_targets else this.project.targets) for pattern in OURS[target]]
        if self.asked.check:
            from slo_compiler.commands import _check  # noqa: PLC0415  # late: those who write need none of it

            changes = plan(this, files, folder, paths, ours=ours) if folder and this.report.ok else None
            raise _check.answer(this, changes, folder or Path(), len(files), self.style, as_diff=self.asked.diff, strict=self.strict)
        written = None
        if folder and this.report.exit_code(strict=self.strict) == 0:
            written = write(this, files, folder, paths, ours=ours)
        tell(this, self.style)
        if self.style == "text":
            _summarise(this, written, folder)
        return this.report.exit_code(strict=self.strict)

    def _print(self, this: Compilation, paths: list[str]) -> typer.Exit:
        if self.asked.check:
            return refuse("what is printed cannot be compared", "name the folder with -o DIR")
        from slo_compiler.commands import _stream  # noqa: PLC0415  # late: few want it

        return _stream.run(this, paths, self.templates, self.style, strict=self.strict)


def run(paths: list[str], output: Path | None, templates: Path | None, style: str, *, asked: Asked, strict: bool) -> None:
    """Compile `paths` into the folder `output`, as `asked`; `-` prints."""
    order = _Order(output, templates, style, asked, strict)
    if asked.diff:
        from slo_compiler.commands import _check  # noqa: PLC0415  # late: those who write need none of it

        _check.check(style)
    if asked.watch:
        from slo_compiler.commands import _watch  # noqa: PLC0415  # late: who compiles once needs none of it

        _watch.check(paths, output, style, is_check=asked.check)
        raise _watch.run(order.compile, paths, output, templates)
    raise typer.Exit(order.compile(*start(paths)))


def _summarise(this: Compilation, written: Written | None, folder: Path | None) -> None:
    counted = reporters.summary(this.report)
    if written is None or folder is None:
        typer.echo(f"{counted}: nothing was written")
        return
    slos = len(this.spec.promises) if this.spec else 0
    services = len({slo.service for slo in this.spec.promises}) if this.spec else 0
    typer.echo(f"{plural(slos, 'SLO')} of {plural(services, 'service')} -> {shown(folder)}" + (f" ({counted})" if counted else ""))
    list_files(written)
