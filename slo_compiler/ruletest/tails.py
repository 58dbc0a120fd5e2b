"""Tails: the limit that is found from what is usual, and what lies beyond it."""

from __future__ import annotations

import math

from slo_compiler import names
from slo_compiler.model import Slo, Spec, Tail
from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest.claims import Claim, Expected, Test, series
from slo_compiler.ruletest.raw import SCRAPES, Tailed, counts, tailed
from slo_compiler.ruletest.values import identity, times

_SETTLED = 5  # steps, after which the limit is known to the steps' own rules


def claim(slo: Slo, sli: Tail, spec: Spec) -> Claim:
    """What is said of how an SLO counts what is beyond its moving limit."""
    subject = slo.full_name
    found = tailed(slo, sli, spec.prometheus.target_labels)
    if isinstance(found, str):
        return Claim(subject, "counting", found)
    if slo.is_masked:
        return Claim(subject, "counting", f"promtool reads 10,000 samples a query, and a baseline of {sli.baseline} among hours that do not count has more")
    step = spec.prometheus.step
    last = math.ceil(spec.prometheus.delay.seconds / step.seconds) + _SETTLED
    lines = tuple(line.series(last * SCRAPES) for line in found.state.lines)
    why = "What is usual, some observations around the limit, and some above it: the limit is found, and they are counted."
    expected = (_limit(slo, sli, found, times(step, last)), *counts(slo, (names.TOTAL_DELTA, names.BAD_DELTA), found.state.parts, times(step, last)))
    test = Test(subject, f"{subject}: counting", why, Duration(step.seconds / SCRAPES), lines, expected)
    return Claim(subject, "counting", f"{found.state.words}, each once", (test,))


def _limit(slo: Slo, sli: Tail, found: Tailed, at: Duration) -> Expected:
    record = series(names.limit(sli.baseline), {"slo_id": slo.id})
    by = found.state.parts[0].by
    return Expected(f"round({record}, 0.000001)", at, ((series("", {**identity(slo), **by}), plain(round(found.limit, 6))),))
