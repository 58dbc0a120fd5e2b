"""`slo backfill`: the past of SLOs, from the raw series of a server, as a text that promtool makes blocks of."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import typer

from slo_compiler import artifacts, backfill, compiler, resources
from slo_compiler.backfill import Answers, Grid, Past
from slo_compiler.commands._parts import parts_of
from slo_compiler.commands._run import of_project, refuse, start, tell
from slo_compiler.commands._server import moment
from slo_compiler.compiler import Compilation
from slo_compiler.diagnostics import nearest
from slo_compiler.ir import Bundle
from slo_compiler.model import SHORT_WINDOW, Promise, Slo, Spec
from slo_compiler.moments import shown
from slo_compiler.quantities import Duration, Problem, duration
from slo_compiler.remote import Server

_LONGEST_STEP = Duration(Decimal(300))
_HEAD = 3 * 3600.0  # seconds; Prometheus still works on what is younger, and blocks must not lie over it
_DAY = 86_400.0
_BLOCKS = "54h"  # of one block, at most: promtool reads the text once for each
_COMPUTABLE = "what can be computed are shares of good events, unless their limit moves; other series begin on the day on which their rules do"
_COMPUTED = ("window", "hour", "recent", "long_window", "coverage", "good_share", "budget", "constant")
_OF_CALENDARS = ("calendar", "clock_local", "clock_start", "clock_end", "clock_utc")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, as it was written; empty where nothing was."""

    slos: tuple[str, ...]
    start: str
    end: str
    step: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The time that a run looks at, in epoch seconds; None where the SLO decides. `own` and `step` are steps of rules and past, in milliseconds."""

    start: float | None
    end: float | None
    now: float
    own: int
    step: int
    slow: int


def run(paths: list[str], server: Server, wanted: Wanted, output: Path, templates: Path | None) -> None:
    """Write the past of the SLOs in `paths` to `output`."""
    this, paths = start(paths)
    compiler.validate(this, paths)
    folder = templates or of_project(this, this.project.templates)
    spec = _stepped(this, wanted.step)
    bundle = compiler.rules(this, folder)
    if not this.report.ok or spec is None:
        tell(this, "text")
        raise typer.Exit(this.report.exit_code())
    _refuse_own_shapes(folder, spec)
    frame = _frame(wanted, this.project.prometheus.step, spec)
    chosen = _chosen(wanted.slos, spec)
    with parts_of(output, backfill.SUFFIX) as parts:
        pasts = [past for slo in chosen if (past := _past(slo, spec, bundle, server, frame))]
        _write(pasts, Answers(server, parts), output, parts)
    _summarise(pasts, frame, output)


# --- what was asked for ----------------------------------------------------------------------------------------------------------


def _stepped(this: Compilation, text: str) -> Spec | None:
    """The SLOs, lowered with another step if one was asked for."""
    if this.spec is None or not text:
        return this.spec
    step, own = duration(text), this.project.prometheus.step
    if isinstance(step, Problem):
        raise refuse(step.message, step.help)
    if not own <= step <= _LONGEST_STEP or _LONGEST_STEP.seconds % step.seconds:
        raise refuse(f"--step must divide 5m and be at least the rules' own step, {own}, got {step}", "write 5m for a cheap run, or leave it out")
    for slo in this.spec.slos:
        windows = [slo.window, *(window for tier in slo.alerting.tiers for window in (tier.long, tier.short) if window)]
        if odd := next((window for window in windows if window <= SHORT_WINDOW and window.seconds % step.seconds), None):
            raise refuse(f"{slo.full_name} has a window of {odd}, which is no multiple of {step}", "write a shorter --step, or leave it out")
    this.spec = dataclasses.replace(this.spec, prometheus=dataclasses.replace(this.spec.prometheus, step=step))
    return this.spec


def _refuse_own_shapes(folder: Path | None, spec: Spec) -> None:
    """What is computed here follows our templates, whatever the user's say."""
    own = resources.user_templates(folder) if folder else {}
    shapes = (*_COMPUTED, *(_OF_CALENDARS if any(slo.calendar for slo in spec.slos) else ()))
    if clash := next((name for shape in shapes if (name := f"promql/{shape}.promql.j2") in own), None):
        help = "take it out for this run, or let `promtool tsdb create-blocks-from rules` compute the past, level by level"
        raise refuse(f"{folder}/{clash} is yours, and a past is computed with ours", help)


def _frame(wanted: Wanted, own: Duration, spec: Spec) -> Frame:
    now = time.time()
    begin, end = moment("--start", wanted.start, now), moment("--end", wanted.end, now)
    if end is not None and end > now:
        raise refuse("--end lies in the future", "leave it out, or write a moment that is over")
    if begin is not None and begin >= (now if end is None else end):
        raise refuse("--start does not lie before --end", "exchange them, or write an earlier --start, for example 30d")
    prometheus = spec.prometheus
    slow = max(prometheus.slow_interval, prometheus.step)
    return Frame(begin, end, now, own.milliseconds, prometheus.step.milliseconds, slow.milliseconds)


def _chosen(wanted: tuple[str, ...], spec: Spec) -> list[Slo]:
    """The SLOs that were asked for, in the order of the files; those whose past cannot be computed are told, or refused if they were named."""
    found = []
    for name in wanted:
        if not any(name in {_name(one), one.id} for one in spec.promises):
            near = nearest(name, [_name(one) for one in spec.promises], likeness=0.4)
            raise refuse(f"there is no SLO {name!r}", f"did you mean {near}?" if near else "write SERVICE/NAME, as `slo explain` does")
    for one in spec.promises:
        if wanted and not {_name(one), one.id} & set(wanted):
            continue
        reason = backfill.beyond_us(one)
        if reason and wanted:
            raise refuse(f"{_name(one)}: {reason}", _COMPUTABLE)
        if reason:
            typer.echo(f"{_name(one)}: {reason}")
        elif isinstance(one, Slo):
            found.append(one)
    if not found:
        raise refuse("there is no SLO whose past can be computed", _COMPUTABLE)
    return found


def _past(slo: Slo, spec: Spec, bundle: Bundle, server: Server, frame: Frame) -> Past | None:
    """The past of an SLO up to its running rules; None, and a line that says so, where they have filled it already."""
    length, end = backfill.longest(slo), frame.end or frame.now
    earliest = end - length - _DAY if frame.start is None else frame.start
    since = backfill.running_since(slo, server, earliest, min(frame.now, end + frame.step / 1000))
    grid = _grid(frame, since, length)
    is_full = since is not None and frame.start is None and since <= end - length
    if is_full or grid.start >= grid.end:
        typer.echo(f"{_name(slo)}: nothing to do, its own series begin at {shown(round((since or end) * 1000))}")
        return None
    if since is None and frame.end is None:
        typer.echo(f"{_name(slo)}: no rules of it run here yet; from {shown(grid.end)} until they do remains a gap")
    return backfill.past(slo, spec, bundle, grid)


def _grid(frame: Frame, since: float | None, length: float) -> Grid:
    if since is None:
        end = frame.end or (frame.now - _HEAD) // 3600 * 3600  # a full hour, so that a run that goes on has the same end
        return backfill.grid(end - length if frame.start is None else frame.start, end, frame.step, frame.slow)
    begin = since - frame.own / 1000 - length if frame.start is None else frame.start
    return backfill.grid_before(begin, since, frame.step, frame.slow, own=frame.own, now=frame.now)


def _name(slo: Promise) -> str:
    return slo.full_name


# --- the run ---------------------------------------------------------------------------------------------------------------------


def _write(pasts: list[Past], answers: Answers, output: Path, parts: Path) -> None:
    with _bar(sum(len(past.pieces) for past in pasts)) as tick:
        try:
            artifacts.stream(output, backfill.lines(pasts, answers, tick), parts)
        except backfill.Nothing:
            return


@contextmanager
def _bar(length: int) -> Iterator[Callable[[], None]]:
    """Progress on the error stream, where somebody looks at it."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with typer.progressbar(length=length, label="days", file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _summarise(pasts: list[Past], frame: Frame, output: Path) -> None:
    """What was written, and the next command; exit code 1 where an SLO has no raw data."""
    found = [past for past in pasts if past.written.samples]
    for past in found:
        written = past.written
        typer.echo(f"{_name(past.slo)}: {shown(written.first)} to {shown(written.last)}, {len(written.series)} series, {written.samples:,} samples")
    if found:
        blocks = output.with_name(f"{output.name}.blocks")
        typer.echo(f"written   {output}")
        typer.echo(f"next      promtool tsdb create-blocks-from --max-block-duration={_BLOCKS} openmetrics {_quoted(output)} {_quoted(blocks)}")
        typer.echo(f"          then move what is in {blocks} into the data folder of Prometheus{_not_before(found, frame)}")
    empty = [past for past in pasts if not past.written.samples]
    for past in empty:
        between = f"between {shown(past.grid.start)} and {shown(past.grid.end)}"
        typer.echo(f"slo: {_name(past.slo)} has no raw data {between}\n  help: `slo verify` tells what is missing", err=True)
    if empty:
        raise typer.Exit(1)


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _not_before(found: list[Past], frame: Frame) -> str:
    """When Prometheus has made a block of its own of what the past ends in."""
    settled = max(past.grid.seam or past.grid.end for past in found) / 1000 + _HEAD
    return f", not before {shown(round(settled * 1000))}" if settled > frame.now else ""
