"""`slo verify` against a server that says whatever a test wants: what is hard to make with a real one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slo_compiler import promql
from slo_compiler.build import Project
from slo_compiler.commands import _server
from slo_compiler.diagnostics import Diagnostic, Report
from slo_compiler.ir import AlertRule, Bundle, Rule, RuleGroup
from slo_compiler.lower import lower
from slo_compiler.promql import Selector
from slo_compiler.remote import Curve, RemoteFailure, Sample
from slo_compiler.templating import Templates
from slo_compiler.verify import Asked, verify
from tests.unit.given import Built, built, file, promise, run, settings, write

NOW = datetime(2026, 11, 25, 4, 40, tzinfo=UTC).timestamp()
SERIES = [{"__name__": "requests_total", "job": "shop", "instance": instance, "code": code} for instance in ("a:80", "b:80") for code in ("200", "404", "500")]


def moment(seconds: float) -> str:
    """A time as Prometheus tells it: nanoseconds, and the offset of its zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.123456789+00:00")


@dataclass
class Fake:
    """A server that has `series`, a sample of each every `interval` seconds; expressions that contain a key of `numbers` have that value."""

    url = "http://fake"
    series: list[dict[str, str]] = field(default_factory=lambda: list(SERIES))
    numbers: dict[str, float] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=dict)  # of series, by the value of `replica`
    types: dict[str, str] = field(default_factory=dict)
    interval: float = 60
    kept: str = "15d"
    groups: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, str]] = field(default_factory=list)  # targets that have not been scraped so far
    refused: Mapping[str, int] = field(default_factory=dict)  # status, by the method that is not there

    def now(self) -> float:
        return NOW

    def instant(self, expr: str, at: float | None = None) -> list[Sample]:
        assert promql.parses(expr) is None, expr
        assert at == NOW
        for part, value in self.numbers.items():
            if part in expr:
                return [Sample({}, value)]
        asked = ((re.fullmatch(pattern, expr), answer) for pattern, answer in QUESTIONS.items())
        return next((answer(self, *found.groups()) for found, answer in asked if found), [])

    def sampled(self, selector: str) -> list[Sample]:
        return [Sample({}, 1)] if self._having(selector) else []

    def scraped(self, selector: str) -> list[Sample]:
        found = {(labels.get("job", ""), labels.get("instance", "")) for labels in self._having(selector)}
        return [Sample({"job": job, "instance": instance}, 900 / self.interval) for job, instance in sorted(found)]

    def one_of(self, selector: str) -> list[Sample]:
        return [Sample(labels, 1) for labels in self._having(selector)[:1]]

    def count(self, selector: str) -> list[Sample]:
        return [Sample({}, len(self._having(selector)))]

    def count_by(self, label: str, selector: str) -> list[Sample]:
        found = Counter(labels.get(label, "") for labels in self._having(selector))
        return [Sample({label: value}, number) for value, number in sorted(found.items())]

    def twins(self, label: str, selector: str, condition: str) -> list[Sample]:
        """How many groups of series there are that differ in one label only; those of equal counts if that is asked."""
        found: dict[tuple[str, ...], list[float]] = {}
        for labels in self._having(selector):
            rest = tuple(value for name, value in sorted(labels.items()) if name != label)
            found.setdefault(rest, []).append(self.counts.get(labels.get("replica", ""), 100.0))
        groups = [group for group in found.values() if len(group) > 1]
        if "<=" in condition:
            groups = [group for group in groups if max(group) - min(group) <= 0.1 * max(group)]
        return [Sample({}, len(groups))] if groups else []

    def raw(self, selector: str, seconds: int, at: float) -> list[Curve]:
        points = [(at - age * self.interval, 0.0) for age in range(int(seconds // self.interval), -1, -1)]
        return [Curve(labels, points) for labels in self._having(selector)]

    def label_values(self, label: str, selector: str, start: float, end: float) -> list[str]:
        assert end - start == 7 * 86400
        return sorted({labels[label] for labels in self._having(selector) if label in labels})

    def label_names(self, selector: str, start: float, end: float) -> list[str]:
        assert end - start == 7 * 86400
        return sorted({name for labels in self._having(selector) for name in labels})

    def metric_type(self, metric: str) -> str:
        self._perhaps("metric_type")
        return self.types.get(metric, "")

    def rule_groups(self) -> list[dict[str, Any]]:
        self._perhaps("rule_groups")
        return self.groups

    def targets(self) -> list[dict[str, Any]]:
        self._perhaps("targets")
        return [{"labels": labels, "health": "unknown"} for labels in self.waiting]

    def retention(self) -> str:
        self._perhaps("retention")
        return self.kept

    def _perhaps(self, method: str) -> None:
        if status := self.refused.get(method):
            raise RemoteFailure(f"{self.url} has no such page", "ask another", status)

    def _having(self, text: str) -> list[dict[str, str]]:
        if text == '{__name__!=""}':
            return self.series
        selector = promql.selector(f"any{text}" if text.startswith("{") else text)
        assert isinstance(selector, Selector), text
        taken = [labels for labels in self.series if selector.metric in {labels["__name__"], "any"}]
        for one in selector.matchers:
            fits: Callable[[str], object] = (
                (lambda value, one=one: re.fullmatch(one.value, value)) if "~" in one.op else (lambda value, one=one: value == one.value)
            )
            taken = [labels for labels in taken if bool(fits(labels.get(one.label, ""))) == (one.op in {"=", "=~"})]
        return taken


#: The expressions that are understood.
QUESTIONS: dict[str, Callable[..., list[Sample]]] = {
    r"count\(last_over_time\((.*)\[1h\]\)\)": Fake.sampled,
    r"bottomk\(.*count_over_time\((.*)\[900s\]\)\)\)\)": Fake.scraped,
    r"topk\(1, last_over_time\((.*)\[900s\]\)\)": Fake.one_of,
    r"count\(count without \((\w+)\) \((.*?)\) > 1 and (.*)\)": Fake.twins,
    r"count\(([^()]*)\)": Fake.count,
    r"count by \((\w+)\) \(\(?([^()\n]+)\n?\)?(?: > 0)?\n?\)": Fake.count_by,
}


def told(group: RuleGroup) -> dict[str, Any]:
    """A group as the API tells it a second after its evaluation."""
    timing = {"evaluationTime": 0.01, "lastEvaluation": moment(NOW - 1)}
    return {"name": group.name, "file": "shop.yml", "interval": float(group.interval.seconds), "rules": [told_rule(rule) for rule in group.rules], **timing}


def told_rule(rule: Rule) -> dict[str, Any]:
    common = {"query": rule.expr, "labels": dict(rule.labels), "health": "ok"}
    if not isinstance(rule, AlertRule):
        return {"name": rule.record, **common}
    lasting = {"duration": float(rule.hold.seconds) if rule.hold else 0, "keepFiringFor": float(rule.keep_firing_for.seconds) if rule.keep_firing_for else 0}
    return {"name": rule.alert, "annotations": dict(rule.annotations), **common, **lasting}


@dataclass
class Verified:
    """What was found, and what the server did not tell."""

    findings: list[Diagnostic]
    untold: list[str]

    @property
    def only(self) -> Diagnostic:
        (finding,) = self.findings
        return finding

    @property
    def ids(self) -> list[str]:
        return [finding.id for finding in self.findings]


def loaded(what: Built) -> tuple[Bundle, list[dict[str, Any]]]:
    bundle = lower(what.spec, Templates())
    return bundle, [told(group) for service in bundle.services for group in service.groups]


def ask(server: Fake, *slos: dict[str, Any], project: str = "", change: Callable[[list[dict[str, Any]]], object] = len) -> Verified:
    """Verify SLOs; their rules are loaded, and `change` may do something to what the server tells of them."""
    what = built(file(*slos), settings(project)[0] if project else Project())
    assert what.report.ok, what.report.findings
    bundle, server.groups = loaded(what)
    change(server.groups)
    report = Report()
    looked = verify(what.spec, bundle.services, Asked(server), report)  # type: ignore[arg-type]
    return Verified(report.findings, list(looked.untold))


def events(bad: str, total: str = "requests_total") -> dict[str, Any]:
    return {"events": {"total": total, "bad": bad}}


def test_nothing_is_said_of_what_is_well() -> None:
    assert ask(Fake()) == Verified([], [])


# --- the server tells not all --------------------------------------------------------------------------------------------------------

UNTOLD = {"metric_type": "types of metrics", "rule_groups": "loaded rules", "retention": "retention"}


@pytest.mark.parametrize("status", [400, 404, 405, 410, 422, 501])
@pytest.mark.parametrize("method", UNTOLD)
def test_what_a_server_does_not_know_is_told_once(method: str, status: int) -> None:
    found = ask(Fake(refused={method: status}), promise(), promise(name="second"))
    assert found == Verified([], [UNTOLD[method]])


@pytest.mark.parametrize("method", UNTOLD)
def test_a_server_that_fails_is_no_server_that_does_not_know(method: str) -> None:
    with pytest.raises(RemoteFailure):
        ask(Fake(refused={method: 500}))


def test_the_command_says_what_was_not_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_server, "connect", lambda *_: Fake(refused=dict.fromkeys(UNTOLD, 404)))
    answer = run("verify", write(tmp_path, slo_yaml=file()), "--prometheus", "http://fake")
    assert (answer.code, answer.err) == (0, "")
    assert "not looked at, because this server does not tell: types of metrics, retention, loaded rules" in answer.out


def test_the_command_says_what_was_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle, groups = loaded(built(file()))
    monkeypatch.setattr(_server, "connect", lambda *_: Fake(groups=groups))
    answer = run("verify", write(tmp_path, slo_yaml=file()), "--prometheus", "http://fake")
    rules = sum(len(group.rules) for service in bundle.services for group in service.groups)
    assert answer.out.startswith("1 SLO against http://fake: as it should be\n  looked at: series, labels, values and buckets of 2 selectors, ")
    assert f"; that exactly these {rules} rules run, once, " in answer.out


# --- rules ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "ids"), [(180, []), (182, ["live/rules-late"])])
def test_a_group_that_missed_three_evaluations(seconds: float, ids: list[str]) -> None:
    found = ask(Fake(), change=lambda groups: groups[0].update(lastEvaluation=moment(NOW - seconds)))
    assert found.ids == ids
    assert all("slo-shop-fast was last evaluated 182 s ago" in finding.message for finding in found.findings)


@pytest.mark.parametrize("text", ["2026-11-25T06:39:00.000000001+02:00", "2026-11-25T04:39:00Z", "2026-11-25T04:39:00.5Z", "2026-11-24T23:39:00-05:00"])
def test_the_zone_of_a_server_is_its_own_matter(text: str) -> None:
    assert ask(Fake(), change=lambda groups: groups[0].update(lastEvaluation=text)).ids == []


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "", None])
def test_a_group_that_was_never_evaluated_so_far(text: str | None) -> None:
    assert ask(Fake(), change=lambda groups: [group.update(lastEvaluation=text, evaluationTime=0) for group in groups]).ids == []


@pytest.mark.parametrize(("took", "ids"), [(59.9, []), (61.2, ["live/rules-late"])])
def test_a_group_that_takes_longer_than_its_interval(took: float, ids: list[str]) -> None:
    found = ask(Fake(), change=lambda groups: groups[0].update(evaluationTime=took))
    assert found.ids == ids
    assert all("takes 61.2 s of its 1m" in finding.message for finding in found.findings)


def test_rules_in_another_order() -> None:
    found = ask(Fake(), change=lambda groups: groups[0]["rules"].reverse())
    assert found.only.id == "live/rules-differ"
    assert found.only.message.endswith("its rules stand in another order")


def test_a_file_that_nobody_loaded_is_one_mistake() -> None:
    found = ask(Fake(), change=lambda groups: groups.clear())
    assert found.ids == ["live/not-loaded"] * 3
    assert len({finding.mistake for finding in found.findings}) == 1


def test_an_old_file_is_one_mistake() -> None:
    def age(groups: list[dict[str, Any]]) -> None:
        for rule in (rule for group in groups for rule in group["rules"]):
            rule["query"] = rule["query"].replace("offset 10s", "offset 30s").replace("0.01", "0.02")

    found = ask(Fake(), promise(), promise(name="second"), change=age)
    assert len(found.findings) > 1
    assert len({finding.mistake for finding in found.findings}) == 1


def test_a_rule_that_is_none_of_ours() -> None:
    found = ask(Fake(), change=lambda groups: groups[-1]["rules"].append({"name": "SLOMine", "query": "up == 0", "labels": {}}))
    assert found.only.id == "live/rules-differ"
    assert found.only.message.endswith("slo-shop-slow on the server is not what this compiles to: SLOMine is none of ours")


def test_the_spelling_of_an_expression_is_the_servers_matter() -> None:
    def respell(groups: list[dict[str, Any]]) -> None:
        for rule in (rule for group in groups for rule in group["rules"]):
            rule["query"] = rule["query"].replace("299999ms", "4m59s999ms").replace("[10m]", "[600s]").replace("\n", " ")

    assert ask(Fake(), change=respell).ids == []


def test_the_differences_of_an_slo_are_one_finding() -> None:
    def shift(groups: list[dict[str, Any]]) -> None:
        for rule in groups[0]["rules"]:
            rule["query"] = rule["query"].replace("offset 10s", "offset 30s")

    assert "slo:total:delta has another expression (and " in ask(Fake(), change=shift).only.message


@pytest.mark.parametrize(("age", "ids"), [(1.4, []), (22, ["live/query-offset"])])
def test_a_group_that_looks_back(age: float, ids: list[str]) -> None:
    found = ask(Fake(numbers={"max(timestamp(slo:total:delta": NOW - 1 - age}))
    assert found.ids == ids
    assert all("slo-shop-fast is evaluated with an offset of 22 s" in finding.message for finding in found.findings)


def test_a_group_that_waits_in_place_of_its_rules() -> None:
    """As Mimir does by itself, a minute."""
    assert ask(Fake(numbers={"max(timestamp(slo:total:delta": NOW - 61}), project="prometheus: {ingestion_delay: 0s}").ids == []


def test_an_evaluation_after_the_question_tells_nothing() -> None:
    late = Fake(numbers={"max(timestamp(slo:total:delta": NOW - 59})
    assert ask(late, change=lambda groups: groups[0].update(lastEvaluation=moment(NOW + 1))).ids == []


def test_a_group_with_a_limit() -> None:
    found = ask(Fake(), change=lambda groups: groups[0].update(limit=10)).only
    assert found.id == "live/rules-differ"
    assert found.message.endswith("it has a limit of 10 series a rule, beyond which the rule fails")
    assert ask(Fake(), change=lambda groups: groups[0].update(limit=0)).ids == []


# --- samples -------------------------------------------------------------------------------------------------------------------------

AGE = "min(time() - timestamp(requests_total))"


@pytest.mark.parametrize(("age", "ids"), [(69, []), (75, ["live/late"])])
def test_remote_written_samples_that_come_late(age: float, ids: list[str]) -> None:
    assert ask(Fake(numbers={AGE: age})).ids == ids


def test_late_samples_are_told_with_the_delay_that_would_do() -> None:
    found = ask(Fake(numbers={AGE: 70}, interval=15)).only
    assert "its newest sample is 70 s old, at a sample every 15 s, and the rules wait 10s" in found.message
    assert "ingestion_delay: 60s" in found.help
    assert ask(Fake(numbers={AGE: 70}, interval=15), project="prometheus: {ingestion_delay: 60s}").ids == []


def test_allow_silences_a_warning() -> None:
    assert ask(Fake(numbers={AGE: 200}), promise(allow=["live/late"])).ids == []


def test_allow_is_its_slos_alone() -> None:
    assert ask(Fake(numbers={AGE: 200}), promise(allow=["live/late"]), promise(name="second")).ids == ["live/late"]


def test_allow_does_not_silence_an_error() -> None:
    assert ask(Fake(series=[]), promise(allow=["live/no-series"])).ids == ["live/no-series"]


@pytest.mark.parametrize(
    ("kept", "ids"),
    [
        ("15d", ["live/retention"]),
        ("2w", ["live/retention"]),
        ("15d or 10GiB", ["live/retention"]),
        ("30d", []),
        ("40d or 10GiB", []),
        ("1y", []),
        ("1y30d", []),
        ("10GiB", []),
        ("0s", []),
        ("", []),
    ],
)
def test_retention_in_the_servers_words(kept: str, ids: list[str]) -> None:
    assert ask(Fake(kept=kept), promise(window="30d")).ids == ids


# --- counters ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "falls", "ids"),
    [
        ({}, 12, []),  # six series, two restarts each
        ({}, 18, ["live/not-a-counter"]),
        ({"requests_total": "gauge"}, 5, []),
        ({"requests_total": "gauge"}, 6, ["live/not-a-counter"]),
        ({"requests_total": "counter"}, 600, []),
        ({"requests": "counter"}, 600, []),  # as some targets call it
        ({"requests_total": "unknown"}, 12, []),
        ({"requests_total": "unknown"}, 18, ["live/not-a-counter"]),
    ],
)
def test_counters_fall_at_restarts_only(types: dict[str, str], falls: float, ids: list[str]) -> None:
    assert ask(Fake(types=types, numbers={"resets(requests_total[1h])": falls, "count(requests_total)": 6})).ids == ids


def observed(*replicas: str) -> list[dict[str, str]]:
    """The series once a replica, in a world that knows no instances."""
    return [{"__name__": "requests_total", "job": "shop", "code": code, "replica": replica} for replica in replicas for code in ("200", "404", "500")]


@pytest.mark.parametrize(
    ("counts", "ids"),
    [
        ({"a": 1000, "b": 1000}, ["live/replicas"]),
        ({"a": 1000, "b": 990}, ["live/replicas"]),  # a scrape later
        ({"a": 1000, "b": 700}, []),  # pods that have numbers, and each its own traffic
    ],
)
def test_replicas_are_told_by_equal_counts(counts: dict[str, float], ids: list[str]) -> None:
    found = ask(Fake(series=observed("a", "b"), counts=counts), project="prometheus: {target_labels: [job]}")
    assert found.ids == ids
    assert all("2 times, under replica a, b" in finding.message for finding in found.findings)


def test_a_replica_label_of_the_metrics_own_is_no_observer() -> None:
    own = [{**labels, "replica": replica} for labels in SERIES for replica in ("primary", "standby")]
    assert ask(Fake(series=own, counts={"primary": 1000, "standby": 400})).ids == []


def test_replicas_can_be_allowed() -> None:
    twice = [{**labels, "replica": replica} for labels in SERIES for replica in ("a", "b")]
    assert ask(Fake(series=twice)).only.severity.word == "warning"
    assert ask(Fake(series=twice), promise(allow=["live/replicas"])).ids == []


def test_numbered_pods_are_processes_of_their_own() -> None:
    pods = [{**labels, "replica": labels["instance"][0]} for labels in SERIES]
    assert ask(Fake(series=pods, counts={"a": 10, "b": 10})).ids == []


def test_a_pinned_replica_is_one() -> None:
    only = promise(sli=events('requests_total{replica="a",code="500"}', 'requests_total{replica="a"}'))
    assert ask(Fake(series=observed("a", "b")), only, project="prometheus: {target_labels: [job]}").ids == []


# --- labels and values ---------------------------------------------------------------------------------------------------------------

HEALTHY = [labels for labels in SERIES if labels["code"] == "200"]


@pytest.mark.parametrize("matcher", ['error_type!=""', 'error_type=~".+"'])
def test_a_label_that_only_failures_carry(matcher: str) -> None:
    assert ask(Fake(), promise(sli=events(f"requests_total{{{matcher}}}"))).ids == []


@pytest.mark.parametrize("metric", ["broken_carts_total", "request_errors_total", "failed_requests_total"])
def test_a_counter_that_is_born_with_its_first_failure(metric: str) -> None:
    unborn = promise(sli=events(metric))
    found = ask(Fake(), unborn).only
    assert (found.id, found.severity.word) == ("live/no-series", "warning")
    assert ask(Fake(), unborn | {"allow": ["live/no-series"]}).ids == []


def test_a_counter_whose_name_is_nearly_another_one() -> None:
    errors = {"__name__": "request_errors_total", "job": "shop", "instance": "a:80"}
    found = ask(Fake(series=[*SERIES, errors]), promise(sli=events("request_error_total"))).only
    assert (found.id, found.severity.word) == ("live/no-series", "warning")  # `write_errors_total` beside `read_errors_total` may be unborn
    assert found.help.startswith("did you mean request_errors_total? ")


@pytest.mark.parametrize(
    ("value", "known", "near"),
    [
        ("incorrect", "correct", None), ("unhealthy", "healthy", None), ("not_ok", "ok", None), ("HTTP_500", "HTTP_200", None), ("EU", "eu", "eu"),
        ("eror", "error", "error"), ("Ok", "OK", "OK"), ("time-out", "timeout", "timeout"),
    ],
)  # fmt: skip
def test_an_opposite_was_not_meant(value: str, known: str, near: str | None) -> None:
    series = [{"__name__": "requests_total", "job": "shop", "instance": "a:80", "verdict": one} for one in (known, "skipped")]
    found = ask(Fake(series=series), promise(sli=events(f'requests_total{{verdict="{value}"}}'))).only
    assert (f"did you mean {near!r}?" == found.help) == (near is not None)


def test_the_class_of_a_code_that_never_happened() -> None:
    series = [{"__name__": "requests_total", "job": "shop", "instance": "a:80", "class": one} for one in ("2xx", "4xx")]
    assert ask(Fake(series=series), promise(sli=events('requests_total{class="5xx"}'))).only.severity.word == "note"


@pytest.mark.parametrize(("matcher", "severity"), [('error_type="500"', "warning"), ('cod="500"', "error"), ('cod!=""', "error"), ('error_type!=""', "")])
def test_a_label_that_nothing_has(matcher: str, severity: str) -> None:
    found = ask(Fake(), promise(sli=events(f"requests_total{{{matcher}}}")))
    assert [(one.id, one.severity.word) for one in found.findings] == ([("live/no-label", severity)] if severity else [])


def test_bad_events_of_another_metric_need_the_labels_of_by() -> None:
    errors = {"__name__": "broken_carts_total", "job": "shop", "instance": "a:80"}
    found = ask(Fake(series=[*SERIES, errors]), promise(by=["code"], sli=events("broken_carts_total"))).only
    assert found.id == "live/no-label"
    assert "has the label code, by which the SLO is split" in found.message


def test_our_series_written_by_another_group() -> None:
    def copy(groups: list[dict[str, Any]]) -> None:
        groups.append({**groups[0], "name": "a copy", "file": "copy.yml"})

    found = ask(Fake(), change=copy).only
    assert found.id == "live/loaded-twice"
    assert "the group a copy of copy.yml writes the series of shop/success, too" in found.message


def test_a_bucket_that_the_index_remembers_and_nothing_has(monkeypatch: pytest.MonkeyPatch) -> None:
    histogram = {"histogram": {"metric": "seconds", "at_most": 1, "unit": "s"}}
    where = {"job": "shop", "instance": "a:80"}
    series = [{"__name__": "seconds_count", **where}, *({"__name__": "seconds_bucket", "le": bound, **where} for bound in ("0.5", "1", "+Inf"))]
    server = Fake(series=series)
    assert ask(server, promise(sli=histogram, allow=["histogram/no-buckets"])).ids == []
    original = Fake.instant

    def gone(self: Fake, expr: str, at: float | None = None) -> list[Sample]:
        return [one for one in original(self, expr, at) if one.labels.get("le") != "1"]

    monkeypatch.setattr(Fake, "instant", gone)
    assert ask(server, promise(sli=histogram, allow=["histogram/no-buckets"])).ids == ["live/no-bucket"]


def test_a_service_without_a_failure_so_far(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ask(Fake(series=HEALTHY)).only.id == "live/value-unseen"
    monkeypatch.setattr(_server, "connect", lambda *_: Fake(series=HEALTHY, refused={"rule_groups": 404}))
    answer = run("verify", write(tmp_path, slo_yaml=file()), "--prometheus", "http://fake", "--strict")
    assert answer.code == 0
    assert "note[live/value-unseen]" in answer.err
    assert "http://fake: 1 note\n" in answer.out


@pytest.mark.parametrize("pattern", ["5..", "4..|5..", "503|5..", "5\\\\d\\\\d", "(4|5)..", "[45].+"])
def test_a_pattern_that_takes_a_value_which_is_there(pattern: str) -> None:
    assert ask(Fake(), promise(sli=events(f'requests_total{{code=~"{pattern}"}}'))).ids == []


@pytest.mark.parametrize("pattern", ["6..", "6..|7..", "6\\\\d\\\\d", "(6|7).."])
def test_a_pattern_that_takes_nothing(pattern: str) -> None:
    assert ask(Fake(), promise(sli=events(f'requests_total{{code=~"{pattern}"}}'))).ids == ["live/value-unseen"]


@pytest.mark.parametrize(
    ("pattern", "severity"), [("6..", "note"), ("7[0-9]{2}|6xx", "note"), ("^6..$", "note"), ("6\\\\d{2}", "note"), ("failed", "warning"), ("6.+", "note")]
)
def test_a_status_code_that_never_happened_is_no_wrong_spelling(pattern: str, severity: str) -> None:
    found = ask(Fake(), promise(sli=events(f'requests_total{{code=~"{pattern}"}}'))).only
    assert (found.id, found.severity.word) == ("live/value-unseen", severity)


@pytest.mark.parametrize("pattern", ["\\\\pN+", "[[:digit:]]+", "5[[:digit:]]{2}", "(?U)5.+"])
def test_a_pattern_that_only_go_understands(pattern: str) -> None:
    """Python's own words about it are not for users either: warnings are errors here."""
    assert ask(Fake(), promise(sli=events(f'requests_total{{code=~"{pattern}"}}'))).ids == []


def test_a_target_that_waits_for_its_first_scrape() -> None:
    up = [{"__name__": "up", "job": "shop", "instance": "a:80"}]
    cart = promise(sli=events('cart_total{job="cart",code="500"}', 'cart_total{job="cart"}'))
    found = ask(Fake(series=SERIES + up, waiting=[{"job": "cart", "instance": "c:80"}]), cart).only
    assert (found.id, found.severity.word) == ("live/no-series", "note")
    assert found.message.endswith('job="cart" so far: the first scrape of 1 target is still to come')


@pytest.mark.parametrize("waiting", [{"job": "search", "instance": "c:80"}, {"job": "shop", "instance": "c:80"}])
def test_another_target_that_waits_explains_nothing(waiting: dict[str, str]) -> None:
    up = [{"__name__": "up", "job": "shop", "instance": "a:80"}]
    cart = promise(sli=events('cart_total{job="cart",code="500"}', 'cart_total{job="cart"}'))
    assert ask(Fake(series=SERIES + up, waiting=[waiting]), cart).only.severity.word == "error"
    shop = promise(sli=events('cart_total{job="shop",code="500"}', 'cart_total{job="shop"}'))
    assert ask(Fake(series=SERIES + up, waiting=[waiting]), shop).only.severity.word == "error"


def test_a_server_without_targets_is_silent_about_them() -> None:
    found = ask(Fake(series=[], refused={"targets": 404}))
    assert (found.ids, found.untold) == (["live/no-series"], [])


def test_a_value_never_seen_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_server, "connect", lambda *_: Fake(series=HEALTHY, refused={"rule_groups": 404}))
    answer = run("verify", write(tmp_path, slo_yaml=file(promise(), promise(name="second"), promise(name="third"))), "--prometheus", "http://fake")
    assert answer.err.count("note[live/value-unseen]") == 1
    assert re.search(r"also: at 2 more places, \S*slo.yaml:25, 37\n", answer.err)
    assert "http://fake: 1 note\n" in answer.out


def test_a_place_that_allows_it_is_not_among_the_others() -> None:
    found = ask(Fake(series=HEALTHY), promise(), promise(name="second", allow=["live/value-unseen"]), promise(name="third"))
    assert [finding.about.route[-1] for finding in found.findings if finding.about] == [0, 2]


def test_mails_are_identifiers() -> None:
    people = [{"__name__": "requests_total", "job": "shop", "instance": "a:80", "code": "500", "login": f"user{number}@example.com"} for number in range(8)]
    found = ask(Fake(series=people), promise(by=["login"])).only
    assert found.id == "live/many-values"
    assert found.message.startswith("login seems to be an identifier")


@pytest.mark.parametrize(
    ("model", "hint"),
    [("openai/gpt-4o", "total has 'gpt-4o', this 'openai/gpt-4o'"), ("GPT-4o", "total has 'gpt-4o', this 'GPT-4o'"), ("sonnet", "total has: gpt-4o")],
)
def test_a_name_that_total_does_not_know(model: str, hint: str) -> None:
    where = {"job": "shop", "instance": "a:80"}
    series = [{"__name__": "asked_total", "model": "gpt-4o", **where}, {"__name__": "broken_total", "model": model, **where}]
    found = ask(Fake(series=series), promise(by=["model"], sli=events("broken_total", "asked_total"))).only
    assert (found.id, found.severity.word) == ("live/no-total", "warning")
    assert found.help.startswith(hint)


@pytest.mark.parametrize(("other", "ids"), [("shop", ["live/value-case"]), ("cart", [])])
def test_two_spellings_of_a_value_within_what_is_selected(other: str, ids: list[str]) -> None:
    series = [
        {"__name__": "asked_total", "job": job, "instance": "a:80", "method": method} for job, method in (("shop", "GET"), (other, "get"), ("shop", "PUT"))
    ]
    bad = 'asked_total{job="shop",method="PUT"}'
    assert ask(Fake(series=series), promise(sli=events(bad, 'asked_total{job="shop",method!="GET"}'))).ids == ids
    assert ask(Fake(series=series), promise(sli=events('asked_total{job="shop",method=~"GET|get"}', 'asked_total{job="shop"}'))).ids == []


JOBS = [{"__name__": "asked_total", "job": job, "instance": "a:80"} for job in ("a", "b")]


@pytest.mark.parametrize(
    ("jobs", "bad", "ids"),
    [
        ("ab", "broken_total", ["live/foreign"]),
        ("b", "broken_total", ["live/foreign"]),  # a had none so far
        ("a", "broken_total", []),
        ("c", "broken_total", []),  # failures are counted elsewhere
        ("ac", "broken_total", ["live/foreign"]),
        ("ab", 'broken_total{job="b"}', []),  # said so
        ("ab", 'broken_total{job=~"a|b"}', []),
    ],
)
def test_failures_of_others(jobs: str, bad: str, ids: list[str]) -> None:
    series = [*JOBS, *({"__name__": "broken_total", "job": job, "instance": "a:80"} for job in jobs)]
    assert ask(Fake(series=series), promise(sli=events(bad, 'asked_total{job="a"}'))).ids == ids


# --- expressions ---------------------------------------------------------------------------------------------------------------------


def expressed(total: str, **keys: Any) -> dict[str, Any]:
    return promise(sli=events(f"0.5 * {total}", total), **keys, allow=["events/approximate"])


RECORDED = [{"__name__": "shop:requests:rate", "code": "200"}, {"__name__": "shop_tier", "code": "200", "tier": "gold"}]


@pytest.mark.parametrize(
    ("total", "ids"),
    [
        ("sum by (tier) (avg_over_time(shop:requests:rate[$window]))", ["live/no-label"]),
        ("sum by (tier) (avg_over_time(shop:requests:rate[$window]) * on (code) group_left (tier) shop_tier)", []),
        ('sum by (tier) (label_replace(avg_over_time(shop:requests:rate[$window]), "tier", "$1", "code", "(.).*"))', []),
    ],
)
def test_a_label_that_an_expression_joins_or_makes(total: str, ids: list[str]) -> None:
    assert ask(Fake(series=RECORDED), expressed(total, by=["tier"]), project="prometheus: {target_labels: [job]}").ids == ids


def test_an_expression_without_the_name_of_a_metric() -> None:
    assert ask(Fake(), expressed('sum(rate({job="shop"}[$window]))')).ids == []
