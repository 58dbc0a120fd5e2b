"""Samples: whether they come often enough and in time, and stay long enough."""

from __future__ import annotations

import re
import statistics
from itertools import pairwise

from slo_compiler.diagnostics import Report
from slo_compiler.model import Check, Prometheus, Promise, Slo, Spec, Spending
from slo_compiler.promql import Selector, equals
from slo_compiler.quantities import Duration, duration
from slo_compiler.verify.live import Live, Reading, readings

_ASKED = 3  # series whose samples are looked at one by one
_LOOK = 900
_SLACK = 1.2
_CALM = 1.0  # seconds: a scrape that takes less is in time


def check(slo: Slo | Spending | Check, prometheus: Prometheus, live: Live, report: Report) -> None:
    """How often the SLI's series get a sample, and how late it is."""
    reading = readings(slo)[0]
    interval = _interval(reading.selector, live)
    if interval is None:
        return
    expected = float(prometheus.scrape_interval.seconds)
    if interval > expected * _SLACK:
        message = f"{reading.selector} has a sample every {interval:.0f} s, rarer than each {prometheus.scrape_interval}"
        help = f"scrape it each {prometheus.step} or more often; or say `prometheus: {{scrape_interval: {interval:.0f}s}}` in slo-compiler.yaml"
        report.warning("live/slow-scrape", reading.where, message, help, about=slo.where)
    _check_delay(slo, reading, interval, prometheus, live, report)


def _interval(selector: Selector, live: Live) -> float | None:
    """Seconds between two samples: the median of a few series."""
    newest = live.samples(f"topk({_ASKED}, timestamp({selector}))")
    gaps: list[float] = []
    for sample in newest:
        one = Selector(selector.metric, tuple(equals(label, value) for label, value in sorted(sample.labels.items()) if label != "__name__"))
        for curve in live.raw(str(one), _LOOK):
            gaps += [later - earlier for (earlier, _), (later, _) in pairwise(curve.points)]
    return statistics.median(gaps) if gaps else None


def _check_delay(slo: Promise, reading: Reading, interval: float, prometheus: Prometheus, live: Live, report: Report) -> None:
    """A sample carries the time its scrape began; the rules wait `ingestion_delay` for it, then it is lost to alerts."""
    delay = float(prometheus.delay.seconds)
    targets = ", ".join(prometheus.target_labels)
    scrape = f"quantile_over_time(0.9, scrape_duration_seconds[1h]) and on ({targets}) {reading.selector}"
    took = live.number(f"max({scrape})") or 0.0
    age = live.number(f"min(time() - timestamp({reading.selector}))") or 0.0
    late = max(took, age - interval)
    if late > max(delay, _CALM):
        is_scrape = took >= age - interval
        why = f"a scrape of its targets takes {took:.0f} s" if is_scrape else f"its newest sample is {age:.0f} s old, at a sample every {interval:.0f} s"
        message = f"samples of {reading.selector} come late: {why}, and the rules wait {prometheus.delay}"
        help = f"say `prometheus: {{ingestion_delay: {_enough(late)}}}` in slo-compiler.yaml, or make them come sooner"
        report.warning("live/late", reading.where, message, help, about=slo.where)


def _enough(seconds: float) -> str:
    return next((f"{length}s" for length in (5, 10, 15, 30, 60, 120) if length > seconds), "5m")


def check_retention(spec: Spec, live: Live, report: Report) -> None:
    """Whether the longest window fits into what the server keeps; told once, at the first SLO that it is too short for."""
    kept = _kept(live.retention())
    concerned = [slo for slo in spec.promises if kept and slo.window > kept]
    if not concerned or kept is None:
        return
    slo = max(concerned, key=lambda one: one.window.seconds)
    more = f" (and {len(concerned) - 1} more)" if len(concerned) > 1 else ""
    message = f"a window of {slo.window}{more} never fills: this server keeps {kept}"
    help = f"start it with --storage.tsdb.retention.time={Duration(slo.window.seconds + 10 * 86400)}, or shorten the window"
    report.error("live/retention", slo.window_at, message, help)


def _kept(told: str) -> Duration | None:
    """The time in a server's words: `15d`, `40d or 10GiB`; None where only the size is limited."""
    text = re.split(r"\s+or\s+", told.strip())[0]
    years = re.fullmatch(r"(\d+)y(.*)", text)
    found = duration(f"{int(years[1]) * 365}d{years[2]}" if years else text) if text else None
    return found if isinstance(found, Duration) else None
