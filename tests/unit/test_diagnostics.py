"""Findings, places and the report that collects them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slo_compiler.diagnostics import Report, Severity, Where

PLACE = Where("f", (0, "slos"))


@pytest.mark.parametrize(
    ("add", "lenient", "strict"),
    [
        (lambda _report: None, 0, 0),
        (lambda report: report.note("a/b", PLACE, "m"), 0, 0),
        (lambda report: report.warning("a/b", PLACE, "m"), 0, 1),
        (lambda report: report.error("a/b", PLACE, "m"), 1, 1),
        (lambda report: report.unreadable("a/b", PLACE, "m"), 2, 2),
    ],
    ids=["nothing", "note", "warning", "error", "unreadable"],
)
def test_exit_codes(add: Callable[[Report], None], lenient: int, strict: int) -> None:
    report = Report()
    add(report)
    assert (report.exit_code(), report.exit_code(strict=True), report.ok) == (lenient, strict, lenient == 0)


def test_the_worst_finding_decides() -> None:
    report = Report()
    report.unreadable("a/b", PLACE, "m")
    report.error("a/b", PLACE, "m")
    assert report.exit_code() == 2


def test_a_finding_made_twice_counts_once() -> None:
    report = Report()
    report.error("a/b", PLACE, "m")
    report.error("a/b", PLACE, "m")
    report.error("a/b", PLACE, "another")
    assert report.count(Severity.ERROR) == 2


@pytest.mark.parametrize(
    ("severity", "word"), [(Severity.NOTE, "note"), (Severity.WARNING, "warning"), (Severity.ERROR, "error"), (Severity.UNREADABLE, "error")]
)
def test_people_read_three_words(severity: Severity, word: str) -> None:
    assert severity.word == word


def test_places_lie_in_places() -> None:
    assert PLACE.contains(PLACE / 0 / "name")
    assert PLACE.contains(PLACE)
    assert not PLACE.contains(Where("f", (0, "service")))
    assert not PLACE.contains(Where("other", PLACE.route))


def test_a_step_down_forgets_what_was_underlined() -> None:
    assert PLACE.inside(1, 2) / "a" == Where("f", (0, "slos", "a"))
