"""Values that are judged: what each is, what it is compared with, and the alert that says that it is too far off."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from slo_compiler import names, policy, wording
from slo_compiler.ir import AlertRule, RecordingRule
from slo_compiler.lower import absent
from slo_compiler.lower.absent import Reasons
from slo_compiler.lower.anchors import growth, vouched
from slo_compiler.lower.counting import selected
from slo_compiler.lower.shapes import Shapes, own, sum_by
from slo_compiler.lower.subjects import Subject, Voice
from slo_compiler.model import Check, Gauge, Mean, OtherSlo, Outages, Quantile, Share
from slo_compiler.promql import Selector
from slo_compiler.quantities import Duration, Ratio, plain

_SETTLE, _HOUR = Duration(Decimal(300)), Duration(Decimal(3600))
_DAILY = 7  # daily values, below which a median says nothing

#: The id of each SLO of a service by its name, for checks that look at another one.
Ids = Mapping[str, str]


def deltas(check: Check, labels: dict[str, str], shapes: Shapes) -> list[RecordingRule]:
    """What is counted in each step; a gauge and another SLO's share count nothing of their own."""
    counted = _counted(check, shapes)
    return [RecordingRule(record, expr, labels, check.where) for record, expr in counted]


def _counted(check: Check, shapes: Shapes) -> list[tuple[str, str]]:
    match check.value:
        case Share(events=events):
            total, bad = selected(check, events, shapes)
            return [(names.TOTAL_DELTA, total), (names.BAD_DELTA, bad)]
        case Mean(metric=metric):
            return [(names.TOTAL_DELTA, _growth(check, metric, "_count", shapes)), (names.BAD_DELTA, _growth(check, metric, "_sum", shapes))]
        case Quantile(metric=metric):
            return [(names.TOTAL_DELTA, _growth(check, metric, "_count", shapes))]
        case Outages(up=up):
            bad = shapes.promql("outage_bad", by=sum_by(check.by), up=str(up), range=shapes.now)
            total = shapes.promql("outage_total", bad=names.BAD_DELTA + own(check), step=str(shapes.prometheus.step))
            return [(names.BAD_DELTA, bad), (names.TOTAL_DELTA, total)]
        case Gauge() | OtherSlo():
            return []


def _growth(check: Check, metric: Selector, suffix: str, shapes: Shapes) -> str:
    series = metric.suffixed(suffix)
    return shapes.promql("counted", by=sum_by(check.by), growth=growth(series, vouched(str(metric.suffixed("_count")), shapes), shapes))


def recordings(check: Check, labels: dict[str, str], ids: Ids, shapes: Shapes) -> list[RecordingRule]:
    """The value, what is needed to compare it, its bound, and what people want to know."""
    found = [(names.CHECK_VALUE, _value(check, ids, shapes))]
    if variance := _variance(check, ids, shapes):
        found.append((names.CHECK_VARIANCE, variance))
    if check.verdict.key == "within" and check.verdict.of_baseline:
        found.append((names.CHECK_RATIO, f"{_own_value(check)} / {_beside(check, _base(check, ids, shapes))}"))
    if check.is_bounded:
        number = plain(check.verdict.number)
        target = f"0 * {_own_value(check)} + {number}" if check.by else f"vector({number})"
        found.append((names.VALUE_TARGET, target))
    return [*(RecordingRule(record, expr, labels, check.where) for record, expr in found), _info(check, labels)]


def _info(check: Check, labels: dict[str, str]) -> RecordingRule:
    described = {
        "slo_category": check.category, "slo_title": check.title, "slo_owner": check.owner, "slo_window": str(check.window), "slo_kind": check.kind,
        "slo_unit": check.unit, "slo_better": check.better, "slo_policy": check.alerting.policy, "slo_sampled": "no",
        "slo_revision": str(check.revision),
    }  # fmt: skip
    return RecordingRule(names.INFO, "vector(1)", {**labels, **check.labels, **described}, check.where)


# --- the value and its baseline ----------------------------------------------------------------------------------------------------


def _own_value(check: Check) -> str:
    return names.CHECK_VALUE + own(check)


def _value(check: Check, ids: Ids, shapes: Shapes) -> str:  # noqa: PLR0911  # a line a kind
    bad, total = names.bad_sum(check.window) + own(check), names.total_sum(check.window) + own(check)
    step = plain(shapes.prometheus.step.seconds)
    match check.value:
        case Share(is_good=is_good):
            return shapes.promql("check_ratio", complement=is_good, factor="", bad=bad, total=total, least="1")
        case Mean():
            return shapes.promql("check_ratio", complement=False, factor="", bad=bad, total=total, least="1")
        case Outages(between=False):
            return shapes.promql("check_ratio", complement=False, factor=step, bad=bad, total=total, least="1")
        case Outages():
            covered = f"{plain(check.window.seconds)} * {names.coverage(check.window)}{own(check)}"
            return shapes.promql("check_between", covered=covered, step=step, bad=bad, total=total)
        case Quantile(metric=metric, quantile=quantile):
            return shapes.promql(
                "check_quantile", quantile=plain(quantile.value), le_by=", ".join(("le", *check.by)), by_labels=", ".join(check.by), by=sum_by(check.by),
                bucket=str(metric.suffixed("_bucket")), count=str(metric.suffixed("_count")), over=str(check.window),
            )  # fmt: skip
        case Gauge():
            return _gauge(check, check.value, shapes)
        case OtherSlo():
            return _share_of(check.value, check, ids, shapes)


def _gauge(check: Check, gauge: Gauge, shapes: Shapes) -> str:
    worst = {"at_most": "max", "at_least": "min"}.get(check.verdict.key, "avg") if not check.verdict.of_baseline else "avg"
    if not isinstance(gauge.value, Selector):
        return shapes.promql("check_gauge", function="", worst=worst, by=sum_by(check.by), value=gauge.value.over(str(check.window)), range="")
    function, span = ("last_over_time", check.fresh) if check.fresh else ("avg_over_time", check.window)
    return shapes.promql("check_gauge", function=function, worst=worst, by=sum_by(check.by), value=str(gauge.value), range=f"[{span}]{shapes.late}")


def _share_of(other: OtherSlo, check: Check, ids: Ids, shapes: Shapes) -> str:
    """The good share of another SLO, as soon as it has a sample's worth of events."""
    pinned = f'{{slo_id="{ids.get(other.name, other.name)}"}}'
    bad, total = names.bad_sum(check.window) + pinned, names.total_sum(check.window) + pinned
    return shapes.promql("check_ratio", complement=True, factor="", bad=bad, total=total, least=str(policy.SAMPLE))


def _base(check: Check, ids: Ids, shapes: Shapes) -> str:
    """What the value is compared with."""
    baseline, value = check.baseline, _own_value(check)
    if baseline is None:
        return ""
    if baseline.slo:
        return _share_of(baseline.slo, check, ids, shapes)
    if baseline.median:
        return f"quantile_over_time(0.5, {value}{names.daily(baseline.median)})"
    return f"{value} offset {baseline.offset}"


def _beside(check: Check, base: str) -> str:
    """The right side of a comparison with the value: what comes from another SLO has the labels of that one."""
    return f"ignoring (slo, slo_id) ({base})" if check.baseline and check.baseline.slo else base


def _daily(check: Check) -> str:
    """That a median is one of enough days; empty where there is none."""
    if check.baseline is None or check.baseline.median is None:
        return ""
    return f"count_over_time({_own_value(check)}{names.daily(check.baseline.median)}) >= {_DAILY}"


def _variance(check: Check, ids: Ids, shapes: Shapes) -> str:
    """Of a share that is compared with another one; chance moves both."""
    if check.verdict.of_baseline or check.verdict.key.startswith("at_"):
        return ""
    match check.value:
        case Share():
            return shapes.promql("check_variance", share=_own_value(check), total=names.total_sum(check.window) + own(check))
        case OtherSlo():
            pinned = f'{{slo_id="{ids.get(check.value.name, check.value.name)}"}}'
            share = f"({_share_of(check.value, check, ids, shapes)})"
            return shapes.promql("check_variance", share=share, total=names.total_sum(check.window) + pinned)
    return ""


def _base_variance(check: Check, ids: Ids, shapes: Shapes) -> str:
    baseline = check.baseline
    if baseline and baseline.slo:
        pinned = f'{{slo_id="{ids.get(baseline.slo.name, baseline.slo.name)}"}}'
        share = f"({_share_of(baseline.slo, check, ids, shapes)})"
        return f"ignoring (slo, slo_id) ({shapes.promql('check_variance', share=share, total=names.total_sum(check.window) + pinned)})"
    return f"{names.CHECK_VARIANCE}{own(check)} offset {baseline.offset}" if baseline and baseline.offset else ""


# --- alerts ------------------------------------------------------------------------------------------------------------------------


def alerts(of: Subject, check: Check, ids: Ids, voice: Voice) -> list[AlertRule]:
    """The alert that the value is too far off, unless it is disabled."""
    if "check-failed" in check.alerting.disable:
        return []
    verdict, shapes = wording.too_far(check), voice.shapes
    shown = {"": "humanize", "s": "humanizeDuration"}.get(check.unit, "humanize")
    if isinstance(check.value, Share | OtherSlo):
        shown = "humanizePercentage"
    unit = "" if shown != "humanize" else check.unit
    texts = {
        "summary": shapes.sentence("check.summary", service=check.service, title=of.title, split=of.split, verdict=verdict),
        "description": shapes.sentence("check.description", series=of.series, value=names.CHECK_VALUE, shown=shown, unit=unit, verdict=verdict),
    }
    own_labels = {"severity": voice.severity("ticket")}
    return [of.alert(names.CHECK_FAILED, "check-failed", _failed(check, ids, shapes), own_labels, texts, hold=_SETTLE)]


def _failed(check: Check, ids: Ids, shapes: Shapes) -> str:
    if check.verdict.key in {"changed_by", "within"}:
        return _too_far(check, ids, shapes)
    return _evidence(check, shapes) or _beyond(check, ids, shapes)


def _too_far(check: Check, ids: Ids, shapes: Shapes) -> str:
    if check.verdict.of_baseline:
        difference, variance = f"{names.CHECK_RATIO}{own(check)} - 1", ""
    else:
        difference, theirs = f"{_own_value(check)} - {_beside(check, _base(check, ids, shapes))}", _base_variance(check, ids, shapes)
        variance = f"{names.CHECK_VARIANCE}{own(check)} + {theirs}" if theirs and _variance(check, ids, shapes) else ""
    return shapes.promql(
        "check_distance", difference=difference, distance=plain(check.verdict.number), variance=variance, **_sample(check), daily=_daily(check)
    )


def _beyond(check: Check, ids: Ids, shapes: Shapes) -> str:
    verdict = check.verdict
    bound = _beside(check, f"{plain(verdict.number)} * ({_base(check, ids, shapes)})") if verdict.of_baseline else plain(verdict.number)
    seen = f"{_base(check, ids, shapes)} < {_reach(check)}" if _reach(check) else ""
    return shapes.promql(
        "check_beyond", value=_own_value(check), sign=">" if verdict.key == "at_most" else "<", bound=bound, **_sample(check), seen=seen,
        daily=_daily(check),
    )  # fmt: skip


def _sample(check: Check) -> dict[str, str]:
    """The events that a comparison needs, now and then."""
    then = str(check.baseline.offset) if check.baseline and check.baseline.offset else ""
    return {"total": names.total_sum(check.window) + own(check), "enough": str(policy.least_events(check) or ""), "then": then}


def _reach(check: Check) -> str:
    """The baseline from which on so many times of it lie beyond the last bucket; empty where that cannot be."""
    last = check.value.last if isinstance(check.value, Quantile) else None
    if last is None or not check.verdict.of_baseline or check.verdict.key != "at_most":
        return ""
    return f"{plain(last)} / {plain(check.verdict.number)}"


def _evidence(check: Check, shapes: Shapes) -> str:
    """A bound of the bad share, beyond what chance explains; empty for all else."""
    limit = policy.chance_limit(check)
    if limit is None:
        return ""
    critical = policy.critical(Ratio(limit).value, policy.OF_CHECK)
    return shapes.promql(
        "check_evidence", bad=names.bad_sum(check.window) + own(check), total=names.total_sum(check.window) + own(check), share=critical.share,
        root=critical.root, constant=critical.constant, least=str(policy.SAMPLE),
    )  # fmt: skip


def missing(of: Subject, check: Check, ids: Ids, voice: Voice) -> list[AlertRule]:
    """The alerts about data that is not there."""
    shapes = voice.shapes
    blind = "\nor on ()\n".join(_blindness(check, ids, shapes))
    if _counted(check, shapes):
        return absent.missing(of, voice, Reasons(metric=_metric(check), noun="events", clipped=blind))
    if "blind" in check.alerting.disable:
        return []
    texts = {
        "summary": shapes.sentence("blind.summary", service=check.service, title=of.title, value=""),
        "description": shapes.sentence("check_blind.description", metric=_metric(check), compared=check.baseline is not None),
    }
    return [of.alert(names.BLIND, "blind", blind, {"severity": voice.severity("ticket")}, texts, hold=_HOUR)]


def _blindness(check: Check, ids: Ids, shapes: Shapes) -> list[str]:
    """Why nothing can be judged: no value, a stale one, nothing to compare it with, or a baseline beyond the buckets."""
    value, found = _own_value(check), []
    if isinstance(check.value, Gauge) and isinstance(check.value.value, Selector):
        found.append(f"absent_over_time({check.value.value}[{check.fresh or check.window}])")
    elif isinstance(check.value, Gauge | OtherSlo):
        found.append(f"absent_over_time({value}[1h])")
    baseline = check.baseline
    if baseline and baseline.offset:
        found.append(f"{value} unless {value} offset {baseline.offset}")
    if baseline and baseline.median:
        found.append(f"{value} unless {_daily(check)}")
    if baseline and baseline.slo:
        found.append(f"{value} unless {_beside(check, _base(check, ids, shapes))}")
    if reach := _reach(check):
        found.append(f"{_base(check, ids, shapes)} >= {reach}")
    return found


def _metric(check: Check) -> str:
    match check.value:
        case Share(events=events):
            return events.total.metric
        case Mean(metric=metric) | Quantile(metric=metric) | Outages(up=metric) | Gauge(value=Selector() as metric):
            return metric.metric
        case OtherSlo(name=name):
            return f"the SLO {name}"
        case Gauge():
            return "what its expression reads"
