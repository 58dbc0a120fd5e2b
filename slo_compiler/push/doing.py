"""Takes the steps of a plan, some at a time; if one fails, takes back all that were taken, and knows of each group in which state it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, TypeVar

from slo_compiler.push.plan import Held, Kind, Name, Plan, Step, Strand, by_name
from slo_compiler.remote import RemoteFailure

Answer = TypeVar("Answer")
_BACK = (Kind.CREATE, Kind.REPLACE, Kind.DELETE)  # what is taken back first makes room for the rest


class Writer(Protocol):
    """What keeps groups."""

    def groups(self, within: float) -> Held:
        """All that it has."""

    def write(self, namespace: str, text: str, *, within: float) -> None:
        """Put a group in place of the one of its name."""

    def delete(self, namespace: str, group: str, *, within: float) -> None:
        """Take a group away."""


class State(StrEnum):
    """What a ruler holds of a group after a push that failed."""

    NEW = "new"
    OLD = "old"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is made that may do better next time, the pause before the second (it doubles), and when to give up altogether, in seconds.

    The clock runs from when this was made; taking back has a clock of its own, with as much time.
    """

    tries: int = 5
    pause: float = 0.5
    deadline: float = 300.0
    began: float = field(default_factory=time.monotonic, kw_only=True)

    @property
    def end(self) -> float:
        """The moment to give up."""
        return self.began + self.deadline

    def briefly(self) -> Patience:
        """One try."""
        return replace(self, tries=1)

    def anew(self) -> Patience:
        """As much of it again."""
        return replace(self, began=time.monotonic())


@dataclass(slots=True)
class Outcome:
    """How a push ended: why it failed, if so, and what then became of each group that was touched."""

    failed: Name | None = None
    failure: RemoteFailure | None = None
    is_interrupted: bool = False
    is_late: bool = False  # requests were not answered, and may still take effect
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
    back: Callable[[Outcome], object] = lambda _: None  # told when taking back begins

    def hear(self) -> None:
        """Somebody wants the push to end."""
        self.is_wanted = True
        self.stop.set()


def insist(ask: Callable[[float], Answer], patience: Patience, stop: threading.Event | None = None) -> Answer:
    """Ask until there is an answer, as far as that may help; `ask` is told how many seconds are left. Raises RemoteFailure."""
    stop, failure = stop or threading.Event(), None
    for attempt in range(patience.tries):
        if stop.is_set():
            raise _Stopped
        if (left := patience.end - time.monotonic()) <= 0:
            break
        try:
            return ask(left)
        except RemoteFailure as found:
            failure = found
        if failure.again is None or attempt == patience.tries - 1:
            break
        pause = max(patience.pause * 2**attempt, failure.again)
        if stop.is_set() or time.monotonic() + pause >= patience.end:
            break
        stop.wait(pause)
    raise _over(failure, patience)


def _over(failure: RemoteFailure | None, patience: Patience) -> RemoteFailure:
    """Why there is no answer: what the server did, or that there was too little time for it."""
    if failure and (failure.again is None or time.monotonic() + max(patience.pause, failure.again) < patience.end):
        return failure
    message = "the time for this push is over"
    help = "give it more time with --deadline, or find out why the ruler is slow"
    return RemoteFailure(f"{failure.message}; {message}" if failure else message, help, failure.status if failure else None, 0)


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
        halt.back(run.outcome)
        run.backwards(parallel)
        run.look()
    return run.outcome


class _Run:
    def __init__(self, ruler: Writer, patience: Patience, halt: Halt) -> None:
        self.outcome = Outcome()
        self._ruler, self._patience, self._halt = ruler, patience, halt
        self._stop = halt.stop
        self._lock, self._doubtful = threading.Lock(), set[Step]()

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
            self._insist(step, lambda left: self._ruler.delete(namespace, group, within=left))
        if step.kind is not Kind.DELETE:
            self._insist(step, lambda left: self._ruler.write(namespace, step.text, within=left))

    def _fail(self, step: Step, failure: RemoteFailure) -> None:
        with self._lock:
            self._stop.set()
            if self.outcome.failure is None:
                self.outcome.failed, self.outcome.failure = step.name, failure
            if step not in self._doubtful and not step.clears:
                self.outcome.states[step] = State.OLD  # a request that is refused changes nothing

    def backwards(self, parallel: int) -> None:
        """What failed is taken back, too, unless it was refused: an answer that never came may have been a yes."""
        self._stop, self._patience = self._halt.leave, self._patience.anew()
        with ThreadPoolExecutor(parallel) as pool:
            for kind in _BACK:
                steps = (step for step, state in self.outcome.states.items() if step.kind is kind and state is not State.OLD)
                _finish(pool.submit(self._back, step) for step in sorted(steps, key=lambda step: step.name))

    def _back(self, step: Step) -> None:
        namespace, group = step.name
        self.outcome.states[step] = State.UNKNOWN
        try:
            if step.kind is Kind.CREATE or step.clears:
                self._insist(step, lambda left: self._ruler.delete(namespace, group, within=left))
            if step.kind is not Kind.CREATE:
                self._insist(step, lambda left: self._ruler.write(namespace, step.before, within=left))
        except _Stopped:
            return
        except RemoteFailure as failure:
            if failure.status is None:
                self._stop.set()  # it is gone: the rest would only wait, too
            return
        self.outcome.states[step] = State.OLD

    def look(self) -> None:
        """Where not all could be taken back, what is there now tells; where that cannot be read, it stays as far as it is known."""
        if self.outcome.is_back:
            return
        try:
            there = by_name(insist(self._ruler.groups, self._patience.briefly(), threading.Event()))
        except RemoteFailure:
            return
        for step in self.outcome.states:
            found = there.get(step.name)
            self.outcome.states[step] = State.OLD if step.is_old(found) else State.NEW if step.is_new(found) else State.OTHER

    def _insist(self, step: Step, ask: Callable[[float], None]) -> None:
        """Ask, and note what was not answered."""

        def noting(left: float) -> None:
            try:
                ask(left)
            except RemoteFailure as failure:
                if failure.status is None:
                    self.outcome.is_late = True
                if failure.status is None or failure.status >= 500:
                    self._doubtful.add(step)
                raise

        insist(noting, self._patience, self._stop)


def _finish(futures: Iterable[Future[None]]) -> None:
    """Wait for all; a fault of ours is raised again."""
    for future in wait(list(futures)).done:
        future.result()
