"""Tests as values: what goes in, what must come out when, and the alert of which SLO they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.quantities import Duration

#: Tells the cases of one test apart; no user's label may begin with slo.
CASE = "slo_case"
Labels = Mapping[str, str]
#: What the file of tests with native histograms is called.
NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Series:
    """One input series in promtool's notation."""

    name: str
    values: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What an expression must yield at a moment: samples, each a series and its value; none where nothing may be."""

    expr: str
    at: Duration
    samples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """One promtool test: `subject` and `what` are its name, `why` the sentence above it, `pace` the time between two values of its input.

    Tests of several subjects with the same `what` are played together: no series of theirs is the same.
    """

    subject: str
    what: str
    why: str
    pace: Duration
    series: tuple[Series, ...]
    expected: tuple[Expected, ...]

    @property
    def brings_its_own(self) -> bool:
        """Whether it may be played with tests of other subjects that share no series with it: it says whose it is."""
        return bool(self.series) and self.what.startswith(f"{self.subject}: ")


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of one alert of one SLO and how it is tested: `steps` are evaluated each step, `days` each hour, `weeks` each half an hour.

    `native` are like `steps`, with native histograms, which not every promtool can read. Without tests `words` tell why there are none.
    """

    subject: str
    alert: str
    words: str
    steps: tuple[Test, ...] = ()
    days: tuple[Test, ...] = ()
    native: tuple[Test, ...] = ()
    weeks: tuple[Test, ...] = ()

    @property
    def tests(self) -> tuple[Test, ...]:
        """All its tests."""
        return self.steps + self.days + self.native + self.weeks


def series(metric: str, labels: Labels) -> str:
    """A series as PromQL spells it."""
    return f"{metric}{{{','.join(f'{label}={names.quoted(value)}' for label, value in labels.items())}}}"


def constant(metric: str, labels: Labels, value: int) -> Series:
    """A series that stays the same for five steps."""
    return Series(series(metric, labels), f"{value}x5")


def alerts(rule: AlertRule, of: Labels | None = None) -> str:
    """The selector of one alert of one SLO while it fires, for its values of `by` among the labels `of`."""
    chosen = {"alertname": rule.alert, "slo_id": rule.labels["slo_id"]}
    if "slo_tier" in rule.labels:
        chosen["slo_tier"] = rule.labels["slo_tier"]
    mine = {label: value for label, value in (of or {}).items() if label not in rule.labels}
    return series("ALERTS", {**chosen, **mine, "alertstate": "firing"})


def fires_for(rule: AlertRule, of: Labels, at: Duration, cases: Sequence[str]) -> Expected:
    """That an alert fires at a moment for these cases and no other."""
    chosen = f'{alerts(rule, of)[:-1]},{CASE}!=""}}'  # without what the SLO's own counting wrote meanwhile
    return Expected(f"count by ({CASE}) ({chosen})", at, tuple((series("", {CASE: case}), "1") for case in cases))


def fires_with_labels(rule: AlertRule, at: Duration, more: Labels) -> Expected:
    """That an alert fires once, with exactly the labels of its rule and `more`; labels that Prometheus fills in are not looked at."""
    labels = {"alertname": rule.alert, "alertstate": "firing", **more, **rule.labels}
    known = {label: value for label, value in labels.items() if "{{" not in value and value}
    if len(known) == len([value for value in labels.values() if value]):
        return Expected(alerts(rule, more), at, ((series("ALERTS", known), "1"),))
    return Expected(f"count by ({', '.join(known)}) ({alerts(rule, more)})", at, ((series("", known), "1"),))


def is_silent(rule: AlertRule, at: Duration, of: Labels | None = None) -> Expected:
    """That an alert does not fire at a moment."""
    return Expected(alerts(rule, of), at)
