"""Pages as values: panels, their queries and how answers look, before any of it is JSON."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Word:
    """A text and its colour in place of the numbers from `low` to `high`: None has no end, equal bounds are that number alone."""

    text: str
    color: str
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL query of a panel and how its answer is shown: as a number, or as a line of the colour `line`, `width` pixels thick.

    `decimals` None leaves them to the page; `steps` are the numbers from which on a colour holds, the first one None.
    """

    expr: str
    name: str
    unit: str = ""
    decimals: int | None = None
    words: tuple[Word, ...] = ()
    steps: tuple[tuple[Decimal | None, str], ...] = ()
    line: str = ""
    width: int = 1
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel stands on a grid of 24 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of a page; `shape` names the leaf that draws it: state, stat or timeseries."""

    shape: str
    title: str
    description: str
    place: Place
    queries: tuple[Query, ...]
    small: bool = False
    from_zero: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A hidden value of a page: constant, or else the part of the answer to `query` that `regex` picks when the page opens; `value` until then."""

    name: str
    value: str
    query: str = ""
    regex: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where Grafana finds the pages as files, under `path`, and the folder in which it shows them."""

    name: str
    folder: str
    path: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page, and the names of the sources that it came from."""

    uid: str
    title: str
    description: str
    tags: tuple[str, ...]
    refresh: str
    start: str
    variables: tuple[Variable, ...]
    panels: tuple[Panel, ...]
    sources: tuple[str, ...]
