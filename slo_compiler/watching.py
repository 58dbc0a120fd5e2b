"""Files looked at again and again: which of those that a compilation reads have changed, come or gone.

Three looks a second at times, sizes and inodes need no library, and notice editors that save by renaming; 1,000 files cost a twentieth of one CPU.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

from slo_compiler import artifacts, inputs
from slo_compiler.diagnostics import Report

_PAUSE = 0.3  # seconds between two looks; what changes from one to the next is waited for

Stamp = tuple[int, int, int]
Look = Mapping[Path, Stamp | None]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a compilation reads: `files` that may come and go, files and folders of SLOs, and a folder of which every file counts."""

    files: tuple[Path, ...]
    sources: tuple[Path, ...] = ()
    templates: Path | None = None
    output: Path | None = None

    def paths(self) -> Iterator[Path]:
        """All files that there are now, and those that may come."""
        yield from self.files
        for path in self.sources:
            is_folder = os.path.isdir(path)  # noqa: PTH112  # Path.is_dir raises where it may not look
            yield from inputs.walk(path, self.output, Report()) if is_folder else (path,)
        if self.templates:
            yield from (Path(parent, name) for parent, _, names in os.walk(self.templates) for name in names)


@dataclass(slots=True)
class Watch:
    """One who looks. Files that we wrote ourselves are no sources, wherever they are."""

    _seen: dict[Path, tuple[Stamp, bool]] = field(default_factory=dict)  # and whether they are ours

    def look(self, watched: Watched) -> Look:
        """How the files are now; None for one that may come."""
        return {path: stamp for path in watched.paths() if not self._is_ours(path, stamp := _stamp(path))}

    def wait(self, watched: Watched, before: Look) -> list[Path]:
        """The files that are not as they were, as soon as two looks see the same: several that are saved at once are one change."""
        last = before
        while True:
            sleep(_PAUSE)
            now = self.look(watched)
            changed = sorted(path for path in {**before, **now} if before.get(path) != now.get(path))
            if changed and now == last:
                return changed
            last = now

    def _is_ours(self, path: Path, stamp: Stamp | None) -> bool:
        if stamp is None:
            return False
        if path not in self._seen or self._seen[path][0] != stamp:
            self._seen[path] = stamp, _was_written(path)
        return self._seen[path][1]


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _was_written(path: Path) -> bool:
    try:
        return artifacts.is_ours(artifacts.part(path))
    except OSError:  # the compilation tells why
        return False
