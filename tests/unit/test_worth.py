"""What an expression yields where its series grow, or stay, at known paces."""

from __future__ import annotations

import pytest

from slo_compiler.promql import Selector, Vector, worth


def read(selector: Selector, *, grows: bool) -> Vector:
    """Two series `a`, of models x and y, and one `b` without labels: 2, 3 and 4 a second, or 20, 30 and 40 where they are gauges."""
    found: Vector = {frozenset({("model", "x")}): 2.0, frozenset({("model", "y")}): 3.0} if selector.metric == "a" else {frozenset(): 4.0}
    taken = {labels: value for labels, value in found.items() if all(matcher.value == dict(labels).get(matcher.label) for matcher in selector.matchers)}
    return {labels: value * (1 if grows else 10) for labels, value in taken.items()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(rate(a[5m]))", 5.0),
        ('sum(rate(a{model="x"}[5m]))', 2.0),
        ("sum(increase(a[5m]))", 1500.0),
        ("max(a)", 30.0),
        ("avg(max_over_time(a[5m]))", 25.0),
        ("count(a)", 2.0),
        ("time() - max(a)", 970.0),
        ("-b", -40.0),
        ("1 - sum(rate(a[5m])) / sum(rate(b[5m]))", -0.25),
        ("sum(rate(b[5m])) - sum by () (rate(a[5m]))", -1.0),
        ("sum(rate(c[5m])) or vector(0)", 4.0),
        ('sum(rate(a{model="z"}[5m])) or vector(0)', 0.0),
        ("clamp_min(sum(rate(a[5m])) - 7, 0)", 0.0),
        ("sum(a > bool 25)", 1.0),
    ],
)
def test_one_value(text: str, value: float) -> None:
    assert worth(text, read, 1000) == {frozenset(): pytest.approx(value)}


def test_labels_are_kept_and_matched() -> None:
    x, y = frozenset({("model", "x")}), frozenset({("model", "y")})
    assert worth("sum by (model) (rate(a[5m]))", read, 0) == {x: 2.0, y: 3.0}
    assert worth("rate(a[5m]) / on (model) sum by (model) (a)", read, 0) == {x: 0.1, y: 0.1}
    assert worth("sum without (model) (a)", read, 0) == {frozenset(): 50.0}
    assert worth("rate(a[5m]) - rate(b[5m])", read, 0) == {}


@pytest.mark.parametrize(
    "text",
    [
        "sum(rate(a[5m] offset 1h))",
        "a > 3",
        "histogram_quantile(0.9, a)",
        "max_over_time(rate(a[5m])[1h:1m])",
        "a / on () group_left () b",
        "b / on () a",
        "a / 0",
        "topk(1, a)",
        "sum_over_time(a[5m])",
        'label_replace(a, "x", "y", "", "")',
    ],
)
def test_what_is_not_understood_is_not_guessed(text: str) -> None:
    assert worth(text, read, 0) is None
