"""Quantities as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from slo_compiler.quantities import Bound, Duration, Problem, Ratio, bound, duration, objective, plain, six_digits


def seconds(text: str) -> Decimal:
    found = duration(text)
    assert isinstance(found, Duration), found
    return found.seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [("1ms", "0.001"), ("600ms", "0.6"), ("1.5s", "1.5"), ("90m", "5400"), ("1h30m", "5400"), ("30d", "2592000"), ("4w", "2419200"), ("0.5h", "1800")],
)
def test_a_duration_is_exact(text: str, value: str) -> None:
    assert seconds(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [("60s", "1m"), ("3600s", "1h"), ("48h", "2d"), ("4w", "28d"), ("90s", "90s"), ("90m", "90m"), ("1.5s", "1500ms"), ("36h", "36h"), ("1h1ms", "3600001ms")],
)
def test_a_duration_is_spelled_one_way(text: str, spelled: str) -> None:
    assert str(duration(text)) == spelled


def test_a_single_day_is_spelled_24h() -> None:
    assert str(duration("1d")) == "24h"


@pytest.mark.parametrize(
    ("text", "words"), [("1h", "hour"), ("6h", "6 hours"), ("7d", "7 days"), ("1d", "24 hours"), ("1m", "minute"), ("1.5s", "1500 milliseconds")]
)
def test_a_duration_in_a_sentence(text: str, words: str) -> None:
    found = duration(text)
    assert isinstance(found, Duration)
    assert found.words == words


def test_durations_are_ordered_by_length() -> None:
    assert sorted(["90m", "1d", "1h", "30s"], key=seconds) == ["30s", "1h", "90m", "1d"]
    assert Duration(Decimal(60)) < Duration(Decimal(61))


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("", "duration/format"),
        ("fast", "duration/format"),
        ("-5m", "duration/format"),
        ("5 m", "duration/format"),
        ("5M", "duration/format"),
        ("1mo", "duration/format"),
        ("5m30", "duration/format"),
        ("0s", "duration/range"),
        ("0.1ms", "duration/range"),
        ("30", "duration/no-unit"),
        ("1e3", "duration/no-unit"),
        ("1y", "duration/unit"),
        ("0.5y", "duration/unit"),
    ],
)
def test_what_is_no_duration(text: str, id: str) -> None:
    found = duration(text)
    assert isinstance(found, Problem)
    assert (found.id, bool(found.help)) == (id, True)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("7 days", "7d"), ("1 day", "1d"), ("2 hours", "2h"), ("30 min", "30m"), ("5 Minutes", "5m"), ("10secs", "10s"), ("4 weeks", "4w"),
     ("600 milliseconds", "600ms"), ("1 hour 30 minutes", "1h30m"), ("1.23456789d", "106666666ms"), ("0.1ms", "1ms")],
)  # fmt: skip
def test_a_duration_that_is_nearly_right_is_corrected(text: str, meant: str) -> None:
    found = duration(text)
    assert isinstance(found, Problem)
    assert found.help == f"write {meant}"


@pytest.mark.parametrize("text", ["٣d", "７d", "1.٣h"])
def test_digits_are_ascii(text: str) -> None:
    assert isinstance(duration(text), Problem)
    assert isinstance(objective(text.replace("d", "%")), Problem)
    assert isinstance(bound(f"${text[:-1]}"), Problem)


def test_a_bound_finer_than_a_millisecond_is_a_plain_number() -> None:
    found = bound("0.1ms")
    assert isinstance(found, Problem)
    assert "metric's unit" in found.help


def test_a_duration_that_prometheus_would_refuse_is_too_long() -> None:
    assert isinstance(duration("36500d"), Duration)
    found = duration("36501d")
    assert isinstance(found, Problem)
    assert "at most 100 years" in found.message


def test_years_are_told_in_days() -> None:
    found = duration("1.5y")
    assert isinstance(found, Problem)
    assert "547.5d" in found.help


@pytest.mark.parametrize(
    ("raw", "share"),
    [
        ("99.95%", "0.9995"),
        (Decimal("99.95"), "0.9995"),
        ("p95", "0.95"),
        ("p99.9", "0.999"),
        (90, "0.9"),
        ("0.5%", "0.005"),
        ("1%", "0.01"),
        (" 99 % ", "0.99"),
        ("p1", "0.01"),
    ],
)
def test_an_objective_is_a_percentage(raw: str | int | Decimal, share: str) -> None:
    assert objective(raw) == Ratio(Decimal(share))


@pytest.mark.parametrize(
    ("raw", "id"),
    [
        (Decimal("0.999"), "objective/fraction"),
        (1, "objective/fraction"),
        (0, "objective/range"),
        (-5, "objective/range"),
        ("0%", "objective/range"),
        (100, "objective/range"),
        ("100.0%", "objective/range"),
        ("p100", "objective/range"),
        ("99.99999999999999999999999999999999999%", "objective/range"),
        ("99,9%", "objective/format"),
        ("nan", "objective/format"),
        ("inf", "objective/format"),
        ("", "objective/format"),
        ("pp95", "objective/format"),
        ("1e999999999%", "objective/format"),
    ],
)
def test_what_is_no_objective(raw: str | int | Decimal, id: str) -> None:
    found = objective(raw)
    assert isinstance(found, Problem)
    assert (found.id, bool(found.help)) == (id, True)


def test_the_budget_is_what_the_objective_leaves() -> None:
    assert Ratio(Decimal("0.9995")).budget == Decimal("0.0005")


@pytest.mark.parametrize("text", ["99.95%", "50%", "0.1%", "99.999%"])
def test_an_objective_is_printed_as_it_was_written(text: str) -> None:
    assert str(objective(text)) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("600ms", Bound(Decimal("0.6"), "time", "600ms")),
        ("$0.045", Bound(Decimal("0.045"), "money", "$0.045", "USD")),
        ("€ 2", Bound(Decimal(2), "money", "€ 2", "EUR")),
        ("EUR 0.04", Bound(Decimal("0.04"), "money", "EUR 0.04", "EUR")),
        ("2%", Bound(Decimal("0.02"), "ratio", "2%")),
        ("5pp", Bound(Decimal("0.05"), "ratio", "5pp")),
        ("30/s", Bound(Decimal(30), "plain", "30/s")),
        (30, Bound(Decimal(30), "plain", "30")),
        (Decimal("1e-5"), Bound(Decimal("0.00001"), "plain", "0.00001")),
        ("-2.5", Bound(Decimal("-2.5"), "plain", "-2.5")),
    ],
    ids=str,
)
def test_a_bound_knows_its_kind(raw: str | int | Decimal, expected: Bound) -> None:
    assert bound(raw) == expected


@pytest.mark.parametrize("raw", ["", "$", "$-1", "eur 3", "fast", "600 ms", "1e999", "%", "$€", "€$", "0,5s", "5$", "3 4"])
def test_what_is_no_bound(raw: str) -> None:
    found = bound(raw)
    assert isinstance(found, Problem)
    assert (found.id, bool(found.help)) == ("bound/format", True)


#: A comma before three digits parts thousands: $12,000 is no twelve dollars.
THOUSANDS = [
    ("$12,000", "$12000"), ("€1,500", "€1500"), ("1,500", "1500"), ("$1,234,567.50", "$1234567.50"), ("1,500$", "$1500"), ("EUR 12,000", "EUR 12000"),
    ("0,500s", "0.500s"), ("1,5s", "1.5s"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "meant"), [("600 ms", "600ms"), ("1S", "1s"), ("0.045$", "$0.045"), ("0,5s", "0.5s"), ("2 hours", "2h"), *THOUSANDS])
def test_a_bound_that_is_nearly_right_is_corrected(raw: str, meant: str) -> None:
    found = bound(raw)
    assert isinstance(found, Problem)
    assert found.help == f"write {meant}"


@pytest.mark.parametrize(("raw", "sign"), [("₿2", "₿"), ("₽300", "₽"), ("¥ 300", "¥"), ("US$300", "US$")])
def test_a_sign_of_another_currency_is_named(raw: str, sign: str) -> None:
    found = bound(raw)
    assert isinstance(found, Problem)
    assert (found.id, found.message) == ("bound/format", f"the currency sign {sign} is not known, got {raw!r}")
    assert found.help == "known signs are $, €, £; any other currency is written with its code, for example JPY 300"


def test_an_objective_below_100_is_not_said_to_be_above() -> None:
    found = objective("99.99999999999999999999999999999%")
    assert isinstance(found, Problem)
    assert (found.id, "too many digits" in found.message) == ("objective/range", True)


def test_a_bound_in_time_must_be_a_duration() -> None:
    found = bound("0s")
    assert isinstance(found, Problem)
    assert found.id == "duration/range"


@pytest.mark.parametrize(
    ("number", "text"),
    [("0.01440", "0.0144"), ("1.44E-2", "0.0144"), ("1e6", "1000000"), ("100", "100"), ("-0", "0"), ("0", "0"), ("0e5", "0"), ("1.0", "1"), ("-0.50", "-0.5")],
)
def test_a_number_is_printed_without_exponent(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize(("number", "text"), [(0.0144, "0.0144"), (1 / 3, "0.333333"), (1e-7, "0.0000001"), (1234567.0, "1234570"), (Decimal(1), "1")])
def test_six_digits_are_significant_ones(number: float, text: str) -> None:
    assert six_digits(number) == text
