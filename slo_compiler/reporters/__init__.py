"""A report in the words of those who read it: people, and the machines that show findings to people. One format a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from slo_compiler.diagnostics import Report, Severity
from slo_compiler.source import Source

#: The module of each format; only the one that is asked for is loaded.
FORMATS = {"text": "text", "json": "rows", "github": "github", "gitlab": "gitlab", "sarif": "sarif", "junit": "junit"}

#: Bytes of a file's name that are no UTF-8, as Python holds them: machines refuse a text that has them.
_STRAY = re.compile("[\ud800-\udfff]")


class Reporter(Protocol):
    """Turns a report into text for one kind of reader."""

    def __call__(self, report: Report, sources: Mapping[str, Source]) -> str:
        """The whole text, or nothing where there is nothing to say."""


def printed(style: str, report: Report, sources: Mapping[str, Source]) -> str:
    """A report in a format."""
    if style == "text" and not report.findings:
        return ""  # most runs have nothing to say, and need nobody to say it
    reporter: Reporter = import_module(f"{__name__}.{FORMATS[style]}").printed
    text = reporter(report, sources)
    return text if style == "text" else _STRAY.sub("\N{REPLACEMENT CHARACTER}", text)


def summary(report: Report) -> str:
    """`2 errors, 1 warning`; empty where there is nothing to count."""
    errors = report.count(Severity.ERROR) + report.count(Severity.UNREADABLE)
    counts = [(errors, "error"), (report.count(Severity.WARNING), "warning"), (report.count(Severity.NOTE), "note")]
    return ", ".join(f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts if count)
