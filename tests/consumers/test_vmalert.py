"""vmalert with VictoriaMetrics: each window that it records is the sum of the steps, or the hours, that it stands on; `slo verify` knows its rules."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests import servers
from tests.consumers.test_readers import consumer
from tests.live.stack import is_up, wait_for
from tests.unit.given import file, promise, run, write

STEP, SCRAPE, EACH = 10, 5, 100  # seconds and seconds, and events a scrape, of which a tenth are bad
STEPS = 30  # in five minutes
LABELS, EACH_HOUR = '{slo_id="shop/success",slo="success",slo_service="shop"}', 1_000_000  # events, more than come while the test runs


@contextmanager
def fed(url: str) -> Iterator[None]:
    """Counters that grow with every scrape, as long as the block."""
    over = threading.Event()

    def feed() -> None:
        scrape = 0
        while not over.wait(SCRAPE - time.time() % SCRAPE):
            scrape, now = scrape + 1, int(time.time() * 1000)
            lines = [f'r_total{{job="x",instance="a",code="{code}"}} {scrape * many} {now}' for code, many in (("200", EACH * 9 // 10), ("500", EACH // 10))]
            brought(url, [*lines, f'up{{job="x",instance="a"}} 1 {now}'])

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def brought(url: str, lines: list[str]) -> None:
    """Put samples into the store."""
    urllib.request.urlopen(f"{url}/api/v1/import/prometheus", "\n".join([*lines, ""]).encode(), timeout=10).close()


def exported(url: str, name: str) -> dict[int, float]:
    """The samples of a series by their second."""
    with urllib.request.urlopen(f"{url}/api/v1/export?{urllib.parse.urlencode({'match[]': name})}", timeout=10) as answer:
        samples = [json.loads(line) for line in answer.read().splitlines()]
    return {at // 1000: value for one in samples for at, value in zip(one["timestamps"], one["values"], strict=True)}


def test_windows_hold_each_step_and_each_hour_once(tmp_path: Path) -> None:
    store, alerter = consumer("victoria-metrics"), consumer("vmalert")
    here, there = servers.free_port(), servers.free_port()
    url = f"http://127.0.0.1:{here}"
    sli = {"events": {"total": "r_total", "bad": 'r_total{code="500"}'}}
    prometheus = f"prometheus: {{evaluation_interval: {STEP}s, scrape_interval: {SCRAPE}s, ingestion_delay: {SCRAPE}s}}\n"
    write(tmp_path, a_yaml=file(promise(sli=sli, window={"calendar": "quarter"})), slo_compiler_yaml=prometheus)
    assert run("compile", tmp_path / "a.yaml", "--target", "victoriametrics", "-o", tmp_path / "out").code == 0
    keeps = [store, f"-storageDataPath={tmp_path}/data", f"-httpListenAddr=127.0.0.1:{here}", "-retentionPeriod=1y"]
    alerts = [alerter, f"-rule={tmp_path}/out/victoriametrics/*.yml", f"-datasource.url={url}", f"-remoteWrite.url={url}", "-notifier.blackhole"]
    with servers.running(keeps, tmp_path / "store.log"):
        wait_for("VictoriaMetrics is ready", 30, lambda: is_up(url))
        hours = hours_of_quarter(time.time())
        brought(url, [f"slo:total:hour{LABELS} {EACH_HOUR} {at * 1000}" for at in hours])
        with fed(url), servers.running([*alerts, f"-httpListenAddr=127.0.0.1:{there}"], tmp_path / "vmalert.log"):
            wait_for("six windows", 200, lambda: len(exported(url, "slo:total:sum5m")) >= 6)
            wait_for("a quarter", 200, lambda: exported(url, "slo:total:sum_quarter"))
        time.sleep(2)  # what was written last is seen a second later
        for kind, share in (("total", 1.0), ("bad", 0.1)):
            deltas, sums = exported(url, f"slo:{kind}:delta"), exported(url, f"slo:{kind}:sum5m")
            print(f"\nvmalert: {len(sums)} windows of {kind} events, {len(deltas)} steps")
            assert sums == {at: sum(deltas.get(at - STEP * back, 0) for back in range(1, STEPS + 1)) for at in sums}
            full = [value for at, value in sorted(deltas.items())][2:]
            assert abs(sum(full) - len(full) * STEP / SCRAPE * EACH * share) <= EACH * share, "a step holds the scrapes of its time"
        for at, value in exported(url, "slo:total:sum_quarter").items():
            assert value // EACH_HOUR == len([hour for hour in hours_of_quarter(at) if hour in hours])


def hours_of_quarter(now: float) -> list[int]:
    """The moments at which hours of the current quarter were written that are over: at a full hour, of the hour before the last."""
    today = datetime.fromtimestamp(now, UTC)
    start = int(datetime(today.year, (today.month - 1) // 3 * 3 + 1, 1, tzinfo=UTC).timestamp())
    return list(range(start + 7200, int(now) + 1, 3600))


@contextmanager
def evaluating(folder: Path) -> Iterator[tuple[str, str]]:
    """VictoriaMetrics and vmalert with the rules of one SLO, which stands in `folder`, as long as the block; yields the addresses of both."""
    store, alerter = consumer("victoria-metrics"), consumer("vmalert")
    here, there = servers.free_port(), servers.free_port()
    url, ruler = f"http://127.0.0.1:{here}", f"http://127.0.0.1:{there}"
    sli = {"events": {"total": "r_total", "bad": 'r_total{code="500"}'}}
    prometheus = f"prometheus: {{evaluation_interval: {STEP}s, scrape_interval: {SCRAPE}s, ingestion_delay: {SCRAPE}s}}\n"
    write(folder, a_yaml=file(promise(sli=sli)), slo_compiler_yaml=prometheus)
    assert run("compile", folder / "a.yaml", "--target", "victoriametrics", "-o", folder / "out").code == 0
    keeps = [store, f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{here}"]
    alerts = [alerter, f"-rule={folder}/out/victoriametrics/*.yml", f"-datasource.url={url}", f"-remoteWrite.url={url}", "-notifier.blackhole"]
    with servers.running(keeps, folder / "store.log"):
        wait_for("VictoriaMetrics is ready", 30, lambda: is_up(url))
        with fed(url), servers.running([*alerts, f"-httpListenAddr=127.0.0.1:{there}"], folder / "vmalert.log"):
            yield url, ruler


def test_verify_knows_its_rules(tmp_path: Path) -> None:
    with evaluating(tmp_path) as (url, ruler):
        wait_for("two steps", 100, lambda: len(exported(url, "slo:total:delta")) >= 2)

        def ids(*options: str) -> set[str]:
            found = run("verify", tmp_path / "a.yaml", "--prometheus", url, "--ruler", ruler, "--format", "json", *options).findings
            return {finding["id"] for finding in found if finding["id"].startswith("live/") and finding["severity"] == "error"}

        assert ids("--target", "victoriametrics") == set()
        assert ids() == {"live/rules-differ"}, "the rules for Prometheus are others"
        rules = tmp_path / "out" / "victoriametrics" / "shop.rules.yml"
        rules.write_text(rules.read_text().replace("keep_firing_for: 15m", "keep_firing_for: 16m"))
        reload = ("push", tmp_path / "a.yaml", "--reload", ruler, "--target", "victoriametrics")
        wait_for("other rules", 60, lambda: "SLOBudgetBurn has another `keep_firing_for`" in run(*reload).err)
        assert run("compile", tmp_path / "a.yaml", "--target", "victoriametrics", "-o", tmp_path / "out").code == 0
        assert "runs exactly these" in run(*reload).out
