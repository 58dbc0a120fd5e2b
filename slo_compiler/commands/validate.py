"""`slo validate`: all mistakes of all files, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import typer

from slo_compiler import compiler, reporters
from slo_compiler.commands._run import of_project, plural, start, tell

_FILLED = ("prometheus", "grafana")  # the targets that leaves are filled for; the others may have limits


def run(paths: list[str], templates: Path | None, style: str, *, strict: bool) -> None:
    """Check `paths`, the templates of the user's and the limits of the project's targets included."""
    this, paths = start(paths)
    compiler.validate(this, paths)
    own = templates or of_project(this, this.project.templates)
    limiting = tuple(target for target in this.project.targets if target not in _FILLED)
    if own or limiting:
        compiler.emit(this, own, (*(_FILLED if own else ()), *limiting))
    tell(this, style)
    if style == "text":
        slos = len(this.spec.promises) if this.spec else 0
        counted = reporters.summary(this.report)
        good = f"{plural(slos, 'SLO')} in {plural(len(this.inputs), 'file')}: valid"
        typer.echo((good + (f" ({counted})" if counted else "")) if this.report.ok else counted)
    raise typer.Exit(this.report.exit_code(strict=strict))
