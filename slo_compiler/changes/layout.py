"""What all prints of changes share: the order, SLOs of which the same is told taken together, and the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slo_compiler.changes.model import Change, Changes, Effect

#: The marks of the verdicts, where there are no colours.
MARKS = {Effect.WEAKER: "-", Effect.STRONGER: "+", Effect.OTHER: "~", Effect.SAME: "="}
_FEW = 3


@dataclass(frozen=True, slots=True)
class Told:
    """Changes of which the same is told; the first one stands for all."""

    changes: tuple[Change, ...]

    @property
    def first(self) -> Change:
        """The one that stands for all."""
        return self.changes[0]

    @property
    def heading(self) -> str:
        """Their names: one by one as long as they are few."""
        names = [one.name for one in self.changes]
        if len(names) <= _FEW:
            return ", ".join(names) + (f" (was {self.first.was})" if self.first.was else "")
        return f"{', '.join(names[:_FEW])} and {len(names) - _FEW} more"


def told(changes: Changes) -> list[Told]:
    """The worst first, then in the order of the files."""
    found: dict[object, list[Change]] = {}
    for one in changes.slos:
        found.setdefault((one.kind, one.was, one.sentences, one.history), []).append(one)
    order = list(Effect)
    return sorted((Told(tuple(some)) for some in found.values()), key=lambda one: order.index(one.first.verdict))


def summary(changes: Changes) -> str:
    """`4 SLOs changed: 1 weaker, 1 stronger, 2 same; 91 unchanged`."""
    if not changes.slos and not changes.project:
        return f"no SLO changed, {changes.unchanged} unchanged"
    counts = [(sum(one.verdict is effect for one in changes.slos), effect.value) for effect in Effect]
    listed = ", ".join(f"{count} {word}" for count, word in counts if count)
    everywhere = f"; {counted(len(changes.project), 'change')} for all" if changes.project else ""
    return f"{counted(len(changes.slos), 'SLO')} changed{f': {listed}' if listed else ''}; {changes.unchanged} unchanged{everywhere}"


def counted(number: int, word: str) -> str:
    """`1 SLO`, `2 SLOs`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def history_of(change: Change) -> str:
    """A word for a table."""
    return {"kept": "kept", "anew": "starts anew", "mixed": "**mixed**", "begins": "begins", "ends": "ends"}[change.history.state]


def alerts_of(change: Change) -> str:
    """`+2 -1`, empty where no alert came or went."""
    counts = _signed("+", change.alerts_added), _signed("\N{MINUS SIGN}", change.alerts_removed)
    return " ".join(filter(None, counts))


def _signed(sign: str, alerts: Sequence[str]) -> str:
    return f"{sign}{len(alerts)}" if alerts else ""
