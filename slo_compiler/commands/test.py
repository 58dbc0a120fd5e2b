"""`slo test`: promtool tests for every alert of every SLO, written beside the rules, or run at once and told in the words of SLOs."""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import typer

from slo_compiler import artifacts, compiler, names, reporters
from slo_compiler.commands._output import list_files, write
from slo_compiler.commands._run import of_project, plural, refuse, shown, start, tell
from slo_compiler.compiler import Compilation
from slo_compiler.ruletest import Suite, tests
from slo_compiler.ruletest.running import Outcome, outcome
from slo_compiler.ruletest.running import run as run_promtool
from slo_compiler.targets import Job, emit

_OURS = ("*.yml",)  # rules and tests: what is gone from the sources goes from the folder, too


def run(paths: list[str], output: Path | None, templates: Path | None, promtool: str, *, play: bool) -> None:
    """Write the tests of `paths` and their rules into the folder `output`, or `play` them with `promtool`."""
    this, paths = start(paths)
    folder = output or (None if play else of_project(this, this.project.output))
    if folder is None and not play and this.report.ok:
        raise refuse("nowhere to write to", "add -o DIR, or `output: DIR` to the project file; or --run, which plays the tests and writes nothing")
    compiler.validate(this, paths, output=folder)
    bundle = compiler.rules(this, templates or of_project(this, this.project.templates))
    if not this.report.ok or this.spec is None:
        tell(this, "text")
        typer.echo(f"{reporters.summary(this.report)}: nothing was tested")
        raise typer.Exit(this.report.exit_code())
    job = Job(digests=compiler.digests(this))
    found = tests(this.spec, bundle, job)
    files = [*emit("prometheus", bundle, job), *(file for service in found for file in service.files)]
    if folder:
        _write(this, files, folder, paths, found)
    if play:
        _play(files, found, promtool)


def _write(this: Compilation, files: list[artifacts.Artifact], folder: Path, paths: list[str], found: list[Suite]) -> None:
    written = write(this, files, folder, paths, ours=_OURS)
    if written is None:
        tell(this, "text")
        typer.echo(f"{reporters.summary(this.report)}: nothing was written")
        raise typer.Exit(this.report.exit_code())
    claims = [claim for service in found for claim in service.claims]
    typer.echo(f"tests of {plural(sum(1 for claim in claims if claim.tests), 'claim')} -> {shown(folder)}")
    list_files(written)
    for claim in claims:
        if not claim.tests:
            typer.echo(f"  untested  {claim.subject}: {claim.alert}: {claim.words}")


def _play(files: list[artifacts.Artifact], found: list[Suite], promtool: str) -> None:
    program = shutil.which(promtool)
    if program is None:
        raise refuse(f"promtool is not found: {promtool}", "it comes with Prometheus: put it on the PATH, or name it with --promtool FILE")
    failed = unread = 0
    with tempfile.TemporaryDirectory(prefix="slo-test-") as scratch:
        folder = Path(scratch)
        artifacts.write(files, folder, ours=(), gone=lambda _source: False)
        path = str(Path(program).resolve())
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            running = [
                [pool.submit(run_promtool, path, folder, file.path) for file in service.files if file.path.endswith(names.TESTS_SUFFIX)] for service in found
            ]
            try:
                for service, jobs in zip(found, running, strict=True):
                    result = outcome([job.result() for job in jobs], service.claims)
                    _tell(service, result)
                    failed += len(result.failed) + bool(result.unknown)
                    unread += len(result.unread)
            except OSError as error:
                raise refuse(f"{promtool} cannot be started: {error.strerror}", "name the promtool of a Prometheus with --promtool FILE") from error
    _summarise(found, failed, unread)


def _tell(service: Suite, result: Outcome) -> None:
    for place, claim in enumerate(service.claims):
        if place in result.unread:
            typer.echo(f"{'untested':9} {claim.subject}: {claim.alert}: this promtool cannot read native histograms, a newer one can")
            continue
        word = "FAILED" if place in result.failed else "" if result.unknown else "ok" if claim.tests else "untested"
        if word:
            typer.echo(f"{word:9} {claim.subject}: {claim.alert}{' ' if claim.tests else ': '}{claim.words}")
        typer.echo(result.failed.get(place, ""), nl=False)
    if result.unknown:
        typer.echo(f"{'FAILED':9} {service.service}: promtool says:\n{result.unknown}")


def _summarise(found: list[Suite], failed: int, unread: int) -> None:
    claims = [claim for service in found for claim in service.claims]
    untested = unread + sum(1 for claim in claims if not claim.tests)
    counts = [f"{failed} failed" if failed else "all hold", *([f"{untested} untested"] if untested else [])]
    typer.echo(f"{plural(len(claims) - untested, 'claim')} tested: {', '.join(counts)}")
    raise typer.Exit(1 if failed else 0)
