"""What a promise measures, in one sentence that names the user's own series, and what a check calls too far off."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slo_compiler import policy
from slo_compiler.model import (
    Baseline,
    Cell,
    Check,
    ExpressedEvents,
    Gauge,
    Histogram,
    Matchers,
    Mean,
    OtherSlo,
    Outages,
    Quantile,
    SelectedEvents,
    Share,
    Slo,
    Spending,
    Tail,
    TimeSlices,
    Value,
)  # fmt: skip
from slo_compiler.promql import Expression, Selector
from slo_compiler.quantities import Duration, plain


def measured(promise: Slo | Spending | Check) -> str:
    """A phrase with the series in backticks: "the share of what `llm_ttft_seconds` observes that is at most 600ms"."""
    match promise:
        case Spending(metric=metric):
            return f"what {_quoted(metric)} grows by"
        case Check(value=value):
            return _judged(value, promise)
        case Slo(sli=sli) if isinstance(sli, Histogram):
            return _observed(sli, promise.cells)
    return _shared(promise)


def amount(number: float) -> str:
    """How many events there are, as people say it: `4,000`, `170`, `2.5`."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def promised_over(promise: Slo | Spending | Check) -> str:
    """What its sums are over: `30d`, `a calendar month, UTC`."""
    return f"a calendar {promise.span}, {promise.calendar.zone.name}" if promise.calendar else str(promise.window)


def limited(spend: Spending) -> list[tuple[str, str]]:
    """Whom each limit of money is for (empty: all others), and how much it is: ("team a", "12000 USD")."""
    unit = f" {spend.unit}" if spend.unit else ""
    return [(_values(matchers), f"{plain(limit)}{unit}") for matchers, limit in spend.limits]


def _values(matchers: Matchers) -> str:
    return ", ".join(f"{label} {'not ' if op == '!=' else ''}{value}" for label, op, value in matchers)


def span(seconds: float) -> str:
    """A length of time in two units: 21m 36s, 3h 36m, 2d 12h."""
    rounded = round(seconds)
    units = [("d", rounded // 86400), ("h", rounded // 3600 % 24), ("m", rounded // 60 % 60), ("s", rounded % 60)]
    first = next((index for index, (_, count) in enumerate(units) if count), 3)
    return " ".join(f"{count}{unit}" for unit, count in units[first : first + 2] if count) or "0s"


def _quoted(one: Selector | Expression) -> str:
    text = str(one.text if isinstance(one, Expression) else one)
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)  # what a label is called may hold some, too
    return f"{fence}{text}{fence}"


# --- a share of good events --------------------------------------------------------------------------------------------------------


def _shared(slo: Slo) -> str:
    match slo.sli:
        case SelectedEvents(total=total, bad=bad, good=good) | ExpressedEvents(total=total, bad=bad, good=good):
            rough = ", estimated by expressions" if isinstance(slo.sli, ExpressedEvents) else ""
            return f"{_events(total, bad, good)}{rough}"
        case TimeSlices() as slices:
            return _sliced(slices, slo.cells)
        case Tail(metric=metric, factor=factor, quantile=quantile, baseline=baseline):
            usual = f"p{plain(quantile.value * 100)} of the last {baseline}"
            return f"the share of what {_quoted(metric)} observes that is at most {plain(factor)} times the {usual}"
    return ""


def _events(total: Selector | Expression, bad: Sequence[Selector | Expression], good: Selector | Expression | None) -> str:
    if good:
        return f"the share of {_quoted(total)} that {_quoted(good)} counts"
    if len(bad) == 1:
        return f"the share of {_quoted(total)} that {_quoted(bad[0])} does not count"
    return f"the share of {_quoted(total)} that neither {' nor '.join(_quoted(one) for one in bad)} counts"


def _observed(sli: Histogram, cells: Sequence[Cell]) -> str:
    limits = [_bound(sli, cell) for cell in _bounded(cells)]
    rough = ", estimated from its native buckets" if sli.native else ""
    return f"the share of what {_quoted(sli.metric)} observes that is {', '.join(limits)}{rough}"


def _bounded(cells: Sequence[Cell]) -> list[Cell]:
    """One cell a limit, that of all other values first."""
    found: dict[str, Cell] = {}
    for cell in (cells[-1], *cells[:-1]):
        if cell.limit:
            found.setdefault(cell.limit.text, cell)
    return list(found.values())


def _bound(sli: Histogram, cell: Cell) -> str:
    limit = cell.limit or sli.limit
    unit = f" {sli.unit}" if sli.unit and limit.text == plain(limit.value) else ""
    sense = "at most" if sli.at_most else "at least" if sli.step else "more than"
    between = "" if limit.exact else f" (estimated between the buckets {plain(limit.below)} and {plain(limit.above)})"
    return f"{sense} {limit.text}{unit}{between}{f' for {cell.name}' if cell.name else ''}"


def _sliced(sli: TimeSlices, cells: Sequence[Cell]) -> str:
    value = _quoted(sli.value) if isinstance(sli.value, Expression) else f"the mean of {_quoted(sli.value)}"
    sense = "at most" if sli.at_most else "at least"
    limits = ", ".join(f"{sense} {(cell.limit or sli.limit).text}{f' for {cell.name}' if cell.name else ''}" for cell in _bounded(cells) or cells[-1:])
    missing = "; a slice without data is bad" if sli.missing_is_bad else ""
    return f"the share of time in which {value} over the last {sli.slice.words} is {limits}{missing}"


# --- a value that is judged --------------------------------------------------------------------------------------------------------


def _judged(value: Value, check: Check) -> str:
    over = check.window
    match value:
        case Gauge(value=Selector() as gauge):
            return f"the newest sample of {_quoted(gauge)}" if check.fresh else f"the mean of {_quoted(gauge)} over {over}"
        case Gauge(value=expression):
            return f"{_quoted(expression)}, where $window is {over}"
        case _:
            return f"{_counted(value)} over {over}"


def _counted(value: Value) -> str:
    match value:
        case Share(events=events):
            return f"the share of {_quoted(events.total)} that {_quoted(events.good or events.bad[0])} counts"
        case Mean(metric=metric):
            return f"the mean of {_quoted(metric)}"
        case Quantile(metric=metric, quantile=quantile):
            return f"the p{plain(quantile.value * 100)} of {_quoted(metric)}"
        case Outages(up=up, between=between):
            return f"the mean {'time between outages' if between else 'length of the outages'} of {_quoted(up)}"
        case OtherSlo(name=name):
            return f"the good share of {name}"
    return ""


def proof(check: Check) -> str:
    """What an alert needs besides its bound, in words; empty where the bound is all."""
    if policy.chance_limit(check) is not None:
        return f"beyond what chance explains, from {policy.SAMPLE} events on"
    least = policy.least_events(check)
    found = [f"from {least} events on"] if least else []
    if check.baseline and check.baseline.median:
        found.append("once seven daily values are there")
    elif check.verdict.key in {"changed_by", "within"} and isinstance(check.value, Share | OtherSlo) and not check.verdict.of_baseline:
        found.append("beyond what chance explains")
    return ", ".join(found)


def too_far(check: Check) -> str:
    """What is too much, in words."""
    verdict, against = check.verdict, _against(check)
    if verdict.key in {"changed_by", "within"}:
        return f"more than {verdict.text} away from {against}"
    more = "more" if verdict.key == "at_most" else "less"
    return f"{more} than {plain(verdict.number)} times {against}" if verdict.of_baseline else f"{more} than {verdict.text}"


def _against(check: Check) -> str:
    match check.baseline:
        case Baseline(slo=OtherSlo(name=name)):
            return f"that of {name}"
        case Baseline(median=Duration() as median):
            return f"its median of {median.words}"
        case Baseline(offset=Duration() as offset):
            return f"that of {offset.words} ago"
    return ""
