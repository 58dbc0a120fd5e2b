"""Takes the steps of a plan, some at a time; if one fails, takes back all that were taken, and knows of each group in which state it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

from slo_compiler.push.plan import Kind, Name, Plan, Step, Strand
from slo_compiler.remote import RemoteFailure

Answer = TypeVar("Answer")
_BACK = (Kind.CREATE, Kind.REPLACE, Kind.DELETE)  # what is taken back first makes room for the rest


class Writer(Protocol):
    """What takes groups."""

    def write(self, namespace: str, text: str) -> None:
        """Put a group in place of the one of its name."""

    def delete(self, namespace: str, group: str) -> None:
        """Take a group away."""


class State(StrEnum):
    """What a ruler holds of a group after a push that failed."""

    NEW = "new"
    OLD = "old"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is made that may do better next time, the pause before the second (it doubles), and when to give up altogether, in seconds."""

    tries: int = 5
    pause: float = 0.5
    deadline: float = 300.0


@dataclass(slots=True)
class Outcome:
    """How a push ended: why it failed, if so, and what then became of each group that was touched."""

    failed: Name | None = None
    failure: RemoteFailure | None = None
    is_interrupted: bool = False
    states: dict[Step, State] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether all steps were taken."""
        return self.failure is None and not self.is_interrupted

    @property
    def is_back(self) -> bool:
        """Whether all groups are again as they were."""
        return all(state is State.OLD for state in self.states.values())


class _Stopped(Exception):  # noqa: N818  # no fault: nobody wants the answer any longer
    """A request was not made, because it was said to stop."""


@dataclass(slots=True)
class Halt:
    """What is heard from outside while a push runs: `stop`, no further step is taken; `leave`, taking back ends, too. Set by signals, from any thread."""

    stop: threading.Event = field(default_factory=threading.Event)
    leave: threading.Event = field(default_factory=threading.Event)
    is_wanted: bool = False

    def hear(self) -> None:
        """Somebody wants the push to end."""
        self.is_wanted = True
        self.stop.set()


def insist(ask: Callable[[], Answer], patience: Patience, stop: threading.Event | None = None, end: float | None = None) -> Answer:
    """Ask until there is an answer, as far as that may help. Raises RemoteFailure."""
    stop, end = stop or threading.Event(), time.monotonic() + patience.deadline if end is None else end
    for attempt in range(patience.tries):
        if time.monotonic() >= end:
            break
        if stop.is_set():
            raise _Stopped
        try:
            return ask()
        except RemoteFailure as failure:
            if failure.again is None or attempt == patience.tries - 1 or stop.is_set():
                raise
            pause = max(patience.pause * 2**attempt, failure.again)
            if time.monotonic() + pause >= end:
                raise
            stop.wait(pause)
    raise RemoteFailure("the time for this push is over", "give it more time with --deadline, or find out why the ruler is slow")


def take(plan: Plan, ruler: Writer, patience: Patience, parallel: int, halt: Halt | None = None) -> Outcome:
    """Take all steps, `parallel` strands at a time, until there is a failure or a `halt`; then take them back.

    A signal must raise nothing here: an exception would leave threads behind that go on sending.
    """
    halt = halt or Halt()
    run = _Run(ruler, patience, halt)
    for strands in plan.rounds:
        run.forwards(strands, parallel)
        if halt.stop.is_set():
            break
    run.outcome.is_interrupted = halt.is_wanted
    if not run.outcome.is_done:
        run.backwards(parallel)
    return run.outcome


class _Run:
    def __init__(self, ruler: Writer, patience: Patience, halt: Halt) -> None:
        self.outcome = Outcome()
        self._ruler, self._patience, self._halt = ruler, patience, halt
        self._stop, self._end = halt.stop, time.monotonic() + patience.deadline
        self._lock = threading.Lock()

    def forwards(self, strands: Iterable[Strand], parallel: int) -> None:
        with ThreadPoolExecutor(parallel) as pool:
            _finish(pool.submit(self._strand, strand) for strand in strands)

    def _strand(self, strand: Strand) -> None:
        for step in strand:
            with self._lock:
                if self._stop.is_set():
                    return
                self.outcome.states[step] = State.UNKNOWN
            try:
                self._step(step)
            except _Stopped:
                return
            except RemoteFailure as failure:
                self._fail(step, failure)
                return
            self.outcome.states[step] = State.NEW

    def _step(self, step: Step) -> None:
        namespace, group = step.name
        if step.kind is Kind.DELETE or step.clears:
            self._insist(lambda: self._ruler.delete(namespace, group))
        if step.kind is not Kind.DELETE:
            self._insist(lambda: self._ruler.write(namespace, step.text))

    def _fail(self, step: Step, failure: RemoteFailure) -> None:
        with self._lock:
            self._stop.set()
            if self.outcome.failure is None:
                self.outcome.failed, self.outcome.failure = step.name, failure

    def backwards(self, parallel: int) -> None:
        """What failed is taken back, too: an answer that never came may have been a yes."""
        self._stop, self._end = self._halt.leave, time.monotonic() + self._patience.deadline
        with ThreadPoolExecutor(parallel) as pool:
            for kind in _BACK:
                steps = sorted((step for step in self.outcome.states if step.kind is kind), key=lambda step: step.name)
                _finish(pool.submit(self._back, step) for step in steps)

    def _back(self, step: Step) -> None:
        namespace, group = step.name
        try:
            if step.kind is Kind.CREATE or step.clears:
                self._insist(lambda: self._ruler.delete(namespace, group))
            if step.kind is not Kind.CREATE:
                self._insist(lambda: self._ruler.write(namespace, step.before))
        except (_Stopped, RemoteFailure):
            return
        self.outcome.states[step] = State.OLD

    def _insist(self, ask: Callable[[], None]) -> None:
        insist(ask, self._patience, self._stop, self._end)


def _finish(futures: Iterable[Future[None]]) -> None:
    """Wait for all; a fault of ours is raised again."""
    for future in wait(list(futures)).done:
        future.result()
