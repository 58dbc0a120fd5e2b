"""The page of an SLO that `slo explain` prints: the promise in words, and what fires its alerts in numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from slo_compiler import counted, names, wording
from slo_compiler.clock import WEEK
from slo_compiler.model import Check, Histogram, Slo, Spending, TimeSlices
from slo_compiler.portrait import RATES, SHARES, Account, Part, Portrait, Traces
from slo_compiler.quantities import plain
from slo_compiler.simulate import Trigger

_WIDTH = 80
_FEW = 3  # values that are named one by one


def page(found: Portrait) -> str:
    """The page of a promise of a share of good events."""
    slo = found.slo
    over = wording.promised_over(slo)
    outside = f"; outside {slo.sla.objective} over {slo.sla.window}" if slo.sla else ""
    parts = [
        f"{slo.full_name}: {slo.title} ({slo.category})",
        row("measures", wording.measured(slo)),
        row("promise", f"{slo.objective} of the {'slices' if isinstance(slo.sli, TimeSlices) else 'events'} are good over {over}{outside}"),
        *_split(slo),
        *rows("budget", [_budget(part, slo) for part in found.parts] if slo.budgeted else ["none: tracked and alerting only"]),
        row("policy", "none: no burn-rate alert" if slo.alerting.policy == "none" else f"{slo.alerting.policy}; {found.why}"),
        *(row("", f"{tier} is absent: {why}") for tier, why in found.absent),
    ]
    for part in found.parts:
        if part.triggers:
            parts += ["", *_tiers(part, found)]
    return "\n".join([*parts, "", *rows("alerts", _alerts(found.traces)), *_traces(found.traces)])


def account_page(found: Account) -> str:
    """The page of money or of a check."""
    one = found.promise
    lines = [
        f"{one.full_name}: {one.title} ({one.category})",
        row("measures", wording.measured(one)),
        *(_money(one) if isinstance(one, Spending) else ()),
        *([row("split", _by(one.by))] if one.by else []),
        *rows("alerts", _own_alerts(one, found.traces)),
        row("absent", ", ".join(sorted(one.alerting.disable)) or "no alert"),
    ]
    return "\n".join([*lines, "", *_traces(found.traces)])


# --- the promise -----------------------------------------------------------------------------------------------------------------


def _by(labels: tuple[str, ...]) -> str:
    return f"by {', '.join(labels)}: each value has series and alerts of its own"


def _split(slo: Slo) -> Iterator[str]:
    """The labels that split an SLO, and the numbers of single values beside those of all others."""
    if not slo.by:
        return
    yield row("split", f"by {', '.join(slo.by)}: each value has {'a budget' if slo.budgeted else 'series'} and alerts of its own")
    own = [cell for cell in slo.cells if cell.name]
    rest = next(cell for cell in slo.cells if not cell.name)
    key = "at most" if isinstance(slo.sli, Histogram | TimeSlices) and slo.sli.at_most else "at least"
    for cell in (*own, rest) if own else ():
        numbers = [str(cell.objective)] if any(one.objective != slo.objective for one in own) else []
        if cell.limit and any(one.limit != rest.limit for one in own):
            numbers.append(f"{key} {cell.limit.text}")
        yield row("", f"{cell.name or 'all others'}: {', '.join(numbers) or 'as all others'}")


def _money(spend: Spending) -> list[str]:
    amounts = [(who, f"at most {limit} in {wording.promised_over(spend)}") for who, limit in wording.limited(spend)]
    return [row("promise" if not index else "", f"{text}{f' for {who}' if who else ''}") for index, (who, text) in enumerate(amounts)]


def _own_alerts(one: Spending | Check, traces: Traces) -> list[str]:
    """The alerts that are there, and what makes them fire where only this promise tells."""
    told = {names.BURN: "for an hour, the last 24 hours cost more than 1.5 times an even share of it", names.EXHAUSTED: "all of it is spent"}
    if isinstance(one, Check):
        proof = wording.proof(one)
        told = {names.CHECK_FAILED: f"for 5m it is {wording.too_far(one)}{f', {proof}' if proof else ''}"}
        told |= {names.BLIND: f"no sample for {one.fresh}"} if one.fresh else {}
    tiers = dict(traces.alerts)
    named = [f"{alert}{f' ({tiers[alert]})' if tiers[alert] else ''}: {why}" for alert, why in told.items() if alert in tiers]
    others = [alert for alert, _ in traces.alerts if alert not in told]
    return [*named, *([", ".join(others)] if others else [])] or ["none"]


# --- what the rules read and write -------------------------------------------------------------------------------------------------


def _alerts(traces: Traces) -> list[str]:
    tiers: dict[str, list[str]] = {}
    for alert, tier in traces.alerts:
        tiers.setdefault(alert, []).extend([tier] if tier else [])
    return [", ".join(f"{alert} ({', '.join(found)})" if found else alert for alert, found in tiers.items()) or "none"]


def _traces(traces: Traces) -> list[str]:
    cost = traces.cost
    costs = f"{cost.rules} rules of its own, {cost.shared} shared by its service; about {cost.samples:,} samples read an hour"
    return [*rows("reads", traces.reads), row("writes", ", ".join(traces.records)), row("costs", costs)]


def rows(word: str, texts: Sequence[str]) -> list[str]:
    """Several texts under one word."""
    return [row(word if not index else "", text) for index, text in enumerate(texts)]


def row(word: str, text: str) -> str:
    """A text beside a word, broken to the width of a page."""
    return textwrap.fill(text, _WIDTH, initial_indent=f"{word:9} ", subsequent_indent=" " * 10, break_long_words=False, break_on_hyphens=False)


def _budget(part: Part, slo: Slo) -> str:
    bad = part.objective.budget
    who = f"{_named(part.values)}: " if part.values else ""
    events = plain(round(bad * 1_000_000))
    share = counted.of_week(slo)
    masked = f" of the {plain(round(WEEK * share / 3600, 1))} hours a week that count" if share < 1 else ""
    return f"{who}{plain(bad * 100)}% may be bad: {int(events):,} of a million events, or all of them for {wording.span(counted.all_bad_for(slo, bad))}{masked}"


def _named(values: tuple[str, ...]) -> str:
    """Values one by one as long as they are few; those of several labels hold commas themselves."""
    return " and ".join(values) if len(values) <= _FEW else f"{values[0]} and {len(values) - 1} more"


# --- numbers -----------------------------------------------------------------------------------------------------------------------


def _tiers(part: Part, found: Portrait) -> list[str]:
    triggers = part.triggers
    heading = f"tiers{_whose(part, found)}, and the bad share that both windows must pass"
    lines = [textwrap.fill(heading, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)]
    lines += [_tier(trigger) for trigger in triggers]
    lines += ["", "bad events in the long window that fire it, by events an hour"]
    lines += [_columns("", [_short(rate) for rate in RATES])]
    for trigger in triggers:
        lines.append(_columns(trigger.tier.name, [_count(trigger.critical(rate * trigger.hours)) for rate in RATES]))
    lines += ["", f"an incident fires it after (at {_short(found.rate)} events an hour); fewest events an hour"]
    lines += [_columns("", [f"{share:.0%} bad" for share in SHARES] + ["fewest"])]
    for trigger in triggers:
        after = [_after(trigger.seconds_to_fire(share, found.rate)) for share in SHARES]
        lines.append(_columns(trigger.tier.name, [*after, wording.amount(trigger.lowest_rate)]))
    return lines


def _whose(part: Part, found: Portrait) -> str:
    """Which values the numbers are for, where not all have the same."""
    if part.values:
        return f" of {_named(part.values)} ({part.objective})"
    others = tuple(value for one in found.parts for value in one.values)
    return f" of all values but {_named(others)} ({part.objective})" if others else ""


def _tier(trigger: Trigger) -> str:
    tier = trigger.tier
    windows = f"{tier.long} and {tier.short}" if tier.short else f"{tier.long}"
    factor = f"burn {plain(tier.burn)}" if tier.burn is not None else f"odds {plain(tier.odds or 1)}"
    least = f", from {tier.evidence.min_events} events on" if tier.evidence.min_events else ""
    action = f" ({tier.action})" if tier.action else ""
    return f"  {tier.name:12}{windows:13}{_percent(trigger.share):>9}  {factor:10} {tier.severity}{action}{least}"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"


def _columns(word: str, cells: list[str]) -> str:
    width = 11 if len(cells) > 4 else 15
    return f"  {word:12}" + "".join(f"{cell:>{width}}" for cell in cells).rstrip()


def _count(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _short(number: float) -> str:
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.3g}{sign}"
    return f"{number:.3g}"


def _after(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return wording.span(max(60.0, seconds))
