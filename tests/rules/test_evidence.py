"""The closed form of evidence against the exact binomial test: never more permissive, hardly ever stricter."""

from __future__ import annotations

from decimal import Decimal
from math import exp, floor, lgamma, log, log1p, sqrt

import pytest

from slo_compiler import policy

SHARES = [0.0005, 0.001, 0.003, 0.0144, 0.05, 0.08, 0.12, 0.3, 0.5, 0.7]
EXPECTED_BAD = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 10_000, 100_000]


@pytest.mark.parametrize(("alpha", "one_event", "below_one_event"), [("0.01", 1, 1), ("0.0001", 1, 3), ("0.00001", 1, 3), ("0.000001", 2, 3)])
@pytest.mark.parametrize("share", SHARES)
def test_evidence_is_the_exact_test_in_closed_form(share: float, alpha: str, one_event: int, below_one_event: int) -> None:
    for expected in EXPECTED_BAD:
        total = round(expected / share)
        if total:
            stricter = _ours(total, share, alpha) - _exact(total, share, float(alpha))
            assert 0 <= stricter <= (one_event if expected >= 1 else below_one_event), (total, share, alpha)


def _ours(total: int, share: float, alpha: str) -> int:
    """The smallest number of bad events that fires, by the constants as they are printed; one more than all where none does."""
    printed = policy.critical(Decimal(str(share)), Decimal(alpha))
    needed = float(printed.share) * total + float(printed.root) * sqrt(total) + float(printed.constant or 0)
    return min(floor(needed), total) + 1


def _exact(total: int, share: float, alpha: float) -> int:
    """The smallest number of bad events that chance yields with a probability of at most `alpha`, if `share` is true."""
    low, high = 0, total + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _chance(middle, total, share) <= alpha else (middle + 1, high)
    return low


def _chance(bad: int, total: int, share: float) -> float:
    """The probability of `bad` events or more, summed outwards from its largest term on the shorter side."""
    if not 0 < bad <= total:
        return float(bad <= 0)
    odds = share / (1 - share)
    is_upper = bad > total * share
    at = bad if is_upper else bad - 1
    term = exp(lgamma(total + 1) - lgamma(at + 1) - lgamma(total - at + 1) + at * log(share) + (total - at) * log1p(-share))
    tail = 0.0
    while 0 <= at <= total and term > tail * 1e-17:
        tail += term
        term *= (total - at) / (at + 1) * odds if is_upper else at / (total - at + 1) / odds
        at += 1 if is_upper else -1
    return tail if is_upper else 1 - tail
