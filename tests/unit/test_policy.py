"""Burn-rate policies: chosen, scaled, tightened, and the test against chance."""

from __future__ import annotations

from decimal import Decimal
from math import comb

import pytest

from slo_compiler import policy
from slo_compiler.build.policies import shipped
from slo_compiler.model import Tier
from slo_compiler.quantities import Duration, Ratio, duration, objective

STANDARD = shipped("standard")


def window(text: str) -> Duration:
    found = duration(text)
    assert isinstance(found, Duration)
    return found


def ratio(text: str) -> Ratio:
    found = objective(text)
    assert isinstance(found, Ratio)
    return found


@pytest.mark.parametrize(("text", "name"), [("99.9%", "standard"), ("94.8%", "standard"), ("94.7%", "low-objective"), ("50%", "low-objective")])
def test_default_is_standard_as_long_as_its_first_tier_can_be_reached(text: str, name: str) -> None:
    assert policy.choose(ratio(text)) == name


@pytest.mark.parametrize("length", ["28d", "30d", "31d"])
def test_a_month_is_not_scaled(length: str) -> None:
    assert policy.scaled(STANDARD, window(length)) == STANDARD
    assert policy.scaled_name("standard", window(length)) == "standard"


@pytest.mark.parametrize(
    ("length", "burns"),
    [("90d", ["19", "7.9", "3.9", "1.3"]), ("7d", ["10", "4.2", "2.1"]), ("24h", ["6.2", "2.6", "1.3"]), ("6h", ["4.4", "1.8"]), ("2h", ["3.3"])],
)
def test_burn_rates_follow_the_window_and_tiers_that_do_not_fit_are_dropped(length: str, burns: list[str]) -> None:
    assert [str(tier.burn) for tier in policy.scaled(STANDARD, window(length))] == burns


def test_a_burn_rate_never_falls_below_the_allowed_one() -> None:
    assert all(tier.burn is None or tier.burn >= 1 for tier in policy.scaled(shipped("sre-workbook"), window("7d")))


def test_a_very_short_window_has_one_ticket_over_itself() -> None:
    (tier,) = policy.scaled(STANDARD, window("90m"))
    assert (tier.severity, tier.long, tier.short, tier.burn) == ("ticket", window("90m"), None, 1)


def test_no_tiers_stay_none() -> None:
    assert policy.scaled((), window("1h")) == ()
    assert policy.scaled_name("none", window("1h")) == "none"


def test_a_scaled_policy_tells_its_window() -> None:
    assert policy.scaled_name("standard", window("7d")) == "standard-7d"


def test_odds_are_not_scaled() -> None:
    tiers = policy.scaled(shipped("low-objective"), window("7d"))
    assert tiers
    assert all(tier.burn is None and tier in shipped("low-objective") for tier in tiers)


@pytest.mark.parametrize(("text", "share"), [("99.9%", "0.0144"), ("90%", "1.44")])
def test_a_burn_rate_is_a_share(text: str, share: str) -> None:
    assert policy.share(STANDARD[0], ratio(text)) == Decimal(share)


@pytest.mark.parametrize("text", ["99.9%", "50%", "1%"])
def test_odds_can_be_reached_at_every_objective(text: str) -> None:
    assert all(policy.share(tier, ratio(text)) < 1 for tier in shipped("low-objective"))


def tightened(tier: Tier, alpha: str | None, least: int) -> tuple[Decimal, int]:
    evidence = policy.tightened(tier, min_events=least, alpha=Decimal(alpha) if alpha else None).evidence
    return evidence.alpha, evidence.min_events


def test_an_slos_demands_never_loosen_a_tier() -> None:
    tier = shipped("low-objective")[0]  # alpha 0.000001, at least 50 events
    assert tightened(tier, "0.5", 10) == (Decimal("0.000001"), 50)
    assert tightened(tier, "0.0000001", 80) == (Decimal("0.0000001"), 80)
    assert tightened(tier, None, 0) == (Decimal("0.000001"), 50)


@pytest.mark.parametrize("share", ["0.001", "0.0144", "0.1", "0.5"])
@pytest.mark.parametrize("total", [1, 10, 100, 1000])
def test_chance_alone_fires_less_often_than_alpha(share: str, total: int) -> None:
    found = policy.critical(Decimal(share), Decimal("0.01"))
    limit = float(found.share) * total + float(found.root) * total**0.5 + float(found.constant or 0)
    s = float(share)
    beyond = 1 - sum(comb(total, k) * s**k * (1 - s) ** (total - k) for k in range(int(limit) + 1))
    assert beyond <= 0.01


@pytest.mark.parametrize("alpha", ["0.5", "1e-17", "1e-99"])
def test_every_alpha_that_can_be_written_has_a_critical_count(alpha: str) -> None:
    assert float(policy.critical(Decimal("0.01"), Decimal(alpha)).root or 0) >= 0


def test_a_constant_below_zero_is_left_out() -> None:
    assert policy.critical(Decimal("0.9"), Decimal("0.01")).constant == ""


def test_quantiles_that_are_stated_are_those_of_the_normal_distribution() -> None:
    from statistics import NormalDist

    assert {alpha: NormalDist().inv_cdf(alpha) for alpha in policy.QUANTILES} == pytest.approx(policy.QUANTILES, rel=1e-15)
