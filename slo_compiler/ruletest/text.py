"""Tests as the YAML that promtool reads, written as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from slo_compiler.artifacts import Artifact, header
from slo_compiler.ir import ServiceRules
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.claims import Expected, Test


def file(path: str, rules: str, service: ServiceRules, tests: Sequence[Test], every: Duration, *, digests: Mapping[str, str] | None = None) -> Artifact:
    """A file of tests of a service, whose `rules` lie beside it; all groups are evaluated at one pace, in their order."""
    groups = ", ".join(group.name for group in service.groups)
    head = f"rule_files: [{rules}]\nevaluation_interval: {every}\ngroup_eval_order: [{groups}]\ntests:\n"
    return Artifact(path, header(service.sources, "slo test", digests=digests or {}) + head + "".join(map(_test, _together(tests))), service.sources)


def _together(tests: Sequence[Test]) -> list[Test]:
    """As few as can be, because each evaluates all rules of the service: those with the same `what`, and those that bring series of their own."""
    groups: dict[str, list[Test]] = {}
    for test in tests:
        groups.setdefault(test.what, []).append(test)
    joined = [_joined(group) for group in groups.values()]
    own = [test for test in joined if test.brings_its_own]
    return [*(test for test in joined if not test.brings_its_own), *_packed(own)]


def _packed(tests: Sequence[Test]) -> Iterator[Test]:
    """Each with the first ones of other subjects that it shares no series with."""
    packs: list[tuple[list[Test], set[str]]] = []
    for test in tests:
        mine = {test.subject, *(_key(one.name) for one in test.series)}
        fitting = ((pack, taken) for pack, taken in packs if pack[0].pace == test.pace and not mine & taken)
        pack, taken = next(fitting, ([], set()))
        if not pack:
            packs.append((pack, taken))
        pack.append(test)
        taken |= mine
    for pack, _ in packs:
        if len(pack) == 1:
            yield pack[0]
        else:
            whys = "\n# ".join(f"{test.what}: {test.why}" for test in pack)
            yield replace(_joined(pack), what=f"own series of {', '.join(test.subject.partition('/')[2] for test in pack)}", why=whys)


def _key(series: str) -> str:
    """What no two tests that are played together may have in common: a metric of the user's, or an SLO of one of ours."""
    owner = re.search(r'slo_id="[^"]*"', series)
    return f"{series.partition('{')[0]} {owner[0] if owner else ''}"


def _joined(group: Sequence[Test]) -> Test:
    series = tuple(dict.fromkeys(one for test in group for one in test.series))
    return replace(group[0], series=series, expected=tuple(one for test in group for one in test.expected))


def _test(test: Test) -> str:
    series = "".join(f"  - {{series: {_quoted(one.name)}, values: {_quoted(one.values)}}}\n" for one in test.series)
    given = f"  input_series:\n{series}" if series else ""
    expected = "".join(map(_expected, test.expected))
    return f"# {test.why}\n- name: {_quoted(test.what)}\n  interval: {test.pace}\n{given}  promql_expr_test:\n{expected}"


def _expected(one: Expected) -> str:
    samples = ", ".join(f"{{labels: {_quoted(labels)}, value: {value}}}" for labels, value in one.samples)
    return f"  - {{expr: {_quoted(one.expr)}, eval_time: {one.at}, exp_samples: [{samples}]}}\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
