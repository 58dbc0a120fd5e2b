"""What a ruler holds and what it shall hold become steps; nothing is asked here and nothing is sent.

A series that moves from one group to another is taken on by the new group before the old one gives it up, in two requests that follow each
other. The other way round an SLO would be without rules and alerts in between, for good if the run died there; this way it is at worst
counted twice for an evaluation, and the next run ends that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from slo_compiler import names
from slo_compiler.ir import RuleGroup
from slo_compiler.model import Mimir
from slo_compiler.push import held as held_groups
from slo_compiler.push.held import Group, Series
from slo_compiler.targets.mimir import Sent

Held = Mapping[str, Sequence[Group]]
Name = tuple[str, str]  # namespace and group
_ODD = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")  # what YAML wants escaped, and JSON does not
_SHOWN = 3


class Kind(StrEnum):
    """What is done to a group."""

    CREATE = "create"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one group: `text` comes in place of `before`, both as YAML.

    `gains` and `loses` are the series that it writes from now on, and no more. `clears` tells that the old group must go before the new one may come.
    """

    kind: Kind
    name: Name
    text: str = field(default="", repr=False)
    before: str = field(default="", repr=False)
    gains: frozenset[Series] = field(default=frozenset(), repr=False)
    loses: frozenset[Series] = field(default=frozenset(), repr=False)
    clears: bool = False
    group: RuleGroup | None = field(default=None, repr=False, compare=False)  # what `text` means; None where it is deleted

    def is_new(self, found: Group | None) -> bool:
        """Whether what a ruler holds is what this step makes of it."""
        return found is None if self.group is None else found is not None and held_groups.is_alike(found, self.group)

    def is_old(self, found: Group | None) -> bool:
        """Whether it is what was there before."""
        return found is None if self.kind is Kind.CREATE else found is not None and _yaml(found) == self.before


Strand = tuple[Step, ...]  # steps that hand series over to one another, in order


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why nothing may be sent, and the next step."""

    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, in rounds of strands that need not wait for one another; groups that stay as they are, those left over, and those of others beside ours."""

    rounds: tuple[tuple[Strand, ...], ...]
    unchanged: tuple[Name, ...]
    left: tuple[Name, ...]
    foreign: tuple[Name, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def steps(self) -> list[Step]:
        """All of them, in the order of their names."""
        return sorted((step for strands in self.rounds for strand in strands for step in strand), key=lambda step: step.name)


def plan(held: Held, wanted: Sequence[Sent], tenant: Mimir, *, prune: bool, moved: str = "") -> Plan:
    """How to come from `held` to `wanted`; with `prune`, what is ours and not wanted goes; so does what we wrote of these services under the prefix `moved`."""
    there = by_name(held)
    ours = {(one.namespace, one.group.name): one for one in wanted}
    unchanged = tuple(sorted(name for name, one in ours.items() if name in there and held_groups.is_alike(there[name], one.group)))
    left = tuple(sorted(name for name, group in there.items() if name not in ours and held_groups.is_ours(name[0], group, tenant.namespace)))
    steps = [_written(name, one, there.get(name)) for name, one in ours.items() if name not in unchanged]
    gone = {*(left if prune else ()), *_moved(there, wanted, moved)} - ours.keys()
    steps += [Step(Kind.DELETE, name, before=_yaml(there[name]), loses=held_groups.series_held(there[name])) for name in sorted(gone)]
    others = {name: group for name, group in there.items() if name not in {*ours, *left, *gone}}
    kept = tuple(name for name in left if name not in gone)
    written = frozenset[Series]().union(*(held_groups.series_of(one.group) for one in wanted))
    conflicts = (*_taken(steps, there), *_twice(kept, there, written), *_doubled(others, written), *_crowded(len(there), steps, tenant))
    rounds = _rounds(len(there), steps, tenant.groups)
    return Plan(rounds, unchanged, kept, tuple(_foreign(others, {one.namespace for one in wanted}, tenant)), conflicts)


def _moved(there: Mapping[Name, Group], wanted: Sequence[Sent], prefix: str) -> set[Name]:
    """What an earlier prefix left of the services that are written now; other services may be another project's."""
    mine = {names.service_of(one.group.name) for one in wanted}
    return {name for name, group in there.items() if prefix and held_groups.is_ours(name[0], group, prefix) and names.service_of(name[1]) in mine}


def by_name(held: Held) -> dict[Name, Group]:
    """All groups, by namespace and name."""
    return {(namespace, str(group["name"])): group for namespace, groups in held.items() for group in groups}


def services(held: Held, tenant: Mimir) -> set[str]:
    """Of which services a ruler holds groups that we wrote."""
    mine = (group for namespace, groups in held.items() for group in groups if held_groups.is_ours(namespace, group, tenant.namespace))
    return {names.service_of(str(group["name"])) for group in mine}


def _written(name: Name, one: Sent, before: Group | None) -> Step:
    after = held_groups.series_of(one.group)
    if before is None:
        return Step(Kind.CREATE, name, one.text, gains=after, group=one.group)
    was = held_groups.series_held(before)
    return Step(Kind.REPLACE, name, one.text, _yaml(before), after - was, was - after, group=one.group)


def _yaml(group: Group) -> str:
    """A group that a ruler told, as it takes it back: JSON is YAML, but for a few characters."""
    text = json.dumps(group, ensure_ascii=False, default=str)
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


# --- order ---------------------------------------------------------------------------------------------------------------------------


def _rounds(count: int, steps: Sequence[Step], most: int) -> tuple[tuple[Strand, ...], ...]:
    """Where a tenant has no room for old and new together, deletions come first; a full one takes no group, not even in place of another."""
    creates, deletes = (sum(step.kind is kind for step in steps) for kind in (Kind.CREATE, Kind.DELETE))
    if count + creates + any(step.kind is Kind.REPLACE for step in steps) <= most:
        return (tuple(_strands(steps)),) if steps else ()
    is_full = count - deletes + creates >= most
    writing = [replace(step, clears=is_full and step.kind is Kind.REPLACE) for step in steps if step.kind is not Kind.DELETE]
    first = tuple((step,) for step in sorted(steps, key=lambda step: step.name) if step.kind is Kind.DELETE)
    return tuple(filter(None, (first, tuple(_strands(writing)))))


def _strands(steps: Iterable[Step]) -> Iterator[Strand]:
    """Who takes a series on comes right before who gives it up; what has nothing to do with each other is no strand."""
    waiting = {step.name: step for step in sorted(steps, key=lambda step: step.name)}
    taker = {series: step.name for step in waiting.values() for series in step.gains}
    before = {name: {taker[series] for series in step.loses & taker.keys()} for name, step in waiting.items()}
    linked: dict[Name, set[Name]] = {name: set(first) for name, first in before.items()}
    for name, first in before.items():
        for other in first:
            linked[other].add(name)
    while waiting:
        together = _reached(next(iter(waiting)), linked)
        yield tuple(_ordered({name: waiting.pop(name) for name in sorted(together)}, before))


def _reached(start: Name, linked: Mapping[Name, set[Name]]) -> set[Name]:
    found, open_ = {start}, [start]
    while open_:
        new = linked[open_.pop()] - found
        found |= new
        open_ += new
    return found


def _ordered(steps: dict[Name, Step], before: Mapping[Name, set[Name]]) -> Iterator[Step]:
    """Where groups exchange series, there is no such order: then by name."""
    while steps:
        free = (name for name in steps if before[name].isdisjoint(steps.keys()))
        yield steps.pop(next(free, next(iter(steps))))


# --- what forbids to send, and what is told ---------------------------------------------------------------------------------------------


def _taken(steps: Sequence[Step], there: Mapping[Name, Group]) -> Iterator[Conflict]:
    for step in steps:
        if step.kind is Kind.REPLACE and not held_groups.has_only_ours(there[step.name]):
            help = "move those rules into a group of their own, or choose another prefix: `options: {mimir: {namespace: ...}}`"
            yield Conflict(f"{shown(step.name)} holds rules that are none of ours, and would be replaced", help)


def _twice(left: Sequence[Name], there: Mapping[Name, Group], written: frozenset[Series]) -> Iterator[Conflict]:
    """What is left over must not write what we write: all would count twice."""
    found = [name for name in left if not written.isdisjoint(held_groups.series_held(there[name]))]
    if found:
        some = ", ".join(map(shown, found[:_SHOWN])) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
        writes, them = ("writes", "it") if len(found) == 1 else ("write", "them")
        yield Conflict(f"{some}, left over, {writes} series that other groups write from now on: events would count twice", f"delete {them} with --prune")


def _crowded(count: int, steps: Sequence[Step], tenant: Mimir) -> Iterator[Conflict]:
    creates, deletes = (sum(step.kind is kind for step in steps) for kind in (Kind.CREATE, Kind.DELETE))
    after = count + creates - deletes
    if creates and after > tenant.groups:
        help = (
            f"raise ruler_max_rule_groups_per_tenant to {after} and say so under `options: {{mimir: {{groups: {after}}}}}`; "
            "or make room: --prune deletes what is left over"
        )
        yield Conflict(f"the tenant would have {after} groups, {count} of which it has now, and holds {tenant.groups}", help)


def _foreign(others: Mapping[Name, Group], namespaces: set[str], tenant: Mimir) -> Iterator[Name]:
    """Groups in namespaces of ours that somebody else wrote; those of a project whose prefix begins like ours are no business of ours."""
    for name, group in sorted(others.items()):
        if name[0] in namespaces or (held_groups.is_named_ours(name[0], tenant.namespace) and not held_groups.has_only_ours(group)):
            yield name


def _doubled(others: Mapping[Name, Group], written: frozenset[Series]) -> Iterator[Conflict]:
    """Nor must anybody else: a copy by hand, what an earlier prefix left, another project with the same service. One conflict for each of these."""
    told = set()
    for name, group in sorted(others.items()):
        ids = {id for series in held_groups.series_held(group) & written if (id := held_groups.slo_of(series))}
        prefix = held_groups.prefix_of(name[0], group)
        if ids and (prefix or name) not in told:
            told.add(prefix or name)
            help = "take it out of there: only the groups that this compiles to may write them"
            if prefix:
                help = (
                    f"if {prefix} was the prefix of this project, --prune-prefix {prefix} deletes what it left; if not, take the SLO out of one of two projects"
                )
            yield Conflict(f"{shown(name)} writes the series of {min(ids)}, too, under another name: events would count twice", help)


def shown(name: Name) -> str:
    """`slo-chat/slo-chat-fast`."""
    return "/".join(name)
