"""promtool, run on the tests of a service, and which claims its complaints concern."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from slo_compiler import names
from slo_compiler.ruletest.claims import NATIVE, Claim

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


def run(promtool: str, folder: Path, files: Sequence[str], claims: Sequence[Claim]) -> Outcome:
    """Run the test files of a service, if it has any. Raises OSError where promtool cannot be started."""
    if not files:
        return Outcome({}, "")
    native = [file for file in files if file.endswith(f".{NATIVE}{names.TESTS_SUFFIX}")]
    said = _said(promtool, folder, [file for file in files if file not in native])
    said_of_native = _said(promtool, folder, native) if native else ""
    unread = frozenset(place for place, claim in enumerate(claims) if claim.native) if _NO_HISTOGRAMS in said_of_native else frozenset[int]()
    said += "" if unread else said_of_native
    return replace(assigned(said, claims), unread=unread) if said else Outcome({}, "", unread)


def _said(promtool: str, folder: Path, files: Sequence[str]) -> str:
    """What promtool says of tests that do not pass; empty where they do."""
    command = [promtool, "test", "rules", *files]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)  # noqa: S603
    return "" if done.returncode == 0 else done.stdout or "promtool said nothing"


def assigned(said: str, claims: Sequence[Claim]) -> Outcome:
    """Which claims the complaints of promtool concern, by the expressions that they quote."""
    owners = {one.expr: place for place, claim in enumerate(claims) for test in claim.tests for one in test.expected}
    failed: dict[int, str] = {}
    for complaint in _COMPLAINT.finditer(said):
        place = owners.get(json.loads(complaint[1]))
        if place is not None:
            failed[place] = failed.get(place, "") + complaint[0].rstrip("\n") + "\n"
    return Outcome(failed, "" if failed else said.strip() or "promtool said nothing")
