"""What a parsed expression reads, keeps and drops; the library's trees never leave this module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WINDOW = re.compile(r"\$window\b")
_MANY_MILLISECONDS = re.compile(r"\b(\d{7,})(\d{3})ms\b")  # the library counts 49 days of them, Prometheus more
#: A selector's matchers, as the library prints its trees.
_MATCHERS = re.compile(r"(?<=\n)\s+matchers: \[\n.*?\n\s+\],\n", re.DOTALL)
_ONE_MATCHER = re.compile(r"Matcher \{\n.*?\n\s+\},\n", re.DOTALL)
#: A range that no user writes: it shows which functions read $window.
PROBE = "7919ms"


def parsed(text: str) -> Any:
    """The library's tree of an expression. Raises ValueError where it is none."""
    import promql_parser  # noqa: PLC0415

    return promql_parser.parse(_MANY_MILLISECONDS.sub(r"\1s\2ms", text))


def parses(text: str) -> str | None:
    """Why a text is no PromQL expression, in the library's words; None if it is one."""
    try:
        parsed(text)
    except ValueError as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True)
class Read:
    """What one evaluation of an expression reads of one selector: `times` samples of each series, or `times` ranges of `seconds`."""

    metric: str
    labels: frozenset[str]  # that its series are chosen by
    seconds: float | None
    times: float


def reads(text: str) -> list[Read]:
    """The selectors of an expression, as Prometheus' own query statistics count their samples: a subquery counts those of its first selector at each point."""
    return _reads(parsed(text))


def canonical(text: str) -> str:
    """One spelling for all spellings of an expression, such as ours and what a server makes of it: servers sort matchers and rewrite durations.

    A text that cannot be read stays as it is.
    """
    try:
        tree = repr(parsed(text))
    except ValueError:
        return text
    return _MATCHERS.sub(lambda found: "".join(sorted(_ONE_MATCHER.findall(found[0]))), tree)


def uses(text: str) -> frozenset[str]:
    """The functions of an expression, and `@` and `offset -` where they stand in it."""
    return frozenset(_uses(parsed(WINDOW.sub(PROBE, text))))


def _uses(node: Any) -> Iterator[str]:
    kind = type(node).__name__
    moved = node.vector_selector if kind == "MatrixSelector" else node
    if kind in {"VectorSelector", "MatrixSelector", "SubqueryExpr"}:
        yield from ("@",) if moved.at else ()
        yield from ("offset -",) if moved.offset and moved.offset.total_seconds() < 0 else ()
    if kind == "Call":
        yield node.func.name
    for child in _children(node):
        yield from _uses(child)


def leaves(text: str) -> list[Any]:
    """The selectors of an expression, as the library's nodes."""
    return _leaves(parsed(text))


def _leaves(node: Any) -> list[Any]:
    kind = type(node).__name__
    if kind == "VectorSelector":
        return [node]
    if kind == "MatrixSelector":
        return [node.vector_selector]
    return [leaf for child in _children(node) for leaf in _leaves(child)]


def _reads(node: Any) -> list[Read]:
    kind = type(node).__name__
    if kind == "VectorSelector":
        return [Read(node.name or "", _chosen_by(node), None, 1)]
    if kind == "MatrixSelector":
        return [Read(node.vector_selector.name or "", _chosen_by(node.vector_selector), node.range.total_seconds(), 1)]
    if kind == "SubqueryExpr":
        points = node.range.total_seconds() // node.step.total_seconds() + 1
        return [Read(read.metric, read.labels, read.seconds, read.times * points) for read in _reads(node.expr)[:1]]
    return [read for child in _children(node) for read in _reads(child)]


def _chosen_by(selector: Any) -> frozenset[str]:
    return frozenset(matcher.name for matcher in selector.matchers.matchers)


def told(text: str) -> tuple[set[str], frozenset[str] | None, frozenset[str]]:
    """Of an expression filled with the probe: the functions over `$window`, and the labels that it keeps (None: all) and drops."""
    tree = parsed(text)
    return _functions_over_window(tree), _kept_labels(tree), _dropped_labels(tree)


def _functions_over_window(node: Any) -> set[str]:
    """The functions whose range is `$window`."""
    found: set[str] = set()
    for child in _children(node):
        if type(child).__name__ in {"MatrixSelector", "SubqueryExpr"} and round(child.range.total_seconds() * 1000) == 7919:  # the probe
            found |= {node.func.name} if type(node).__name__ == "Call" else set()
        found |= _functions_over_window(child)
    return found


def _children(node: Any) -> list[Any]:
    kind = type(node).__name__
    if kind == "Call":
        return list(node.args)
    if kind == "BinaryExpr":
        return [node.lhs, node.rhs]
    if kind in {"AggregateExpr", "ParenExpr", "UnaryExpr", "SubqueryExpr"}:
        return [node.expr]
    return []


def _kept_labels(node: Any) -> frozenset[str] | None:
    kind = type(node).__name__
    if kind in {"ParenExpr", "UnaryExpr"}:
        return _kept_labels(node.expr)
    if kind == "AggregateExpr":
        return _kept_by_aggregation(node)
    if kind == "BinaryExpr":
        sides = [kept for kept in (_kept_labels(node.lhs), _kept_labels(node.rhs)) if kept is not None]
        return frozenset.intersection(*sides) if sides else None
    if kind == "Call":
        return next((kept for arg in node.args if (kept := _kept_labels(arg)) is not None), None)
    return None


def _kept_by_aggregation(node: Any) -> frozenset[str] | None:
    if node.modifier is None:
        return frozenset()
    inner, named = _kept_labels(node.expr), frozenset(node.modifier.labels)
    if not str(node.modifier.type).endswith("By"):
        return inner
    return named if inner is None else named & inner


def _dropped_labels(node: Any) -> frozenset[str]:
    dropped = frozenset[str]().union(*map(_dropped_labels, _children(node)))
    modifier = node.modifier if type(node).__name__ == "AggregateExpr" else None
    return dropped | frozenset(modifier.labels) if modifier and not str(modifier.type).endswith("By") else dropped
