"""`slo validate`: all mistakes of all files, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import typer

from slo_compiler import compiler, reporters
from slo_compiler.commands._run import of_project, plural, start, tell
from slo_compiler.targets import TARGETS


def run(paths: list[str], templates: Path | None, style: str, *, strict: bool) -> None:
    """Check `paths`, the templates of the user's included."""
    this, paths = start(paths)
    compiler.validate(this, paths)
    own = templates or of_project(this, this.project.templates)
    if own:
        compiler.emit(this, own, tuple(TARGETS))
    tell(this, style)
    if style == "text":
        slos = len(this.spec.promises) if this.spec else 0
        counted = reporters.summary(this.report)
        good = f"{plural(slos, 'SLO')} in {plural(len(this.inputs), 'file')}: valid"
        typer.echo((good + (f" ({counted})" if counted else "")) if this.report.ok else counted)
    raise typer.Exit(this.report.exit_code(strict=strict))
