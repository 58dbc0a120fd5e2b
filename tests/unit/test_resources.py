"""The product's data by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slo_compiler import resources


@pytest.mark.parametrize("name", ["slo.v1", "project.v1"])
def test_schemas_are_json(name: str) -> None:
    assert json.loads(resources.schema_text(name))["type"] == "object"


def test_templates_are_listed_and_read_by_name() -> None:
    names = resources.template_names("promql")
    assert names == sorted(names)
    assert all(resources.template_text(name) for name in names)


def test_a_folder_that_we_do_not_have_is_empty() -> None:
    assert resources.template_names("nothing") == []


def test_the_users_templates_are_read_but_not_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "promql").mkdir()
    (tmp_path / "promql" / "a.j2").write_text("ü", encoding="utf-8")
    (tmp_path / ".DS_Store").write_bytes(b"\xff")
    assert resources.user_templates(tmp_path) == {"promql/a.j2": "ü"}


def test_a_folder_of_templates_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        resources.user_templates(tmp_path / "nothing")


def test_a_template_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        resources.user_templates(tmp_path)
