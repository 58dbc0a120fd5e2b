"""Writes YAML of the fixed shapes that rule files have; PyYAML's dumper would cost more than all the rest together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

#: Texts that YAML 1.1 and 1.2 both read as that text when they stand unquoted: words, paths, metric names.
_BARE = re.compile(r"[A-Za-z_/](?:[\w/.,@?=&%$-]|:(?=[\w/])| (?=[\w/]))*", re.ASCII)
_SPECIAL = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|~")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029]")
_SHORT = 100  # longer texts are seldom written twice, and never bare
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


@lru_cache(maxsize=16384)
def scalar(text: str) -> str:
    """A text on one line."""
    if _BARE.fullmatch(text) and not _SPECIAL.fullmatch(text):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    if text.isprintable() or not _CONTROL.search(text):
        return "'" + text.replace("'", "''") + "'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _CONTROL.sub(_escape, escaped) + '"'


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}"


def block(text: str, indent: str) -> str:
    """A text of one or several lines, as the value of a key that stands two columns left of `indent`."""
    if "\n" not in text:
        return scalar(text) if len(text) < _SHORT else _quoted(text)
    if _is_plain_block(text):
        # "2": how far the block is indented, for readers that would take it from a first line that is itself indented
        head = "|2-\n" if text[0] == " " else "|-\n"
        return head + indent + text.replace("\n", "\n" + indent)
    return _quoted(text)


def _is_plain_block(text: str) -> bool:
    return text[0] != "\n" and text[-1] != "\n" and text.replace("\n", "").isprintable()


def mapping(pairs: Mapping[str, str], indent: str) -> str:
    """A mapping of texts, a line each."""
    return "".join([(_short_pair if len(value) < _SHORT else _pair)(key, value, indent) for key, value in pairs.items()])


def _pair(key: str, value: str, indent: str) -> str:
    return f"{indent}{scalar(key)}: {block(value, indent + '  ')}\n"


_short_pair = lru_cache(maxsize=16384)(_pair)
