"""The queries of a page, asked of a server at one moment, for one SLO or for many at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.pages import queries
from slo_compiler.remote import Server

_TOGETHER = 250  # SLOs in one query
_AT_ONCE = 4  # queries on their way
_NOBODY = "none"  # an SLO that is nowhere: what a query yields for it stands for all that it does not find


@dataclass(frozen=True, slots=True)
class Question:
    """A query in which `variable` stands for an SLO, and the `id` of the SLO."""

    expr: str
    variable: str
    id: str

    @property
    def shape(self) -> tuple[str, str]:
        """What is equal for questions that are one query of many SLOs. That which also leaves the SLO out cannot be one."""
        chosen = queries.chosen(self.variable)
        expr = self.expr.replace(chosen, queries.chosen(""))
        return (expr, "") if f"${self.variable}" not in expr else (self.expr, self.variable)


def answers(asked: Iterable[Question], server: Server, at: float) -> dict[Question, float]:
    """One number a question; none where the server has none, or one that is no number. Raises RemoteFailure."""
    alike: dict[tuple[str, str], list[Question]] = {}
    for question in dict.fromkeys(asked):
        alike.setdefault(question.shape, []).append(question)
    parts = [(shape, some) for shape, all_ in alike.items() for some in _parts(all_, 1 if shape[1] else _TOGETHER)]
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        found = pool.map(lambda part: _answered(part[0], part[1], server, at), parts)
        return {question: number for part in found for question, number in part.items()}
    finally:
        pool.shutdown(cancel_futures=True)  # a server that does not answer once is not asked again


def _parts(questions: list[Question], size: int) -> list[list[Question]]:
    return [questions[start : start + size] for start in range(0, len(questions), size)]


def _answered(shape: tuple[str, str], questions: list[Question], server: Server, at: float) -> dict[Question, float]:
    expr, variable = shape
    found = _numbers(expr, variable, [one.id for one in questions], server, at)
    if "" not in found and any(one.id not in found for one in questions):
        found = _numbers(expr, variable, [_NOBODY], server, at) | found
    told = {one: found.get(one.id, found.get("")) for one in questions}
    return {one: number for one, number in told.items() if number is not None}


def _numbers(expr: str, variable: str, ids: list[str], server: Server, at: float) -> dict[str, float]:
    """Numbers by SLO; without a name the one for all that are not found."""
    matcher = f"slo_id={names.quoted(ids[0])}" if len(ids) == 1 else f"slo_id=~{names.quoted('|'.join(map(re.escape, ids)))}"
    text = expr.replace(queries.chosen(variable), matcher)
    rows = server.instant(text.replace(f"${variable}", ids[0]) if variable else text, at)
    return {row.labels.get("slo_id", ""): row.value for row in rows if math.isfinite(row.value)}
