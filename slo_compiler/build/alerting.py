"""How an SLO alerts: its policy found and tightened, its own labels and annotations sorted by alert."""

from __future__ import annotations

from collections.abc import Mapping

from slo_compiler import names, policy
from slo_compiler.build import policies, texts
from slo_compiler.build.entry import Entry
from slo_compiler.build.policies import Policies, shipped_names
from slo_compiler.diagnostics import Report, Where, nearest
from slo_compiler.model import Alerting, Cell, Tier
from slo_compiler.quantities import Duration, Ratio

_SAMPLE = 50  # events that a tier needs when they are a sample
_EVERY_ALERT = ""
_NOTHING = Entry({}, Where(""), frozenset())


def alerting(
    entry: Entry | None, category: str, objective: Ratio, window: Duration, cells: tuple[Cell, ...],
    *, by: tuple[str, ...], sampled: bool, own: Policies, report: Report,
) -> Alerting:  # fmt: skip
    """The alerting of an SLO whose `alerting` key is `entry`."""
    entry = entry or _NOTHING
    asked = entry.get("policy")
    before = len(report.findings)
    name, tiers = policies.find(asked, objective, window, own, report)
    is_found = len(report.findings) == before and (name != "none" or (asked is not None and asked.data == "none"))
    strangers = report if is_found else Report()  # a name that nobody knows may be that of a tier which could not be understood
    disabled = _disabled(entry, tiers, strangers)
    least = max(entry.value("min_events", 0), _SAMPLE if sampled else 0)
    alpha = entry.value("significance", None)
    kept = tuple([tier for tier in tiers if tier.name not in disabled])
    if least or alpha:
        kept = tuple([policy.tightened(tier, min_events=least, alpha=alpha) for tier in kept])
    reachable = [tier for tier in kept if any(policy.share(tier, cell.objective) < 1 for cell in cells)]
    pages = category == "availability" and any(tier.severity == "page" for tier in reachable)
    return Alerting(
        asked="inline" if name == "inline" else str(asked.data) if asked else "default",
        policy=name,
        tiers=kept,
        disable=disabled,
        labels=_labels(_by_alert(entry.get("labels"), tiers, strangers), by, report),
        annotations=_annotations(_by_alert(entry.get("annotations"), tiers, strangers), report),
        no_data=entry.value("no_data", "page" if pages else "ticket"),
    )


def plain_alerting(promise: Entry, category: str, known: tuple[str, ...], *, by: tuple[str, ...], report: Report) -> Alerting:
    """The alerting of a promise that has no burn rates: one alert of its own, and those about missing data; `policy: none` takes the first away.

    What the defaults say of burn rates is for the others.
    """
    entry = promise.get("alerting") or _NOTHING
    own = promise.data.get("alerting") or {}
    asked = entry.get("policy")
    if asked and "policy" in own and asked.data not in {"none", "default"}:
        help = "leave it out; `policy: none` takes its own alert away"
        message = f"a promise without a share of good events has no burn rates: the policy {_shown(asked)} says nothing"
        report.error("policy/not-here", asked.where, message, help)
    for key in ("min_events", "significance"):
        if key in own and (place := entry.get(key)):
            report.error("key/not-here", place.where.key(), f"{key} tightens burn-rate tiers, and there are none here", "leave it out")
    off = asked is not None and asked.data == "none"
    return Alerting(
        asked="none" if off else "default",
        policy="none" if off else "plain",
        tiers=(),
        disable=_disabled(entry, (), report) | (frozenset(known) if off else frozenset()),
        labels=_labels(_by_alert(entry.get("labels"), (), report), by, report),
        annotations=_annotations(_by_alert(entry.get("annotations"), (), report), report),
        no_data=entry.value("no_data", "page" if category == "availability" and not off else "ticket"),
    )


def _shown(asked: Entry) -> str:
    return "of its own" if isinstance(asked.data, dict) else repr(asked.data)


def _known(name: str, tiers: tuple[Tier, ...]) -> bool:
    # a default for many SLOs may name a tier that only some of their policies have
    return name in names.OTHER_ALERTS or any(tier.name == name for tier in tiers) or name in shipped_names()


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


def _labels(found: dict[str, dict[str, Entry]], by: tuple[str, ...], report: Report) -> Mapping[str, Mapping[str, str]]:
    for alert in found.values():
        for name, place in alert.items():
            texts.check_label(name, place, report)
        texts.check_collisions(alert, by, report)
    return _values(found)


def _annotations(found: dict[str, dict[str, Entry]], report: Report) -> Mapping[str, Mapping[str, str]]:
    for alert in found.values():
        for name, place in alert.items():
            texts.check_annotation(name, place, report)
    return _values(found)


def _by_alert(entry: Entry | None, tiers: tuple[Tier, ...], report: Report) -> dict[str, dict[str, Entry]]:
    """A text is for all alerts, a mapping for the alert under whose name it stands."""
    found: dict[str, dict[str, Entry]] = {}
    for key, place in entry.items() if entry else ():
        if not isinstance(place.data, dict):
            found.setdefault(_EVERY_ALERT, {})[key] = place
        elif _known(key, tiers):
            found[key] = dict(place.items())
        else:
            _unknown(key, place.where.key(), tiers, report)
    return found


def _values(found: dict[str, dict[str, Entry]]) -> dict[str, dict[str, str]]:
    return {alert: {name: place.data for name, place in listed.items()} for alert, listed in found.items()}
