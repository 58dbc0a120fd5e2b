"""`slo test`: what it writes, what it says, and how it finds values for matchers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from slo_compiler import compiler, ruletest
from slo_compiler.promql import Matcher
from slo_compiler.ruletest import values
from slo_compiler.targets import Job
from tests.unit.given import ROOT, file, promise, run, tree, write


def suites(path: Path) -> list[ruletest.Suite]:
    this = compiler.open_project(None, "")
    compiler.validate(this, [str(path)])
    bundle = compiler.rules(this)
    assert this.report.ok, this.report.findings
    assert this.spec
    return ruletest.tests(this.spec, bundle, Job())


def script(folder: Path, text: str) -> Path:
    """A program that stands for promtool."""
    path = folder / "promtool-of-a-test"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# --- values ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["5..", "a|b", "x.+", "(a|b)-c", "error|timeout", "5[0-9]+", r"v\d+", "gpt-4.*", "(?:a|b)", r"/a\.b.*"])
def test_a_value_is_found_that_a_pattern_takes(pattern: str) -> None:
    found = values.example(Matcher("x", "=~", pattern))
    assert found
    assert re.fullmatch(pattern, found)
    assert found != pattern


@pytest.mark.parametrize(("op", "value"), [("=", "chat"), ("=~", "5.."), ("!=", "chat"), ("!~", "a|b")])
def test_a_value_is_found_that_a_matcher_leaves(op: str, value: str) -> None:
    matcher = Matcher("x", op, value)
    found = values.example(matcher, taken=False)
    assert found is not None
    assert not values.takes(matcher, found)


@pytest.mark.parametrize("pattern", ["[[:alpha:]]{7}[0-9]{3}x", r"\pL+"])
def test_a_pattern_that_is_too_much_has_no_value(pattern: str) -> None:
    assert values.example(Matcher("x", "=~", pattern)) is None


def test_a_value_is_found_that_several_matchers_take() -> None:
    matchers = [Matcher("x", "=~", "chat|voice|batch"), Matcher("x", "!=", "chat"), Matcher("x", "!~", "v.*")]
    assert values.fitting(matchers) == "batch"
    assert values.fitting([Matcher("x", "=", "a"), Matcher("x", "=", "b")]) is None


def test_numbers_are_rounded_up() -> None:
    assert [values.nice(number) for number in (0.3, 1, 1.1, 3, 7, 2083.3, 100000)] == [1, 1, 2, 5, 10, 5000, 100000]


# --- what is written -------------------------------------------------------------------------------------------------------------


def test_tests_stand_beside_their_rules(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = run("test", tmp_path / "a.yaml", "-o", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "shop.days.prometheus.tests.yml",
        "shop.prometheus.rules.yml",
        "shop.prometheus.tests.yml",
    ]
    found = yaml.safe_load((tmp_path / "out" / "shop.prometheus.tests.yml").read_text())
    assert found["rule_files"] == ["shop.prometheus.rules.yml"]
    assert found["group_eval_order"] == ["slo-shop-fast", "slo-shop-hours", "slo-shop-slow"]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    run("test", tmp_path / "a.yaml", "-o", tmp_path / "out")
    before = tree(tmp_path / "out")
    assert "unchanged 3 files" in run("test", tmp_path / "a.yaml", "-o", tmp_path / "out").out
    assert tree(tmp_path / "out") == before


def test_every_alert_of_the_examples_is_told_once() -> None:
    for suite in suites(ROOT / "examples"):
        said = [(claim.subject, claim.alert) for claim in suite.claims]
        assert len(said) == len(set(said)), suite.service
        assert all(claim.words for claim in suite.claims)


def test_the_counting_of_every_example_is_tested() -> None:
    found = [claim for suite in suites(ROOT / "examples") for claim in suite.claims if claim.alert == "counting"]
    assert len(found) > 50
    assert [claim.words for claim in found if not claim.tests] == []


def test_nothing_is_left_out_silently(tmp_path: Path) -> None:
    check = {"name": "asked", "category": "latency", "sli": {"check": {"value": {"expr": "sum(increase(asked_total[$window]))"}, "at_most": 2, "over": "30d"}}}
    write(tmp_path, a_yaml=file(promise(), check))
    out = run("test", tmp_path / "a.yaml", "-o", tmp_path / "out").out
    assert "untested  shop/asked: value: promtool reads 10,000 samples a query, and 30d of raw series have more" in out


def test_every_alert_of_every_example_is_tested() -> None:
    """But for what never fires: missing data that is bad, and what no test can put in."""
    untested = [claim for suite in suites(ROOT / "examples") for claim in suite.claims if not claim.tests and claim.alert != "value"]
    assert {claim.words for claim in untested} <= {"missing data is bad here, so that it never fires for it"}


def test_mistakes_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(objective="0.999")))
    done = run("test", tmp_path / "a.yaml", "-o", tmp_path / "out")
    assert done.code == 1
    assert "objective/fraction" in done.err
    assert "nothing was tested" in done.out
    assert not (tmp_path / "out").exists()


def test_tests_need_a_folder_or_a_run(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = run("test", tmp_path / "a.yaml")
    assert done.code == 2
    assert "nowhere to write to" in done.err


# --- what is said of a run -------------------------------------------------------------------------------------------------------


def test_a_promtool_that_is_not_there_is_told(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = run("test", tmp_path / "a.yaml", "--run", "--promtool", tmp_path / "nothing")
    assert done.code == 2
    assert "promtool is not found" in done.err
    assert "--promtool FILE" in done.err


def test_a_run_that_passes_says_what_each_alert_does(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = run("test", tmp_path / "a.yaml", "--run", "--promtool", script(tmp_path, "exit 0"))
    assert done.code == 0
    assert "ok        shop/success: rollback fires at 68 bad of 5,000 in 1h, silent at 67; fires at 1.001% in 5m, silent at 1%; over 15m" in done.out
    assert "all hold" in done.out


def test_native_histograms_that_a_promtool_cannot_read_are_told(tmp_path: Path) -> None:
    native = promise(name="native", sli={"histogram": {"metric": "x_seconds", "at_most": "1s", "native": True}})
    write(tmp_path, a_yaml=file(promise(), native))
    old = """case "$*" in *native.prometheus*) echo "1:3: parse error: unexpected character in series sequence: '{'"; exit 1;; esac"""
    done = run("test", tmp_path / "a.yaml", "--run", "--promtool", script(tmp_path, old))
    assert done.code == 0
    assert "untested  shop/native: counting: this promtool cannot read native histograms, a newer one can" in done.out
    assert "ok        shop/success: counting 1,000 good" in done.out
    assert "all hold, 1 untested" in done.out


def test_a_claim_that_fails_is_told_with_what_promtool_said(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    tier = next(claim for claim in suites(tmp_path / "a.yaml")[0].claims if claim.alert == "page")
    quoted = tier.steps[0].expected[0].expr.replace('"', '\\"')
    complaint = f'  FAILED:\n    expr: "{quoted}", time: 5m,\n        exp: {{}} 1E+00\n        got: nil\n'
    (tmp_path / "said").write_text(complaint)
    done = run("test", tmp_path / "a.yaml", "--run", "--promtool", script(tmp_path, f"cat {tmp_path}/said; exit 1"))
    assert done.code == 1
    assert "FAILED    shop/success: page fires" in done.out
    assert "        got: nil\n" in done.out
    assert "ok        shop/success: rollback" in done.out
    assert "1 failed" in done.out


def test_a_promtool_that_cannot_read_the_rules_fails_all_of_them(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = run("test", tmp_path / "a.yaml", "--run", "--promtool", script(tmp_path, "echo cannot parse; exit 1"))
    assert done.code == 1
    assert "cannot parse" in done.out
    assert "ok " not in done.out


def test_silence_is_a_failure_too(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = run("test", tmp_path / "a.yaml", "--run", "--promtool", script(tmp_path, "exit 1"))
    assert done.code == 1
    assert "promtool said nothing" in done.out


INDIA = {"calendar": "month", "timezone": "Asia/Kolkata"}


def test_a_month_that_begins_at_half_past_is_told_to_be_too_long(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(window=INDIA)))
    (suite,) = suites(tmp_path / "a.yaml")
    assert [claim.words for claim in suite.claims if not claim.tests] == ["promtool reads 10,000 samples a query, and a month of Asia/Kolkata has more"]


def test_what_else_a_service_has_is_tested_without_such_a_month(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(window=INDIA)))
    (suite,) = suites(tmp_path / "a.yaml")
    texts = {one.path: one.text for one in suite.files}
    assert "sum_month" not in texts["shop.prometheus.readable.yml"].split("slo:sli:ratio")[0]
    assert "rule_files: [shop.prometheus.readable.yml]" in texts["shop.prometheus.tests.yml"]


@pytest.mark.parametrize("window", [{"calendar": "month"}, {"calendar": "quarter", "timezone": "America/New_York"}, INDIA | {"calendar": "week"}])
def test_a_period_is_tested(window: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(window=window)))
    (suite,) = suites(tmp_path / "a.yaml")
    (calendar,) = [claim for claim in suite.claims if claim.alert == "calendar"]
    assert calendar.words.startswith(f"{window['calendar']} of {window.get('timezone', 'UTC')}: ")


def test_the_page_shows_what_is_said() -> None:
    shown = re.search(r"```text\n\$ [^\n]*\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(), re.DOTALL)
    assert shown
    (suite,) = suites(ROOT / "examples" / "first.yaml")
    lines = [f"ok        {claim.subject}: {claim.alert} {claim.words}" for claim in suite.claims]
    assert shown[1].splitlines() == [*lines, f"{len(lines)} claims tested: all hold"]


def test_the_longest_window_is_tested(tmp_path: Path) -> None:
    write(tmp_path, slo_yaml=file(promise(window="90d")))
    (suite,) = suites(tmp_path / "slo.yaml")
    assert "90d hold" in suite.claims[0].words
    assert max(one.at.seconds for test in suite.claims[0].tests for one in test.expected) > 90 * 86400


def test_written_tests_are_no_files_of_slos(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    run("test", tmp_path / "a.yaml", "-o", tmp_path)
    assert "1 SLO in 1 file: valid" in run("validate", tmp_path).out
