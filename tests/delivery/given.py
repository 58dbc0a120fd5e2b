"""What the tests of delivery share: this checkout as a repository of hooks, and stand-ins for programs that only users have."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.readme import LEFT_OUT, ROOT

_SLO = ROOT / ".venv" / "bin" / "slo"
#: An engine that has one image, which runs `slo` where it stands; and a cluster that only reads.
_DOCKER = '#!/bin/sh\nwhile [ "$1" != slo-compiler ]; do shift; done\nshift\nexec "{slo}" "$@"\n'
_KUBECTL = '#!/bin/sh\n[ "$1" = apply ] && [ -e "{root}/$3" ]\n'


def hooked(folders: pytest.TempPathFactory, environment: pytest.MonkeyPatch) -> Path:
    """This checkout, uncommitted changes included, as a git repository with the tag v0.1.0; pre-commit keeps what it installs of it for all workers."""
    base = folders.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    repository = shared / "slo-compiler"
    with (shared / "slo-compiler.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (repository / ".git").exists():
            shutil.copytree(ROOT, repository, ignore=LEFT_OUT)
            git(repository, "init", "-q")
            git(repository, "add", "-A")
            git(repository, "commit", "-q", "-m", "all")
            git(repository, "tag", "v0.1.0")
    environment.setenv("PRE_COMMIT_HOME", str(shared / "pre-commit"))
    for name in [name for name in os.environ if name.startswith(("COV_CORE", "COVERAGE"))]:
        environment.delenv(name)  # or else the hook's own Python would look for the library that measures
    return repository


def git(folder: Path, *arguments: str) -> str:
    """What git prints, asked by nobody in particular."""
    who = ["-c", "user.name=you", "-c", "user.email=you@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def programs(folder: Path) -> Path:
    """A folder with a `docker` and a `kubectl`."""
    folder.mkdir()
    for name, body in {"docker": _DOCKER.format(slo=_SLO), "kubectl": _KUBECTL.format(root=ROOT)}.items():
        (folder / name).write_text(body)
        (folder / name).chmod(0o755)
    return folder
