"""Values that a test puts in: labels that matchers take, round numbers, moments."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

from slo_compiler import names
from slo_compiler.model import Cell, Matchers, Promise, Slo, TimeSlices
from slo_compiler.promql import Matcher, Selector
from slo_compiler.quantities import Duration

_ANY = "any"
_CANDIDATES = ("any", "a", "1", "x1", "404", "500", "other", "")
_PART = re.compile(r"\\[^dw]|\(\?:|[()?]|\.[+*]|\\d[+*]?|\\w[+*]?|\[[^\]]*\][+*]?|\.")


def takes(matcher: Matcher, value: str) -> bool:
    """Whether a matcher takes a label's value; empty is the label that is not there. Raises re.error for what only Go's expressions have."""
    found = value == matcher.value if matcher.op in {"=", "!="} else _pattern(matcher.value).fullmatch(value) is not None
    return found is (matcher.op in {"=", "=~"})


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Python warns of what Go reads in another way: [[:alpha:]]
        try:
            return re.compile(text)
        except FutureWarning as warning:
            raise re.error(str(warning)) from warning


def selects(selector: Selector, labels: dict[str, str]) -> bool:
    """Whether a selector takes a series of its metric."""
    return all(takes(matcher, labels.get(matcher.label, "")) for matcher in selector.matchers)


def example(matcher: Matcher, *, taken: bool = True) -> str | None:
    """A value that a matcher takes, or one that it leaves; None where none is found."""
    usual = ("200", "ok") if re.search(r"\d", matcher.value) else ("ok", "200")
    guesses = (*_alternatives(matcher.value), matcher.value, *usual, *_CANDIDATES) if "~" in matcher.op else (matcher.value, *usual, *_CANDIDATES)
    try:
        return next((guess for guess in guesses if takes(matcher, guess) is taken and (guess or matcher.op in {"!=", "!~"})), None)
    except re.error:
        return None


def fitting(matchers: Sequence[Matcher]) -> str | None:
    """A value that all these matchers of one label take; None where none is found."""
    found = [example(matcher) for matcher in matchers] + [value for matcher in matchers for value in _alternatives(matcher.value)]
    try:
        return next((value for value in (*found, *_CANDIDATES) if value is not None and all(takes(one, value) for one in matchers)), None)
    except re.error:
        return None


def _alternatives(pattern: str) -> Iterable[str]:
    """What the branches of a simple regular expression take: `5..`, `a|b`, `x.+`, `(a|b)c`."""
    for branch in pattern.replace("(", "|").replace(")", "|").split("|"):
        yield _filled(branch)
    for first in re.findall(r"\(\??:?([^|()]*)[^()]*\)", pattern):
        yield _filled(re.sub(r"\([^()]*\)", first.replace("\\", ""), pattern))


def _filled(branch: str) -> str:
    return _PART.sub(lambda part: _one_of(part[0]), branch).replace("\\", "")


def _one_of(part: str) -> str:
    if part.startswith("[") or (part.startswith("\\") and part[1] not in "dw"):
        return part[1]
    return "" if part in {"(", ")", "?", "(?:"} else "0"


def of_cell(by: tuple[str, ...], part: Cell | Matchers) -> dict[str, str]:
    """Values of the `by` labels that a cell takes."""
    matchers = part.matchers if isinstance(part, Cell) else part
    values = {label: value for label, op, value in matchers if op == "="}
    excluded = {value for _, op, value in matchers if op == "!="}
    free = next(word for word in (_ANY, "any-other", "yet-another") if word not in excluded)
    return {label: values.get(label, free) for label in by}


def identity(promise: Promise, part: Cell | Matchers = ()) -> dict[str, str]:
    """The labels of a promise's series, for values that a cell takes."""
    return {**names.identity(promise.id, promise.name, promise.service), **of_cell(promise.by, part)}


def is_always_there(promise: Promise) -> bool:
    """Whether its rules write series whatever a test puts in: slices of which missing ones are bad."""
    return isinstance(promise, Slo) and isinstance(promise.sli, TimeSlices) and promise.sli.missing_is_bad


def nice(number: float) -> int:
    """A round number, the next one from `number` on: 1, 2 or 5 and zeros."""
    power: int = 10 ** math.floor(math.log10(max(number, 1)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= number)


def times(step: Duration, count: float) -> Duration:
    """So many steps."""
    return Duration(step.seconds * Decimal(str(count)))


def spoken(length: Duration) -> str:
    """A length of time for sentences: `22h 24m` for what rules call 1344m."""
    text, minutes = str(length), int(length.seconds // 60)
    return f"{minutes // 60}h {minutes % 60}m" if text.endswith("m") and not text.endswith("ms") and minutes > 120 else text


def percent(bad: int, total: int) -> str:
    """A share for sentences: `1.44%`."""
    return f"{100 * bad / total:.5g}%"
