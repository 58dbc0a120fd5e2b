"""Groups of few rules: no rule is lost or changed but for the SLOs that a sum names, and what must be read fresh is in one group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from slo_compiler import compiler
from slo_compiler.ir import AlertRule, Bundle, RecordingRule, Rule, RuleGroup, ServiceRules
from slo_compiler.lower import lower
from slo_compiler.model import Spec
from slo_compiler.templating import Templates
from tests.cases_runner import inside
from tests.unit.given import ROOT, file, promise, run, write

READ = re.compile(r"\bslo:[a-z_]+:[a-z0-9_]+")
#: What may be one evaluation late, because nothing is counted from it: good shares, budgets, values, what is said of an SLO, verdicts of checks.
SAID = re.compile(r"slo:(sli:ratio|error_budget:remaining|objective:ratio|info|value:.*|check:.*|limit:.*)")


@pytest.fixture(scope="module")
def spec() -> Spec:
    """All examples: every kind of SLI, hours, calendars, splits."""
    with inside(ROOT / "examples"):
        this = compiler.open_project(Path("slo-compiler.yaml"), "slo-compiler.yaml")
        compiler.validate(this, ["."], output=Path("_compiled"))
    assert this.report.ok
    assert this.spec
    return this.spec


@pytest.fixture(scope="module", params=[20, 21, 30, 50])
def cut(request: pytest.FixtureRequest, spec: Spec) -> tuple[Bundle, int]:
    return lower(spec, Templates(), request.param), request.param


def said(rule: Rule) -> tuple[object, ...]:
    """A rule, without the SLOs that its sums name."""
    expr = re.sub(r',slo_id=~?"[^"]*"\}\[', "}[", rule.expr)
    if isinstance(rule, RecordingRule):
        return rule.record, expr, *sorted(rule.labels.items())
    return rule.alert, expr, *sorted(rule.labels.items()), *sorted(rule.annotations.items()), rule.hold, rule.keep_firing_for


def rules(service: ServiceRules) -> list[Rule]:
    return [rule for group in service.groups for rule in group.rules]


def test_every_rule_is_there_and_says_the_same(cut: tuple[Bundle, int]) -> None:
    for whole, limited in zip(cut[0].services, cut[0].limited, strict=True):
        assert (whole.service, whole.sources) == (limited.service, limited.sources)
        before, after = Counter(map(said, rules(whole))), Counter(map(said, rules(limited)))
        counted = {rule.record for rule in rules(whole) if isinstance(rule, RecordingRule)}
        assert after.keys() <= before.keys()
        assert all("delta" in str(rule[1]) and not counted & set(READ.findall(str(rule[1]))) for rule in before.keys() - after.keys()), "of what nobody counts"
        assert all(after[rule] == count or str(rule[0]).rpartition(":")[2].startswith("sum") for rule, count in before.items()), "only sums come more than once"


def test_no_group_is_too_large(cut: tuple[Bundle, int]) -> None:
    assert max(len(group.rules) for service in cut[0].limited for group in service.groups) <= cut[1]


def test_groups_that_fit_stay_as_they_are(cut: tuple[Bundle, int]) -> None:
    kept = [group for service in cut[0].services for group in service.groups if len(group.rules) <= cut[1]]
    assert kept
    found = [group for service in cut[0].limited for group in service.groups]
    assert all(group in found for group in kept)


def test_names_of_groups_are_different(cut: tuple[Bundle, int]) -> None:
    found = [group.name for service in cut[0].limited for group in service.groups]
    assert len(set(found)) == len(found)


def test_an_slo_is_summed_once(cut: tuple[Bundle, int]) -> None:
    """Two groups that write one series would be an error of Prometheus."""
    for service in cut[0].limited:
        by_record: dict[str, list[str]] = {}
        for rule in rules(service):
            if isinstance(rule, RecordingRule) and ":sum" in rule.record:
                pinned = re.search(r'slo_id=~?"([^"]*)"', rule.expr)
                by_record.setdefault(rule.record, []).extend(pinned[1].split("|") if pinned else ["all"])
        for ids in by_record.values():
            assert len(set(ids)) == len(ids)
            assert ids == ["all"] or "all" not in ids


def ids_of(rule: Rule) -> set[str]:
    """The SLOs that a rule is about: its own, or those that it names; nothing where it is about all."""
    pinned = re.search(r'slo_id=~?"([^"]*)"', rule.expr)
    return {rule.labels["slo_id"]} if "slo_id" in rule.labels else set(pinned[1].split("|")) if pinned else set()


def recorded(rules: Iterable[Rule], every: set[str]) -> set[tuple[str, str]]:
    """Which records of which SLOs rules make; those of a whole service count as everybody's."""
    return {(rule.record, id) for rule in rules if isinstance(rule, RecordingRule) for id in ids_of(rule) or every}


def stale(limited: ServiceRules, whole: ServiceRules) -> list[str]:
    """What a group reads from another one although it stood before it in one group, and what is counted from it."""
    found = []
    every = {rule.labels["slo_id"] for rule in rules(whole) if "slo_id" in rule.labels}
    homes = {group.name.rpartition("-")[2]: recorded(group.rules, every) for group in whole.groups}
    paces = {rule.record: group.name.rpartition("-")[2] for group in whole.groups for rule in group.rules if isinstance(rule, RecordingRule)}
    for group in limited.groups:
        for number, rule in enumerate(group.rules):
            if isinstance(rule, AlertRule) or SAID.fullmatch(rule.record):
                continue
            here = recorded(group.rules[:number], every)
            needed = {(name, id) for name in READ.findall(rule.expr) for id in ids_of(rule) or every} & homes[paces[rule.record]]
            found += [f"{rule.record} of {id} reads {name}" for name, id in sorted(needed - here)]
    return found


def test_what_is_counted_is_counted_from_the_same_evaluation(cut: tuple[Bundle, int]) -> None:
    for whole, limited in zip(cut[0].services, cut[0].limited, strict=True):
        assert stale(limited, whole) == []


def test_a_count_in_another_group_would_be_noticed(spec: Spec) -> None:
    bundle = lower(spec, Templates(), 20)
    whole, limited = next((a, b) for a, b in zip(bundle.services, bundle.limited, strict=True) if a.service == "chat-gateway")
    first = limited.groups[0]
    parts = (RuleGroup("a", first.interval, first.rules[:2]), RuleGroup("b", first.interval, first.rules[2:]))
    assert stale(ServiceRules(limited.service, (*parts, *limited.groups[1:]), limited.sources), whole)


def test_the_rules_of_an_slo_that_only_read_stay_together(cut: tuple[Bundle, int]) -> None:
    for service in cut[0].limited:
        homes: dict[tuple[str, str], set[str]] = {}
        for group in service.groups:
            for rule in group.rules:
                if rule.labels.get("slo_id") and (isinstance(rule, AlertRule) or SAID.fullmatch(rule.record)):
                    homes.setdefault(
                        (rule.labels["slo_id"], group.name.split("-fast")[0].split("-slow")[0] + ("fast" if "-fast" in group.name else "slow")), set()
                    ).add(group.name)
        assert {len(names) for names in homes.values()} == {1}


# --- what a tenant cannot hold ---------------------------------------------------------------------------------------------------------


def refused(folder: Path, options: str, *slos: dict[str, object]) -> str:
    write(folder, a_yaml=file(*slos), slo_compiler_yaml=f"targets: [mimir]\noptions: {{mimir: {{{options}}}}}\n")
    with inside(folder):
        done = run("compile", ".", "-o", "out")
    assert done.code == 1
    assert done.err.count("error[") == done.err.count("error[target/limits]")
    return done.err


def accepted(folder: Path, options: str) -> None:
    write(folder, slo_compiler_yaml=f"targets: [mimir]\noptions: {{mimir: {{{options}}}}}\n")
    with inside(folder):
        assert run("compile", ".", "-o", "out").code == 0


MANY = [promise(name=f"slo-{number}") for number in range(12)]


def test_too_many_groups_are_told_with_the_limits_that_would_do(tmp_path: Path) -> None:
    text = refused(tmp_path, "groups: 5", *MANY)
    needed = re.search(r"the rules are (\d+) groups of at most 20 rules, a tenant holds 5", text)
    assert needed
    assert f"ruler_max_rule_groups_per_tenant to {needed[1]}" in text
    accepted(tmp_path, f"groups: {needed[1]}")
    refused(tmp_path, f"groups: {int(needed[1]) - 1}", *MANY)
    larger = re.search(r"ruler_max_rules_per_rule_group to (\d+)", text)
    assert larger
    accepted(tmp_path, f"groups: 5, rules_per_group: {larger[1]}")


def test_rules_that_must_stay_together_are_told_with_the_limit_that_would_do(tmp_path: Path) -> None:
    text = refused(tmp_path, "rules_per_group: 8", *MANY)
    needed = [int(number) for number in re.findall(r"ruler_max_rules_per_rule_group to (\d+)", text)]
    assert len(needed) == 1
    assert "run one after the other" in text
    accepted(tmp_path, f"rules_per_group: {needed[0]}")


def test_each_shard_is_a_tenant(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="b"), slo_compiler_yaml="targets: [mimir]\noptions: {mimir: {groups: 3}}\n")
    with inside(tmp_path):
        assert run("compile", ".", "-o", "out").code == 1
        assert run("compile", ".", "-o", "out", "--shard", "2").code == 0
