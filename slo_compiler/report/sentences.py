"""One sentence an SLO, for people who do not run the services; the words are leaves, which a user may replace."""

from __future__ import annotations

from slo_compiler.pages import states
from slo_compiler.pages.measures import Measure
from slo_compiler.report.standings import Figure, Standing
from slo_compiler.templating import Templates, Value


def sentence(one: Standing, templates: Templates, *, is_titled: bool = False) -> str:
    """How an SLO stands, in a sentence, without its title where that stands above. Raises TemplateFailure where the user's override cannot be used."""
    title = one.who.title if one.measure and not is_titled else ""
    return _leaf("sentence", templates, title=title, text=_told(one, templates))


def _told(one: Standing, templates: Templates) -> str:
    if one.measure is None:
        return _leaf("no_slo", templates, category=one.category)
    clauses = [_state(one, templates)]
    if one.state is not states.NOT_MEASURED:
        clauses += [_trend(one, templates), _budget(one, templates), _young(one, templates)]
    parts = (_number(one, one.measure, templates), ", ".join(clause for clause in clauses if clause))
    return "; ".join(part for part in parts if part)


def _leaf(name: str, templates: Templates, **values: Value) -> str:
    return templates.fill(f"report/{name}.txt.j2", values).strip()


def _number(one: Standing, measure: Measure, templates: Templates) -> str:
    if one.now.number is None and one.state in {states.NOT_MEASURED, states.NO_TRAFFIC}:  # which say it
        return ""
    over = one.now.name[0].lower() + one.now.name[1:]
    return _leaf(
        "number", templates, kind=measure.kind, better=measure.better, place=_place(one), quantile=one.who.quantile, value=one.now.text,
        over=over if over.startswith("this ") else f"in the {over}", target=_text(one.target), left=_text(one.last), fails=_text(one.fails),
        missing=one.now.text.lower() if one.now.number is None else "",
    )  # fmt: skip


def _place(one: Standing) -> str:
    """Where the number lies beside what was promised."""
    if one.now.number is None or one.target is None or one.target.number is None:
        return ""
    distance = one.now.number - one.target.number
    return "above" if distance > 0 else "below" if distance < 0 else "at"


def _text(figure: Figure | None) -> str:
    return figure.text if figure else ""


def _state(one: Standing, templates: Templates) -> str:
    kind, has_number, has_budget = one.measure.kind if one.measure else "", one.now.number is not None, _left(one) is not None
    return _leaf("state", templates, state=one.state.word, kind=kind, has_number=has_number, has_budget=has_budget, budget=_text(one.budget))


def _left(one: Standing) -> float | None:
    """What is left of the error budget, where that is known."""
    return one.budget.number if one.budget else None


def _trend(one: Standing, templates: Templates) -> str:
    return _leaf("trend", templates, trend=one.trend) if one.trend else ""


def _budget(one: Standing, templates: Templates) -> str:
    """What is left of the budget; not again where the state has told it, nor beside money, where it is a sum."""
    is_told = one.state in {states.BREACHED, states.TOO_CLOSE} or (one.measure is not None and one.measure.kind == "money")
    return "" if is_told or _left(one) is None else _leaf("budget", templates, budget=_text(one.budget))


def _young(one: Standing, templates: Templates) -> str:
    return _leaf("young", templates, measured=_text(one.measured)) if one.is_young else ""
