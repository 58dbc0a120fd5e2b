"""How a push is told: which groups came, stayed and went, and after a failure in which state each of them is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import typer

from slo_compiler.commands._run import WRONG_USE, plural, refuse
from slo_compiler.push import Conflict, Kind, Name, Outcome, Plan, State, shown

_DONE = {Kind.CREATE: "created", Kind.REPLACE: "replaced", Kind.DELETE: "deleted"}
_PLANNED = {Kind.CREATE: "create", Kind.REPLACE: "replace", Kind.DELETE: "delete"}
_STATES = {State.NEW: "new rules", State.OLD: "as before", State.OTHER: "other", State.UNKNOWN: "unknown"}
_UNCHANGED, _LEFT, _FOREIGN = "unchanged", "left over", "not ours"
_NOTES = {_LEFT: "; --prune deletes what is left over", _FOREIGN: "; what others wrote stays"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a push; `outcome` and `rest`, which is what the ruler lacks afterwards, only where something was sent."""

    url: str
    plan: Plan
    is_dry: bool = False
    outcome: Outcome | None = None
    rest: Plan | None = None

    @property
    def has_failed(self) -> bool:
        """Whether not all was done."""
        return self.outcome is not None and not self.outcome.is_done

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Why nothing was sent; or, looked at afterwards, why something else must not stand there, too."""
        return (self.rest or self.plan).conflicts

    @property
    def lacking(self) -> Name | None:
        """A group that is not as it was sent."""
        return self.rest.steps[0].name if self.rest and self.rest.rounds else None

    @property
    def ended(self) -> str:
        """How it ended, in one word or two."""
        if self.conflicts:
            return "refused"
        if self.is_dry:
            return "planned"
        if self.outcome and self.has_failed:
            return "taken back" if self.outcome.is_back else "mixed"
        return "overwritten" if self.lacking else "done"


def answer(told: Told, style: str) -> typer.Exit:
    """Print what was or would be done; raise what this returns."""
    if style == "json":
        typer.echo(json.dumps(_as_data(told), indent=2, ensure_ascii=False))
    elif told.ended in {"planned", "done"}:
        _print(told)
    if told.conflicts:
        return _refused(told)
    if told.outcome and told.has_failed:
        return _failed(told.outcome)
    if told.lacking:
        help = "somebody else may push there, too; `slo push --dry-run` shows what differs"
        return refuse(f"{told.url} took all groups, and now holds something else as {shown(told.lacking)}", help)
    return typer.Exit(0)


def _refused(told: Told) -> typer.Exit:
    *others, last = told.conflicts
    for conflict in others:
        typer.echo(f"slo: {conflict.message}\n  help: {conflict.help}", err=True)
    return refuse(f"{last.message}; {'all groups were sent' if told.rest else 'nothing was sent'}", last.help)


def _groups(told: Told) -> Iterator[tuple[str, Name]]:
    """Each group and a word for it."""
    words = _PLANNED if told.is_dry or told.plan.conflicts else _DONE
    for step in told.plan.steps:
        if not told.has_failed:
            yield words[step.kind], step.name
        elif told.outcome:
            yield _STATES[told.outcome.states.get(step, State.OLD)], step.name
    for word, found in ((_UNCHANGED, told.plan.unchanged), (_LEFT, told.plan.left), (_FOREIGN, told.plan.foreign)):
        yield from ((word, name) for name in found)


def _print(told: Told) -> None:
    """A line a namespace and word; of what stays as it is, which is most in a fleet, how much there is."""
    found: dict[tuple[str, str], list[str]] = {}
    for word, (namespace, group) in _groups(told):
        found.setdefault((word, namespace), []).append(group)
    count = len(told.plan.unchanged) + sum(step.kind is not Kind.DELETE for step in told.plan.steps)
    typer.echo(f"{plural(count, 'group')} -> {told.url}{' (dry run: nothing was sent)' if told.is_dry else ''}")
    for (word, namespace), groups in found.items():
        if word != _UNCHANGED:
            typer.echo(f"  {word:9} {namespace}: {', '.join(groups)}{_NOTES.get(word, '')}")
    if told.plan.unchanged:
        typer.echo(f"  {_UNCHANGED:9} {plural(len(told.plan.unchanged), 'group')}")


def _failed(outcome: Outcome) -> typer.Exit:
    """Why, and what is there now."""
    message, help = ("interrupted", "") if outcome.failure is None else (outcome.failure.message, f"{outcome.failure.help}; ")
    what = f"{shown(outcome.failed)}: {message}" if outcome.failed else message
    late = "; requests that were not answered may still take effect: look again with --dry-run" if outcome.is_late else ""
    if outcome.is_back:
        return refuse(what, f"{help}all groups are as they were before{late}")
    typer.echo(f"slo: {what}", err=True)
    for step in sorted(outcome.states, key=lambda step: step.name):
        typer.echo(f"  {_STATES[outcome.states[step]]:9} {shown(step.name)}", err=True)
    refused = outcome.failure and outcome.failure.again is None
    again = "once that is mended, a push" if refused else "the same push again"
    typer.echo(f"  help: {help}not all could be taken back; {again} looks at what is there, and puts it right{late}", err=True)
    return typer.Exit(WRONG_USE)


def _as_data(told: Told) -> dict[str, object]:
    groups = [{"namespace": namespace, "group": group, "what": word} for word, (namespace, group) in _groups(told)]
    failure = told.outcome.failure if told.outcome else None
    return {
        "ruler": told.url,
        "outcome": told.ended,
        "counts": dict(Counter(str(group["what"]) for group in groups)),
        "groups": groups,
        "conflicts": [{"message": conflict.message, "help": conflict.help} for conflict in told.conflicts],
        "failure": {"message": failure.message, "help": failure.help} if failure else None,
    }
