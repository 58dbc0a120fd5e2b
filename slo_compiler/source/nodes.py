"""libyaml's node tree: plain and quoted scalars told apart, marks turned into spots."""

from __future__ import annotations

from typing import Any

import yaml
from yaml import cyaml

from slo_compiler.diagnostics import Spot

PLAIN, QUOTED = "plain", "quoted"


class Loader(cyaml.CParser):  # type: ignore[name-defined,misc]  # PyYAML's types leave its C parser out
    """libyaml's composer with YAML 1.2's view of scalars: it only notes plain or quoted, the rest is `reading`."""

    def resolve(self, kind: type[yaml.Node], _value: str | None, implicit: object) -> str:
        """The tag of a node that has none of its own."""
        return PLAIN if kind is yaml.ScalarNode and isinstance(implicit, tuple) and implicit[0] else QUOTED

    def descend_resolver(self, *_: object) -> None:
        """Nothing here depends on the route to a node."""

    def ascend_resolver(self) -> None:
        """Nothing here depends on the route to a node."""


def spot_of(node: Any) -> Spot:
    """Where a node begins, underlined up to the end of its line."""
    start, end = node.start_mark, node.end_mark
    end_column = end.column + 1 if end.line == start.line else start.column + 2
    return Spot(start.line + 1, start.column + 1, max(end_column, start.column + 2))
