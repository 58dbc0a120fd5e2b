"""Which burn-rate tiers silence which: never the more urgent, never against another policy's order."""

from __future__ import annotations

from typing import Any

import pytest

from slo_compiler.ir import Inhibition
from slo_compiler.lower import lower
from slo_compiler.lower.routing import routing
from slo_compiler.templating import Templates
from tests.unit.given import built, file, promise, settings


def tier(name: str, severity: str, burn: float) -> dict[str, Any]:
    return {"name": name, "severity": severity, "long": "6h", "short": "30m", "burn": burn}


def slo(name: str, *tiers: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return promise(name=name, alerting={"policy": {"tiers": list(tiers)}}, **keys)


def silenced(*slos: dict[str, Any]) -> dict[tuple[str, tuple[str, ...]], set[str]]:
    """What each tier silences, by the split of its SLOs."""
    this = built(file(*slos))
    assert this.report.ok, this.report.findings
    found = routing(this.spec, lower(this.spec, Templates()).services).inhibitions
    assert all(isinstance(one, Inhibition) for one in found)
    return {(one.tier, one.by): set(one.weaker) for one in found}


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        ("standard", ["rollback", "page", "ticket", "digest"]),
        ("low-objective", ["rollback", "page", "ticket", "digest"]),
        ("sre-workbook", ["page-fast", "page-slow", "ticket-fast", "ticket-slow"]),
        ("two-tier", ["page", "ticket"]),
        ("warning-critical", ["critical", "warning"]),
        ("none", []),
    ],
)
def test_every_policy_has_an_order(policy: str, order: list[str]) -> None:
    expected = {(one, ()): set(order[place + 1 :]) for place, one in enumerate(order[:-1])}
    assert silenced(promise(alerting={"policy": policy}, window="30d", objective="88%" if policy == "low-objective" else "99.9%")) == expected


def test_the_order_of_a_file_does_not_matter() -> None:
    assert silenced(slo("a", tier("slow", "page", 2), tier("fast", "page", 10))) == {("fast", ()): {"slow"}}


def test_a_faster_ticket_silences_no_page() -> None:
    assert silenced(slo("a", tier("early", "ticket", 10), tier("late", "page", 2))) == {}


@pytest.mark.parametrize(("first", "second", "silences"), [("sev1", "sev1", True), ("sev1", "sev2", False), ("page", "sev2", False), ("sev1", "digest", False)])
def test_words_of_ones_own_are_compared_with_themselves_alone(first: str, second: str, *, silences: bool) -> None:
    assert bool(silenced(slo("a", tier("fast", first, 10), tier("slow", second, 2)))) == silences


def test_where_policies_disagree_nobody_is_silenced() -> None:
    one = slo("a", tier("x", "page", 10), tier("y", "page", 2), tier("z", "page", 1))
    assert silenced(one) == {("x", ()): {"y", "z"}, ("y", ()): {"z"}}
    other = slo("b", tier("x", "page", 2), tier("y", "page", 10))
    assert silenced(one, other) == silenced(other, one) == {("x", ()): {"z"}, ("y", ()): {"z"}}


def test_each_split_has_its_own_rules_for_the_tiers_that_it_has() -> None:
    found = silenced(slo("a", tier("x", "page", 10), tier("y", "page", 2), by=["model", "region"]), slo("b", tier("y", "page", 10), tier("z", "page", 2)))
    assert found == {("x", ("model", "region")): {"y"}, ("y", ()): {"z"}}


def test_severities_are_those_that_alerts_carry_most_urgent_first() -> None:
    project, report = settings("severities: {page: now, digest: later}\n")
    assert report.ok
    this = built(file(promise(window="30d"), slo("b", tier("x", "odd", 10))), project)
    assert routing(this.spec, lower(this.spec, Templates()).services).severities == ("now", "ticket", "later", "odd")
