"""Ctrl-C and the end of a pipeline while a push runs: the first stops it, so that it is taken back; only the third leaves that off."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer

from slo_compiler.commands._run import plural
from slo_compiler.push import Halt, Outcome, shown

_SIGNALS = (signal.SIGINT, signal.SIGTERM)  # who ends a pipeline sends SIGTERM, and means Ctrl-C
_FIRST = "slo: interrupted: what was sent is taken back; wait for it"
_SECOND = "slo: interrupted again: still taking back what was sent; a third time leaves it as it is now"
_THIRD = "slo: interrupted for the third time: the rest is not taken back"


@contextmanager
def heard() -> Iterator[Halt]:
    """What signals say meanwhile. They raise nothing: an exception could come at any line, also where threads are waited for that still send."""
    halt, left = Halt(back=_back), [_FIRST, _SECOND, _THIRD]

    def hear(*_: object) -> None:
        halt.hear()
        if len(left) == 1:
            halt.leave.set()
        if left:
            say(left.pop(0))

    before = {number: signal.signal(number, hear) for number in _SIGNALS}
    try:
        yield halt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _back(outcome: Outcome) -> None:
    if outcome.failed:
        say(f"slo: {shown(outcome.failed)} failed: taking back what was sent ({plural(len(outcome.states), 'group')}); wait for it")


def say(text: str) -> None:
    """A line on the error stream; that nobody reads it, or that another is being written, is no reason to end."""
    with suppress(OSError, ValueError, RuntimeError):
        typer.echo(text, err=True)
