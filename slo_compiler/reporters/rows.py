"""Findings for machines, as `slo schema findings` describes them: a list of {id, severity, message, help, file, line, column, end_column}."""

from __future__ import annotations

import json
from collections.abc import Mapping

from slo_compiler.diagnostics import Report
from slo_compiler.reporters._placed import placed
from slo_compiler.source import Source


def printed(report: Report, sources: Mapping[str, Source]) -> str:
    """The list; files are called as the command line called them."""
    rows = []
    for finding, spot in placed(report, sources):
        position = {"line": spot.line, "column": spot.column, "end_column": spot.end_column} if spot else dict.fromkeys(("line", "column", "end_column"))
        words = {"id": finding.id, "severity": finding.severity.word, "message": finding.message, "help": finding.help}
        rows.append({**words, "file": finding.where.file, **position})
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
