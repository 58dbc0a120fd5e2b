"""The PromQL door: what a user wrote as a selector or an expression, understood; the only module that knows PromQL's syntax."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from slo_compiler.diagnostics import nearest
from slo_compiler.quantities import Problem

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_STRING = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
_MATCHER = re.compile(rf"\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*({_STRING})\s*", re.ASCII)
_SELECTOR = re.compile(rf"\s*({_NAME})\s*(?:\{{((?:{_MATCHER.pattern},)*(?:{_MATCHER.pattern})?)\s*\}}\s*)?", re.ASCII)
_LIKE_A_NAME = re.compile(r"([A-Za-z_:][\w:.-]*[.-][\w:.-]*)(\{.*\})?", re.ASCII)
_QUOTED_NAME = re.compile(rf"\{{\s*({_STRING})\s*[,}}]")
_NAME_INSIDE = re.compile(rf"\{{\s*(?:__name__\s*=\s*)?[\"']({_NAME})[\"']\s*(?:,\s*)?([^{{}}]*)\}}")
_NAMELESS = re.compile(r"\{[^{}]*\}")
_LIKE_A_LABEL = re.compile(rf"\s*(?:\b(\w[\w.:-]*)|({_STRING}))\s*(?=[=!]~?)")
_PLACEHOLDER = re.compile(rf"{_STRING}|`[^`]*`|(?P<odd>\$(?!window\b)\{{?\w*\}}?)")
_LITERAL_PATTERN = re.compile(r"[\w |:/.\-]*")
_NEGATION = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_WINDOW = re.compile(r"\$window\b")
_MANY_MILLISECONDS = re.compile(r"\b(\d{7,})(\d{3})ms\b")  # the library counts 49 days of them, Prometheus more
_TOO_MUCH = Problem(
    "promql/syntax", "the expression is too long, or nested too deeply", "record a part of it with a rule of your own, and use that rule's name here"
)
_NO_WINDOW = Problem(
    "promql/no-window",
    "expected a selector, or an expression with $window",
    'write name{label="value"}; anything else needs $window, for example sum(rate(x[$window]))',
)
_LONGEST, _MOST_TOKENS = 10_000, 2_000  # the library recurses: 5,000 nested operators end its stack, and the process
#: What the library says where it has no reason.
_ANYTHING = "invalid promql query"
#: A range that no user writes: it shows which functions read $window.
_PROBE = "7919ms"
_OPERATORS = {"=", "!", "!=", "=~", "!~"}
_PER_SECOND = {"rate", "irate", "deriv"}
_EXPERIMENTAL = ("double_exponential_smoothing", "limitk", "limit_ratio", "info", "mad_over_time", "sort_by_label", "sort_by_label_desc",
                 "ts_of_max_over_time", "ts_of_min_over_time", "ts_of_last_over_time", "histogram_quantiles", "max_of", "min_of", "holt_winters")  # fmt: skip


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
        return _WINDOW.sub(window, self.text)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def equals(label: str, value: str) -> Matcher:
    """`label="value"`."""
    return Matcher(label, "=", value)


@lru_cache(maxsize=8192)
def operand(text: str) -> Selector | Expression | Problem:
    """What a user wrote where a selector or an expression with `$window` belongs."""
    if len(text) > _LONGEST or (len(text) > _MOST_TOKENS and sum(1 for _ in _TOKEN.finditer(text)) > _MOST_TOKENS):
        return _TOO_MUCH
    if not _SELECTOR.fullmatch(text) and (odd := _odd_placeholder(text) or _odd_label(text)):
        return odd
    plain = _selector(text)
    if plain is not None:
        return plain
    if "$window" in text and not _QUOTED_NAME.match(text) and not _LIKE_A_NAME.fullmatch(text):
        return _expression(text)
    return _odd_name(text) or syntax_fault(text) or _NO_WINDOW


def _odd_name(text: str) -> Problem | None:
    """What is a selector, but for its name."""
    braces = text.strip()
    if inside := _NAME_INSIDE.fullmatch(braces):
        rest = f"{{{inside[2]}}}" if inside[2] else ""
        return Problem("promql/metric-name", "the name of a metric stands before its braces", f"write {inside[1]}{rest}")
    if named := _LIKE_A_NAME.fullmatch(text) or _QUOTED_NAME.match(text):
        found = re.search(r"[^\w:\"']", named[1])
        span = (named.start(1) + found.start(), named.start(1) + found.end()) if found else named.span(1)
        message = f"{named[1]} is no metric name" + (f": {found[0]!r} cannot stand in one" if found else "")
        help = "a metric name has letters, digits, _ and :; as Prometheus 2 scrapes it, it may be spelled differently"
        return Problem("promql/metric-name", message, help, span)
    if _NAMELESS.fullmatch(braces) and parses(braces) is None:
        example = "name{...}" if "__name__" in braces else f"name{braces}"
        return Problem("promql/metric-name", "a selector needs the name of a metric", f"write it before the braces: {example}")
    return None


def selector(text: str) -> Selector | Problem:
    """What a user wrote where only a selector can stand."""
    found = operand(text)
    if isinstance(found, Expression) or found is _NO_WINDOW:
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
    kinds = promql_parser.MatchOp
    ops = [(kinds.Equal, "="), (kinds.NotEqual, "!="), (kinds.Re, "=~"), (kinds.NotRe, "!~")]
    return Selector(tree.name, tuple(Matcher(m.name, next(op for kind, op in ops if m.op == kind), m.value) for m in tree.matchers.matchers))


def _expression(text: str) -> Expression | Problem:
    import promql_parser  # noqa: PLC0415

    fault = _stray_window(text) or syntax_fault(text)
    if fault:
        return fault
    filled = _WINDOW.sub(_PROBE, text)
    if unsummable := parses(f"sum({filled}\n)"):  # a new line: the text may end in a comment
        help = "it must yield one value for each series: leave out scalar(), and [...] around the whole"
        return Problem("promql/syntax", f"the expression cannot be summed: {unsummable}", help)
    tree: Any = promql_parser.parse(filled)
    try:
        used, kept, dropped = _functions_over_window(tree), _kept_labels(tree), _dropped_labels(tree)
    except RecursionError:
        return _TOO_MUCH
    kinds = {"second" if name in _PER_SECOND else "window" if name == "increase" or name.endswith("_over_time") else "" for name in used}
    return Expression(text.strip(), kinds.pop() or None if len(kinds) == 1 else None, kept, dropped)


def syntax_fault(text: str) -> Problem | None:
    """Why a text is no PromQL, pointing into it; `$window` may stand in it."""
    import promql_parser  # noqa: PLC0415

    filled = _WINDOW.sub(_PROBE, text)
    try:
        promql_parser.parse(filled)
    except ValueError as error:
        span = _fault_span(text, str(error))
        help = "try it in Prometheus, with a duration such as 5m in place of $window" if "$window" in text else "try it in Prometheus"
        help = "write =~" if text[span[0] : span[0] + 2] == "~=" else help
        return Problem("promql/syntax", f"not understood as PromQL: {_reason(error, text[slice(*span)])}", help, span)
    for name in _EXPERIMENTAL:
        if found := re.search(rf"\b{name}\s*\(", text):
            message = f"{name}() is not in every Prometheus: it needs a feature flag, or is gone in version 3"
            return Problem("promql/experimental", message, "use a function that Prometheus 2.42 and 3 both have", (found.start(), found.end() - 1))
    return None


def _reason(error: ValueError, at: str) -> str:
    word = _TOKEN.match(at)
    return f"unexpected {word[0]}" if word and str(error) == _ANYTHING else str(error)


def parses(text: str) -> str | None:
    """Why a text is no PromQL expression, in the library's words; None if it is one."""
    import promql_parser  # noqa: PLC0415

    try:
        promql_parser.parse(_MANY_MILLISECONDS.sub(r"\1s\2ms", text))
    except ValueError as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True)
class Read:
    """What one evaluation of an expression reads of one selector: `times` samples of each series, or `times` ranges of `seconds`."""

    metric: str
    seconds: float | None
    times: float


def reads(text: str) -> list[Read]:
    """The selectors of an expression, as Prometheus' own query statistics count their samples: a subquery counts its points, not what is below it."""
    import promql_parser  # noqa: PLC0415

    return _reads(promql_parser.parse(text))


def _reads(node: Any) -> list[Read]:
    kind = type(node).__name__
    if kind == "VectorSelector":
        return [Read(node.name or "", None, 1)]
    if kind == "MatrixSelector":
        return [Read(node.vector_selector.name or "", node.range.total_seconds(), 1)]
    if kind == "SubqueryExpr":
        points = node.range.total_seconds() // node.step.total_seconds() + 1
        return [Read(read.metric, None, points) for read in _reads(node.expr)[:1]]
    return [read for child in _children(node) for read in _reads(child)]


_TOKEN = re.compile(rf'(?P<string>{_STRING}|`[^`]*`)|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<quote>["\'`])|(?P<name>\$?{_NAME})|(?P<other>\S)')
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def _fault_span(text: str, message: str) -> tuple[int, int]:
    """Where the mistake is. The library's errors carry no position, so look for what they name, then for brackets that do not match."""
    if ("inside braces" in message or message == _ANYTHING) and (stray := _stray_in_braces(text)):
        return stray
    named = re.search(r"'([^']+)'|for (\S+)$", message)
    if named and (found := re.search(rf"(?<!\w){re.escape(named[1] or named[2])}(?!\w)", text)):
        return found.span()
    open_at: list[tuple[str, int]] = []
    for token in _TOKEN.finditer(text):
        if token["quote"]:
            return token.start(), len(text)
        if token["open"]:
            open_at.append((token[0], token.start()))
        elif token["close"]:
            if not open_at or _PAIRS[open_at[-1][0]] != token[0]:
                return token.start(), token.end()
            open_at.pop()
    if open_at:
        return open_at[-1][1], open_at[-1][1] + 1
    return _longest_prefix(text), len(text.rstrip())


def _stray_in_braces(text: str) -> tuple[int, int] | None:
    """The first word in braces that no matcher can begin or go on with."""
    inside = False
    allowed = operator = ""
    for token in _TOKEN.finditer(text):
        if not inside:
            inside, allowed = token[0] == "{", "name"
        elif token[0] == "}":
            inside = False
        elif allowed == "name" and token["name"]:
            allowed, operator = "op", ""
        elif allowed == "op" and operator + token[0] in _OPERATORS:
            operator += token[0]
        elif allowed == "op" and token["string"]:
            allowed = ","
        elif allowed == "," and token[0] == ",":
            allowed = "name"
        else:
            return token.span()
    return None


def _odd_placeholder(text: str) -> Problem | None:
    """`$windw`, `${window}`, `$__rate_interval`: Prometheus knows no variables, and we only one."""
    odd = next((found for found in _PLACEHOLDER.finditer(text) if found["odd"]), None) if "$" in text else None
    if odd is None:
        return None
    meant = nearest(odd["odd"].lower(), ["$window"], likeness=0.7)
    help = "did you mean $window?" if meant else "$window is the only one: it stands for the range, as in rate(x[$window])"
    return Problem("promql/syntax", f"there is no {odd['odd']} here", help, odd.span())


def _odd_label(text: str) -> Problem | None:
    """A label whose name Prometheus 2 cannot read, or whose name stands in quotes."""
    inside = False
    for token in _TOKEN.finditer(text):
        if token[0] in "{}":
            inside = token[0] == "{"
        if not inside or token[0] not in "{,":
            continue
        label = _LIKE_A_LABEL.match(text, token.end())
        name = label[1] or label[2][1:-1] if label else "_"
        odd = re.search(r"\W", name, re.ASCII)
        if label and (odd or label[2]):
            message = f"{odd[0]!r} cannot stand in the name of a label" if odd else "the name of a label stands in quotes"
            help = "only letters, digits and underscores are understood there" if odd else f"write {name} without them"
            start = label.start(1) + odd.start() if odd and label[1] else label.start(1 if label[1] else 2)
            return Problem("promql/syntax", message, help, (start, start + 1 if odd and label[1] else label.end(2)))
    return None


def _stray_window(text: str) -> Problem | None:
    """`$window` is a duration: it cannot stand where a number belongs."""
    opened: list[str] = []
    before = ""
    for token in _TOKEN.finditer(text):
        if token["open"]:
            opened.append(token[0])
        elif token["close"] and opened:
            opened.pop()
        elif token[0] == "$window" and opened[-1:] != ["["] and before != "offset":
            return Problem("promql/syntax", "$window is a duration, not a number", "write it in brackets, as in rate(x[$window])", token.span())
        before = before if token[0] == "-" else token[0]
    return None


def _longest_prefix(text: str) -> int:
    """The start of the first token after the longest beginning that is an expression of its own."""
    tokens = list(_TOKEN.finditer(text))
    for index in range(len(tokens) - 1, 0, -1):
        if parses(_WINDOW.sub(_PROBE, text[: tokens[index].start()])) is None:
            return tokens[index].start()
    return tokens[0].start() if tokens else 0


def _functions_over_window(node: Any) -> set[str]:
    """The functions whose range is `$window`."""
    found: set[str] = set()
    for child in _children(node):
        if type(child).__name__ in {"MatrixSelector", "SubqueryExpr"} and round(child.range.total_seconds() * 1000) == 7919:  # the probe
            found |= {node.func.name} if type(node).__name__ == "Call" else set()
        found |= _functions_over_window(child)
    return found


def _children(node: Any) -> list[Any]:
    kind = type(node).__name__
    if kind == "Call":
        return list(node.args)
    if kind == "BinaryExpr":
        return [node.lhs, node.rhs]
    if kind in {"AggregateExpr", "ParenExpr", "UnaryExpr", "SubqueryExpr"}:
        return [node.expr]
    return []


def _kept_labels(node: Any) -> frozenset[str] | None:
    kind = type(node).__name__
    if kind in {"ParenExpr", "UnaryExpr"}:
        return _kept_labels(node.expr)
    if kind == "AggregateExpr":
        return _kept_by_aggregation(node)
    if kind == "BinaryExpr":
        sides = [kept for kept in (_kept_labels(node.lhs), _kept_labels(node.rhs)) if kept is not None]
        return frozenset.intersection(*sides) if sides else None
    if kind == "Call":
        return next((kept for arg in node.args if (kept := _kept_labels(arg)) is not None), None)
    return None


def _kept_by_aggregation(node: Any) -> frozenset[str] | None:
    if node.modifier is None:
        return frozenset()
    inner, named = _kept_labels(node.expr), frozenset(node.modifier.labels)
    if not str(node.modifier.type).endswith("By"):
        return inner
    return named if inner is None else named & inner


def _dropped_labels(node: Any) -> frozenset[str]:
    dropped = frozenset[str]().union(*map(_dropped_labels, _children(node)))
    modifier = node.modifier if type(node).__name__ == "AggregateExpr" else None
    return dropped | frozenset(modifier.labels) if modifier and not str(modifier.type).endswith("By") else dropped
