"""Native histograms with a past: no text format of promtool can hold them, so that a Prometheus receives them, and its snapshot becomes blocks."""

from __future__ import annotations

import json
import math
import shutil
import urllib.request
from collections import Counter
from collections.abc import Sequence

from tests import servers
from tests.live.replay.store import Store
from tests.live.stack import is_up, wait_for

SCALE = 3  # of the histogram: eight buckets from one power of two to the next


def index_of(value: float) -> int:
    """The bucket of an observation: `i` holds what is above 2^(i/8), up to 2^((i+1)/8)."""
    return math.ceil(math.log2(value) * 2**SCALE) - 1


def add_native(store: Store, metric: str, scrapes: Sequence[tuple[float, Sequence[float]]]) -> None:
    """A native histogram of one target: the times of its scrapes, and the observations since the one before; before all that `store.add` adds."""
    port = servers.free_port()
    folder = store.folder / "received"
    folder.mkdir()
    (folder / "prometheus.yml").write_text("{}\n")
    command = [
        store.line.prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=20y", "--web.enable-otlp-receiver", "--web.enable-admin-api",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with servers.running(command, folder / "prometheus.log"):
        wait_for("Prometheus receives", 60, lambda: is_up(url))
        _post(f"{url}/api/v1/otlp/v1/metrics", json.dumps(_payload(metric, scrapes)).encode())
        _post(f"{url}/api/v1/admin/tsdb/snapshot", b"")
    (snapshot,) = (folder / "data" / "snapshots").iterdir()
    shutil.copytree(snapshot, store.folder / "data", dirs_exist_ok=True)


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def _payload(metric: str, scrapes: Sequence[tuple[float, Sequence[float]]]) -> dict[str, object]:
    """An OTLP request: one exponential histogram, cumulative."""
    counts: Counter[int] = Counter()
    total, points = 0.0, []
    first, last = index_of(0.001), index_of(100)
    for at, observed in scrapes:
        counts.update(map(index_of, observed))
        total += sum(observed)
        buckets = {"offset": first, "bucketCounts": [str(counts[index]) for index in range(first, last + 1)]}
        told = {"timeUnixNano": str(round(at * 1e9)), "count": str(counts.total()), "sum": total, "scale": SCALE, "zeroCount": "0", "positive": buckets}
        points.append(told)
    names = (("service.name", "app"), ("service.instance.id", "pod-0:8000"))
    resource = {"attributes": [{"key": key, "value": {"stringValue": value}} for key, value in names]}
    histogram = {"name": metric, "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": points}}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [histogram]}]}]}
