"""Labels and annotations of the user's: which names may not be used, and whether their Go templates can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slo_compiler import names
from slo_compiler.build.entry import Entry, refuse
from slo_compiler.diagnostics import Report, Where, nearest

_FILLED = ("service", "slo", "slo_id", "category")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\$(?P<brace>\{)?(?P<name>\w+)(?(brace)\})", re.DOTALL)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def by_labels(entry: Entry | None, report: Report) -> tuple[str, ...]:
    """The labels that split an SLO, sorted; reserved ones are reported."""
    if entry is None:
        return ()
    listed = list(entry.entries())
    for place in listed:
        _refuse_reserved(place.data, place.where, report)
    return tuple(sorted(place.data for place in listed))


def labels(entry: Entry | None, report: Report) -> dict[str, Entry]:
    """Labels by name; reserved ones are reported."""
    found = dict(entry.items()) if entry else {}
    for name, place in found.items():
        check_label(name, place, report)
    return found


def check_label(name: str, entry: Entry, report: Report) -> None:
    """A label that alerts will carry."""
    _refuse_bad_name(name, entry, report)
    _refuse_reserved(name, entry.where.key(), report)
    check_template(entry, report)


def check_annotation(name: str, entry: Entry, report: Report) -> None:
    """An annotation that alerts will carry."""
    _refuse_bad_name(name, entry, report)
    check_template(entry, report)


def _refuse_bad_name(name: str, entry: Entry, report: Report) -> None:
    if not _LABEL.fullmatch(name):
        report.error("key/name", entry.where.key(), f"{name!r} must be a name of letters, digits and underscores", "rename the key")


def check_collisions(found: Mapping[str, Entry], by: tuple[str, ...], report: Report) -> None:
    """A label that equals one of `by` would kill every alert: two values for one name."""
    for name in by:
        if name in found:
            help = f"rename the label, or leave it out: alerts carry {name} of the split already"
            report.error("label/collision", found[name].where.key(), f"the label {name} is also a label of `by`", help)


def links(entry: Entry | None, report: Report) -> dict[str, Entry]:
    """URLs by name; what we would leave in them unfilled is reported."""
    found = dict(entry.items()) if entry else {}
    for place in found.values():
        check_template(place, report)
        for word in _PLACEHOLDER.finditer(place.data):
            if word["name"] and (word["name"] not in _FILLED or "{" in word[0]):
                near = nearest(word["name"], _FILLED)
                help = f"did you mean ${near}?" if near else f"known: {', '.join(f'${name}' for name in _FILLED)}; a dollar that is meant is %24"
                report.warning("links/placeholder", place.where.inside(*word.span()), f"nothing is filled in for {word[0]}", help)
    return found


def check_template(entry: Entry, report: Report) -> None:
    """Prometheus fills Go templates in labels and annotations of alerts, and refuses a whole file for one that it cannot read."""
    if "{{" not in entry.data and "}}" not in entry.data:
        return
    from slo_compiler import gotemplate  # noqa: PLC0415  # late: few texts are templates

    if problem := gotemplate.fault(entry.data):
        refuse(entry.where, problem, report)


def _refuse_reserved(name: str, where: Where, report: Report) -> None:
    if names.is_reserved(name):
        help = "severity, alertname, le, quantile, __* and slo* belong to Prometheus and to us; choose another name"
        report.error("label/reserved", where, f"the label {name} is reserved", help)
