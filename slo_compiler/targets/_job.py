"""What a target needs beside the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slo_compiler import artifacts
from slo_compiler.diagnostics import Report
from slo_compiler.model import Options
from slo_compiler.templating import Templates


@dataclass(frozen=True, slots=True)
class Job:
    """The user's templates and options, the shard of each service, the digest of each source; `report` hears what a consumer would refuse."""

    templates: Templates = field(default_factory=Templates)
    options: Options = field(default_factory=Options)
    shards: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)

    def header(self, sources: tuple[str, ...]) -> str:
        """The comment lines on top of a file."""
        return artifacts.header(sources, digests=self.digests)

    def note(self, sources: tuple[str, ...]) -> str:
        """The same lines as plain text."""
        return artifacts.note(sources, digests=self.digests)
