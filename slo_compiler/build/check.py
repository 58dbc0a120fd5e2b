"""Values that are judged against a bound, their own past or another SLO."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import units
from slo_compiler.build.alerting import plain_alerting
from slo_compiler.build.entry import Entry, bounds, length, take
from slo_compiler.build.spending import refuse_foreign
from slo_compiler.build.tail import is_part
from slo_compiler.build.unit import check_unit, unit_of
from slo_compiler.diagnostics import Report
from slo_compiler.model import Baseline, Check, Common, Gauge, Mean, OtherSlo, Outages, Quantile, SelectedEvents, Share, Unfinished, Value, Verdict
from slo_compiler.promql import Expression, Selector, operand, selector
from slo_compiler.quantities import Bound, Duration, Problem, bound, multiple, quantile

_FOREIGN = ("window", "overrides", "exclude", "only", "sampled", "budgeted", "sla", "expected_rate")
_RATIO, _SECONDS = units.named("ratio"), units.named("s")
_NO_HISTOGRAM = ("_bucket", "_count", "_sum", "_total")
_LEAST_MEDIAN = Duration(Decimal(8 * 86400))


def check(entry: Entry, found: Entry, common: Common, report: Report) -> Check | Unfinished:
    """The promise of an entry whose SLI is the check `found`; its window is `over`."""
    refuse_foreign(entry, "a check", _FOREIGN, report)
    how = plain_alerting(entry, common.category, ("check-failed",), by=common.by, report=report)
    place = found.get("value")
    value = _value(place, found, common.by, report) if place else None
    baseline = _baseline(found.get("baseline"), report)
    own, teller = _own_unit(value)
    check_unit(found, own, teller, entry.where, report)
    unit = unit_of(found, own)
    verdict = _verdict(found, unit, of=value, has_baseline=found.says("baseline"), report=report)
    fresh = take(found.get("fresh"), length, report)
    if fresh and value and not (isinstance(value, Gauge) and isinstance(value.value, Selector)):
        help = "leave it out: what is counted has its own alert about missing data"
        report.error("check/fresh", (found.where / "fresh").key(), "only a gauge's own selector can grow stale", help)
        value = None
    if place and not isinstance(value, Quantile):
        _refuse_histogram_keys(place, found, report)
    if value is None or verdict is None or (found.says("baseline") and baseline is None) or _is_unlike(baseline, unit, report):
        return Unfinished(**common.keywords(), alerting=how)
    return Check(**common.keywords(), alerting=how, value=value, verdict=verdict, baseline=baseline, fresh=fresh, unit=unit.word if unit else "")


def _value(place: Entry, found: Entry, by: tuple[str, ...], report: Report) -> Value | None:
    if ratio := place.shape("ratio"):
        return _share(ratio, report)
    for key in ("mttr", "mtbf", "mean"):
        if at := place.get(key):
            one = take(at, selector, report)
            if not isinstance(one, Selector) or (key == "mean" and is_part(at, one, report, endings=_NO_HISTOGRAM)):
                return None
            return Mean(one) if key == "mean" else Outages(one, between=key == "mtbf")
    if at := place.get("slo"):
        return OtherSlo(at.data, at.where)
    if at := place.get("expr"):
        return _gauge(at, by, report)
    return _quantile(place, found, report) if place.says("quantile") else None


def _share(ratio: Entry, report: Report) -> Share | None:
    key = "good" if ratio.get("good") else "bad"
    total, part = take(ratio.get("total"), selector, report), take(ratio.get(key), selector, report)
    if ratio.is_refused:  # both are there
        take(ratio.get("bad"), selector, report)
        return None
    if not isinstance(total, Selector) or not isinstance(part, Selector):
        return None
    events = SelectedEvents(total, bad=(part,)) if key == "bad" else SelectedEvents(total, good=part)
    return Share(events, is_good=key == "good")


def _gauge(at: Entry, by: tuple[str, ...], report: Report) -> Gauge | None:
    value = take(at, operand, report)
    if isinstance(value, Expression) and (lost := next((label for label in by if value.loses(label)), None)):
        help = f"aggregate with `by ({', '.join(by)})`, so that each value is judged"
        report.error("events/by-lost", at.where, f"the expression loses the label {lost}, by which the check is split", help)
        return None
    return Gauge(value) if isinstance(value, Selector | Expression) else None


def _quantile(place: Entry, found: Entry, report: Report) -> Quantile | None:
    at = place.get("of")
    wanted, of = take(place.get("quantile"), quantile, report), take(at, selector, report)
    if at and isinstance(of, Selector) and is_part(at, of, report, endings=_NO_HISTOGRAM):
        return None
    if not place.says("of"):
        report.error("key/missing", place.where, "key 'of' is missing in value", "add `of:` (the histogram of the quantile, without _bucket)")
    return Quantile(of, wanted, bounds(found.get("buckets"))) if isinstance(of, Selector) and wanted else None


def _refuse_histogram_keys(place: Entry, found: Entry, report: Report) -> None:
    """Report what only a quantile is asked of."""
    if place.says("quantile"):
        return
    for at in (place.get("of"), found.get("buckets")):
        if at:
            help = "leave it out, or judge a quantile: `value: {quantile: p99, of: llm_ttft_seconds}`"
            report.error("key/not-here", at.where.key(), f"{at.where.route[-1]} tells of the histogram of a quantile, and this value is none", help)


def _own_unit(value: Value | None) -> tuple[units.Unit | None, str]:
    """The unit in which a value is, and what tells it; None for an expression, whose bound is taken as it is written."""
    match value:
        case Share() | OtherSlo():
            return _RATIO, "a share of events"
        case Outages():
            return _SECONDS, "a time of outages"
        case Mean(metric=metric) | Quantile(metric=metric) | Gauge(value=Selector() as metric):
            return units.of_metric(metric.metric), f"the name {metric.metric}"
    return None, ""


def _is_unlike(baseline: Baseline | None, unit: units.Unit | None, report: Report) -> bool:
    """Report a value with a unit of its own beside the share of another SLO."""
    if baseline is None or baseline.slo is None or unit is None or unit.kind == "ratio":
        return False
    message = (
        f"the value is in {unit.word}, and {baseline.slo.name} is a share of events" if unit.word else f"the value is no share, and {baseline.slo.name} is one"
    )
    help = "compare it with its own past, `baseline: {offset: 7d}`, or give it a bound of its own"
    report.error("check/unlike", baseline.slo.where, message, help)
    return True


# --- the verdict -------------------------------------------------------------------------------------------------------------------


def _verdict(found: Entry, unit: units.Unit | None, *, of: Value | None, has_baseline: bool, report: Report) -> Verdict | None:
    if found.is_refused:  # of two verdicts nobody knows which one is meant
        return None
    key = next((key for key in ("at_most", "at_least", "changed_by", "within") if found.get(key)), None)
    at = found.get(key) if key else None
    if key is None or at is None:
        return None
    text = str(at.data).strip()
    verdict = (
        _multiple(key, at, report)
        if text.lower().endswith("x")
        else _distance(key, at, unit, report, may_be_told=not isinstance(of, Share | OtherSlo | Outages))
    )
    if verdict is None:
        return None
    needs = verdict.of_baseline or key in {"changed_by", "within"}
    if needs and not has_baseline:
        help = "add `baseline: {offset: 7d}`, {median: 30d} or {slo: other}"
        report.error("check/baseline", at.where, f"{key} {text} compares with something, and nothing says with what", help)
        return None
    if has_baseline and not needs:
        help = f"write a multiple, {key}: 2x, or leave the baseline out"
        report.error("check/baseline", (found.where / "baseline").key(), f"{key} {text} needs no baseline: it is a bound of its own", help)
        return None
    return verdict


def _multiple(key: str, at: Entry, report: Report) -> Verdict | None:
    number = take(at, multiple, report)
    if number is None:
        return None
    if key in {"changed_by", "within"}:
        help = f"write {key}: 15% or a distance in its unit; at_most and at_least take multiples"
        report.error("check/distance", at.where, f"{key} is a distance, and {at.data} is a multiple", help)
        return None
    return Verdict(key, number, str(at.data).strip(), of_baseline=True)


def _distance(key: str, at: Entry, unit: units.Unit | None, report: Report, *, may_be_told: bool) -> Verdict | None:
    text = str(at.data).strip()
    wanted = take(at, bound, report)
    if not isinstance(wanted, Bound):
        return None
    if key == "within" and text.endswith("%"):  # of the baseline
        return Verdict(key, wanted.number, text, of_baseline=True)
    if unit is None:
        return Verdict(key, wanted.number, text)
    number = units.in_unit(wanted, unit, key=key, metric="the value", may_be_told=may_be_told)
    if isinstance(number, Problem):
        report.error(number.id, at.where, number.message, number.help)
        return None
    return Verdict(key, number, text)


def _baseline(entry: Entry | None, report: Report) -> Baseline | None:
    if entry is None:
        return None
    if at := entry.get("slo"):
        return Baseline(slo=OtherSlo(at.data, at.where))
    offset, median = take(entry.get("offset"), length, report), take(entry.get("median"), length, report)
    if median and (median < _LEAST_MEDIAN or median.seconds % 86400):
        help = "write for example 30d: seven daily values are needed before anything is judged"
        report.error("check/median", entry.where / "median", f"a median is of whole days, at least {_LEAST_MEDIAN}, got {median}", help)
        return None
    return Baseline(offset=offset, median=median) if offset or median else None
