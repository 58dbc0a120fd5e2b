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

ALONE, TOGETHER = 1, 250  # SLOs in one query
_AT_ONCE = 4  # queries on their way
_SOMEBODY, _NOBODY = queries.chosen(""), "none"  # any SLO, and one that is nowhere


@dataclass(frozen=True, slots=True)
class Question:
    """A query in which `variable` stands for an SLO, and the `id` of the SLO."""

    expr: str
    variable: str
    id: str

    @property
    def shape(self) -> str:
        """The query without the SLO: what many of them have in common."""
        return self.expr.replace(queries.chosen(self.variable), _SOMEBODY).replace(f"${self.variable}", "$")


@dataclass(frozen=True, slots=True)
class Answer:
    """A number; `is_own` tells that it is that of the SLO, and not what stands for all that have none."""

    number: float
    is_own: bool


def answers(asked: Iterable[Question], server: Server, at: float, together: int = ALONE) -> dict[Question, Answer]:
    """One answer a question; none where the server has none, or one that is no number. Raises RemoteFailure.

    So many SLOs are asked for `together`: more than one only with queries that tell the SLO with each number, or a number for all without one.
    """
    alike: dict[str, list[Question]] = {}
    for question in dict.fromkeys(asked):
        alike.setdefault(question.shape, []).append(question)
    parts = [all_[start : start + together] for all_ in alike.values() for start in range(0, len(all_), together)]
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        found = pool.map(lambda part: _answered(part, server, at), parts)
        return {question: answer for part in found for question, answer in part.items()}
    finally:
        pool.shutdown(cancel_futures=True)  # a server that does not answer once is not asked again


def _answered(questions: list[Question], server: Server, at: float) -> dict[Question, Answer]:
    shape, ids = questions[0].shape, [one.id for one in questions]
    found = _numbers(shape, ids, server, at)
    if len(ids) > 1 and "" not in found and any(id not in found for id in ids):
        found |= _numbers(shape, [_NOBODY], server, at)
    keys = {one: one.id if one.id in found else "" for one in questions}
    return {one: Answer(found[key], is_own=bool(key) or len(ids) == 1) for one, key in keys.items() if key in found}


def _numbers(shape: str, ids: list[str], server: Server, at: float) -> dict[str, float]:
    """Numbers by SLO; the one without a name is for all that have none."""
    matcher = f"slo_id={names.quoted(ids[0])}" if len(ids) == 1 else f"slo_id=~{names.quoted('|'.join(map(re.escape, ids)))}"
    rows = server.instant(shape.replace(_SOMEBODY, matcher).replace("$", ids[0]), at)
    return {row.labels.get("slo_id", ""): row.value for row in rows if math.isfinite(row.value)}
