"""promtool, run on the tests of a service, and which claims its complaints concern."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slo_compiler.ruletest.claims import Claim

#: How a promtool says that it cannot read native histograms: that of Prometheus 2.42.
_NO_HISTOGRAMS = "unexpected character in series sequence: '{'"
_COMPLAINT = re.compile(r'^\s*expr: ("(?:[^"\\]|\\.)*"), time: .*\n(?:\s+(?:exp|got): .*\n?)*', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the claims of a service: the complaints about each that failed, by its place in the list, and what belongs to none.

    `unread` are the places of claims whose tests this promtool cannot read.
    """

    failed: dict[int, str]
    unknown: str
    unread: frozenset[int] = frozenset()

    @property
    def ok(self) -> bool:
        """Whether all tests passed."""
        return not self.failed and not self.unknown


def run(promtool: str, folder: Path, file: str) -> str:
    """What promtool complains of in a test file; nothing if all holds. Raises OSError where it cannot be started."""
    command = [promtool, "test", "rules", file]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)  # noqa: S603
    return "" if done.returncode == 0 else done.stdout.strip() or "promtool said nothing"


def outcome(complaints: Sequence[str], claims: Sequence[Claim]) -> Outcome:
    """What became of the claims of a service, from what was said of its files."""
    unread = frozenset(place for place, claim in enumerate(claims) if claim.native and any(_NO_HISTOGRAMS in said for said in complaints))
    found = [assigned(said, claims) for said in complaints if said and _NO_HISTOGRAMS not in said]
    failed: dict[int, str] = {}
    for one in found:
        for place, complaint in one.failed.items():
            failed[place] = failed.get(place, "") + complaint
    return Outcome(failed, "\n".join(one.unknown for one in found if one.unknown), unread)


def assigned(said: str, claims: Sequence[Claim]) -> Outcome:
    """Which claims the complaints of promtool concern, by the expressions that they quote."""
    owners = {one.expr: place for place, claim in enumerate(claims) for test in claim.tests for one in test.expected}
    failed: dict[int, str] = {}
    for complaint in _COMPLAINT.finditer(said):
        place = owners.get(json.loads(complaint[1]))
        if place is not None:
            failed[place] = failed.get(place, "") + complaint[0].rstrip("\n") + "\n"
    return Outcome(failed, "" if failed else said)
