"""Counting, from raw counters to alerts: good traffic, an outage, quiet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.model import SHORT_WINDOW, Slo, Spec, Tier
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import Claim, Expected, Series, Test, alerts, series
from slo_compiler.ruletest.counters import Counters, Raw, counters
from slo_compiler.ruletest.values import identity, times
from slo_compiler.simulate import trigger

_SCRAPES = 4  # a step: so that a range that is half a step too long shows
_RATE = 100  # events a step
_GOOD, _BAD = 10, 40  # steps that each lasts; both fit into an hour, and most of it is bad
_HOUR = Duration(Decimal(3600))


@dataclass(frozen=True, slots=True)
class _Play:
    """An outage of one SLO: its raw series and the moments, in steps, at which events begin, all of them are counted and the last tier has ended."""

    slo: Slo
    raw: Counters
    step: Duration
    begin: int
    counted: int
    end: int
    tiers: tuple[Tier, ...]

    @property
    def labels(self) -> dict[str, str]:
        """Of its own series."""
        return {**identity(self.slo), **self.raw.by}


def claim(slo: Slo, rules: Sequence[AlertRule], spec: Spec) -> Claim:
    """What is said of how an SLO counts."""
    subject = f"{slo.service}/{slo.name}"
    raw = counters(slo, spec.prometheus.target_labels)
    if isinstance(raw, str):
        return Claim(subject, "counting", raw)
    play = _play(slo, raw, spec)
    test = Test(
        subject,
        f"{subject}: counting",
        f"{_GOOD} steps of good events, {_BAD} of bad ones, then quiet: each is counted once, others not, fast tiers fire and end.",
        Duration(play.step.seconds / _SCRAPES),
        tuple(_series(play)),
        (*_counts(play), *_alerting(play, rules)),
    )
    fired = f"; an outage fires {', '.join(tier.name for tier in play.tiers)}" if play.tiers else ""
    return Claim(subject, "counting", f"{_GOOD * _RATE:,} good and {_BAD * _RATE:,} bad events of raw counters, each once{fired}", (test,))


def _play(slo: Slo, raw: Counters, spec: Spec) -> _Play:
    step = spec.prometheus.step
    late = math.ceil(spec.prometheus.delay.seconds / step.seconds)
    begin = late + 2  # a target is known from its second step on
    counted = begin + _GOOD + _BAD + late + 1
    tiers = tuple(tier for tier in slo.alerting.tiers if _surely_fires(slo, tier, step))
    lasts = [tier.short.seconds + (tier.keep_firing_for.seconds if tier.keep_firing_for else 0) for tier in tiers if tier.short]
    return _Play(slo, raw, step, begin, counted, counted + math.ceil(max(lasts, default=Decimal(0)) / step.seconds) + 2, tiers)


def _surely_fires(slo: Slo, tier: Tier, step: Duration) -> bool:
    """Whether the outage passes both windows of a tier of some hours, which its short one ends."""
    cell = slo.cells[-1]
    when = trigger(tier, cell, is_counted=slo.is_counted)
    if when is None or tier.short is None or tier.long > SHORT_WINDOW or tier.long < _HOUR or tier.name in slo.alerting.disable:
        return False
    critical = when.critical((_GOOD + _BAD) * _RATE)
    short = tier.short.seconds / step.seconds
    in_short = 1 if 4 < short <= _BAD else _BAD / (_GOOD + _BAD)
    return critical is not None and critical <= _BAD * _RATE and when.share < in_short


def _series(play: _Play) -> list[Series]:
    found = []
    for one in dict.fromkeys((*play.raw.good, *play.raw.bad)):
        before, then = one in play.raw.good, one in play.raw.bad
        grows = ((play.begin, 0), (_GOOD, before), (_BAD, then), (play.end - play.begin - _GOOD - _BAD + 1, 0))
        found.append(Series(_name(one), _values(grows, born=play.raw.born and not before)))
    return [*found, *(Series(_name(one), f"0+7x{play.end * _SCRAPES}") for one in play.raw.foreign)]


def _values(grows: Sequence[tuple[int, bool | int]], *, born: bool) -> str:
    """A counter that does or does not grow for so many steps, one after the other; one that is `born` is not there before."""
    parts, now = [], 0
    for steps, does in grows:
        samples, by = steps * _SCRAPES, _RATE // _SCRAPES * does
        if born and not now and not does:
            parts.append(f"_x{samples}")
        else:
            parts.append(f"{now + by}+{by}x{samples - 1}" if does else f"{now}x{samples - 1}")
        now += by * samples
    return " ".join(parts)


def _name(raw: Raw) -> str:
    return series(raw[0], dict(raw[1]))


def _counts(play: _Play) -> list[Expected]:
    """What the last step and the last hour hold while all is good, and when the outage has been counted."""
    now, hour = (names.TOTAL_DELTA, names.BAD_DELTA), (names.total_sum(_HOUR), names.bad_sum(_HOUR))
    wanted = [(now, play.begin + _GOOD - 3, (_RATE, 0)), (hour, play.counted, ((_GOOD + _BAD) * _RATE, _BAD * _RATE)), (now, play.end, (0, 0))]
    found = []
    for records, at, values in wanted:
        for record, value in zip(records, values, strict=True):
            selected = series(record, {"slo_id": play.slo.id})
            found.append(Expected(selected, times(play.step, at), ((series(record, play.labels), str(value)),)))
    return found


def _alerting(play: _Play, rules: Sequence[AlertRule]) -> list[Expected]:
    """No alert while all is good, the fast tiers after the outage, none of them in the end."""
    everything = series("ALERTS", {"slo_id": play.slo.id, "alertstate": "firing"})
    found = [Expected(everything, times(play.step, play.begin + _GOOD - 1))]
    firing = [rule for rule in rules if rule.labels.get("slo_tier") in {tier.name for tier in play.tiers}]
    for rule in firing:
        found.append(Expected(f"count({alerts(rule)})", times(play.step, play.counted), (("{}", "1"),)))
        found.append(Expected(alerts(rule), times(play.step, play.end)))
    return found
