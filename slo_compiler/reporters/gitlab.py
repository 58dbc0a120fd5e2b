"""Findings as a code quality report of GitLab."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping

from slo_compiler.diagnostics import Report, Severity
from slo_compiler.reporters._placed import in_repository, placed, said
from slo_compiler.source import Source

_WORDS = {Severity.UNREADABLE: "blocker", Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def printed(report: Report, sources: Mapping[str, Source]) -> str:
    """The list. GitLab drops all but one of those with the same fingerprint, and takes a finding for a new one if its own changes: it holds no line."""
    seen: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for finding, spot in placed(report, sources):
        path = in_repository(finding.where.file)
        key = (finding.id, path, finding.message)
        seen[key] += 1
        fingerprint = hashlib.sha256("\0".join((*key, str(seen[key]))).encode(errors="replace")).hexdigest()
        rows.append(
            {
                "description": said(finding),
                "check_name": finding.id,
                "fingerprint": fingerprint,
                "severity": _WORDS[finding.severity],
                "location": {"path": path, "lines": {"begin": spot.line if spot else 1}},
            }
        )
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
