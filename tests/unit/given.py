"""What unit tests begin with: a small SLO file as data, and the road as far as a test wants to go."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from slo_compiler import build, checks, schema
from slo_compiler.build import Project
from slo_compiler.cli import app
from slo_compiler.diagnostics import Diagnostic, Report
from slo_compiler.ir import AlertRule, RecordingRule
from slo_compiler.lower import lower
from slo_compiler.model import Slo, Spec
from slo_compiler.source import Source, parse
from slo_compiler.templating import Templates

ROOT = Path(__file__).parents[2]
EVENTS = {"events": {"total": "requests_total", "bad": 'requests_total{code="500"}'}}
HISTOGRAM = {"histogram": {"metric": "latency_seconds", "at_most": "500ms", "buckets": [0.1, 0.5, 1]}}


def promise(**keys: Any) -> dict[str, Any]:
    """An SLO, as it stands in a file."""
    return {"name": "success", "category": "availability", "objective": "99.9%", "window": "7d", "sli": EVENTS, **keys}


def file(*slos: dict[str, Any], **keys: Any) -> str:
    """The text of an SLO file; without SLOs it holds one."""
    return json.dumps({"version": "slo/v1", "service": "shop", "slos": slos or [promise()], **keys}, ensure_ascii=False, indent=1)


@dataclass
class Built:
    """What became of a text."""

    spec: Spec
    report: Report
    sources: dict[str, Source] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        return [finding.id for finding in self.report.findings]

    @property
    def only(self) -> Diagnostic:
        (finding,) = self.report.findings
        return finding

    @property
    def slo(self) -> Slo:
        assert self.report.ok, self.report.findings
        (slo,) = self.spec.slos
        return slo

    def rules(self) -> list[RecordingRule | AlertRule]:
        assert self.report.ok, self.report.findings
        bundle = lower(self.spec, Templates())
        return [rule for service in bundle.services for group in service.groups for rule in group.rules]

    def expr(self, name: str) -> str:
        """The expression of the only rule of that name."""
        (found,) = (rule.expr for rule in self.rules() if name in {getattr(rule, "record", ""), getattr(rule, "alert", "")})
        return found

    def alert(self, name: str, tier: str = "") -> AlertRule:
        (found,) = (rule for rule in self.rules() if isinstance(rule, AlertRule) and rule.alert == name and (not tier or rule.labels["slo_tier"] == tier))
        return found


def built(text: str, settings: Project | None = None) -> Built:
    """A text read, checked and built."""
    report = Report()
    source = Source("slo.yaml", text)
    checked = [(document, schema.check("slo.v1", document.data, document.where, report)) for document in parse(source, report)]
    spec = build.build(checked, settings or Project(), {}, report)
    checks.check(spec, report)
    return Built(spec, report, {source.name: source})


def one(**keys: Any) -> Built:
    """A file with one SLO."""
    return built(file(promise(**keys)))


def settings(text: str) -> tuple[Project, Report]:
    """A project file read."""
    report = Report()
    (document,) = parse(Source("slo-compiler.yaml", text), report)
    return build.read_project(document, schema.check("project.v1", document.data, document.where, report), report), report


@dataclass
class Run:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.out)
        return found

    @property
    def ids(self) -> list[str]:
        return [finding["id"] for finding in self.findings]


def run(*arguments: str | Path, stdin: bytes | None = None) -> Run:
    """A command in this process; what it raises is a fault of ours."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(result.exit_code, result.stdout, result.stderr)


def write(folder: Path, **files: str) -> Path:
    """Files by name: `__` is a slash, `_yaml` is .yaml, any other `_` a dash."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """The files of a folder with their bytes and times."""
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.rglob("*")) if path.is_file()}


def age(folder: Path) -> None:
    """Make all files an hour old, so that a new time shows."""
    for path in folder.rglob("*"):
        os.utime(path, ns=(path.stat().st_mtime_ns - 3_600_000_000_000,) * 2)
