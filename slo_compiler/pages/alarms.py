"""How urgent an alert is, in the words of a compilation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Word
from slo_compiler.model import Promise, Spec, Tier
from slo_compiler.pages.scopes import Scope
from slo_compiler.pages.words import exactly

_COLORS = {"page": "red", "ticket": "orange", "digest": "blue"}
_MOST, _LEAST = "page", "digest"


@dataclass(frozen=True, slots=True)
class Severity:
    """The policy's word for it, and the user's."""

    meaning: str
    word: str

    @property
    def color(self) -> str:
        """Red for what wakes people."""
        return _COLORS.get(self.meaning, "orange")


@dataclass(frozen=True, slots=True)
class Alarms:
    """The severities in use, the most urgent first."""

    severities: tuple[Severity, ...]
    rolls_back: bool

    @classmethod
    def of(cls, spec: Spec) -> Alarms:
        """Those of a compilation."""
        tiers = [tier for one in spec.promises for tier in _alerting(one)]
        meanings = {_MOST, "ticket", *(tier.severity for tier in tiers), *(one.alerting.no_data for one in spec.promises)} - {"ignore"}
        ranked = sorted(meanings, key=lambda meaning: (meaning != _MOST, meaning == _LEAST, -_pace(tiers, meaning), meaning))
        severities = {spec.severities.get(meaning, meaning): meaning for meaning in reversed(ranked)}
        found = tuple(Severity(meaning, word) for word, meaning in reversed(severities.items()))
        return cls(found, any(tier.action == "rollback" for tier in tiers))

    def words(self) -> tuple[Word, ...]:
        """What stands for the numbers of `query`."""
        count = len(self.severities)
        found = tuple(exactly(count - at, severity.word, severity.color) for at, severity in enumerate(self.severities))
        return (exactly(count + 1, f"{self.severities[0].word} + rollback", "red"), *found) if self.rolls_back else found

    def query(self, scope: Scope) -> str:
        """The most urgent alert that fires, of each SLO."""
        count = len(self.severities)
        matchers = [(count - at, f"severity={names.quoted(severity.word)}") for at, severity in enumerate(self.severities)]
        if self.rolls_back:
            matchers.insert(0, (count + 1, 'slo_action="rollback"'))
        return "\nor ".join(f"{number} * {scope.each('max', firing(scope, matcher))}" for number, matcher in matchers)


def firing(scope: Scope, *matchers: str) -> str:
    """The alerts of a scope that fire."""
    return scope.series("ALERTS", 'alertname=~"SLO.+"', 'alertstate="firing"', *matchers)


def since(scope: Scope, *matchers: str) -> str:
    """Seconds since the reason for each alert that fires began."""
    began = scope.series("ALERTS_FOR_STATE", 'alertname=~"SLO.+"', *matchers)
    return f"time() - {began} and ignoring (alertstate) {firing(scope, *matchers)}"


def _pace(tiers: list[Tier], meaning: str) -> Decimal:
    """How fast the fastest tier of a severity is; nothing where it has none."""
    return max((tier.burn or tier.odds or Decimal(0) for tier in tiers if tier.severity == meaning), default=Decimal(0))


def _alerting(one: Promise) -> list[Tier]:
    return [tier for tier in one.alerting.tiers if tier.name not in one.alerting.disable]
