"""How promises stand by given numbers: the file that `--format json` writes, or one that a person wrote with less in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from slo_compiler import moments
from slo_compiler.dashboards import Query
from slo_compiler.diagnostics import Report, Where
from slo_compiler.pages import behind, numbers, queries, trends
from slo_compiler.pages.columns import CATEGORIES, Column
from slo_compiler.pages.measures import SHARE, Measure, grafana_unit, places
from slo_compiler.pages.states import NO_TRAFFIC, NOT_MEASURED, STATES
from slo_compiler.quantities import Duration, Problem, duration
from slo_compiler.report.figures import figure as figure_of
from slo_compiler.report.standings import Figure, Reading, Standing, Who, figure, nobody, panels, standing
from slo_compiler.source import Data, Document

PERIODS = ("month", "week", "quarter")
_CALLED = {"money": "money", "check": "a check", "share": "a share", "value": "a value"}
_MONTH, _STEP = "30d", Duration(Decimal(60))


def reading(document: Document, report: Report) -> Reading | None:
    """What a document of the right shape tells, without a title where it has none; its other mistakes go to the report, and then there is nothing to read."""
    entries = document.data["categories"]
    found: dict[str, Standing] = {}
    for index, entry in enumerate(entries):
        place = document.where / "categories" / index
        if entry["category"] in found:
            report.error("value/repeated", place / "category", f"{entry['category']} stands twice", "keep one entry a category: the SLO that leads it")
        found[entry["category"]] = _standing(entry, place, report)
    at = _moment(document, report)
    if not report.ok:
        return None
    return Reading(document.data.get("title", ""), at, tuple(found.get(category) or nobody(category) for category in CATEGORIES))


def _moment(document: Document, report: Report) -> float | None:
    raw = document.data.get("data_until")
    if raw is None:
        return None
    try:
        return moments.moment(str(raw), 0)
    except moments.NoMoment as error:
        report.error("time/moment", document.where / "data_until", error.message, error.help)
        return None


# --- an entry ------------------------------------------------------------------------------------------------------------------------


def _standing(entry: dict[str, Data], place: Where, report: Report) -> Standing:
    state = next(one for one in STATES if one.word == entry["state"])
    if "title" not in entry:
        if state is not NOT_MEASURED:
            help = "add `title:` (what people call the SLO), or write `state: Not measured` where the category has no SLO"
            report.error("key/missing", place, "key 'title' is missing", help)
        return nobody(entry["category"])
    measure = _measure(entry, place, report)
    _refuse_foreign(entry, measure, place, report)
    others = entry.get("other_slos")
    column = Column(entry["category"], None, (), others or 0, (measure,), _STEP)
    told = {one.name: one for one in _figures(entry, column, measure, place, report)}
    who = Who(entry["title"], entry.get("service", ""), entry.get("slo_id", ""), quantile=entry.get("quantile", ""))
    return standing(column, who, state, measure, told)


def _refuse_foreign(entry: dict[str, Data], measure: Measure, place: Where, report: Report) -> None:
    """Money has what is left, all else has a trend."""
    key, other = ("trend", "left") if measure.kind == "money" else ("left", "trend")
    if key in entry:
        report.error("key/not-here", (place / key).key(), f"{key} says nothing about {_CALLED[measure.kind]}", f"write `{other}:`, or leave it out")


def _measure(entry: dict[str, Data], place: Where, report: Report) -> Measure:
    word = entry.get("unit", "")
    unit = "percentunit" if word == SHARE else grafana_unit(word)
    kind = entry.get("kind", "share" if word == SHARE else "value")
    better = entry.get("better", "" if "fails_when" in entry else "higher" if kind == "share" else "lower")
    return Measure(kind, unit, word, better, _span(entry, place, report), entry.get("decimals", _digits(entry, kind)))


def _digits(entry: dict[str, Data], kind: str) -> int | None:
    """The digits of a share's target in percent; of all else the numbers decide themselves."""
    target = entry.get("target")
    return places(Decimal(target) * 100) if kind == "share" and target is not None else None


def _span(entry: dict[str, Data], place: Where, report: Report) -> Duration | str:
    text = entry.get("window", _MONTH)
    if text in PERIODS:
        return str(text)
    found = duration(text)
    if isinstance(found, Problem):
        report.error(found.id, place / "window", found.message, f"{found.help}; of a calendar write {', '.join(PERIODS)}")
        return Duration(Decimal(30 * 86400))
    return found


def _figures(entry: dict[str, Data], column: Column, measure: Measure, place: Where, report: Report) -> Iterator[Figure]:
    """The figures that an entry tells, by the page's own queries where these have words for them."""
    shown = {query.name: query for panel in panels(column) for query in panel.queries}
    yield figure(shown[measure.over], _value(entry))
    for key, name in (("target", measure.promised), ("left", numbers.LEFT), ("budget_left", behind.BUDGET)):
        if key in entry and name in shown:
            yield figure(shown[name], _or_nothing(entry[key]))
    if "trend" in entry and trends.TREND in shown:
        yield _trend(entry["trend"], shown[trends.TREND], place, report)
    if column.others:
        yield figure(shown[behind.other_slos(column.others)], float(entry.get("others_alerting", 0)))
    measured = f"{behind.MEASURED} this {measure.span}" if isinstance(measure.span, str) else behind.MEASURED
    for key, name in (("computed_over", behind.COMPUTED), ("fails_when", behind.FAILS), ("measured", measured)):
        if key in entry:
            yield Figure(name, entry[key])
    if entry.get("sample") is not None:
        yield Figure(behind.SAMPLE, figure_of(float(entry["sample"]), "short", 0), float(entry["sample"]))


def _value(entry: dict[str, Data]) -> float:
    if entry.get("value") is not None:
        return float(entry["value"])
    why = entry.get("no_value", entry["state"])
    return queries.NO_TRAFFIC if why == NO_TRAFFIC.word else queries.NOT_MEASURED


def _or_nothing(number: Data) -> float:
    return queries.NOTHING if number is None else float(number)


def _trend(meaning: str, query: Query, place: Where, report: Report) -> Figure:
    known = {word.text.rpartition(trends.CLOSE)[2]: word.text for word in query.words}
    if meaning not in known:
        report.error(
            "value/unknown", place / "trend", f"trend must be one of {', '.join(known)} here, got {meaning!r}", "`better:` says which direction is good"
        )
    return Figure(query.name, known.get(meaning, meaning))
