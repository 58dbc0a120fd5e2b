"""Units of metrics, read from their names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from slo_compiler import units
from slo_compiler.quantities import Bound, Problem, bound


def as_bound(raw: str) -> Bound:
    found = bound(raw)
    assert isinstance(found, Bound)
    return found


@pytest.mark.parametrize(
    ("metric", "word"),
    [
        ("x_seconds", "s"),
        ("x_milliseconds", "ms"),
        ("x_ms", "ms"),
        ("x_us", "us"),
        ("x_nanoseconds", "ns"),
        ("x_minutes", "min"),
        ("x_hours", "h"),
        ("x_dollars", "USD"),
        ("x_usd_total", "USD"),
        ("x_euros_sum", "EUR"),
        ("answer_cents_sum", "cents"),
        ("x_ratio", ""),
        ("x_percent", "percent"),
        ("x_tokens", "tokens"),
        ("x_bytes_total", "bytes"),
    ],
)
def test_a_metrics_name_tells_its_unit(metric: str, word: str) -> None:
    found = units.of_metric(metric)
    assert found
    assert found.word == word


@pytest.mark.parametrize("metric", ["x", "seconds", "x_seconds_count", "x_items", "x_latency_ms_p99"])
def test_other_names_tell_none(metric: str) -> None:
    assert units.of_metric(metric) is None


@pytest.mark.parametrize(
    ("raw", "unit", "number"),
    [
        ("600ms", "s", "0.6"),
        ("600ms", "ms", "600"),
        ("1ms", "us", "1000"),
        ("1ms", "ns", "1000000"),
        ("2h", "hours", "2"),
        ("7h", "hours", "7"),
        ("3m", "minutes", "3"),
        ("90s", "minutes", "1.5"),
        ("$3", "dollars", "3"),
        ("€3", "eur", "3"),
        ("$0.05", "cents", "5"),
        ("EUR 3", "cents", "300"),
        ("2%", "ratio", "0.02"),
        ("2%", "percent", "2"),
        ("30", "s", "30"),
        ("30", "apples", "30"),
    ],
)
def test_a_bound_is_brought_into_the_metrics_unit(raw: str, unit: str, number: str) -> None:
    found = units.in_unit(as_bound(raw), units.named(unit), key="at_most", metric="m")
    assert found == Decimal(number)


@pytest.mark.parametrize(
    ("raw", "unit", "id"),
    [
        ("600ms", None, "bound/no-unit"),
        ("$3", None, "bound/no-unit"),
        ("2%", None, "bound/no-unit"),
        ("$3", "s", "bound/unit"),
        ("$3", "EUR", "bound/unit"),
        ("£3", "dollars", "bound/unit"),
        ("600ms", "tokens", "bound/unit"),
        ("2%", "s", "bound/unit"),
        ("5s", "ratio", "bound/unit"),
    ],
)
def test_a_bound_that_does_not_fit_is_refused_with_a_next_step(raw: str, unit: str | None, id: str) -> None:
    found = units.in_unit(as_bound(raw), units.named(unit) if unit else None, key="at_most", metric="m")
    assert isinstance(found, Problem)
    assert found.id == id
    assert "at_most" in found.help


def test_a_plain_number_needs_no_unit() -> None:
    assert units.in_unit(as_bound("30"), None, key="at_most", metric="m") == 30


def test_the_help_is_in_the_metrics_own_currency() -> None:
    found = units.in_unit(as_bound("$3"), units.named("EUR"), key="at_most", metric="m")
    assert isinstance(found, Problem)
    assert "EUR 0.045" in found.help
