"""Burn-rate policies of the user's own, in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.given import file, promise, run

NIGHT = """name: night
tiers:
  - {name: page, severity: page, long: 1h, short: 5m, burn: 20}
  - {name: slow, severity: ticket, long: 14d, burn: 1}
"""
PROJECT = "version: slo/v1\nsources: [.]\noutput: out\npolicies: [policies/night.yaml]\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "night.yaml").write_text(NIGHT)
    (tmp_path / "slo-compiler.yaml").write_text(PROJECT)
    (tmp_path / "slo.yaml").write_text(file(promise(alerting={"policy": "night"})))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rules(folder: Path) -> str:
    return (folder / "out" / "shop.prometheus.rules.yml").read_text()


def test_an_slo_finds_a_policy_by_its_name(project: Path) -> None:
    assert run("compile").code == 0
    assert "slo_policy: night" in rules(project)
    assert "slo_tier: page" in rules(project)
    assert "> 0.02 * slo:total:sum1h" in rules(project)


def test_tiers_are_taken_as_written_but_for_those_that_the_window_cannot_hold(project: Path) -> None:
    run("compile")
    assert "slo_tier: slow" not in rules(project)
    (project / "slo.yaml").write_text(file(promise(alerting={"policy": "night"}, window="30d")))
    run("compile")
    assert "slo_tier: slow" in rules(project)
    assert "> 0.02 * slo:total:sum1h" in rules(project)


@pytest.mark.usefixtures("project")
def test_a_policy_file_among_the_sources_is_no_slo_file() -> None:
    told = run("validate")
    assert told.code == 0
    assert told.out.startswith("1 SLO in 1 file: valid")


def test_one_that_the_project_does_not_name_is_told(project: Path) -> None:
    (project / "policies" / "day.yaml").write_text(NIGHT.replace("night", "day"))
    told = run("validate", "--format", "json")
    assert told.ids == ["document/foreign"]
    assert "name it under `policies:` in slo-compiler.yaml" in told.findings[0]["help"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (NIGHT.replace("short: 5m", "short: 1h"), ["policy/windows"]),
        (NIGHT.replace("slow", "page"), ["policy/tier-name"]),
        (NIGHT.replace("slow", "blind"), ["policy/tier-name"]),
        (NIGHT.replace("burn: 20", "burn: -1"), ["value/range"]),
        (NIGHT.replace("name: night", "name: default"), ["policy/name"]),
        (NIGHT.replace("tiers:", "tier:"), ["key/unknown"]),
        (NIGHT.replace("name: night", "name: My Night"), ["value/range"]),
        ("name: night\ntiers: null\n", ["value/type"]),
        ("\0\0", ["file/binary"]),
        ("name: night\n", ["key/missing"]),
        ("", ["document/empty"]),
        ("a: [", ["yaml/syntax"]),
    ],
)
def test_a_mistake_in_a_policy_file_is_told_where_it_stands(project: Path, text: str, ids: list[str]) -> None:
    (project / "policies" / "night.yaml").write_text(text)
    told = run("validate", "--format", "json")
    assert sorted(told.ids) == sorted(ids)
    assert {finding["file"] for finding in told.findings if finding["id"] != "policy/unknown"} <= {"policies/night.yaml"}
    assert told.code in {1, 2}


def test_a_file_that_is_not_there(project: Path) -> None:
    (project / "policies" / "night.yaml").unlink()
    told = run("validate", "--format", "json")
    assert told.ids == ["project/policy-file"]
    assert told.findings[0]["line"] == 4


def test_a_policy_with_a_mistake_hides_no_other_name(project: Path) -> None:
    (project / "policies" / "night.yaml").write_text(NIGHT.replace("burn: 20", "burn: -1"))
    (project / "slo.yaml").write_text(file(promise(alerting={"policy": "nigth"})))
    assert sorted(run("validate", "--format", "json").ids) == ["policy/unknown", "value/range"]


def test_a_file_that_is_named_twice_is_read_once(project: Path) -> None:
    (project / "slo-compiler.yaml").write_text(PROJECT.replace("[policies/night.yaml]", "[policies/night.yaml, ./policies/night.yaml]"))
    assert run("validate").code == 0


def test_a_severity_of_a_policy_that_no_slo_uses_may_be_translated(project: Path) -> None:
    (project / "policies" / "night.yaml").write_text(NIGHT.replace("severity: ticket", "severity: heads-up"))
    (project / "slo-compiler.yaml").write_text(PROJECT + "severities: {heads-up: P4, heads: P5}\n")
    (project / "slo.yaml").write_text(file(promise()))
    told = run("validate", "--format", "json")
    assert told.ids == ["project/severity"]
    assert "'heads-up'" in told.findings[0]["help"]


def test_explain_says_whose_policy_it_is(project: Path) -> None:
    assert "night; a policy of yours, taken as written" in run("explain", "shop/success", project / "slo.yaml").out


def test_the_schema_of_policy_files_knows_the_same_tiers_as_that_of_slo_files() -> None:
    import json

    from slo_compiler.resources import schema_text

    slo, own = (json.loads(schema_text(name))["$defs"] for name in ("slo.v1", "policy.v1"))
    assert {name: slo[name] for name in own} == own


def told_of(project: Path, long: str, **keys: object) -> list[str]:
    (project / "policies" / "night.yaml").write_text(f"name: night\ntiers:\n  - {{name: slow, severity: ticket, long: {long}, burn: 1}}\n")
    (project / "slo.yaml").write_text(file(promise(alerting={"policy": "night", **keys})))
    return run("validate", "--format", "json").ids


def test_a_policy_that_leaves_no_tier_is_told(project: Path) -> None:
    assert told_of(project, "8d") == ["policy/no-tier"]
    assert told_of(project, "7d") == []
    assert told_of(project, "7d", disable=["slow"]) == []
    assert told_of(project, "8d", disable=["blind"]) == ["policy/no-tier"]


def test_a_tier_that_is_longer_than_any_window_is_an_error(project: Path) -> None:
    assert told_of(project, "95d") == ["policy/windows"]
    assert told_of(project, "90d") == ["policy/no-tier"]
