"""`slo explain`: the page of a finding, or an SLO in numbers: its budget, what fires each tier, what the rules cost."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from pathlib import Path

import typer

from slo_compiler import artifacts, compiler, portrait, resources, wording
from slo_compiler.commands._run import look, refuse, tell
from slo_compiler.compiler import Compilation
from slo_compiler.cost import Cost
from slo_compiler.diagnostics import nearest
from slo_compiler.model import Check, Matchers, Slo, Spending
from slo_compiler.portrait import RATES, SHARES, Account, Portrait
from slo_compiler.quantities import plain
from slo_compiler.simulate import Trigger

_FOLDER, _ENDING = "findings", ".md"
_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the compiler cannot know: events an hour, raw series a selector finds, values of the `by` labels."""

    rate: float | None
    series: int
    values: int


def ids() -> list[str]:
    """All finding ids, sorted."""
    return [name.removeprefix(f"{_FOLDER}/").removesuffix(_ENDING) for name in resources.template_names(_FOLDER)]


def run(what: str, paths: list[str], assumed: Assumed, style: str, plot: Path | None) -> None:
    """Print the page of a finding, or of an SLO among those of `paths` (default: the project's sources)."""
    if what in ids():
        typer.echo(resources.template_text(f"{_FOLDER}/{what}{_ENDING}"), nl=False)
        return
    this, sources = look(paths)
    if not sources and this.report.ok:
        raise _without_file(what)
    compiler.validate(this, sources)
    if not this.report.ok or this.spec is None:
        tell(this, "text")
        raise typer.Exit(this.report.exit_code())
    found = _drawn(what, this, assumed)
    if isinstance(found, Account):
        if plot:
            raise refuse(f"{what} has no burn-rate tiers to draw", "leave --plot out")
        typer.echo(json.dumps(portrait.account_as_data(found), indent=2, ensure_ascii=False) if style == "json" else _account(found))
        return
    if plot:
        _write_plot(plot, found)
    typer.echo(json.dumps(portrait.as_data(found), indent=2, ensure_ascii=False) if style == "json" else _page(found))


def _without_file(what: str) -> typer.Exit:
    near = nearest(what, ids(), likeness=0.75)
    if near or "/" not in what:
        return _unknown(what, [])
    return refuse(f"there is no finding {what!r}", f"an SLO needs its file: slo explain {what} FILE")


def _unknown(what: str, slos: list[str]) -> typer.Exit:
    near = nearest(what, [*ids(), *slos], likeness=0.4)
    known = "ids of findings stand in brackets, for example objective/range; an SLO is SERVICE/NAME, followed by its file"
    help = f"did you mean {near}?" if near else known
    return refuse(f"there is no finding and no SLO {what!r}", help)


def _drawn(what: str, this: Compilation, assumed: Assumed) -> Portrait | Account:
    spec = this.spec
    slo = next((one for one in spec.promises if what in {one.id, f"{one.service}/{one.name}"}), None) if spec else None
    if spec is None or slo is None:
        raise _unknown(what, [f"{one.service}/{one.name}" for one in spec.promises] if spec else [])
    bundle = compiler.rules(this)
    service = next(one for one in bundle.services if one.service == slo.service)
    if isinstance(slo, Spending | Check):
        return portrait.of_account(slo, service, spec.prometheus, series=assumed.series, values=assumed.values)
    return portrait.of_slo(slo, service, spec.prometheus, rate=assumed.rate, series=assumed.series, values=assumed.values)


def _write_plot(path: Path, found: Portrait) -> None:
    if str(path) == "-":
        raise refuse("a picture is not written to standard output", "name a file with --plot")
    from slo_compiler import plot  # noqa: PLC0415  # only where a picture is wanted

    try:
        artifacts.replace(path, plot.svg(found))
    except OSError as error:
        raise refuse(f"{path} cannot be written: {error.strerror}", "name a file in a folder that exists") from error


# --- the page --------------------------------------------------------------------------------------------------------------------


def _page(found: Portrait) -> str:
    slo = found.slo
    over = f"a calendar {slo.span}" if slo.calendar else str(slo.window)
    outside = f"; outside {slo.sla.objective} over {slo.sla.window}" if slo.sla else ""
    parts = [
        f"{slo.service}/{slo.name}: {slo.title} ({slo.category})",
        _row("measures", wording.measured(slo)),
        _row("promise", f"{slo.objective} of the events are good over {over}{outside}"),
        _row("budget", _budget(slo)) if slo.budgeted else _row("budget", "none: tracked and alerting only"),
        *(_row(f"  {name}", f"{cell.objective}") for name, cell, _ in found.parts if name and cell.objective != slo.objective),
        _row("policy", "none: no burn-rate alert" if slo.alerting.policy == "none" else f"{slo.alerting.policy}; {found.why}"),
        *(_row("", f"{tier} is absent: {why}") for tier, why in found.absent),
    ]
    for name, _, triggers in found.parts:
        if triggers:
            parts += ["", *_tiers(name, triggers, found)]
    cost = found.cost
    parts += [
        "",
        *(_row("reads" if not index else "", selector) for index, selector in enumerate(found.reads)),
        _row("writes", ", ".join(cost.writes)),
        _row("costs", _costs(cost)),
    ]
    return "\n".join(parts)


def _account(found: Account) -> str:
    """The page of money or of a check."""
    one, cost = found.promise, found.cost
    return "\n".join([
        f"{one.service}/{one.name}: {one.title} ({one.category})",
        _row("measures", wording.measured(one)),
        *(_money(one) if isinstance(one, Spending) else _judged(one)),
        _row("absent", ", ".join(sorted(one.alerting.disable)) or "no alert"),
        "",
        *(_row("reads" if not index else "", selector) for index, selector in enumerate(found.reads)),
        _row("writes", ", ".join(cost.writes)),
        _row("costs", _costs(cost)),
    ])  # fmt: skip


def _money(spend: Spending) -> list[str]:
    unit = f" {spend.unit}" if spend.unit else ""
    over = f"a calendar {spend.span}, {spend.calendar.zone.name}" if spend.calendar else str(spend.window)
    amounts = [(_values(matchers), f"at most {plain(limit)}{unit} in {over}") for matchers, limit in spend.limits]
    return [
        *(_row("promise" if not index else "", f"{text}{f' for {who}' if who else ''}") for index, (who, text) in enumerate(amounts)),
        _row("alerts", "ticket: for an hour, the last 24 hours cost more than 1.5 times an even share of it; exhausted: all of it is spent"),
    ]


def _judged(check: Check) -> list[str]:
    proof = f", {wording.proof(check)}" if wording.proof(check) else ""
    stale = f"; SLOBlind: no sample for {check.fresh}" if check.fresh else ""
    return [_row("alerts", f"check-failed: for 5m it is {wording.too_far(check)}{proof}{stale}")]


def _values(matchers: Matchers) -> str:
    return ", ".join(f"{label} {'not ' if op == '!=' else ''}{value}" for label, op, value in matchers)


def _costs(cost: Cost) -> str:
    return f"{cost.rules} rules of its own, {cost.shared} shared by its service; about {cost.samples:,} samples read an hour"


def _row(word: str, text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=f"{word:9} ", subsequent_indent=" " * 10, break_long_words=False, break_on_hyphens=False)


def _budget(slo: Slo) -> str:
    bad = slo.objective.budget
    events = plain(round(bad * 1_000_000))
    return f"{plain(bad * 100)}% may be bad: {int(events):,} of a million events, or all of them for {_span(float(slo.window.seconds * bad))}"


def _span(seconds: float) -> str:
    """A length of time in two units: 21m 36s, 3h 36m, 2d 12h."""
    rounded = round(seconds)
    units = [("d", rounded // 86400), ("h", rounded // 3600 % 24), ("m", rounded // 60 % 60), ("s", rounded % 60)]
    first = next((index for index, (_, count) in enumerate(units) if count), 3)
    return " ".join(f"{count}{unit}" for unit, count in units[first : first + 2] if count) or "0s"


def _tiers(name: str, triggers: tuple[Trigger, ...], found: Portrait) -> list[str]:
    who = f" of {name}" if name else ""
    lines = [f"tiers{who}, and the bad share that both windows must pass"]
    lines += [_tier(trigger) for trigger in triggers]
    lines += ["", "bad events in the long window that fire it, by events an hour"]
    lines += [_columns("", [_short(rate) for rate in RATES])]
    for trigger in triggers:
        lines.append(_columns(trigger.tier.name, [_count(trigger.critical(rate * trigger.hours)) for rate in RATES]))
    lines += ["", f"an incident fires it after (at {_short(found.rate)} events an hour); fewest events an hour"]
    lines += [_columns("", [f"{share:.0%} bad" for share in SHARES] + ["fewest"])]
    for trigger in triggers:
        after = [_after(trigger.seconds_to_fire(share, found.rate)) for share in SHARES]
        lines.append(_columns(trigger.tier.name, [*after, _rate(trigger.lowest_rate)]))
    return lines


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


def _rate(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def _after(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return _span(max(60.0, seconds))
