"""What users install: a wheel, outside the checkout, holds all that the compiler reads and compiles to the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, **settings: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env={**os.environ, **settings})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (path,) = folder.glob("*.whl")
    return path


def test_a_wheel_holds_schemas_and_templates_and_nothing_else_of_the_checkout(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    data = {f"slo_compiler/_data/{path.relative_to(ROOT).as_posix()}" for name in ("schemas", "templates") for path in (ROOT / name).rglob("*.*")}
    assert data <= inside
    assert {name for name in inside if "_data" in name} == data
    assert {name.split("/")[0] for name in inside if ".dist-info" not in name} == {"slo_compiler"}


def test_an_installed_wheel_compiles_the_examples_to_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    site, output = tmp_path / "site", tmp_path / "rules"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel)
    where = run(sys.executable, "-c", "import slo_compiler; print(slo_compiler.__file__)", PYTHONPATH=str(site))
    assert Path(where.strip()).is_relative_to(site)
    run(sys.executable, "-m", "slo_compiler", "compile", ROOT / "examples", "-o", output, PYTHONPATH=str(site))
    expected = ROOT / "examples" / "_compiled"
    assert {path.name: path.read_text() for path in output.iterdir()} == {path.name: path.read_text() for path in expected.iterdir()}


def test_a_source_distribution_holds_what_carries_it_into_pipelines(tmp_path: Path) -> None:
    """The action, the hooks, the image and the templates of pipelines, which its own tests read."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path], cwd=ROOT, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        inside = {name.split("/", 1)[1] for name in archive.getnames()}
    delivered = {path.relative_to(ROOT).as_posix() for path in (ROOT / "delivery").rglob("*") if path.is_file()}
    assert delivered | {"action.yml", "Dockerfile", ".dockerignore", ".pre-commit-hooks.yaml"} <= inside
    assert not {name for name in inside if ".venv" in name or "__pycache__" in name}
