"""Counters anchored at their last step: what they grew, who vouches for what is new, and which buckets a bound names."""

from __future__ import annotations

import re
from decimal import Decimal

from slo_compiler.lower.shapes import Shapes
from slo_compiler.promql import Matcher, Selector
from slo_compiler.quantities import plain


def growth(series: Selector, guard: str, shapes: Shapes) -> str:
    """What a counter grew in the last step."""
    return shapes.promql("growth", series=str(series), now=shapes.now, then=shapes.then, target=shapes.target, guard=guard)


def up(series: Selector, shapes: Shapes) -> str:
    """A counter of another metric may live on another target than the total, which its `up` vouches for."""
    same_targets = tuple(matcher for matcher in series.matchers if matcher.label in shapes.prometheus.target_labels)
    return vouched(str(Selector("up", same_targets)), shapes)


def vouched(witness: str, shapes: Shapes) -> str:
    """The targets that vouch for what is new, because their newest scrape holds the `witness` that was there before."""
    return shapes.promql("guard", target=shapes.target, witness=witness, late=shapes.late, then=shapes.then)


def le_matcher(edge: Decimal) -> Matcher:
    """The bucket of a bound, however it is spelled: `1` and `1.0`, and Go's exponents for the very large and the very small."""
    text = plain(edge)
    spellings = [re.escape(text).replace(r"\-", "-") + ("" if "." in text else r"(\.0)?")]
    if exponent := _exponent(edge):
        spellings.insert(0, exponent)
    if len(spellings) == 1 and "." in text:
        return Matcher("le", "=", text)
    return Matcher("le", "=~", "|".join(spellings))


def _exponent(edge: Decimal) -> str:
    """How Go and the client libraries spell a bound with an exponent: from 1e+06 on, and below 1e-4."""
    digits, power = f"{edge.normalize():e}".split("e")
    if -4 <= int(power) < 6 or not edge:
        return ""
    mantissa = re.escape(digits) + ("" if "." in digits else r"(\.0)?")
    sign = "-" if int(power) < 0 else r"\+"
    return f"{mantissa}e{sign}0?{abs(int(power))}"
