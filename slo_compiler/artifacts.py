"""Files that we write: all or nothing, only what changed, and nothing that is not ours is ever removed."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

from slo_compiler import __version__

#: The first words of every file that we write; they are how we know our own. JSON has no comments: they open its first value.
MARK, _JSON_MARK = "# Written by slo-compiler", '{"description": "Written by slo-compiler'
_SOURCE = "Source: "
_SHA256, _WITH_SHA256 = " (sha256 {})", re.compile(r" \(sha256 [0-9a-f]{16}\)\Z")
_NONE: Mapping[str, str] = MappingProxyType({})
_RELEASE = ".".join(__version__.split(".")[:2])  # without the patch release, which leaves files as they are
_LOCK = "lock"  # the name of the file whose lock tells that a run has a folder
_STAGED = (".slo-", ".tmp")  # how the name of a file begins and ends that is not complete
Gone = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One output file: its path below the output folder, its text, and the names of the sources it came from."""

    path: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a run changed on disk, as paths below the output folder."""

    written: list[str]
    unchanged: list[str]
    removed: list[str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a run would do to a file below the output folder: its text as it stands and as it would be, None where there is none.

    `why` is `missing`, `differs`, `left over` (it would be removed) or `not ours` (a run would stop at it).
    """

    path: str
    why: str
    old: str | None
    new: str | None


class StillNeeded(Exception):  # noqa: N818  # told by the command as a finding
    """A file that also holds what came from another source, which lives and was not read now: replacing it would lose that part."""

    def __init__(self, path: Path, source: str) -> None:
        super().__init__(path, source)
        self.path, self.source = path, source


class LeadsOut(Exception):  # noqa: N818  # told by the command as a finding
    """A link in the output folder, in the place of a sub-folder of ours, that leads out of it: what we wrote or removed there would be somebody else's."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path, self.target = path, os.path.realpath(path)


def header(sources: tuple[str, ...], command: str = "slo compile", *, digests: Mapping[str, str] = _NONE) -> str:
    """The comment lines on top of a file that `command` writes."""
    return "".join(f"# {line}\n" for line in note(sources, command, digests=digests).splitlines())


def note(sources: tuple[str, ...], command: str = "slo compile", *, digests: Mapping[str, str] = _NONE) -> str:
    """The same lines as plain text, with which the `description` begins that is the first value of a JSON file; `digests` of the sources, where known."""
    named = (f"{_SOURCE}{source}{_SHA256.format(digests[source]) if source in digests else ''}" for source in sources)
    return "\n".join([f"{MARK.removeprefix('# ')} {_RELEASE}: edit the source and run `{command}`, not this file.", *named])


def is_ours(text: str) -> bool:
    """Whether a text is one that we wrote."""
    return text.startswith((MARK, _JSON_MARK))


def write(artifacts: list[Artifact], folder: Path, *, ours: Iterable[str], gone: Gone, given_up: Gone = lambda _source: True) -> Written:
    """Bring `folder` up to date: every new text is complete on disk before the first old one is replaced.

    A file that fits one of the patterns `ours`, was written by us, is not among `artifacts` and came only from sources that are `gone` is removed, and
    a sub-folder that this leaves empty; a part of a file may be lost only if its source is `given_up`. Raises OSError, also where somebody else's file
    is in the way, LeadsOut and StillNeeded; then the old files are as they were.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = [artifact for artifact in artifacts if _differs(_place(folder, artifact.path), artifact, given_up)]
    _replace_all({folder / artifact.path: artifact.text for artifact in changed})
    names = {artifact.path for artifact in changed}
    kept = {artifact.path for artifact in artifacts}
    return Written(sorted(names), sorted(kept - names), _prune(folder, kept, ours, gone))


def plan(artifacts: list[Artifact], folder: Path, *, ours: Iterable[str], gone: Gone, given_up: Gone = lambda _source: True) -> list[Change]:
    """What `write` would change, sorted by path; nothing is touched. Raises what `write` raises, but for files of others: they are told among the changes."""
    found = [change for artifact in artifacts if (change := _planned(folder, artifact, given_up))]
    left = [(path.relative_to(folder).as_posix(), _read(path)) for path in _left_over(folder, {artifact.path for artifact in artifacts}, ours, gone)]
    return sorted([*found, *(Change(name, "left over", old, None) for name, old in left)], key=lambda change: change.path)


def _planned(folder: Path, artifact: Artifact, given_up: Gone) -> Change | None:
    try:
        path = _place(folder, artifact.path)
        if not _differs(path, artifact, given_up):
            return None
    except (FileExistsError, IsADirectoryError):
        return Change(artifact.path, "not ours", None, artifact.text)
    old = _read(path)
    return Change(artifact.path, "missing" if old is None else "differs", old, artifact.text)


def _place(folder: Path, name: str) -> Path:
    """Where a file is to stand: in the folder itself, or in a sub-folder that is there or can be made."""
    path = folder / name
    if not _is_inside(path.parent, folder):
        raise LeadsOut(path.parent)
    for above in (folder / one for one in Path(name).parents):
        if above.exists() and not above.is_dir():
            raise FileExistsError(errno.EEXIST, "is in the way of a folder", str(above))
    return path


def _is_inside(below: Path, folder: Path) -> bool:
    return Path(os.path.realpath(below)).is_relative_to(os.path.realpath(folder))


def _replace_all(texts: Mapping[Path, str]) -> None:
    """Write files, sub-folders made if need be; what was begun in vain is taken away again."""
    made: list[Path] = []
    staged: list[tuple[str, Path]] = []
    try:
        for path, text in texts.items():
            made += _make(path.parent)
            staged.append((_stage((text,), path.parent), path))
        for temporary, path in staged:
            Path(temporary).replace(path)
    except BaseException:
        for temporary, _ in staged:
            Path(temporary).unlink(missing_ok=True)
        for one in reversed(made):
            _remove_empty(one)
        raise


def _make(folder: Path) -> list[Path]:
    """Make a folder and those above it; those that were not there, the highest first."""
    missing = [one for one in (folder, *folder.parents) if not one.is_dir()][::-1]
    for one in missing:
        one.mkdir()
    return missing


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # in one that is not empty, or a link, somebody has something
        folder.rmdir()


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def replace(path: Path, text: str) -> None:
    """Write a file that the user named, whole or not at all, whatever was there before. Raises OSError."""
    stream(path, (text,), path.parent)


def stream(path: Path, texts: Iterable[str], folder: Path) -> None:
    """The same for a file that comes in pieces and need not fit into memory; until it is complete it lies in `folder`, on the same disk.

    A link stays one. Raises OSError, also for a device, a pipe or a folder, and what `texts` raises.
    """
    target = replaceable(path)
    Path(_stage(texts, target.parent if path.is_symlink() else folder)).replace(target)


def replaceable(path: Path) -> Path:
    """The file that a path leads to, there or not yet. Raises OSError for what is there and no regular file: replacing a device would destroy it."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "it is there and is no regular file", str(path))
    return target


def part(path: Path) -> str:
    """The text of a part that an earlier run finished; empty where it did not. Raises OSError."""
    return _read(path) or ""


class Held(Exception):  # noqa: N818  # told by the command
    """A folder that another run has."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Have a folder alone, made if need be and removed if it is empty in the end; a run that was killed holds nothing. Raises Held and OSError."""
    import fcntl  # noqa: PLC0415  # late: not everywhere, and only needed here

    folder.mkdir(exist_ok=True)
    path = folder / _LOCK
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Held(folder) from error
        if not _is_at(path, lock.fileno()):  # the run that had it removed it just now
            raise Held(folder)
        try:
            yield
        finally:
            with suppress(OSError):  # what stays harms nobody: a lock ends with its run
                path.unlink()
                if not any(folder.iterdir()):
                    folder.rmdir()


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def remove_parts(folder: Path, suffix: str) -> None:
    """Remove the parts of a run that came to its end, and what killed ones left. Raises OSError."""
    for path in (*folder.glob(f"*{suffix}"), *folder.glob(f"{_STAGED[0]}*{_STAGED[1]}")):
        path.unlink()


def _stage(texts: Iterable[str], folder: Path) -> str:
    descriptor, name = tempfile.mkstemp(prefix=_STAGED[0], suffix=_STAGED[1], dir=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(texts)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name


def _differs(path: Path, new: Artifact, given_up: Gone) -> bool:
    old = _read(path)
    if old is not None and not is_ours(old):
        raise FileExistsError(17, "is in the way and was not written by slo-compiler", str(path))
    needed = sorted(source for source in _came_from(old or "") - set(new.sources) if not given_up(source))
    if needed:
        raise StillNeeded(path, needed[0])
    return old != new.text


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _prune(folder: Path, kept: set[str], ours: Iterable[str], gone: Gone) -> list[str]:
    removed = []
    for path in _left_over(folder, kept, ours, gone):
        path.unlink()
        removed.append(path.relative_to(folder).as_posix())
        for above in path.relative_to(folder).parents[:-1]:
            _remove_empty(folder / above)
    return removed


def _left_over(folder: Path, kept: set[str], ours: Iterable[str], gone: Gone) -> Iterator[Path]:
    """Files of ours that nothing makes any more."""
    for path in sorted({path for pattern in ours for path in folder.glob(pattern) if _is_inside(path.parent, folder)}):
        sources = _came_from(_read(path) or "") if path.relative_to(folder).as_posix() not in kept and path.is_file() else set()
        if sources and all(gone(source) for source in sources):
            yield path


def _came_from(text: str) -> set[str]:
    if not is_ours(text):
        return set()
    return {_WITH_SHA256.sub("", line.removeprefix(_SOURCE)) for line in _head(text) if line.startswith(_SOURCE)}


def _head(text: str) -> list[str]:
    """The lines of our note on top of a file."""
    if text.startswith(MARK):
        return [line.removeprefix("# ").rstrip("\r\n") for line in takewhile(lambda line: line.startswith("#"), StringIO(text))]
    import json  # noqa: PLC0415  # late: most folders hold no pages

    first = text.split("\n", 1)[0].rstrip(",")
    try:
        return str(json.loads(first + "}")["description"]).splitlines()
    except ValueError:  # somebody's change: it tells no sources, so that it is never removed
        return []
