"""Findings for people: the position, the line and a caret, the next step."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from slo_compiler.diagnostics import Diagnostic, Report, Spot
from slo_compiler.reporters._placed import Placed, placed, spot_of
from slo_compiler.source import Source

_LONGEST_LINE = 180


def printed(report: Report, sources: Mapping[str, Source]) -> str:
    """A paragraph a mistake; one at several places is told at the first one."""
    mistakes: dict[Hashable, list[Placed]] = {}
    for one in placed(report, sources):
        mistakes.setdefault(one[0].mistake, []).append(one)
    return "\n".join(_paragraph(*first, _elsewhere(first, others), sources) for first, *others in mistakes.values())


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a very long line around a column, and the column in it."""
    if len(line) <= _LONGEST_LINE:
        return line, column
    start = max(0, column - 1 - _LONGEST_LINE // 3)
    part = line[start : start + _LONGEST_LINE]
    before, after = ("... " if start else ""), (" ..." if start + _LONGEST_LINE < len(line) else "")
    return f"{before}{part}{after}", column - start + len(before)


def _elsewhere(first: Placed, others: list[Placed]) -> str:
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
        other = spot_of(finding.other, sources)
        lines.append(f"{gutter} also: {finding.other.file}{f':{other.line}:{other.column}' if other else ''}")
    if elsewhere:
        lines.append(f"{gutter} also: {elsewhere}")
    if finding.help:
        lines.append(f"{gutter} help: {finding.help}")
    return "\n".join(lines) + "\n"
