"""Money and checks: limits, and what is called too far off."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from slo_compiler import wording
from slo_compiler.changes.model import Effect, Sentence
from slo_compiler.model import Baseline, Check, Spending
from slo_compiler.quantities import Duration

_LOOSER = {"at_most": 1, "at_least": -1, "changed_by": 1, "within": 1}


def money(old: Spending, new: Spending) -> Iterator[Sentence]:
    """What differs in the limits of money."""
    amounts = dict(wording.limited(old)), dict(wording.limited(new))
    numbers = dict(zip(amounts[0], _numbers(old), strict=True)), dict(zip(amounts[1], _numbers(new), strict=True))
    others = [one.limits[-1][1] for one in (old, new)]
    for who in dict.fromkeys([*amounts[1], *amounts[0]]):
        if amounts[0].get(who) == amounts[1].get(who):
            continue
        was, now = (found.get(who, "that of all others") for found in amounts)
        before, after = (found.get(who, other) for found, other in zip(numbers, others, strict=True))
        effect = Effect.WEAKER if after > before else Effect.STRONGER if after < before else Effect.OTHER
        yield Sentence("limits", f"{f'for {who} ' if who else ''}at most {now}, before: {was}", effect)


def _numbers(spend: Spending) -> list[Decimal]:
    return [limit for _, limit in spend.limits]


def check(old: Check, new: Check) -> Iterator[Sentence]:
    """What differs in what a check calls too far off."""
    if (before := wording.too_far(old)) != (after := wording.too_far(new)) or old.verdict.number != new.verdict.number:
        yield Sentence("verdict", f"too far off is {after}; before: {before}", _verdict(old, new))
    if old.fresh != new.fresh:
        yield Sentence("fresh", f"a sample may be {new.fresh or 'of any age'} old; before: {old.fresh or 'of any age'}", _older(old.fresh, new.fresh))


def _verdict(old: Check, new: Check) -> Effect:
    if old.verdict.key != new.verdict.key or old.verdict.of_baseline != new.verdict.of_baseline or _against(old) != _against(new):
        return Effect.OTHER
    moved = (new.verdict.number - old.verdict.number) * _LOOSER[new.verdict.key]
    return Effect.WEAKER if moved > 0 else Effect.STRONGER if moved < 0 else Effect.OTHER


def _against(one: Check) -> tuple[Duration | None, Duration | None, str]:
    found = one.baseline or Baseline()
    return found.offset, found.median, found.slo.name if found.slo else ""


def _older(old: Duration | None, new: Duration | None) -> Effect:
    if old is None or new is None:
        return Effect.OTHER
    return Effect.WEAKER if new > old else Effect.STRONGER
