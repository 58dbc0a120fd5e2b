"""A value of a user's file together with its place, a mapping laid over the defaults that fill in what it does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TypeVar

from slo_compiler.diagnostics import Report, Route, Where
from slo_compiler.quantities import Duration, Problem, duration
from slo_compiler.source import Data

T = TypeVar("T")


class Entry:
    """A value and where it stands. What the schema refused (`bad` routes) counts as absent: it has been told already."""

    __slots__ = ("bad", "data", "under", "where")

    def __init__(self, data: Data, where: Where, bad: frozenset[Route], under: Entry | None = None) -> None:
        self.data = data
        self.where = where
        self.bad = bad
        self.under = under

    def over(self, under: Entry | None) -> Entry:
        """The same mapping laid over another one."""
        return Entry(self.data, self.where, self.bad, under)

    def says(self, key: str) -> bool:
        """Whether the key has a value at all, be it a wrong one or under a misspelled key."""
        if self.bad and (*self.where.route, key) in self.bad:
            return True
        if key in self.data:
            return self.data[key] is not None
        return self.under is not None and self.under.says(key)

    def get(self, key: str | int) -> Entry | None:
        """The value of a key; None where it is absent, taken away by null, or already reported."""
        if isinstance(self.data, dict) and key not in self.data:
            return self.under.get(key) if self.under else None
        value = self.data[key]
        if value is None or (self.bad and (*self.where.route, key) in self.bad):
            return None
        under = None
        if self.under and isinstance(value, dict):
            under = self.under.get(key)
            if under and not isinstance(under.data, dict):
                under = None
        return Entry(value, self.where / key, self.bad, under)

    @property
    def is_refused(self) -> bool:
        """Whether the schema refused it as a whole."""
        return self.where.route in self.bad

    def shape(self, key: str) -> Entry | None:
        """The mapping of a key even where the schema refused it as a whole, because a key in it is missing or one too many."""
        value = self.data.get(key)
        return Entry(value, self.where / key, self.bad) if isinstance(value, dict) else self.get(key)

    def items(self) -> Iterator[tuple[str, Entry]]:
        """The values of a mapping by key, those of the defaults last."""
        keys = [*self.data, *(key for key, _ in self.under.items() if key not in self.data)] if self.under else list(self.data)
        for key in keys:
            if value := self.get(key):
                yield key, value

    def entries(self) -> Iterator[Entry]:
        """The values of a list."""
        for index in range(len(self.data)):
            if value := self.get(index):
                yield value

    def value(self, key: str, default: T) -> T:
        """The plain value of a key of known type."""
        layer: Entry | None = self
        while layer is not None:
            if key in layer.data:
                value = layer.data[key]
                refused = layer.bad and (*layer.where.route, key) in layer.bad
                return default if value is None or refused else value
            layer = layer.under
        return default


def bounds(entry: Entry | None) -> tuple[Decimal, ...]:
    """The numbers of a list, ascending."""
    return tuple(sorted(Decimal(place.data) for place in entry.entries())) if entry else ()


def take(entry: Entry | None, read: Callable[[Data], T | Problem], report: Report) -> T | None:
    """The entry's value as a quantity; a problem goes to the report."""
    if entry is None:
        return None
    found = read(entry.data)
    if isinstance(found, Problem):
        refuse(entry.where, found, report)
        return None
    return found


def refuse(where: Where, problem: Problem, report: Report) -> None:
    """Report a problem at its place, or at the characters of it that the problem names."""
    place = where.inside(*problem.span) if problem.span else where
    report.error(problem.id, place, problem.message, problem.help)


def length(raw: Data) -> Duration | Problem:
    """A duration as it stands in a file."""
    return duration(str(raw))
