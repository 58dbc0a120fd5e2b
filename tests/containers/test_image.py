"""The image, built and run by an engine. SLO_BASE names a base that is here already, where none can be fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.readme import ROOT

WHO = f"{os.getuid()}:{os.getgid()}"


@pytest.fixture(scope="module")
def engine() -> list[str]:
    """Docker or Podman; SLO_ENGINE is the command of another one, or of one that needs options."""
    given = os.environ.get("SLO_ENGINE", "").split()
    found = given or [name for name in ("docker", "podman") if shutil.which(name)][:1]
    if not found or subprocess.run([*found, "info"], capture_output=True, check=False).returncode:
        pytest.fail("no engine answers here: start Docker or Podman, or name its command in SLO_ENGINE")
    return found


@pytest.fixture(scope="module")
def image(engine: list[str]) -> str:
    base = ["--build-arg", f"BASE={os.environ['SLO_BASE']}"] if "SLO_BASE" in os.environ else []
    run(*engine, "build", *os.environ.get("SLO_BUILD", "").split(), *base, "-t", "slo-compiler:test", ROOT)
    return "slo-compiler:test"


def run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def contained(engine: list[str], image: str, folder: Path, *words: str, user: tuple[str, ...] = ("--user", WHO)) -> str:
    """What `slo` prints in a container that has a folder as /work."""
    return run(*engine, "run", "--rm", *os.environ.get("SLO_RUN", "").split(), *user, "-v", f"{folder}:/work", image, *words)


def test_what_it_writes_is_ours_and_the_same(engine: list[str], image: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "first.yaml", tmp_path)
    contained(engine, image, tmp_path, "compile", "first.yaml", "-o", "rules")
    (written,) = (tmp_path / "rules").iterdir()
    assert (written.stat().st_uid, written.stat().st_gid) == (os.getuid(), os.getgid())
    run(ROOT / ".venv" / "bin" / "slo", "compile", tmp_path / "first.yaml", "-o", tmp_path / "rules", "--check")


def test_it_compares_revisions(engine: list[str], image: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "first.yaml", tmp_path)
    (tmp_path / "slo-compiler.yaml").write_text("version: slo/v1\nsources: [first.yaml]\noutput: rules\n")
    run("sh", "-ec", f"cd {tmp_path} && git init -q && git add -A && git -c user.name=you -c user.email=you@example.com commit -q -m first")
    assert "no SLO changed" in contained(engine, image, tmp_path, "diff", "HEAD")


def test_by_itself_it_is_nobody_in_particular(engine: list[str], image: str, tmp_path: Path) -> None:
    for path in (tmp_path, *tmp_path.parents[:3]):
        path.chmod(0o755)
    shutil.copy(ROOT / "examples" / "first.yaml", tmp_path)
    assert "valid" in contained(engine, image, tmp_path, "validate", "first.yaml", user=())
    with pytest.raises(AssertionError, match="output/cannot-write"):
        contained(engine, image, tmp_path, "compile", "first.yaml", "-o", "rules", user=())
