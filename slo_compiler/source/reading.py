"""A text becomes documents of plain data, scalars read as YAML 1.2; what only the node tree shows is noticed here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

import yaml

from slo_compiler.diagnostics import Report, Where
from slo_compiler.source.faults import MAX_DEPTH, explain, first_bracket, too_deep
from slo_compiler.source.nodes import PLAIN, QUOTED, Loader, spot_of
from slo_compiler.source.texts import Source

Data = Any  # what YAML can say: None, bool, int, Decimal, str, list, dict

MAX_NODES = 1_000_000

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
#: An exponent has two digits at most: 1e999999999 would fill the memory when it is printed, and Prometheus knows no such number.
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
_CONSTANTS: dict[str, Data] = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True}
_CONSTANTS |= {"false": False, "False": False, "FALSE": False}


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


def parse(source: Source, report: Report) -> list[Document]:
    """The documents of a text that hold anything at all; mistakes go to the report."""
    if too_deep(source.text):
        message = f"nested deeper than {MAX_DEPTH} levels"
        help = "an SLO file needs about six; look for a bracket that is never closed"
        report.unreadable("yaml/nesting", Where(source.name, spot=first_bracket(source.text)), message, help)
        return []
    documents = []
    try:
        loader = Loader(source.text)
        index = 0
        while loader.check_node():
            reader = _Reader(source.name, report)
            data = reader.value(loader.get_node())
            if data is not None:
                documents.append(Document(source.name, index, data))
            index += 1
    except yaml.YAMLError as error:
        explain(source, error, report)
        return []
    except _StopReading as stop:
        report.unreadable(stop.id, stop.where, stop.message, stop.help)
        return []
    return documents


def plain(text: bytes) -> Data:
    """What a machine wrote as one YAML document; None where it holds nothing. Raises ValueError where it cannot be read."""
    report = Report()
    documents = parse(Source("", text.decode("utf-8")), report)
    if not report.ok or len(documents) > 1:
        raise ValueError("no YAML, or more than one document")
    return documents[0].data if documents else None


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
        self.open: list[Any] = []  # the lists and mappings that hold the value being read

    def value(self, node: Any) -> Data:
        self.count += 1
        if self.count > MAX_NODES or len(self.open) > MAX_DEPTH:
            self._too_many(node)
        if isinstance(node, yaml.ScalarNode):
            if node.tag == PLAIN:
                return _scalar(node.value)
            if node.tag not in {QUOTED, "tag:yaml.org,2002:str"}:
                self._foreign_tag(node)
            return node.value
        if node.tag not in {QUOTED, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}:
            self._foreign_tag(node)
        self.open.append(node)
        value = [self.value(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else self._mapping(node)
        self.open.pop()
        return value

    def _mapping(self, node: Any) -> dict[str, Data]:
        result: dict[str, Data] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                where = Where(self.file, spot=spot_of(key_node))
                help = "fill in {{ placeholders }} before compiling; a text that begins with a brace needs quotes"
                raise _StopReading("yaml/key", where, "expected a key, found a list or mapping", help)
            key = key_node.value
            if key in result:
                where = Where(self.file, spot=spot_of(key_node))
                message = f"key {key!r} is written twice, first on line {lines[key]}"
                self.report.error("yaml/duplicate-key", where, message, "keep one of them: YAML would silently drop the first")
                continue
            lines[key] = key_node.start_mark.line + 1
            result[key] = self.value(value_node)
        return result

    def _too_many(self, node: Any) -> NoReturn:
        """Only aliases lead here: what is really written so deep has been refused before."""
        ring = next((one for index, one in enumerate(self.open) if one in self.open[:index]), None)
        message = "an alias (*name) contains itself" if ring else "aliases (*name) expand to more than a million values"
        if not ring and len(self.open) > MAX_DEPTH:
            message = f"aliases (*name) nest deeper than {MAX_DEPTH} levels"
        place = Where(self.file, spot=spot_of(ring or node))
        raise _StopReading("yaml/aliases", place, message, "write the values out; `defaults:` says things once")

    def _foreign_tag(self, node: Any) -> None:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
        raise _StopReading("yaml/tag", Where(self.file, spot=spot_of(node)), f"tag {tag} is not understood", "write the plain value without a tag")


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
