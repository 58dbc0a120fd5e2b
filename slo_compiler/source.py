"""The YAML door: a text becomes plain data, read as YAML 1.2, and a route of keys can be turned back into a position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml import cyaml

from slo_compiler.diagnostics import Report, Spot, Where

Data = Any  # what YAML can say: None, bool, int, Decimal, str, list, dict

MAX_BYTES = 8_000_000
MAX_DEPTH = 64
MAX_NODES = 1_000_000

_PLAIN, _QUOTED = "plain", "quoted"
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, Data] = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True}
_CONSTANTS |= {"false": False, "False": False, "FALSE": False}
_UNQUOTED_SELECTOR = re.compile(r"[A-Za-z_:][\w:]*\{[^{}]*?(=~|!~|!=|=)[^{}]*\}?")


@dataclass(slots=True)
class Document:
    """One YAML document: plain data, and where it stands in its source."""

    file: str
    index: int
    data: Data

    @property
    def where(self) -> Where:
        """The document's own place."""
        return Where(self.file, (self.index,))


@dataclass(slots=True)
class Source:
    """One text under the name that people know it by; it finds positions by composing the text again, only when asked."""

    name: str
    text: str
    _roots: list[Any] | None = field(default=None, repr=False)

    def spot(self, where: Where) -> Spot | None:
        """The position of a place, or None for the text as a whole."""
        if where.spot or not where.route:
            return where.spot
        if self._roots is None:
            loader = _Loader(self.text)
            self._roots = []
            while loader.check_node():
                self._roots.append(loader.get_node())
        return self._spot(where)

    def line(self, number: int) -> str:
        """Line `number` of the text, counted from 1."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def _spot(self, where: Where) -> Spot | None:
        index, *route = where.route
        if not isinstance(index, int) or not self._roots or index >= len(self._roots):
            return None
        node: Any = self._roots[index]
        key_node = node
        for step in route:
            found = _step(node, step)
            if found is None:
                break
            key_node, node = found
        if where.at_key:
            return _mark_spot(key_node)
        if where.span and isinstance(node, yaml.ScalarNode):
            return self._inside(node, where.span)
        if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
            return _mark_spot(node.value[0][0])
        return _mark_spot(node)

    def _inside(self, node: Any, span: tuple[int, int]) -> Spot:
        """The underlined part of a scalar, or the whole scalar where its text cannot be followed character by character."""
        written = self._written(node)
        if "".join(char for char, _, _ in written) != node.value.rstrip("\n") or span[0] >= len(written):
            return _mark_spot(node)
        _, line, column = written[span[0]]
        same_line = [at for _, number, at in written[span[0] : max(span)] if number == line]
        return Spot(line, column, (same_line[-1] if same_line else column) + 1)

    def _written(self, node: Any) -> list[tuple[str, int, int]]:
        """The characters of a scalar as YAML reads them, each with its line and column."""
        first, last = node.start_mark.line + 1, node.end_mark.line + 1
        if node.style in {"|", ">"}:
            ended = last - (node.end_mark.column == 0)  # at the beginning of the line after it
            rows = [(number, self.line(number)) for number in range(first + 1, ended + 1)]
        else:
            rows = [(number, self.line(number)[: node.end_mark.column if number == last else None]) for number in range(first, last + 1)]
            begin = node.start_mark.column + bool(node.style)
            rows[0] = (first, " " * begin + rows[0][1][begin:])
            rows[-1] = (last, rows[-1][1][: -1 if node.style else None])
        while len(rows) > 1 and not rows[-1][1].strip():
            rows.pop()
        indent = min((len(row) - len(row.lstrip(" ")) for _, row in rows if row.strip()), default=0)
        found: list[tuple[str, int, int]] = []
        for number, row in rows:
            if found:
                found.append(("\n" if node.style == "|" else " ", number, indent + 1))
            kept = row if node.style == "|" else row.rstrip()
            start = indent if node.style in {"|", ">"} or len(rows) == 1 else len(row) - len(row.lstrip(" "))
            found += [(char, number, at + 1) for char, at in _unescaped(kept, start, node.style)]
        return found


def _unescaped(row: str, start: int, style: str | None) -> Iterator[tuple[str, int]]:
    """The characters of a line from `start` on, with their offsets; in quotes an escaped quote or backslash is one character."""
    at = start
    while at < len(row):
        escaped = row[at : at + 2] in ({'\\"', "\\\\"} if style == '"' else {"''"} if style == "'" else set())
        yield row[at + escaped], at
        at += 1 + escaped


class _Loader(cyaml.CParser):  # type: ignore[name-defined,misc]  # PyYAML's types leave its C parser out
    """libyaml's composer with YAML 1.2's view of scalars: it only notes plain or quoted, the rest is `_scalar`."""

    def resolve(self, kind: type[yaml.Node], _value: str | None, implicit: object) -> str:
        return _PLAIN if kind is yaml.ScalarNode and isinstance(implicit, tuple) and implicit[0] else _QUOTED

    def descend_resolver(self, *_: object) -> None: ...

    def ascend_resolver(self) -> None: ...


def decode(name: str, raw: bytes, report: Report) -> Source | None:
    """The text of a file, or a finding: YAML here is UTF-8, with or without a byte order mark."""
    place = Where(name)
    if len(raw) > MAX_BYTES:
        help = "split it into several files; a folder is one compilation"
        report.unreadable("file/too-large", place, f"the file has more than {MAX_BYTES:,} bytes", help)
        return None
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        report.unreadable("file/encoding", place, "expected UTF-8 text, found UTF-16", "save the file as UTF-8")
        return None
    if b"\x00" in raw[:8192]:
        report.unreadable("file/binary", place, "expected a YAML text, found a binary file", "name a .yaml file, or a folder of them")
        return None
    try:
        return Source(name, raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        found = f"expected UTF-8 text, found byte 0x{raw[error.start]:02x}"
        report.unreadable("file/encoding", Where(name, spot=Spot(line, column, column + 1)), found, "save the file as UTF-8")
        return None


def read(path: Path, name: str, report: Report) -> Source | None:
    """A file's text. Raises OSError."""
    with path.open("rb") as file:
        return decode(name, file.read(MAX_BYTES + 1), report)


def parse(source: Source, report: Report) -> list[Document]:
    """The documents of a text that hold anything at all; mistakes go to the report."""
    if _too_deep(source.text):
        message = f"nested deeper than {MAX_DEPTH} levels"
        help = "an SLO file needs about six; look for a bracket that is never closed"
        report.unreadable("yaml/nesting", Where(source.name, spot=_first_bracket(source.text)), message, help)
        return []
    documents = []
    try:
        loader = _Loader(source.text)
        index = 0
        while loader.check_node():
            reader = _Reader(source.name, report)
            data = reader.value(loader.get_node())
            if data is not None:
                documents.append(Document(source.name, index, data))
            index += 1
    except yaml.YAMLError as error:
        _explain(source, error, report)
        return []
    except _StopReading as stop:
        report.unreadable(stop.id, stop.where, stop.message, stop.help)
        return []
    return documents


class _StopReading(Exception):  # noqa: N818  # a signal, not an error
    def __init__(self, id: str, where: Where, message: str, help: str) -> None:
        super().__init__(message)
        self.id, self.where, self.message, self.help = id, where, message, help


class _Reader:
    """Turns one document's nodes into plain data and notices what only the node tree shows: duplicate keys, tags, alias bombs."""

    def __init__(self, file: str, report: Report) -> None:
        self.file = file
        self.report = report
        self.count = 0

    def value(self, node: Any, depth: int = 0) -> Data:
        self.count += 1
        if self.count > MAX_NODES or depth > MAX_DEPTH:
            message = "aliases (*name) expand to more than a million values"
            if depth > MAX_DEPTH:
                message = f"nested deeper than {MAX_DEPTH} levels, or an alias that contains itself"
            raise _StopReading("yaml/aliases", Where(self.file, spot=_mark_spot(node)), message, "write the values out; `defaults:` says things once")
        if isinstance(node, yaml.ScalarNode):
            if node.tag == _PLAIN:
                return _scalar(node.value)
            if node.tag not in {_QUOTED, "tag:yaml.org,2002:str"}:
                self._foreign_tag(node)
            return node.value
        if node.tag not in {_QUOTED, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}:
            self._foreign_tag(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: Any, depth: int) -> dict[str, Data]:
        result: dict[str, Data] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                where = Where(self.file, spot=_mark_spot(key_node))
                raise _StopReading("yaml/key", where, "expected a key, found a list or mapping", "an expression in braces needs quotes")
            key = key_node.value
            if key in result:
                where = Where(self.file, spot=_mark_spot(key_node))
                message = f"key {key!r} is written twice, first on line {lines[key]}"
                self.report.error("yaml/duplicate-key", where, message, "keep one of them: YAML would silently drop the first")
                continue
            lines[key] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, depth + 1)
        return result

    def _foreign_tag(self, node: Any) -> None:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
        raise _StopReading("yaml/tag", Where(self.file, spot=_mark_spot(node)), f"tag {tag} is not understood", "write the plain value without a tag")


@lru_cache(maxsize=4096)
def _scalar(text: str) -> Data:
    """A plain scalar of YAML 1.2's core schema; numbers stay exact."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text) and len(text) < 30:
        return int(text)
    if _OTHER_INTEGER.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and len(text) < 30:
        return Decimal(text)
    return text


# --- positions -------------------------------------------------------------------------------------------------------------------


def _mark_spot(node: Any) -> Spot:
    start, end = node.start_mark, node.end_mark
    end_column = end.column + 1 if end.line == start.line else start.column + 2
    return Spot(start.line + 1, start.column + 1, max(end_column, start.column + 2))


def _step(node: Any, step: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


# --- what libyaml refuses, in the words of a person ------------------------------------------------------------------------------


def _too_deep(text: str) -> bool:
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


def _first_bracket(text: str) -> Spot:
    at = re.search(r"[\[{]|(?<=^ {64}) *\S", text, re.MULTILINE)
    start = at.end() - 1 if at else 0
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Spot(text.count("\n", 0, start) + 1, column, column + 1)


def _explain(source: Source, error: yaml.YAMLError, report: Report) -> None:
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
