"""Writes `docs/catalogue.md` from `examples/catalogue/`: each promise, its YAML, what is measured, and when it alerts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import dedent

from slo_compiler import compiler, names, portrait, wording
from slo_compiler.ir import AlertRule, ServiceRules
from slo_compiler.model import Check, Prometheus, Slo, Spending
from slo_compiler.portrait import Portrait
from slo_compiler.quantities import plain
from slo_compiler.simulate import Trigger

ROOT = Path(__file__).parents[1]
EXAMPLES, PAGE = ROOT / "examples", ROOT / "docs" / "catalogue.md"
THEMES = {
    "L": "Latency",
    "Q": "Quality",
    "C": "Cost",
    "A": "Availability",
    "P": "Alert policies",
    "X": "Ways to judge",
}
_ROW = re.compile(r"  # ((?:[A-Z]\d+)(?:, [A-Z]\d+)*): (.+)")
_KEY = re.compile(r"(service|defaults): (.+)")
_NAME = re.compile(r"  - name: (\S+)")
_HEAD = """\
# Catalogue: promises that people make for services on language models

{count} rows, each a promise, its SLO, what is measured, and when it alerts. The SLOs are files in [`examples/catalogue/`](../examples/catalogue); \
copy what you need, and tighten the numbers. Names, labels and buckets of metrics are those of real servers where one tells what the row is about; \
else the row says that the metric is yours to emit. `make golden` writes this page from the files and from what the compiler knows of them.

How to read an alert such as *page: more than 6% bad over 6h and 30m; after 24m if all are bad*: the tier `page` fires when both windows have more bad \
events than that, and those of the long one are more than chance explains; if from now on every event is bad, that is so after 24 minutes, at 1,000 \
events an hour (`expected_rate` says another number; of time, each minute is an event). *exhausted* means that the budget is spent, *no-data* that the \
metric is gone, *dimension-lost* that one value of `by` fell silent, *blind* that the SLO cannot be judged: see \
[alerting and policies](language.md#alerting-and-policies-entries-of-slos).
"""

Promise = Slo | Spending | Check


@dataclass(slots=True)
class Row:
    """A row of the catalogue as a file has it; `slos` are names and lines of its entries."""

    ids: tuple[str, ...]
    promise: str
    file: Path
    service: str
    defaults: str
    note: list[str] = field(default_factory=list)
    slos: dict[str, list[str]] = field(default_factory=dict)


def rows() -> list[Row]:
    """All rows of all files, in the order of their first ids."""
    found = [row for path in sorted(EXAMPLES.glob("catalogue/*.yaml")) for row in _rows_of(path)]
    return sorted(found, key=lambda row: _place(row.ids[0]))


def _place(id: str) -> tuple[int, int]:
    return list(THEMES).index(id[0]), int(id[1:])


def _rows_of(path: Path) -> Iterator[Row]:
    head: dict[str, str] = {}
    row: Row | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if key := _KEY.fullmatch(line):
            head[key[1]] = key[2]
        elif line == "---":
            head = {}
        elif begins := _ROW.fullmatch(line):
            row = Row(tuple(begins[1].split(", ")), begins[2], path, head["service"], head.get("defaults", ""))
            yield row
        elif row:
            _add(row, line)


def _add(row: Row, line: str) -> None:
    if name := _NAME.match(line):
        row.slos[name[1]] = [line]
    elif row.slos and line.startswith("    "):
        row.slos[list(row.slos)[-1]].append(line)
    elif line.startswith("  # "):
        row.note.append(line.removeprefix("  # "))


# --- what the compiler knows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """A promise with its rules; a portrait where it is a share of good events."""

    promise: Promise
    service: ServiceRules
    portrait: Portrait | None

    @property
    def alerts(self) -> list[AlertRule]:
        """Its alerts."""
        rules = (rule for group in self.service.groups for rule in group.rules if isinstance(rule, AlertRule))
        return [rule for rule in rules if rule.labels["slo_id"] == self.promise.id]


@cache
def known() -> dict[str, Known]:
    """All promises of the examples by `service/name`."""
    run = compiler.open_project(EXAMPLES / "slo-compiler.yaml", "slo-compiler.yaml")
    compiler.validate(run, [str(EXAMPLES)])
    assert run.spec
    assert not run.report.findings, [finding.message for finding in run.report.findings]
    services = {service.service: service for service in compiler.rules(run).services}
    return {f"{one.service}/{one.name}": _known(one, services[one.service], run.spec.prometheus) for one in run.spec.promises}


def _known(promise: Promise, service: ServiceRules, prometheus: Prometheus) -> Known:
    drawn = portrait.of_slo(promise, service, prometheus, rate=None, series=1, values=1) if isinstance(promise, Slo) else None
    return Known(promise, service, drawn)


# --- the page ----------------------------------------------------------------------------------------------------------------------


def page() -> str:
    """The whole page."""
    found = rows()
    by_id = {id: row for row in found for id in row.ids}
    ids = sorted(by_id, key=_place)
    parts = [_HEAD.format(count=len(ids))]
    for letter, theme in THEMES.items():
        parts.append(f"**{theme}**\n\n" + "".join(f"- [{id}](#{id.lower()}) {_marked(by_id[id].promise)}\n" for id in ids if id[0] == letter))
    for letter, theme in THEMES.items():
        parts.append(f"## {theme}\n")
        parts += [_section(id, by_id[id]) for id in ids if id[0] == letter]
    return "\n".join(parts)


def _section(id: str, row: Row) -> str:
    title = f"### {id}\n\n**{_marked(row.promise)}**"
    if id != row.ids[0]:
        return f"{title} · the same SLO as [{row.ids[0]}](#{row.ids[0].lower()}).\n"
    note = f" · {' '.join(row.note)}" if row.note else ""
    defaults = f" and `defaults: {row.defaults}`" if row.defaults else ""
    place = f"In [`{row.file.name}`](../{row.file.relative_to(ROOT).as_posix()}), `service: {row.service}`{defaults}:"
    code = "\n".join(line for lines in row.slos.values() for line in lines)
    promises = [known()[f"{row.service}/{name}"] for name in row.slos]
    measured = "".join(_measured(one) for one in promises)
    return f"{title}{note}\n\n{place}\n\n```yaml\n{dedent(code)}\n```\n\n{measured}\n{_alerts(promises)}"


def _marked(text: str) -> str:
    """Plain text as Markdown: `<` and `*` are no marks."""
    return text.replace("<", "&lt;").replace("*", r"\*")


def _measured(one: Known) -> str:
    promise = one.promise
    text = f"- `{promise.name}` measures {wording.measured(promise)}"
    if promise.by:
        text += f", each {' and '.join(f'`{label}`' for label in promise.by)} by itself"
    if isinstance(promise, Slo):
        return f"{text}. Promised: {_promised(promise)}.\n"
    if isinstance(promise, Spending):
        return f"{text}. Promised: {_amounts(promise)}.\n"
    return f"{text}.\n"


def _promised(slo: Slo) -> str:
    others = {cell.objective: cell for cell in slo.cells if cell.objective != slo.objective}
    parts = [f"{slo.objective} over {_span(slo)}", *(f"{cell.objective} for {cell.name}" for cell in others.values())]
    if slo.sla:
        parts.append(f"to the outside {slo.sla.objective} over {slo.sla.window}")
    if slo.sampled:
        parts.append("judged from a sample")
    if slo.only:
        parts.append(f"only {', '.join(hours.text for hours in slo.only)}")
    if slo.exclude:
        parts.append("maintenance left out")
    if not slo.budgeted:
        parts.append("without a budget")
    return ", ".join(parts)


def _amounts(spend: Spending) -> str:
    amounts = []
    for matchers, limit in spend.limits:
        who = ", ".join(value for _, op, value in matchers if op == "=")
        amounts.append(f"at most {plain(limit)} {spend.unit} {f'for {who}' if who else f'in {_span(spend)}'}")
    return ", ".join(reversed(amounts))


def _span(promise: Promise) -> str:
    return f"a calendar {promise.span} ({promise.calendar.zone.name})" if promise.calendar else str(promise.window)


def _alerts(promises: Iterable[Known]) -> str:
    """The alerts of a row; what several SLOs have in common is told once."""
    texts: dict[str, list[str]] = {}
    for one in promises:
        texts.setdefault("\n".join(_fires(one)), []).append(f"`{one.promise.name}`")
    return "".join(f"{', '.join(those)} alert{'s' if len(those) == 1 else ''}:\n\n{text}\n\n" for text, those in texts.items()).rstrip("\n") + "\n"


def _fires(one: Known) -> Iterator[str]:
    promise = one.promise
    if one.portrait:
        for part in one.portrait.parts:
            yield from (_tier(trigger, " and ".join(part.values), one.portrait) for trigger in part.triggers)
    elif isinstance(promise, Check) and "check-failed" not in promise.alerting.disable:
        proof = f", {wording.proof(promise)}" if wording.proof(promise) else ""
        yield f"- check-failed (ticket): for 5m it is {wording.too_far(promise)}{proof}"
    elif isinstance(promise, Spending):
        yield "- ticket: for an hour, the last 24 hours cost more than 1.5 times an even share of the amount"
    others = [_named(rule) for rule in one.alerts if rule.alert in _CALLED]
    if others:
        yield f"- and {', '.join(others)}"


def _tier(trigger: Trigger, values: str, drawn: Portrait) -> str:
    tier = trigger.tier
    does = ", ".join(word for word in (tier.severity if tier.severity != tier.name else "", f"action {tier.action}" if tier.action else "") if word)
    who = f"{tier.name}{f' ({does})' if does else ''}{f' for {values}' if values else ''}"
    windows = f"{tier.long} and {tier.short}" if tier.short else f"{tier.long}"
    least = f", from {tier.evidence.min_events} events on" if tier.evidence.min_events else ""
    seconds = trigger.seconds_to_fire(1.0, drawn.rate)
    outage = f"; after {_time(seconds)} if all are bad" if seconds is not None else "; never at this traffic"
    return f"- {who}: more than {_percent(trigger.share)} bad over {windows}{least}{outage}"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"


def _time(seconds: float) -> str:
    """A time in one or two units, never below the minute between two evaluations."""
    minutes = max(1, round(seconds / 60))
    units = [("d", minutes // 1440), ("h", minutes // 60 % 24), ("m", minutes % 60)]
    return " ".join(f"{count}{unit}" for unit, count in units if count)


def _named(rule: AlertRule) -> str:
    severity = rule.labels["severity"]
    action = f", action {rule.labels['slo_action']}" if "slo_action" in rule.labels else ""
    return f"{_CALLED[rule.alert]} ({severity}{action})"


_CALLED = {names.EXHAUSTED: "exhausted", names.NO_DATA: "no-data", names.DIMENSION_LOST: "dimension-lost", names.BLIND: "blind"}
