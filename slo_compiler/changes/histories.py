"""What becomes of recorded series: kept, cut because the identity is another one, or kept although they mean something else now."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.changes.measures import Promise, measure
from slo_compiler.changes.model import Effect, History, Sentence
from slo_compiler.ir import RecordingRule, ServiceRules
from slo_compiler.lower.hours import are_worth_it

KEPT = History("kept", "history kept")
BEGINS = History("begins", "history begins; `slo backfill` gives it the past that its raw series hold")
ENDS = History("ends", "its series end; what they recorded stays as long as Prometheus keeps it")


def history(old: Promise, new: Promise, rules: tuple[ServiceRules, ServiceRules]) -> History:
    """What becomes of the series of a promise that is in both states; `rules` are those of its service, before and now."""
    if old.id != new.id:
        return History("anew", f"history starts anew because {_reasons(old, new)} changed; `slo backfill` gives it the past that its raw series hold")
    if type(old) is not type(new) or measure(old) != measure(new):
        return History("mixed", _mixed(new))
    if not new.calendar and old.span != new.span and are_worth_it(new.window) and not _records_hours(rules[0]) and _records_hours(rules[1]):
        return History("kept", f"history kept, but its {new.window} fill from now on: nothing was written down by the hour before")
    return KEPT


def forgotten(*, has_budget: bool, had_alerts: bool) -> Sentence:
    """What another identity does to the alerts: one that fires now goes silent, and a budget that was spent is there again."""
    budget = "its budget is full again, and " if has_budget else ""
    text = f"{budget}the windows of its alerts begin empty" if had_alerts else f"{budget}it has no alerts"
    return Sentence("identity", f"{text}, because its identity is another one", Effect.WEAKER if had_alerts else Effect.OTHER)


def _reasons(old: Promise, new: Promise) -> str:
    """The parts of the identity that are others."""
    parts = [("its service", old.service != new.service), ("its name", old.name != new.name), ("`by`", set(old.by) != set(new.by))]
    found = [word for word, is_other in (*parts, ("`revision`", old.revision != new.revision)) if is_other]
    return " and ".join(found)


def _mixed(new: Promise) -> str:
    over = f"for up to {new.window}" if not new.calendar else f"until the {new.span} is over"
    return (
        f"history is kept under the same name, but means something else from now on: sums and alerts mix both {over}. "
        f"Say `revision: {new.revision + 1}` to begin anew"
    )


def _records_hours(rules: ServiceRules) -> bool:
    return any(isinstance(rule, RecordingRule) and rule.record == names.hour("total") for group in rules.groups for rule in group.rules)
