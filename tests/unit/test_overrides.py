"""The user's own templates: which of ours they replace, and whether what they yield can be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slo_compiler import resources
from tests.unit.given import ROOT, Run, file, run, tree

GOOD = "promql/good_share.promql.j2"
SAID = "alerts/burn.summary.txt.j2"


def compiled(folder: Path, templates: dict[str, str | bytes], *options: str) -> Run:
    """A file compiled into `rules` with templates by name."""
    (folder / "slo.yaml").write_text(file())
    for name, text in templates.items():
        path = folder / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("compile", folder / "slo.yaml", "-o", folder / "rules", "--templates", folder / "templates", *options)


def rules(folder: Path) -> list[str]:
    return (folder / "rules" / "shop.prometheus.rules.yml").read_text().splitlines()


def test_an_override_changes_what_is_written_and_nothing_else(tmp_path: Path) -> None:
    compiled(tmp_path, {GOOD: "1 - << bad >> / (<< total >> > 0)"})
    before = rules(tmp_path)
    assert compiled(tmp_path, {GOOD: "<< total >> / << bad >>"}).code == 0
    changed = [line.strip() for line, old in zip(rules(tmp_path), before, strict=True) if line != old]
    assert changed == [f'expr: \'slo:total:sum{span}{{slo_id="shop/success"}} / slo:bad:sum{span}{{slo_id="shop/success"}}\'' for span in ("7d", "1h")]


def test_a_sentence_can_be_replaced(tmp_path: Path) -> None:
    assert compiled(tmp_path, {SAID: "Burning: << title >> {{ $value }}"}).code == 0
    assert "      summary: 'Burning: success {{ $value }}'" in rules(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (GOOD, "<% if %>", "Expected an expression"),
        (GOOD, "fine\n<< nobody >>", "'nobody' is undefined"),
        (GOOD, "sum(<< bad >>", "no PromQL"),
        (GOOD, "this is no PromQL", "no PromQL"),
        (GOOD, "", "no PromQL"),
        (GOOD, " ", "no PromQL"),
        (GOOD, "<# nothing #>", "no PromQL"),
        (SAID, "{{ $value", "do not pair up"),
        (SAID, "", "is empty"),
        (SAID, " \n", "is empty"),
        (SAID, "<< title.nope >>", "has no attribute"),
    ],
)
def test_an_override_that_cannot_be_used_is_told_with_its_place(name: str, text: str, said: str, tmp_path: Path) -> None:
    done = compiled(tmp_path, {name: text}, "--format", "json")
    (finding,) = (finding for finding in done.findings if finding["severity"] == "error")
    assert (done.code, finding["id"], finding["file"]) == (1, "template/failed", (tmp_path / "templates" / name).as_posix())
    assert said in finding["message"]
    assert finding["help"]
    assert finding["line"] == text.count("\n", 0, text.find("<< nobody") + 1) + 1
    assert not (tmp_path / "rules").exists()


def test_an_override_that_fails_leaves_old_rules_alone(tmp_path: Path) -> None:
    compiled(tmp_path, {GOOD: "vector(1)"})
    before = tree(tmp_path / "rules")
    compiled(tmp_path, {GOOD: "("})
    assert tree(tmp_path / "rules") == before


def test_validate_looks_at_templates_too(tmp_path: Path) -> None:
    compiled(tmp_path, {GOOD: "("})
    done = run("validate", tmp_path / "slo.yaml", "--templates", tmp_path / "templates")
    assert done.code == 1
    assert "template/failed" in done.err


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("promql/good_shar.promql.j2", f"did you mean {GOOD}?"),
        ("good_share.promql.j2", f"did you mean {GOOD}?"),
        ("xyz", "templates that can be replaced: promql/"),
        ("starter.yaml", ""),
    ],
)
def test_an_override_of_nothing_is_told(name: str, help: str, tmp_path: Path) -> None:
    done = compiled(tmp_path, {name: "1"}, "--format", "json")
    (finding,) = (finding for finding in done.findings if finding["severity"] == "error")
    assert (done.code, finding["id"]) == (1, "template/overrides-nothing")
    assert help in finding["help"]


def test_a_folder_of_templates_that_is_not_there(tmp_path: Path) -> None:
    done = compiled(tmp_path, {}, "--format", "json")
    assert (done.code, done.ids[0]) == (2, "template/unreadable")


def test_a_template_that_is_not_utf_8(tmp_path: Path) -> None:
    done = compiled(tmp_path, {GOOD: b"\xff"}, "--format", "json")
    assert (done.code, done.ids[0]) == (2, "template/unreadable")


def test_a_locked_template(tmp_path: Path, lock: Callable[[Path], object]) -> None:
    compiled(tmp_path, {GOOD: "vector(1)"})
    lock(tmp_path / "templates" / GOOD)
    done = compiled(tmp_path, {}, "--format", "json")
    assert (done.code, done.ids[0]) == (2, "template/unreadable")
    assert "Permission denied" in done.findings[0]["message"]


def test_an_empty_folder_of_templates_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    assert compiled(tmp_path, {}).code == 0


# --- pages -----------------------------------------------------------------------------------------------------------------------

STATE, FRAME = "grafana/state.json.j2", "grafana/dashboard.json.j2"


def page(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "rules" / "dashboards" / "slo-platform.json").read_text())
    return found


def test_a_panel_can_be_replaced(tmp_path: Path) -> None:
    text = '{"id": << id >>, "type": "text", "title": << title >>, "gridPos": << grid >>}'
    assert compiled(tmp_path, {STATE: text}, "--target", "grafana").code == 0
    assert page(tmp_path)["panels"][0] == {"id": 1, "type": "text", "title": "Latency", "gridPos": {"x": 0, "y": 0, "w": 6, "h": 3}}


def test_a_page_of_an_override_is_still_known_as_ours(tmp_path: Path) -> None:
    frame = {FRAME: '{"uid": "mine", "panels": << panels >>}'}
    assert compiled(tmp_path, frame, "--target", "grafana").code == 0
    assert compiled(tmp_path, frame, "--target", "grafana").code == 0, "it would be somebody else's file"
    assert page(tmp_path)["uid"] == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"id": }', "no JSON (Expecting value"), ("", "no JSON"), ("[<< id >>]", "no JSON object"), ('{"id": << nobody >>}', "'nobody' is undefined")],
)
def test_a_panel_that_is_no_json_is_told(text: str, said: str, tmp_path: Path) -> None:
    done = compiled(tmp_path, {STATE: text}, "--target", "grafana", "--format", "json")
    (finding,) = (finding for finding in done.findings if finding["severity"] == "error")
    assert (done.code, finding["id"], finding["file"]) == (1, "template/failed", (tmp_path / "templates" / STATE).as_posix())
    assert said in finding["message"]
    assert not (tmp_path / "rules").exists()
    assert "template/failed" in run("validate", tmp_path / "slo.yaml", "--templates", tmp_path / "templates").err


# --- every leaf of a page --------------------------------------------------------------------------------------------------------

LEAVES = resources.template_names("grafana")
CHAT = ROOT / "examples" / "chat-gateway.yaml"


def with_leaf(folder: Path, leaf: str, text: str) -> Run:
    """The pages of an example, with a leaf of the user's."""
    path = folder / "templates" / leaf
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return run("compile", CHAT, "-o", folder / "out", "--templates", folder / "templates", "--target", "grafana", "--format", "json")


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_of_a_page_can_be_replaced(leaf: str, tmp_path: Path) -> None:
    theirs = resources.template_text(leaf).replace("{", '{"mine": << title >>,', 1)
    assert with_leaf(tmp_path, leaf, theirs).code == 0
    texts = [path.read_text() for path in (tmp_path / "out" / "dashboards").glob("*.json")]
    assert any('"mine": "' in text for text in texts), "no page uses it"
    assert all(json.loads(text)["uid"] for text in texts)


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('{"id": }', 1, "no JSON (Expecting value"),
        ("", 1, "no JSON"),
        ("[<< title >>]", 1, "no JSON object"),
        ('{\n  "title": << nobody >>\n}', 2, "'nobody' is undefined"),
        ('{"title": <% if %>}', 1, "Expected an expression"),
        ('{\n\n  "title": << title.nope >>}', 3, "has no attribute"),
    ],
)
def test_every_leaf_of_a_page_that_cannot_be_used_is_told(leaf: str, text: str, line: int, said: str, tmp_path: Path) -> None:
    done = with_leaf(tmp_path, leaf, text)
    (finding,) = (finding for finding in done.findings if finding["severity"] == "error")
    assert (done.code, finding["id"], finding["file"], finding["line"]) == (1, "template/failed", (tmp_path / "templates" / leaf).as_posix(), line)
    assert said in finding["message"]
    assert finding["help"]
    assert not (tmp_path / "out").exists()


def test_the_leaves_of_pages_are_those_in_the_folder() -> None:
    assert {f"grafana/{path.name}" for path in (ROOT / "templates" / "grafana").iterdir()} == set(LEAVES)
    assert len(LEAVES) >= 4
