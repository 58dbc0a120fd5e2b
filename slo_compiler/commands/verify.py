"""`slo verify`: SLO files against a living Prometheus; every finding stands at the SLO that it concerns."""

from __future__ import annotations

from pathlib import Path

import typer

from slo_compiler import compiler, reporters
from slo_compiler.commands._run import of_project, plural, start, tell
from slo_compiler.commands._server import unanswered
from slo_compiler.compiler import Compilation
from slo_compiler.remote import RemoteFailure, Server
from slo_compiler.verify import verify


def run(paths: list[str], server: Server, templates: Path | None, style: str, *, strict: bool) -> None:
    """Ask a server whether it has what `paths` need, and runs what they compile to."""
    this, paths = start(paths)
    compiler.validate(this, paths)
    own = templates or of_project(this, this.project.templates)
    bundle = compiler.rules(this, own)
    if not this.report.ok or this.spec is None:
        tell(this, style)
        raise typer.Exit(this.report.exit_code())
    this.report.findings.clear()  # warnings about the files are told by compile
    try:
        untold = verify(this.spec, bundle, server, this.report)
    except RemoteFailure as failure:
        raise unanswered(failure) from failure
    tell(this, style)
    if style == "text":
        _summarise(this, server, untold)
    raise typer.Exit(this.report.exit_code(strict=strict))


def _summarise(this: Compilation, server: Server, untold: list[str]) -> None:
    counted = reporters.summary(this.report) or "as it should be"
    typer.echo(f"{plural(len(this.spec.promises) if this.spec else 0, 'SLO')} against {server.url}: {counted}")
    if untold:
        typer.echo(f"  not looked at, because this server does not tell: {', '.join(untold)}")
