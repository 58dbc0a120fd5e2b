"""Findings with their lines and columns, in the order in which all formats tell them; and paths as a repository knows them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from slo_compiler.diagnostics import Diagnostic, Report, Severity, Spot, Where
from slo_compiler.source import Source

Placed = tuple[Diagnostic, Spot | None]


def placed(report: Report, sources: Mapping[str, Source]) -> list[Placed]:
    """Worst first, then in reading order, each once."""
    found = {finding: spot_of(finding.where, sources) for finding in report.findings}

    def order(item: Placed) -> tuple[int, str, int, int, str, str]:
        finding, spot = item
        line, column = (spot.line, spot.column) if spot else (0, 0)
        return -min(finding.severity, Severity.ERROR), finding.where.file, line, column, finding.id, finding.message

    return sorted(found.items(), key=order)


def spot_of(where: Where, sources: Mapping[str, Source]) -> Spot | None:
    """The line and columns of a place, where it has any."""
    source = sources.get(where.file)
    return source.spot(where) if source else where.spot


def said(finding: Diagnostic) -> str:
    """What was found, and the next step, as one text."""
    return f"{finding.message}\nhelp: {finding.help}" if finding.help else finding.message


def in_repository(file: str) -> str:
    """A file from the top of the git repository that we stand in, as machines want it; what lies elsewhere, and what is no path, stays as it is."""
    top = _top()
    path = Path(os.path.realpath(file))
    return path.relative_to(top).as_posix() if path.is_relative_to(top) and not file.startswith("<") else file


def _top() -> Path:
    here = Path(os.path.realpath(Path.cwd()))
    return next((folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git")), here)
