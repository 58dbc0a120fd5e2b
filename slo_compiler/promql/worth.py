"""What an expression yields where every series that it reads grows, or stays, at one known pace: a small part of PromQL, and no guess beyond it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Protocol

from slo_compiler.promql.operands import Selector, selector_of
from slo_compiler.promql.trees import parsed

#: Samples without a name: their labels and values.
Vector = dict[frozenset[tuple[str, str]], float]

_GROWTHS = {"rate", "irate", "increase"}
_LEVELS = {"max_over_time", "last_over_time", "min_over_time", "avg_over_time"}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
_AGGREGATED: dict[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min, "avg": lambda values: sum(values) / len(values), "count": len}
_ADJUSTED: dict[str, Callable[[float, float], float]] = {"clamp_min": max, "clamp_max": min}


class Reader(Protocol):
    """What a selector reads now: how much its series grow in a second, or else what they hold."""

    def __call__(self, selector: Selector, *, grows: bool) -> Vector:
        """The samples of one selector."""


class _UnknownError(Exception):
    """Something that is not understood here."""


def worth(text: str, read: Reader, at: float) -> Vector | None:
    """What an expression, with its windows filled in, yields at a moment (epoch seconds); None where it is not understood."""
    try:
        found = _Worth(read, at).of(_tree(text))
    except (_UnknownError, ZeroDivisionError, OverflowError, RecursionError):
        return None
    return found if isinstance(found, dict) else {frozenset(): found}


@lru_cache(maxsize=64)
def _tree(text: str) -> Any:
    return parsed(text)


class _Worth:
    """One evaluation."""

    def __init__(self, read: Reader, at: float) -> None:
        self._read, self._at = read, at

    def of(self, node: Any) -> Vector | float:
        kind = type(node).__name__
        if kind == "NumberLiteral":
            return float(node.val)
        if kind == "ParenExpr":
            return self.of(node.expr)
        if kind == "UnaryExpr":
            return _each(self.of(node.expr), operator.neg)
        if kind == "VectorSelector":
            return self._leaf(node, grows=False)
        of_kind = {"Call": self._call, "AggregateExpr": self._aggregate, "BinaryExpr": self._binary}.get(kind)
        if of_kind is None:
            raise _UnknownError
        return of_kind(node)

    def _leaf(self, node: Any, *, grows: bool) -> Vector:
        if node.offset or node.at or not node.name or node.matchers.or_matchers:
            raise _UnknownError
        return self._read(selector_of(node), grows=grows)

    def _call(self, node: Any) -> Vector | float:
        name, args = node.func.name, list(node.args)
        if name in _GROWTHS | _LEVELS and type(args[0]).__name__ == "MatrixSelector":
            factor = args[0].range.total_seconds() if name == "increase" else 1.0
            return _each(self._leaf(args[0].vector_selector, grows=name in _GROWTHS), lambda value: value * factor)
        if name == "time":
            return self._at
        if name == "vector":
            return {frozenset(): _scalar(self.of(args[0]))}
        if name in _ADJUSTED:
            bound = _scalar(self.of(args[1]))
            return _each(self.of(args[0]), lambda value: _ADJUSTED[name](value, bound))
        raise _UnknownError

    def _aggregate(self, node: Any) -> Vector:
        values, groups = self.of(node.expr), dict[frozenset[tuple[str, str]], list[float]]()
        if str(node.op) not in _AGGREGATED or not isinstance(values, dict):
            raise _UnknownError
        named = set(node.modifier.labels) if node.modifier else set()
        keeps = node.modifier is None or str(node.modifier.type).endswith("By")
        for labels, value in values.items():
            groups.setdefault(_chosen(labels, named, keeps=keeps), []).append(value)
        return {labels: float(_AGGREGATED[str(node.op)](group)) for labels, group in groups.items()}

    def _binary(self, node: Any) -> Vector | float:
        left, right, sign = self.of(node.lhs), self.of(node.rhs), str(node.op)
        if sign == "or" and isinstance(left, dict) and isinstance(right, dict) and not (node.modifier and node.modifier.matching):
            return right | left
        does = _operation(sign, is_bool=bool(node.modifier and node.modifier.return_bool))
        if isinstance(left, dict) and isinstance(right, dict):
            return _matched(left, right, does, node.modifier)
        if isinstance(right, dict):
            return _each(right, lambda value: does(_scalar(left), value))
        return _each(left, lambda value: does(value, _scalar(right)))


def _operation(sign: str, *, is_bool: bool) -> Callable[[float, float], float]:
    if sign in _ARITHMETIC:
        return _ARITHMETIC[sign]
    if sign in _COMPARED and is_bool:
        return lambda left, right: float(_COMPARED[sign](left, right))
    raise _UnknownError


def _scalar(value: Vector | float) -> float:
    if isinstance(value, dict):
        raise _UnknownError
    return value


def _each(value: Vector | float, does: Callable[[float], float]) -> Vector | float:
    return {labels: does(one) for labels, one in value.items()} if isinstance(value, dict) else does(value)


def _chosen(labels: Iterable[tuple[str, str]], named: set[str], *, keeps: bool) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in labels if (pair[0] in named) is keeps)


def _matched(left: Vector, right: Vector, does: Callable[[float, float], float], modifier: Any) -> Vector:
    """One to one, by all labels or those named."""
    if modifier and str(modifier.card).split(".")[-1] != "OneToOne":
        raise _UnknownError
    matching = modifier.matching if modifier else None
    named = set(matching.labels) if matching else set()
    keeps = matching is not None and str(matching.type).endswith("Include")
    sides = [{_chosen(labels, named, keeps=keeps): value for labels, value in side.items()} for side in (left, right)]
    if len(sides[0]) < len(left) or len(sides[1]) < len(right):
        raise _UnknownError
    return {labels: does(value, sides[1][labels]) for labels, value in sides[0].items() if labels in sides[1]}
