"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite

from slo_compiler.quantities import Problem, duration

_LAST_SECOND = 253_402_300_799  # of the year 9999


class NoMoment(Exception):  # noqa: N818  # told by the command
    """A text that names no moment: why, and what to write."""

    def __init__(self, message: str, help: str = "write 2026-11-01T00:00:00Z, epoch seconds, or for example 30d for 30 days ago") -> None:
        super().__init__(message)
        self.message, self.help = message, help


def moment(text: str, now: float) -> float:
    """Epoch seconds of `2026-11-01T00:00:00Z`, `1793491200` or `30d` (ago). Raises NoMoment."""
    ago = duration(text)
    if not isinstance(ago, Problem):
        return _possible(now - float(ago.seconds), text)
    try:
        return _possible(float(text), text)
    except ValueError:
        pass
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise NoMoment(f"expected a moment, got {text!r}") from error
    if read.tzinfo is None:
        raise NoMoment(f"{text!r} does not say in which time zone", f"write {read.isoformat()}Z for UTC, or an offset such as +02:00")
    return _possible(read.timestamp(), text)


def _possible(seconds: float, text: str) -> float:
    if isfinite(seconds) and 0 < seconds <= _LAST_SECOND:
        return seconds
    raise NoMoment(f"{text!r} is no moment between the years 1970 and 9999")


def shown(milliseconds: int) -> str:
    """A moment as RFC 3339 writes it, to the second."""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
