"""The number of an SLO beside its target and its trend, or, of money, beside what is left."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Panel, Place, Query, Word
from slo_compiler.pages import queries
from slo_compiler.pages.columns import Column
from slo_compiler.pages.measures import HOUR, Measure

TREND, LEFT = "7-day trend", "Left"  # what the numbers are called
_KINDS = {"value": "the value of the last hour", "share": "the good share", "check": "the value", "money": "what was spent"}
_STEADY = {"share": Decimal("0.1")}  # a tenth of the error budget
_STEADY_VALUE = Decimal("0.03")  # of the target
CLOSE = "\N{NO-BREAK SPACE}"  # an arrow and its word stay on one line


def panel(column: Column, place: Place) -> Panel:
    """Two or three numbers; of a category without an SLO the words that say so."""
    if not column.measures:
        query = Query(f"vector({queries.NOT_MEASURED})", "Now", words=(exactly(queries.NOT_MEASURED, "Not measured"),))
        return Panel("stat", column.title, f"No SLO has the category {column.category}: a constant in place of a number.", place, (query,), small=True)
    return Panel("stat", column.title, _explained(column), place, (*_now(column), *_targets(column), *_last(column)))


def exactly(number: int, text: str, color: str = "text") -> Word:
    """A word in place of one number."""
    return Word(text, color, Decimal(number), Decimal(number))


def each(texts: Iterable[str], joint: str = ", ") -> str:
    """Texts, each once."""
    return joint.join(dict.fromkeys(texts))


def _explained(column: Column) -> str:
    parts = [f"**{one.over}**: {_KINDS[one.kind]}." for one in column.measures]
    parts += [f"**{one.promised.partition(' ')[0]}**: what was promised." for one in _with_target(column)]
    reads = [one.value for one in column.measures] + [one.target for one in _with_target(column)]
    if column.measures[0].kind == "money":
        parts.append(f"**{LEFT}**: the limit less what was spent.")
    else:
        same = each(map(_same, column.measures), "; ")
        parts.append(f"**{TREND}**: the last 7 days against the 7 days before; {same}. The arrow is the direction of the value, the word is its meaning.")
        reads += [series for one in column.measures if one.kind == "share" for series in (names.bad_sum(HOUR), names.total_sum(HOUR))]
    return f"{each(parts, ' ')} Reads {each(reads)}."


def _same(one: Measure) -> str:
    if one.kind == "share":
        return "a share is the same while its change is below a tenth of the error budget or within chance (99 %)"
    return f"a value is the same while its mean moves by less than 3 % of {'the target' if one.kind == 'value' else 'what it was'}"


def _now(column: Column) -> list[Query]:
    """The number itself, or why there is none; where the leader is not known, it may also be nobody."""
    x, words = column.pinned, (exactly(queries.NO_TRAFFIC, "No traffic"), exactly(queries.NOT_MEASURED, "Not measured"))
    found = [Query(column.gated(queries.value_or_why(x, one), one), one.over, one.unit, one.finer, words) for one in column.measures]
    nobody = Query(f"vector({queries.NOT_MEASURED}) unless on () {names.INFO}{{{x}}}", "Now", words=words)
    return found if column.is_known else [*found, nobody]


def _with_target(column: Column) -> list[Measure]:
    return [one for one in column.measures if one.kind != "check" or column.has_bound]


def _targets(column: Column) -> list[Query]:
    found, none = [], exactly(queries.NOTHING, "–")
    for one in _with_target(column):
        expr = queries.else_(queries.target(column.pinned, one), queries.NOTHING)
        found.append(Query(column.gated(expr, one), one.promised, one.unit, one.decimals, (none,)))
    return found


def _last(column: Column) -> list[Query]:
    """What is left of money; the trend of all else."""
    x, first = column.pinned, column.measures[0]
    if first.kind == "money":
        left, none = queries.else_(queries.left(x, first), queries.NOTHING), exactly(queries.NOTHING, "–")
        return [Query(left, LEFT, first.unit, words=(none,), steps=((None, "orange"), (Decimal(0), "text")))]
    early = exactly(queries.NOTHING, "too early")
    trends = [(column.gated(queries.else_(queries.trend(x, one), queries.NOTHING), one), one) for one in column.measures]
    return [Query(expr, TREND, words=(early, *_trend_words(one))) for expr, one in trends]


def _trend_words(one: Measure) -> tuple[Word, ...]:
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
