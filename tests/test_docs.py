"""The documentation is true: what the README shows is what the tool prints, and what it points at is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cases_runner import inside, slo
from tests.readme import GITOPS, PUSHING, README, REVIEWING, ROOT, played, pushed, reviewed, walked
from tests.servers import Line, lines

TEXT = README.read_text(encoding="utf-8")
FIRST = ROOT / "examples" / "first.yaml"
RULES = ROOT / "examples" / "_compiled" / "search.prometheus.rules.yml"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language in the README."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_readme_shows_what_commands_print(tmp_path: Path) -> None:
    assert played(TEXT, tmp_path) == TEXT, "make golden rewrites the outputs"


def test_the_page_on_reviewing_shows_what_commands_print(tmp_path: Path) -> None:
    text = REVIEWING.read_text(encoding="utf-8")
    assert reviewed(text, tmp_path) == text, "make golden rewrites the outputs"


def test_the_page_on_pushing_shows_what_commands_print(tmp_path: Path) -> None:
    text = PUSHING.read_text(encoding="utf-8")
    assert pushed(text, tmp_path) == text, "make golden rewrites the outputs"


def test_the_page_on_gitops_shows_what_commands_print(tmp_path: Path) -> None:
    """Its commands that need servers are played by tests/live/test_gitops.py."""
    text = GITOPS.read_text(encoding="utf-8")
    assert walked(text, tmp_path) == text, "make golden rewrites the outputs"


def test_the_readme_shows_the_example_and_its_rules() -> None:
    source, *rules = blocks("yaml")
    compiled = RULES.read_text(encoding="utf-8")
    assert source in FIRST.read_text(encoding="utf-8")
    assert all(rule in compiled for rule in rules), [rule for rule in rules if rule not in compiled]


def test_the_readme_counts_the_rules() -> None:
    shown, total = re.findall(r"\((\w+) of its (\d+) rules\)", TEXT)[0]
    words = ("one", "two", "three", "four", "five", "six", "seven")
    assert words.index(shown) + 1 == len(blocks("yaml")) - 1
    assert int(total) == len(re.findall(r"(?m)^  - (?:record|alert): ", RULES.read_text(encoding="utf-8")))


REPORTS = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")


def test_the_report_of_given_numbers_is_what_is_printed(tmp_path: Path) -> None:
    (given,) = re.findall(r"```yaml\n(.*?)```", REPORTS, re.DOTALL)
    (shown,) = re.findall(r"```console\n\$ slo (.*?)\n(.*?)```", REPORTS, re.DOTALL)
    (tmp_path / "numbers.yaml").write_text(given, encoding="utf-8")
    with inside(tmp_path):
        assert slo(*shown[0].split()) == (0, shown[1])


def test_every_key_of_given_numbers_is_told() -> None:
    schema = json.loads((ROOT / "schemas" / "report.v1.json").read_text(encoding="utf-8"))
    told = set(re.findall(r"`(\w+)`", REPORTS.split("## Given numbers")[1].split("## In a terminal")[0]))
    assert {*schema["properties"], *schema["$defs"]["standing"]["properties"]} <= told


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_the_rules_that_watch_rules_are_taken(line: Line, tmp_path: Path) -> None:
    (shown,) = re.findall(r"```yaml\n(groups:\n.*?)```", (ROOT / "docs" / "operating.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "watch.yml").write_text(shown, encoding="utf-8")
    done = line.check(tmp_path, "check", "rules", "--lint=all", "--lint-fatal", "watch.yml")
    assert (done.returncode, "5 rules found" in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_every_key_of_the_schemas_is_described() -> None:
    def undescribed(node: object, route: str) -> list[str]:
        found = []
        if isinstance(node, dict):
            for name, value in node.get("properties", {}).items():
                if "description" not in value and "$ref" not in value:
                    found.append(f"{route}/{name}")
            for name, value in node.items():
                found += undescribed(value, f"{route}/{name}")
        return found

    for path in (ROOT / "schemas").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert not undescribed(schema, path.name)
        assert all("description" in definition for definition in schema.get("$defs", {}).values())
