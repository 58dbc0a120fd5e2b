"""One text under the name that people know it by, and the position of any place in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from slo_compiler.diagnostics import Report, Spot, Where
from slo_compiler.source.nodes import Loader, spot_of

MAX_BYTES = 8_000_000


@dataclass(slots=True)
class Source:
    """One text under the name that people know it by; it finds positions by composing the text again, only when asked."""

    name: str
    text: str
    _roots: list[Any] | None = field(default=None, repr=False)
    _lines: list[str] | None = field(default=None, repr=False)

    def spot(self, where: Where) -> Spot | None:
        """The position of a place, or None for the text as a whole."""
        if where.spot or not where.route:
            return where.spot
        if self._roots is None:
            loader = Loader(self.text)
            self._roots = []
            while loader.check_node():
                self._roots.append(loader.get_node())
        return self._spot(where)

    def line(self, number: int) -> str:
        """Line `number` of the text, counted from 1."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

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
            return spot_of(key_node)
        if where.span and isinstance(node, yaml.ScalarNode):
            return self._inside(node, where.span)
        if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
            return spot_of(node.value[0][0])
        return spot_of(node)

    def _inside(self, node: Any, span: tuple[int, int]) -> Spot:
        """The underlined part of a scalar, or the whole scalar where its text cannot be followed character by character."""
        written = self._written(node)
        if "".join(char for char, _, _ in written) != node.value.rstrip("\n") or span[0] >= len(written):
            return spot_of(node)
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


def _step(node: Any, step: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


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


def one_line(path: Path) -> str:
    """The only line of a small file, such as a token's. Raises OSError; empty where it holds no such line."""
    with path.open("rb") as file:
        lines = file.read(MAX_BYTES).decode("utf-8", errors="replace").split()
    return lines[0] if len(lines) == 1 else ""
