"""A report as Markdown, as a page of HTML that prints on one sheet, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape

from slo_compiler import moments
from slo_compiler.pages import states
from slo_compiler.report import data
from slo_compiler.report.sentences import sentence
from slo_compiler.report.standings import Figure, Reading, Standing, counted
from slo_compiler.templating import Templates, Value

_NONE = "–"
_MUCH, _LONG = 200, 45  # characters of a card and of the heading, from which on smaller letters are needed
_INK = {states.BURNING: "#111111"}  # amber needs dark letters
_MARKS = re.compile(r"([\\`*_\[\]<>|#~&])")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_IN_BRACKETS = re.compile(r" \([^)]*\)")

Escape = Callable[[str], str]


def as_markdown(found: Reading, templates: Templates) -> str:
    """A table of the numbers and a list of the sentences."""
    rows, lines = ([templates.fill(f"report/{leaf}.md.j2", _card(one, templates, _marked)) for one in found.standings] for leaf in ("row", "line"))
    return _page("md", found, templates, _marked, rows="\n".join(rows), lines="\n".join(lines))


def as_html(found: Reading, templates: Templates) -> str:
    """A page without scripts and links that fits on a sheet of A4 or Letter."""
    texts = [_card(one, templates, escape, is_titled=True) for one in found.standings]
    cards = [templates.fill("report/card.html.j2", _drawn(one, templates) | text) for one, text in zip(found.standings, texts, strict=True)]
    is_dense = len(found.title) > _LONG or any(len(f"{text['title']}{text['sentence']}") > _MUCH for text in texts)
    return _page("html", found, templates, escape, cards="\n".join(cards), explained=_explained(found), is_dense=is_dense)


def as_json(found: Reading, templates: Templates) -> str:
    """What `--numbers` reads again."""
    return json.dumps(data.reading(found, templates), indent=2, ensure_ascii=False) + "\n"


#: By the name of the format. Each raises TemplateFailure where the user's override of a leaf cannot be used.
PRINTED: dict[str, Callable[[Reading, Templates], str]] = {"markdown": as_markdown, "html": as_html, "json": as_json}


def _page(ending: str, found: Reading, templates: Templates, clean: Escape, **parts: Value) -> str:
    head: dict[str, Value] = {"title": clean(found.title), "counted": counted(found.standings) or "no SLO", "until": _until(found.at)}
    return templates.fill(f"report/page.{ending}.j2", head | parts) + "\n"


def _until(at: float | None) -> str:
    """A moment for people: 2026-11-01 00:00 UTC."""
    return moments.shown(round(at * 1000)).replace("T", " ").removesuffix("Z").removesuffix(":00") + " UTC" if at is not None else ""


def _card(one: Standing, templates: Templates, clean: Escape, *, is_titled: bool = False) -> dict[str, Value]:
    """The texts of a category."""
    texts = {
        "category": one.category.capitalize(), "state": one.state.word, "title": one.who.title, "service": one.who.service,
        "over": one.now.name, "value": one.now.text,
        "promised": one.target.name if one.target else "", "target": _text(one.target),
        "compared": one.last.name if one.last else "", "trend": _text(one.last),
        "budget": _text(one.budget), "sentence": sentence(one, templates, is_titled=is_titled),
    }  # fmt: skip
    return {name: clean(text) for name, text in texts.items()}


def _text(figure: Figure | None) -> str:
    return figure.text if figure else _NONE


def _drawn(one: Standing, templates: Templates) -> dict[str, Value]:
    """What only a page in colours shows."""
    facts = [templates.fill("report/fact.html.j2", {"name": escape(fact.name), "text": escape(fact.text)}) for fact in one.facts]
    tone = one.trend if one.trend in {"better", "worse"} else "plain"
    look: dict[str, Value] = {"color": one.state.color, "ink": _INK.get(one.state, "#ffffff"), "tone": tone}
    return {**look, "facts": "\n".join(facts), "has_slo": one.measure is not None, "is_word": one.now.number is None}


def _explained(found: Reading) -> str:
    """What the words mean that stand on the page, without the names of alerts."""
    present = {one.state for one in found.standings} - {states.HEALTHY}
    words = [f"<b>{state.word}</b>: {escape(_IN_BRACKETS.sub('', state.meaning))}." for state in states.STATES if state in present]
    return " ".join([*words, "<b>Trend</b>: the last 7 days against the 7 days before, by meaning and beyond noise."])


def _marked(text: str) -> str:
    """A text that means nothing to Markdown."""
    return _MARKS.sub(r"\\\1", _BREAKS.sub(" ", text))
