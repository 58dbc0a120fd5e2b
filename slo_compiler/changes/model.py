"""What is told of a change: sentences, each with what it does to the alerts, and what becomes of the history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from slo_compiler.ir import Bundle
from slo_compiler.model import Spec


class Effect(Enum):
    """What a change does to the alerts; the first one that a sentence has is the verdict on all of them."""

    WEAKER = "weaker"  # they fire later, need more, or are gone
    STRONGER = "stronger"
    OTHER = "other"  # neither: they speak of something else, or differently
    SAME = "same"


def worst(effects: Iterable[Effect]) -> Effect:
    """The verdict on several effects."""
    found = set(effects)
    return next((effect for effect in Effect if effect in found), Effect.SAME)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that changed: `what` is a word for machines, such as `objective`; the text has the user's series in backticks."""

    what: str
    text: str
    effect: Effect = Effect.SAME


@dataclass(frozen=True, slots=True)
class History:
    """What becomes of recorded series: `kept`, `anew`, `mixed` (kept, but they mean something else), `begins` or `ends`; and why."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one promise. `kind` is added, removed, renamed or changed; `was` is the name that it had, where it is renamed."""

    name: str
    kind: str
    sentences: tuple[Sentence, ...]
    history: History
    was: str = ""
    alerts_added: tuple[str, ...] = ()
    alerts_removed: tuple[str, ...] = ()

    @property
    def verdict(self) -> Effect:
        """What the change does to the alerts."""
        return worst(sentence.effect for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two states, called `old` and `new`; `unchanged` counts promises."""

    old: str
    new: str
    project: tuple[Sentence, ...]
    slos: tuple[Change, ...]
    unchanged: int

    @property
    def verdict(self) -> Effect:
        """What all changes together do to the alerts."""
        return worst([*(sentence.effect for sentence in self.project), *(change.verdict for change in self.slos)])


@dataclass(frozen=True, slots=True)
class State:
    """One of the two sides: what it is called, its promises and their rules."""

    name: str
    spec: Spec
    bundle: Bundle
