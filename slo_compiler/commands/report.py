"""`slo report`: four numbers, a trend and a sentence each, on one page, from a living Prometheus or from given numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import typer

from slo_compiler import artifacts, compiler, inputs, overrides, report, schema
from slo_compiler.commands._run import look, of_project, refuse, tell
from slo_compiler.commands._standing import asked, of_files
from slo_compiler.compiler import Compilation
from slo_compiler.remote import Server
from slo_compiler.report import PRINTED, Reading


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: the heading (empty: that of the numbers or of the platform page), the format, the file to write, the user's templates."""

    title: str
    style: str
    output: Path | None
    templates: Path | None


def check(paths: list[str], prometheus: str, numbers: str, at: str) -> None:
    """Refuse what cannot go together."""
    if bool(prometheus) == bool(numbers):
        said = "two sources of numbers" if numbers else "no numbers to report"
        raise refuse(said, "add either --prometheus URL, which asks a server, or --numbers FILE, which holds them")
    if numbers and (paths or at):
        what = "SLO files are" if paths else "--at is"
        raise refuse(f"{what} of no use with --numbers: the file tells all that the report says", "leave it out, or ask a server with --prometheus URL")


def live(paths: list[str], server: Server, at: str, wanted: Wanted) -> None:
    """Report what a server tells of the SLOs of `paths`."""
    this, spec = of_files(paths)
    found, moment = asked(server, at, lambda when: report.leaders(spec, server, when))
    _print(this, Reading("", moment, tuple(found)), wanted)


def given(file: str, wanted: Wanted) -> None:
    """Report what a file of numbers tells."""
    this, _ = look([])
    found = _numbers(this, file) if this.report.ok else None
    if found is None:
        raise _ended(this)
    _print(this, found, wanted)


def _numbers(this: Compilation, file: str) -> Reading | None:
    texts, documents = inputs.load_numbers(file, this.report)
    this.sources |= texts
    if not this.report.ok:
        return None
    wrong = schema.check("report.v1", documents[0].data, documents[0].where, this.report)
    return None if wrong else report.given(documents[0], this.report)


def _print(this: Compilation, found: Reading, wanted: Wanted) -> None:
    folder = wanted.templates or of_project(this, this.project.templates)
    texts = overrides.load(folder, this.sources, this.report)
    text = ""
    if this.report.ok:
        with compiler.told(this, folder):
            text = PRINTED[wanted.style](replace(found, title=wanted.title or found.title or this.project.grafana.title), texts)
    if not this.report.ok:
        raise _ended(this)
    _write(text, wanted.output)


def _ended(this: Compilation) -> typer.Exit:
    """Tell the findings; raise what this returns."""
    tell(this, "text")
    return typer.Exit(this.report.exit_code())


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        artifacts.replace(output, text)
    except OSError as error:
        raise refuse(f"{output} cannot be written: {error.strerror}", "name a file in a folder that exists") from error
    typer.echo(f"written   {output}")
