"""JSON that is read and compared line by line."""

from __future__ import annotations

import json

_WIDTH = 140  # of a line that holds a whole value


def printed(value: object, indent: str = "") -> str:
    """A value as text: what fits stands on one line, the first value of the file on its first."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= _WIDTH or not value or not isinstance(value, dict | list):
        return line
    deeper = f"{indent} "
    if isinstance(value, dict):
        parts = [f"{json.dumps(name, ensure_ascii=False)}: {printed(one, deeper)}" for name, one in value.items()]
        opening, closing = "{", "}"
    else:
        parts, opening, closing = [printed(one, deeper) for one in value], "[", "]"
    newline = f"\n{deeper}"
    start = newline if indent else ""
    return f"{opening}{start}{(',' + newline).join(parts)}\n{indent}{closing}"
