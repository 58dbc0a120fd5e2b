"""A test is played beside all rules that it reads, and beside no others."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.rules.needed import split

RULES = """\
groups:
  - name: fast
    rules:
      - {record: grown, expr: 'increase(asked_total[1m])', labels: {slo: a}}
      - {record: grown, expr: 'increase(told_total[1m])', labels: {slo: b}}
      - {record: summed, expr: 'sum_over_time(grown{slo="a"}[1h])'}
      - {alert: Burns, expr: 'summed > 1', labels: {slo: a, tier: '{{ $value }}'}, annotations: {text: '{{ with query `budget` }}{{ . }}{{ end }}'}}
  - name: slow
    rules:
      - {record: budget, expr: '1 - grown{slo="b"}'}
      - {record: unread, expr: vector(1)}
"""
GROWN_A, GROWN_B, SUMMED = "increase(asked_total[1m])", "increase(told_total[1m])", 'sum_over_time(grown{slo="a"}[1h])'
BURNS, BUDGET = "summed > 1", '1 - grown{slo="b"}'


@pytest.mark.parametrize(
    ("test", "kept"),
    [
        ("promql_expr_test: [{expr: 'sum(grown)'}]", [GROWN_A, GROWN_B]),
        ("promql_expr_test: [{expr: 'sum(grown{slo=\"b\"})'}]", [GROWN_B]),
        ("promql_expr_test: [{expr: 'sum(grown{slo=~\"b\"})'}]", [GROWN_A, GROWN_B]),
        ("promql_expr_test: [{expr: 'sum(grown{other=\"x\"})'}]", [GROWN_A, GROWN_B]),
        ('promql_expr_test: [{expr: \'sum(grown{slo="a\\"b"})\'}]', [GROWN_A, GROWN_B]),
        ("promql_expr_test: [{expr: '{slo=\"b\"}'}]", [GROWN_B, SUMMED, GROWN_A, BUDGET, "vector(1)"]),
        ("promql_expr_test: [{expr: 'summed'}]", [GROWN_A, SUMMED]),
        ('promql_expr_test: [{expr: \'ALERTS{alertname="Burns",tier="2"}\'}]', [GROWN_A, SUMMED, BURNS]),
        ("promql_expr_test: [{expr: 'ALERTS{alertname=\"Freezes\"}'}]", []),
        ("alert_rule_test: [{alertname: Burns, exp_alerts: []}]", [GROWN_A, SUMMED, BURNS]),
        ("alert_rule_test: [{alertname: Burns, exp_alerts: [{}]}]", [GROWN_A, GROWN_B, SUMMED, BURNS, BUDGET]),
    ],
)
def test_what_is_read_is_kept(test: str, kept: list[str], tmp_path: Path) -> None:
    (path,) = split(RULES, f"rule_files: [all.yml]\ntests:\n- {test}\n", tmp_path / "split")
    (source,) = yaml.safe_load(Path(path).read_text())["rule_files"]
    groups = yaml.safe_load((Path(path).parent / source).read_text())["groups"]
    assert sorted(rule["expr"] for group in groups for rule in group["rules"]) == sorted(kept)
