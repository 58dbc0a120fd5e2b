"""A report as text with carets, and as JSON."""

from __future__ import annotations

import json

import pytest

from slo_compiler.diagnostics import Report, Spot, Where
from slo_compiler.reporters import FORMATS, as_json, summary, text
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


@pytest.mark.parametrize(("style", "said"), [("text", ""), ("json", "[]\n")])
def test_nothing_to_say(style: str, said: str) -> None:
    assert FORMATS[style](Report(), {}) == said


def test_the_summary_counts_what_there_is() -> None:
    found = report(Where("f"), Where("g"))
    found.unreadable("a/b", Where("h"), "m")
    found.note("a/b", Where("f"), "m")
    assert summary(found) == "3 errors, 1 note"
    assert summary(Report()) == ""
