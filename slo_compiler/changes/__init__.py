"""Two states of SLOs, and what lies between them in words for a reviewer: whether alerts got weaker, and whether history is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from slo_compiler import wording
from slo_compiler.changes import accounts, alerts, common, histories, measures, project, shares, tiers
from slo_compiler.changes.alerts import Alert
from slo_compiler.changes.measures import Promise
from slo_compiler.changes.model import Change, Changes, Effect, History, Sentence, State, worst
from slo_compiler.changes.pairing import pairs
from slo_compiler.diagnostics import Where
from slo_compiler.ir import AlertRule, Bundle, ServiceRules
from slo_compiler.model import Check, Prometheus, Slo, Spending

__all__ = ["Change", "Changes", "Effect", "History", "Sentence", "State", "compare", "worst"]


class _Side:
    """A state, looked up by service and by the place of a promise."""

    def __init__(self, state: State) -> None:
        self.server = state.spec.prometheus
        self.services: Mapping[str, ServiceRules] = {one.service: one for one in state.bundle.services}
        self._alerts = _alerts(state.bundle)

    def alerts(self, promise: Promise) -> list[Alert]:
        """The alerts of a promise: (name, tier)."""
        return self._alerts[promise.where]


def _alerts(bundle: Bundle) -> Mapping[Where | None, list[Alert]]:
    found: dict[Where | None, list[Alert]] = defaultdict(list)
    for service in bundle.services:
        for rule in (rule for group in service.groups for rule in group.rules):
            if isinstance(rule, AlertRule):
                found[rule.where].append((rule.alert, rule.labels.get("slo_tier", "")))
    return found


def compare(old: State, new: State) -> Changes:
    """All that changed between two states; promises in the order of the new one, those that are gone last."""
    before, after = _Side(old), _Side(new)
    told = [(was, now, _one(was, now, before, after)) for was, now in pairs(old.spec.promises, new.spec.promises)]
    found = [change for _, _, change in told if change]
    everywhere = list(project.sentences(old.spec, new.spec)) if old.spec.promises else []
    if not everywhere:
        touched = {one.service for was, now, change in told if change for one in (was, now) if one}
        untold = [(one, after.services[name]) for name, one in before.services.items() if name in after.services and name not in touched]
        everywhere += project.rewritten(untold)
    unchanged = sum(now is not None and change is None for _, now, change in told)
    return Changes(old.name, new.name, tuple(everywhere), tuple(found), unchanged)


def _one(old: Promise | None, new: Promise | None, before: _Side, after: _Side) -> Change | None:
    if old is None or new is None:
        return _added(new, after) if new else _removed(old, before) if old else None
    rules = before.services[old.service], after.services[new.service]
    came, went = alerts.moved(before.alerts(old), after.alerts(new))
    told = (*_differences(old, new, (before.server, after.server)), *_moves(old, new, came, went, (before.server, after.server)))
    if old.id != new.id:
        told = (*told, histories.forgotten(has_budget=_has_budget(new), had_alerts=bool(before.alerts(old))))
    if not told:
        return None
    is_renamed = old.full_name != new.full_name
    names = tuple(map(alerts.named, came)), tuple(map(alerts.named, went))
    kind, was = ("renamed", old.full_name) if is_renamed else ("changed", "")
    return Change(new.full_name, kind, told, histories.history(old, new, rules), was, *names)


def _has_budget(one: Promise) -> bool:
    return isinstance(one, Spending) or (isinstance(one, Slo) and one.budgeted)


def _differences(old: Promise, new: Promise, servers: tuple[Prometheus, Prometheus]) -> Iterator[Sentence]:
    """What changed in a promise, the weightiest first."""
    match old, new:
        case Slo(), Slo():
            yield from shares.sentences(old, new)
            yield from tiers.sentences(old, new, servers)
        case Spending(), Spending():
            yield from accounts.money(old, new)
        case Check(), Check():
            yield from accounts.check(old, new)
    yield from measures.sentences(old, new)
    yield from alerts.of_missing_data(old.alerting.no_data, new.alerting.no_data)
    yield from common.sentences(old, new)


def _moves(old: Promise, new: Promise, came: Sequence[Alert], went: Sequence[Alert], servers: tuple[Prometheus, Prometheus]) -> Iterator[Sentence]:
    def gain(tier: str) -> Effect:
        return Effect.STRONGER if tiers.effect_of_lost(tier, new, old, servers[::-1]) is Effect.WEAKER else Effect.SAME

    def loss(tier: str) -> Effect:
        return tiers.effect_of_lost(tier, old, new, servers)

    return alerts.sentences(came, went, gain, loss)


# --- what came and what went -------------------------------------------------------------------------------------------------------


def _added(new: Promise, side: _Side) -> Change:
    found = side.alerts(new)
    told = Sentence("added", f"new: {_promise(new)}; {_fires(found)}", Effect.STRONGER if found else Effect.OTHER)
    return Change(new.full_name, "added", (told,), histories.BEGINS, alerts_added=tuple(map(alerts.named, found)))


def _removed(old: Promise, side: _Side) -> Change:
    found = side.alerts(old)
    told = Sentence("removed", f"gone: {_promise(old)}; {_fires(found)}", Effect.WEAKER if found else Effect.OTHER)
    return Change(old.full_name, "removed", (told,), histories.ENDS, alerts_removed=tuple(map(alerts.named, found)))


def _fires(found: list[Alert]) -> str:
    return f"alerts: {alerts.listed(found)}" if found else "no alert"


def _promise(one: Promise) -> str:
    """What is promised, in a few words."""
    if isinstance(one, Slo):
        return f"{one.objective} over {wording.promised_over(one)}, of {wording.measured(one)}"
    if isinstance(one, Spending):
        limits = [f"at most {amount}{f' for {who}' if who else ''}" for who, amount in wording.limited(one)]
        return f"{', '.join(limits)} over {wording.promised_over(one)}"
    return f"{wording.measured(one)} may not be {wording.too_far(one)}"
