"""What a past is computed from: the server's answers to the rules that read raw series, piece by piece, kept until the run is over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path

from slo_compiler import __version__, artifacts, names
from slo_compiler.backfill.history import Deltas, Key, Told
from slo_compiler.backfill.tally import Values
from slo_compiler.backfill.times import Piece
from slo_compiler.ir import RecordingRule
from slo_compiler.lower.shapes import own
from slo_compiler.model import Slo
from slo_compiler.remote import Curve, RemoteFailure, Server

SUFFIX = ".part.json"
_TOO_MUCH = {413, 422, 503, 504}  # how servers say that a query was too large
_LEAST = 3_600_000  # milliseconds; what is too much for an hour is too much
_LOOKUPS = 8_000  # points in which the beginning of a series is looked for


@dataclass(frozen=True, slots=True)
class Questions:
    """The expressions of the rules that read raw series; `value` is empty where it follows from the sums."""

    total: str
    bad: str
    value: str


def questions(slo: Slo, rules: Mapping[str, RecordingRule], clocks: Mapping[str, str]) -> Questions:
    """What to ask for an SLO. What rules have recorded and this server has not, total, mask and clocks, gives place to its own expression."""
    known = {selector: f"({expr})" for selector, expr in clocks.items()}
    if slo.is_masked:
        known[names.MASK + own(slo)] = f"(\n{_inlined(rules[names.MASK].expr, known)}\n)"
    total = _inlined(rules[names.TOTAL_DELTA].expr, known)
    bad = _inlined(rules[names.BAD_DELTA].expr, {**known, names.TOTAL_DELTA + own(slo): f"(\n{total}\n)"})
    return Questions(total, bad, rules[names.VALUE_1H].expr if slo.kind == "value" else "")


def _inlined(expr: str, known: Mapping[str, str]) -> str:
    for selector, own_expr in known.items():
        expr = expr.replace(selector, own_expr)
    return expr


class Answers:
    """Asks a server, and keeps each answer in the folder `parts`: a run that goes on where another one stopped does not ask again."""

    def __init__(self, server: Server, parts: Path) -> None:
        self._server, self._parts = server, parts

    def told(self, asked: Questions, piece: Piece) -> Told:
        """The deltas and values of a piece. Raises RemoteFailure and OSError."""
        path = self._parts / f"{self._fingerprint(asked, piece)}{SUFFIX}"
        found = _read(artifacts.part(path))
        if found is None:
            found = self._ask(asked, piece)
            artifacts.replace(path, json.dumps([[[list(key), values] for key, values in side.items()] for side in (found.total, found.bad, found.value)]))
        return found

    def _fingerprint(self, asked: Questions, piece: Piece) -> str:
        """What an answer depends on: another server, expression, step or range has another one."""
        said = [__version__, self._server.url, asked.total, asked.bad, asked.value, piece.start, piece.end, piece.step, piece.slow, piece.phase]
        return sha256(json.dumps(said).encode()).hexdigest()[:32]

    def _ask(self, asked: Questions, piece: Piece) -> Told:
        total, bad = self._at(asked.total, piece.steps), self._at(asked.bad, piece.steps)
        return Told(total, bad, self._at(asked.value, piece.slows) if asked.value else {})

    def _at(self, expr: str, moments: range) -> Deltas:
        """An expression at moments; what is no number was no count."""
        found: dict[Key, Values] = {}
        for curve in self._curves(expr, moments):
            values = found.setdefault(tuple(sorted(curve.labels.items())), [None] * len(moments))
            for at, value in curve.points:
                index = round(at * 1000 - moments.start) // moments.step
                if isfinite(value) and 0 <= index < len(values):
                    values[index] = value
        return {key: values for key, values in found.items() if any(value is not None for value in values)}

    def _curves(self, expr: str, moments: range) -> list[Curve]:
        if not moments:
            return []
        try:
            return self._server.range(expr, moments[0] / 1000, moments[-1] / 1000, moments.step / 1000)
        except RemoteFailure as failure:
            half = len(moments) // 2
            if failure.status not in _TOO_MUCH or half * moments.step < _LEAST:
                raise
        return [*self._curves(expr, moments[:half]), *self._curves(expr, moments[half:])]


def _read(text: str) -> Told | None:
    """A part; None where it is not there, or is not what we wrote."""
    try:
        sides = [{tuple((name, label) for name, label in key): values for key, values in side} for side in json.loads(text)]
        return Told(*sides)
    except (ValueError, TypeError):
        return None


def running_since(slo: Slo, server: Server, start: float, end: float) -> float | None:
    """When the rules of an SLO began to write, if they did between two moments. Raises RemoteFailure."""
    written = names.TOTAL_DELTA + own(slo)
    step = max(300, int((end - start) / _LOOKUPS) + 1)
    points = int((end - start) / step)
    found = server.range(f"count(last_over_time({written}[{step}s]))", end - points * step, end, step)
    if not found or not found[0].points:
        return None
    at = found[0].points[0][0]
    return min((when for curve in server.raw(written, step + 1, at) for when, _ in curve.points), default=at)
