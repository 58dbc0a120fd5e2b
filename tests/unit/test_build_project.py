"""The project file as values."""

from __future__ import annotations

import re

import pytest

from slo_compiler.model import Grafana
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


def test_pages_have_settings_of_their_own() -> None:
    found, report = settings("{targets: [grafana], grafana: {title: Ours, folder: Reliability, tags: [llm, slo, a b], path: /etc/d, prefix: chat-slo}}")
    assert not report.findings
    assert found.targets == ("grafana",)
    assert found.grafana == Grafana("Ours", "Reliability", ("slo", "generated", "llm", "a b"), "/etc/d", "chat-slo")


def test_what_is_not_said_of_pages_is_as_usual() -> None:
    for text in ("{}", "grafana: {}"):
        found, report = settings(text)
        assert not report.findings
        assert (found.targets, found.grafana) == (("prometheus",), Grafana())


def test_the_path_follows_the_prefix() -> None:
    """Two providers of one path would show each page twice."""
    assert settings("grafana: {prefix: chat-slo}")[0].grafana.path == "/var/lib/grafana/dashboards/chat-slo"


@pytest.mark.parametrize(
    ("grafana", "id", "said"),
    [
        ("{title: ''}", "grafana/text", "title is empty"),
        ("{title: '  '}", "grafana/text", "title is empty"),
        ('{title: "a\\nb"}', "grafana/text", "one line"),
        (f"{{folder: {'x' * 101}}}", "grafana/text", "at most 100 characters, got 101"),
        ("{folder: 'a ${b}'}", "grafana/text", "must not hold a dollar sign"),
        ("{folder: general}", "grafana/text", "General"),
        ("{path: $HOME/x}", "grafana/text", "must not hold a dollar sign"),
        ("{path: out/dashboards}", "grafana/path", "must be absolute"),
        ("{path: ~/dashboards}", "grafana/path", "must be absolute"),
        ("{prefix: ab}", "value/range", "3 to 20"),
        (f"{{prefix: {'a' * 21}}}", "value/range", "3 to 20"),
        ("{prefix: SLO}", "value/range", "3 to 20"),
        ("{prefix: slo-}", "value/range", "3 to 20"),
        ("{tags: []}", "value/empty", "tags is empty"),
        ("{tags: [a, a]}", "value/repeated", "twice"),
        ("{tags: ['a,b']}", "value/range", "letters, digits"),
        (f"{{tags: [{'a' * 51}]}}", "value/range", "at most 50 characters"),
        ("{title: 7}", "value/type", "title must be a text"),
        ("[folder]", "value/type", "grafana must be a mapping"),
        ("{uid: x}", "key/unknown", "uid"),
    ],
)
def test_pages_that_grafana_would_not_show(grafana: str, id: str, said: str) -> None:
    found, report = settings(f"grafana: {grafana}")
    (finding,) = report.findings
    assert (finding.id, report.exit_code()) == (id, 1)
    assert said in finding.message
    assert finding.help
    assert found.grafana == Grafana()


@pytest.mark.parametrize("path", ["/", "/a b/ü", r"C:\grafana\slo", "D:/slo"])
def test_paths_that_grafana_may_have(path: str) -> None:
    found, report = settings(f"grafana: {{path: '{path}'}}")
    assert not report.findings
    assert found.grafana.path == path


def test_a_target_that_nobody_knows_is_told() -> None:
    found, report = settings("targets: [prometheus, grafena]")
    (finding,) = report.findings
    assert (finding.id, finding.help, found.targets) == ("value/unknown", "did you mean 'grafana'?", ("prometheus",))


@pytest.mark.parametrize("prefix", ["slo", "a" * 20])
@pytest.mark.parametrize("name", ["cost", "fleet", "x" * 60])
def test_a_uid_fits_grafana_whatever_the_prefix(prefix: str, name: str) -> None:
    assert re.fullmatch(rf"{prefix}-[A-Za-z0-9_-]+", Grafana(prefix=prefix).uid(name))
    assert 8 <= len(Grafana(prefix=prefix).uid(name)) <= 40


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
