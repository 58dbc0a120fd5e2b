"""Selectors and expressions as values, and how a user's text becomes one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from slo_compiler.promql.trees import PROBE, WINDOW, leaves, parses, told
from slo_compiler.quantities import Problem

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
STRING = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
_MATCHER = re.compile(rf"\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*({STRING})\s*", re.ASCII)
_SELECTOR = re.compile(rf"\s*({NAME})\s*(?:\{{((?:{_MATCHER.pattern},)*(?:{_MATCHER.pattern})?)\s*\}}\s*)?", re.ASCII)
_LITERAL_PATTERN = re.compile(r"[\w |:/.\-]*")
_NEGATION = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
NO_WINDOW = Problem(
    "promql/no-window",
    "expected a selector, or an expression with $window",
    'write name{label="value"}; anything else needs $window, for example sum(rate(x[$window]))',
)
_LONG = 2_000  # characters; what is longer is looked at first, because the library recurses
_PER_SECOND = {"rate", "irate", "deriv"}


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One label matcher; `value` is unescaped."""

    label: str
    op: str
    value: str

    def __str__(self) -> str:
        return f"{self.label}{self.op}{_quoted(self.value)}"

    @property
    def asks_for_any(self) -> bool:
        """Whether it takes every value, or none at all: a label that only failures carry is missing as long as all is well."""
        return self.value == "" or (self.op in {"=~", "!~"} and self.value in {".+", ".*"})

    def negated(self) -> Matcher:
        """The matcher that takes exactly what this one leaves."""
        return Matcher(self.label, _NEGATION[self.op], self.value)


@dataclass(frozen=True, slots=True)
class Selector:
    """A plain instant selector: `name{label="value"}`."""

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        return f"{self.metric}{{{','.join(map(str, self.matchers))}}}" if self.matchers else self.metric

    def where(self, *more: Matcher | str) -> str:
        """The selector's text with further matchers."""
        return f"{self.metric}{{{','.join(map(str, (*self.matchers, *more)))}}}"

    def narrowed(self, *more: Matcher) -> str:
        """The selector's text with further matchers, if there are any."""
        return self.where(*more) if more else str(self)

    def single_quoted(self) -> str:
        """The selector's text with single quotes, for a label value: double quotes would need escapes there."""
        matchers = ",".join(f"{m.label}{m.op}'{_escaped(m.value)}'" for m in self.matchers)
        return f"{self.metric}{{{matchers}}}" if matchers else self.metric

    def suffixed(self, suffix: str) -> Selector:
        """The same labels on another series of the same histogram: `_count`, `_bucket`."""
        return Selector(self.metric + suffix, self.matchers)

    def extra_over(self, other: Selector) -> tuple[Matcher, ...] | None:
        """The matchers that this selector has beyond `other`, or None if it is not a part of it."""
        if self.metric != other.metric or not set(other.matchers) <= set(self.matchers):
            return None
        return tuple(matcher for matcher in self.matchers if matcher not in other.matchers)


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression with `$window`; `per` tells what its value is: `second` (a rate) or `window` (a count), None if unknown."""

    text: str
    per: str | None
    keeps: frozenset[str] | None  # labels that its aggregations keep; None: all of them
    drops: frozenset[str] = frozenset()  # labels that an aggregation leaves out by name

    def loses(self, label: str) -> bool:
        """Whether the result no longer has this label."""
        return label in self.drops or (self.keeps is not None and label not in self.keeps)

    def over(self, window: str) -> str:
        """The expression with `$window` filled in."""
        return WINDOW.sub(window, self.text)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def equals(label: str, value: str) -> Matcher:
    """`label="value"`."""
    return Matcher(label, "=", value)


@lru_cache(maxsize=8192)
def operand(text: str) -> Selector | Expression | Problem:
    """What a user wrote where a selector or an expression with `$window` belongs."""
    if len(text) < _LONG and _SELECTOR.fullmatch(text) and (plain := _selector(text)):
        return plain
    from slo_compiler.promql import faults  # noqa: PLC0415  # late: nearly all operands are plain selectors

    if faults.is_too_much(text):
        return faults.TOO_MUCH
    if odd := faults.odd_placeholder(text) or faults.odd_label(text):
        return odd
    if plain := _selector(text):
        return plain
    if "$window" in text and not faults.odd_name(text):
        return faults.stray_window(text) or faults.syntax_fault(text) or _expression(text) or faults.TOO_MUCH
    return faults.odd_name(text) or faults.syntax_fault(text) or NO_WINDOW


def selector(text: str) -> Selector | Problem:
    """What a user wrote where only a selector can stand."""
    found = operand(text)
    if isinstance(found, Expression) or found is NO_WINDOW:
        return Problem("promql/not-a-selector", "expected a plain selector, found an expression", 'write name{label="value"}')
    return found


def _selector(text: str) -> Selector | None:
    match = _SELECTOR.fullmatch(text)
    if not match or "\\" in text:
        return _parsed_selector(text) if "{" in text and "$window" not in text else None
    matchers = tuple(Matcher(label, op, value[1:-1]) for label, op, value in _MATCHER.findall(match[2] or ""))
    if all(m.op in {"=", "!="} or _LITERAL_PATTERN.fullmatch(m.value) for m in matchers):
        return Selector(match[1], matchers)
    return _parsed_selector(text)


def _parsed_selector(text: str) -> Selector | None:
    """A selector with escapes or regular expressions: the library unescapes and judges them."""
    import promql_parser  # noqa: PLC0415

    try:
        tree: Any = promql_parser.parse(text)
    except ValueError:
        return None
    if not isinstance(tree, promql_parser.VectorSelector) or tree.offset or tree.at or not tree.name or tree.matchers.or_matchers:
        return None
    return selector_of(tree)


def selector_of(node: Any) -> Selector:
    """The selector that a node of the library's trees is."""
    from promql_parser import MatchOp  # noqa: PLC0415

    signs = [(MatchOp.Equal, "="), (MatchOp.NotEqual, "!="), (MatchOp.Re, "=~"), (MatchOp.NotRe, "!~")]
    return Selector(node.name, tuple(Matcher(m.name, next(sign for op, sign in signs if m.op == op), m.value) for m in node.matchers.matchers))


def selectors_in(text: str) -> list[Selector]:
    """The selectors of an expression whose syntax is right, each once; those without a metric's name are left out."""
    return list(dict.fromkeys(selector_of(node) for node in leaves(text) if node.name))


def _expression(text: str) -> Expression | Problem | None:
    """An expression whose syntax is known to be right; None where it is nested too deeply to be understood."""
    filled = WINDOW.sub(PROBE, text)
    if unsummable := parses(f"sum({filled}\n)"):  # a new line: the text may end in a comment
        help = "it must yield one value for each series: leave out scalar(), and [...] around the whole"
        return Problem("promql/syntax", f"the expression cannot be summed: {unsummable}", help)
    try:
        used, kept, dropped = told(filled)
    except RecursionError:
        return None
    kinds = {"second" if name in _PER_SECOND else "window" if name == "increase" or name.endswith("_over_time") else "" for name in used}
    return Expression(text.strip(), kinds.pop() or None if len(kinds) == 1 else None, kept, dropped)
