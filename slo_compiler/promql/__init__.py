"""The PromQL door: what a user wrote as a selector or an expression, understood; the only place that knows PromQL's syntax."""

from __future__ import annotations

from slo_compiler.promql.operands import Expression, Matcher, Selector, equals, operand, selector, selectors_in
from slo_compiler.promql.trees import Read, canonical, parses, reads, uses
from slo_compiler.promql.worth import Vector, worth

__all__ = [
    "Expression", "Matcher", "Read", "Selector", "Vector", "canonical", "equals", "operand", "parses", "reads", "selector", "selectors_in", "uses", "worth",
]  # fmt: skip
