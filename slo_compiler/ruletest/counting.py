"""Counting, from raw counters to alerts: good traffic, an outage, quiet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.model import SHORT_WINDOW, Histogram, Slo, Spec, Tail, Tier, TimeSlices
from slo_compiler.quantities import Duration
from slo_compiler.ruletest import masks, slices, tails
from slo_compiler.ruletest.claims import Claim, Expected, Test, alerts, series
from slo_compiler.ruletest.raw import RATE, SCRAPES, Part, Traffic, counts, traffic
from slo_compiler.ruletest.values import times
from slo_compiler.simulate import trigger

_GOOD, _BAD = 10, 40  # steps that each lasts; both fit into an hour, and most of it is bad
_HOUR = Duration(Decimal(3600))


@dataclass(frozen=True, slots=True)
class _Play:
    """An outage of one SLO: its traffic and the moments, in steps, at which events begin, turn bad, are over, all counted, and the last tier has ended."""

    slo: Slo
    traffic: Traffic
    step: Duration
    begin: int
    turn: int
    over: int
    counted: int
    end: int
    tiers: tuple[Tier, ...]


def claim(slo: Slo, rules: Sequence[AlertRule], spec: Spec) -> Claim:
    """What is said of how an SLO counts."""
    subject = slo.full_name
    if isinstance(slo.sli, TimeSlices):
        return slices.claim(slo, slo.sli, spec)
    if isinstance(slo.sli, Tail):
        return tails.claim(slo, slo.sli, spec)
    found = traffic(slo, spec.prometheus)
    if isinstance(found, str):
        return Claim(subject, "counting", found)
    if slo.is_masked and isinstance(slo.sli, Histogram) and slo.sli.native:
        return Claim(subject, "counting", "its counting in some hours has no test with native histograms")
    if slo.is_masked:
        return masks.claim(slo, found.states, spec)
    play = _play(slo, found, spec)
    good, bad = play.turn - play.begin, play.over - play.turn
    test = Test(
        subject,
        f"{subject}: counting",
        f"{good} steps of good events, {bad} of bad ones, then quiet: each is counted once, others not, fast tiers fire and end.",
        Duration(play.step.seconds / SCRAPES),
        (*(flow.series(_phases(play)) for flow in found.flows), *(line.series(play.end * SCRAPES) for line in found.beside)),
        (*_counts(play), *_alerting(play, rules)),
    )
    fired = f"; an outage fires {', '.join(tier.name for tier in play.tiers)}" if play.tiers else ""
    once = "at their pace" if found.settles else "each once"
    words = f"{good * RATE:,} good and {bad * RATE:,} bad events of raw counters, {once}{found.words}{fired}"
    is_native = isinstance(slo.sli, Histogram) and slo.sli.native
    return Claim(subject, "counting", words, (), (), (test,)) if is_native else Claim(subject, "counting", words, (test,))


def _phases(play: _Play) -> list[tuple[int, str]]:
    return [(play.begin, "quiet"), (play.turn - play.begin, "good"), (play.over - play.turn, "bad"), (play.end - play.over + 1, "quiet")]


def _play(slo: Slo, found: Traffic, spec: Spec) -> _Play:
    step = spec.prometheus.step
    late = math.ceil(spec.prometheus.delay.seconds / step.seconds)
    settled = math.ceil(found.settles.seconds / step.seconds) + late + 3 if found.settles else 0
    begin = late + 2  # a target is known from its second step on
    turn = begin + max(_GOOD, settled)
    over = turn + max(_BAD, settled)
    counted = over + (settled or late) + 1
    tiers = tuple(tier for tier in slo.alerting.tiers if _surely_fires(slo, tier, found.bad[0], (turn - begin, over - turn), step))
    lasts = [tier.short.seconds + (tier.keep_firing_for.seconds if tier.keep_firing_for else 0) for tier in tiers if tier.short]
    end = counted + math.ceil(max(lasts, default=Decimal(0)) / step.seconds) + 2
    return _Play(slo, found, step, begin, turn, over, counted, end, tiers)


def _surely_fires(slo: Slo, tier: Tier, outage: Part, lasts: tuple[int, int], step: Duration) -> bool:
    """Whether the outage passes both windows of a tier of some hours, which its short one ends."""
    when = trigger(tier, slo.cells[-1], is_counted=slo.is_counted)
    if when is None or tier.short is None or tier.long > SHORT_WINDOW or tier.long < _HOUR or tier.name in slo.alerting.disable:
        return False
    good, bad = lasts
    critical = when.critical((good + bad) * RATE)
    of_outage = float(outage.bad) / RATE
    short = tier.short.seconds / step.seconds
    in_short = of_outage * (1 if 4 < short <= bad else bad / (good + bad))
    return critical is not None and critical <= bad * outage.bad and when.share < in_short


def _counts(play: _Play) -> list[Expected]:
    """What the last step holds while all is good or bad, the last hour when the outage has been counted, and the last step of all."""
    found, late = play.traffic, play.counted - play.over
    now, hour = (names.TOTAL_DELTA, names.BAD_DELTA), (names.total_sum(_HOUR), names.bad_sum(_HOUR))
    good, bad = play.turn - play.begin, play.over - play.turn
    whole = [Part(one.by, one.total * good + two.total * bad, one.bad * good + two.bad * bad) for one, two in zip(found.good, found.bad, strict=True)]
    quiet = [replace(one, total=0, bad=Decimal(0)) for one in found.good]
    wanted = [(now, play.turn - 3, found.good), (now, play.over - 1, found.bad), (now, play.end, quiet)]
    if not found.settles:
        wanted.insert(2, (hour, play.over + late, whole))
    return [one for records, at, parts in wanted for one in counts(play.slo, records, parts, times(play.step, at))]


def _alerting(play: _Play, rules: Sequence[AlertRule]) -> list[Expected]:
    """No alert while all is good, the fast tiers after the outage, none of them in the end."""
    everything, of = series("ALERTS", {"slo_id": play.slo.id, "alertstate": "firing"}), play.traffic.good[0].by
    found = [Expected(everything, times(play.step, play.turn - 1))]
    firing = [rule for rule in rules if rule.labels.get("slo_tier") in {tier.name for tier in play.tiers}]
    for rule in firing:
        found.append(Expected(f"count({alerts(rule, of)})", times(play.step, play.counted), (("{}", "1"),)))
        found.append(Expected(alerts(rule, of), times(play.step, play.end)))
    return found
