"""`slo diff`: what lies between two states of SLOs, in words for a reviewer; exit code 1 where alerts get weaker."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import typer

from slo_compiler.changes import Changes, Effect, compare, running
from slo_compiler.changes.data import as_data
from slo_compiler.changes.markdown import markdown
from slo_compiler.changes.text import Line, lines
from slo_compiler.commands._server import unanswered
from slo_compiler.commands._sides import asked, sides, tree
from slo_compiler.remote import RemoteFailure, Server

_COLORS = {Effect.WEAKER: "red", Effect.STRONGER: "green", Effect.OTHER: "blue"}


def run(words: list[str], templates: Path | None, style: str, *, exit_zero: bool) -> None:
    """Tell what changed between two paths or revisions."""
    with sides(asked(words), templates) as (old, new):
        answer(compare(old, new), style, exit_zero=exit_zero)


def run_beside(paths: list[str], server: Server, templates: Path | None, style: str, *, exit_zero: bool) -> None:
    """Tell what loading the rules of `paths` would change on a server."""
    new = tree(paths, templates)
    try:
        told = server.rule_groups()
    except RemoteFailure as failure:
        raise unanswered(failure) from failure
    answer(running.compare(told, new, server.url), style, exit_zero=exit_zero)


def answer(changes: Changes, style: str, *, exit_zero: bool) -> None:
    """Print changes; the exit code says whether alerts get weaker. Raises typer.Exit."""
    if style == "json":
        typer.echo(json.dumps(as_data(changes), indent=2, ensure_ascii=False))
    elif style == "markdown":
        typer.echo(markdown(changes), nl=False)
    else:
        is_colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        for line in lines(changes):
            typer.echo(_colored(line) if is_colored else line.text)
    raise typer.Exit(int(changes.verdict is Effect.WEAKER and not exit_zero))


def _colored(line: Line) -> str:
    color = _COLORS.get(line.effect) if line.effect else None
    return typer.style(line.text, fg=color, bold=line.is_heading)
