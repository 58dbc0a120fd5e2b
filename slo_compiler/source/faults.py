"""What libyaml refuses, in the words of a person."""

from __future__ import annotations

import re

import yaml

from slo_compiler.diagnostics import Report, Spot, Where
from slo_compiler.source.texts import Source

MAX_DEPTH = 64
_UNQUOTED_SELECTOR = re.compile(r"[A-Za-z_:][\w:]*\{[^{}]*?(=~|!~|!=|=)[^{}]*\}?")


def too_deep(text: str) -> bool:
    """Whether nesting is beyond reason; libyaml's composer would recurse until the stack ends."""
    depth = deepest = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    block = max((len(match[0]) for match in re.finditer(r"^[ \-?:]{65,}", text, re.MULTILINE)), default=0)
    if deepest <= MAX_DEPTH and block <= MAX_DEPTH:
        return False
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                return True
    except yaml.YAMLError as error:
        return "nesting depth" in str(error)  # libyaml's own limit; anything else is told, with its position, when the text is read
    return False


def first_bracket(text: str) -> Spot:
    """Where to look in a text that is nested too deep."""
    at = re.search(r"[\[{]|(?<=^ {64}) *\S", text, re.MULTILINE)
    start = at.end() - 1 if at else 0
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Spot(text.count("\n", 0, start) + 1, column, column + 1)


def explain(source: Source, error: yaml.YAMLError, report: Report) -> None:
    """Report what libyaml did not understand: tabs, unquoted selectors and odd indentation by their names."""
    mark = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    if opened and "end of stream" in str(getattr(error, "problem", "")):
        mark = opened  # what is never closed is more useful than the end of the file
    problem = str(getattr(error, "problem", None) or error).split("\n")[0]
    if mark is None:
        report.unreadable("yaml/syntax", Where(source.name), f"not YAML: {problem}", "save the file as plain UTF-8 text")
        return
    spot = Spot(mark.line + 1, mark.column + 1, mark.column + 2)
    line = source.line(spot.line)
    previous = source.line(spot.line - 1)
    if "\t" in line[: mark.column + 1] and not line[: mark.column].strip():
        where = Where(source.name, spot=Spot(spot.line, line.index("\t") + 1, line.index("\t") + 2))
        report.unreadable("yaml/tab", where, "a tab indents this line; YAML wants spaces", "replace the tab by spaces")
    elif (selector := _unquoted_selector(line)) and ("flow" in str(getattr(error, "context", "")) or "flow" in problem):
        where = Where(source.name, spot=Spot(spot.line, selector.start() + 1, selector.end() + 1))
        help = f"write '{selector[0]}': in {{...}} the brace is YAML's"
        report.unreadable("yaml/selector-quotes", where, "a selector inside {...} needs quotes", help)
    elif problem.startswith(("did not find expected", "mapping values are not allowed")) and (indent := _odd_indent(source, spot.line)):
        where = Where(source.name, spot=Spot(spot.line, 1, indent + 1))
        message = f"this line is indented by {indent} {'space' if indent == 1 else 'spaces'}, which fits no line above it"
        help = f"line it up with the keys that it belongs to (the line before is: {previous.strip()})"
        report.unreadable("yaml/indentation", where, message, help)
    elif "mapping values are not allowed" in problem:
        help = "quote a text that contains ': ', and check the indentation" + (f" (the line before is: {previous.strip()})" if previous.strip() else "")
        report.unreadable("yaml/syntax", Where(source.name, spot=spot), "a key: value is not allowed here", help)
    else:
        context = getattr(error, "context", None)
        message = f"not YAML: {problem}" + (f" {context}" if context else "")
        report.unreadable("yaml/syntax", Where(source.name, spot=spot), message, "check quotes, brackets and indentation from here upwards")


def _odd_indent(source: Source, number: int) -> int:
    """The indentation of a line at which no line above it, nor what follows a dash, begins; else 0."""
    begins = [re.match(r" *(?:- +)*", source.line(line)) for line in range(1, number)]
    known = {column for found in begins if found for column in (found.end(), len(found[0]) - len(found[0].lstrip(" ")))}
    line = source.line(number)
    indent = len(line) - len(line.lstrip(" "))
    return 0 if indent in known else indent


def _unquoted_selector(line: str) -> re.Match[str] | None:
    for match in _UNQUOTED_SELECTOR.finditer(line):
        if match.start() == 0 or line[match.start() - 1] not in "'\"":
            return match
    return None
