"""`slo compile`: SLO files in, Prometheus rules out; all of them or none."""

from __future__ import annotations

from pathlib import Path

import typer

from slo_compiler import artifacts, compiler, inputs, names, reporters
from slo_compiler.artifacts import Artifact, Written
from slo_compiler.commands._run import of_project, plural, refuse, start, tell
from slo_compiler.compiler import Compilation
from slo_compiler.diagnostics import Where


def run(paths: list[str], output: Path | None, templates: Path | None, style: str, *, strict: bool) -> None:
    """Compile `paths` into the folder `output`."""
    this, paths = start(paths)
    folder = output or of_project(this, this.project.output)
    if folder is None and this.report.ok:
        raise refuse("nowhere to write to", "add -o DIR, or `output: DIR` to the project file")
    compiler.validate(this, paths, output=folder)
    files = compiler.emit(this, templates or of_project(this, this.project.templates))
    written = None
    if folder and this.report.exit_code(strict=strict) == 0:
        written = _write(this, files, folder, paths)
    tell(this, style)
    if style == "text":
        _summarise(this, written, folder)
    raise typer.Exit(this.report.exit_code(strict=strict))


def _write(this: Compilation, files: list[Artifact], folder: Path, paths: list[str]) -> Written | None:
    compiled = {one.label for one in this.inputs} - {inputs.STDIN_LABEL}
    searched = [Path(path).resolve() for path in paths if Path(path).is_dir()]
    base = this.root or folder

    def gone(source: str) -> bool:
        place = (base / source).resolve()
        return source in compiled or (not place.exists() and any(place.is_relative_to(one) for one in searched))

    def given_up(source: str) -> bool:
        return gone(source) or source == inputs.STDIN_LABEL or not (base / source).exists()

    try:
        return artifacts.write(files, folder, suffix=names.RULES_SUFFIX, gone=gone, given_up=given_up)
    except artifacts.StillNeeded as error:
        help = f"compile all files of a service in one run: name {error.source} too, or the folder that holds them"
        message = f"the service's other SLOs come from {error.source}, which is not compiled now: they would be lost"
        this.report.unreadable("output/part-of-a-service", Where(error.path.as_posix()), message, help)
    except FileExistsError as error:
        in_the_way = Path(str(error.filename or folder))
        if in_the_way == folder or (folder.exists() and not folder.is_dir()):
            this.report.unreadable("output/not-a-folder", Where(folder.as_posix()), "the output must be a folder, found a file", "name another folder with -o")
        else:
            help = "move it away, or write to another folder; only files that we wrote are replaced"
            this.report.unreadable("output/foreign-file", Where(in_the_way.as_posix()), "a file that we did not write is in the way", help)
    except OSError as error:
        help = "nothing was changed; make room or check the permissions, then run again"
        this.report.unreadable("output/cannot-write", Where(folder.as_posix()), f"the output cannot be written: {error.strerror}", help)
    return None


def _summarise(this: Compilation, written: Written | None, folder: Path | None) -> None:
    counted = reporters.summary(this.report)
    if written is None:
        typer.echo(f"{counted}: nothing was written")
        return
    slos = len(this.spec.promises) if this.spec else 0
    services = len({slo.service for slo in this.spec.promises}) if this.spec else 0
    typer.echo(f"{plural(slos, 'SLO')} of {plural(services, 'service')} -> {folder}" + (f" ({counted})" if counted else ""))
    for word, files in (("written", written.written), ("unchanged", written.unchanged), ("removed", written.removed)):
        for name in files:
            typer.echo(f"  {word:9} {name}")
