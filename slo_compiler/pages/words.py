"""Words in place of numbers, and lists of words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from slo_compiler.dashboards import Word


def exactly(number: int, text: str, color: str = "text") -> Word:
    """A word in place of one number."""
    return Word(text, color, Decimal(number), Decimal(number))


def each(texts: Iterable[str], joint: str = ", ") -> str:
    """Texts, each once."""
    return joint.join(dict.fromkeys(texts))
