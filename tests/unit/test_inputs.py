"""Which files a compilation reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from slo_compiler import artifacts, inputs
from slo_compiler.diagnostics import Report
from slo_compiler.inputs import Input
from tests.cases_runner import inside
from tests.unit.given import file, write


def found(folder: Path, *paths: str, root: Path | None = None, output: Path | None = None) -> tuple[list[tuple[str, str]], list[str]]:
    """Names and labels of what is found in a folder, and the ids of findings."""
    report = Report()
    with inside(folder):
        listed = inputs.find(paths, base=inputs.base(root, None, output), output=output, report=report)
    assert all(finding.help for finding in report.findings)
    return [(one.name, one.label) for one in listed], [finding.id for finding in report.findings]


def loaded(folder: Path, name: str = "a.yaml") -> list[str]:
    """The ids of what is found in a file."""
    report = Report()
    inputs.load([Input(folder / name, name, name)], report)
    assert all(finding.help for finding in report.findings)
    return [finding.id for finding in report.findings]


def test_a_folder_is_searched_in_order(tmp_path: Path) -> None:
    write(tmp_path, b_yaml="", a_yaml="", sub__c_yaml="")
    (tmp_path / "sub" / "d.yml").touch()
    assert found(tmp_path, ".") == ([("a.yaml", "a.yaml"), ("b.yaml", "b.yaml"), ("sub/c.yaml", "sub/c.yaml"), ("sub/d.yml", "sub/d.yml")], [])


@pytest.mark.parametrize("name", ["notes.txt", ".hidden.yaml", ".git/x.yaml", "slo-compiler.yaml", "x.prometheus.rules.yml", "x.rules.yml", "rules/x.yaml"])
def test_what_is_not_ours_to_read_is_passed_over(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    (tmp_path / "a.yaml").touch()
    assert found(tmp_path, ".", root=tmp_path, output=tmp_path / "rules") == ([("a.yaml", "a.yaml")], [])


def test_a_file_that_is_named_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "x.txt").touch()
    assert found(tmp_path, "x.txt") == ([("x.txt", "x.txt")], [])


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch()
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    assert found(tmp_path, "a.yaml", ".", "./a.yaml", "b.yaml") == ([("a.yaml", "a.yaml")], [])


def test_labels_are_relative_to_the_project(tmp_path: Path) -> None:
    write(tmp_path, sub__a_yaml="")
    assert found(tmp_path / "sub", "a.yaml", root=tmp_path) == ([("a.yaml", "sub/a.yaml")], [])


def test_labels_are_relative_to_the_output_without_a_project_wherever_one_stands(tmp_path: Path) -> None:
    write(tmp_path, sub__a_yaml="")
    assert found(tmp_path, "sub", output=tmp_path / "rules")[0] == [("sub/a.yaml", "../sub/a.yaml")]
    assert found(tmp_path / "sub", ".", output=Path("../rules"))[0] == [("a.yaml", "../sub/a.yaml")]


@pytest.mark.parametrize(
    ("path", "id"),
    [("nothing", "file/not-found"), ("empty", "folder/empty"), ("loop", "file/not-found"), ("x" * 300, "file/unreadable"), ("a.yaml/b", "file/not-found")],
)
def test_a_path_that_leads_nowhere(path: str, id: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "a.yaml").touch()
    assert found(tmp_path, path) == ([], [id])


def test_links_that_lead_nowhere_are_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "gone.yaml").symlink_to("nowhere.yaml")
    assert found(tmp_path, ".")[0] == [("gone.yaml", "nowhere.yaml"), ("loop.yaml", "loop.yaml")]
    assert loaded(tmp_path, "gone.yaml") == loaded(tmp_path, "loop.yaml") == ["file/unreadable"]


def test_a_locked_folder_is_told(tmp_path: Path, lock: Callable[[Path], object]) -> None:
    write(tmp_path, sub__a_yaml="", b_yaml="")
    lock(tmp_path / "sub")
    assert found(tmp_path, ".") == ([("b.yaml", "b.yaml")], ["folder/unreadable"])
    assert found(tmp_path, "sub") == ([], ["folder/unreadable"])


def test_a_path_in_a_locked_folder_is_told(tmp_path: Path, lock: Callable[[Path], object]) -> None:
    write(tmp_path, sub__a_yaml="")
    lock(tmp_path / "sub")
    assert found(tmp_path, "sub/a.yaml") == ([], ["file/unreadable"])


def test_a_locked_file_is_told(tmp_path: Path, lock: Callable[[Path], object]) -> None:
    write(tmp_path, a_yaml=file())
    lock(tmp_path / "a.yaml")
    assert loaded(tmp_path) == ["file/unreadable"]


@pytest.mark.parametrize("name", [b"a\nb.yaml", b"\xff.yaml", b"a\x1b[31m.yaml"])
def test_a_name_that_cannot_stand_in_a_header_is_refused(name: bytes, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_text(file())
    assert loaded(tmp_path, path.name) == ["file/encoding"]


def test_what_we_wrote_is_passed_over_even_if_it_is_named_unless_there_is_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=artifacts.header(("b.yaml",)) + "groups: []\n", b_yaml=file())
    report = Report()
    sources, documents = inputs.load([Input(tmp_path / name, name, name) for name in ("a.yaml", "b.yaml")], report)
    assert (list(sources), len(documents), report.findings) == (["b.yaml"], 1, [])
    assert loaded(tmp_path) == ["file/compiled"]


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("", "document/empty"),
        ("# nothing\n", "document/empty"),
        ("---\n---\n", "document/empty"),
        ("a: [", "yaml/syntax"),
        ("just words", "document/foreign"),
        ("[1]", "document/foreign"),
        ("version: prometheus/v1", "document/foreign"),
        ("apiVersion: sloth.slok.dev/v1", "document/foreign"),
        ("apiVersion: pyrra.dev/v1alpha1", "document/foreign"),
        ("apiVersion: openslo/v1", "document/foreign"),
        ("apiVersion: n9/v1alpha", "document/foreign"),
        ("apiVersion: monitoring.coreos.com/v1", "document/foreign"),
        ("groups: []", "document/foreign"),
        ("{version: slo/v1, sources: [slos]}", "document/foreign"),
        ("a: 1", "document/foreign"),
    ],
)
def test_a_file_without_an_slo_document(text: str, id: str, tmp_path: Path) -> None:
    write(tmp_path, a_yaml=text)
    assert loaded(tmp_path) == [id]


@pytest.mark.parametrize("text", ["version: slo/v2", "service: a", "slos: []", "groups: []\nslos: []"])
def test_what_tries_to_be_an_slo_file_is_taken_for_one(text: str, tmp_path: Path) -> None:
    write(tmp_path, a_yaml=text)
    assert loaded(tmp_path) == []


def test_an_empty_project_file_is_all_right(tmp_path: Path) -> None:
    report = Report()
    write(tmp_path, p_yaml="# nothing yet\n")
    assert inputs.load_project(Input(tmp_path / "p.yaml", "p", "p"), report)[1] == []
    assert not report.findings


def test_the_nearest_project_file_counts(tmp_path: Path) -> None:
    write(tmp_path, slo_compiler_yaml="", a__slo_compiler_yaml="", a__b__c_yaml="", d__e_yaml="")
    assert inputs.project_file(tmp_path / "a" / "b") == tmp_path / "a" / "slo-compiler.yaml"
    assert inputs.project_file(tmp_path / "d") == tmp_path / "slo-compiler.yaml"


def test_a_project_file_where_one_may_not_look_is_none(tmp_path: Path, lock: Callable[[Path], object]) -> None:
    write(tmp_path, slo_compiler_yaml="", a__slo_compiler_yaml="")
    lock(tmp_path / "a")
    assert inputs.project_file(tmp_path / "a") == tmp_path / "slo-compiler.yaml"
