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
#: What a counter or a gauge holds, or each bucket of a native histogram.
Amounts = tuple[Decimal | int, ...]


def raw(metric: str, labels: Mapping[str, str]) -> Raw:
    """A metric and those of its labels that are there."""
    return metric, tuple((label, value) for label, value in labels.items() if value)


def _written(amounts: Amounts, offset: int | None) -> str:
    if offset is None:
        return plain(amounts[0])
    buckets, all_of_them = " ".join(map(plain, amounts)), plain(sum(amounts))
    return f"{{{{schema:{SCHEMA} count:{all_of_them} sum:{all_of_them} offset:{offset} buckets:[{buckets}]}}}}"


def _run(first: Amounts, each: Amounts, scrapes: int, offset: int | None) -> str:
    """So many values in a row, as promtool reads them."""
    sign = "" if each[0] < 0 else "+"
    grows = f"{sign}{_written(each, offset)}" if any(each) else ""
    return f"{_written(first, offset)}{grows}x{scrapes - 1}"


def _after(start: Amounts, each: Amounts, scrapes: int) -> Amounts:
    return tuple(amount + scrapes * more for amount, more in zip(start, each, strict=True))


@dataclass(frozen=True, slots=True)
class Line:
    """A raw series that goes on for ever: its first value, and what each scrape adds. Native histograms have buckets from `offset` on."""

    raw: Raw
    start: Amounts
    each: Amounts
    offset: int | None = None

    def series(self, scrapes: int) -> Series:
        """The input for so many scrapes after the first one."""
        return self.within([(0, scrapes + 1)])

    def within(self, spans: Sequence[tuple[int, int]]) -> Series:
        """The input where it is only scraped in these spans, from one scrape to before another, in their order."""
        parts, now = [], 0
        for begin, end in spans:
            parts += [f"_x{begin - now}"] if begin > now else []
            parts.append(_run(_after(self.start, self.each, begin), self.each, end - begin, self.offset))
            now = end
        return Series(series(self.raw[0], dict(self.raw[1])), " ".join(parts))


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
        return Line(self.raw, (0,) * len(each), each, self.offset)

    def series(self, phases: Sequence[tuple[int, str]]) -> Series:
        """The input for phases: so many steps, which are `good`, `bad` or `quiet`."""
        nothing: Amounts = (0,) * len(self.good)
        parts, now = [], nothing
        for steps, kind in phases:
            scrapes = steps * SCRAPES
            each = tuple(amount // SCRAPES for amount in {"good": self.good, "bad": self.bad}.get(kind, nothing))
            first = _after(now, each, 1)
            parts.append(f"_x{scrapes}" if self.born and not any(first) else _run(first, each, scrapes, self.offset))
            now = _after(now, each, scrapes)
        return Series(series(self.raw[0], dict(self.raw[1])), " ".join(parts))


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
