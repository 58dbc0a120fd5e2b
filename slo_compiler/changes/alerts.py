"""Alerts that come and go, as the rules of both states have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from slo_compiler import names
from slo_compiler.changes.model import Effect, Sentence, worst

#: An alert: its name and its tier, which is empty where there is none.
Alert = tuple[str, str]


def named(alert: Alert) -> str:
    """`SLOBudgetBurn (page)`."""
    return f"{alert[0]} ({alert[1]})" if alert[1] else alert[0]


def moved(old: Sequence[Alert], new: Sequence[Alert]) -> tuple[tuple[Alert, ...], tuple[Alert, ...]]:
    """Those that came, and those that went."""
    return tuple((Counter(new) - Counter(old)).elements()), tuple((Counter(old) - Counter(new)).elements())


def sentences(came: Sequence[Alert], went: Sequence[Alert], gain: Callable[[str], Effect], loss: Callable[[str], Effect]) -> Iterator[Sentence]:
    """What is told of them; `gain` and `loss` tell what it does that a burn-rate tier came or went."""
    if came:
        yield Sentence("alerts", f"{_counted(came)} added: {listed(came)}", worst(_effect(one, gain, Effect.STRONGER) for one in came))
    if went:
        yield Sentence("alerts", f"{_counted(went)} removed: {listed(went)}", worst(_effect(one, loss, Effect.WEAKER) for one in went))


def _effect(alert: Alert, of_tier: Callable[[str], Effect], otherwise: Effect) -> Effect:
    return of_tier(alert[1]) if alert[0] == names.BURN and alert[1] else otherwise


def _counted(alerts: Sequence[Alert]) -> str:
    return f"{len(alerts)} alert{'' if len(alerts) == 1 else 's'}"


def listed(alerts: Sequence[Alert]) -> str:
    """`SLOBudgetBurn (page, ticket), SLONoData`."""
    tiers: dict[str, list[str]] = {}
    for alert, tier in alerts:
        tiers.setdefault(alert, []).extend([tier] if tier else [])
    return ", ".join(f"{alert} ({', '.join(found)})" if found else alert for alert, found in tiers.items())


def of_missing_data(old: str, new: str) -> Iterator[Sentence]:
    """The severity of missing data, where both have that alert."""
    if old != new and "ignore" not in {old, new}:
        yield Sentence("no_data", f"missing data is a {new}, before: a {old}", Effect.WEAKER if new == "ticket" else Effect.STRONGER)
