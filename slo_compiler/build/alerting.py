"""How an SLO alerts: its policy found, scaled and tightened, its own labels and annotations sorted by alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache

from slo_compiler import names, policy, resources, source
from slo_compiler.build import texts
from slo_compiler.build.entry import Entry, length, take
from slo_compiler.diagnostics import Report, Where, nearest
from slo_compiler.model import Alerting, Cell, Evidence, Tier
from slo_compiler.quantities import Duration, Ratio

_SAMPLE = 50  # events that a tier needs when they are a sample
_EVERY_ALERT = ""
_NOTHING = Entry({}, Where(""), frozenset())


def alerting(
    entry: Entry | None, category: str, objective: Ratio, window: Duration, cells: tuple[Cell, ...],
    *, by: tuple[str, ...], sampled: bool, report: Report,
) -> Alerting:  # fmt: skip
    """The alerting of an SLO whose `alerting` key is `entry`."""
    entry = entry or _NOTHING
    name, tiers = _policy(entry.get("policy"), objective, window, report)
    disabled = _disabled(entry, tiers, report)
    least = max(entry.value("min_events", 0), _SAMPLE if sampled else 0)
    alpha = entry.value("significance", None)
    kept = tuple([tier for tier in tiers if tier.name not in disabled])
    if least or alpha:
        kept = tuple([policy.tightened(tier, min_events=least, alpha=alpha) for tier in kept])
    reachable = [tier for tier in kept if any(policy.share(tier, cell.objective) < 1 for cell in cells)]
    pages = category == "availability" and any(tier.severity == "page" for tier in reachable)
    asked = entry.get("policy")
    return Alerting(
        asked="inline" if name == "inline" else str(asked.data) if asked else "default",
        policy=name,
        tiers=kept,
        disable=disabled,
        labels=_labels(entry.get("labels"), tiers, by, report),
        annotations=_annotations(entry.get("annotations"), tiers, report),
        no_data=entry.value("no_data", "page" if pages else "ticket"),
    )


def _policy(entry: Entry | None, objective: Ratio, window: Duration, report: Report) -> tuple[str, tuple[Tier, ...]]:
    if entry and isinstance(entry.data, dict):
        tiers = entry.get("tiers")
        return "inline", _inline(tiers, window, report) if tiers else ()
    name = entry.data if entry else "default"
    if name not in policy.NAMES:
        near = nearest(str(name), policy.NAMES)
        help = f"did you mean {near!r}?" if near else f"known: {', '.join(policy.NAMES)}; or write tiers of your own"
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
def severities() -> frozenset[str]:
    """The severities of our own policies."""
    return frozenset(tier.severity for name in policy.NAMES if name != "default" for tier in shipped(name))


def _inline(entry: Entry, window: Duration, report: Report) -> tuple[Tier, ...]:
    tiers: dict[str, Tier] = {}
    for place in entry.entries():
        tier = _tier(place, report)
        if tier is None:
            continue
        if tier.name in tiers or tier.name in names.OTHER_ALERTS:
            help = "each tier needs a name of its own: it tells the alerts apart, as the label slo_tier"
            found = "is the name of another alert" if tier.name in names.OTHER_ALERTS else "is used twice"
            report.error("policy/tier-name", place.where / "name", f"the tier name {tier.name} {found}", help)
        elif tier.long > window:
            help = f"shorten it, or give the SLO a longer window than {window}"
            report.error("policy/windows", place.where / "long", f"the tier looks back {tier.long}, longer than the SLO's window of {window}", help)
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


@cache
def _shipped_names() -> frozenset[str]:
    return frozenset(tier.name for name in policy.NAMES if name != "default" for tier in shipped(name))


def _known(name: str, tiers: tuple[Tier, ...]) -> bool:
    # a default for many SLOs may name a tier that only some of their policies have
    return name in names.OTHER_ALERTS or any(tier.name == name for tier in tiers) or name in _shipped_names()


def _disabled(entry: Entry, tiers: tuple[Tier, ...], report: Report) -> frozenset[str]:
    listed = entry.get("disable")
    found = set()
    for place in listed.entries() if listed else ():
        if _known(place.data, tiers):
            found.add(place.data)
        else:
            _unknown(place.data, place.where, tiers, report)
    return frozenset(found)


def _unknown(name: str, where: Where, tiers: tuple[Tier, ...], report: Report) -> None:
    known = [*(tier.name for tier in tiers), *names.OTHER_ALERTS]
    near = nearest(name, known)
    help = f"did you mean {near!r}?" if near else f"it has: {', '.join(known)}"
    report.error("alerting/unknown-alert", where, f"no alert of this SLO is called {name!r}", help)


def _labels(entry: Entry | None, tiers: tuple[Tier, ...], by: tuple[str, ...], report: Report) -> Mapping[str, Mapping[str, str]]:
    if entry is None:
        return {}
    found = _by_alert(entry, tiers, report)
    for alert in found.values():
        for name, place in alert.items():
            texts.check_label(name, place, report)
        texts.check_collisions(alert, by, report)
    return _values(found)


def _annotations(entry: Entry | None, tiers: tuple[Tier, ...], report: Report) -> Mapping[str, Mapping[str, str]]:
    if entry is None:
        return {}
    found = _by_alert(entry, tiers, report)
    for alert in found.values():
        for name, place in alert.items():
            texts.check_annotation(name, place, report)
    return _values(found)


def _by_alert(entry: Entry, tiers: tuple[Tier, ...], report: Report) -> dict[str, dict[str, Entry]]:
    """A text is for all alerts, a mapping for the alert under whose name it stands."""
    found: dict[str, dict[str, Entry]] = {}
    for key, place in entry.items():
        if not isinstance(place.data, dict):
            found.setdefault(_EVERY_ALERT, {})[key] = place
        elif _known(key, tiers):
            found[key] = dict(place.items())
        else:
            _unknown(key, place.where.key(), tiers, report)
    return found


def _values(found: dict[str, dict[str, Entry]]) -> dict[str, dict[str, str]]:
    return {alert: {name: place.data for name, place in listed.items()} for alert, listed in found.items()}
