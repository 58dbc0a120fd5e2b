"""A report in each format: text with carets, JSON, and what GitHub, GitLab, code scanning and JUnit take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema

from slo_compiler import __version__, resources
from slo_compiler.diagnostics import Report, Spot, Where
from slo_compiler.reporters import FORMATS, printed, summary
from slo_compiler.reporters.rows import printed as as_json
from slo_compiler.reporters.text import printed as text
from slo_compiler.source import Source

SOURCES = {"f": Source("f", "name: a\nlist: [one, two]\n" + "x" * 200 + ": " + "y" * 300 + "\n")}


def report(*places: Where, message: str = "m", help: str = "h") -> Report:
    found = Report()
    for place in places:
        found.error("a/b", place, message, help)
    return found


def test_a_finding_is_shown_with_its_line_and_a_caret() -> None:
    assert text(report(Where("f", (0, "list", 1))), SOURCES) == (
        "f:2:13: error[a/b]: m\n  |\n2 | list: [one, two]\n  |             ^~~\n   help: h\n"
    )  # fmt: skip


def test_a_finding_without_a_place_is_one_line_and_its_help() -> None:
    assert text(report(Where("nowhere")), SOURCES) == "nowhere: error[a/b]: m\n   help: h\n"


def test_a_finding_without_help_has_no_empty_help() -> None:
    assert text(report(Where("nowhere"), help=""), SOURCES) == "nowhere: error[a/b]: m\n"


def test_a_very_long_line_is_cut_around_the_mistake() -> None:
    shown = text(report(Where("f", spot=Spot(3, 203, 206))), SOURCES)
    _, _, line, caret, _ = shown.splitlines()
    assert line.startswith("3 | ... ")
    assert line.endswith(" ...")
    assert line[caret.index("^") : caret.rindex("~") + 1] == "yyy"
    assert len(line) < 220


def test_the_beginning_of_a_very_long_line_is_cut_at_its_end_only() -> None:
    line = text(report(Where("f", spot=Spot(3, 1, 2))), SOURCES).splitlines()[2]
    assert line.startswith("3 | xxx")
    assert line.endswith(" ...")


def test_a_caret_stays_on_its_line() -> None:
    caret = text(report(Where("f", spot=Spot(1, 7, 99))), SOURCES).splitlines()[3]
    assert caret == "  |       ^"


def test_a_tab_is_one_column() -> None:
    shown = text(report(Where("t", spot=Spot(1, 2, 3))), {"t": Source("t", "\ta")})
    assert shown.splitlines()[2:4] == ["1 |  a", "  |  ^"]


def test_the_second_place_of_a_mistake_is_named() -> None:
    found = Report()
    found.error("a/b", Where("f", (0, "name")), "m", "h", other=Where("f", (0, "list")))
    found.error("a/c", Where("f", (0, "name")), "m", "h", other=Where("elsewhere"))
    shown = text(found, SOURCES)
    assert "  also: f:2:7\n" in shown
    assert "  also: elsewhere\n" in shown


def test_one_mistake_at_several_places_is_told_at_the_first() -> None:
    found = Report()
    for place in (Where("f", (0, "list")), Where("f", (0, "name")), Where("g", spot=Spot(7, 1, 2)), Where("h")):
        found.warning("a/b", place, f"m {place.route}", "h", cause="c")
    found.warning("a/b", Where("f", (0, "list", 1)), "m", "h")
    assert text(found, SOURCES).split("\n\n") == [
        "f:1:7: warning[a/b]: m (0, 'name')\n  |\n1 | name: a\n  |       ^\n   also: at 3 more places, f:2, g:7, h\n   help: h",
        "f:2:13: warning[a/b]: m\n  |\n2 | list: [one, two]\n  |             ^~~\n   help: h\n",
    ]
    assert summary(found) == "2 warnings"
    assert len(json.loads(as_json(found, SOURCES))) == 5


def test_one_mistake_twice_at_one_place_is_at_no_other() -> None:
    found = Report()
    for message in ("m", "n"):
        found.warning("a/b", Where("f", (0, "name")), message, "h", cause="c")
    assert "also" not in text(found, SOURCES)


def test_errors_come_first_then_the_order_of_reading() -> None:
    found = Report()
    found.note("n/n", Where("a"), "m")
    found.warning("w/w", Where("a"), "m")
    found.error("e/2", Where("f", (0, "list")), "m")
    found.error("e/1", Where("f", (0, "name")), "m")
    found.unreadable("e/0", Where("b"), "m")
    assert [row["id"] for row in json.loads(as_json(found, SOURCES))] == ["e/0", "e/1", "e/2", "w/w", "n/n"]


def test_a_finding_made_twice_is_told_once() -> None:
    assert text(report(Where("f"), Where("f")), SOURCES).count("error[") == 1


def test_json_tells_the_place() -> None:
    assert json.loads(as_json(report(Where("f", (0, "name")), message="ü"), SOURCES)) == [
        {"id": "a/b", "severity": "error", "message": "ü", "help": "h", "file": "f", "line": 1, "column": 7, "end_column": 8}
    ]


def test_json_is_readable_by_people_too() -> None:
    assert "ü" in as_json(report(Where("f"), message="ü"), SOURCES)


def test_json_of_a_finding_without_a_place_has_nulls() -> None:
    (row,) = json.loads(as_json(report(Where("f")), SOURCES))
    assert (row["line"], row["column"], row["end_column"]) == (None, None, None)


@pytest.mark.parametrize(("style", "said"), [("text", ""), ("json", "[]\n"), ("github", ""), ("gitlab", "[]\n")])
def test_nothing_to_say(style: str, said: str) -> None:
    assert printed(style, Report(), {}) == said


def test_the_summary_counts_what_there_is() -> None:
    found = report(Where("f"), Where("g"))
    found.unreadable("a/b", Where("h"), "m")
    found.note("a/b", Where("f"), "m")
    assert summary(found) == "3 errors, 1 note"
    assert summary(Report()) == ""


# --- formats of others ---------------------------------------------------------------------------------------------------------------

SARIF = json.loads((Path(__file__).parents[1] / "formats" / "sarif-2.1.0-rtm.5.json").read_text())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """We stand in a sub-folder of a git repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub folder").mkdir()
    monkeypatch.chdir(tmp_path / "sub folder")
    return tmp_path


def all_kinds(file: str = "f") -> Report:
    """One finding of each severity, with words that a format could stumble over."""
    found = Report()
    found.note("unit/contradicts", Where(file), "a note")
    found.warning("policy/never-fires", Where(file, (0, "list")), "50% <of> & 'them'\x07\ud800", "h,e:l]]>p")
    found.error("objective/fraction", Where(file, (0, "name")), "two\nlines, 100%", "\u2028", other=Where(file, (0, "list")))
    found.unreadable("file/not-found", Where("gone.yaml"), "no such file")
    return found


def test_every_format_of_the_command_line_is_a_reporter() -> None:
    from slo_compiler import reporters
    from slo_compiler.commands import _options

    modules = {path.stem for path in Path(str(reporters.__file__)).parent.glob("*.py") if not path.stem.startswith("_")}
    assert {one.value for one in _options.Findings} == set(FORMATS)
    assert set(FORMATS.values()) == modules


def test_json_is_what_its_schema_says() -> None:
    schema = json.loads(resources.schema_text("findings.v1"))
    jsonschema.validate(json.loads(printed("json", all_kinds(), SOURCES)), schema)


@pytest.mark.usefixtures("repository")
def test_github_gets_a_command_a_finding_the_worst_first() -> None:
    assert printed("github", all_kinds(), SOURCES).split("\n") == [
        "::error file=sub folder/f,line=1,col=7,endLine=1,endColumn=7,title=objective/fraction::two%0Alines, 100%25%0Ahelp: \u2028",
        "::error file=sub folder/gone.yaml,title=file/not-found::no such file",
        "::warning file=sub folder/f,line=2,col=7,endLine=2,endColumn=16,title=policy/never-fires::50%25 <of> & 'them'\x07\ufffd%0Ahelp: h,e:l]]>p",
        "::notice file=sub folder/f,title=unit/contradicts::a note",
        "",
    ]


def test_github_gets_no_more_commands_of_a_kind_than_it_shows() -> None:
    found = Report()
    for number in range(25):
        found.error("a/b", Where("f", spot=Spot(number + 1, 1, 2)), "::error::mine")
        found.warning("a/c", Where("f"), f"{number}") if number < 10 else None
    lines = printed("github", found, {}).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert [line.split(" ")[0] for line in commands] == ["::error"] * 10 + ["::warning"] * 10
    assert commands[9] == "::error title=slo::and 16 more of this kind, in the log of this step"
    assert next(line for line in lines if not line.startswith("::")) == "  f:10:1: error[a/b]: ::error::mine"
    assert len(lines) == 20 + 16


def test_a_file_name_ends_no_property() -> None:
    found = Report()
    found.error("a/b", Where("a,line=9::b%.yaml"), "m")
    assert "file=" in (line := printed("github", found, {}))
    assert "a%2Cline=9%3A%3Ab%25.yaml,title=a/b::m\n" in line


@pytest.mark.usefixtures("repository")
def test_gitlab_gets_paths_lines_and_its_own_severities() -> None:
    rows = json.loads(printed("gitlab", all_kinds(), SOURCES))
    assert [(row["check_name"], row["severity"], row["location"]) for row in rows] == [
        ("objective/fraction", "critical", {"path": "sub folder/f", "lines": {"begin": 1}}),
        ("file/not-found", "blocker", {"path": "sub folder/gone.yaml", "lines": {"begin": 1}}),
        ("policy/never-fires", "minor", {"path": "sub folder/f", "lines": {"begin": 2}}),
        ("unit/contradicts", "info", {"path": "sub folder/f", "lines": {"begin": 1}}),
    ]
    assert all(row["description"] for row in rows)


@pytest.mark.parametrize("style", ["gitlab", "sarif"])
def test_fingerprints_are_unique_and_know_no_lines(style: str) -> None:
    def prints(*lines: int) -> list[str]:
        found = Report()
        for line in lines:
            found.error("key/unknown", Where("f", spot=Spot(line, 1, 2)), "the same words")
        data: Any = json.loads(printed(style, found, {}))
        return [row["fingerprint"] for row in data] if style == "gitlab" else [row["partialFingerprints"]["finding/v1"] for row in data["runs"][0]["results"]]

    assert len(set(prints(1, 2, 3))) == 3
    assert prints(1, 2, 3) == prints(11, 12, 13)


@pytest.mark.usefixtures("repository")
def test_sarif_is_what_its_schema_says() -> None:
    log = json.loads(printed("sarif", all_kinds(), SOURCES))
    jsonschema.Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    assert run["tool"]["driver"]["version"] == __version__
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
        ("objective/fraction", "error"), ("file/not-found", "error"), ("policy/never-fires", "warning"), ("unit/contradicts", "note"),
    ]  # fmt: skip
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "sub%20folder/f", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 1, "startColumn": 7, "endColumn": 8},
    }  # fmt: skip
    assert run["results"][0]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 2


def test_sarif_of_nothing_is_a_run_without_results() -> None:
    log = json.loads(printed("sarif", Report(), {}))
    jsonschema.Draft4Validator(SARIF).validate(log)
    assert log["runs"][0]["results"] == []


def test_the_schema_of_sarif_finds_what_is_wrong() -> None:
    log = json.loads(printed("sarif", all_kinds(), SOURCES))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SARIF).validate(log)


def test_every_page_of_a_finding_is_a_rule() -> None:
    found = Report()
    for name in resources.template_names("findings"):
        found.error(name.removeprefix("findings/").removesuffix(".md"), Where("f"), "m")
    log = json.loads(printed("sarif", found, {}))
    jsonschema.Draft4Validator(SARIF).validate(log)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert len(rules) == len(found.findings) > 100
    assert all(rule["shortDescription"]["text"] and rule["fullDescription"]["text"].endswith((".", "`", "?")) for rule in rules)


@pytest.mark.usefixtures("repository")
def test_junit_has_a_suite_a_file_and_a_case_a_finding() -> None:
    root = ET.fromstring(printed("junit", all_kinds(), {**SOURCES, "good.yaml": Source("good.yaml", "a: 1\n")}).encode(errors="strict"))
    assert (root.tag, root.attrib) == ("testsuites", {"name": "slo", "tests": "5", "failures": "2", "errors": "0"})
    suites = {suite.get("name"): [(case.get("name"), [part.tag for part in case]) for case in suite] for suite in root}
    assert suites == {
        "sub folder/f": [
            ("line 1, column 7: objective/fraction", ["failure"]),
            ("line 2, column 7: policy/never-fires", ["system-out"]),
            ("unit/contradicts", ["system-out"]),
        ],
        "sub folder/gone.yaml": [("file/not-found", ["failure"])],
        "sub folder/good.yaml": [("valid", [])],
    }  # fmt: skip
    assert root[0].attrib == {"name": "sub folder/f", "tests": "3", "failures": "1", "errors": "0", "skipped": "0", "time": "0"}
    failure = root[0][0][0]
    assert (failure.get("type"), failure.text) == ("objective/fraction", "sub folder/f: line 1, column 7: two\nlines, 100%\nhelp: \u2028")
    assert root[0][1][0].text == "50% <of> & 'them'\ufffd\ufffd\nhelp: h,e:l]]>p"


@pytest.mark.usefixtures("repository")
def test_junit_is_what_the_schema_of_jenkins_takes(tmp_path: Path) -> None:
    schema = (Path(__file__).parents[1] / "formats" / "jenkins-junit.xsd").read_text(encoding="utf-8")
    named = '<xs:attribute name="classname"'
    assert schema.count(named) == 1
    more = "".join(f'<xs:attribute name="{name}" type="xs:string" use="optional"/>' for name in ("file", "line"))  # that GitLab reads, and pytest writes
    junit = xmlschema.XMLSchema(schema.replace(named, more + named))
    text = printed("junit", all_kinds(), {**SOURCES, "good.yaml": Source("good.yaml", "a: 1\n")})
    (tmp_path / "junit.xml").write_bytes(text.encode(errors="strict"))
    junit.validate(str(tmp_path / "junit.xml"))
    (tmp_path / "junit.xml").write_text(text.replace("<failure type", "<failure kind", 1), encoding="utf-8")
    assert not junit.is_valid(str(tmp_path / "junit.xml"))


def test_what_is_no_path_of_the_repository_stays_as_it_is(repository: Path) -> None:
    found = Report()
    for name in ("<stdin>", "/elsewhere/f.yaml"):
        found.error("a/b", Where(name), "m")
    assert [row["location"]["path"] for row in json.loads(printed("gitlab", found, {}))] == ["/elsewhere/f.yaml", "<stdin>"]
    assert repository.exists()
