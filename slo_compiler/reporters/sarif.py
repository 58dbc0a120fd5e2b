"""Findings as SARIF 2.1.0, for code scanning; each rule is the page of its finding."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote

from slo_compiler import __version__, resources
from slo_compiler.diagnostics import Diagnostic, Report, Where
from slo_compiler.reporters._placed import in_repository, placed, said, spot_of
from slo_compiler.source import Source

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"  # how code scanning calls the top of the repository


def printed(report: Report, sources: Mapping[str, Source]) -> str:
    """The log of one run."""
    found = [finding for finding, _ in placed(report, sources)]
    rules = {id: number for number, id in enumerate(sorted({finding.id for finding in found}))}
    seen: Counter[tuple[str, str, str]] = Counter()
    run = {
        "tool": {"driver": {"name": "slo-compiler", "version": __version__, "rules": [_rule(id) for id in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules[finding.id], sources, seen) for finding in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(id: str) -> dict[str, object]:
    text = resources.template_text(f"findings/{id}.md")
    title, _, body = text.partition("\n")
    first = body.partition("\n## ")[0].strip()
    return {
        "id": id,
        "shortDescription": {"text": title.partition(": ")[2]},
        "fullDescription": {"text": " ".join(first.split())},
        "help": {"text": text, "markdown": text},
    }


def _result(finding: Diagnostic, rule: int, sources: Mapping[str, Source], seen: Counter[tuple[str, str, str]]) -> dict[str, object]:
    key = (finding.id, in_repository(finding.where.file), finding.message)
    seen[key] += 1
    fingerprint = hashlib.sha256("\0".join((*key, str(seen[key]))).encode(errors="replace")).hexdigest()
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": finding.severity.word,
        "message": {"text": said(finding)},
        "locations": [_location(finding.where, sources)],
        **({"relatedLocations": [{**_location(finding.other, sources), "message": {"text": "the other place"}}]} if finding.other else {}),
        "partialFingerprints": {"finding/v1": fingerprint},
    }


def _location(where: Where, sources: Mapping[str, Source]) -> dict[str, object]:
    spot = spot_of(where, sources)
    region = {"startLine": spot.line, "startColumn": spot.column, "endColumn": max(spot.end_column, spot.column + 1)} if spot else {"startLine": 1}
    path = in_repository(where.file)
    base = {} if path.startswith("/") else {"uriBaseId": _ROOT}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(path, errors="surrogateescape"), **base}, "region": region}}
