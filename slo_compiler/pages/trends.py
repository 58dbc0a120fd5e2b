"""The last 7 days against the 7 days before, told by meaning and never on noise."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Query, Word
from slo_compiler.pages import queries
from slo_compiler.pages.columns import Column
from slo_compiler.pages.measures import HOUR, Measure
from slo_compiler.pages.words import each, exactly

TREND = "7-day trend"  # what the number is called
CLOSE = "\N{NO-BREAK SPACE}"  # an arrow and its word stay on one line
_STEADY = {"share": Decimal("0.1")}  # a tenth of the error budget
_STEADY_VALUE = Decimal("0.03")  # of the target


def trend(column: Column) -> tuple[str, list[Query]] | None:
    """What it is, and the query of each way to read the leader; money has none."""
    if column.measures[0].kind == "money":
        return None
    early = exactly(queries.NOTHING, "too early")
    found = [(column.gated(queries.else_(queries.trend(column.pinned, one), queries.NOTHING), one), one) for one in column.measures]
    text = f"**{TREND}**: the last 7 days against the 7 days before; {each(map(_same, column.measures), '; ')}"
    reads = each(series for one in column.measures for series in _reads(one))
    return f"{text}. The arrow is the direction of the value, the word is its meaning ({reads}).", [
        Query(expr, TREND, words=(early, *_words(one))) for expr, one in found
    ]


def _reads(one: Measure) -> tuple[str, ...]:
    return (names.bad_sum(HOUR), names.total_sum(HOUR), names.OBJECTIVE) if one.kind == "share" else (one.value,)


def _same(one: Measure) -> str:
    if one.kind == "share":
        return "a share is the same while its change is below a tenth of the error budget or within chance (99 %)"
    return f"a value is the same while its mean moves by less than 3 % of {'the target' if one.kind == 'value' else 'what it was'}"


def _words(one: Measure) -> tuple[Word, ...]:
    steady = _STEADY.get(one.kind, _STEADY_VALUE)
    down, up = {
        "lower": (("better", "green"), ("worse", "orange")),
        "higher": (("worse", "orange"), ("better", "green")),
        "": (("lower", "text"), ("higher", "text")),
    }[one.better]
    return (
        Word(f"↓{CLOSE}{down[0]}", down[1], None, -steady),
        Word(f"→{CLOSE}same", "text", -steady, steady),
        Word(f"↑{CLOSE}{up[0]}", up[1], steady, None),
    )
