"""Files as they were at a revision: read by `git`, into a folder of ours; the user's index and working tree are never touched."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slo_compiler.diagnostics import nearest

_PATIENCE = 300  # seconds
_AS_TYPED = {"LC_ALL": "C.UTF-8", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}
_LINK, _SUBMODULE = "120000", "160000"  # how git writes the kinds of what it keeps
_ELSEWHERE = "compare two folders: slo diff OLD NEW"
_PLAIN = ("-c", "core.sparseCheckout=false", "-c", "core.fsmonitor=false")  # all files, and no program of the user's asked about them


class NoRevision(Exception):  # noqa: N818  # told by the command as a finding
    """A name that is no revision of the repository: what was found, and the next step."""

    def __init__(self, name: str, help: str) -> None:
        super().__init__(f"there is no revision {name!r}")
        self.name, self.message, self.help = name, f"there is no revision {name!r}", help


class GitFailure(Exception):  # noqa: N818  # told by the command in one sentence
    """Git could not be asked: what happened, and the next step."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.message, self.help = message, help


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by the folder at its top. Every method raises GitFailure."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that a folder belongs to."""
        said = _git(folder, "rev-parse", "--show-toplevel")
        if said is None:
            raise GitFailure(f"{folder} lies in no git repository", "run it in one, or compare two folders: slo diff OLD NEW")
        return cls(Path(said.rstrip("\n")))

    def commit(self, name: str) -> str:
        """The commit that a name such as `main` or `HEAD~2` means. Raises NoRevision."""
        found = None if name.startswith("-") else _git(self.top, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if not found:
            known = (_git(self.top, "for-each-ref", "--format=%(refname:short)") or "").split()
            if not known and name == "HEAD":
                raise NoRevision(name, "nothing is committed yet: commit first, or compare two folders: slo diff OLD NEW")
            if (_git(self.top, "rev-parse", "--is-shallow-repository") or "").strip() == "true":
                raise NoRevision(name, "this clone holds the last commits only: run `git fetch --unshallow origin` first, or let the pipeline fetch all")
            near = nearest(name, ["HEAD", *known])
            other = "a pipeline often fetches one commit only: run `git fetch origin main` first, or let it fetch all"
            raise NoRevision(name, f"did you mean {near}?" if near else other)
        return found.strip()

    def fork(self, one: str, other: str) -> str:
        """The commit from which two commits went different ways. Raises NoRevision."""
        found = _git(self.top, "merge-base", one, other)
        if not found:
            raise NoRevision(f"{one[:12]}...{other[:12]}", "the two have no common past here: fetch more of it with `git fetch --unshallow`")
        return found.strip()

    def has(self, commit: str, path: str) -> bool:
        """Whether there is a file of this path, which is taken from the top."""
        return _git(self.top, "cat-file", "-e", f"{commit}:{path}") is not None

    @contextmanager
    def opened(self, commit: str) -> Iterator[Revision]:
        """A revision, into whose folder files can be brought; it is removed in the end."""
        with tempfile.TemporaryDirectory(prefix="slo-") as name:
            folder = Path(os.path.realpath(name))
            index = {"GIT_INDEX_FILE": str(folder / ".index")}
            if _git(self.top, "read-tree", commit, more=index) is None:
                raise GitFailure(f"git cannot read the files of {commit[:12]}", "look into the repository with `git fsck`")
            listed = _git(self.top, "ls-files", "-s", "-z", more=index) or ""
            special = dict(_special(listed))
            revision = Revision(self, commit, folder, index, _paths(special, _LINK), _paths(special, _SUBMODULE))
            revision.bring_links()
            yield revision


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit whose files come into `folder`, each at the path that it has in the repository; `links` and `submodules` are all that it has."""

    repository: Repository
    commit: str
    folder: Path
    index: dict[str, str]
    links: tuple[str, ...]
    submodules: tuple[str, ...]

    def bring_links(self) -> None:
        """Bring all links, so that paths can be followed before what they lead to is there; those that lead out are cut: what lies there is no part of it."""
        self._check_out(self.links)
        for link in [link for link in self.links if self._real(link).startswith("..")]:
            (self.folder / link).unlink()

    def bring(self, paths: Iterable[str]) -> None:
        """Bring files, all that lies in folders, and what links there lead to; what is not there is left out. Raises GitFailure."""
        brought: set[str] = set()
        wanted = {self._known(path) for path in paths}
        while wanted:
            listed = _git(self.repository.top, "ls-files", "-z", "--", *(() if "." in wanted else sorted(wanted)), more=self.index) or ""
            self._check_out(sorted(set(listed.split("\0")) - {"", *self.links, *self.submodules}))
            brought |= wanted
            wanted = {self._real(link) for link in self.links if any(is_within(link, one) for one in wanted)} - brought

    def _known(self, path: str) -> str:
        """Where a path leads. Raises GitFailure where that is no part of the revision."""
        real = self._real(path)
        if submodule := next((one for one in self.submodules if is_within(real, one)), None):
            raise in_submodule(submodule, path)
        if link := next((one for one in self.links if is_within(real, one)), None):  # only a link that was cut, or leads round, is still one
            raise GitFailure(f"{link} is a link that leads out of the repository", f"{_ELSEWHERE}, which follow it")
        return real

    def _real(self, path: str) -> str:
        """A path without links, from the top."""
        return Path(os.path.relpath(os.path.realpath(self.folder / path), self.folder)).as_posix()

    def _check_out(self, files: Iterable[str]) -> None:
        into, said = f"--prefix={self.folder}{os.sep}", "".join(f"{name}\0" for name in files)
        if said and _git(self.repository.top, "checkout-index", "-q", "-f", "-z", "--stdin", into, more=self.index, said=said) is None:
            raise GitFailure(f"git cannot bring the files of {self.commit[:12]}", "make room in the folder for temporary files, then run again")


def in_submodule(submodule: str, path: str) -> GitFailure:
    """What is told of a path whose files belong to another repository."""
    told = f"{path} lies in the submodule {submodule}" if path != submodule else f"{path} is a submodule"
    return GitFailure(f"{told}, whose files this repository does not keep", f"run `slo diff` in {submodule}, or {_ELSEWHERE}")


def is_within(path: str, folder: str) -> bool:
    """Whether a path is a folder's own or lies below it."""
    return Path(path).is_relative_to(folder)


def _special(listed: str) -> Iterator[tuple[str, str]]:
    """Path and mode of what is no plain file, of what `git ls-files -s -z` lists."""
    for line in filter(None, listed.split("\0")):
        told, _, path = line.partition("\t")
        mode = told.partition(" ")[0]
        if mode in {_LINK, _SUBMODULE}:
            yield path, mode


def _paths(special: Mapping[str, str], mode: str) -> tuple[str, ...]:
    return tuple(path for path, its in special.items() if its == mode)


def _git(folder: Path, *arguments: str, more: dict[str, str] | None = None, said: str | None = None) -> str | None:
    """What git answers; None where it refuses. Raises GitFailure where it cannot be started or does not come to an end."""
    command = ["git", *_PLAIN, *arguments]
    environment, given = {**os.environ, **_AS_TYPED, **(more or {})}, (said or "").encode(errors="surrogateescape")
    try:
        done = subprocess.run(command, cwd=folder, env=environment, input=given, capture_output=True, check=False, timeout=_PATIENCE)  # noqa: S603
    except OSError as error:
        raise GitFailure(f"git cannot be run: {error.strerror}", "install git, or compare two folders: slo diff OLD NEW") from error
    except subprocess.TimeoutExpired as error:
        raise GitFailure(f"git did not come to an end within {_PATIENCE} s", "look whether the repository's disk answers") from error
    if done.returncode and b"dubious ownership" in done.stderr:
        raise GitFailure(f"git does not read {folder}: it belongs to another user", f"say that it may: git config --global --add safe.directory {folder}")
    return done.stdout.decode(errors="surrogateescape") if done.returncode == 0 else None
