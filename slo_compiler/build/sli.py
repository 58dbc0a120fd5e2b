"""What is measured: the SLIs that count, their operands understood and their bounds brought into the metric's unit."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal

from slo_compiler import units
from slo_compiler.build.entry import Entry, bounds, refuse, take
from slo_compiler.build.tail import is_part, tail
from slo_compiler.build.timeslices import timeslices
from slo_compiler.build.unit import check_metric_unit, unit_of
from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import ExpressedEvents, Histogram, Limit, SelectedEvents, Sli
from slo_compiler.promql import Expression, Selector, equals, operand, selector
from slo_compiler.quantities import Bound, Problem, bound, plain


def sli(entry: Entry, by: tuple[str, ...], about: Where, report: Report) -> Sli | None:
    """The SLI of an SLO that is split `by` labels."""
    if events := entry.shape("events"):
        return _events(events, by, about, report)
    if histogram := entry.shape("histogram"):
        return _histogram(histogram, about, report)
    if found := entry.get("tail"):
        return tail(found, _metric(found.get("metric"), report), report)
    if slices := entry.shape("timeslices"):
        return timeslices(slices, by, about, report)
    return None


# --- events ------------------------------------------------------------------------------------------------------------------------


def _events(entry: Entry, by: tuple[str, ...], about: Where, report: Report) -> Sli | None:
    total, good = entry.get("total"), entry.get("good")
    bad = entry.get("bad")
    others = list(bad.entries()) if bad and isinstance(bad.data, list) else [bad] if bad else []
    others += [good] if good else []
    places = [place for place in (total, *others) if place]
    operands = [take(place, operand, report) for place in places]
    if not total or not others or None in operands or entry.is_refused:
        return None
    selectors = [found for found in operands if isinstance(found, Selector)]
    expressions = [found for found in operands if isinstance(found, Expression)]
    if selectors and expressions:
        other = next(place for place, found in zip(places, operands, strict=True) if isinstance(found, Selector))
        help = "write both as selectors, which is exact, or both as expressions with $window"
        report.error("events/mixed", other.where, "a selector beside an expression: they count in different ways", help)
        return None
    if expressions:
        return _expressed(entry, places, expressions, by, about, report, good=bool(good))
    return _selected(entry, places, selectors, report, good=bool(good))


def _selected(entry: Entry, places: list[Entry], found: list[Selector], report: Report, *, good: bool) -> SelectedEvents | None:
    total, *others = found
    if per := entry.get("per"):
        report.error("events/per", per.where, "per says how an expression counts, but these are selectors", "leave it out: counters tell it themselves")
    example = total.where(equals("outcome", "error"))
    if _twins(places, [(one.metric, frozenset(one.matchers)) for one in found], f", for example {example}", report, good=good):
        return None
    if not good:
        return SelectedEvents(total, bad=tuple(others))
    extra = others[0].extra_over(total)
    if extra is not None and len(extra) == 1:  # good is total plus one matcher: its negation is bad
        return SelectedEvents(total, bad=(Selector(total.metric, (*total.matchers, extra[0].negated())),), negated=True)
    return SelectedEvents(total, good=others[0])


def _expressed(
    entry: Entry, places: list[Entry], found: list[Expression], by: tuple[str, ...], about: Where, report: Report, *, good: bool
) -> ExpressedEvents | None:
    lost = [next((label for label in by if expression.loses(label)), None) for expression in found]
    for place, label in zip(places, lost, strict=True):
        if label:
            help = f"aggregate with `by ({', '.join(by)})`, so that each value keeps its own count"
            report.error("events/by-lost", place.where, f"the expression loses the label {label}, by which the SLO is split", help)
    if any(lost) or _twins(places, [tuple(expression.text.split()) for expression in found], "", report, good=good):
        return None
    per = _per(entry, places, found, report)
    if per is None:
        return None
    help = "selectors count every event exactly; if no selector can say it, this is all right"
    report.note("events/approximate", places[0].where, "counts of an expression are approximate", help, about=about)
    total, *others = found
    return ExpressedEvents(total, good=others[0], per=per) if good else ExpressedEvents(total, bad=tuple(others), per=per)


def _twins(places: list[Entry], operands: Sequence[Hashable], example: str, report: Report, *, good: bool) -> bool:
    """Report an operand that counts what another one counts."""
    total, *others = operands
    for index, (place, other) in enumerate(zip(places[1:], others, strict=True)):
        if other == total:
            word = "good" if good else "bad"
            help = f"add the matcher that tells {word} events from the others{example}"
            report.error("events/same", place.where, f"{word} counts the same events as total: all of them would be {word}", help)
            return True
        if other in others[:index]:
            report.error("events/same", place.where, "this stands in the list twice: its events would count twice", "keep one of them")
            return True
    return False


def _per(entry: Entry, places: list[Entry], found: list[Expression], report: Report) -> str | None:
    if stated := entry.get("per"):
        return str(stated.data)
    kinds = {expression.per for expression in found}
    if None in kinds:
        unknown = next(place for place, expression in zip(places, found, strict=True) if expression.per is None)
        help = "add `per: second` if the value is a rate, `per: window` if it is a count over $window"
        report.error("events/per", unknown.where, "cannot tell whether this expression is a rate or a count", help)
        return None
    if len(kinds) > 1:
        odd = next(place for place, expression in zip(places, found, strict=True) if expression.per != found[0].per)
        help = "use rate() in both or increase() in both"
        report.error("events/per", odd.where, "total and this expression count in different ways: one per second, one over the window", help)
        return None
    return kinds.pop()


# --- histogram ---------------------------------------------------------------------------------------------------------------------


def _histogram(entry: Entry, about: Where, report: Report) -> Histogram | None:
    metric = _metric(entry.get("metric"), report)
    key = "at_most" if entry.get("at_most") else "at_least"
    at = entry.get(key)
    if metric is None or at is None or entry.is_refused:
        for place in (entry.get("at_most"), entry.get("at_least")):
            take(place, bound, report)
        return None
    check_metric_unit(entry, metric.metric, about, report)
    unit = unit_of(entry, units.of_metric(metric.metric))
    limit = read_limit(at, key, entry, metric, about, report)
    if limit is None:
        return None
    step = entry.value("step", None)
    return Histogram(metric, key == "at_most", limit, unit.word if unit else "", step, native=entry.value("native", False), bounds=bounds(entry.get("buckets")))


def _metric(entry: Entry | None, report: Report) -> Selector | None:
    found = take(entry, selector, report)
    if found is None or entry is None:
        return None
    if is_part(entry, found, report):
        return None
    if any(matcher.label == "le" for matcher in found.matchers):
        at = entry.data.find("le")
        help = "leave it out: at_most or at_least says which bucket counts"
        report.error("histogram/le", entry.where.inside(at, at + 2), "a matcher on le belongs to the compiler", help)
        return None
    return found


def read_limit(at: Entry, key: str, entry: Entry, metric: Selector, about: Where, report: Report) -> Limit | None:
    """The bound `at` of the histogram `entry` (or of an override of it) in the metric's unit, with the buckets that measure it."""
    wanted: Bound | None = take(at, bound, report)
    if wanted is None:
        return None
    value = units.in_unit(wanted, unit_of(entry, units.of_metric(metric.metric)), key=key, metric=metric.metric)
    if isinstance(value, Problem):
        refuse(at.where, value, report)
        return None
    edge = value
    if step := entry.get("step"):
        from fractions import Fraction  # noqa: PLC0415  # late: few SLIs have a step

        if (Fraction(value) / Fraction(step.data)).denominator != 1:
            help = f"values move in steps of {step.data}: write a multiple of it"
            report.error("histogram/step", at.where, f"{key} {wanted.text} is not a multiple of the step", help)
            return None
        if key == "at_least":
            edge = value - step.data  # not at most the value below
    return _measured(Limit(value, wanted.text, edge, edge), at, entry, about, report)


def _measured(limit: Limit, at: Entry, entry: Entry, about: Where, report: Report) -> Limit | None:
    buckets = entry.get("buckets")
    interpolate = entry.value("interpolate", False)
    if entry.value("native", False):
        _refuse_buckets(entry, report)
        return limit
    if buckets is None:
        return limit if entry.says("buckets") else _unlisted(limit, at, about, report, interpolate=interpolate)
    known = bounds(buckets)
    if limit.below in known or len(known) < len(buckets.data):  # one that is no number has been told already
        return limit
    below, above = _neighbours(limit.below, known)
    if below is None or above is None:
        nearest = plain(above if below is None else below or 0)
        where = "below the first" if below is None else "above the last"
        help = f"the nearest that can be measured is {nearest}; or let the service export a bucket {_exported(limit.below)}"
        report.error("histogram/between-buckets", at.where, f"the bound {limit.text} lies {where} bucket, {nearest}", help)
        return None
    if not interpolate:
        help = f"use one of them, let the service export a bucket {_exported(limit.below)}, or write `interpolate: true` for an estimate"
        report.error("histogram/between-buckets", at.where, f"the bound {limit.text} lies between the buckets {plain(below)} and {plain(above)}", help)
        return None
    share = (above - limit.below) / (above - below)
    widest = plain(round(max(share, 1 - share) * 100))
    message = f"the bound {limit.text} is estimated between the buckets {plain(below)} and {plain(above)}"
    help = f"of the observations between these two, up to {widest}% may be judged wrongly"
    report.note("histogram/interpolated", at.where, message, help, about=about)
    return Limit(limit.value, limit.text, below, above, share)


def _refuse_buckets(entry: Entry, report: Report) -> None:
    """A native histogram is read as a whole."""
    for key in ("buckets", "interpolate"):
        if (found := entry.get(key)) and found.data is not False:
            help = "leave it out; or leave `native` out, if the service exports classic buckets"
            report.error("histogram/native", found.where.key(), f"a native histogram has no buckets by name, so that {key} says nothing", help)


def _unlisted(limit: Limit, at: Entry, about: Where, report: Report, *, interpolate: bool) -> Limit | None:
    """The limit of a histogram whose buckets nobody tells."""
    if interpolate:
        help = "add `buckets: [...]` with the bounds that the service exports"
        report.error("histogram/interpolate", at.where, "a bound can be interpolated only between known buckets", help)
        return None
    help = "add `buckets: [...]` with the bounds that the service exports; without that bucket nothing is measured and SLOBlind fires"
    report.warning("histogram/no-buckets", at.where, f"nothing says that a bucket {_exported(limit.below)} exists", help, about=about)
    return limit


def _neighbours(edge: Decimal, known: tuple[Decimal, ...]) -> tuple[Decimal | None, Decimal | None]:
    return max((b for b in known if b < edge), default=None), min((b for b in known if b > edge), default=None)


def _exported(edge: Decimal) -> str:
    return f'le="{plain(edge)}"'
