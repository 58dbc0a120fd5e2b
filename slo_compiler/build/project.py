"""The project file as values, its defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from slo_compiler.build import texts
from slo_compiler.build.entry import Entry, length, take
from slo_compiler.build.grafana import grafana
from slo_compiler.build.options import options
from slo_compiler.build.policies import Policies
from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Grafana, Options, Prometheus
from slo_compiler.quantities import Duration
from slo_compiler.source import Data

_STEP, _FASTEST, _FAST = Duration(Decimal(60)), Duration(Decimal(5)), Duration(Decimal(15))
_DELAY, _LONGEST_DELAY = Duration(Decimal(10)), Duration(Decimal(300))
_RETENTION = Duration(Decimal(15 * 86400))
_OLDEST = (2, 26)
_NOWHERE = Where("")


_GRAFANA, _TARGETS, _OPTIONS = Grafana(), ("prometheus",), Options()
_USUAL = Prometheus(
    step=_STEP, scrape_interval=_STEP, delay=_DELAY, retention=_RETENTION, retention_stated=False, target_labels=("job", "instance"), version=None
)


@dataclass(frozen=True, slots=True)
class Project:
    """What holds for all files of a repository."""

    sources: tuple[str, ...] = ()
    output: str | None = None
    templates: str | None = None
    policy_files: tuple[Entry, ...] = ()
    policies: Policies = field(default_factory=Policies)  # read from those files
    labels: Mapping[str, Entry] = field(default_factory=dict)
    annotations: Mapping[str, Entry] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    severities_at: Where = _NOWHERE
    prometheus: Prometheus = _USUAL
    grafana: Grafana = _GRAFANA
    targets: tuple[str, ...] = _TARGETS
    names_targets: bool = False  # whether the file says which: then the output holds no other
    options: Options = _OPTIONS


def project(entry: Entry, report: Report) -> Project:
    """The project that a file describes."""
    policies = entry.get("policies")
    return Project(
        sources=_listed(entry, "sources"),
        output=entry.value("output", None),
        templates=entry.value("templates", None),
        policy_files=tuple(policies.entries()) if policies else (),
        labels=texts.labels(entry.get("labels"), report),
        annotations=_texts(entry, "annotations", report),
        links={name: link.data for name, link in texts.links(entry.get("links"), report).items()},
        severities={name: word.data for name, word in _texts(entry, "severities", report).items()},
        severities_at=entry.where / "severities",
        prometheus=_prometheus(entry.get("prometheus") or Entry({}, entry.where, entry.bad), report),
        grafana=grafana(entry.get("grafana"), report),
        targets=_listed(entry, "targets") or _TARGETS,
        names_targets=bool(_listed(entry, "targets")),
        options=options(entry.get("options")),
    )


def _listed(entry: Entry, key: str) -> tuple[str, ...]:
    listed = entry.get(key)
    return tuple(one.data for one in listed.entries()) if listed else ()


def _texts(entry: Entry, key: str, report: Report) -> dict[str, Entry]:
    """Texts that alerts will carry."""
    mapping = entry.get(key)
    found = dict(mapping.items()) if mapping else {}
    for place in found.values():
        texts.check_template(place, report)
    return found


def _prometheus(entry: Entry, report: Report) -> Prometheus:
    step = _step(entry, report)
    scrape = take(entry.get("scrape_interval"), length, report) or step
    retention = take(entry.get("retention"), length, report)
    delay = _delay(entry, step, report)
    targets = entry.get("target_labels")
    labels = tuple(label.data for label in targets.entries()) if targets else _USUAL.target_labels
    return Prometheus(step, scrape, delay, retention or _RETENTION, retention is not None, labels, _version(entry, report))


def _step(entry: Entry, report: Report) -> Duration:
    found = entry.get("evaluation_interval")
    step = take(found, length, report)
    if step is None or found is None:
        return _STEP
    if not _FASTEST <= step <= _STEP or _STEP.seconds % step.seconds:
        help = "write 1m, 30s, 15s, 10s or 5s"
        report.error("prometheus/step", found.where, f"evaluation_interval must divide a minute and be at least 5s, got {step}", help)
        return _STEP
    if step < _FAST:
        help = "15s and more are cheaper, and no alert window is shorter than 5m"
        report.warning("prometheus/fast-step", found.where, f"rules that run each {step} cost much and gain little", help)
    return step


def _delay(entry: Entry, step: Duration, report: Report) -> Duration:
    found = entry.get("ingestion_delay")
    default = min(_DELAY, Duration(step.seconds / 2))
    if found is None:
        return default
    if str(found.data) in {"0", "0s", "0ms", "0m"}:
        return Duration(Decimal(0))
    delay = take(found, length, report) or default
    if delay > _LONGEST_DELAY:
        help = "samples that arrive later than five minutes come too late for any alert: 60s is usual for remote-written data"
        report.error("prometheus/delay", found.where, f"ingestion_delay must be at most 5m, got {delay}", help)
        return default
    return delay


def _version(entry: Entry, report: Report) -> tuple[int, int] | None:
    found = entry.get("version")
    if found is None:
        return None
    match = re.fullmatch(r"v?(\d+)(?:\.(\d+))?(?:\.\d+)?", _text(found.data))
    if not match:
        help = 'write major and minor number, for example "2.42"'
        report.error("prometheus/version", found.where, f"version must be a version of Prometheus, got {found.data}", help)
        return None
    version = int(match[1]), int(match[2] or 0)
    if match[2] and version < _OLDEST:
        help = "upgrade it: the rules use last_over_time, which came with 2.26"
        report.error("prometheus/version", found.where, f"version must be at least 2.26, got {_text(found.data)}", help)
        return None
    return version


def _text(raw: Data) -> str:
    return str(raw).strip()
