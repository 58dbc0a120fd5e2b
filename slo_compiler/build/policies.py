"""Burn-rate policies: our own, those of files, and tiers that stand in an SLO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

from slo_compiler import names, policy, resources, source
from slo_compiler.build import texts
from slo_compiler.build.entry import Entry, length, take
from slo_compiler.diagnostics import Report, Where, nearest
from slo_compiler.model import Evidence, Tier
from slo_compiler.quantities import Duration, Ratio

LONGEST = Duration(Decimal(90 * 86400))  # window of an SLO


@dataclass(frozen=True, slots=True)
class Policies:
    """The tiers of policies that files describe, by name; `is_whole` unless a file could not be understood, which then has any name that is not known."""

    tiers: Mapping[str, tuple[Tier, ...]] = field(default_factory=dict)
    is_whole: bool = True


def find(entry: Entry | None, objective: Ratio, window: Duration, own: Policies, report: Report) -> tuple[str, tuple[Tier, ...]]:
    """Name and tiers of the policy that an SLO asks for; ours are scaled to its window, a user's are taken as written."""
    if entry and isinstance(entry.data, dict):
        tiers = entry.get("tiers")
        return "inline", _inline(tiers, window, report) if tiers else ()
    name = entry.data if entry else "default"
    if name in own.tiers:
        return name, tuple(tier for tier in own.tiers[name] if tier.long <= window)
    if name not in policy.NAMES:
        if not own.is_whole:  # the mistake in the file has been told
            return "none", ()
        known = [*policy.NAMES, *own.tiers]
        near = nearest(str(name), known)
        help = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}; or write tiers of your own"
        report.error("policy/unknown", entry.where if entry else Where(""), f"no policy is called {name!r}", help)
        return "none", ()
    chosen = policy.choose(objective) if name == "default" else name
    return policy.scaled_name(chosen, window), _scaled(chosen, window)


@cache
def _scaled(name: str, window: Duration) -> tuple[Tier, ...]:
    return policy.scaled(shipped(name), window)


@cache
def shipped(name: str) -> tuple[Tier, ...]:
    """The tiers of one of our own policies, unscaled. Raises ValueError where the file is not a policy (our mistake)."""
    report = Report()
    text = source.Source(name, resources.template_text(f"policies/{name}.yaml"))
    (document,) = source.parse(text, report)
    tiers = Entry(document.data, document.where, frozenset()).get("tiers")
    found = tuple(tier for entry in tiers.entries() if (tier := _tier(entry, report))) if tiers else ()
    if report.findings:
        raise ValueError(report.findings[0].message)
    return tuple(replace(tier, where=None) for tier in found)


@cache
def shipped_names() -> frozenset[str]:
    """The names of all tiers of our own policies."""
    return frozenset(tier.name for name in policy.NAMES if name != "default" for tier in shipped(name))


@cache
def severities() -> frozenset[str]:
    """The severities of our own policies."""
    return frozenset(tier.severity for name in policy.NAMES if name != "default" for tier in shipped(name))


def add_file(document: Entry, known: dict[str, tuple[Tier, ...]], report: Report) -> bool:
    """Add the policy of a file to those that are known; whether its name could be understood."""
    name, tiers = document.get("name"), document.get("tiers")
    if name is None:
        return False
    if name.data in policy.NAMES or name.data in known:
        whose = "ours" if name.data in policy.NAMES else "another file's"
        report.error("policy/name", name.where, f"the policy name {name.data} is {whose} already", "choose another name: SLOs find a policy by it")
        return False
    known[name.data] = _named(tiers, report) if tiers else ()
    return True


def _inline(entry: Entry, window: Duration, report: Report) -> tuple[Tier, ...]:
    """The tiers of an SLO, none of them longer than its window."""
    tiers = []
    for tier in _named(entry, report):
        if tier.long > window and tier.where:
            help = f"shorten it, or give the SLO a longer window than {window}"
            report.error("policy/windows", tier.where / "long", f"the tier looks back {tier.long}, longer than the SLO's window of {window}", help)
        else:
            tiers.append(tier)
    return tuple(tiers)


def _named(entry: Entry, report: Report) -> tuple[Tier, ...]:
    """Tiers that differ in name."""
    tiers: dict[str, Tier] = {}
    for place in entry.entries():
        tier = _tier(place, report)
        if tier is None:
            continue
        if tier.name in tiers or tier.name in names.OTHER_ALERTS:
            help = "each tier needs a name of its own: it tells the alerts apart, as the label slo_tier"
            found = "is the name of another alert" if tier.name in names.OTHER_ALERTS else "is used twice"
            report.error("policy/tier-name", place.where / "name", f"the tier name {tier.name} {found}", help)
        else:
            tiers[tier.name] = tier
    return tuple(tiers.values())


def _tier(entry: Entry, report: Report) -> Tier | None:
    name, severity = entry.get("name"), entry.get("severity")
    long = take(entry.get("long"), length, report)
    short_at = entry.get("short")
    short = take(short_at, length, report)
    linger = take(entry.get("keep_firing_for"), length, report)
    for place in (severity, entry.get("action")):
        if place:  # becomes a label of the alert
            texts.check_template(place, report)
    if not name or not severity or not long:
        return None
    if short_at and short and short >= long:
        help = "the short window ends an alert quickly: a twelfth of the long one is usual, 5m for 1h"
        report.error("policy/windows", short_at.where, f"the short window must be shorter than the long one, {long}, got {short}", help)
        return None
    if long > LONGEST:
        help = "an SLO looks back 90d at most: 1h, 6h, 24h and 3d are usual"
        report.error("policy/windows", (entry.where / "long"), f"the tier looks back {long}, longer than any window", help)
        return None
    evidence = entry.get("evidence")
    found = Evidence("threshold", Decimal("0.01"))
    if evidence:
        alpha = Decimal(evidence.value("alpha", found.alpha))
        found = Evidence(evidence.value("against", found.against), alpha, evidence.value("min_events", 0))
    burn, odds = entry.value("burn", None), entry.value("odds", None)
    return Tier(
        name.data, severity.data, long, short, found, _decimal(burn), _decimal(odds), entry.value("action", ""), linger, entry.value("fits", 1), entry.where
    )  # fmt: skip


def _decimal(number: int | Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(number)
