"""What is there beside what shall be: which steps, in which order, and what forbids them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import yaml

from slo_compiler.build import Project
from slo_compiler.ir import AlertRule, RecordingRule, Rule, RuleGroup
from slo_compiler.lower import lower
from slo_compiler.model import Mimir
from slo_compiler.push import Kind, Plan, plan
from slo_compiler.quantities import Duration
from slo_compiler.source import plain
from slo_compiler.targets import Job, pushed
from slo_compiler.targets.mimir import Sent
from slo_compiler.templating import Templates
from tests.unit.given import built, file, promise

MINUTE = Duration(Decimal(60))
TENANT = Mimir()


def sent(text: str = file(), most: int = 20) -> list[Sent]:
    """The groups of a file, as they are sent."""
    what = built(text, Project())
    assert what.report.ok, what.report.findings
    return pushed(lower(what.spec, Templates(), most), Job(), None)


def held(groups: list[Sent]) -> dict[str, list[dict[str, Any]]]:
    """A ruler that took them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in groups:
        found.setdefault(one.namespace, []).append(plain(one.text.encode()))
    return found


def made(name: str, *rules: Rule, namespace: str = "slo-shop") -> Sent:
    """A group of given rules."""
    text = yaml.safe_dump(
        {
            "name": name,
            "interval": "1m",
            "rules": [{"record": rule.record, "expr": rule.expr, "labels": dict(rule.labels)} for rule in rules if isinstance(rule, RecordingRule)],
        }
    )
    return Sent(namespace, RuleGroup(name, MINUTE, rules), text)


def delta(slo: str) -> RecordingRule:
    return RecordingRule("slo:total:delta", "up", {"slo_id": f"shop/{slo}", "slo": slo, "slo_service": "shop"})


def kinds(what: Plan) -> list[tuple[str, str]]:
    return [(step.kind.value, step.name[1]) for step in what.steps]


def order(what: Plan) -> list[list[tuple[str, str]]]:
    """The strands of all rounds, one after the other."""
    return [[(step.kind.value, step.name[1]) for step in strand] for strands in what.rounds for strand in strands]


def test_what_is_not_there_is_created() -> None:
    what = plan({}, sent(), TENANT, prune=False)
    assert kinds(what) == [("create", "slo-shop-fast"), ("create", "slo-shop-hours"), ("create", "slo-shop-slow")]
    assert what.conflicts == ()


def test_what_is_there_is_left_alone() -> None:
    groups = sent()
    what = plan(held(groups), groups, TENANT, prune=True)
    assert what.rounds == ()
    assert len(what.unchanged) == len(groups)


SPELLINGS: dict[str, Any] = {
    "interval": lambda group: group.update(interval="60s"),
    "sum of lengths": lambda group: group.update(interval="0h1m0s"),
    "defaults": lambda group: group.update(limit=0, source_tenants=[], query_offset="0s", labels={}),
    "expression": lambda group: group["rules"][0].update(expr=group["rules"][0]["expr"].replace("\n", "  \n").replace(" offset 10s", " offset 10000ms")),
    "for of nothing": lambda group: group["rules"][0].update({"for": "0s"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_is_no_difference(name: str) -> None:
    groups = sent(most=1000)
    there = held(groups)
    SPELLINGS[name](there["slo-shop"][0])
    assert plan(there, groups, TENANT, prune=False).rounds == ()


DIFFERENCES: dict[str, Any] = {
    "interval": lambda group: group.update(interval="2m"),
    "no interval": lambda group: group.pop("interval"),
    "limit": lambda group: group.update(limit=5),
    "offset": lambda group: group.update(query_offset="1m"),
    "labels": lambda group: group.update(labels={"a": "b"}),
    "expression": lambda group: group["rules"][0].update(expr="vector(1)"),
    "no text": lambda group: group["rules"][0].update(expr="((("),
    "label": lambda group: group["rules"][0]["labels"].update(more="x"),
    "name": lambda group: group["rules"][0].update(record="slo:other"),
    "order": lambda group: group["rules"].reverse(),
    "a rule less": lambda group: group["rules"].pop(),
    "no rules": lambda group: group.pop("rules") and group.update(rules=[{"record": "slo:x", "expr": "1"}]),
    "for": lambda group: _alert(group).update({"for": "17m"}),
    "keep_firing_for": lambda group: _alert(group).update(keep_firing_for="17m"),
    "annotation": lambda group: _alert(group)["annotations"].update(summary="x"),
    "no length": lambda group: _alert(group).update({"for": "soon"}),
}


def _alert(group: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(rule for rule in group["rules"] if "alert" in rule)
    return found


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_means_something_else_is_replaced(name: str) -> None:
    groups = sent(most=1000)
    there = held(groups)
    DIFFERENCES[name](there["slo-shop"][0])
    assert kinds(plan(there, groups, TENANT, prune=False)) == [("replace", "slo-shop-fast")]


def test_what_is_replaced_can_be_put_back() -> None:
    groups = sent(most=1000)
    there = held(groups)
    there["slo-shop"][0]["rules"][0]["labels"] = {"odd": "é\u2028\x7f\\\"'\n🙂", "number": "1.5", "slo": "yes"}
    there["slo-shop"][0]["limit"] = 7
    (step,) = plan(there, groups, TENANT, prune=False).steps
    assert yaml.safe_load(step.before) == there["slo-shop"][0] == plain(step.before.encode())


# --- whose a group is ---------------------------------------------------------------------------------------------------------------


BY_HAND = {"name": "by-hand", "rules": [{"record": "job:up:sum", "expr": "sum(up)"}]}
OURS = {
    "name": "slo-old-fast",
    "interval": "1m",
    "rules": [
        {"record": "slo:total:delta", "expr": "up", "labels": {"slo_id": "old/x"}},
        {"record": "slo:total:sum5m", "expr": "up"},
        {"alert": "SLOBudgetBurn", "expr": "up", "labels": {"slo_id": "old/x"}},
    ],
}


def test_what_is_made_no_longer_goes_only_if_that_is_asked_for() -> None:
    groups = sent()
    there = held(groups) | {"slo-old": [OURS]}
    assert plan(there, groups, TENANT, prune=False).left == (("slo-old", "slo-old-fast"),)
    pruned = plan(there, groups, TENANT, prune=True)
    assert (kinds(pruned), pruned.left) == ([("delete", "slo-old-fast")], ())


OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "by hand, beside ours": ("slo-shop", BY_HAND),
    "by hand, in a namespace like ours": ("slo-old", BY_HAND),
    "ours, and a rule by hand": ("slo-old", {**OURS, "rules": [*OURS["rules"], {"record": "mine", "expr": "1"}]}),
    "an alert by hand, under a name of ours": ("slo-old", {**OURS, "rules": [{"alert": "Mine", "expr": "up == 0", "labels": {"severity": "page"}}]}),
    "our rules, under another name": ("slo-shop", {**OURS, "name": "copy"}),
    "no rules": ("slo-shop", {"name": "slo-shop-fast-9", "rules": []}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_others_wrote_stays_and_is_told(name: str) -> None:
    groups = sent()
    namespace, group = OTHERS[name]
    there = held(groups)
    there.setdefault(namespace, []).append(group)
    what = plan(there, groups, TENANT, prune=True)
    assert (what.rounds, what.left, what.conflicts) == ((), (), ())
    assert what.foreign == ((namespace, group["name"]),)


@pytest.mark.parametrize("namespace", ["slo-team-old", "team-old", "team", "slos", "rules"])
def test_a_project_with_another_prefix_is_none_of_our_business(namespace: str) -> None:
    groups = sent()
    what = plan(held(groups) | {namespace: [OURS]}, groups, TENANT, prune=True)
    assert (what.rounds, what.left, what.foreign, what.conflicts) == ((), (), (), ())


def test_a_group_of_others_is_never_replaced() -> None:
    groups = sent()
    there = {"slo-shop": [{**BY_HAND, "name": "slo-shop-hours"}]}
    (conflict,) = plan(there, groups, TENANT, prune=True).conflicts
    assert conflict.message == "slo-shop/slo-shop-hours holds rules that are none of ours, and would be replaced"


def test_a_rule_by_hand_among_ours_is_never_thrown_away() -> None:
    groups = sent(most=1000)
    there = held(groups)
    there["slo-shop"][0]["rules"].append({"record": "mine", "expr": "1"})
    (conflict,) = plan(there, groups, TENANT, prune=True).conflicts
    assert conflict.message == "slo-shop/slo-shop-fast holds rules that are none of ours, and would be replaced"
    assert conflict.help.startswith("move those rules into a group of their own")


def test_a_group_of_ours_that_was_edited_is_put_right() -> None:
    groups = sent(most=1000)
    there = held(groups)
    there["slo-shop"][0]["rules"].pop()
    what = plan(there, groups, TENANT, prune=True)
    assert (kinds(what), what.conflicts) == ([("replace", "slo-shop-fast")], ())


def test_nobody_else_may_write_our_series() -> None:
    groups = sent()
    copy = {"name": "copy", "rules": [rule for rule in held(groups)["slo-shop"][0]["rules"] if "record" in rule]}
    (conflict,) = plan(held(groups) | {"elsewhere": [copy]}, groups, TENANT, prune=True).conflicts
    assert conflict.message == "elsewhere/copy writes the series of shop/success, too, under another name: events would count twice"
    assert conflict.help.startswith("take it out of there")


def test_what_an_earlier_prefix_left_must_go() -> None:
    """All groups of it, but nothing of services that may be another project's."""
    groups, acme = sent(), replace(TENANT, namespace="acme")
    there = held(groups) | {"slo-old": [OURS]}
    after = [replace(one, namespace="acme-shop") for one in groups]
    (conflict,) = plan(there, after, acme, prune=True).conflicts
    assert conflict.message == "slo-shop/slo-shop-fast writes the series of shop/success, too, under another name: events would count twice"
    assert conflict.help.startswith("if slo was the prefix of this project, --prune-prefix slo deletes what it left; if not, ")
    what = plan(there, after, acme, prune=False, moved="slo")
    assert what.conflicts == ()
    assert [(step.kind.value, "/".join(step.name)) for step in what.steps] == [
        *(("create", f"acme-shop/slo-shop-{pace}") for pace in ("fast", "hours", "slow")),
        *(("delete", f"slo-shop/slo-shop-{pace}") for pace in ("fast", "hours", "slow")),
    ]
    assert order(what)[0] == [("create", "slo-shop-fast"), ("delete", "slo-shop-fast")], "never without rules"
    assert plan(there, groups, TENANT, prune=False, moved="slo").steps == [], "the prefix that it has"


# --- order --------------------------------------------------------------------------------------------------------------------------


def test_a_series_is_taken_on_before_it_is_given_up() -> None:
    before = [made("slo-shop-fast-1", delta("a"), delta("b")), made("slo-shop-fast-2", delta("c"))]
    after = [made("slo-shop-fast-1", delta("a")), made("slo-shop-fast-2", delta("b")), made("slo-shop-fast-3", delta("c"))]
    what = plan(held(before), after, TENANT, prune=False)
    assert order(what) == [[("create", "slo-shop-fast-3"), ("replace", "slo-shop-fast-2"), ("replace", "slo-shop-fast-1")]]


def test_groups_that_go_go_after_those_that_take_over() -> None:
    before = [made("slo-shop-fast-1", delta("a")), made("slo-shop-fast-2", delta("b"))]
    what = plan(held(before), [made("slo-shop-fast", delta("a"), delta("b"))], TENANT, prune=True)
    assert order(what) == [[("create", "slo-shop-fast"), ("delete", "slo-shop-fast-1"), ("delete", "slo-shop-fast-2")]]


def test_groups_that_exchange_series_have_some_order() -> None:
    before = [made("slo-shop-fast-1", delta("a")), made("slo-shop-fast-2", delta("b"))]
    after = [made("slo-shop-fast-1", delta("b")), made("slo-shop-fast-2", delta("a"))]
    assert order(plan(held(before), after, TENANT, prune=True)) == [[("replace", "slo-shop-fast-1"), ("replace", "slo-shop-fast-2")]]


def test_what_has_nothing_to_do_with_each_other_need_not_wait() -> None:
    after = [made("slo-shop-fast-1", delta("a")), made("slo-shop-fast-2", delta("b"))]
    assert order(plan({}, after, TENANT, prune=True)) == [[("create", "slo-shop-fast-1")], [("create", "slo-shop-fast-2")]]


def test_series_are_never_left_to_two_groups() -> None:
    before = [made("slo-shop-fast-1", delta("a")), made("slo-shop-fast-2", delta("b"))]
    what = plan(held(before), [made("slo-shop-fast", delta("a"), delta("b"))], TENANT, prune=False)
    (conflict,) = what.conflicts
    assert (
        conflict.message
        == "slo-shop/slo-shop-fast-1, slo-shop/slo-shop-fast-2, left over, write series that other groups write from now on: events would count twice"
    )
    assert conflict.help == "delete them with --prune"


# --- room ---------------------------------------------------------------------------------------------------------------------------


def test_a_tenant_without_room_is_left_alone() -> None:
    others = {"rules": [{"name": f"g{number}", "rules": [{"record": "a:b", "expr": "1"}]} for number in range(68)]}
    (conflict,) = plan(others, sent(), TENANT, prune=True).conflicts
    assert conflict.message == "the tenant would have 71 groups, 68 of which it has now, and holds 70"
    assert "ruler_max_rule_groups_per_tenant to 71" in conflict.help


def test_where_both_have_no_room_what_goes_goes_first() -> None:
    before = [made("slo-shop-fast-1", delta("a")), made("slo-shop-fast-2", delta("b"))]
    what = plan(held(before), [made("slo-shop-fast", delta("a"), delta("b"))], replace(TENANT, groups=2), prune=True)
    assert order(what) == [[("delete", "slo-shop-fast-1")], [("delete", "slo-shop-fast-2")], [("create", "slo-shop-fast")]]
    assert len(what.rounds) == 2
    assert what.conflicts == ()


def test_in_a_full_tenant_a_group_goes_before_it_comes() -> None:
    before = [made("slo-shop-fast-1", delta("a")), made("slo-shop-fast-2", delta("b"))]
    after = [made("slo-shop-fast-1", delta("a"), delta("c")), made("slo-shop-fast-2", delta("b"))]
    (full,) = plan(held(before), after, replace(TENANT, groups=2), prune=True).steps
    (roomy,) = plan(held(before), after, replace(TENANT, groups=3), prune=True).steps
    assert (full.kind, full.clears, roomy.clears) == (Kind.REPLACE, True, False)


def test_an_alert_moves_as_a_series_does() -> None:
    alert = AlertRule("SLOBudgetBurn", "up", {"slo_id": "shop/a"}, {})
    before = {"slo-shop": [{"name": "slo-shop-fast-1", "interval": "1m", "rules": [{"alert": "SLOBudgetBurn", "expr": "up", "labels": {"slo_id": "shop/a"}}]}]}
    what = plan(before, [made("slo-shop-fast", alert)], TENANT, prune=True)
    assert order(what) == [[("create", "slo-shop-fast"), ("delete", "slo-shop-fast-1")]]


def test_a_file_of_all_services_is_one_namespace() -> None:
    what = built(file(promise()), Project())
    options = replace(Project().options, single_file=True)
    groups = pushed(lower(what.spec, Templates(), 20), Job(options=options), None)
    assert {one.namespace for one in groups} == {"slo"}
    there = held(groups) | {"slo-shop": [OURS | {"name": "slo-shop-fast"}]}
    assert plan(there, groups, TENANT, prune=True).steps[0].name == ("slo-shop", "slo-shop-fast")
