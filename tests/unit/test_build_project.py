"""The project file as values."""

from __future__ import annotations

import pytest

from slo_compiler.quantities import duration
from tests.unit.given import built, file, promise, settings


@pytest.mark.parametrize(
    ("prometheus", "step", "scrape", "delay", "lookback", "slow", "window"),
    [
        ("{}", "1m", "1m", "10s", "10m", "150s", "5m"),
        ("{evaluation_interval: 30s}", "30s", "30s", "10s", "10m", "150s", "5m"),
        ("{evaluation_interval: 15s, scrape_interval: 30s}", "15s", "30s", "7500ms", "10m", "150s", "5m"),
        ("{scrape_interval: 2m}", "1m", "2m", "10s", "10m", "150s", "10m"),
        ("{ingestion_delay: 60s}", "1m", "1m", "1m", "10m", "150s", "5m"),
        ("{ingestion_delay: 5m}", "1m", "1m", "5m", "10m", "150s", "5m"),
    ],
)
def test_the_times_of_a_prometheus(prometheus: str, step: str, scrape: str, delay: str, lookback: str, slow: str, window: str) -> None:
    found, report = settings(f"prometheus: {prometheus}")
    one = found.prometheus
    assert not report.findings
    assert [str(t) for t in (one.step, one.scrape_interval, one.delay, one.lookback, one.slow_interval, one.expression_window)] == [
        step,
        scrape,
        delay,
        lookback,
        slow,
        window,
    ]


@pytest.mark.parametrize("zero", ["0", "0s", "0ms", "0m"])
def test_there_may_be_no_delay(zero: str) -> None:
    found, report = settings(f"prometheus: {{ingestion_delay: {zero}}}")
    assert not report.findings
    assert found.prometheus.delay.seconds == 0


@pytest.mark.parametrize(
    ("text", "version"),
    [('"2.42"', (2, 42)), ("2.42", (2, 42)), ("3", (3, 0)), ("v3.1.0", (3, 1)), ('"2.42.1"', (2, 42))],
)
def test_a_version_of_prometheus(text: str, version: tuple[int, int]) -> None:
    found, report = settings(f"prometheus: {{version: {text}}}")
    assert not report.findings
    assert found.prometheus.version == version


@pytest.mark.parametrize(
    ("prometheus", "id", "code"),
    [
        ("{evaluation_interval: 7s}", "prometheus/step", 1),
        ("{evaluation_interval: 2m}", "prometheus/step", 1),
        ("{evaluation_interval: 1s}", "prometheus/step", 1),
        ("{evaluation_interval: 60}", "duration/no-unit", 1),
        ("{evaluation_interval: 10s}", "prometheus/fast-step", 0),
        ("{ingestion_delay: 301s}", "prometheus/delay", 1),
        ("{ingestion_delay: soon}", "duration/format", 1),
        ("{version: newest}", "prometheus/version", 1),
        ("{version: 2.42-rc}", "prometheus/version", 1),
        ("{version: 2.25}", "prometheus/version", 1),
        ("{version: 1.8}", "prometheus/version", 1),
        ("{retention: 1y}", "duration/unit", 1),
        ("{target_labels: []}", "value/empty", 1),
        ("{target_labels: [a-b]}", "value/range", 1),
        ("[]", "value/type", 1),
        ("{retentoin: 40d}", "key/unknown", 1),
    ],
)
def test_a_prometheus_that_cannot_be(prometheus: str, id: str, code: int) -> None:
    _, report = settings(f"prometheus: {prometheus}")
    assert [finding.id for finding in report.findings] == [id]
    assert report.exit_code() == code
    assert report.findings[0].help


@pytest.mark.parametrize(("text", "stated", "retention"), [("{}", False, "15d"), ("{retention: 40d}", True, "40d")])
def test_a_retention_is_known_or_prometheus_own(text: str, stated: bool, retention: str) -> None:  # noqa: FBT001
    one = settings(f"prometheus: {text}")[0].prometheus
    assert (one.retention_stated, one.retention) == (stated, duration(retention))


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("labels: {le: x}", "label/reserved"),
        ("labels: {a: '{{ x'}", "text/braces"),
        ("annotations: {a: '{{ x'}", "text/braces"),
        ("links: {runbook: '}}'}", "text/braces"),
        ("severities: {page: '{{'}", "text/braces"),
        ("labels: {a-b: x}", "key/name"),
        ("links: {Run: x}", "key/name"),
        ("sources: []", "value/empty"),
        ("sources: .", "value/type"),
        ("output: ''", "value/range"),
        ("- a", "value/type"),
    ],
)
def test_settings_that_would_break_rules(text: str, id: str) -> None:
    _, report = settings(text)
    assert [finding.id for finding in report.findings] == [id]
    assert report.findings[0].help


def test_settings_are_as_they_were_written() -> None:
    found, report = settings("{sources: [a, b], output: c, templates: d, labels: {e: f}, annotations: {g: h}, links: {runbook: i}, severities: {page: j}}")
    assert not report.findings
    assert (found.sources, found.output, found.templates, dict(found.links), dict(found.severities)) == (("a", "b"), "c", "d", {"runbook": "i"}, {"page": "j"})
    assert ({k: v.data for k, v in found.labels.items()}, {k: v.data for k, v in found.annotations.items()}) == ({"e": "f"}, {"g": "h"})


def test_wrong_settings_are_passed_over() -> None:
    found, report = settings("{output: 7, sources: [a]}")
    assert (found.output, found.sources) == (None, ("a",))
    assert [finding.id for finding in report.findings] == ["value/type"]


@pytest.mark.parametrize(("words", "told"), [("{pgae: x}", "did you mean 'page'?"), ("{sms: x}", "severities of tiers: critical, digest, mine, page")])
def test_a_severity_that_no_tier_has_is_told(words: str, told: str) -> None:
    project, _ = settings(f"severities: {words}")
    tier = {"name": "a", "severity": "mine", "long": "1h", "burn": 2}
    found = built(file(promise(alerting={"policy": {"tiers": [tier]}})), project).only
    assert (found.id, found.where.at_key) == ("project/severity", True)
    assert told in found.help


def test_severities_of_tiers_are_known() -> None:
    project, _ = settings("severities: {page: a, ticket: b, digest: c, critical: d, warning: e}")
    assert built(file(promise()), project).ids == []
