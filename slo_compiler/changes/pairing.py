"""Which promise of the new state is which of the old one: by identity, by name, or because it measures the same under another name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from slo_compiler.changes.measures import Promise, measure
from slo_compiler.model import Slo

Pair = tuple[Promise | None, Promise | None]


def pairs(old: Sequence[Promise], new: Sequence[Promise]) -> Iterator[Pair]:
    """Old and new of each promise, in the order of the new ones, then those that are gone."""
    found: dict[str, Promise] = {}
    left_old, left_new = {one.id: one for one in old}, {one.id: one for one in new}
    for same in (_id, _name, _measured):
        known: dict[Hashable, list[Promise]] = {}
        for one in left_old.values():
            known.setdefault(same(one), []).append(one)
        for one in list(left_new.values()):
            if candidates := known.get(same(one)):
                was = max(candidates, key=lambda other: _likeness(other, one))
                candidates.remove(was)
                found[one.id] = was
                del left_old[was.id], left_new[one.id]
    for one in new:
        yield found.get(one.id), one
    for one in left_old.values():
        yield one, None


def _id(one: Promise) -> Hashable:
    return one.id


def _name(one: Promise) -> Hashable:
    return one.full_name


def _measured(one: Promise) -> Hashable:
    return type(one), measure(one)


def _likeness(old: Promise, new: Promise) -> tuple[bool, ...]:
    same: tuple[Callable[[Promise], Hashable], ...] = (
        lambda one: one.service, lambda one: one.by, lambda one: one.category,
        lambda one: one.objective if isinstance(one, Slo) else None, lambda one: one.title,
    )  # fmt: skip
    return tuple(of(old) == of(new) for of in same)
