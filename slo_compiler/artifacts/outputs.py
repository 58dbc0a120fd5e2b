"""An output folder brought up to date, or told what would: all or nothing, only what changed, and nothing that is not ours is ever removed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from slo_compiler.artifacts.notes import came_from, is_ours
from slo_compiler.artifacts.staging import is_dead, read, remove_empty, replace_all

Gone = Callable[[str], bool]
_WRITABLE = 0o222


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
    """A link in the output folder, in the place of a file or sub-folder of ours, that leads out of it: what it leads to is somebody else's."""

    def __init__(self, path: Path, place_of: str) -> None:
        super().__init__(path, place_of)
        self.path, self.place_of, self.target = path, place_of, os.path.realpath(path)


class LeftOver(Exception):  # noqa: N818  # told by the command as a finding
    """A file of ours that nothing makes any more and that cannot be removed; all others are as they should be."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(path, error)
        self.path, self.reason = path, error.strerror


def sweep(folder: Path, patterns: Iterable[str]) -> None:
    """Remove what killed runs left where files of these patterns stand; no run may be alive in `folder`. Raises OSError."""
    for pattern in {str(Path(pattern).parent / ".slo-*.tmp") for pattern in patterns}:
        for path in folder.glob(pattern):
            if is_dead(path) and _is_inside(path.parent, folder):
                path.unlink(missing_ok=True)
                _remove_empty_above(path, folder)


def write(artifacts: list[Artifact], folder: Path, *, ours: Iterable[str], gone: Gone, given_up: Gone = lambda _source: True) -> Written:
    """Bring `folder` up to date: every new text is complete on disk before the first old one is replaced.

    A file that fits one of the patterns `ours`, was written by us, is not among `artifacts` and came only from sources that are `gone` is removed, and
    a sub-folder that this leaves empty; a part of a file may be lost only if its source is `given_up`. Raises OSError, also where somebody else's file
    is in the way, LeadsOut and StillNeeded; then the old files are as they were. Raises LeftOver where only the last step fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = [artifact for artifact in artifacts if _differs(_place(folder, artifact.path), artifact, folder, given_up)]
    for artifact in changed:
        _check_rights(folder / artifact.path)
    replace_all({folder / artifact.path: artifact.text for artifact in changed})
    names = {artifact.path for artifact in changed}
    kept = {artifact.path for artifact in artifacts}
    return Written(sorted(names), sorted(kept - names), _prune(folder, kept, ours, gone))


def plan(artifacts: list[Artifact], folder: Path, *, ours: Iterable[str], gone: Gone, given_up: Gone = lambda _source: True) -> list[Change]:
    """What `write` would change, sorted by path; nothing is touched. Raises what `write` raises, but for files of others: they are told among the changes."""
    found = [change for artifact in artifacts if (change := _planned(folder, artifact, given_up))]
    left = [(path.relative_to(folder).as_posix(), read(path)) for path in _left_over(folder, {artifact.path for artifact in artifacts}, ours, gone)]
    return sorted([*found, *(Change(name, "left over", old, None) for name, old in left)], key=lambda change: change.path)


def _planned(folder: Path, artifact: Artifact, given_up: Gone) -> Change | None:
    try:
        path = _place(folder, artifact.path)
        if not _differs(path, artifact, folder, given_up):
            return None
    except (FileExistsError, IsADirectoryError):
        return Change(artifact.path, "not ours", None, artifact.text)
    old = read(path)
    return Change(artifact.path, "missing" if old is None else "differs", old, artifact.text)


def _place(folder: Path, name: str) -> Path:
    """Where a file is to stand: in the folder itself, or in a sub-folder that is there or can be made."""
    path = folder / name
    if not _is_inside(path.parent, folder):
        raise LeadsOut(path.parent, "folder")
    for above in (folder / one for one in Path(name).parents):
        if os.path.lexists(above) and not above.is_dir():
            raise FileExistsError(errno.EEXIST, "is in the way of a folder", str(above))
    return path


def _is_inside(below: Path, folder: Path) -> bool:
    return Path(os.path.realpath(below)).is_relative_to(os.path.realpath(folder))


def _differs(path: Path, new: Artifact, folder: Path, given_up: Gone) -> bool:
    """Whether a file is to be replaced. Raises an exception where it may not be; what is as it should be may be anything, even a link."""
    old = _old(path)
    if old is not None and old.replace("\r\n", "\n") == new.text:  # git may write other line ends
        return False
    if path.is_symlink():
        raise FileExistsError(errno.EEXIST, "is a link", str(path)) if _is_inside(path, folder) else LeadsOut(path, "file")
    if old is not None and not is_ours(old):
        raise FileExistsError(errno.EEXIST, "is in the way and was not written by slo-compiler", str(path))
    needed = sorted(source for source in came_from(old or "") - set(new.sources) if not given_up(source))
    if needed:
        raise StillNeeded(path, needed[0])
    return True


def _old(path: Path) -> str | None:
    try:
        return read(path)
    except OSError:
        if path.is_symlink():  # to a folder, or round in a ring
            return None
        raise


def _check_rights(path: Path) -> None:
    """A file may be replaced whatever its rights are, but whoever took them away wanted it to stay."""
    if path.exists() and not path.stat().st_mode & _WRITABLE:
        raise PermissionError(errno.EACCES, "it is read-only", str(path))


def _prune(folder: Path, kept: set[str], ours: Iterable[str], gone: Gone) -> list[str]:
    removed = []
    for path in _left_over(folder, kept, ours, gone):
        try:
            path.unlink()
        except OSError as error:
            raise LeftOver(path, error) from error
        removed.append(path.relative_to(folder).as_posix())
        _remove_empty_above(path, folder)
    return removed


def _remove_empty_above(path: Path, folder: Path) -> None:
    for above in path.relative_to(folder).parents[:-1]:
        remove_empty(folder / above)


def _left_over(folder: Path, kept: set[str], ours: Iterable[str], gone: Gone) -> Iterator[Path]:
    """Files of ours that nothing makes any more; a link is none."""
    for path in sorted({path for pattern in ours for path in folder.glob(pattern) if _is_inside(path.parent, folder)}):
        is_free = path.relative_to(folder).as_posix() not in kept and path.is_file() and not path.is_symlink()
        sources = came_from(read(path) or "") if is_free else set()
        if sources and all(gone(source) for source in sources):
            yield path
