"""The value of a check, from raw series: events, outages, observations or gauges go in, and the number that is judged comes out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.lower.hours import STAGE
from slo_compiler.model import SHORT_WINDOW, Check, Gauge, Mean, OtherSlo, Outages, Prometheus, Quantile, Share
from slo_compiler.promql import Expression, Selector
from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest.claims import CASE, Claim, Expected, Labels, Series, Test, series
from slo_compiler.ruletest.judged import Others, is_noisy
from slo_compiler.ruletest.raw import RATE, SCRAPES, Flow
from slo_compiler.ruletest.raw.flows import raw
from slo_compiler.ruletest.raw.labels import by_values, taken
from slo_compiler.ruletest.raw.selected import selected
from slo_compiler.ruletest.raw.solved import known
from slo_compiler.ruletest.values import identity, times

_MEAN = 240  # what RATE observations add to a sum
_MOST = 40  # steps of events
_BELOW = Decimal(1), Decimal(2)  # buckets, where none are known
_WELL, _OUTAGES = 10, (3, 2)  # steps that are up between outages, and how long these last
_FEW = 49  # events of another SLO


@dataclass(frozen=True, slots=True)
class Played:
    """Raw series and the value that they yield at a moment, in words."""

    series: tuple[Series, ...]
    at: Duration
    value: Decimal
    by: Labels
    words: str
    events: int = 0  # that a share is of


def claim(check: Check, others: Others, prometheus: Prometheus) -> Claim:
    """What is said of the value of a check."""
    subject = check.full_name
    if isinstance(check.value, OtherSlo):
        return _of_other(check, check.value, others, prometheus.step)
    found = _played(check, prometheus)
    if isinstance(found, str):
        return Claim(subject, "value", found)
    selector = series(names.CHECK_VALUE, {"slo_id": check.id})
    labels = {**identity(check), **found.by}
    expected = [Expected(f"round({selector}, 0.000001)", found.at, ((series("", labels), plain(round(found.value, 6))),))]
    if found.events and is_noisy(check):
        expected.append(_variance(check, found.at, found.value, found.events, labels))
    why = "Raw series that the selectors take, and the value that is judged."
    test = Test(subject, f"{subject}: value", why, Duration(prometheus.step.seconds / SCRAPES), found.series, tuple(expected))
    return Claim(subject, "value", f"is {plain(round(found.value, 6))} {found.words}", (test,))


def _variance(check: Check, at: Duration, share: Decimal, events: int, labels: Labels) -> Expected:
    """What chance does to a share, turned upside down: its variance is small."""
    of = f"{names.CHECK_VARIANCE}{{slo_id={names.quoted(check.id)}"
    case = f',{CASE}!=""' if CASE in labels else ""
    return Expected(f"round(1 / {of}{case}}}, 0.001)", at, ((series("", labels), plain(round(events / (share * (1 - share)), 3))),))


def _played(check: Check, prometheus: Prometheus) -> Played | str:  # noqa: PLR0911  # a line a kind
    match check.value:
        case Share() as share:
            return _share(check, share, prometheus)
        case Mean(metric=metric):
            return _mean(check, metric, prometheus)
        case Quantile() as quantile:
            return _quantile(check, quantile, prometheus)
        case Outages() as outages:
            return _outages(check, outages, prometheus)
        case Gauge(value=Selector() as metric):
            return _gauge(check, metric, prometheus)
        case Gauge(value=Expression() as expression):
            return _expression(check, expression, prometheus)
    return "no test yet"


# --- time --------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Times:
    """In steps: quiet, a good part and a bad one, which all windows hold; and the moment of the value."""

    quiet: int
    good: int
    bad: int
    at: int

    def series(self, flow: Flow) -> Series:
        """What a series does meanwhile."""
        rest = self.at - self.quiet - self.good - self.bad + 1
        return flow.series([(self.quiet, "quiet"), (self.good, "good"), (self.bad, "bad"), (rest, "quiet")])


def _times(check: Check, prometheus: Prometheus) -> _Times:
    step = prometheus.step.seconds
    late = math.ceil(prometheus.delay.seconds / step)
    steps = min(_MOST, int(check.window.seconds / step) - late - 1)
    good = max(1, steps // 4)
    over = late + 2 + good + (steps - good) + late + 1
    return _Times(late + 2, good, max(1, steps - good), _settled(over, check, prometheus))


def _settled(over: int, check: Check, prometheus: Prometheus) -> int:
    """The first step from which on a window has all: long ones are read from marks, five minutes apart."""
    step, mark = prometheus.step.milliseconds, STAGE.milliseconds
    every = 1 if check.window <= SHORT_WINDOW else mark // math.gcd(mark, step)
    return math.ceil(over / every) * every


def _labels(check: Check, metric: Selector, prometheus: Prometheus, target: str = "a") -> tuple[dict[str, str], dict[str, str]] | str:
    """Values of `by` that a selector takes, and all labels of a series of it."""
    by = by_values(check, (), [metric])
    labels = by if isinstance(by, str) else taken(metric, {**dict.fromkeys(prometheus.target_labels, target), **by})
    return (by, labels) if isinstance(by, dict) and isinstance(labels, dict) else str(labels)


# --- what is counted ---------------------------------------------------------------------------------------------------------------


def _share(check: Check, share: Share, prometheus: Prometheus) -> Played | str:
    found, when = selected(check, share.events, prometheus.target_labels), _times(check, prometheus)
    if isinstance(found, str):
        return found
    good, bad = found.good[0], found.bad[0]
    total, of_these = good.total * when.good + bad.total * when.bad, good.bad * when.good + bad.bad * when.bad
    value = Decimal(total - of_these if share.is_good else of_these) / total
    inputs = (*map(when.series, found.flows), *(line.series(when.at * SCRAPES) for line in found.beside))
    words = f"for {total - of_these:,} good events and {of_these:,} bad ones"
    return Played(inputs, times(prometheus.step, when.at), value, good.by, words, total)


def _mean(check: Check, metric: Selector, prometheus: Prometheus) -> Played | str:
    found, when = _labels(check, metric, prometheus), _times(check, prometheus)
    if isinstance(found, str):
        return found
    by, labels = found
    count, of = (raw(f"{metric.metric}_{suffix}", labels) for suffix in ("count", "sum"))
    inputs = (when.series(Flow(count, (RATE,), (RATE,))), when.series(Flow(of, (_MEAN,), (_MEAN,))))
    events = RATE * (when.good + when.bad)
    return Played(inputs, times(prometheus.step, when.at), Decimal(_MEAN) / RATE, by, f"for {events:,} observations that are so large on average")


def _quantile(check: Check, quantile: Quantile, prometheus: Prometheus) -> Played | str:
    """All observations lie in one bucket, so that quantiles are spread over it."""
    found, when = _labels(check, quantile.metric, prometheus), _times(check, prometheus)
    if isinstance(found, str):
        return found
    by, labels = found
    low, high = (Decimal(0), *(quantile.bounds or _BELOW))[-2:]
    counts = {bound: 0 if bound == low else RATE for bound in (low, high) if bound} | {None: RATE}
    lines = {raw(f"{quantile.metric.metric}_bucket", {**labels, "le": plain(bound) if bound else "+Inf"}): rate for bound, rate in counts.items()}
    lines |= {raw(f"{quantile.metric.metric}_count", labels): RATE}
    inputs = tuple(when.series(Flow(one, (rate,), (rate,))) for one, rate in lines.items())
    words = f"if all observations lie between {plain(low)} and {plain(high)}"
    return Played(inputs, times(prometheus.step, when.at), low + (high - low) * quantile.quantile.value, by, words)


def _outages(check: Check, outages: Outages, prometheus: Prometheus) -> Played | str:
    found = _labels(check, outages.up, prometheus)
    if isinstance(found, str):
        return found
    by, labels = found
    spans = [(_WELL, 1)]
    for length in _OUTAGES:
        spans += [(length, 0), (_WELL, 1)]
    samples = [up for steps, up in spans for up in [up] * steps * SCRAPES]
    at = _settled(sum(steps for steps, _ in spans) + 1, check, prometheus)
    if check.window.seconds < at * prometheus.step.seconds:
        return f"outages of some steps do not fit into {check.window}"
    down = _steps_down(samples, prometheus)
    if down is None:
        return "scrapes and steps fall together"
    values = " ".join(f"{up}x{steps * SCRAPES - 1}" for steps, up in [*spans[:-1], (spans[-1][0] + at, 1)])
    step = prometheus.step.seconds
    measured = at * step // STAGE.seconds * STAGE.seconds
    value = (measured - down * step) / len(_OUTAGES) if outages.between else down * step / len(_OUTAGES)
    words = f"seconds for {len(_OUTAGES)} outages of {down} steps together"
    return Played((Series(series(outages.up.metric, labels), values),), times(prometheus.step, at), value, by, words)


def _steps_down(samples: Sequence[int], prometheus: Prometheus) -> int | None:
    """The steps in which a scrape sees an outage; None where a scrape may belong to two of them."""
    pace, step, delay = (length.milliseconds for length in (Duration(prometheus.step.seconds / SCRAPES), prometheus.step, prometheus.delay))
    down = [number * pace + delay for number, up in enumerate(samples) if not up]
    return None if any(moment % step == 0 for moment in down) else len({moment // step for moment in down})


# --- gauges ------------------------------------------------------------------------------------------------------------------------


def _gauge(check: Check, metric: Selector, prometheus: Prometheus) -> Played | str:
    """Two targets, of which the worse one counts; each falls by half, so that the last value is not the mean."""
    both = [_labels(check, metric, prometheus, target) for target in "ab"]
    found = [one for one in both if not isinstance(one, str)]
    if len(found) < len(both):
        return str(both[0])
    each = min(10, max(1, int(check.window.seconds / prometheus.step.seconds) // 2 - 2))  # steps at each of two values
    late = math.ceil(prometheus.delay.seconds / prometheus.step.seconds)
    at = 2 * each + late
    levels = {series(metric.metric, labels): Decimal(base) for (_, labels), base in zip(found, (4, 8), strict=True)}
    inputs = tuple(Series(name, f"{plain(base * 2)}x{each * SCRAPES - 1} {plain(base)}x{each * SCRAPES - 1}") for name, base in levels.items())
    values = [base if check.fresh else base * Decimal("1.5") for base in levels.values()]
    worst = {"at_most": max, "at_least": min}.get("" if check.verdict.of_baseline else check.verdict.key)
    value = worst(values) if worst else sum(values, Decimal(0)) / len(values)
    of = "newest samples" if check.fresh else "means"
    words = f"where the {of} of two targets are {' and '.join(map(plain, values))}"
    return Played(inputs, times(prometheus.step, at), value, found[0][0], words)


def _expression(check: Check, expression: Expression, prometheus: Prometheus) -> Played | str:
    if check.window > SHORT_WINDOW:
        return f"promtool reads 10,000 samples a query, and {check.window} of raw series have more"
    at = times(prometheus.step, math.ceil((check.window.seconds + prometheus.delay.seconds) / prometheus.step.seconds) + 2)
    found = known(check, expression, at, prometheus)
    if isinstance(found, str):
        return found
    sources, levels, value = found
    scrapes = int(at.seconds / prometheus.step.seconds) * SCRAPES
    return Played(tuple(level.line(bad=False).series(scrapes) for level in levels), at, value, sources.by, "if gauges are 1 and counters grow by one a second")


# --- another SLO -------------------------------------------------------------------------------------------------------------------


def _of_other(check: Check, other: OtherSlo, others: Others, step: Duration) -> Claim:
    """Its share, of enough events."""
    inputs = []
    for case, bad, total in (("enough", 10, _FEW + 1), ("too few", 10, _FEW)):
        labels = {**others[other.name], CASE: case}
        inputs += [
            Series(series(record, labels), f"{count}x5") for record, count in ((names.bad_sum(check.window), bad), (names.total_sum(check.window), total))
        ]
    value = series(names.CHECK_VALUE, {"slo_id": check.id})[:-1] + f',{CASE}!=""}}'
    mine = {**identity(check), CASE: "enough"}
    expected = [Expected(value, times(step, 3), ((series(names.CHECK_VALUE, mine), "0.8"),))]
    if is_noisy(check):
        expected.append(_variance(check, times(step, 3), Decimal("0.8"), _FEW + 1, mine))
    subject = check.full_name
    test = Test(
        subject, f"{subject}: value", "The good share of another SLO, as soon as it has a sample's worth of events.", step, tuple(inputs), tuple(expected)
    )
    return Claim(subject, "value", f"is 0.8 if 40 of {_FEW + 1} events of {other.name} are good, and none for {_FEW}", (test,))
