"""A window less a millisecond holds each step once, whatever the phase between the group that writes and the one that reads.

promtool cannot tell: it evaluates all groups at the same instants. Here one group of a real server writes a step each second, and 24
others read it, each in its own phase. One that reads within a blink of the writing is left out: whether the sample is there in time is a
matter of the machine's load, not of the window.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.live.stack import Stack, running, wait_for
from tests.servers import Line, lines

#: How each form asks for the last 20 steps. The first two are ours, directly and through a subquery; the others are what they replace.
FORMS = {"direct": "step[19999ms]", "staged": "step:sum5s[19999ms:5s]", "plain": "step[20s]", "half": "step[19500ms]"}
STEPS = 20
FILL = 25  # seconds until windows of windows are full
SECONDS = 25
BLINK = 0.25


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_windows_hold_each_step_once_in_every_phase(line: Line, tmp_path: Path) -> None:
    rules = tmp_path / "written"
    rules.mkdir()
    writer = [{"record": "step", "expr": "vector(1)"}, {"record": "step:sum5s", "expr": "sum_over_time(step[4999ms])"}]
    groups = [{"name": "writer", "interval": "1s", "rules": writer + _readings("writer")}]
    groups += [{"name": f"reader{n}", "interval": f"{n % 2 + 1}s", "rules": _readings(f"reader{n}")} for n in range(24)]
    (rules / "phases.rules.yml").write_text(json.dumps({"groups": groups}))

    with running(line, tmp_path, rules, []) as server:
        span = FILL + SECONDS
        wait_for(f"{span} s without a missed evaluation", 4 * span, lambda: server.samples(f"count_over_time(step[{span}s]) >= {span}"))
        wrong = {form: _wrong(server, form) for form in FORMS}
        heard = len(_readers(server, "direct"))

    print(f"\nPrometheus {line.version}: {heard} groups in their own phases; wrong in: {', '.join(f'{form} {len(wrong[form])}' for form in FORMS)}")
    assert heard >= 15
    assert (wrong["direct"], wrong["staged"]) == ({}, {})
    assert wrong["half"], "a window less half a step is what other phases break: if it holds, this test sees nothing"
    assert ("writer" in wrong["plain"]) == line.version.startswith("2."), "a closed range of whole steps holds one step too many"


def _readings(group: str) -> list[dict[str, object]]:
    return [{"record": form, "expr": f"sum_over_time({span})", "labels": {"reader": group}} for form, span in FORMS.items()]


def _wrong(server: Stack, form: str) -> dict[str, set[float]]:
    """The groups that ever counted something else, and what."""
    counts = {group: {float(value) for _, value in values} for group, values in _readers(server, form).items()}
    return {group: found for group, found in counts.items() if found != {STEPS}}


def _readers(server: Stack, form: str) -> dict[str, list[tuple[float, str]]]:
    """What each group recorded in the last seconds, but for those that read within a blink of the writing."""
    read = {series["metric"]["reader"]: series["values"] for series in server.samples(f"{form}[{SECONDS}s]")}
    written = read["writer"][0][0]
    return {group: values for group, values in read.items() if group == "writer" or (values[0][0] - written) % 1 > BLINK}
