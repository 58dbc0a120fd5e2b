"""Standings as plain data: what `--format json` prints, and what a report of given numbers reads."""

from __future__ import annotations

from slo_compiler import moments
from slo_compiler.pages import trends
from slo_compiler.pages.measures import word_of
from slo_compiler.report.sentences import sentence
from slo_compiler.report.standings import Figure, Reading, Standing
from slo_compiler.templating import Templates

VERSION = "slo-report/v1"
Json = dict[str, object]


def reading(found: Reading, templates: Templates) -> Json:
    """A whole report. Raises TemplateFailure."""
    until = {"data_until": moments.shown(round(found.at * 1000))} if found.at is not None else {}
    return {"version": VERSION, "title": found.title, **until, "categories": [standing(one, templates) for one in found.standings]}


def standing(one: Standing, templates: Templates) -> Json:
    """One SLO: the numbers as they are, and under `shown` as the page shows them."""
    told: Json = {"category": one.category, "state": one.state.word}
    if one.measure is None:
        return {**told, "sentence": sentence(one, templates)}
    names = {"title": one.who.title, "service": one.who.service, "slo_id": one.who.id}
    return {
        **told,
        **{key: value for key, value in names.items() if value},
        **_how(one),
        **_numbers(one),
        "shown": {figure.name: figure.text.replace(trends.CLOSE, " ") for figure in (one.now, one.target, one.last, *one.facts) if figure},
        "sentence": sentence(one, templates),
    }


def _how(one: Standing) -> Json:
    """How the number is read."""
    measure = one.measure
    if measure is None:
        return {}
    told: Json = {"kind": measure.kind, "quantile": one.who.quantile, "unit": word_of(measure.unit), "better": measure.better}
    told |= {"window": str(measure.span), "decimals": measure.decimals}
    return {key: value for key, value in told.items() if value not in {None, ""}}


def _numbers(one: Standing) -> Json:
    found: Json = {"value": _tidy(one.now.number)} if one.now.number is not None else {"value": None, "no_value": one.now.text}
    found |= _number("target", one.target)
    found |= {"trend": one.trend} if one.trend else _number("left", one.last)
    found |= _number("budget_left", one.budget)
    if one.others:
        found |= {"other_slos": int(one.others.name.split()[0]), "others_alerting": int(one.others.number or 0)}
    found |= {key: figure.text for key, figure in (("computed_over", one.computed), ("fails_when", one.fails), ("measured", one.measured)) if figure}
    return found | _number("sample", one.sample)


def _number(key: str, figure: Figure | None) -> Json:
    """A number under its key, nothing where it is unknown, and no key where the page shows none."""
    return {key: _tidy(figure.number)} if figure else {}


def _tidy(number: float | None) -> float | None:
    """A whole number without a point."""
    return int(number) if number is not None and number.is_integer() else number
