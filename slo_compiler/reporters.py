"""A report as text with carets, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Protocol

from slo_compiler.diagnostics import Diagnostic, Report, Severity, Spot, Where
from slo_compiler.source import Source

_LONGEST_LINE = 180
_Placed = tuple[Diagnostic, Spot | None]


class Reporter(Protocol):
    """Turns a report into text for one kind of reader."""

    def __call__(self, report: Report, sources: Mapping[str, Source]) -> str:
        """The whole text, or nothing where there is nothing to say."""


def text(report: Report, sources: Mapping[str, Source]) -> str:
    """For people: the position, the line and a caret, the next step; a mistake at several places is told at the first one."""
    mistakes: dict[Hashable, list[_Placed]] = {}
    for placed in _placed(report, sources):
        mistakes.setdefault(placed[0].mistake, []).append(placed)
    return "\n".join(_paragraph(*first, _elsewhere(first, others), sources) for first, *others in mistakes.values())


def as_json(report: Report, sources: Mapping[str, Source]) -> str:
    """For machines: a list of {id, severity, message, help, file, line, column, end_column}."""
    rows = []
    for finding, spot in _placed(report, sources):
        position = {"line": spot.line, "column": spot.column, "end_column": spot.end_column} if spot else dict.fromkeys(("line", "column", "end_column"))
        words = {"id": finding.id, "severity": finding.severity.word, "message": finding.message, "help": finding.help}
        rows.append({**words, "file": finding.where.file, **position})
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Reporter] = {"text": text, "json": as_json}


def summary(report: Report) -> str:
    """`2 errors, 1 warning`; empty where there is nothing to count."""
    errors = report.count(Severity.ERROR) + report.count(Severity.UNREADABLE)
    counts = [(errors, "error"), (report.count(Severity.WARNING), "warning"), (report.count(Severity.NOTE), "note")]
    return ", ".join(f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts if count)


def _placed(report: Report, sources: Mapping[str, Source]) -> list[_Placed]:
    """Worst first, then in reading order, each once."""
    placed = {finding: _spot(finding.where, sources) for finding in report.findings}

    def order(item: _Placed) -> tuple[int, str, int, int, str, str]:
        finding, spot = item
        line, column = (spot.line, spot.column) if spot else (0, 0)
        return -min(finding.severity, Severity.ERROR), finding.where.file, line, column, finding.id, finding.message

    return sorted(placed.items(), key=order)


def _spot(where: Where, sources: Mapping[str, Source]) -> Spot | None:
    source = sources.get(where.file)
    return source.spot(where) if source else where.spot


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a very long line around a column, and the column in it."""
    if len(line) <= _LONGEST_LINE:
        return line, column
    start = max(0, column - 1 - _LONGEST_LINE // 3)
    part = line[start : start + _LONGEST_LINE]
    before, after = ("... " if start else ""), (" ..." if start + _LONGEST_LINE < len(line) else "")
    return f"{before}{part}{after}", column - start + len(before)


def _elsewhere(first: _Placed, others: list[_Placed]) -> str:
    """`at 3 more places, a.yaml:3, 8, b.yaml:5`; empty where there is no other one."""
    places = dict.fromkeys((finding.where.file, spot.line if spot else None) for finding, spot in others)
    places.pop((first[0].where.file, first[1].line if first[1] else None), None)
    lines: dict[str, list[str]] = {}
    for file, line in places:
        lines.setdefault(file, []).extend([str(line)] if line else [])
    listed = ", ".join(f"{file}:{', '.join(numbers)}" if numbers else file for file, numbers in lines.items())
    return f"at {len(places)} more place{'s' if len(places) > 1 else ''}, {listed}" if places else ""


def _paragraph(finding: Diagnostic, spot: Spot | None, elsewhere: str, sources: Mapping[str, Source]) -> str:
    place = f"{finding.where.file}:{spot.line}:{spot.column}" if spot else finding.where.file
    lines = [f"{place}: {finding.severity.word}[{finding.id}]: {finding.message}"]
    source = sources.get(finding.where.file)
    gutter = "  "
    if spot and source:
        shown, column = _window(source.line(spot.line).replace("\t", " "), spot.column)
        number = str(spot.line)
        gutter = " " * (len(number) + 1)
        length = max(1, min(spot.end_column - spot.column, len(shown) + 1 - column))
        lines += [f"{gutter}|", f"{number} | {shown}".rstrip(), f"{gutter}| {' ' * (column - 1)}^{'~' * (length - 1)}"]
    if finding.other:
        other = _spot(finding.other, sources)
        lines.append(f"{gutter} also: {finding.other.file}{f':{other.line}:{other.column}' if other else ''}")
    if elsewhere:
        lines.append(f"{gutter} also: {elsewhere}")
    if finding.help:
        lines.append(f"{gutter} help: {finding.help}")
    return "\n".join(lines) + "\n"
