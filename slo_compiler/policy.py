"""Burn-rate policies: which tiers an SLO gets, scaled to its window, and the evidence that each needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from slo_compiler.model import Cell, Check, Evidence, Mean, Quantile, Share, Sli, Tier, TimeSlices
from slo_compiler.quantities import Duration, Ratio, six_digits

#: `default` is `standard` as long as its fastest tier can be reached well before everything is bad.
FASTEST = Decimal("14.4")
_STANDARD_REACH = Decimal("0.75") / FASTEST
_MONTH = Decimal(30 * 86400)
_WEEK = Duration(Decimal(7 * 86400))
_UNSCALED = (Decimal(28 * 86400), Decimal(31 * 86400))
_SHORT_WINDOW = Decimal(2 * 3600)
NAMES = ("default", "standard", "low-objective", "sre-workbook", "two-tier", "warning-critical", "none")

#: Normal quantiles of the alphas of our own policies, as `statistics.NormalDist` computes them: its import is a tenth of a small run.
QUANTILES = {0.01: -2.3263478740408408, 0.001: -3.090232306167813, 0.0001: -3.71901648545568, 0.00001: -4.2648907939228256, 0.000001: -4.753424308822899}

SAMPLE, OF_QUANTILE = 50, 500  # events, below which a share, or a quantile, says nothing
THRESHOLD = Evidence("threshold", Decimal("0.01"))
OF_CHECK = Decimal("0.01")  # how often chance may pass a bound of a share


def freeze(window: Duration) -> Evidence:
    """What a freeze needs besides a spent budget: a window of hours or days is asked so often that chance has many tries, at the target above all."""
    return Evidence("objective", Decimal("0.01") if window >= _WEEK else Decimal("0.001"))


def choose(objective: Ratio) -> str:
    """The policy that `default` stands for."""
    return "standard" if objective.budget <= _STANDARD_REACH else "low-objective"


def scaled(tiers: tuple[Tier, ...], window: Duration) -> tuple[Tier, ...]:
    """The tiers of a policy of ours for an SLO window: fixed windows, burn times (W/30d)^(1/4), tiers that do not fit are dropped."""
    if not tiers or _UNSCALED[0] <= window.seconds <= _UNSCALED[1]:
        return tiers
    if window.seconds < _SHORT_WINDOW:
        linger = Duration(_SHORT_WINDOW)
        return (Tier("ticket", "ticket", window, None, THRESHOLD, burn=Decimal(1), keep_firing_for=linger),)
    factor = float(window.seconds / _MONTH) ** 0.25
    fitting = [tier for tier in tiers if tier.long.seconds * tier.fits <= window.seconds]
    return tuple(replace(tier, burn=_scaled_burn(tier.burn, factor)) for tier in fitting)


def scaled_name(name: str, window: Duration) -> str:
    """The policy's name as `slo:info` tells it: `standard`, `standard-7d`."""
    unscaled = name == "none" or _UNSCALED[0] <= window.seconds <= _UNSCALED[1]
    return name if unscaled else f"{name}-{window}"


def _scaled_burn(burn: Decimal | None, factor: float) -> Decimal | None:
    return None if burn is None else max(Decimal(1), Decimal(f"{float(burn) * factor:.2g}"))


def share(tier: Tier, objective: Ratio) -> Decimal:
    """The bad share above which a tier fires."""
    b = objective.budget
    if tier.burn is not None:
        return tier.burn * b
    k = tier.odds or Decimal(1)
    return k * b / (1 - b + k * b)


def can_fire(tier: Tier, cell: Cell, sli: Sli, *, step: Duration) -> bool:
    """Whether anything could make a tier fire: fewer than all bad events must do, and time has but one event a step of the rules."""
    return share(tier, cell.objective) < 1 and not (isinstance(sli, TimeSlices) and (tier.long <= sli.slice or is_starved(tier, step)))


def is_starved(tier: Tier, step: Duration) -> bool:
    """Whether a tier wants more slices of time than its long window has steps."""
    return tier.evidence.min_events > tier.long.seconds / step.seconds


def tightened(tier: Tier, *, min_events: int, alpha: Decimal | None) -> Tier:
    """The tier with an SLO's own demands on evidence, which never loosen it."""
    evidence = tier.evidence
    strict = evidence.alpha if alpha is None else min(alpha, evidence.alpha)
    return replace(tier, evidence=Evidence(evidence.against, strict, max(min_events, evidence.min_events)))


@dataclass(frozen=True, slots=True)
class Critical:
    """`bad > share * total + root * sqrt(total) + constant`, printed with six digits; empty texts stand for zero."""

    share: str
    root: str
    constant: str


@lru_cache(maxsize=4096)
def critical(at: Decimal, alpha: Decimal) -> Critical:
    """The one-sided exact binomial test (H0: true share <= `at`) as a critical count, in closed form.

    Against the exact test on 4,132 points it is never more permissive and never more than one event stricter.
    """
    z = z_of(alpha)
    s = float(at)
    constant = (z * z - 1) * (1 - 2 * s) / 6 + 0.5
    return Critical(six_digits(at), six_digits(z * math.sqrt(s * (1 - s))), six_digits(constant) if constant > 0 else "")


def z_of(alpha: Decimal) -> float:
    """The normal quantile of the test, one-sided."""
    return -_normal_quantile(float(alpha))  # not of 1 - alpha, which is 1 for a very small alpha


@lru_cache(maxsize=256)
def _normal_quantile(p: float) -> float:
    if p in QUANTILES:
        return QUANTILES[p]
    from statistics import NormalDist  # noqa: PLC0415  # late: a slow import

    return NormalDist().inv_cdf(p)


def least_events(check: Check) -> int:
    """Events that a comparison needs, then and now; 0 where nothing is counted, and where distances between shares are tested against chance."""
    verdict, baseline = check.verdict, check.baseline
    if baseline is None or not isinstance(check.value, Share | Mean | Quantile):
        return 0
    if isinstance(check.value, Share) and not verdict.of_baseline and not baseline.median:
        return 0
    return OF_QUANTILE if isinstance(check.value, Quantile) else SAMPLE


def chance_limit(check: Check) -> Decimal | None:
    """The bad share that a plain bound of a share allows, and that chance alone may pass; None for all else."""
    share, verdict = check.value, check.verdict
    if not isinstance(share, Share) or verdict.of_baseline or verdict.key != ("at_least" if share.is_good else "at_most"):
        return None
    limit = 1 - verdict.number if share.is_good else verdict.number
    return limit if 0 < limit < 1 else None
