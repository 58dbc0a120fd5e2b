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
    if this.report.ok and (found := _why_not(this)):
        reason, help = found
        return refuse(f"this cannot be printed as one text: {reason}", f"{help}; or write to a folder with -o DIR")
    this.project = replace(this.project, options=replace(this.project.options, single_file=True))
    compiler.validate(this, paths)
    files = compiler.emit(this, templates or of_project(this, this.project.templates), targets)
    typer.echo(reporters.printed(style, this.report, this.sources), err=True, nl=False)
    code = this.report.exit_code(strict=strict)
    if code == 0:
        typer.echo("---\n".join(file.text for file in files), nl=False)
    return typer.Exit(code)


def _why_not(this: Compilation) -> tuple[str, str] | None:
    """What keeps it from being one text, and what to do."""
    targets, help = this.project.targets, "name one --target but grafana, or several of Kubernetes"
    if this.project.options.shards:
        return "the spread over shards is remembered beside what is written", "leave out --shard, and `shards` in the project file"
    if "grafana" in targets:
        return "pages are a file each", help
    if len(targets) == 1 or MANIFESTS.issuperset(targets):
        return None
    return f"{' and '.join(targets)} are read by different programs", help
