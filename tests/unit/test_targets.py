"""The rule files: whatever text stands in them reads back as the same text."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
import yaml

from slo_compiler.ir import AlertRule, Bundle, RecordingRule, RuleGroup, ServiceRules
from slo_compiler.quantities import Duration
from slo_compiler.targets import TARGETS, Job, _yaml, emit, rule_files

MINUTE = Duration(Decimal(60))
NASTY = [
    "", " ", "  ", "y", "n", "Y", "N", "yes", "No", "on", "OFF", "true", "False", "null", "NULL", "~", "1", "-1", "+1", "012", "0o7", "0x1F", "1e3", "1_000",
    ".5", "5.", "1.5e-3", ".inf", "-.INF", ".nan", "12:30:45", "2024-01-01", "=", "<<", "?", "-", "- a", "? a", ": a", "a:", "a: b", "a :b", "a:b", "a #b",
    "a# b", "#", "# a", "a,b", "[a]", "{a}", "&a", "*a", "!a", "!!str a", "|", ">", "%a", "@a", "`a`", "'", '"', "''", "'a'", '"a"', "a'b", 'a"b', "\\",
    "\\n", "\\x41", "a\\", " a", "a ", "\ta", "a\t", "---", "...", "--- a", "\n", "a\n", "\na", "a\n\nb", "a\n b", " a\nb", "a \nb", "a\n ", "\n\n", "a\r\nb",
    "\r", "{{ $labels.x }}", "{{ . }}\n{{ end }}", "$value", "%s", "ü", "€ 5", "日本語", "🎉", "\x00", "\x07", "\x1b[0m", "\x7f", "\x85", "\xa0", "\u2028",
    "\u2029", "\ufeff", "a\ufeffb", "\ufffe", "\uffff", "x" * 99, "x" * 100, "yes " * 40, "a: " * 40, "# " * 60, "'" * 120, "é" * 120, "- a\n- b", "# a\n# b",
    "a: b\nc: d", "|\n", "sum(\n  x\n)", '{slo_id="a/b:c"}', "http://x/?a=b&c=%20#d", "https://x/$service/$slo", "/path/to", "_x", "a/b@2:c,d", "on ()",
    "no thing", "null and void", "1h", "5m", "true.dat",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_a_text_reads_back_as_itself(text: str) -> None:
    written = f"a: {_yaml.scalar(text)}\nb: {_yaml.block(text, '  ')}\nc:\n{_yaml.mapping({'d': text, 'e': text}, '  ')}"
    assert yaml.safe_load(written) == {"a": text, "b": text, "c": {"d": text, "e": text}}
    assert yaml.load(written, Loader=yaml.CSafeLoader) == yaml.safe_load(written)


@pytest.mark.parametrize("key", [key for key in NASTY if len(key) < 90 and "\n" not in key], ids=ascii)
def test_a_key_reads_back_as_itself(key: str) -> None:
    assert yaml.safe_load(_yaml.mapping({key: "x"}, "  ")) == {key: "x"}


@pytest.mark.parametrize("around", ["{}", "a{}", "{}a", "a{}b", "a {} b"])
def test_every_character_reads_back_as_itself(around: str) -> None:
    points = [
        *range(0x250),
        *range(0x2000, 0x2070),
        0xD7FF,
        0xE000,
        0xFDD0,
        *range(0xFEF0, 0xFF10),
        *range(0xFFF0, 0x10000),
        0x10000,
        0x1F600,
        0xE0001,
        0x10FFFF,
    ]
    texts = [around.format(chr(point)) for point in points]
    written = "".join(f"- {_yaml.scalar(text)}\n" for text in texts)
    assert yaml.load(written, Loader=yaml.CSafeLoader) == texts
    assert yaml.safe_load(written) == texts


def test_texts_of_several_lines_read_back_as_themselves() -> None:
    chance = random.Random(1)
    pieces = ["a", " ", "\n", "\n", "  ", "# b", "- c", "d: e", "'", '"', "\\", "\t", "ü", "|", "%", "\r", "{{", ""]
    texts = ["".join(chance.choices(pieces, k=chance.randrange(1, 12))) for _ in range(1500)]
    written = "".join(f"- a:\n{_yaml.mapping({'expr': text}, '    ')}" for text in texts)
    assert [one["a"]["expr"] for one in yaml.safe_load(written)] == texts


@pytest.mark.parametrize("text", ["word", "two words", "a/b:c", "slo:total:sum1h", "https://x/?a=b&c=d"])
def test_a_harmless_text_stands_bare(text: str) -> None:
    assert _yaml.scalar(text) == text


def test_an_expression_of_several_lines_stands_as_a_block() -> None:
    assert _yaml.block("sum(\n  x\n)", "      ") == "|-\n      sum(\n        x\n      )"


def bundle(*rules: RecordingRule | AlertRule) -> Bundle:
    return Bundle((ServiceRules("shop", (RuleGroup("slo-shop-fast", MINUTE, rules),), ("shop.yaml",)),))


def test_a_rule_file_says_what_the_rules_say() -> None:
    labels = {"slo": "a", "weird": "012"}
    rules = (
        RecordingRule("slo:a", "sum(\n  x\n)", labels),
        RecordingRule("slo:b", "1", labels),
        RecordingRule("slo:c", "y", {}),
        AlertRule("A", "x > 1", labels, {"summary": "{{ $value }}"}, MINUTE, Duration(Decimal(3600))),
        AlertRule("B", "on", {"l": "no"}, {"s": ""}),
    )
    (artifact,) = rule_files.emit(bundle(*rules), Job())
    assert artifact.path == "shop.prometheus.rules.yml"
    assert artifact.text.startswith("# Written by slo-compiler")
    assert "# Source: shop.yaml\n" in artifact.text
    assert yaml.safe_load(artifact.text) == {
        "groups": [
            {
                "name": "slo-shop-fast",
                "interval": "1m",
                "rules": [
                    {"record": "slo:a", "expr": "sum(\n  x\n)", "labels": labels},
                    {"record": "slo:b", "expr": "1", "labels": labels},
                    {"record": "slo:c", "expr": "y"},
                    {"alert": "A", "expr": "x > 1", "for": "1m", "keep_firing_for": "1h", "labels": labels, "annotations": {"summary": "{{ $value }}"}},
                    {"alert": "B", "expr": "on", "labels": {"l": "no"}, "annotations": {"s": ""}},
                ],
            }
        ]
    }


def test_labels_that_are_equal_by_chance_are_not_mixed_up() -> None:
    rules = (RecordingRule("a", "1", {"slo": "a"}), RecordingRule("b", "2", {"slo": "b"}))
    (artifact,) = rule_files.emit(bundle(*rules), Job())
    assert [rule["labels"]["slo"] for rule in yaml.safe_load(artifact.text)["groups"][0]["rules"]] == ["a", "b"]


def test_prometheus_is_a_target() -> None:
    assert TARGETS["prometheus"] == "rule_files"
    assert emit("prometheus", bundle(), Job()) == rule_files.emit(bundle(), Job())
