"""What is written for Grafana beside its pages, and that pages come to it by every way that there is: files, import, sidecar, operator."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cases_runner import inside, slo
from tests.dashboard_linter import RULES, broken
from tests.unit.given import file, promise, write

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "grafana.md").read_text(encoding="utf-8")
SETTINGS = {"title": "Our promises", "folder": "Reliability", "tags": ["llm", "team a"], "path": "/etc/dashboards/ours", "prefix": "chat-slo"}
#: Of `kubectl apply`, which keeps the whole object in an annotation.
MOST_BYTES = 262_144


def compiled(scratch: Path, **grafana: Any) -> Path:
    """The output folder of a small project."""
    write(
        scratch, slos_yaml=file(promise(), promise(name="fast", category="latency")), slo_compiler_yaml=json.dumps({"targets": ["grafana"], "grafana": grafana})
    )
    with inside(scratch):
        code, text = slo("compile", "slos.yaml", "-o", "out")
    assert code == 0, text
    return scratch / "out"


def pages(output: Path) -> dict[str, Any]:
    """All pages by the names of their files."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (output / "dashboards").glob("*.json")}


def provider(output: Path, name: str = "slo") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((output / "provisioning" / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def written(source: str, scratch: Path) -> Path:
    """The output folder of files of ours."""
    with inside(ROOT):
        code, text = slo("compile", source, "--target", "grafana", "-o", str(scratch))
    assert code == 0, text
    return scratch


@pytest.fixture(scope="module")
def largest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all examples compile to."""
    return written("examples", tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages that choose their SLOs when they are opened, so that they have variables of every kind."""
    return written("tests/pages/no-headlines.yaml", tmp_path_factory.mktemp("chosen"))


# --- what the project file says ----------------------------------------------------------------------------------------------------


def test_a_provider_tells_grafana_all_it_asks(tmp_path: Path) -> None:
    usual = {"disableDeletion": False, "allowUiUpdates": False, "updateIntervalSeconds": 60, "type": "file"}
    output = compiled(tmp_path)
    assert provider(output) == {
        "apiVersion": 1,
        "providers": [{"name": "slo", "folder": "SLOs", "options": {"path": "/var/lib/grafana/dashboards/slo"}, **usual}],
    }
    output = compiled(tmp_path, **SETTINGS)
    assert provider(output, "chat-slo") == {
        "apiVersion": 1,
        "providers": [{"name": "chat-slo", "folder": "Reliability", "options": {"path": "/etc/dashboards/ours"}, **usual}],
    }


@pytest.mark.parametrize("text", ["yes", "1.5", "a: b # c", "'quoted' \"twice\"", "{a}", "- x", "Größe", "null", "*all"])
def test_a_folder_is_what_was_written(text: str, tmp_path: Path) -> None:
    assert provider(compiled(tmp_path, folder=text))["providers"][0]["folder"] == text


def test_every_page_is_as_the_project_says(tmp_path: Path) -> None:
    found = pages(compiled(tmp_path, **SETTINGS))
    assert found["chat-slo-platform"]["title"] == "Our promises"
    for name, page in found.items():
        assert page["uid"] == name
        assert name.startswith("chat-slo-")
        assert page["tags"][:4] == ["slo", "generated", "llm", "team a"]


def test_every_page_has_a_title_of_its_own(largest: Path) -> None:
    titles = [page["title"] for page in pages(largest).values()]
    assert len(set(titles)) == len(titles)


# --- every way to grafana ------------------------------------------------------------------------------------------------------------


def test_every_page_belongs_to_no_installation(largest: Path) -> None:
    for name, page in pages(largest).items():
        assert re.fullmatch(r"[A-Za-z0-9_-]{8,40}", name)
        assert page["uid"] == name
        assert not {"__inputs", "__requires", "__elements"} & page.keys()
        (source,) = (one for one in page["templating"]["list"] if one["type"] == "datasource")
        assert (source["name"], source["current"]) == ("datasource", {})


def test_flux_finds_nothing_to_replace_but_the_links_of_rows(largest: Path) -> None:
    for path in largest.rglob("*"):
        if path.is_file():
            braces = re.findall(r"\$\{[^}]*\}", path.read_text(encoding="utf-8"))
            assert all(one.startswith("${__data.fields.") for one in braces), path
    assert "${" not in (largest / "dashboards" / "slo-platform.json").read_text(encoding="utf-8")
    assert "kustomize.toolkit.fluxcd.io/substitute: disabled" in DOCS


def test_every_page_fits_into_a_config_map(largest: Path) -> None:
    for path in (largest / "dashboards").iterdir():
        as_applied = json.dumps({"data": {path.name: path.read_text(encoding="utf-8")}})
        assert len(as_applied.encode()) < MOST_BYTES * 0.9, path


def test_what_is_written_tells_that_it_is(largest: Path) -> None:
    for path in largest.rglob("*"):
        assert path.is_dir() or "Written by slo-compiler" in path.read_text(encoding="utf-8").splitlines()[0]


def test_the_commands_of_the_docs_bring_the_pages_to_grafana(tmp_path: Path) -> None:
    """Played with the folders of Grafana below a scratch folder; where the provider says, the pages are."""
    (commands,) = (block for block in re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL) if "provisioning" in block)
    compiled(tmp_path)
    home = tmp_path / "etc" / "grafana" / "provisioning" / "dashboards"
    home.mkdir(parents=True)
    here = re.sub(r"(?<= )/(var|etc)/", rf"{tmp_path}/\1/", commands)
    for _ in range(2):  # a second time changes nothing
        subprocess.run(["sh", "-ec", here], cwd=tmp_path, check=True)
    (told,) = yaml.safe_load((home / "slo.yaml").read_text(encoding="utf-8"))["providers"]
    there = Path(f"{tmp_path}{told['options']['path']}")
    assert {path.relative_to(there).as_posix() for path in there.rglob("*.json")} == {f"{uid}.json" for uid in pages(tmp_path / "out")}


def test_what_the_docs_show_the_operator_is_what_was_written(tmp_path: Path) -> None:
    (shown,) = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if "GrafanaDashboard" in block)
    output = compiled(tmp_path)
    told = shown["spec"]["configMapRef"]
    assert told["key"].removesuffix(".json") in pages(output)
    assert f"kubectl create configmap {told['name']} --from-file=out/dashboards/{told['key']}" in DOCS
    assert shown["spec"]["folder"] == provider(output)["providers"][0]["folder"]


def test_the_settings_of_the_docs_are_taken(tmp_path: Path) -> None:
    (shown,) = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if block.startswith("targets"))
    assert shown["grafana"].keys() == {"title", "folder", "tags", "path", "prefix"}
    assert "chat-slo-platform" in pages(compiled(tmp_path, **shown["grafana"]))


# --- titles --------------------------------------------------------------------------------------------------------------------------

LONG, ALLOWED = promise(title="x" * 31), promise(title="x" * 31, allow=["page/long-title"])


def told(scratch: Path, one: dict[str, Any], *words: str, targets: str) -> list[str]:
    """The ids of what a command says of an SLO in a project with such targets."""
    write(scratch, slos_yaml=file(one), slo_compiler_yaml=f"targets: [{targets}]\n")
    with inside(scratch):
        code, text = slo(*words, "slos.yaml", "--strict", "--format", "json")
    assert code == 0, "a note fails nothing"
    return [finding["id"] for finding in json.loads(text)]


@pytest.mark.parametrize(
    ("words", "targets", "is_told"),
    [
        (("validate",), "prometheus", False),
        (("validate",), "prometheus, grafana", True),
        (("compile", "-o", "out"), "prometheus", False),
        (("compile", "-o", "out"), "grafana", True),
        (("compile", "-o", "out"), "grafana-operator", True),
        (("compile", "-o", "out", "--target", "grafana"), "prometheus", True),
        (("compile", "-o", "out", "--target", "prometheus"), "grafana", False),
    ],
)
def test_a_long_title_is_noted_where_pages_are_made(words: tuple[str, ...], targets: str, *, is_told: bool, tmp_path: Path) -> None:
    assert told(tmp_path, LONG, *words, targets=targets) == ["page/long-title"] * is_told
    assert told(tmp_path, ALLOWED, *words, targets=targets) == [], "an allowed one is neither told nor unused"
    assert told(tmp_path, promise(title="x" * 30), *words, targets=targets) == []


def test_a_long_title_that_is_allowed_in_vain_is_told(tmp_path: Path) -> None:
    write(tmp_path, slos_yaml=file(promise(allow=["page/long-title"])), slo_compiler_yaml="targets: [grafana]\n")
    with inside(tmp_path):
        assert "warning[allow/unused]" in slo("validate", "slos.yaml")[1]


def test_no_example_has_a_title_that_is_cut(tmp_path: Path) -> None:
    with inside(ROOT / "examples"):
        assert "long-title" not in slo("compile", "--target", "grafana", "-o", str(tmp_path / "out"))[1]


# --- dashboard-linter ----------------------------------------------------------------------------------------------------------------


def excluded(output: Path) -> dict[str, dict[str, str]]:
    """What `.lint` leaves out."""
    told: dict[str, dict[str, dict[str, str]]] = yaml.safe_load((output / "dashboards" / ".lint").read_text(encoding="utf-8"))
    assert told.keys() == {"exclusions"}
    return told["exclusions"]


def test_rules_of_the_linter_are_excluded_with_a_reason(largest: Path) -> None:
    assert excluded(largest).keys() < RULES.keys()
    assert all(one.keys() == {"reason"} and len(one["reason"]) > 40 for one in excluded(largest).values())


def test_pages_keep_all_other_rules_of_the_linter(largest: Path, chosen: Path, tmp_path: Path) -> None:
    for output in (largest, chosen, written("tests/pages/odd-ones.yaml", tmp_path)):
        for name, page in pages(output).items():
            assert {rule: places for rule, places in broken(page).items() if rule not in excluded(output)} == {}, name


def test_no_rule_of_the_linter_is_excluded_in_vain(largest: Path) -> None:
    assert excluded(largest).keys() <= {rule for page in pages(largest).values() for rule in broken(page)}


def _panel(page: dict[str, Any], **keys: Any) -> None:
    next(panel for panel in page["panels"] if panel["type"] == "timeseries").update(keys)


def _query(page: dict[str, Any], expr: str) -> None:
    page["panels"][0]["targets"][0]["expr"] = expr


def _variable(page: dict[str, Any], kind: str, **keys: Any) -> None:
    next(one for one in page["templating"]["list"] if one["type"] == kind).update(keys)


#: A rule, and what breaks it.
PLANTED: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("template-datasource-rule", lambda page: _variable(page, "datasource", name="prometheus")),
    ("template-datasource-rule", lambda page: _variable(page, "datasource", label="Datasource")),
    ("template-datasource-rule", lambda page: page["templating"]["list"].pop(0)),
    ("template-label-promql-rule", lambda page: _variable(page, "query", query="query_result(topk(1, ))")),
    ("template-label-promql-rule", lambda page: _variable(page, "query", query={"query": "query(up)"})),
    ("template-on-time-change-reload-rule", lambda page: _variable(page, "query", refresh=1)),
    ("panel-datasource-rule", lambda page: _panel(page, datasource={"type": "prometheus", "uid": "prometheus"})),
    ("panel-title-description-rule", lambda page: _panel(page, description="")),
    ("panel-title-description-rule", lambda page: page["panels"][0].update(title="")),
    ("panel-no-targets-rule", lambda page: _panel(page, targets=[])),
    ("target-promql-rule", lambda page: _query(page, "sum(slo:info")),
    ("target-rate-interval-rule", lambda page: _query(page, "sum(rate(x_total[5m]))")),
    ("target-counter-agg-rule", lambda page: _query(page, 'sum(x_total{a="b"})')),
    ("target-counter-agg-rule", lambda page: _query(page, "sum_over_time(x_total[5m])")),
    ("uneditable-dashboard", lambda page: page.update(editable=True)),
    ("uneditable-dashboard", lambda page: page.pop("editable")),
]


@pytest.mark.parametrize(("rule", "damage"), PLANTED)
def test_a_broken_rule_of_the_linter_is_noticed(rule: str, damage: Callable[[dict[str, Any]], object], chosen: Path) -> None:
    page = pages(chosen)["slo-platform"]
    assert rule not in broken(page)
    damage(page)
    assert rule in broken(page)


def test_every_rule_of_the_linter_that_can_be_kept_has_been_broken_here(largest: Path) -> None:
    assert {rule for rule, _ in PLANTED} == RULES.keys() - excluded(largest).keys()


@pytest.mark.parametrize("expr", ["sum(rate(x_total[$__rate_interval]))", 'increase(x_total{a="b"}[30d])', 'slo:total:delta{slo="x_total"}'])
def test_what_the_linter_takes_is_taken(expr: str, chosen: Path) -> None:
    page = pages(chosen)["slo-platform"]
    _query(page, expr)
    assert {"target-counter-agg-rule", "target-rate-interval-rule", "target-promql-rule"} & broken(page).keys() == set()
