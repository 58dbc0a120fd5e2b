"""Whatever stands in a file: exit code 0, 1 or 2, findings with ids that are made somewhere, and rules only of what was understood."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from slo_compiler.promql import parses
from tests.unit.given import ROOT, run

SEEDS = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("examples/*.yaml")) if path.name != "slo-compiler.yaml"]
SEEDS += [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("tests/cases/ok/*/slo.yaml"))]
MADE = set(re.findall(r'"([a-z]+/[a-z-]+)"', "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "slo_compiler").rglob("*.py")))))
KEYS = sorted(set(re.findall(r'"(\w+)": \{\n', (ROOT / "schemas" / "slo.v1.json").read_text(encoding="utf-8"))) - {"properties", "items"})

#: Scalars, lists and mappings that somebody may write by mistake, as YAML.
ODD = [
    "null", "~", "''", "' '", "[]", "{}", "[null]", "[[]]", "{a: null}", "-1", "0", "-0", "00", "1e999", "-1e999", "1e99", "1e-99", "1e-20", ".inf", ".nan",
    "0x1F", "0o17", "1_000", "12:30:45", "0.1234567890123456789012345", "123456789012345678901234567890.5", "true", "'true'", "'{{'", "'}}{{'",
    "'{{ $labels.x }}'", "'%s'", "'%(series)s'", "$window", "'ü∞'", "🎉", '"\\0"', '"\\0series\\0"', '"\\ud800"', '"a\\nb"', '"\\u2028"', "x" * 300,
    "!!python/object:x", "!!binary aGk=", "!!int '3'", "&a [*a]", "*nobody", "|\n  x", "1ms", "61m", "1h", "24h", "2h", "90d", "1y", "1d1d",
    "99999999999999999999w", "p95", "99.9 %", "99,9%", "100%", "99.9999999999999999999999999999999999%", "1e400%", "$0.045", "$€", "EUR 0", "'-5%'",
    "default", "none", "low-objective", "sum(rate(x[$window]))", "sum(increase(x[$window]))", "scalar(rate(x[$window]))", "rate(x[$window])[5m:]",
    "sum by (a) (rate(x[$window]))", "'x{a=~\"(\"}'", "'x{le=\"1\"}'", "'{__name__=\"x\"}'", "x offset 5m", "x_seconds_bucket", "[a, a]", "[a, 1]", "[le]",
    "[surface]", "[model, surface]", "{a: {objective: 95%}}", "{'': {at_most: 1}}", "[{match: {a: x}, objective: p95}]", "[{match: {a: []}, objective: p95}]",
    "{tiers: []}", "{tiers: null}", "{tiers: [{name: a, severity: '{{', long: 1h, burn: 1e-9, evidence: {alpha: 1e-30}}]}",
    "{tiers: [{name: a, severity: b, long: 3h, short: 1ms, odds: 3}]}", "{events: null}", "{events: {total: a, good: b}}",
    "{histogram: {metric: a_hours, at_most: 7h, buckets: [7]}}", "{histogram: {metric: a, at_most: 1, buckets: [b]}}",
    "{histogram: {metric: a, at_least: 1e50, step: 1e-50}}",
]  # fmt: skip


def mutated(text: str, chance: random.Random) -> bytes:
    """A text with one to five changes."""
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 5])):
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        chance.choice(CHANGES)(lines, at, chance)
        text = "\n".join(lines) or "\n"
    raw = bytearray(text.encode())
    if chance.random() < 0.06:
        for _ in range(chance.randrange(1, 5)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def drop(lines: list[str], at: int, chance: random.Random) -> None:
    del lines[at : at + chance.choice([1, 1, 1, 3, 6])]


def repeat(lines: list[str], at: int, chance: random.Random) -> None:
    lines.insert(at, chance.choice(lines))


def swap_lines(lines: list[str], at: int, chance: random.Random) -> None:
    other = chance.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def indent(lines: list[str], at: int, chance: random.Random) -> None:
    lines[at] = " " * chance.randrange(9) + lines[at].lstrip()


def swap_characters(lines: list[str], at: int, chance: random.Random) -> None:
    place = chance.randrange(len(lines[at]) or 1)
    lines[at] = lines[at][:place] + lines[at][place : place + 2][::-1] + lines[at][place + 2 :]


def insert(lines: list[str], at: int, chance: random.Random) -> None:
    place = chance.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:place] + chance.choice([*"{}[]:,'\"\\|>&*!%@#`\t?- ü", *ODD]) + lines[at][place:]


def replace_word(lines: list[str], at: int, chance: random.Random) -> None:
    _replace(lines, at, r"[\w.]+", [*ODD, *KEYS], chance)


def replace_value(lines: list[str], at: int, chance: random.Random) -> None:
    _replace(lines, at, r"(?<=: )([^,{}\[\]#\n]+(?=[,}\]]|$| #)|.+$)", ODD, chance)


def add_key(lines: list[str], at: int, chance: random.Random) -> None:
    spaces = len(lines[at]) - len(lines[at].lstrip(" -"))
    lines.insert(at, " " * spaces + f"{chance.choice(KEYS)}: {chance.choice(ODD)}")


def _replace(lines: list[str], at: int, pattern: str, by: list[str], chance: random.Random) -> None:
    if found := list(re.finditer(pattern, lines[at])):
        place = chance.choice(found)
        lines[at] = lines[at][: place.start()] + chance.choice(by) + lines[at][place.end() :]


CHANGES = [drop, repeat, swap_lines, indent, swap_characters, insert, replace_word, replace_value, replace_value, replace_value, add_key, add_key]


def texts(rule: dict[str, Any]) -> list[Any]:
    labels, annotations = rule.get("labels") or {}, rule.get("annotations") or {}
    return [*labels, *labels.values(), *annotations, *annotations.values(), rule["expr"]]


@pytest.mark.parametrize("group", range(8))
def test_a_mutated_file_is_answered(group: int, tmp_path: Path) -> None:
    for number in range(group * 40, group * 40 + 40):
        chance = random.Random(number)
        path = tmp_path / f"{number}.yaml"
        path.write_bytes(mutated(chance.choice(SEEDS), chance))
        done = run("validate", "--format", "json", path)
        findings = json.loads(done.out)
        assert done.code in {0, 1, 2}
        assert done.code == 0 or any(finding["severity"] == "error" for finding in findings)
        assert {finding["id"] for finding in findings} <= MADE
        assert all(finding["message"] and finding["help"] for finding in findings)
        if done.code:
            continue
        assert run("compile", path, "-o", tmp_path / str(number)).code == 0
        for written in (tmp_path / str(number)).iterdir():
            rules = [rule for group in yaml.load(written.read_bytes(), Loader=yaml.CSafeLoader)["groups"] for rule in group["rules"]]
            assert all(isinstance(text, str) for rule in rules for text in texts(rule))
            assert all(parses(rule["expr"]) is None for rule in rules)


def test_mutations_reach_far() -> None:
    """Otherwise the test above would ask for nothing."""
    found = set()
    for number in range(240):
        chance = random.Random(number)
        found |= set(run("validate", "-", "--format", "json", stdin=mutated(chance.choice(SEEDS), chance)).ids)
    assert len(found) > 20
