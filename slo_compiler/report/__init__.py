"""How the promises stand: one reading, by the platform page's own queries or from given numbers, and its printings."""

from __future__ import annotations

from slo_compiler.report.data import standing as as_data
from slo_compiler.report.given import reading as given
from slo_compiler.report.live import Unknown, everyone, leaders
from slo_compiler.report.printing import PRINTED
from slo_compiler.report.standings import Reading, Standing, counted, counts, worst_first

__all__ = ["PRINTED", "Reading", "Standing", "Unknown", "as_data", "counted", "counts", "everyone", "given", "leaders", "worst_first"]
