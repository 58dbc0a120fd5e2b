"""Changes for people at a terminal: a paragraph an SLO, the worst first, each sentence with its mark."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from slo_compiler.changes.layout import MARKS, summary, told
from slo_compiler.changes.model import Changes, Effect, Sentence

_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Line:
    """A line; `effect` is that of the SLO that it is the heading of, or of the sentence that it belongs to, None where it has none."""

    text: str
    effect: Effect | None = None
    is_heading: bool = False


def lines(changes: Changes) -> Iterator[Line]:
    """All lines; the last one counts."""
    if changes.project:
        yield Line("for all SLOs", is_heading=True)
        for sentence in changes.project:
            yield from _sentence(sentence)
        yield Line("")
    for one in told(changes):
        verdict = one.first.verdict
        yield Line(f"{one.heading}: {verdict.value}", verdict, is_heading=True)
        for sentence in one.first.sentences:
            yield from _sentence(sentence)
        effect = Effect.OTHER if one.first.history.state in {"mixed", "anew"} else Effect.SAME
        yield from _sentence(Sentence("history", one.first.history.text, effect))
        yield Line("")
    yield Line(f"{changes.old} to {changes.new}: {summary(changes)}")


def _sentence(sentence: Sentence) -> Iterator[Line]:
    mark = f"  {MARKS[sentence.effect]} "
    for line in textwrap.wrap(sentence.text, _WIDTH, initial_indent=mark, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False):
        yield Line(line, sentence.effect)
