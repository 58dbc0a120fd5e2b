"""Findings as JUnit XML: a suite a file, a case a finding; errors are failures, the others what the case printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from slo_compiler.diagnostics import Report, Severity
from slo_compiler.reporters._placed import Placed, in_repository, placed, said
from slo_compiler.source import Source

#: What may not stand in XML 1.0, escaped or not.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printed(report: Report, sources: Mapping[str, Source]) -> str:
    """The whole document; a file in which nothing was found has one case that passed."""
    files: dict[str, list[Placed]] = {name: [] for name in sources}
    for one in placed(report, sources):
        files.setdefault(one[0].where.file, []).append(one)
    suites = [_suite(in_repository(name), files[name]) for name in sorted(files)]
    failures = sum(_fails(one) for found in files.values() for one in found)
    tests = sum(max(1, len(found)) for found in files.values())
    head = f'<testsuites name="slo" tests="{tests}" failures="{failures}" errors="0">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>\n"])


def _suite(name: str, found: Sequence[Placed]) -> str:
    cases = [_case(name, one) for one in found] or [f'    <testcase classname={_attribute(name)} name="valid" time="0"/>']
    counts = f'tests="{len(cases)}" failures="{sum(map(_fails, found))}" errors="0" skipped="0" time="0"'
    return "\n".join([f"  <testsuite name={_attribute(name)} {counts}>", *cases, "  </testsuite>"])


def _case(file: str, one: Placed) -> str:
    finding, spot = one
    at = f"line {spot.line}, column {spot.column}: " if spot else ""
    line = f' line="{spot.line}"' if spot else ""
    inside = f"<system-out>{_text(said(finding))}</system-out>"
    if _fails(one):
        inside = f"<failure type={_attribute(finding.id)} message={_attribute(finding.message)}>{_text(f'{file}: {at}{said(finding)}')}</failure>"
    head = f'    <testcase classname={_attribute(file)} name={_attribute(f"{at}{finding.id}")} file={_attribute(file)}{line} time="0">'
    return f"{head}\n      {inside}\n    </testcase>"


def _fails(one: Placed) -> bool:
    return one[0].severity >= Severity.ERROR


def _attribute(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("\ufffd", text))


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("\ufffd", text))
