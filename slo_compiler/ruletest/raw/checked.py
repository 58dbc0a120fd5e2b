"""That steps, or sums of them, hold these counts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from slo_compiler.model import Slo
from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest.claims import Expected, series
from slo_compiler.ruletest.raw.flows import Part
from slo_compiler.ruletest.values import identity


def counts(slo: Slo, records: tuple[str, str], parts: Sequence[Part], at: Duration) -> list[Expected]:
    """What the records of all events and of bad ones hold at a moment: one sample for each part, and no other."""
    totals = [(part, Decimal(part.total)) for part in parts]
    bads = [(part, Decimal(part.bad)) for part in parts]
    return [_holds(slo, record, values, at) for record, values in zip(records, (totals, bads), strict=True)]


def _holds(slo: Slo, record: str, values: Sequence[tuple[Part, Decimal]], at: Duration) -> Expected:
    """Estimates are rounded: what is added up is off by a hair."""
    whole = all(value == int(value) and not part.about for part, value in values)
    expr = series(record, {"slo_id": slo.id})
    return Expected(
        expr if whole else f"round({expr}, 0.001)",
        at,
        tuple((series(record if whole else "", {**identity(slo), **part.by}), plain(round(value, 3))) for part, value in values),
    )
