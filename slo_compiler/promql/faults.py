"""What is wrong with a selector or an expression, and where; loaded only when something is."""

from __future__ import annotations

import re

from slo_compiler.diagnostics import nearest
from slo_compiler.promql.operands import NAME, STRING
from slo_compiler.promql.trees import PROBE, WINDOW, parses
from slo_compiler.quantities import Problem

_NAME_INSIDE = re.compile(rf"\{{\s*(?:__name__\s*=\s*)?[\"']({NAME})[\"']\s*(?:,\s*)?([^{{}}]*)\}}")
_NAMELESS = re.compile(r"\{[^{}]*\}")
_LIKE_A_LABEL = re.compile(rf"\s*(?:\b(\w[\w.:-]*)|({STRING}))\s*(?=[=!]~?)")
_PLACEHOLDER = re.compile(rf"{STRING}|`[^`]*`|(?P<odd>\$(?!window\b)\{{?\w*\}}?)")
_LIKE_A_NAME = re.compile(r"([A-Za-z_:][\w:.-]*[.-][\w:.-]*)(\{.*\})?", re.ASCII)
_QUOTED_NAME = re.compile(rf"\{{\s*({STRING})\s*[,}}]")
TOO_MUCH = Problem(
    "promql/syntax", "the expression is too long, or nested too deeply", "record a part of it with a rule of your own, and use that rule's name here"
)
_LONGEST, _MOST_TOKENS = 10_000, 2_000  # the library recurses: 5,000 nested operators end its stack, and the process
#: What the library says where it has no reason.
_ANYTHING = "invalid promql query"
_OPERATORS = {"=", "!", "!=", "=~", "!~"}
_EXPERIMENTAL = ("double_exponential_smoothing", "limitk", "limit_ratio", "info", "mad_over_time", "sort_by_label", "sort_by_label_desc",
                 "ts_of_max_over_time", "ts_of_min_over_time", "ts_of_first_over_time", "ts_of_last_over_time", "histogram_quantiles", "max_of", "min_of",
                 "step", "range", "first_over_time", "histogram_avg", "histogram_stddev", "histogram_stdvar", "holt_winters")  # fmt: skip
_TOKEN = re.compile(rf'(?P<string>{STRING}|`[^`]*`)|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<quote>["\'`])|(?P<name>\$?{NAME})|(?P<other>\S)')
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def is_too_much(text: str) -> bool:
    """Whether a text is longer, or might be nested deeper, than the library bears."""
    return len(text) > _LONGEST or (len(text) > _MOST_TOKENS and sum(1 for _ in _TOKEN.finditer(text)) > _MOST_TOKENS)


def odd_name(text: str) -> Problem | None:
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


def syntax_fault(text: str) -> Problem | None:
    """Why a text is no PromQL, pointing into it; `$window` may stand in it."""
    import promql_parser  # noqa: PLC0415

    filled = WINDOW.sub(PROBE, text)
    try:
        promql_parser.parse(filled)
    except ValueError as error:
        span = _fault_span(text, str(error))
        help = "try it in Prometheus, with a duration such as 5m in place of $window" if "$window" in text else "try it in Prometheus"
        help = "write =~" if text[span[0] : span[0] + 2] == "~=" else help
        return Problem("promql/syntax", f"not understood as PromQL: {_reason(error, text[slice(*span)])}", help, span)
    for name in _EXPERIMENTAL:
        if found := re.search(rf"\b{name}\s*\(", text):
            message = f"{name}() is not in every Prometheus: it needs a feature flag, came after 2.42, or is gone in version 3"
            return Problem("promql/experimental", message, "use a function that Prometheus 2.42 and 3 both have", (found.start(), found.end() - 1))
    return None


def _reason(error: ValueError, at: str) -> str:
    word = _TOKEN.match(at)
    return f"unexpected {word[0]}" if word and str(error) == _ANYTHING else str(error)


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


def odd_placeholder(text: str) -> Problem | None:
    """`$windw`, `${window}`, `$__rate_interval`: Prometheus knows no variables, and we only one."""
    odd = next((found for found in _PLACEHOLDER.finditer(text) if found["odd"]), None) if "$" in text else None
    if odd is None:
        return None
    meant = nearest(odd["odd"].lower(), ["$window"], likeness=0.7)
    help = "did you mean $window?" if meant else "$window is the only one: it stands for the range, as in rate(x[$window])"
    return Problem("promql/syntax", f"there is no {odd['odd']} here", help, odd.span())


def odd_label(text: str) -> Problem | None:
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


def stray_window(text: str) -> Problem | None:
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
        if parses(WINDOW.sub(PROBE, text[: tokens[index].start()])) is None:
            return tokens[index].start()
    return tokens[0].start() if tokens else 0
