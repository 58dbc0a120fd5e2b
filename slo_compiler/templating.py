"""The Jinja door: leaves with our delimiters (`<< >>`; `{{ }}` belongs to Prometheus), the user's folder first.

A leaf is rendered once per combination of the values that it looks at; what it merely prints is filled in afterwards, which makes a
thousand SLOs as cheap as a few. A printed value of several lines keeps the indentation of the place where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slo_compiler import resources
from slo_compiler.diagnostics import Spot

Value = str | int | bool | tuple[str, ...] | None
_MARK = re.compile("(?m)^( *)\x00(\\w+)\x00|\x00(\\w+)\x00")

#: name -> why its text is not usable, for what an override yields
Judge = Callable[[str, str], str | None]


class TemplateFailure(Exception):  # noqa: N818  # the user's mistake in an override, told by the compiler as a finding
    """A leaf that cannot be used: its name, the line and what is wrong with it."""

    def __init__(self, leaf: str, spot: Spot, message: str) -> None:
        super().__init__(message)
        self.leaf, self.spot, self.message = leaf, spot, message


_Piece = tuple[str, str, str]  # text before, indentation, name of the value


@dataclass(slots=True)
class _Leaf:
    template: Any
    looked_at: tuple[str, ...]
    shapes: dict[tuple[Value, ...], tuple[list[_Piece], str]] = field(default_factory=dict)


@dataclass(slots=True)
class Templates:
    """All leaves of one compilation. `overrides` are the user's, by name; `judge` looks at every text that one of them yields."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    judge: Judge = lambda _name, _text: None
    _leaves: dict[str, _Leaf] = field(default_factory=dict)
    _environment: Any = None

    def fill(self, leaf: str, **values: Value) -> str:
        """The text of a leaf. Raises TemplateFailure for an override that fails."""
        known = self._leaves.get(leaf) or self._load(leaf)
        shape = tuple([values.get(name) for name in known.looked_at])
        pieces, tail = known.shapes.get(shape) or self._render(leaf, known, shape, values)
        out = []
        for before, indent, name in pieces:
            text = values[name]
            out.append(before)
            out.append(text.replace("\n", indent) if indent and isinstance(text, str) else str(text))
        out.append(tail)
        result = "".join(out)
        if leaf in self.overrides and (fault := self.judge(leaf, result)):
            raise TemplateFailure(leaf, Spot(1, 1, 2), fault)
        return result

    def _load(self, leaf: str) -> _Leaf:
        import jinja2  # noqa: PLC0415  # late: help and version need no templates
        from jinja2 import nodes  # noqa: PLC0415

        if self._environment is None:
            self._environment = jinja2.Environment(
                block_start_string="<%", block_end_string="%>", variable_start_string="<<", variable_end_string=">>",
                comment_start_string="<#", comment_end_string="#>", undefined=jinja2.StrictUndefined, trim_blocks=True,
                lstrip_blocks=True, autoescape=False,  # noqa: S701  # the texts are PromQL and sentences, never HTML
            )  # fmt: skip
        text = self.overrides.get(leaf) or resources.template_text(leaf)
        try:
            tree = self._environment.parse(text)
            template = self._environment.from_string(text)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateFailure(leaf, _line(text, error.lineno), error.message or "is not a template") from error
        printed = {node for output in tree.find_all(nodes.Output) for node in output.nodes if isinstance(node, nodes.Name)}
        looked_at = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load" and node not in printed}
        known = self._leaves[leaf] = _Leaf(template, tuple(sorted(looked_at)))
        return known

    def _render(self, leaf: str, known: _Leaf, shape: tuple[Value, ...], values: Mapping[str, Value]) -> tuple[list[_Piece], str]:
        import jinja2  # noqa: PLC0415

        marked = {name: value if name in known.looked_at else f"\0{name}\0" for name, value in values.items()}
        try:
            text = known.template.render(marked).rstrip("\n")
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
            source = self.overrides.get(leaf, "")
            raise TemplateFailure(leaf, _line(source, _failing_line(error)), str(error)) from error
        pieces: list[_Piece] = []
        end = 0
        for mark in _MARK.finditer(text):
            start, name = (mark.start(2) - 1, mark[2]) if mark[2] else (mark.start(), mark[3])
            indent = mark[1] or ""
            pieces.append((text[end:start], "\n" + indent if indent else "", name))
            end = mark.end()
        known.shapes[shape] = pieces, text[end:]
        return known.shapes[shape]


def _line(text: str, number: int) -> Spot:
    lines = text.splitlines() or [""]
    line = lines[min(number, len(lines)) - 1]
    start = len(line) - len(line.lstrip())
    return Spot(number, start + 1, max(len(line.rstrip()), start + 1) + 1)


def _failing_line(error: BaseException) -> int:
    trace, number = error.__traceback__, 1
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            number = trace.tb_lineno
        trace = trace.tb_next
    return number
