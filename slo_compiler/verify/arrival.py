"""Samples: whether they come often enough and in time, and stay long enough."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from itertools import pairwise

from slo_compiler.diagnostics import Report
from slo_compiler.model import Check, Prometheus, Promise, Slo, Spec, Spending
from slo_compiler.promql import Matcher, Selector, equals
from slo_compiler.quantities import Duration, duration
from slo_compiler.verify.live import Live, listed
from slo_compiler.verify.readings import Reading, readings

_TARGETS, _ALIKE = 12, 3  # whose samples are looked at one by one: in all, and of those that are scraped alike
_LOOK = 900  # seconds
_SLACK = 1.2
_CALM = 1.0  # seconds: a scrape that takes less is in time
#: What tells a target: a matcher for each of its labels.
_Target = tuple[Matcher, ...]


def check(slo: Slo | Spending | Check, prometheus: Prometheus, live: Live, report: Report) -> None:
    """How often the SLI's series get a sample, and how late it is."""
    total, *others = readings(slo)
    intervals = _intervals(total.selector, prometheus, live)
    _check_intervals(slo, total, intervals, prometheus, report)
    for reading in others:
        if reading.selector.extra_over(total.selector) is None:
            _check_intervals(slo, reading, _intervals(reading.selector, prometheus, live), prometheus, report)
    if intervals:
        _check_delay(slo, total, min(intervals.values()), prometheus, live, report)


def _check_intervals(slo: Promise, reading: Reading, intervals: dict[_Target, float], prometheus: Prometheus, report: Report) -> None:
    slow = {target: interval for target, interval in intervals.items() if interval > float(prometheus.scrape_interval.seconds) * _SLACK}
    if not slow:
        return
    whose, worst = _whose(slow, intervals), max(slow.values())
    of = f" of {listed(whose)}" if len(slow) < len(intervals) else ""
    message = f"{reading.selector}{of} has a sample every {worst:.0f} s, rarer than each {prometheus.scrape_interval}"
    help = f"scrape it each {prometheus.step} or more often; or say `prometheus: {{scrape_interval: {worst:.0f}s}}` in slo-compiler.yaml"
    report.warning("live/slow-scrape", reading.where, message, help, about=slo.where, cause=" ".join(whose))


def _whose(slow: Iterable[_Target], looked_at: Iterable[_Target]) -> list[str]:
    """The slow targets: by what they share, such as a job, unless others of it are fast."""
    shared = {target[:-1] for target in slow}
    fast = {target[:-1] for target in looked_at if target not in slow}
    named = shared if () not in shared and not shared & fast else set(slow)
    return sorted(",".join(map(str, one)) for one in named)


def _intervals(selector: Selector, prometheus: Prometheus, live: Live) -> dict[_Target, float]:
    """Seconds between two samples, the median of each target; of those that are scraped alike, the ones with the fewest samples."""
    labels = prometheus.target_labels
    samples = f"max by ({', '.join(labels)}) (count_over_time({selector}[{_LOOK}s]))"
    alike = f" by ({', '.join(labels[:-1])})" if labels[1:] else ""
    found: dict[_Target, float] = {}
    for sample in live.samples(f"bottomk({_TARGETS}, bottomk{alike} ({_ALIKE}, {samples}))"):
        target = tuple(equals(label, sample.labels.get(label, "")) for label in labels)
        gaps = _gaps(selector.where(*target), selector.metric, live)
        if gaps:
            found[target] = statistics.median(gaps)
    return found


def _gaps(selector: str, metric: str, live: Live) -> list[float]:
    """Seconds from each sample to the next one, of one of a selector's series."""
    gaps: list[float] = []
    for sample in live.samples(f"topk(1, last_over_time({selector}[{_LOOK}s]))"):
        one = Selector(metric, tuple(equals(label, value) for label, value in sorted(sample.labels.items()) if label != "__name__"))
        for curve in live.raw(str(one), _LOOK):
            gaps += [later - earlier for (earlier, _), (later, _) in pairwise(curve.points)]
    return gaps


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
        jobs = " ".join(live.values(prometheus.target_labels[0], str(reading.selector)))
        report.warning("live/late", reading.where, message, help, about=slo.where, cause=jobs)


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
