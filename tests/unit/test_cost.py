"""What rules read, foretold: `tests/live/test_cost.py` compares it with what Prometheus counts."""

from __future__ import annotations

import pytest

from slo_compiler import cost
from slo_compiler.lower import lower
from slo_compiler.promql import Read, reads
from slo_compiler.templating import Templates
from tests.unit.given import EVENTS, HISTOGRAM, built, file, promise

NOTHING = frozenset[str]()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vector(1)", []),
        ("x", [Read("x", NOTHING, None, 1)]),
        ('x{a="b",c!~"d"} offset 5m', [Read("x", frozenset("ac"), None, 1)]),
        ("rate(x[5m])", [Read("x", NOTHING, 300, 1)]),
        ('sum_over_time(x{a="b"}[3599999ms])', [Read("x", frozenset("a"), 3599.999, 1)]),
        ('sum_over_time(x{a="b"}[7775999999ms])', [Read("x", frozenset("a"), 7775999.999, 1)]),
        ('sum_over_time(x{a="b"}[1h:5m])', [Read("x", frozenset("a"), None, 13)]),
        ("sum_over_time(x[7775999999ms:5m])", [Read("x", NOTHING, None, 25920)]),  # 90 days, of which the library counts no milliseconds
        ("(sum(x) / max by (a) (-y)) or z > 1", [Read("x", NOTHING, None, 1), Read("y", NOTHING, None, 1), Read("z", NOTHING, None, 1)]),
    ],
)
def test_what_an_expression_reads(text: str, found: list[Read]) -> None:
    assert reads(text) == found


def samples(sli: object, *, series: int = 10, values: int = 1, beside: int = 0) -> int:
    """What the first SLO of a service reads in an hour."""
    spec = built(file(*(promise(name=f"x{number}", sli=sli) for number in range(beside + 1)))).spec
    (service,) = lower(spec, Templates()).services
    return cost.of_slo(spec.slos[0], service, spec.prometheus, series=series, values=values).samples


def test_each_raw_series_costs_as_much_as_any_other() -> None:
    few, more, many = (samples(EVENTS, series=series) for series in (10, 20, 110))
    assert many - few == 10 * (more - few) > 0


def test_each_value_of_by_costs_as_much_as_any_other() -> None:
    one, two, three = (samples(EVENTS, values=values) for values in (1, 2, 3))
    assert three - two == two - one > 0


def test_other_slos_of_a_service_cost_an_slo_nothing() -> None:
    assert samples(EVENTS, beside=3) == samples(EVENTS)


def test_a_quantile_reads_an_hour_of_all_buckets() -> None:
    scores = {"histogram": {"metric": "latency_seconds", "at_most": 2, "step": 1, "buckets": [1, 2, 3]}}
    quantile, share = samples(HISTOGRAM), samples(scores)
    assert quantile - share == pytest.approx(10 * 12 * 60 * 24, rel=0.1)  # series, buckets, samples of an hour, evaluations in an hour
