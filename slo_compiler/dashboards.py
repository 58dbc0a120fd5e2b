"""Pages as values: panels, their queries and how answers look, before any of it is JSON."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: From which number on a colour holds; the first one has no beginning.
Steps = tuple[tuple[Decimal | None, str], ...]


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # the names of queries, in their order


def value_of(number: int) -> str:
    """What the values of a table's query are called, which is the first (0), the second ..."""
    return f"Value #{LETTERS[number]}"


@dataclass(frozen=True, slots=True)
class Word:
    """A text and its colour in place of the numbers from `low` to `high`: None has no end, equal bounds are that number alone."""

    text: str
    color: str
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL query of a panel and how its answer is shown: as a number, or as lines of the colour `line`, `width` pixels thick.

    `decimals` None leaves them to the page; a `name` with `{{label}}` in it, and no `line`, are for several series with a colour each.
    """

    expr: str
    name: str
    unit: str = ""
    decimals: int | None = None
    words: tuple[Word, ...] = ()
    steps: Steps = ()
    line: str = ""
    width: int = 1
    dashed: bool = False
    filled_to: str = ""  # the name of another line, down to which it is filled


@dataclass(frozen=True, slots=True)
class Link:
    """Where a click leads; `url` may name variables, and in a table fields of its row."""

    title: str
    url: str
    is_new_tab: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: `field` is what the answers call it, a label or `Value #A`; without a `name` it is there, but not seen.

    `paint` says what its colours are for: background, text, or nothing (empty); `none` stands where a row has no value.
    """

    field: str
    name: str = ""
    width: int = 0
    least: int = 0  # pixels that it has at least, where it takes what is left
    unit: str = ""
    decimals: int | None = None
    words: tuple[Word, ...] = ()
    steps: Steps = ()
    paint: str = ""
    none: str = ""
    links: tuple[Link, ...] = ()
    is_filter: bool = False  # people may choose among its values


@dataclass(frozen=True, slots=True)
class Table:
    """How answers become one table: joined by the values of the field `key`, if there are several; sorted by headings, each down or up."""

    headings: tuple[Heading, ...]
    sorted_by: tuple[tuple[str, bool], ...]  # the heading, and whether the largest comes first
    key: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel stands on a grid of 24 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of a page; `shape` names the leaf that draws it: state, stat, timeseries, table, heatmap or row.

    `since` is a span of its own (`30d`), `interval` the least step of its lines, `none` what stands where there is no answer at all,
    `inside` the panels of a row that is closed until somebody opens it.
    """

    shape: str
    title: str
    description: str
    place: Place
    queries: tuple[Query, ...] = ()
    small: bool = False
    from_zero: bool = False
    to_one: bool = False
    since: str = ""
    interval: str = ""
    none: str = ""
    ranked: bool = False  # the legend is a table, the largest last value first
    lowest_first: bool = False  # of a ranked legend
    table: Table | None = None
    links: tuple[Link, ...] = ()
    inside: tuple[Panel, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """A value of a page: constant, or else what `regex` picks of the answer to `query` when the page opens; `value` until then.

    With a `label` people see it and choose: one value, or `all`, for which the pattern that matches everything stands.
    """

    name: str
    value: str
    query: str = ""
    regex: str = ""
    label: str = ""
    all: bool = False
    is_text: bool = False  # that people type


@dataclass(frozen=True, slots=True)
class Marks:
    """Moments that are marked in all charts: while `expr` has a series, named by its labels."""

    name: str
    expr: str
    title: str


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
    links: tuple[Link, ...] = ()
    marks: tuple[Marks, ...] = ()
