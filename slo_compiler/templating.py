"""The Jinja door: leaves with our delimiters (`<< >>`; `{{ }}` belongs to Prometheus), the user's folder first.

A leaf is rendered once per combination of the values that it looks at; what it merely prints is filled in afterwards, which makes a
thousand SLOs as cheap as a few. A printed value of several lines keeps the indentation of the place where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
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


@dataclass(slots=True)
class _Shape:
    """A rendered leaf: `%(name)s` where a value is printed, and which values must first be indented (under which name, by what)."""

    text: str
    indented: list[tuple[str, str, str]]


@dataclass(slots=True)
class _Leaf:
    template: Any
    looked_at: frozenset[str]
    key: Callable[[Mapping[str, Value]], Any] | None  # the values that it looks at; None if it looks at none
    shapes: dict[Any, _Shape] = field(default_factory=dict)


@dataclass(slots=True)
class Templates:
    """All leaves of one compilation. `overrides` are the user's, by name; `judge` looks at every text that one of them yields."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    judge: Judge = lambda _name, _text: None
    _leaves: dict[str, _Leaf] = field(default_factory=dict)
    _environment: Any = None

    def fill(self, name: str, values: dict[str, Value]) -> str:
        """The text of a leaf; `values` is used up. Raises TemplateFailure for an override that fails."""
        leaf = self._leaves.get(name) or self._load(name, values)
        key = leaf.key(values) if leaf.key else None
        shape = leaf.shapes.get(key) or self._render(name, leaf, key, values)
        try:
            for indented, plain, indent in shape.indented:
                text = values[plain]
                values[indented] = text.replace("\n", indent) if isinstance(text, str) else text
            result = shape.text % values
        except KeyError as error:  # our marks for values, in the text of an override
            raise TemplateFailure(name, Spot(1, 1, 2), f"it holds NUL characters around {error}") from error
        if name in self.overrides and (fault := self.judge(name, result)):
            raise TemplateFailure(name, Spot(1, 1, 2), fault)
        return result

    def _load(self, leaf: str, values: Mapping[str, Value]) -> _Leaf:
        import jinja2  # noqa: PLC0415  # late: help and version need no templates
        from jinja2 import nodes  # noqa: PLC0415

        if self._environment is None:
            self._environment = jinja2.Environment(
                block_start_string="<%", block_end_string="%>", variable_start_string="<<", variable_end_string=">>",
                comment_start_string="<#", comment_end_string="#>", undefined=jinja2.StrictUndefined, trim_blocks=True,
                lstrip_blocks=True, autoescape=False,  # noqa: S701  # the texts are PromQL and sentences, never HTML
            )  # fmt: skip
        text = self.overrides[leaf] if leaf in self.overrides else resources.template_text(leaf)
        try:
            tree = self._environment.parse(text)
            template = jinja2.Template.from_code(self._environment, self._environment.compile(tree), self._environment.make_globals(None))
        except jinja2.TemplateSyntaxError as error:
            raise TemplateFailure(leaf, _line(text, error.lineno), error.message or "is not a template") from error
        printed = {node for output in tree.find_all(nodes.Output) for node in output.nodes if isinstance(node, nodes.Name)}
        looked_at = frozenset(node.name for node in tree.find_all(nodes.Name) if node.ctx == "load" and node not in printed)
        known = sorted(looked_at & values.keys())
        key = itemgetter(*known) if known else None
        return self._leaves.setdefault(leaf, _Leaf(template, looked_at, key))

    def _render(self, name: str, leaf: _Leaf, key: object, values: Mapping[str, Value]) -> _Shape:
        import jinja2  # noqa: PLC0415

        marked = {look: value if look in leaf.looked_at else f"\0{look}\0" for look, value in values.items()}
        try:
            text = leaf.template.render(marked).rstrip("\n")
        except Exception as error:  # what a template calls may raise anything
            source = self.overrides.get(name, "")
            said = str(error) if isinstance(error, jinja2.TemplateError) else f"{type(error).__name__}: {error}"
            raise TemplateFailure(name, _line(source, _failing_line(error)), said) from error
        indented: dict[str, tuple[str, str, str]] = {}

        def place(mark: re.Match[str]) -> str:
            if not mark[2]:
                return f"%({mark[3]})s"
            if not mark[1]:
                return f"%({mark[2]})s"
            own = f"{mark[2]}/{len(mark[1])}"
            indented[own] = own, mark[2], "\n" + mark[1]
            return f"{mark[1]}%({own})s"

        leaf.shapes[key] = _Shape(_MARK.sub(place, text.replace("%", "%%")), list(indented.values()))
        return leaf.shapes[key]


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
