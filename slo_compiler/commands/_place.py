"""`slo explain FILE:LINE`: the SLO behind a line that we wrote, what the rule there is for, and whether it is what would be written now."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from slo_compiler import artifacts, compiler, generated, names, purposes
from slo_compiler.commands._page import row, rows
from slo_compiler.commands._run import look, refuse, shown, tell
from slo_compiler.compiler import Compilation
from slo_compiler.generated import Block
from slo_compiler.model import Promise
from slo_compiler.targets import OURS, read_shards


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file that we wrote: a file of `target`, `name` below `folder`, as far as that can be told."""

    path: Path
    line: int
    text: str
    folder: Path
    name: str
    target: str

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.line}"


def read(path: Path, line: int) -> str:
    """The text of a file that has such a line."""
    if not os.path.isfile(path):  # noqa: PTH113  # Path.is_file raises where it may not look
        found = f"{path} is a folder" if os.path.isdir(path) else f"there is no file {path}"  # noqa: PTH112  # Path.is_dir raises where it may not look
        raise refuse(found, "name a file that slo-compiler wrote, or an SLO file, and a line of it: FILE:LINE")
    try:
        text = artifacts.part(path)
    except OSError as error:
        raise refuse(f"{path} cannot be read: {error.strerror}", "check its permissions") from error
    count = len(text.rstrip("\n").split("\n"))
    if not 1 <= line <= count:
        raise refuse(f"{path} has no line {line}: it has {count}", "name a line that it has")
    return text


def explain(path: Path, line: int, text: str, paths: list[str], style: str) -> None:
    """Print what is known of a line of a file of ours."""
    place = _placed(path, line, text)
    this, _ = look([*paths, str(path)])
    told = sorted(artifacts.came_from(text))
    sources = paths or _sources(this, place, told)
    if sources:
        compiler.validate(this, sources, output=place.folder)
        if not this.report.ok:
            tell(this, "text")
            raise typer.Exit(this.report.exit_code())
    answer = _answer(place, this, told)
    typer.echo(json.dumps(_data(answer), indent=2, ensure_ascii=False) if style == "json" else _page(answer))


def _sources(this: Compilation, place: Place, told: list[str]) -> list[str]:
    """What a file is made from: the project's sources, because new ones may belong to it, and those that it tells, as far as they are there."""
    own = [this.root / one for one in this.project.sources] if this.root else []
    base = this.base(place.folder)
    return [shown(one) for one in dict.fromkeys((*own, *(base / one for one in told))) if _is_there(one)]


def _is_there(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110  # Path.exists raises where it may not look


def _placed(path: Path, line: int, text: str) -> Place:
    """The output folder and the target of a file, by its name: a shard's folder lies in the output folder, too."""
    whole = path.resolve()
    for folder in reversed(whole.parents[:3]):
        name = whole.relative_to(folder).as_posix()
        for target, patterns in OURS.items():
            if any(fnmatch.fnmatchcase(name, pattern) and name.count("/") == pattern.count("/") for pattern in patterns if pattern != names.SHARDS_FILE):
                return Place(path, line, text, folder, name, target)
    return Place(path, line, text, whole.parent, whole.name, "")


# --- what is known -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule: the promise that it comes from and the line at which that begins, None and 0 where it is shared by a service or where it is gone.

    `readers` is None for an alert, and where it is not known which rules read a series; `state` is `current`, `stale`, `gone` or `unknown`.
    """

    block: Block
    promise: Promise | None
    line: int
    service: str
    purpose: str
    readers: list[str] | None
    state: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a line; `file` is `current`, `stale`, `gone` or `unknown`, and so are the states of `sources`, or `same` or `changed`."""

    place: str
    rule: Explained | None
    group: str
    file: str
    sources: list[tuple[str, str]]


def _answer(place: Place, this: Compilation, told: list[str]) -> Answer:
    new = _new(place, this)
    block = generated.block_at(place.text, place.line)
    is_known = place.target and this.inputs
    file = "unknown" if not is_known else "gone" if new is None else "current" if new == place.text else "stale"
    rule = _rule(block, place, this, new) if block else None
    return Answer(str(place), rule, generated.group_at(place.text, place.line)[0], file, [(one, _state(one, place, this)) for one in told])


def _new(place: Place, this: Compilation) -> str | None:
    """The text that the file would have now; None where it would not be written."""
    if not place.target or not this.inputs:
        return None
    before = read_shards(artifacts.part(place.folder / names.SHARDS_FILE)) if (place.folder / names.SHARDS_FILE).is_file() else None
    is_single = this.project.options.single_file or Path(place.name).name.startswith(f"{names.EVERYTHING}.")
    options = replace(this.project.options, single_file=is_single, shards=before.count if before else 0)
    this.project = replace(this.project, options=options)
    templates = this.root / this.project.templates if this.root and this.project.templates else None
    files = compiler.emit(this, templates, (place.target,), before)
    if not this.report.ok:
        tell(this, "text")
        raise typer.Exit(this.report.exit_code())
    return next((file.text for file in files if file.path == place.name), None)


def _rule(block: Block, place: Place, this: Compilation, new: str | None) -> Explained:
    labels = block.labels
    promises = this.spec.promises if this.spec else ()
    promise = next((one for one in promises if one.id == labels.get("slo_id")), None)
    service = promise.service if promise else labels.get("slo_service") or generated.group_at(place.text, block.first)[1]
    rules = next((one for one in compiler.rules(this).services if one.service == service), None) if this.inputs else None
    spot = this.sources[promise.where.file].spot(promise.where) if promise else None
    readers = purposes.readers(block.name, labels, rules) if rules and block.kind == "record" else None
    state = _state_of_rule(block, new) if this.inputs else "unknown"
    return Explained(block, promise, spot.line if spot else 0, service, purposes.purpose(block.name, labels, promise), readers, state)


def _state_of_rule(block: Block, new: str | None) -> str:
    """Whether a rule is what would be written now: `current`, `stale`, or `gone` where it would not be written."""
    found = list(generated.blocks(new or ""))
    if any(one.text == block.text for one in found):
        return "current"
    return "stale" if any(block.is_rule(one) for one in found) else "gone"


def _state(source: str, place: Place, this: Compilation) -> str:
    """Whether a source is what a file was made from: `same`, `changed` or `gone`; `unknown` where the file has no hash of it or it was not read."""
    now = compiler.digests(this).get(source)
    if now is None:
        return "unknown" if _is_there(this.base(place.folder) / source) else "gone"
    then = artifacts.digest_of(source, place.text)
    return "unknown" if then is None else "same" if then == now else "changed"


# --- how it is told ----------------------------------------------------------------------------------------------------------------

_FILES = {
    "current": "as it would be written now",
    "stale": "not as it would be written now: run `slo compile`",
    "gone": "would not be written now: its SLOs are gone, or it was written with other options",
    "unknown": "whether it is as it would be written now cannot be told",
}
_RULES = {"current": "", "stale": "; it would be another one now", "gone": "; it would not be written now", "unknown": ""}
_SOURCES = {
    "same": "as it was",
    "changed": "has changed since",
    "gone": "is not there; if it was compiled elsewhere, name its PATH after the line",
    "unknown": "not known whether it has changed",
}


def _page(answer: Answer) -> str:
    lines = [answer.place, *_told(answer), row("file", _FILES[answer.file])]
    return "\n".join([*lines, *rows("from", [f"{name}: {_SOURCES[state]}" for name, state in answer.sources])])


def _told(answer: Answer) -> list[str]:
    if answer.rule:
        return list(_told_rule(answer.rule))
    if answer.group:
        return [row("group", f"{answer.group}: its rules run one after the other, at one interval; name the line of one of them")]
    return [row("line", "no rule stands here: the file as a whole comes from its sources")]


def _told_rule(rule: Explained) -> Iterator[str]:
    block, labels = rule.block, rule.block.labels
    if rule.promise:
        yield row("slo", f"{rule.promise.full_name}: {rule.promise.title} ({rule.promise.category})")
        yield row("source", f"{rule.promise.where.file}:{rule.line}")
    elif "slo_id" in labels:
        yield row("slo", f"{labels['slo_id']}, which is not in the sources that are there")
    else:
        yield row("slo", f"all of {rule.service or 'its service'}: they share this rule")
    named = "".join(f", {name} {labels[name]}" for name in ("slo_tier", "severity") if name in labels)
    yield row("rule", f"{block.kind} {block.name}{named}{_RULES[rule.state]}")
    if rule.purpose:
        yield row("for", rule.purpose)
    if rule.readers is not None:
        yield row("read by", ", ".join(rule.readers) or "no rule: it is for pages, reports and people")


def _data(answer: Answer) -> dict[str, object]:
    rule = answer.rule
    return {
        "place": answer.place,
        "slo": _slo(rule) if rule else None,
        "rule": {rule.block.kind: rule.block.name, "labels": rule.block.labels, "state": rule.state} if rule else None,
        "service": rule.service or None if rule else None,
        "group": answer.group or None,
        "purpose": rule.purpose or None if rule else None,
        "read_by": rule.readers if rule else None,
        "file": answer.file,
        "sources": [{"name": name, "state": state} for name, state in answer.sources],
    }


def _slo(rule: Explained) -> dict[str, object] | None:
    one = rule.promise
    if one is None:
        return None
    return {"name": one.full_name, "slo_id": one.id, "title": one.title, "category": one.category, "file": one.where.file, "line": rule.line}
