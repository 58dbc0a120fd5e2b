"""`slo push`: the rules of the files into a ruler that keeps them in a store; all of them, or what was there before."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from slo_compiler import artifacts, compiler, inputs, names, push, reporters
from slo_compiler.commands._output import remembered
from slo_compiler.commands._pushed import Told, answer
from slo_compiler.commands._run import of_project, refuse, shown, start, tell
from slo_compiler.commands._server import unanswered
from slo_compiler.commands._signals import heard
from slo_compiler.compiler import Compilation
from slo_compiler.diagnostics import Report
from slo_compiler.model import Mimir
from slo_compiler.push import Patience, Plan
from slo_compiler.remote import RemoteFailure, Ruler
from slo_compiler.targets import Remembered, read_shards
from slo_compiler.targets.mimir import Sent

_COMPILE = "run `slo compile --target mimir` first: its shards.yaml says which shard each service has"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line wants of a push."""

    shard: int | None = None
    prune: bool = False
    prune_prefix: str = ""
    dry_run: bool = False
    parallel: int = 4
    deadline: float = 300.0


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a tenant shall hold, which one that is, and how services were spread over shards."""

    groups: list[Sent]
    tenant: Mimir
    asked: Asked
    spread: Remembered


def check(ruler: str, reload: str, asked: Asked) -> None:
    """Refuse options that do not go together."""
    if bool(ruler) == bool(reload):
        raise refuse(
            "say where to: either --ruler or --reload", "--ruler URL writes into Mimir's store; --reload URL makes a Prometheus read the compiled files"
        )
    for_ruler = {"--prune": asked.prune, "--prune-prefix": bool(asked.prune_prefix), "--dry-run": asked.dry_run, "--shard": asked.shard is not None}
    if reload and any(for_ruler.values()):
        option = next(name for name, is_given in for_ruler.items() if is_given)
        raise refuse(f"{option} goes with --ruler: a Prometheus reads the files as they are", "`slo compile --check` says what is not as it would be written")


def run(paths: list[str], ruler: Ruler, output: Path | None, templates: Path | None, style: str, *, asked: Asked, strict: bool) -> None:
    """Make the ruler hold what `paths` compile to."""
    this, paths = start(paths)
    folder = output or of_project(this, this.project.output)
    wish = _compiled(this, paths, folder, templates, asked)
    tell(this, "text")
    if this.report.exit_code(strict=strict):
        typer.echo(f"{reporters.summary(this.report)}: nothing was sent", err=True)
        raise typer.Exit(this.report.exit_code(strict=strict))
    if asked.prune:
        _check_whole(this, folder)
    patience = Patience(deadline=asked.deadline)
    try:
        plan = _planned(ruler, wish, patience)
    except RemoteFailure as failure:
        raise unanswered(failure) from failure
    except KeyboardInterrupt as interrupt:
        raise refuse("interrupted: nothing was sent", "run it again") from interrupt
    told = Told(ruler.url, plan, asked.dry_run)
    if plan.rounds and not plan.conflicts and not asked.dry_run:
        with heard() as halt:
            outcome = push.take(plan, ruler, patience, asked.parallel, halt)
        told = replace(told, outcome=outcome, rest=_left_to_do(ruler, wish, patience) if outcome.is_done else None)
    raise answer(told, style)


def _left_to_do(ruler: Ruler, wish: _Wish, patience: Patience) -> Plan:
    """What the ruler lacks after it took everything: servers drop what they do not know, and others push, too."""
    try:
        return _planned(ruler, wish, patience)
    except (RemoteFailure, KeyboardInterrupt) as error:
        why = error.message if isinstance(error, RemoteFailure) else "interrupted"
        raise refuse(f"all groups were sent, but it could not be looked whether they are there: {why}", "run it again: it changes only what differs") from error


def _compiled(this: Compilation, paths: list[str], folder: Path | None, templates: Path | None, asked: Asked) -> _Wish:
    """The groups of the tenant that is asked for."""
    before = _shards(this, folder, asked.shard)
    compiler.validate(this, paths, output=folder)
    wanted = compiler.pushed(this, templates or of_project(this, this.project.templates), before, asked.shard)
    if this.project.options.shards and this.spec and this.report.ok:
        _check_spread({promise.service for promise in this.spec.promises}, before, this.project.options.shards)
    return _Wish(wanted, this.project.options.mimir, asked, before)


def _planned(ruler: Ruler, wish: _Wish, patience: Patience) -> Plan:
    """What lies between what the ruler holds and what is wanted."""
    held = push.insist(ruler.groups, patience)
    _check_tenant(push.services(held, wish.tenant), wish.spread, wish.asked.shard)
    return push.plan(held, wish.groups, wish.tenant, prune=wish.asked.prune, moved=wish.asked.prune_prefix)


# --- shards, and what may be deleted --------------------------------------------------------------------------------------------------


def _shards(this: Compilation, folder: Path | None, shard: int | None) -> Remembered:
    """How `slo compile` spread the services; a shard is a tenant, and a push goes to one of them."""
    options = this.project.options
    count = options.shards or (read_shards(artifacts.part(folder / names.SHARDS_FILE)).count if folder else 0)
    if not count:
        if shard is not None:
            raise refuse(f"--shard {shard}: the services are not spread over shards", "leave it away, or say `options: {shards: N}` in the project file")
        return Remembered()
    if shard is None:
        last = count - 1
        raise refuse(
            f"the services are spread over {count} shards, each a tenant of its own",
            f"push one after the other: --shard 0 to --shard {last}, each with its --tenant",
        )
    if shard >= count:
        raise refuse(f"there is no shard {shard}", f"shards are 0 to {count - 1}")
    this.project = replace(this.project, options=replace(options, shards=count))
    return remembered(this, folder) or Remembered(count)


def _check_spread(services: Iterable[str], before: Remembered, count: int) -> None:
    lacking = sorted(set(services) - before.shards.keys())
    if before.count not in {0, count}:
        raise refuse(f"{names.SHARDS_FILE} speaks of {before.count} shards, the project of {count}", _COMPILE)
    if lacking:
        raise refuse(f"no {names.SHARDS_FILE} says to which shard {lacking[0]} belongs", _COMPILE)


def _check_tenant(there: Collection[str], spread: Remembered, shard: int | None) -> None:
    """A tenant that holds services of other shards only is not the one of this shard; when services move, some that stay are there, too."""
    shards = {service: spread.shards[service] for service in sorted(there) if service in spread.shards}
    if shard is not None and shards and shard not in shards.values():
        service, other = next(iter(shards.items()))
        message = f"this tenant holds {service}, which belongs to shard {other}, and nothing of shard {shard}; nothing was sent"
        raise refuse(message, f"give shard {shard} its own --tenant (and --ruler), or say --shard {other}")


def _check_whole(this: Compilation, folder: Path | None) -> None:
    """What is not compiled now must not look as if it were gone."""
    if this.root is None or not this.project.sources:
        where = "the project file names no sources" if this.root else "there is no project file"
        help = f"write `sources` into {inputs.PROJECT_FILE}, which say what the whole is, or leave --prune away"
        raise refuse(f"{where}: --prune would delete the rules of all other services; nothing was sent", help)
    sources = [shown(this.root / name) for name in this.project.sources]
    whole = inputs.find(sources, base=this.base(folder), output=folder, others=[this.root / file.data for file in this.project.policy_files], report=Report())
    missing = sorted({one.label for one in whole} - {one.label for one in this.inputs})
    if missing:
        help = "leave PATH away, so that the whole project is compiled: --prune deletes what is not"
        raise refuse(f"{missing[0]} belongs to the project and is not compiled now: --prune would delete its rules", help)
