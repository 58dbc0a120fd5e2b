"""One run at a time: in an output folder, and in the folder of a long run's parts. A lock ends with its run, however that ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

PATIENCE = 5.0  # seconds: a thousand files are written in less
_PAUSE = 0.02
_LOCK = "lock"  # the name of the file whose lock tells that a run has a folder of parts


class Held(Exception):  # noqa: N818  # told by the command as a finding
    """A folder that another run has."""


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Have an output folder alone, made if need be, once the runs before have ended. Yields False where the system knows no locks. Raises Held and OSError.

    The folder itself is locked, so that no file has to be left in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield _is_locked(descriptor, folder)
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int, folder: Path) -> bool:
    import fcntl  # noqa: PLC0415  # late: only what writes needs it

    end = monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if monotonic() >= end:
                raise Held(folder) from error
            sleep(_PAUSE)
        except OSError:  # some file systems of networks: the last run wins, file by file
            return False
        else:
            return True


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Have a folder of parts alone, made if need be and removed if it is empty in the end. Raises Held at once, and OSError."""
    import fcntl  # noqa: PLC0415  # late: only needed here

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
            with suppress(OSError):  # what stays harms nobody
                path.unlink()
                if not any(folder.iterdir()):
                    folder.rmdir()


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
