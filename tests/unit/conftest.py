"""Faults of the machine, played: root may read and write everything, so permissions would not bite."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Callable[[], None]]:
    """Takes away all rights on a file or folder: nothing can be opened, listed or made there. What it returns gives them back."""
    locked: list[str] = []

    def guard(module: Any, name: str, *, also_itself: bool) -> None:
        original = getattr(module, name)

        def guarded(path: Any, *rest: Any, **more: Any) -> Any:
            full = "" if isinstance(path, int) else os.path.normpath(Path.cwd() / os.fsdecode(path))
            if any((also_itself and full == one) or full.startswith(one + os.sep) for one in locked):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return original(path, *rest, **more)

        monkeypatch.setattr(module, name, guarded)

    for module, name in ((io, "open"), (os, "open"), (os, "scandir"), (os, "listdir"), (os, "mkdir"), (os, "unlink")):
        guard(module, name, also_itself=True)
    for name in ("stat", "lstat"):
        guard(os, name, also_itself=False)  # whoever may look into the folder above may ask that a file is there

    def shut(path: Path) -> Callable[[], None]:
        locked.append(os.path.normpath(Path.cwd() / path))
        return locked.clear

    return shut


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets that many files reach the disk; then it is full."""

    def after(files: int) -> None:
        left = files
        original = os.fsync

        def fsync(descriptor: int) -> None:
            nonlocal left
            if left == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left -= 1
            original(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)

    return after
