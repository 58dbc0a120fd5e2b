"""The two sides of `slo diff`: folders, files, git revisions and the working tree, each compiled with its own project file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from slo_compiler import compiler, inputs
from slo_compiler.changes import State
from slo_compiler.commands._run import WRONG_USE, of_project, refuse, start, tell
from slo_compiler.compiler import Compilation
from slo_compiler.diagnostics import Report, Severity, Where
from slo_compiler.revisions import GitFailure, NoRevision, Repository, Revision, in_submodule, is_within

TREE = "the working tree"
_HEAD = "HEAD"
_ABSENT = {"file/compiled", "file/not-found", "folder/empty"}  # findings of a state in which there are no SLOs yet, or none any more


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be compared: two paths, or two revisions and the PATHs in them; an empty new revision is the working tree."""

    old: str
    new: str
    paths: tuple[str, ...] = ()
    are_paths: bool = False
    from_fork: bool = False


def asked(words: list[str]) -> Asked:
    """What the words of a command line mean."""
    if len(words) == 2 and all(Path(word).exists() for word in words):
        return Asked(words[0], words[1], are_paths=True)
    if not words:
        return Asked(_HEAD, "")
    first, *rest = words
    if ".." in first and not Path(first).exists():
        old, dots, new = first.partition("..." if "..." in first else "..")
        return Asked(old or _HEAD, new or _HEAD, tuple(rest), from_fork=dots == "...")
    if rest and not Path(rest[0]).exists():
        return Asked(first, rest[0], tuple(rest[1:]))
    return Asked(first, "", tuple(rest))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its compilation and the paths to compile; `at` is the folder into which the files of a revision came, None for others."""

    name: str
    this: Compilation
    paths: list[str]
    at: Path | None = None


@contextmanager
def sides(wanted: Asked, templates: Path | None) -> Iterator[tuple[State, State]]:
    """Both sides, compiled; a mistake in one of them ends the run, when the mistakes of both are told."""
    with _compilations(wanted) as both:
        for side in both:
            _validate(side)
        _forgive(both, wanted)
        old, new = (_lowered(side, templates) for side in both)
        if old is None or new is None:
            for side in both:
                _tell(side)
            raise typer.Exit(WRONG_USE)
        yield old, new


def tree(paths: list[str], templates: Path | None) -> State:
    """The files as they lie there; a mistake ends the run."""
    side = Side("the files", *start(paths))
    _validate(side)
    state = _lowered(side, templates)
    if state is None:
        _tell(side)
        raise typer.Exit(WRONG_USE)
    return state


@contextmanager
def _compilations(wanted: Asked) -> Iterator[tuple[Side, Side]]:
    if wanted.are_paths:
        yield _of_path(wanted.old), _of_path(wanted.new)
        return
    here = Path.cwd()
    try:
        repository = Repository.around(here)
        commits = [repository.commit(name) if name else "" for name in (wanted.old, wanted.new)]
        base = repository.fork(*commits) if wanted.from_fork else commits[0]
        with repository.opened(base) as old:
            before = _of_revision(wanted.old, old, here, wanted.paths, may_lack=True)
            if not commits[1]:
                yield before, Side(TREE, *start(list(wanted.paths)))
                return
            with repository.opened(commits[1]) as new:
                yield before, _of_revision(wanted.new, new, here, wanted.paths)
    except GitFailure as failure:
        raise refuse(failure.message, failure.help) from failure
    except NoRevision as failure:
        raise _unknown(failure, wanted) from failure


def _unknown(failure: NoRevision, wanted: Asked) -> typer.Exit:
    """Tell of a revision that is not there as a finding; raise what this returns."""
    this = Compilation()
    second = "a second one" if wanted.new in {"", _HEAD} or Path(wanted.new).exists() else f"a second one, and there is no file or folder {wanted.new}"
    help = f"it is a path, and so needs {second}: slo diff OLD NEW" if Path(failure.name).exists() else failure.help
    this.report.unreadable("diff/revision", Where(failure.name), failure.message, help)
    tell(this, "text")
    return typer.Exit(this.report.exit_code())


def _of_path(path: str) -> Side:
    """A folder or file with the project file nearest to it; the project's sources where the folder is a project's own."""
    found = inputs.project_file(Path(os.path.realpath(path)))
    this = compiler.open_project(found, os.path.relpath(found) if found else "")
    is_project = found is not None and found.parent == Path(os.path.realpath(path)) and bool(this.project.sources)
    return Side(path, this, [os.path.relpath(this.root / name) for name in this.project.sources] if is_project and this.root else [path])


def _of_revision(name: str, revision: Revision, here: Path, paths: tuple[str, ...], *, may_lack: bool = False) -> Side:
    """What the revision's own project file names, or else PATHs as they lie in the revision; nothing where it has none and `may_lack` it."""
    top = revision.repository.top
    inside = [_inside(Path(path) if path else here, top) for path in ("", *paths)]
    file = next((found for place in inside[:2] if (found := _project_file(revision, Path(place)))), None)  # as the working tree's is found
    if file is None and not paths and not may_lack:
        raise refuse(f"no PATH given, and {name} has no {inputs.PROJECT_FILE} that names sources", "name a file or folder after the revisions")
    root = file.parent if file else Path()
    sketch = compiler.open_project(revision.folder / file, "") if file else Compilation()  # what it names is not there yet: mistakes are told later
    project = sketch.project
    listed = inside[1:] or [_joined(root, source) for source in project.sources]
    revision.bring([*listed, *(_joined(root, one) for one in (*(policy.data for policy in project.policy_files), project.templates) if one)])
    this = compiler.open_project(revision.folder / file, f"{name}:{file.as_posix()}") if file else Compilation()
    _refuse_submodules(revision, listed, _joined(root, project.output) if project.output else None)
    return Side(name, this, [str(revision.folder / one) for one in listed], revision.folder)


def _refuse_submodules(revision: Revision, paths: list[str], output: str | None) -> None:
    """Refuse where a submodule below the paths holds SLO files: they are in the working tree, and in no revision of this repository."""
    if not revision.submodules:
        return
    top = Path(os.path.realpath(revision.repository.top))
    for path in paths:
        for file in inputs.walk(top / path, top / output if output else None, Report()):
            real = Path(os.path.relpath(os.path.realpath(file), top)).as_posix()
            if submodule := next((one for one in revision.submodules if is_within(real, one)), None):
                raise in_submodule(submodule, file.relative_to(top).as_posix())


def _project_file(revision: Revision, inside: Path) -> Path | None:
    """The project file of a folder of the repository, or of the nearest one above it."""
    for folder in (inside, *inside.parents):
        path = folder / inputs.PROJECT_FILE
        if revision.repository.has(revision.commit, path.as_posix()):
            revision.bring([path.as_posix()])
            return path
    return None


def _inside(path: Path, top: Path) -> str:
    real_top = os.path.realpath(top)
    found = os.path.relpath(Path(os.path.realpath(Path.cwd()), path), real_top)  # a link is followed in each revision, which may have another one
    if found.startswith(".."):
        found = os.path.relpath(os.path.realpath(path), real_top)
    if found.startswith(".."):
        raise refuse(f"{path} lies outside the repository {top}", "name files and folders in it")
    return Path(found).as_posix()


def _joined(root: Path, name: str) -> str:
    return os.path.normpath(root / name)


def _validate(side: Side) -> None:
    if side.this.report.ok:
        compiler.validate(side.this, side.paths)


def _forgive(both: tuple[Side, Side], wanted: Asked) -> None:
    """Before the first SLO of a repository there are none, and a PATH may be new or gone; what is on neither side is a mistake."""
    absent = [side for side in both if not side.paths or any(finding.id in _ABSENT for finding in side.this.report.findings)]
    if len(absent) == 1 and not wanted.are_paths and (absent[0] is both[0] or wanted.paths):
        report = absent[0].this.report
        report.findings[:] = [finding for finding in report.findings if finding.id not in _ABSENT]


def _lowered(side: Side, templates: Path | None) -> State | None:
    this = side.this
    bundle = compiler.rules(this, templates or of_project(this, this.project.templates))
    return State(side.name, this.spec, bundle) if this.spec and this.report.ok else None


def _tell(side: Side) -> None:
    """The errors of a side; files of a revision are called as git calls them: `main:services/chat.yaml`."""
    this = side.this
    this.report.findings[:] = [finding for finding in this.report.findings if finding.severity >= Severity.ERROR]
    this.sources = {_renamed(name, side): source for name, source in this.sources.items()}
    for index, one in enumerate(this.report.findings):
        other = replace(one.other, file=_renamed(one.other.file, side)) if one.other else None
        this.report.findings[index] = replace(one, where=replace(one.where, file=_renamed(one.where.file, side)), other=other)
    tell(this, "text")


def _renamed(file: str, side: Side) -> str:
    path = Path(os.path.realpath(file))
    return f"{side.name}:{path.relative_to(side.at).as_posix()}" if side.at and path.is_relative_to(side.at) else file
