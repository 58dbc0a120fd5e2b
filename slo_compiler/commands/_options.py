"""Arguments and options that several commands take, and the words that may be chosen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How an answer is printed."""

    text = "text"
    json = "json"


class Findings(StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"
    github = "github"
    gitlab = "gitlab"
    sarif = "sarif"
    junit = "junit"


class Language(StrEnum):
    """The files that have a schema."""

    slo = "slo"
    project = "project"
    policy = "policy"
    report = "report"
    diff = "diff"
    findings = "findings"


class Told(StrEnum):
    """How changes are printed."""

    text = "text"
    markdown = "markdown"
    json = "json"


class Printed(StrEnum):
    """How a report is printed."""

    markdown = "markdown"
    html = "html"
    json = "json"


class Target(StrEnum):
    """What can be written."""

    prometheus = "prometheus"
    prometheus_operator = "prometheus-operator"
    victoriametrics = "victoriametrics"
    victoriametrics_operator = "victoriametrics-operator"
    mimir = "mimir"
    thanos = "thanos"
    configmap = "configmap"
    grafana = "grafana"
    grafana_operator = "grafana-operator"
    alertmanager = "alertmanager"


class Ruled(StrEnum):
    """What is written for rulers."""

    prometheus = "prometheus"
    prometheus_operator = "prometheus-operator"
    victoriametrics = "victoriametrics"
    victoriametrics_operator = "victoriametrics-operator"
    mimir = "mimir"
    thanos = "thanos"
    configmap = "configmap"


def filled(value: str) -> str:
    """The word that an option was given. Raises BadParameter where it is empty: a variable that nobody set."""
    if not value:
        raise typer.BadParameter("it is empty. Is a variable not set? Leave the option out, or give it a value")
    return value


def filled_path(value: str) -> Path:
    """The same for a path, which would be the current folder."""
    return Path(filled(value))


Paths = Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help="Files, folders or - (standard input). Default: the project file's sources.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", parser=filled_path, metavar="DIR", help="Folder for what is written. Default: the project file's output.")
]
Templates = Annotated[Path | None, typer.Option("--templates", metavar="DIR", help="Folder whose templates replace ours, leaf by leaf.")]
_WRITTEN = f"What to write: {', '.join(one.value for one in Target)}; may be repeated. Default: the project's targets, else prometheus."
Targets = Annotated[list[Target] | None, typer.Option("--target", metavar="TARGET", help=_WRITTEN)]
_RULED = f"For whom its rules were written: {', '.join(one.value for one in Ruled)}. Default: the first of the project's targets."
Form = Annotated[Ruled | None, typer.Option("--target", metavar="TARGET", help=_RULED)]
Style = Annotated[Findings, typer.Option("--format", help="How findings are printed.")]
Strict = Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")]
_PREFIX = "Delete what an earlier prefix left of these services."
PrunePrefix = Annotated[str | None, typer.Option("--prune-prefix", parser=filled, metavar="OLD", help=_PREFIX)]
Url = Annotated[str, typer.Option("--prometheus", parser=filled, metavar="URL", help="The server to ask, for example http://localhost:9090.")]
TokenFile = Annotated[Path | None, typer.Option("--token-file", metavar="FILE", help="File with a bearer token. Default: $SLO_PROMETHEUS_TOKEN.")]
Tenant = Annotated[str, typer.Option("--tenant", metavar="ID", help="Sent as X-Scope-OrgID, for Mimir and Cortex.")]
CaFile = Annotated[Path | None, typer.Option("--ca-file", metavar="FILE", help="Certificates of authorities to trust, in PEM format.")]
At = Annotated[str, typer.Option("--at", metavar="TIME", help="The moment of all numbers: 2026-11-01T00:00:00Z, epoch seconds, or 7d (ago). Default: now.")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=0.1, help="How long one answer may take.")]
