"""Alerts about data that is not there: none at all, one value of `by` lost, or a promise that cannot be judged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.lower.subjects import Subject, Voice
from slo_compiler.quantities import Duration

_HOUR = Duration(Decimal(3600))
_SETTLE = Duration(Decimal(300))  # a restarted Prometheus is not an outage


@dataclass(frozen=True, slots=True)
class Reasons:
    """What may be missing, in words and as expressions; empty where it cannot be.

    `zeroless` tells that a total without bad ones is blindness; `labels` are those that bad events are chosen by.
    """

    metric: str
    noun: str
    histogram: bool = False
    zeroless: bool = False
    clipped: str = ""
    bucketless: str = ""
    labels: tuple[str, ...] = ()
    labels_missing: tuple[str, ...] = ()


def missing(of: Subject, voice: Voice, why: Reasons) -> list[AlertRule]:
    """The alerts of a promise about data that is not there, but for those that are disabled."""
    how = of.promise.alerting
    rules = []
    if "no-data" not in how.disable and how.no_data != "ignore":
        rules.append(_no_data(of, voice, why))
    if of.promise.by and "dimension-lost" not in how.disable:
        rules.append(_dimension_lost(of, voice, why))
    if "blind" not in how.disable:
        rules.append(_blind(of, voice, why))
    return rules


def _no_data(of: Subject, voice: Voice, why: Reasons) -> AlertRule:
    shapes = voice.shapes
    texts = {
        "summary": shapes.sentence("no_data.summary", service=of.promise.service, title=of.title),
        "description": shapes.sentence("no_data.description", metric=why.metric, histogram=why.histogram),
    }
    expr = shapes.promql("no_data", delta=of.delta, hour=of.hour)
    return of.alert(names.NO_DATA, "no-data", expr, {"severity": voice.severity(of.promise.alerting.no_data)}, texts, hold=_SETTLE)


def _dimension_lost(of: Subject, voice: Voice, why: Reasons) -> AlertRule:
    shapes = voice.shapes
    lost = ", ".join(f"{label} {{{{ $labels.{label} }}}}" for label in of.promise.by)
    texts = {
        "summary": shapes.sentence("dimension_lost.summary", service=of.promise.service, title=of.title, lost=lost),
        "description": shapes.sentence("dimension_lost.description", noun=why.noun),
    }
    expr = shapes.promql("dimension_lost", delta=of.delta, hour=of.hour)
    return of.alert(names.DIMENSION_LOST, "dimension-lost", expr, {"severity": voice.severity("ticket")}, texts, hold=_SETTLE)


def _blind(of: Subject, voice: Voice, why: Reasons) -> AlertRule:
    shapes, by = voice.shapes, of.promise.by
    expr = shapes.promql(
        "blind", zeroless=why.zeroless, clipped=why.clipped, split=bool(why.bucketless), labelled=bool(why.labels), delta=of.delta,
        bad_delta=names.BAD_DELTA + of.pinned, hour=of.hour, bucketless=why.bucketless, labels_missing="\nor on ()\n".join(why.labels_missing),
    )  # fmt: skip
    which = "".join(f"{{{{ with $labels.{label} }}}} ({{{{ . }}}}){{{{ end }}}}" for label in by) if why.bucketless else ""  # if only one is blind
    texts = {
        "summary": shapes.sentence("blind.summary", service=of.promise.service, title=of.title, value=which),
        "description": shapes.sentence("blind.description", metric=why.metric, histogram=why.histogram, labels=" or ".join(why.labels), noun=why.noun),
    }
    return of.alert(names.BLIND, "blind", expr, {"severity": voice.severity("ticket")}, texts, hold=_HOUR)
