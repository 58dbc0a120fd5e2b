"""Findings as annotations on a pull request of GitHub: workflow commands on standard output."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from slo_compiler.diagnostics import Report
from slo_compiler.reporters._placed import Placed, in_repository, placed, said
from slo_compiler.source import Source

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_MOST = 10  # annotations of a kind that GitHub shows of a step


def printed(report: Report, sources: Mapping[str, Source]) -> str:
    """One command a finding, the worst first; of a kind with more than ten, the last one counts the rest, which follow as plain lines."""
    lines: list[str] = []
    rest: list[str] = []
    for word, group in groupby(placed(report, sources), lambda one: one[0].severity.word):
        found = list(group)
        shown = found if len(found) <= _MOST else found[: _MOST - 1]
        lines += [_command(one) for one in shown]
        if hidden := found[len(shown) :]:
            lines.append(f"::{_COMMANDS[word]} title=slo::{_data(f'and {len(hidden)} more of this kind, in the log of this step')}")
            rest += [_line(one) for one in hidden]
    return "".join(f"{line}\n" for line in (*lines, *rest))


def _command(one: Placed) -> str:
    finding, spot = one
    where = {"file": in_repository(finding.where.file)}
    if spot:
        # the end of a column is the last one for GitHub, the first one behind for us
        where |= {"line": str(spot.line), "col": str(spot.column), "endLine": str(spot.line), "endColumn": str(max(spot.column, spot.end_column - 1))}
    properties = ",".join(f"{name}={_property(value)}" for name, value in {**where, "title": finding.id}.items())
    return f"::{_COMMANDS[finding.severity.word]} {properties}::{_data(said(finding))}"


def _line(one: Placed) -> str:
    """A line that no text of a user can make a command: those begin the line."""
    finding, spot = one
    place = f"{in_repository(finding.where.file)}:{spot.line}:{spot.column}" if spot else in_repository(finding.where.file)
    return f"  {_data(f'{place}: {finding.severity.word}[{finding.id}]: {finding.message}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
