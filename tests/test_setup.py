"""`make setup` where it cannot bring what is missing: one sentence that says what to install, and exit code 2."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parent / "setup_servers.sh"


def programs(folder: Path, **bodies: str) -> str:
    """A PATH with little more on it than programs of the given bodies."""
    folder.mkdir()
    for name in ("sh", "dirname", "mkdir", "mktemp", "rm", "mv", "chmod", "tail"):
        (folder / name).symlink_to(shutil.which(name) or "")
    for name, body in bodies.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def setup(path: str, cache: Path, **settings: str) -> tuple[int, str]:
    """The exit code of the script and what it says."""
    environment = {"PATH": path, "XDG_CACHE_HOME": str(cache), "HOME": str(cache), **settings}
    done = subprocess.run(["/bin/sh", str(SCRIPT)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def test_without_root_and_servers_it_says_what_to_install(tmp_path: Path) -> None:
    code, said = setup(programs(tmp_path / "bin", id="echo 1000"), tmp_path)
    assert code == 2
    assert said.count("\n") == 1
    assert "sudo apt-get install prometheus prometheus-alertmanager" in said


def test_with_root_and_a_failing_apt_it_says_so(tmp_path: Path) -> None:
    code, said = setup(programs(tmp_path / "bin", id="echo 0", **{"apt-get": "exit 100"}), tmp_path)
    assert code == 2
    assert "apt-get could not install prometheus and prometheus-alertmanager" in said


def test_on_a_developers_machine_one_prometheus_is_enough(tmp_path: Path) -> None:
    there = dict.fromkeys(("promtool", "prometheus", "prometheus-alertmanager", "google-chrome"), "exit 0")
    code, said = setup(programs(tmp_path / "bin", id="echo 1000", **there), tmp_path)
    assert code == 0
    assert "only the one that is installed is tested" in said


def test_ci_wants_both_lines_of_prometheus(tmp_path: Path) -> None:
    there = dict.fromkeys(("promtool", "prometheus", "prometheus-alertmanager", "chromium"), "exit 0")
    code, said = setup(programs(tmp_path / "bin", id="echo 1000", **there), tmp_path, CI="true")
    assert code == 2
    assert "is missing, and Go to build it" in said


def test_tests_want_a_browser(tmp_path: Path) -> None:
    there = dict.fromkeys(("promtool", "prometheus", "prometheus-alertmanager"), "exit 0")
    assert setup(programs(tmp_path / "bin", id="echo 1000", **there), tmp_path) == (
        2, "make test: tests print reports with Chromium: sudo apt-get install chromium\n",
    )  # fmt: skip
    code, said = setup(programs(tmp_path / "root", id="echo 0", **there, **{"apt-get": "exit 100"}), tmp_path)
    assert (code, said.splitlines()[-1]) == (2, "make test: apt-get could not install chromium")


def test_everything_there_is_nothing_to_do(tmp_path: Path) -> None:
    there = dict.fromkeys(("promtool", "prometheus", "prometheus-alertmanager", "go", "chromium"), "exit 0")
    version = next(line.removeprefix("version=") for line in SCRIPT.read_text().splitlines() if line.startswith("version="))
    programs(tmp_path / "slo-compiler", placeholder="")
    programs(tmp_path / "slo-compiler" / f"prometheus-{version}", promtool="exit 0", prometheus="exit 0")
    code, said = setup(programs(tmp_path / "bin", id="echo 1000", **there), tmp_path, CI="true")
    assert (code, said) == (0, "")
