"""`slo verify`: SLO files against a living Prometheus; every finding stands at the SLO that it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from slo_compiler import compiler, reporters
from slo_compiler.commands._run import beside, of_project, plural, start, tell
from slo_compiler.commands._server import unanswered
from slo_compiler.compiler import Compilation
from slo_compiler.remote import RemoteFailure, Server
from slo_compiler.verify import Asked, Form, Looked, verify

_RULES = "loaded rules"


@dataclass(frozen=True, slots=True)
class Runs:
    """Where the rules run, None where the server itself runs them; and for which target they were written, empty where the project tells."""

    ruler: Server | None = None
    target: str = ""


def run(paths: list[str], server: Server, runs: Runs, templates: Path | None, style: str, *, strict: bool) -> None:
    """Ask a server whether it has what `paths` need, and whether what they compile to runs."""
    is_whole = not paths
    this, paths = start(paths)
    compiler.validate(this, paths)
    own = templates or of_project(this, this.project.templates)
    form = Form.of(runs.target, this.project.targets)
    bundle = compiler.rules(this, own, (form.target,))
    if not this.report.ok or this.spec is None:
        tell(this, style)
        raise typer.Exit(this.report.exit_code())
    this.report.findings.clear()  # warnings about the files are told by compile
    try:
        looked = verify(this.spec, form.services(bundle), Asked(server, runs.ruler, form), this.report)
    except RemoteFailure as failure:
        raise unanswered(failure) from failure
    tell(this, style)
    if style == "text":
        _summarise(this, server, looked, is_whole=is_whole)
    raise typer.Exit(this.report.exit_code(strict=strict))


def _summarise(this: Compilation, server: Server, looked: Looked, *, is_whole: bool) -> None:
    counted = reporters.summary(this.report)
    typer.echo(f"{plural(len(this.spec.promises) if this.spec else 0, 'SLO')} against {server.url}: {counted or 'as it should be'}")
    if not counted:
        rules = (
            ""
            if _RULES in looked.untold
            else f"; that {'' if looked.left else 'exactly '}these {plural(looked.rules, 'rule')} run, once, without an error and in time"
        )
        read = plural(looked.selectors, "selector")
        typer.echo(f"  looked at: series, labels, values and buckets of {read}, how often and how late their samples come, how long they are kept{rules}")
    if looked.left and is_whole:
        typer.echo(f"  {beside(looked.left)}")
    if looked.untold:
        typer.echo(f"  not looked at, because this server does not tell: {', '.join(looked.untold)}")
