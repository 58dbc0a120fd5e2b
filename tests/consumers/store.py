"""A VictoriaMetrics with a past, in the place of a Prometheus that has one."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests import servers
from tests.consumers.test_readers import consumer
from tests.live.replay.store import Rule, Series, Store, levels
from tests.live.stack import is_up, wait_for
from tests.servers import Line

POINTS = 100_000  # a query
_PIECE = 200_000  # lines a request


class VictoriaMetrics(Store):
    """What is added is there at once, and is served all along."""

    def add(self, series: Iterable[Series]) -> None:
        lines: list[str] = []
        for one in series:
            inside = ",".join(f"{name}={json.dumps(value)}" for name, value in one.labels.items() if name != "__name__")
            lines += [f"{one.labels['__name__']}{{{inside}}} {value!r} {round(at * 1000)}" for at, value in one.points]
        for first in range(0, len(lines), _PIECE):
            urllib.request.urlopen(f"{self.url}/api/v1/import/prometheus", "\n".join(lines[first : first + _PIECE]).encode(), timeout=60).close()
        self.flush()

    def flush(self) -> None:
        """Let what was written be found."""
        urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=60).close()

    def record_at(self, rules: list[Rule], moments: Iterable[float]) -> None:
        """Also at the evaluation before each moment, because a sample that stands alone is not found; what came later is not there live."""
        times = {at - back * rule.interval for at in moments for rule in rules for back in (0, 1)}
        for level in levels(rules):
            found = [self._evaluate_at(replace(rule, expr=rule.expr.replace("@ end()", f"@ {at:.0f}")), at) for rule in level for at in sorted(times)]
            self.add(one for series in found for one in series)

    @contextmanager
    def serving(self, *, recorded: bool = False) -> Iterator[None]:  # noqa: ARG002  # the base's name
        yield


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[VictoriaMetrics]:
    """An empty one, with its files in a folder."""
    url = f"http://127.0.0.1:{servers.free_port()}"
    command = [
        consumer("victoria-metrics"), f"-storageDataPath={folder}/data", f"-httpListenAddr={url.removeprefix('http://')}", "-retentionPeriod=20y",
        "-search.latencyOffset=0s", "-search.disableCache", f"-search.maxPointsPerTimeseries={POINTS}",
    ]  # fmt: skip
    with servers.running(command, folder / "store.log"):
        wait_for("VictoriaMetrics is ready", 60, lambda: is_up(url))
        yield VictoriaMetrics(Line("VictoriaMetrics"), folder, url)
