"""A rule file of ours as text: the rule that stands at a line, whatever stands around the groups, and however old the file is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent

from slo_compiler.diagnostics import Report
from slo_compiler.source import Source, parse

_RULE = re.compile(r"( *)- (record|alert): (\S+)")
_GROUP = re.compile(r" *- name: '?(slo-(\S+)-(?:fast|slow|hours)(?:-\d+)?)'?")
_ESCAPED = "$${"  # what an object for Flux has in place of ${


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of a rule, from number `first` on, without what they are indented by; `kind` is `record` or `alert`."""

    kind: str
    name: str
    first: int
    text: str

    def keys(self) -> Mapping[str, object]:
        """What stands in it; nothing where somebody made it something else."""
        documents = parse(Source("", self.text), Report())
        found = documents[0].data[0] if documents and isinstance(documents[0].data, list) else {}
        return found if isinstance(found, dict) else {}

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        found = self.keys().get("labels")
        return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    @property
    def expr(self) -> str:
        """Its expression."""
        return str(self.keys().get("expr", ""))

    def is_rule(self, other: Block) -> bool:
        """Whether another block is this rule, whatever it says."""
        return (self.kind, self.name) == (other.kind, other.name) and self.labels == other.labels


def blocks(text: str) -> Iterator[Block]:
    """All rules of a file. What a text within a rule looks like does not matter: it stands further to the right than the rule."""
    lines = text.replace(_ESCAPED, "${").split("\n")
    begins = {number: found for number, line in enumerate(lines) if (found := _RULE.match(line))}
    indent = min((len(found[1]) for found in begins.values()), default=0)
    for number, found in begins.items():
        if len(found[1]) == indent:
            end = next((at for at in range(number + 1, len(lines)) if lines[at].strip() and _indent(lines[at]) <= indent), len(lines))
            yield Block(found[2], found[3], number + 1, dedent("\n".join(lines[number:end])).rstrip("\n"))


def block_at(text: str, line: int) -> Block | None:
    """The rule whose lines a line is one of."""
    return next((block for block in blocks(text) if block.first <= line < block.first + len(block.text.split("\n"))), None)


def group_at(text: str, line: int) -> tuple[str, str]:
    """The name of the group that a line stands in, and of its service; empty where there is none."""
    found = "", ""
    for one in text.split("\n")[:line]:
        if match := _GROUP.fullmatch(one):
            found = match[1], match[2]
        elif one == "---":  # the next object
            found = "", ""
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
