"""A Prometheus with a past: samples become blocks, rules are evaluated over them exactly as they are, one dependency level after the other."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests import servers
from tests.live.stack import is_up, wait_for
from tests.servers import Line

#: What is read further back than a moment: recorded all along.
HOURS = {f"slo:{kind}:hour" for kind in ("total", "bad", "measured")}
STEPS = {"slo:total:delta", "slo:bad:delta", "slo:total:sum5m", "slo:bad:sum5m", *HOURS}
ONE_BLOCK = "--max-block-duration=39366h"  # as long as they come: promtool reads all the text once for each block
MOST_POINTS = 10_000  # Prometheus answers 11,000 points a series at the most
_OURS = re.compile(r'(slo(?:th)?:[a-z_]+:[a-zA-Z0-9_]+)(?:\{slo_id="([^"]*)")?')  # a series, and the SLO to which it is pinned

Labels = dict[str, str]
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Series:
    """One series: its name among its labels, and its points as (epoch seconds, value), ascending."""

    labels: Labels
    points: Points


@dataclass(frozen=True)
class Rule:
    """A rule of a rule file, and how often its group evaluates it."""

    name: str
    expr: str
    labels: Labels
    interval: float
    hold: float = 0.0
    linger: float = 0.0
    is_alert: bool = False

    @property
    def reads_recorded(self) -> bool:
        """Whether it reads recorded series only."""
        names = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?=[{\[])", self.expr)
        return bool(names) and all(name.startswith("slo:") for name in names)


@dataclass
class Store:
    """Blocks in a folder, and the Prometheus that serves them."""

    line: Line
    folder: Path
    url: str = ""
    count: int = field(default=0)

    def add(self, series: Iterable[Series]) -> None:
        """Put samples on disk; they are served from the next `serving` on."""
        text = self.folder / "samples.om"
        points, told = Points(), list[str]()
        with text.open("w") as file:
            for one in series:
                if one.points is not points:  # series that share their points share their text
                    points, told = one.points, [f"{value!r} {at!r}\n" for at, value in one.points]
                file.writelines(map(_head(one.labels).__add__, told))
                self.count += len(told)
            file.write("# EOF\n")
        command = [self.line.promtool, "tsdb", "create-blocks-from", ONE_BLOCK, "openmetrics", str(text), str(self.folder / "data")]
        subprocess.run(command, check=True, capture_output=True)
        text.unlink()

    @contextmanager
    def serving(self, *, recorded: bool = False) -> Iterator[None]:
        """A Prometheus over the blocks that are there, for what reads raw series or for what reads `recorded` ones.

        Live, a recorded series that ends is marked stale; blocks hold no such marks, so that what is older than a step must not be found.
        """
        port = servers.free_port()
        (self.folder / "prometheus.yml").write_text("{}\n")
        command = [
            self.line.prometheus, f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=20y", "--query.max-samples=1000000000", "--query.timeout=10m",
            f"--query.lookback-delta={'1m' if recorded else '5m'}",
        ]  # fmt: skip
        self.url = f"http://127.0.0.1:{port}"
        with servers.running(command, self.folder / "prometheus.log"):
            wait_for("Prometheus serves the blocks", 60, lambda: is_up(self.url))
            yield

    def range(self, expr: str, start: float, end: float, step: float) -> list[Series]:
        """An expression at each step from `start` to `end`."""
        found: dict[str, Series] = {}
        while start <= end:
            last = min(end, start + (MOST_POINTS - 1) * step)
            for row in self._ask("query_range", query=expr, start=start, end=last, step=step)["result"]:
                points = [(float(at), float(value)) for at, value in row["values"]]
                found.setdefault(json.dumps(row["metric"], sort_keys=True), Series(row["metric"], [])).points.extend(points)
            start = last + step
        return list(found.values())

    def at(self, expr: str, moment: float) -> list[tuple[Labels, float]]:
        """An expression at one moment."""
        return [(row["metric"], float(row["value"][1])) for row in self._ask("query", query=expr, time=moment)["result"]]

    def samples_read(self, expr: str, moment: float) -> int:
        """How many samples an evaluation reads, by Prometheus' own statistics."""
        return _samples(self._ask("query", query=expr, time=moment, stats="all"))

    def samples_read_over(self, expr: str, start: float, end: float, step: float) -> int:
        """The same for all steps from `start` to `end`, of which there are fewer than MOST_POINTS."""
        return _samples(self._ask("query_range", query=expr, start=start, end=end, step=step, stats="all"))

    def _ask(self, path: str, **parameters: object) -> Any:
        body = urllib.parse.urlencode(parameters).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}", data=body, timeout=600) as answer:
            return json.load(answer)["data"]

    def record(self, rules: list[Rule], start: float, end: float) -> None:
        """Evaluate recording rules from `start` to `end`, each level when all that it reads is there."""
        for level in levels(rules):
            found: list[Series] = []
            for recorded in (False, True):
                rules_now = [rule for rule in level if rule.reads_recorded is recorded]
                if rules_now:
                    with self.serving(recorded=recorded):
                        found += [series for rule in rules_now for series in self._lasting(rule, rules, start, end)]
            self.add(found)

    def record_at(self, rules: list[Rule], moments: Iterable[float]) -> None:
        """The same at single moments, for rules that read recorded series only."""
        times = list(moments)
        for level in levels(rules):
            with self.serving(recorded=True):
                found = [self._evaluate_at(rule, at) for rule in level for at in times]
            self.add(one for series in found for one in series)

    def _evaluate_at(self, rule: Rule, moment: float) -> list[Series]:
        return [Series({**labels, **rule.labels, "__name__": rule.name}, [(moment, value)]) for labels, value in self.at(rule.expr, moment)]

    def _lasting(self, rule: Rule, rules: list[Rule], start: float, end: float) -> list[Series]:
        """What a rule records; where a faster group reads it, it lasts until it is recorded again, as it does live."""
        found = self._evaluate(rule, start, end)
        fastest = min((one.interval for one in rules if rule.name in one.expr and one.name != rule.name), default=rule.interval)
        if fastest >= rule.interval:
            return found
        return [replace(one, points=list(_filled(one.points, rule.interval, fastest))) for one in found]

    def _evaluate(self, rule: Rule, start: float, end: float) -> list[Series]:
        rows = self.range(rule.expr, _aligned(start, rule.interval), end, rule.interval)
        return [Series({**row.labels, **rule.labels, "__name__": rule.name}, row.points) for row in rows]


def _samples(answer: Any) -> int:
    return int(answer["stats"]["samples"]["totalQueryableSamples"])


def _filled(points: Points, interval: float, step: float) -> Iterator[tuple[float, float]]:
    """Points, and each of them again at every step of a faster group before the next one is due."""
    for at, value in points:
        yield at, value
        again = _aligned(at + 1, step)
        while again < at + interval:
            yield again, value
            again += step


def _aligned(start: float, interval: float) -> float:
    return -(-start // interval) * interval


def _head(labels: Labels) -> str:
    inside = ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items() if name != "__name__")
    return f"{labels['__name__']}{{{inside}}} "


def levels(rules: list[Rule]) -> list[list[Rule]]:
    """Rules by how many others they stand on. Of one name, each SLO has its own: bad events may stand on the total, or the total on them."""
    records: dict[str, list[Rule]] = {}
    for rule in rules:
        records.setdefault(rule.name, []).append(rule)
    depth: dict[int, int] = {}

    def below(rule: Rule) -> list[Rule]:
        read = {(name, slo) for name, slo in _OURS.findall(rule.expr) if name != rule.name}
        return [one for name, slo in read for one in records.get(name, ()) if not slo or one.labels.get("slo_id", slo) == slo]

    def deep(rule: Rule) -> int:
        if id(rule) not in depth:
            depth[id(rule)] = 1 + max(map(deep, below(rule)), default=0)
        return depth[id(rule)]

    found: dict[int, list[Rule]] = {}
    for rule in rules:
        found.setdefault(deep(rule), []).append(rule)
    return [found[level] for level in sorted(found)]


def rules_of(path: Path) -> list[Rule]:
    """The rules of a file, in its order."""
    groups = yaml.safe_load(path.read_text())["groups"]
    return [_rule(rule, _seconds(group["interval"])) for group in groups for rule in group["rules"]]


def _rule(rule: dict[str, Any], interval: float) -> Rule:
    labels = {name: str(value) for name, value in rule.get("labels", {}).items()}
    if "record" in rule:
        return Rule(rule["record"], rule["expr"], labels, interval)
    hold, linger = (_seconds(rule.get(key, "0s")) for key in ("for", "keep_firing_for"))
    return Rule(rule["alert"], rule["expr"], labels, interval, hold, linger, is_alert=True)


def _seconds(text: str) -> float:
    return sum(int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))
