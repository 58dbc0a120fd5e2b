"""`slo compile --check` and `--diff`: what is on disk beside what would be written; nothing is touched."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from difflib import unified_diff
from io import StringIO
from pathlib import Path

import typer

from slo_compiler import reporters
from slo_compiler.artifacts import Change
from slo_compiler.commands._run import plural, refuse, shown, tell
from slo_compiler.compiler import Compilation
from slo_compiler.diagnostics import Where

STALE, REFUSED = 1, 2
_FOREIGN = "not ours"
_NOWHERE = "/dev/null"
_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def answer(this: Compilation, changes: list[Change] | None, folder: Path, made: int, style: str, *, as_diff: bool, strict: bool) -> typer.Exit:
    """Say whether `folder` holds what the `made` files would be, and what not; raise what this returns."""
    code = this.report.exit_code(strict=strict)
    folder = Path(shown(folder))
    if style != "text":
        _report(this, changes or [], folder)
        tell(this, style)
        return typer.Exit(max(code, this.report.exit_code(strict=strict)))
    tell(this, style)
    if changes is None:
        typer.echo(f"{reporters.summary(this.report)}: the output was not looked at")
        return typer.Exit(code or STALE)
    if as_diff:
        _print_diff(changes, folder)
    _summarise(changes, folder, made, is_aside=as_diff)
    stale = REFUSED if _is_refused(changes) else STALE if changes else 0
    return typer.Exit(max(code, stale))


def check(style: str) -> None:
    """Say no to a difference for machines. Raises typer.Exit."""
    if style != "text":
        message = f"--diff prints a diff, and --format {style} findings: both want standard output"
        raise refuse(message, "name one of them; --check with --format names each file")


def _is_refused(changes: list[Change]) -> bool:
    """Whether a run would stop at what is there."""
    return any(change.why == _FOREIGN for change in changes)


def _report(this: Compilation, changes: list[Change], folder: Path) -> None:
    """The same as findings, for machines."""
    for change in changes:
        if change.why == _FOREIGN:
            path, said = _in_the_way(change, folder)
            help = "move it away, or write to another folder; only files that we wrote are replaced"
            this.report.unreadable("output/foreign-file", Where(path.as_posix()), said, help)
            continue
        message = f"this file is not what would be written: {change.why}{_told(change, folder)}"
        this.report.error("output/stale", Where((folder / change.path).as_posix()), message, "run `slo compile`, and commit what it writes")


def _summarise(changes: list[Change], folder: Path, made: int, *, is_aside: bool) -> None:
    if not changes:
        typer.echo(f"{plural(made, 'file')} in {shown(folder)}: up to date", err=is_aside)
        return
    of = f"{len(changes)} of {plural(made, 'file')}" if made >= len(changes) else plural(len(changes), "file")
    typer.echo(f"{shown(folder)}: error[output/stale]: {of} {'is' if len(changes) == 1 else 'are'} not what would be written", err=is_aside)
    for change in changes:
        typer.echo(f"  {change.why:9} {change.path}{_told(change, folder)}", err=is_aside)
    first = "move away what is not ours, then " if _is_refused(changes) else ""
    typer.echo(f"  help: {first}run `slo compile` without --check and --diff, and commit what it writes", err=is_aside)


def _in_the_way(change: Change, folder: Path) -> tuple[Path, str]:
    """What somebody else has in the place of a file of ours, or of its folder, and a sentence of it."""
    place = folder / change.path
    path = next((one for one in (place, *place.parents) if os.path.lexists(one)), place)
    kind = "link" if path.is_symlink() else "folder" if path.is_dir() and path == place else "file"
    return path, f"a {kind} that we did not {'write' if kind == 'file' else 'make'} is in the way"


def _told(change: Change, folder: Path) -> str:
    """How many lines differ, and what a word alone does not tell."""
    if change.why == _FOREIGN:
        return f": {_in_the_way(change, folder)[1]}"
    if change.why == "left over":
        return ": nothing is compiled into it any more, it would be removed"
    if change.old is None or change.new is None:
        return ""
    old, new = Counter(_lines(change.old)), Counter(_lines(change.new))
    more, less = (new - old).total(), (old - new).total()
    return f": {plural(more, 'line')} more, {less} less" if more or less else ": its lines stand in another order"


# --- the unified diff --------------------------------------------------------------------------------------------------------------


def _print_diff(changes: list[Change], folder: Path) -> None:
    """All changes, as `git apply` takes them; in colours where people read them."""
    is_colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for change in changes:
        if change.why != _FOREIGN:
            text = "".join(colored(line) if is_colored else line for line in _diff(change, folder))
            typer.echo(text, nl=False)


def _diff(change: Change, folder: Path) -> Iterator[str]:
    name = (folder / change.path).as_posix().lstrip("/")
    old, new = _NOWHERE if change.old is None else f"a/{name}", _NOWHERE if change.new is None else f"b/{name}"
    for line in unified_diff(_lines(change.old or ""), _lines(change.new or ""), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as other tools count them: what Python takes for an end of line may stand inside a text."""
    return list(StringIO(text))


def colored(line: str) -> str:
    """A line of a unified diff as a terminal shows it."""
    if line.startswith(("+++", "---")):
        return typer.style(line, bold=True)
    return typer.style(line, fg=_COLORS[line[0]]) if line[0] in _COLORS else line
