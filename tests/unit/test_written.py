"""What `slo explain` says that an SLO writes is what `slo compile` writes: for every example and every kind of promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from slo_compiler import compiler, inputs, names, written
from slo_compiler.compiler import Compilation
from slo_compiler.ir import AlertRule, RecordingRule, ServiceRules
from slo_compiler.model import Check, Gauge, OtherSlo, Outages, Promise, Quantile, Slo, Spec, Spending
from tests.unit.given import ROOT

GLOBS = ("examples/*.yaml", "tests/rules/*/slo.yaml", "tests/cases/ok/*/slo.yaml", "tests/live/replay/slos/*.yaml", "tests/live/costs/*.yaml")
FILES = [path for glob in GLOBS for path in sorted(ROOT.glob(glob)) if path.name != inputs.PROJECT_FILE]


def compiled(path: Path) -> tuple[Spec, dict[str, ServiceRules]]:
    found = inputs.project_file(path)
    run: Compilation = compiler.open_project(found, "slo-compiler.yaml") if found else Compilation()
    compiler.validate(run, [str(path)])
    bundle = compiler.rules(run)
    assert run.report.ok, run.report.findings
    assert run.spec
    return run.spec, {service.service: service for service in bundle.services}


def shared(service: ServiceRules) -> list[str]:
    return [rule.record for group in service.groups for rule in group.rules if isinstance(rule, RecordingRule) and "slo_id" not in rule.labels]


def goes_through(one: Promise, record: str) -> bool:
    """Whether a shared rule has something to sum for a promise, told by its kind."""
    counts_total = not (isinstance(one, Check) and isinstance(one.value, Gauge | OtherSlo))
    counts_bad = counts_total and not isinstance(one, Spending) and not (isinstance(one, Check) and isinstance(one.value, Quantile))
    period = record.rpartition("_")[2] if record.startswith(("slo:bad:sum_", "slo:total:sum_")) else record.removeprefix("slo:coverage:")
    if period in {"month", "week", "quarter"}:
        return one.calendar is not None and one.calendar.period == period and (counts_bad or not record.startswith("slo:bad:"))
    if record.startswith("slo:clock:"):
        return False
    if record == names.SLI_RATIO:
        return isinstance(one, Slo)
    return counts_bad if record.startswith("slo:bad:") else counts_total


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_told_is_what_is_written(path: Path) -> None:
    spec, services = compiled(path)
    for one in spec.promises:
        service = services[one.service]
        rules = [rule for group in service.groups for rule in group.rules if rule.labels.get("slo_id") == one.id]
        own = [rule.record for rule in rules if isinstance(rule, RecordingRule)]
        expected = {*own, *(record for record in shared(service) if goes_through(one, record))}
        told = written.records(one, service)
        assert len(told) == len(set(told))
        assert set(told) == expected, one.id
        alerts = [(rule.alert, rule.labels.get("slo_tier", "")) for rule in rules if isinstance(rule, AlertRule)]
        assert list(written.alerts(one, service)) == alerts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_written_that_no_promise_tells(path: Path) -> None:
    spec, services = compiled(path)
    for name, service in services.items():
        mine = [one for one in spec.promises if one.service == name]
        rules = [rule for group in service.groups for rule in group.rules]
        idle = {record for record in shared(service) if not any(goes_through(one, record) for one in mine)}  # clocks, and sums of what nobody counts
        records = {rule.record for rule in rules if isinstance(rule, RecordingRule)} - idle
        assert {record for one in mine for record in written.records(one, service)} == records
        assert sum(len(written.alerts(one, service)) for one in mine) == sum(isinstance(rule, AlertRule) for rule in rules)


def test_every_kind_of_promise_is_among_them() -> None:
    kinds = {type(found) for path in FILES for one in compiled(path)[0].promises for found in (one, getattr(one, "sli", None), getattr(one, "value", None))}
    missing = {
        "Slo",
        "Spending",
        "Check",
        "SelectedEvents",
        "ExpressedEvents",
        "Histogram",
        "Tail",
        "TimeSlices",
        "Share",
        "Mean",
        "Quantile",
        "Gauge",
        "Outages",
        "OtherSlo",
    }
    assert missing - {kind.__name__ for kind in kinds} == set()
    assert Outages in kinds
