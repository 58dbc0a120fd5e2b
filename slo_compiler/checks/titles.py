"""A title that is too long for its place on a page, where pages are made: rules and alerts show titles of any length."""

from __future__ import annotations

from slo_compiler.diagnostics import Report
from slo_compiler.model import Spec

_MOST = 30  # characters that a column has room for on a laptop


def check(spec: Spec, report: Report) -> None:
    """Note titles that will be cut; of an SLO without one, its name is the title."""
    if not spec.has_pages:
        return
    for slo in spec.promises:
        if len(slo.title) > _MOST:
            place = slo.where / ("name" if slo.title == slo.name else "title")
            message = f"{slo.title!r} has {len(slo.title)} characters: pages cut it after about {_MOST} on a laptop"
            help = "write a shorter `title`: the service and the category stand beside it"
            report.note("page/long-title", place, message, help, about=slo.where)
