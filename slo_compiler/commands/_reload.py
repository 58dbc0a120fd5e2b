"""`slo push --reload`: a Prometheus reads the compiled files again, and is looked at until it runs exactly what the SLO files say."""

from __future__ import annotations

import json
import time
from pathlib import Path

import typer

from slo_compiler import compiler
from slo_compiler.commands._run import beside, of_project, plural, start, tell
from slo_compiler.commands._server import unanswered
from slo_compiler.diagnostics import Report
from slo_compiler.ir import ServiceRules
from slo_compiler.model import Spec
from slo_compiler.remote import RemoteFailure, Server
from slo_compiler.verify import Form, compare, left_over

PATIENCE, PAUSE = 15.0, 0.5  # seconds


def run(paths: list[str], server: Server, templates: Path | None, style: str, *, target: str) -> None:
    """Reload the server and say whether it runs what `paths` compile to."""
    is_whole = not paths
    this, paths = start(paths)
    compiler.validate(this, paths)
    form = Form.of(target, this.project.targets)
    services = form.services(compiler.rules(this, templates or of_project(this, this.project.templates), (form.target,)))
    if not this.report.ok or this.spec is None:
        tell(this, "text")
        raise typer.Exit(this.report.exit_code())
    try:
        server.reload()
        if form.is_late:
            time.sleep(2 * PAUSE)  # vmalert answers before it has read its files: what is right may be what it had
        this.report, left = _looked(this.spec, services, server, form)
    except RemoteFailure as failure:
        raise unanswered(failure) from failure
    tell(this, "text")
    rules = sum(len(group.rules) for service in services for group in service.groups)
    if style == "json":
        typer.echo(json.dumps({"server": server.url, "outcome": "running" if this.report.ok else "differs", "rules": rules, "left_over": left}, indent=2))
    elif this.report.ok:
        typer.echo(f"{server.url} has reloaded, and runs {'' if left else 'exactly '}these {plural(rules, 'rule')} of {plural(len(services), 'service')}")
    else:
        typer.echo(f"{server.url} has reloaded, and does not run what these files compile to: does it read the folder into which they were compiled?")
    if left and is_whole and style == "text":
        typer.echo(f"  {beside(left)}")
    raise typer.Exit(this.report.exit_code())


def _looked(spec: Spec, services: tuple[ServiceRules, ...], server: Server, form: Form) -> tuple[Report, tuple[str, ...]]:
    """What differs, looked at until nothing does or it has been long enough; and the groups of ours that it runs of other SLOs."""
    end = time.monotonic() + PATIENCE
    while True:
        report = Report()
        told = server.rule_groups()
        compare(spec, services, told, report, form)
        if report.ok or time.monotonic() + PAUSE >= end:
            return report, left_over(spec, told)
        time.sleep(PAUSE)
