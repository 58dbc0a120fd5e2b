"""`make bench`: CPU seconds and memory of whole cold processes, beside what `import yaml` costs on the same machine."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

RUNS = 7
_SILENT = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
_HEAD = "version: slo/v1\nservice: service-{n}\nowner: team-{n}\ndefaults: {{window: 7d}}\nslos:\n"
_EVENTS = """  - name: success-{i}
    category: availability
    objective: 99.9%
    sli: {{events: {{total: 'app_{n}_{i}_requests_total{{job="app"}}', bad: 'app_{n}_{i}_requests_total{{job="app",code=~"5.."}}'}}}}
"""
_HISTOGRAM = """  - name: latency-{i}
    category: latency
    objective: 99%
    sli: {{histogram: {{metric: 'app_{n}_{i}_seconds{{job="app"}}', at_most: 500ms, buckets: [0.1, 0.25, 0.5, 1, 2.5]}}}}
"""


def write_slos(folder: Path, files: int, each: int = 10) -> None:
    """`files` files of `each` SLOs, half from counters, half from histograms."""
    folder.mkdir(parents=True)
    for n in range(files):
        slos = [(_EVENTS if i % 2 else _HISTOGRAM).format(n=n, i=i) for i in range(each)]
        (folder / f"service-{n}.yaml").write_text(_HEAD.format(n=n) + "".join(slos))


def measure(command: Sequence[str]) -> tuple[float, float, float]:
    """Median CPU seconds (user and system) and wall seconds, and the largest memory in MiB, of a command."""
    used, waited, peaks = [], [], []
    for _ in range(RUNS):
        start = os.times().elapsed
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=_SILENT)
        _, status, usage = os.wait4(pid, 0)
        if status:
            subprocess.run(command, check=True)
        used.append(usage.ru_utime + usage.ru_stime)
        waited.append(os.times().elapsed - start)
        peaks.append(usage.ru_maxrss / 1024)
    return statistics.median(used), statistics.median(waited), max(peaks)


def reviewed(slo: str, folder: Path) -> list[tuple[str, list[str]]]:
    """The commands of a review, on 1,000 SLOs that are compiled already; an edit changes 10 of them, another one all."""
    for name in ("one", "all"):
        shutil.copytree(folder / "1000", folder / name)
    for path in [folder / "one" / "service-0.yaml", *(folder / "all").iterdir()]:
        path.write_text(path.read_text().replace("99.9%", "99.5%").replace("99%", "98%"))
    subprocess.run([slo, "compile", str(folder / "1000"), "-o", str(folder / "compiled")], check=True, capture_output=True)
    diff = [slo, "diff", "--exit-zero", str(folder / "1000")]
    # the edited file is new only to the first run: "one edit" turns to and fro
    turn = (
        f"cp {folder}/turn-$(( ($(cat {folder}/turns) + 1) % 2 )).yaml {folder}/turned/service-0.yaml; echo $(( $(cat {folder}/turns) + 1 )) > {folder}/turns"
    )
    shutil.copytree(folder / "1000", folder / "turned")
    for number, name in enumerate(("1000", "one")):
        shutil.copy(folder / name / "service-0.yaml", folder / f"turn-{number}.yaml")
    (folder / "turns").write_text("0")
    return [
        ("slo compile --check, 1000 unchanged", [slo, "compile", str(folder / "1000"), "-o", str(folder / "compiled"), "--check"]),
        ("slo compile, 1000 SLOs, one edit", ["/bin/sh", "-c", f"{turn}; exec {slo} compile {folder}/turned -o {folder}/turned-rules"]),
        ("slo diff, 1000 SLOs, none changed", [*diff, str(folder / "1000")]),
        ("slo diff, 1000 SLOs, 10 changed", [*diff, str(folder / "one")]),
        ("slo diff, 1000 SLOs, all changed", [*diff, str(folder / "all")]),
    ]


def main() -> None:
    """Print the table."""
    slo = str(Path(sys.executable).parent / "slo")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for files, each in ((1, 10), (10, 10), (100, 10), (1000, 10)):
            write_slos(folder / f"{files * each}", files, each)
        write_slos(folder / "one-file", 1, 1000)
        floor, _, _ = measure([sys.executable, "-c", "import yaml"])
        print(f"{'':36}{'CPU s':>8}{'wall s':>8}{'MiB':>6}{'x `import yaml`':>17}")
        rows = [("python -c 'import yaml'", [sys.executable, "-c", "import yaml"]), ("slo --version", [slo, "--version"]), ("slo --help", [slo, "--help"])]
        rows += [(f"slo compile, {count} SLOs", [slo, "compile", str(folder / count), "-o"]) for count in ("10", "100", "1000", "10000")]
        rows += [("slo compile, 1000 SLOs in one file", [slo, "compile", str(folder / "one-file"), "-o"])]
        rows += [("slo validate, 1000 SLOs", [slo, "validate", str(folder / "1000")])]
        rows += reviewed(slo, folder)
        for index, (title, command) in enumerate(rows):
            cpu, wall, peak = measure([*command, str(folder / f"out-{index}")] if command[-1] == "-o" else command)
            print(f"{title:36}{cpu:8.3f}{wall:8.3f}{peak:6.0f}{cpu / floor:17.1f}", flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
