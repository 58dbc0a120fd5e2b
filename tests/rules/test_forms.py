"""Every form of check, each value with each verdict and each baseline, is a rule that Prometheus can read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Line, lines

VALUES = {
    "{quantile: p90, of: answer_seconds}": "2s",
    "{ratio: {bad: 'answers_total{refused=\"true\"}', total: answers_total}}": "5pp",
    "{ratio: {good: 'answers_total{refused=\"false\"}', total: answers_total}}": "5pp",
    "{mean: cost_dollars}": "$0.5",
    "{expr: score}": "0.5",
    "{expr: 'sum by (surface) (rate(answers_total[$window]))'}": "3",
    "{mttr: up}": "10m",
    "{mtbf: up}": "10m",
    "{slo: judge}": "5pp",
}  # a value, and a number in its unit
COMPARED = ("changed_by: $number", "within: $number", "within: 20%", "at_most: 1.5x", "at_least: 0.5x")
BASELINES = ("{offset: 6h}", "{median: 8d}", "{slo: people}")


def _checks() -> Iterator[str]:
    for value, number in VALUES.items():
        yield from (f"value: {value}, {key}: {number.replace('pp', '%')}" for key in ("at_most", "at_least"))
        for baseline in BASELINES:
            if "slo" not in baseline or "ratio" in value or "slo" in value:  # a share beside a share
                yield from (f"value: {value}, {verdict.replace('$number', number)}, baseline: {baseline}" for verdict in COMPARED)


def _source(by: str) -> str:
    slos = [
        f"{{name: {name}, objective: 90%, window: 7d, sampled: true, sli: {{events: {{total: {name}_total, bad: '{name}_total{{v=\"bad\"}}'}}}}}}"
        for name in ("judge", "people")
    ]
    slos += [f"{{name: form-{number}, sli: {{check: {{{check}}}}}}}" for number, check in enumerate(_checks())]
    entries = "".join(f"  - {slo}\n" for slo in slos)
    return f"version: slo/v1\nservice: forms\ndefaults: {{category: quality{by}}}\nslos:\n{entries}"


@pytest.mark.parametrize("by", ["", ", by: [surface]"], ids=["whole", "split"])
@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_every_form_of_check_can_be_read(line: Line, by: str, tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text(_source(by))
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", "slo.yaml", "-o", "rules"], cwd=tmp_path, check=True, capture_output=True)
    done = line.check(tmp_path / "rules", "check", "rules", "forms.prometheus.rules.yml")
    assert done.returncode == 0, done.stdout
