"""`slo status`: how every SLO stands, as a table in a terminal; exit code 1 where a budget is spent."""

from __future__ import annotations

import json
import os
import sys

import typer

from slo_compiler import moments, report
from slo_compiler.commands._run import WRONG_USE
from slo_compiler.commands._standing import asked, of_files
from slo_compiler.pages import states
from slo_compiler.remote import Server
from slo_compiler.report import Standing
from slo_compiler.report.table import Line, lines
from slo_compiler.templating import Templates

_COLORS = {states.BREACHED: "red", states.BURNING: "yellow", states.TOO_CLOSE: "blue", states.HEALTHY: "green"}


def run(paths: list[str], server: Server, at: str, style: str) -> None:
    """Print how the SLOs of `paths` stand by what a server tells."""
    _, spec = of_files(paths, code=WRONG_USE)
    (found, leading), moment = asked(server, at, lambda when: report.everyone(spec, server, when))
    if style == "json":
        typer.echo(_as_json(found, leading, moment))
    else:
        _print(found, leading)
    raise typer.Exit(int(any(one.state is states.BREACHED for one in found)))


def _as_json(found: list[Standing], leading: set[str], moment: float) -> str:
    texts = Templates()
    slos = [{**report.as_data(one, texts), "leads": one.who.id in leading} for one in report.worst_first(found)]
    return json.dumps({"data_until": moments.shown(round(moment * 1000)), "counts": report.counts(found), "slos": slos}, indent=2, ensure_ascii=False)


def _print(found: list[Standing], leading: set[str]) -> None:
    is_colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines(found, leading):
        typer.echo(_colored(line) if is_colored else line.text)
    typer.echo(f"\n{report.counted(found)}")


def _colored(line: Line) -> str:
    """The state in its colour; headings bold."""
    if line.standing is None:
        return typer.style(line.text, bold=True)
    return line.text.replace(line.word, typer.style(line.word, fg=_COLORS.get(line.standing.state), bold=True), 1)
