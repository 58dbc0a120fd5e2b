"""Burn-rate tiers: what each needs, and whether some incident is found later than before, by the numbers that `slo explain` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from slo_compiler import portrait, wording
from slo_compiler.changes.measures import Promise
from slo_compiler.changes.model import Effect, Sentence
from slo_compiler.changes.shares import cells
from slo_compiler.model import Prometheus, Slo, Tier
from slo_compiler.portrait import RATES, SHARES
from slo_compiler.simulate import Trigger

#: How loud the severities of our own policies are; other words are louder than nothing but themselves.
_LOUDNESS = {"page": 3, "critical": 3, "ticket": 2, "warning": 2, "digest": 1}
_BEYOND = (1.02, 2.0)  # times a tier's own share: incidents just above it, and clearly
_HAIR = 1.001

Triggers = tuple[Trigger, ...]


def sentences(old: Slo, new: Slo, servers: tuple[Prometheus, Prometheus]) -> Iterator[Sentence]:
    """What differs in the policy, and in what its tiers need; tiers that come or go are told among the alerts."""
    if old.alerting.policy != new.alerting.policy:
        words = ": no burn-rate alert any more" if new.alerting.policy == "none" else f", before: {old.alerting.policy}"
        yield Sentence("policy", f"policy {new.alerting.policy}{words}", Effect.OTHER)
    rate = portrait.usual_rate(new, servers[1])
    told: list[tuple[str, Effect]] = []
    for name, before, after in cells(old, new):
        both = portrait.triggers(old, before, servers[0]), portrait.triggers(new, after, servers[1])
        found = [] if _bare(both[0]) == _bare(both[1]) else list(_needs(*both, rate))
        if found and found != told:
            told = told or found
            yield from _merged(found, f"for {name}, " if name else "")


def effect_of_lost(tier: str, old: Promise, new: Promise, servers: tuple[Prometheus, Prometheus]) -> Effect:
    """What it does that `old` has a tier that `new` has not: weaker where none as loud fires as early, or asks for the same action."""
    if not isinstance(old, Slo) or not isinstance(new, Slo):
        return Effect.WEAKER
    for _, before, after in cells(old, new):
        lost = next((one for one in portrait.triggers(old, before, servers[0]) if one.tier.name == tier), None)
        if lost is None:
            continue
        if _is_missed(lost, portrait.triggers(new, after, servers[1])):
            return Effect.WEAKER
    return Effect.SAME


def effect_of_severity(old: str, new: str) -> Effect:
    """What another severity of an alert does; words that are not ours say nothing."""
    loudness = _LOUDNESS.get(old), _LOUDNESS.get(new)
    if loudness[0] is None or loudness[1] is None or loudness[0] == loudness[1]:
        return Effect.OTHER
    return Effect.WEAKER if loudness[1] < loudness[0] else Effect.STRONGER


# --- one tier ----------------------------------------------------------------------------------------------------------------------


def _needs(old: Triggers, new: Triggers, rate: float) -> Iterator[tuple[str, Effect]]:
    known = {one.tier.name: one for one in old}
    times = {one.tier.name: found for one in new if (found := one.seconds_to_fire(1.0, rate)) is not None}
    first = min(times, key=lambda name: times[name], default="")
    for after in new:
        before = known.get(after.tier.name)
        if before and _bare((before,)) != _bare((after,)) and (words := ", ".join(_differences(before, after, rate, is_first=after.tier.name == first))):
            effect = Effect.WEAKER if _is_missed(before, new) else Effect.STRONGER if _is_missed(after, old) else Effect.OTHER
            yield f"{after.tier.name} {words}", effect


def _merged(found: Sequence[tuple[str, Effect]], who: str) -> Iterator[Sentence]:
    """One sentence an effect."""
    for effect in dict.fromkeys(effect for _, effect in found):
        yield Sentence("tiers", f"{who}now {'; '.join(text for text, one in found if one is effect)}", effect)


def _differences(old: Trigger, new: Trigger, rate: float, *, is_first: bool) -> Iterator[str]:
    """What a tier needs now, in words; numbers of events at so many an hour, and of the first one how soon it fires."""
    before, after = old.tier, new.tier
    if (share := f"{new.share * 100:.3g}%") != f"{old.share * 100:.3g}%":
        yield f"needs {share} bad (before: {old.share * 100:.3g}%)"
    if (before.long, before.short) != (after.long, after.short):
        yield f"looks back {_windows(after)} (before: {_windows(before)})"
    elif share == f"{old.share * 100:.3g}%" and (counts := (_critical(old, rate), _critical(new, rate)))[0] != counts[1]:
        yield f"needs {counts[1]} bad of {rate * new.hours:,.0f} events (before: {counts[0]})"
    if before.evidence.min_events != after.evidence.min_events:
        yield f"needs {after.evidence.min_events} events in all (before: {before.evidence.min_events or 'no least number'})"
    if before.severity != after.severity:
        yield f"has severity {after.severity} (before: {before.severity})"
    if before.action != after.action:
        yield f"asks for {after.action or 'no action'} (before: {before.action or 'none'})"
    if before.keep_firing_for != after.keep_firing_for:
        yield f"goes on for {after.keep_firing_for or 'no time'} after recovery (before: {before.keep_firing_for or 'none'})"
    times = [_after(one.seconds_to_fire(1.0, rate)) for one in (old, new)]
    if is_first and times[0] != times[1]:
        yield f"fires {times[1]} into a full outage (before: {times[0]})"


def _windows(tier: Tier) -> str:
    return f"{tier.long} and {tier.short}" if tier.short else str(tier.long)


def _critical(trigger: Trigger, rate: float) -> str:
    found = trigger.critical(rate * trigger.hours)
    return "more than all" if found is None else f"{found:,}"


def _after(seconds: float | None) -> str:
    return "never" if seconds is None else wording.span(seconds)


# --- later or sooner ---------------------------------------------------------------------------------------------------------------


def _is_missed(tier: Trigger, others: Triggers) -> bool:
    """Whether some incident is told later than by a tier, or less loudly, or without asking for its action, where there are others in its place."""
    as_loud = [one for one in others if _is_as_loud(one.tier, tier.tier)]
    acting = [one for one in others if one.tier.action == tier.tier.action] if tier.tier.action else as_loud
    return _is_later(tier, as_loud) or _is_later(tier, acting)


def _is_later(old: Trigger, new: Sequence[Trigger]) -> bool:
    """Whether some incident that `old` finds is found later by `new`, or never: over shares around what each needs, and few and many events."""
    near = {min(1.0, one.share * times) for one in (old, *new) for times in _BEYOND}
    for share, rate in product(sorted({*SHARES, *near}), RATES):
        before, after = old.seconds_to_fire(share, rate), _first(new, share, rate)
        if before is not None and (after is None or after > before * _HAIR):
            return True
    return False


def _first(triggers: Sequence[Trigger], share: float, rate: float) -> float | None:
    return min((found for one in triggers if (found := one.seconds_to_fire(share, rate)) is not None), default=None)


def _is_as_loud(one: Tier, other: Tier) -> bool:
    loudness = _LOUDNESS.get(one.severity), _LOUDNESS.get(other.severity)
    return one.severity == other.severity or (loudness[0] is not None and loudness[1] is not None and loudness[0] >= loudness[1])


def _bare(triggers: Triggers) -> Triggers:
    """Without the places in files."""
    return tuple(replace(one, tier=replace(one.tier, where=None)) for one in triggers)
