"""`slo explain`: the page of a finding, an SLO in numbers (budget, what fires each tier, what the rules cost), or what stands at a line of a file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import typer

from slo_compiler import artifacts, compiler, inputs, portrait, resources
from slo_compiler.commands._page import account_page, page
from slo_compiler.commands._run import look, refuse, tell
from slo_compiler.compiler import Compilation
from slo_compiler.diagnostics import Spot, nearest
from slo_compiler.model import Check, Promise, Spending
from slo_compiler.portrait import Account, Portrait

_FOLDER, _ENDING = "findings", ".md"
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(:\d+)?")


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the compiler cannot know: events an hour, raw series a selector finds, values of the `by` labels."""

    rate: float | None
    series: int
    values: int


def ids() -> list[str]:
    """All finding ids, sorted."""
    return [name.removeprefix(f"{_FOLDER}/").removesuffix(_ENDING) for name in resources.template_names(_FOLDER)]


def run(what: str, paths: list[str], assumed: Assumed, style: str, plot: Path | None) -> None:
    """Print the page of a finding, or of an SLO among those of `paths` (default: the project's sources)."""
    if what in ids():
        typer.echo(resources.template_text(f"{_FOLDER}/{what}{_ENDING}"), nl=False)
        return
    if place := _PLACE.fullmatch(what):
        _explain_place(Path(place["file"]), int(place["line"]), paths, assumed, style, plot)
        return
    this, sources = look(paths)
    if not sources and this.report.ok:
        raise _without_file(what)
    _read(this, sources)
    _print(what, this, assumed, style, plot)


def _read(this: Compilation, sources: list[str]) -> None:
    compiler.validate(this, sources)
    if not this.report.ok or this.spec is None:
        tell(this, "text")
        raise typer.Exit(this.report.exit_code())


def _print(what: str, this: Compilation, assumed: Assumed, style: str, plot: Path | None) -> None:
    found = _drawn(what, this, assumed)
    if isinstance(found, Account):
        if plot:
            raise refuse(f"{what} has no burn-rate tiers to draw", "leave --plot out")
        typer.echo(json.dumps(portrait.account_as_data(found), indent=2, ensure_ascii=False) if style == "json" else account_page(found))
        return
    if plot:
        _write_plot(plot, found)
    typer.echo(json.dumps(portrait.as_data(found), indent=2, ensure_ascii=False) if style == "json" else page(found))


def _explain_place(path: Path, line: int, paths: list[str], assumed: Assumed, style: str, plot: Path | None) -> None:
    """What stands at a line: of a file that we wrote, or of an SLO file."""
    from slo_compiler.commands import _place  # noqa: PLC0415  # late: most ask for a finding or an SLO

    text = _place.read(path, line)
    if artifacts.is_ours(text):
        if plot:
            raise refuse("what we wrote is told in words, and not drawn", "name the SLO: slo explain SERVICE/SLO --plot FILE.svg")
        _place.explain(path, line, text, paths, style)
        return
    if path.suffix not in inputs.ENDINGS:
        raise refuse(f"{path} was not written by slo-compiler and is no SLO file", "name a file that `slo compile` wrote, or an SLO file (.yaml or .yml)")
    this, found = look([*paths, str(path)])
    _read(this, found)
    promises = this.spec.promises if this.spec else ()
    above = [(one, spot.line) for one in promises if (spot := _spot(one, this, path)) and spot.line <= line]
    if not above:
        raise refuse(f"no SLO stands at line {line} of {path}: what is there holds for the whole file", "name a line of an SLO, or SERVICE/SLO")
    _print(max(above, key=lambda one: one[1])[0].id, this, assumed, style, plot)


def _spot(promise: Promise, this: Compilation, path: Path) -> Spot | None:
    """Where a promise begins, if it stands in a file."""
    file = promise.where.file
    return this.sources[file].spot(promise.where) if Path(file).resolve() == path.resolve() else None


def _without_file(what: str) -> typer.Exit:
    near = nearest(what, ids(), likeness=0.75)
    if near or "/" not in what:
        return _unknown(what, [])
    return refuse(f"there is no finding {what!r}", f"an SLO needs its file: slo explain {what} FILE")


def _unknown(what: str, slos: list[str]) -> typer.Exit:
    near = nearest(what, [*ids(), *slos], likeness=0.6 if slos else 0.4)
    known = "ids of findings stand in brackets, for example objective/range; an SLO is SERVICE/NAME, followed by its file"
    if slos and "/" in what:
        known = f"the SLOs here are: {', '.join(slos)}"
    help = f"did you mean {near}?" if near else known
    return refuse(f"there is no finding and no SLO {what!r}", help)


def _drawn(what: str, this: Compilation, assumed: Assumed) -> Portrait | Account:
    spec = this.spec
    slo = next((one for one in spec.promises if what in {one.id, one.full_name}), None) if spec else None
    if spec is None or slo is None:
        raise _unknown(what, [one.full_name for one in spec.promises] if spec else [])
    bundle = compiler.rules(this)
    service = next(one for one in bundle.services if one.service == slo.service)
    if isinstance(slo, Spending | Check):
        return portrait.of_account(slo, service, spec.prometheus, series=assumed.series, values=assumed.values)
    return portrait.of_slo(slo, service, spec.prometheus, rate=assumed.rate, series=assumed.series, values=assumed.values)


def _write_plot(path: Path, found: Portrait) -> None:
    if str(path) == "-":
        raise refuse("a picture is not written to standard output", "name a file with --plot")
    from slo_compiler import plot  # noqa: PLC0415  # only where a picture is wanted

    try:
        artifacts.replace(path, plot.svg(found))
    except OSError as error:
        raise refuse(f"{path} cannot be written: {error.strerror}", "name a file in a folder that exists") from error
