"""`slo compile -o -`: one text on standard output, and nothing else on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from slo_compiler import compiler, reporters
from slo_compiler.commands._run import of_project, refuse
from slo_compiler.compiler import Compilation
from slo_compiler.targets import MANIFESTS


def run(this: Compilation, paths: list[str], templates: Path | None, style: str, *, strict: bool) -> typer.Exit:
    """Print what `paths` compile to; findings go to the error stream. Yields the exit to raise."""
    targets = this.project.targets
    if this.report.ok and (reason := _why_not(this)):
        return refuse(
            f"this cannot be printed as one text: {reason}", "name one --target but grafana, or several of Kubernetes; or write to a folder with -o DIR"
        )
    this.project = replace(this.project, options=replace(this.project.options, single_file=True))
    compiler.validate(this, paths)
    files = compiler.emit(this, templates or of_project(this, this.project.templates), targets)
    typer.echo(reporters.printed(style, this.report, this.sources), err=True, nl=False)
    code = this.report.exit_code(strict=strict)
    if code == 0:
        typer.echo("---\n".join(file.text for file in files), nl=False)
    return typer.Exit(code)


def _why_not(this: Compilation) -> str:
    targets = this.project.targets
    if this.project.options.shards:
        return "the spread over shards is remembered beside what is written"
    if "grafana" in targets:
        return "pages are a file each"
    return "" if len(targets) == 1 or MANIFESTS.issuperset(targets) else f"{' and '.join(targets)} are read by different programs"
