"""Groups of few rules, where a ruler has such a limit: cut so that every number stays what it is in one group.

Rules that read each other in the same evaluation stay in one group, in order: clocks and the masks that read them; the counts of a few
SLOs and their own sums of them, which for this name their SLOs; the long windows, which join hours that are over with what came since.
What only reads finished sums, alerts, budgets and values, goes into groups that keep the rules of an SLO together: it may be one
evaluation late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from slo_compiler import names
from slo_compiler.ir import AlertRule, RecordingRule, Rule, RuleGroup, ServiceRules
from slo_compiler.lower import windows
from slo_compiler.lower.shapes import Shapes
from slo_compiler.model import Promise

Unit = list[Rule]  # rules that stay together


def limited(service: ServiceRules, promises: Sequence[Promise], shapes: Shapes, most: int) -> ServiceRules:
    """The same rules in groups of at most `most`; a group that cannot be cut stays larger."""
    found: list[RuleGroup] = []
    for group in service.groups:
        if len(group.rules) <= most:
            found.append(group)
        elif group.name == names.group(service.service, "fast"):
            found += _numbered(group, [*_counted(group.rules, service.service, promises, shapes, most), *_packed(_of_each(_alerts(group.rules)), most)])
        else:
            shared = [rule for rule in group.rules if not _subject(rule)]
            found += _numbered(group, [shared, *_packed(_of_each(rule for rule in group.rules if _subject(rule)), most)])
    return ServiceRules(service.service, tuple(found), service.sources)


def _counted(rules: Sequence[Rule], service: str, promises: Sequence[Promise], shapes: Shapes, most: int) -> Iterator[Unit]:
    """The counts of some SLOs each, with their sums; those that read clocks are with the clocks."""
    counts = [rule for rule in rules if isinstance(rule, RecordingRule)]
    sums = windows.short_sums(service, promises, shapes)
    shared = {rule.record for rule in sums}
    clocks: Unit = [rule for rule in counts if not _subject(rule) and rule.record not in shared]
    units = _of_each(rule for rule in counts if _subject(rule))
    masked = [unit for unit in units if any(isinstance(rule, RecordingRule) and rule.record == names.MASK for rule in unit)]
    first = [*clocks, *(rule for unit in masked for rule in unit)]
    together = _packed([*([first] if first else []), *(unit for unit in units if unit not in masked)], most - len(sums))
    if len(together) == 1:
        yield [*together[0], *sums]
        return
    for unit in together:
        ids, there = tuple(dict.fromkeys(filter(None, map(_subject, unit)))), {rule.record for rule in unit if isinstance(rule, RecordingRule)}
        own = windows.short_sums(service, promises, shapes, ids) if ids else []
        yield [*unit, *(rule for rule in own if rule.expr.partition("(")[2].partition("{")[0] in there)]


def _alerts(rules: Iterable[Rule]) -> Iterator[Rule]:
    return (rule for rule in rules if isinstance(rule, AlertRule))


def _subject(rule: Rule) -> str:
    """The id of the SLO that a rule belongs to; empty where it serves the whole service."""
    return rule.labels.get("slo_id", "")


def _of_each(rules: Iterable[Rule]) -> list[Unit]:
    """The rules of each SLO, in order."""
    found: dict[str, Unit] = {}
    for rule in rules:
        found.setdefault(_subject(rule), []).append(rule)
    return list(found.values())


def _packed(units: Iterable[Unit], most: int) -> list[Unit]:
    """As many units after one another into one as are at most `most` rules."""
    packed: list[Unit] = []
    for unit in units:
        if packed and len(packed[-1]) + len(unit) <= most:
            packed[-1] = [*packed[-1], *unit]
        else:
            packed.append(unit)
    return packed


def _numbered(group: RuleGroup, units: Iterable[Unit]) -> Iterator[RuleGroup]:
    for number, unit in enumerate((unit for unit in units if unit), start=1):
        yield RuleGroup(f"{group.name}-{number}", group.interval, tuple(unit))
