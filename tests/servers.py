"""Finds the servers that tests run on: binaries on the PATH, Prometheus 3 where `make setup` built it, else Docker images."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

os.environ.setdefault("GOGC", "400")  # a fifth of promtool's time goes into collecting garbage that is soon gone anyway
BUILT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slo-compiler"
IMAGES = {"2.42.0": "prom/prometheus:v2.42.0", "3": "prom/prometheus:v3.5.0"}
MISSING = "no Prometheus here: install it (apt-get install prometheus prometheus-alertmanager) or start Docker, then run `make setup`"


@dataclass(frozen=True)
class Line:
    """One version of Prometheus: its binaries, or the image that holds them."""

    version: str
    prometheus: str = ""
    promtool: str = ""
    image: str = ""

    def check(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run promtool in a folder; what it says is in `stdout`."""
        if not (self.promtool or self.image):
            pytest.fail(MISSING)
        inside = ["docker", "run", "--rm", "-v", f"{folder}:{folder}", "-w", str(folder), "--entrypoint", "promtool", self.image]
        command = [self.promtool] if self.promtool else inside
        return subprocess.run([*command, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@cache
def lines() -> list[Line]:
    """All Prometheus lines of this machine; one that fails with a sentence where there is none."""
    found = {}
    if shutil.which("prometheus") and shutil.which("promtool"):
        said = subprocess.run(["promtool", "--version"], capture_output=True, text=True, check=True)
        version = re.search(r"version (\d+\.\d+\.\d+)", said.stdout + said.stderr)
        found["PATH"] = Line(version[1] if version else "of the PATH", "prometheus", "promtool")
    for folder in sorted(BUILT.glob("prometheus-*")):
        version = folder.name.removeprefix("prometheus-")
        found[version] = Line(version, str(folder / "prometheus"), str(folder / "promtool"))
    if not found and has_docker():
        found = {version: Line(version, image=image) for version, image in IMAGES.items()}
    return list(found.values()) or [Line("missing")]


@cache
def has_docker() -> bool:
    """Whether a Docker engine answers."""
    return shutil.which("docker") is not None and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def compose_command() -> str:
    """How Compose is called here: the plugin of version 2, or the program of version 1."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return "docker compose" if plugin.returncode == 0 else "docker-compose"


def alertmanager() -> str:
    """The Alertmanager on the PATH: Debian prefixes its name."""
    return shutil.which("prometheus-alertmanager") or shutil.which("alertmanager") or ""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    """A process that runs as long as the block, its words in a log."""
    with log.open("wb") as words, subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT) as process:
        try:
            yield
        finally:
            process.terminate()
