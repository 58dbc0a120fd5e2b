"""Tests of rules, each beside the rules that it reads: promtool evaluates every rule of a file at every step, and most tests ask for a few."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_NAME = re.compile(r"[a-zA-Z_:][\w:]*")
_SELECTOR = re.compile(rf"({_NAME.pattern})?(?:\{{([^{{}}]*)\}})?")
_EQUAL = re.compile(r'(\w+)="([^"\\]*)"')  # not of values with escapes: they are not compared


class Read(NamedTuple):
    """What has the form of a selector, be it a function's name: more is kept than must be, never less."""

    name: str  # empty: of any name
    labels: dict[str, str]


def split(rules: str, tests: str, folder: Path) -> list[str]:
    """Write each test of a file into a file of its own, in this folder, and what it needs beside it; the paths of these files."""
    whole = _load(tests)
    folder.mkdir(exist_ok=True)
    written = []
    for number, test in enumerate(whole["tests"]):
        source, target = folder / f"{number}.rules.yml", folder / f"{number}_test.yml"
        source.write_text(_dump({"groups": _needed(_load(rules)["groups"], test)}))
        target.write_text(_dump({**whole, "rule_files": [source.name], "tests": [test]}))
        written.append(str(target))
    return written


def _needed(groups: list[Any], test: dict[str, Any]) -> list[Any]:
    """The rules that a test asks for, with all that these read in turn; without the texts of alerts where it expects none."""
    left = [rule for group in groups for rule in group["rules"]]
    if not any(asked["exp_alerts"] for asked in test.get("alert_rule_test", [])):
        for rule in left:
            rule.pop("annotations", None)
    asked = list(_asked(test))
    while found := [rule for rule in left if any(_answers(rule, read) for read in asked)]:
        left = [rule for rule in left if rule not in found]
        asked = [read for rule in found for read in _read_by(rule)]
    kept = [{**group, "rules": [rule for rule in group["rules"] if rule not in left]} for group in groups]
    return [group for group in kept if group["rules"]]


def _asked(test: dict[str, Any]) -> Iterator[Read]:
    for asked in test.get("promql_expr_test", []):
        yield from _reads(asked["expr"])
    for asked in test.get("alert_rule_test", []):
        yield Read("ALERTS", {"alertname": asked["alertname"]})


def _read_by(rule: dict[str, Any]) -> Iterator[Read]:
    """What its expression selects, and what its texts may ask for, by the names in them."""
    yield from _reads(rule["expr"])
    for text in rule.get("annotations", {}).values():
        yield from (Read(name, {}) for name in _NAME.findall(text))


def _reads(text: str) -> Iterator[Read]:
    for name, labels in _SELECTOR.findall(text):
        if name or labels:
            yield Read(name, dict(_EQUAL.findall(labels)))


def _answers(rule: dict[str, Any], read: Read) -> bool:
    """Whether series of this rule can be among those that are read: no label that both name has another value."""
    names = [rule["record"]] if "record" in rule else ["ALERTS", "ALERTS_FOR_STATE"]
    labels = {**rule.get("labels", {}), "alertname": rule.get("alert")}
    return read.name in ["", *names] and all(labels.get(label) in (value, None) or "{{" in labels[label] for label, value in read.labels.items())


def _load(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def _dump(content: dict[str, Any]) -> str:
    return yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
