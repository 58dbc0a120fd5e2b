"""Is it real or chance? A row a tier of the chosen SLO: bad events, how many of them chance would explain, and all events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from slo_compiler import names, policy
from slo_compiler.dashboards import Heading, Panel, Place, Query, Table, value_of
from slo_compiler.model import Tier
from slo_compiler.pages.scopes import Scope
from slo_compiler.pages.tiers import Group, only, share_of
from slo_compiler.pages.words import each
from slo_compiler.quantities import six_digits

_ROW = "slo_row"


def panel(scope: Scope, found: list[Group], place: Place) -> Panel:
    """A row a tier: bad events, how many of them chance would explain, and all events."""
    having = [(group, rank, tier) for group in found for rank, tier in enumerate(group.kind.tiers, 1)]
    columns = [("Bad", _bad), ("Alarm above", _critical), ("Of", _total)]
    if any(tier.evidence.min_events for _, _, tier in having):
        columns.append(("Needs", _least))
    queries = [_rows(scope, having, build) for _, build in columns]
    number = Heading("", "", 75, unit="locale", decimals=0, none="–")
    headings = [replace(number, field=value_of(at), name=name, width=max(number.width, 9 * len(name))) for at, (name, _) in enumerate(columns)]
    text = (
        "Is it real or chance? Bad events in the tier's long window against the count that chance explains at the tier's threshold: the tier can fire only "
        "above it. **Needs**: the events below which it never fires."
    )
    reads = each([series(tier.long) for _, _, tier in having for series in (names.bad_sum, names.total_sum)] + [names.OBJECTIVE])
    table = Table((Heading(_ROW, "Tier", least=110), *headings), (("Tier", False),), _ROW)
    return Panel(
        "table", "Evidence by tier", f"{text} Reads {reads}.", place, tuple(queries), none="The chosen SLO has no tiers, or there is no data", table=table
    )


def _rows(scope: Scope, having: list[tuple[Group, int, Tier]], build: Callable[[Scope, Group, Tier], str]) -> Query:
    """A series a tier and value; what several groups share is asked once."""
    parts: dict[tuple[str, str], list[Group]] = {}
    for group, rank, tier in having:
        parts.setdefault((f"{rank} {tier.name}, {tier.long}", build(scope, group, tier)), []).append(group)
    named = [f'label_replace({only(scope, of, expr)}, "slo_tier", {names.quoted(name)}, "", "")' for (name, expr), of in parts.items()]
    labels, joined = ", ".join(names.quoted(label) for label in ("slo_tier", *scope.by)), "\nor ".join(named)
    return Query(f'max by ({_ROW}) (label_join(\n{joined}\n, "{_ROW}", " ", {labels}))', "")


def _bad(scope: Scope, _group: Group, tier: Tier) -> str:
    return scope.series(names.bad_sum(tier.long))


def _total(scope: Scope, _group: Group, tier: Tier) -> str:
    return scope.series(names.total_sum(tier.long))


def _least(scope: Scope, _group: Group, tier: Tier) -> str:
    return f"0 * {scope.series(names.total_sum(tier.long))} + {tier.evidence.min_events}"


def _critical(scope: Scope, group: Group, tier: Tier) -> str:
    """The bad events that a tier must pass: its share of all of them, and what chance explains, as its rule has it."""
    share, first, total = share_of(scope, tier), _total(scope, group, tier), scope.beside(names.total_sum(tier.long))
    enough = f"{share} * {first}"
    if group.kind.is_counted:
        tested = f"(1 - {scope.beside(names.OBJECTIVE)})" if tier.evidence.against == "objective" else share
        z = six_digits(policy.z_of(tier.evidence.alpha))
        constant = f"clamp_min({six_digits((Decimal(z) ** 2 - 1) / 6)} * (1 - 2 * {tested}) + 0.5, 0)"
        chance = f"({tested} * {first} + {z} * sqrt({tested} * (1 - {tested}) * {total}) + {constant})"
        enough = f"({chance} > {enough} or {enough})" if tested != share else chance
    return f"clamp_min({enough}, {group.kind.slices - 1})" if group.kind.slices else enough
