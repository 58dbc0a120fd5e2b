"""Series as OpenMetrics text, one line a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slo_compiler.backfill.tally import Values
from slo_compiler.backfill.times import seconds

LAST_LINE = "# EOF\n"


@dataclass(slots=True)
class Written:
    """What has been written of an SLO: its series and samples, and when the first and the last event count was (milliseconds)."""

    series: set[str] = field(default_factory=set)
    samples: int = 0
    first: int = 0
    last: int = 0

    def add(self, head: str, times: Iterable[int], values: Values, *, counts: bool) -> str:
        """The lines of a series, which may be that of the event counts."""
        found = [(value, at) for value, at in zip(values, times, strict=True) if value is not None]
        if not found:
            return ""
        self.series.add(head)
        self.samples += len(found)
        if counts:
            self.first = min(self.first or found[0][1], found[0][1])
            self.last = max(self.last, found[-1][1])
        return "".join([f"{head}{value!r} {seconds(at)}\n" for value, at in found])


def head(name: str, labels: Mapping[str, str]) -> str:
    """What stands before a sample's value."""
    return f"{name}{{{','.join(f'{label}={_quoted(value)}' for label, value in labels.items())}}} "


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
