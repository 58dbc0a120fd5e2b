"""Raw series as values: what a test puts in, and what each step must count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler.quantities import Duration, plain
from slo_compiler.ruletest.claims import Series, series

#: Between two values of the input, in parts of a step: so that a range that is half a step too long shows.
SCRAPES = 4
#: Events of a step.
RATE = 100
#: The buckets of a native histogram are 2 ** (1/256) wide, the narrowest there are.
SCHEMA = 8

#: A metric and its labels.
Raw = tuple[str, tuple[tuple[str, str], ...]]
#: What a counter holds, or each bucket of a native histogram.
Amounts = tuple[int, ...]


def raw(metric: str, labels: Mapping[str, str]) -> Raw:
    """A metric and those of its labels that are there."""
    return metric, tuple((label, value) for label, value in labels.items() if value)


@dataclass(frozen=True, slots=True)
class Line:
    """A raw series that goes on for ever: its first value, and what each scrape adds."""

    raw: Raw
    start: str
    each: str

    def series(self, scrapes: int) -> Series:
        """The input for so many scrapes after the first one."""
        return Series(series(self.raw[0], dict(self.raw[1])), f"{self.start}+{self.each}x{scrapes}")


@dataclass(frozen=True, slots=True)
class Flow:
    """One raw series and what each step adds to it, while all is good and while all is bad.

    Those that are `born` are not there before their first event. Native histograms have amounts from the bucket `offset` on.
    """

    raw: Raw
    good: Amounts
    bad: Amounts
    born: bool = False
    offset: int | None = None

    def mixed(self) -> Line:
        """Good and bad events at once, for ever."""
        each = tuple((good + bad) // SCRAPES for good, bad in zip(self.good, self.bad, strict=True))
        return Line(self.raw, self._text((0,) * len(each)), self._text(each))

    def series(self, phases: Sequence[tuple[int, str]]) -> Series:
        """The input for phases: so many steps, which are `good`, `bad` or `quiet`."""
        parts, now = [], (0,) * len(self.good)
        for steps, kind in phases:
            samples = steps * SCRAPES
            each = tuple(amount // SCRAPES for amount in {"good": self.good, "bad": self.bad}.get(kind, (0,) * len(now)))
            first = tuple(map(sum, zip(now, each, strict=True)))
            if self.born and not any(first):
                parts.append(f"_x{samples}")
            else:
                grows = f"+{self._text(each)}" if any(each) else ""
                parts.append(f"{self._text(first)}{grows}x{samples - 1}")
            now = tuple(amount + samples * more for amount, more in zip(now, each, strict=True))
        return Series(series(self.raw[0], dict(self.raw[1])), " ".join(parts))

    def _text(self, amounts: Amounts) -> str:
        if self.offset is None:
            return str(amounts[0])
        buckets = " ".join(map(str, amounts))
        return f"{{{{schema:{SCHEMA} count:{sum(amounts)} sum:{sum(amounts)} offset:{self.offset} buckets:[{buckets}]}}}}"


@dataclass(frozen=True, slots=True)
class Part:
    """What a step counts for one value of `by`: all events and bad ones; `about` so many where a user's expression yields them."""

    by: Mapping[str, str]
    total: int
    bad: Decimal
    about: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Raw series that go on for ever in one way, and what each step counts meanwhile; `words` are how people call it."""

    words: str
    lines: tuple[Line, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """The raw series that events move; `beside` them are those that no selector takes, and the `up` of targets.

    `good` and `bad` are what a step counts while all is good and while all is bad: first that of the cell which speaks for all.
    `settles` is how long a change takes to be seen as a whole, where counts are those of a user's expression.
    """

    flows: tuple[Flow, ...]
    beside: tuple[Line, ...]
    good: tuple[Part, ...]
    bad: tuple[Part, ...]
    words: str = ""
    settles: Duration | None = None

    @property
    def states(self) -> tuple[State, ...]:
        """Good and bad events at once."""
        parts = tuple(Part(good.by, good.total + bad.total, good.bad + bad.bad, good.about) for good, bad in zip(self.good, self.bad, strict=True))
        return (State(f"{plain(parts[0].bad)} bad events of {parts[0].total} a step", (*(flow.mixed() for flow in self.flows), *self.beside), parts),)
