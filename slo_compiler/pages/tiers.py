"""The alert tiers of the chosen SLO: a chart a tier with both of its windows and the line where it begins.

Which tiers an SLO has is known here, by its policy; which SLO is chosen is not. So each policy in use has its own queries, silent where another one holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from slo_compiler import names, policy
from slo_compiler.dashboards import Panel, Place, Query
from slo_compiler.model import Slo, Tier, TimeSlices
from slo_compiler.pages.measures import DAY
from slo_compiler.pages.scopes import MONEY, Scope
from slo_compiler.pages.words import each
from slo_compiler.quantities import Duration, plain

_COLORS = {"page": "red", "ticket": "orange"}
_RANKS = ("Fastest tier", "Second tier", "Third tier", "Fourth tier", "Fifth tier")
_MOST = 4  # panels side by side
_WIDTH, _HEIGHT = 24, 7
_TOO_FAST = Decimal("1.5")  # times an even pace of money


@dataclass(frozen=True, slots=True)
class Kind:
    """The tiers that some SLOs share, and how their events are judged: tested against chance, and at least so many bad steps of time (0: any)."""

    tiers: tuple[Tier, ...]
    is_counted: bool
    slices: int


@dataclass(frozen=True, slots=True)
class Way:
    """What finds some SLOs by `slo:info`: the name of their policy, but for a few, or, without a name, the ids of those few."""

    policy: str
    ids: tuple[str, ...] = ()

    @property
    def matchers(self) -> tuple[str, ...]:
        """The same in PromQL."""
        ids = names.quoted("|".join(sorted(self.ids)))  # none has a character that means something else in a pattern
        if not self.policy:
            return (f"slo_id=~{ids}",)
        return (f"slo_policy={names.quoted(self.policy)}", *((f"slo_id!~{ids}",) if self.ids else ()))


@dataclass(frozen=True, slots=True)
class Group:
    """A kind, and the ways to find its SLOs; none where all SLOs are of the kind."""

    kind: Kind
    ways: tuple[Way, ...]


def groups(scope: Scope) -> list[Group]:
    """The kinds of tiers in use. A policy's name finds its SLOs; where some of them have other tiers, the few are told by their ids."""
    by_policy: dict[str, dict[Kind, list[str]]] = {}
    for slo in scope.slos:
        by_policy.setdefault(slo.alerting.policy, {}).setdefault(_kind(slo, scope), []).append(slo.id)
    found: dict[Kind, list[Way]] = {}
    for name, kinds in by_policy.items():
        for kind, way in _told_apart(name, kinds):
            found.setdefault(kind, []).append(way)
    if len(found) == 1 and len(scope.slos) == len(scope.promises):
        return [Group(kind, ()) for kind in found if kind.tiers]
    return [Group(kind, tuple(ways)) for kind, ways in found.items() if kind.tiers]


def _kind(slo: Slo, scope: Scope) -> Kind:
    """What one SLO has: of its policy's tiers those that can fire."""
    tiers = [tier for tier in slo.alerting.tiers if any(policy.can_fire(tier, cell, slo.sli, step=scope.step) for cell in slo.cells)]
    slices = slo.sli.two(scope.step) if isinstance(slo.sli, TimeSlices) else 0
    return Kind(tuple(replace(tier, where=None, keep_firing_for=None) for tier in tiers), slo.is_counted, slices)


def _told_apart(name: str, kinds: dict[Kind, list[str]]) -> Iterator[tuple[Kind, Way]]:
    usual = max(kinds, key=lambda kind: len(kinds[kind]))
    yield usual, Way(name, tuple(id for kind, ids in kinds.items() if kind != usual for id in ids))
    for kind, ids in kinds.items():
        if kind != usual:
            yield kind, Way("", tuple(ids))


# --- charts --------------------------------------------------------------------------------------------------------------------------


def panels(scope: Scope, found: list[Group], top: int) -> list[Panel]:
    """A chart a tier, the fastest first."""
    count = max([len(group.kind.tiers) for group in found] + [1 if scope.spendings else 0])
    width = _WIDTH // min(count, _MOST) if count else 0
    places = [Place(rank % _MOST * width, top + rank // _MOST * _HEIGHT, width, _HEIGHT) for rank in range(count)]
    return [_chart(scope, found, rank, place) for rank, place in enumerate(places)]


def height(scope: Scope, found: list[Group]) -> int:
    """Of all these charts."""
    return max((panel.place.y + _HEIGHT for panel in panels(scope, found, 0)), default=0)


def _chart(scope: Scope, found: list[Group], rank: int, place: Place) -> Panel:
    having = [(group, group.kind.tiers[rank]) for group in found if rank < len(group.kind.tiers)]
    queries = _lines(scope, found, rank)
    if scope.spendings and rank == 0:
        queries += _pace(scope)
    text = (
        "Burn rate of the tier's two windows and where the tier begins (dashed): both must be above it, and the long one must hold more bad events than chance "
        "explains. Where the SLO is split, a line a value: the smaller of the two windows, which is what must pass."
    )
    sums = [series(window) for _, tier in having for window in (tier.long, tier.short) if window for series in (names.bad_sum, names.total_sum)]
    reads = each([*sums, names.OBJECTIVE] if having else [names.total_sum(DAY), names.VALUE_TARGET])
    titles = list(dict.fromkeys(_title(tier) for _, tier in having))
    title = titles[0] if len(titles) == 1 and not scope.spendings else _RANKS[min(rank, len(_RANKS) - 1)]
    none = "The chosen SLO has no such tier, or there is no data"
    return Panel("timeseries", title, f"{text} Reads {reads}.", place, tuple(queries), from_zero=True, interval="1m", none=none)


def _title(tier: Tier) -> str:
    """`Page + rollback: 1h and 5m above 14.4`."""
    above = plain(tier.burn) if tier.burn is not None else "its line"
    return f"{called(tier)[:1].upper()}{called(tier)[1:]}: {_windows(tier)} above {above}"


def called(tier: Tier) -> str:
    """How people call a tier: by what it does."""
    return f"{tier.severity} + {tier.action}" if tier.action else tier.severity if tier.severity == tier.name else f"{tier.name} ({tier.severity})"


def _windows(tier: Tier) -> str:
    return f"{tier.long} and {tier.short}" if tier.short else str(tier.long)


def _lines(scope: Scope, found: list[Group], rank: int) -> list[Query]:
    """The windows that tiers of a rank have, and where each of them begins: what several groups share is asked once."""
    having = [(group, group.kind.tiers[rank]) for group in found if rank < len(group.kind.tiers)]
    windows: dict[tuple[Duration, Duration | None], list[Group]] = {}
    begins: dict[Query, list[Group]] = {}
    for group, tier in having:
        windows.setdefault((tier.long, tier.short), []).append(group)
        begins.setdefault(_begins(scope, tier), []).append(group)
    lines = [query for (long, short), of in windows.items() for query in _rates(scope, long, short, of)]
    return [*lines, *(replace(query, expr=only(scope, of, query.expr)) for query, of in begins.items())]


def _begins(scope: Scope, tier: Tier) -> Query:
    color = "dark-red" if tier.action == "rollback" else _COLORS.get(tier.severity, "blue")
    at = f"{plain(tier.burn)} * {scope.info()}" if tier.burn is not None else f"{share_of(scope, tier)} / (1 - {scope.beside(names.OBJECTIVE)})"
    name = f"{called(tier)} begins{f' at {plain(tier.burn)}' if tier.burn is not None else ''}"
    return Query(f"max by (slo_id) ({at})", name, "none", line=color, width=2, dashed=True)


def _rates(scope: Scope, long: Duration, short: Duration | None, of: list[Group]) -> list[Query]:
    """A line a window; where an SLO is split, one a value: the smaller of the two windows is what must pass."""
    slow, fast = _rate(scope, long), _rate(scope, short) if short else ""
    whole = [Query(only(scope, of, f"{slow}{_unsplit(scope)}"), str(long), "none", line="purple", width=2)]
    if short:
        whole.append(Query(only(scope, of, f"{fast}{_unsplit(scope)}"), str(short), "none", line="blue"))
    if not scope.by:
        return whole
    smaller = f"({slow} < {fast} or {fast})" if short else slow
    parts = only(scope, of, f"{smaller}{_unsplit(scope, 'unless')}")
    return [*whole, Query(parts, " ".join(f"{{{{{label}}}}}" for label in scope.by), "none")]


def _unsplit(scope: Scope, joint: str = "and") -> str:
    """For an SLO with a single series, or for all others."""
    blank = [f'{label}=""' for label in scope.by]
    return f" {joint} on (slo_id) {scope.beside(names.OBJECTIVE, *blank)}" if blank else ""


def _rate(scope: Scope, window: Duration) -> str:
    bad, total = scope.series(names.bad_sum(window)), scope.beside(names.total_sum(window))
    return f"{bad} / ({total} > 0) / (1 - {scope.beside(names.OBJECTIVE)})"


def share_of(scope: Scope, tier: Tier) -> str:
    """The bad share above which a tier fires, from the objective of each SLO."""
    objective = scope.beside(names.OBJECTIVE)
    if tier.burn is not None:
        return f"({plain(tier.burn)} * (1 - {objective}))"
    odds = f"{plain(tier.odds or Decimal(1))} * (1 - {objective})"
    return f"({odds} / ({objective} + {odds}))"


def only(scope: Scope, of: Sequence[Group], expr: str) -> str:
    """An expression, where the chosen SLO is in one of some groups."""
    if not all(group.ways for group in of):
        return expr
    ways = [way for group in of for way in group.ways]
    whole = [way.policy for way in ways if not way.ids]
    found = [scope.info(*way.matchers) for way in ways if way.ids]
    if whole:
        found.insert(0, scope.info(f"slo_policy{'=~' if len(whole) > 1 else '='}{names.quoted('|'.join(whole))}"))
    return f"({expr})\nand on (slo_id) ({' or '.join(found)})"


def _pace(scope: Scope) -> list[Query]:
    """Money has one tier: a day that, repeated, would spend half as much again as there is."""
    day = f"{scope.series(names.total_sum(DAY))} / {scope.beside(names.VALUE_TARGET)}"
    pace = f"{day} * on (slo_id) group_left () ({scope.constants(scope.spendings, lambda window: window.seconds / DAY.seconds, MONEY)})"
    begins = f"vector({plain(_TOO_FAST)}) and on () {scope.info(MONEY)}"
    name, color = " ".join(("pace of the day", *(f"{{{{{label}}}}}" for label in scope.by))), "" if scope.by else "purple"
    return [Query(pace, name, "none", line=color, width=2), Query(begins, "ticket begins", "none", line="orange", width=2, dashed=True)]
