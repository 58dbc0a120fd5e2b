"""The cases: what a mistake prints, what a good file compiles to, and that a mistake never touches old output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases_runner import CASES, ERRORS, OK, WARNINGS, compile_case, inside, print_case, slo

ROOT = Path(__file__).parents[1]


def name(case: Path) -> str:
    return case.stem


def tree(folder: Path) -> dict[str, str]:
    """All files of a folder by name."""
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("case", [*ERRORS, *WARNINGS], ids=name)
def test_a_mistake_prints(case: Path) -> None:
    expected = case.with_name(f"{case.stem}.out").read_text(encoding="utf-8")
    assert print_case(case) == expected, "make golden rewrites the expected text"


@pytest.mark.parametrize("case", WARNINGS, ids=name)
def test_a_warning_lets_output_be_written_unless_strict(case: Path, tmp_path: Path) -> None:
    with inside(case if case.is_dir() else case.parent):
        path = "." if case.is_dir() else case.name
        assert slo("compile", path, "-o", str(tmp_path / "rules"))[0] == 0
        warned = "warning[" in slo("validate", path)[1]
        assert slo("compile", path, "-o", str(tmp_path / "strict"), "--strict")[0] == warned
    assert (tmp_path / "rules").exists()
    assert (tmp_path / "strict").exists() != warned


@pytest.mark.parametrize("case", ERRORS, ids=name)
def test_a_mistake_leaves_old_output_alone(case: Path, tmp_path: Path) -> None:
    compile_case(CASES / "ok" / "every-key" / "slo.yaml", tmp_path)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    with inside(case.parent):
        code, text = slo("compile", case.name, "-o", str(tmp_path))
    assert code in {1, 2}, text
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("case", ERRORS, ids=name)
def test_a_mistake_is_json_too(case: Path) -> None:
    import json

    with inside(case.parent):
        code, text = slo("validate", "--format", "json", case.name)
    findings = json.loads(text)
    assert code in {1, 2}
    assert findings
    assert all(set(finding) == {"id", "severity", "message", "help", "file", "line", "column", "end_column"} for finding in findings)


@pytest.mark.parametrize("case", OK, ids=name)
def test_a_good_file_compiles_to(case: Path, tmp_path: Path) -> None:
    compile_case(case / "slo.yaml", tmp_path)
    assert tree(tmp_path) == tree(case / "expected"), "make golden rewrites the expected tree"


def test_compiled_examples_are_fresh(tmp_path: Path) -> None:
    compile_case(ROOT / "examples", tmp_path)
    assert tree(tmp_path) == tree(ROOT / "examples" / "_compiled"), "make examples rewrites them"


def test_what_is_written_reads_back_as_yaml() -> None:
    import yaml

    for folder in (*(case / "expected" for case in OK), ROOT / "examples" / "_compiled"):
        for path in folder.glob("*.yml"):
            rules = yaml.safe_load(path.read_text(encoding="utf-8"))
            for rule in (rule for group in rules["groups"] for rule in group["rules"]):
                texts = [*rule.get("labels", {}).values(), *rule.get("annotations", {}).values(), rule["expr"]]
                assert all(isinstance(text, str) for text in texts), path
