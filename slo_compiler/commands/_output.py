"""Files of a run, written into the folder that the user named: all of them, or a finding that tells why none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from slo_compiler import artifacts, inputs, names
from slo_compiler.artifacts import Artifact, Change, Gone, Written
from slo_compiler.commands._run import plural
from slo_compiler.compiler import Compilation
from slo_compiler.diagnostics import Spot, Where
from slo_compiler.targets import OURS, Remembered, read_shards

_ALL = frozenset(pattern for patterns in OURS.values() for pattern in patterns)  # a killed run may have had other targets


def write(this: Compilation, files: list[Artifact], folder: Path, paths: list[str], *, ours: Iterable[str]) -> Written | None:
    """Write what `paths` became; files of `ours` (patterns) whose sources are gone go, too. None where it cannot be, with a finding."""
    gone, given_up = _lost(this, folder, paths)
    with _told(this, folder), artifacts.alone(folder) as is_alone:
        if is_alone:
            artifacts.sweep(folder, _ALL)
        return artifacts.write(files, folder, ours=ours, gone=gone, given_up=given_up)
    return None


def plan(this: Compilation, files: list[Artifact], folder: Path, paths: list[str], *, ours: Iterable[str]) -> list[Change] | None:
    """What `write` would change; nothing is touched. None where it would write nothing, with the same finding."""
    gone, given_up = _lost(this, folder, paths)
    with _told(this, folder):
        if os.path.lexists(folder) and not folder.is_dir():
            raise FileExistsError(17, "is no folder", str(folder))
        return artifacts.plan(files, folder, ours=ours, gone=gone, given_up=given_up)
    return None


def _lost(this: Compilation, folder: Path, paths: list[str]) -> tuple[Gone, Gone]:
    """Which sources are gone, so that what came from them alone goes; and which may be lost from a file that is written anew."""
    compiled = {one.label for one in this.inputs} - {inputs.STDIN_LABEL}
    searched = [Path(path).resolve() for path in paths if Path(path).is_dir()]
    base = this.base(folder)

    def gone(source: str) -> bool:
        place = (base / source).resolve()
        return source in compiled or (not place.exists() and any(place.is_relative_to(one) for one in searched))

    def given_up(source: str) -> bool:
        return gone(source) or source == inputs.STDIN_LABEL or not (base / source).exists()

    return gone, given_up


@contextmanager
def _told(this: Compilation, folder: Path) -> Iterator[None]:
    """Make a finding of what keeps us from writing."""
    try:
        yield
    except artifacts.StillNeeded as error:
        noun = _noun(error.path)
        help = f"compile all files of a {noun} in one run: name {error.source} too, or the folder that holds them"
        message = f"the {noun}'s other SLOs come from {error.source}, which is not compiled now: they would be lost"
        this.report.unreadable("output/part-of-a-service", Where(error.path.as_posix()), message, help)
    except artifacts.LeadsOut as error:
        help = f"make it a {error.place_of}, or name another folder with -o; what lies elsewhere is not ours to change"
        message = f"this link leads out of the output folder, to {error.target}"
        this.report.unreadable("output/leads-out", Where(error.path.as_posix()), message, help)
    except artifacts.Held:
        help = "wait until it has ended, then run again; or name another folder with -o"
        this.report.unreadable("output/held", Where(folder.as_posix()), "another run is writing into this folder", help)
    except artifacts.LeftOver as error:
        help = "all other files are as they should be; check the permissions, then run again"
        message = f"this file is left over, and cannot be removed: {error.reason}"
        this.report.unreadable("output/cannot-write", Where(error.path.as_posix()), message, help)
    except (FileExistsError, IsADirectoryError) as error:
        _tell_what_is_in_the_way(this, Path(str(error.filename or folder)), folder)
    except OSError as error:
        help = "nothing was changed; make room or check the permissions, then run again"
        message = f"the output cannot be written: {error.strerror}"
        this.report.unreadable("output/cannot-write", Where(_blamed(error, folder).as_posix()), message, help)


def _tell_what_is_in_the_way(this: Compilation, path: Path, folder: Path) -> None:
    if path == folder or (folder.exists() and not folder.is_dir()):
        this.report.unreadable("output/not-a-folder", Where(folder.as_posix()), "the output must be a folder, found a file", "name another folder with -o")
        return
    kind = "link" if path.is_symlink() else "folder" if path.is_dir() else "file"
    help = "move it away, or write to another folder; only files that we wrote are replaced"
    made = "write" if kind == "file" else "make"
    this.report.unreadable("output/foreign-file", Where(path.as_posix()), f"a {kind} that we did not {made} is in the way", help)


def _blamed(error: OSError, folder: Path) -> Path:
    """The file that cannot be written, where it has a name that stays."""
    name = error.filename2 or error.filename
    path = Path(os.fsdecode(name)) if isinstance(name, str | bytes) else folder
    return folder if path.name.startswith(".") or not path.is_relative_to(folder) else path


def _noun(path: Path) -> str:
    """What a file holds."""
    if path.name == names.SHARDS_FILE or path.name.startswith(f"{names.EVERYTHING}."):
        return "file"
    return "page" if path.parent.name in {"dashboards", "provisioning", "grafana-operator"} else "service"


def remembered(this: Compilation, folder: Path | None) -> Remembered | None:
    """How an earlier run spread the services over shards; a file that cannot be understood is a finding."""
    if folder is None or not this.project.options.shards or not os.path.isdir(folder):  # noqa: PTH112  # Path.is_dir raises where it may not look
        return None
    path, found = folder / names.SHARDS_FILE, Remembered()
    with _told(this, folder):
        found = read_shards(artifacts.part(path))
    if found.fault:
        help = "take back the last change of this file, for example a merge that was left half done; or remove it: then all services are spread anew"
        place = Where(path.as_posix(), spot=Spot(found.fault, 1, 2))
        this.report.unreadable("output/shards", place, "this line says neither how many shards there are nor a service's shard", help)
    return found


def list_files(written: Written) -> None:
    """Print what became of each file; of those that stay as they are, which are most of them in a fleet, how many there are."""
    for word, files in (("written", written.written), ("removed", written.removed)):
        for name in files:
            typer.echo(f"  {word:9} {name}")
    if written.unchanged:
        typer.echo(f"  unchanged {plural(len(written.unchanged), 'file') if len(written.unchanged) > 1 else written.unchanged[0]}")
