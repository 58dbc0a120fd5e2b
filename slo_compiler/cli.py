"""The command line: options and their help; what the verbs do stands in `commands`, loaded only when one is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slo_compiler import __version__
from slo_compiler.commands._options import (
    At,
    CaFile,
    Findings,
    Form,
    Format,
    Language,
    Output,
    Paths,
    Printed,
    PrunePrefix,
    Strict,
    Style,
    Targets,
    Templates,
    Tenant,
    Timeout,
    TokenFile,
    Told,
    Url,
    filled,
    filled_path,
)

app = typer.Typer(
    name="slo", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)


def _print_version(wanted: bool) -> None:  # Typer calls it so
    if wanted:
        typer.echo(f"slo {__version__}")
        raise typer.Exit


@app.callback()
def main(_version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False) -> None:
    """SLOs as code for services that run on language models: YAML in, Prometheus rules out."""


@app.command()
def compile(
    paths: Paths = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", parser=filled_path, metavar="DIR", help="Where to write; - prints. Default: the project file's output.")
    ] = None,
    target: Targets = None,
    single_file: Annotated[bool, typer.Option("--single-file", help="Write one file for all services, in place of a file each.")] = False,
    shard: Annotated[int | None, typer.Option("--shard", metavar="N", min=1, max=1000, help="Spread the services over N rulers.")] = None,
    templates: Templates = None, format: Style = Findings.text, strict: Strict = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 where the output is not what would be written.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="The same, and print what would change.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Compile again after each change, until Ctrl-C.")] = False,
) -> None:  # fmt: skip
    """Compile SLO files into rules, pages and routes.

    For Prometheus and other rulers, Kubernetes, Grafana and Alertmanager. All files are written, or none if anything is wrong.
    """
    from slo_compiler.commands import compile as verb  # noqa: PLC0415

    targets = tuple(dict.fromkeys(one.value for one in target or []))
    asked = verb.Asked(targets, single_file, shard or 0, check=check or diff, diff=diff, watch=watch)
    verb.run(paths or [], output, templates, format.value, asked=asked, strict=strict)


@app.command()
def validate(paths: Paths = None, templates: Templates = None, format: Style = Findings.text, strict: Strict = False) -> None:
    """Check SLO files and print all mistakes; write nothing."""
    from slo_compiler.commands import validate as verb  # noqa: PLC0415

    verb.run(paths or [], templates, format.value, strict=strict)


def _complete_id(beginning: str) -> list[str]:
    from slo_compiler.commands import explain as verb  # noqa: PLC0415

    return [id for id in verb.ids() if id.startswith(beginning)]


@app.command()
def explain(
    what: Annotated[str, typer.Argument(metavar="ID|SERVICE/SLO|FILE:LINE", autocompletion=_complete_id, help="A finding's id, an SLO, or a line of a file.")],
    paths: Paths = None,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Events an hour. Default: the SLO's expected_rate, or else 1000.")] = None,
    series: Annotated[int, typer.Option(min=1, help="Raw series that a selector finds, for the cost.")] = 10,
    values: Annotated[int, typer.Option(min=1, help="Values of the `by` labels, for the cost.")] = 1,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw minutes to alert against error share.")] = None,
    format: Annotated[Format, typer.Option("--format", help="How an SLO is printed.")] = Format.text,
) -> None:
    """Explain a finding, an SLO, or a line of a file that was written.

    Of a finding: what it means, a wrong and a right example. An SLO is told in numbers: its budget, its policy, what each tier needs to fire, what
    the rules cost. Of a line: the rule there, the SLO that it comes from, what it is for, and whether it is what would be written now.
    """
    from slo_compiler.commands import explain as verb  # noqa: PLC0415

    verb.run(what, paths or [], verb.Assumed(rate, series, values), format.value, plot)


@app.command()
def verify(
    prometheus: Url, paths: Paths = None,
    ruler: Annotated[
        str | None, typer.Option("--ruler", parser=filled, metavar="URL", help="Where rules run, if elsewhere: vmalert, a Thanos ruler. Default: the server.")
    ] = None,
    target: Form = None, templates: Templates = None, token_file: TokenFile = None, tenant: Tenant = "", ca_file: CaFile = None,
    timeout: Timeout = 30.0, format: Style = Findings.text, strict: Strict = False,
) -> None:  # fmt: skip
    """Ask a running Prometheus whether it has what SLOs need.

    Series, labels, values and buckets; scrapes, delays and retention; replicas; and whether the loaded rules are exactly these.
    """
    from slo_compiler.commands import _server  # noqa: PLC0415
    from slo_compiler.commands import verify as verb  # noqa: PLC0415

    server = _server.connect(prometheus, token_file, tenant, ca_file, timeout)
    runs = verb.Runs(_server.connect(ruler, token_file, tenant, ca_file, timeout) if ruler else None, target.value if target else "")
    verb.run(paths or [], server, runs, templates, format.value, strict=strict)


@app.command()
def push(
    paths: Paths = None,
    ruler: Annotated[
        str | None, typer.Option("--ruler", parser=filled, metavar="URL", help="The ruler to write to, for example http://mimir:8080/prometheus.")
    ] = None,
    reload: Annotated[
        str | None, typer.Option("--reload", parser=filled, metavar="URL", help="Or the Prometheus to reload, which reads the compiled files.")
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Delete groups of ours that the files make no longer.")] = False,
    prune_prefix: PrunePrefix = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; say what would be done.")] = False,
    shard: Annotated[int | None, typer.Option("--shard", metavar="K", min=0, help="Which of the shards this tenant has.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", parser=filled_path, metavar="DIR", help="Where shards.yaml is. Default: the project file's output.")
    ] = None,
    target: Form = None,
    parallel: Annotated[int, typer.Option("--parallel", metavar="N", min=1, max=32, help="How many groups are sent at a time.")] = 4,
    deadline: Annotated[float, typer.Option("--deadline", metavar="SECONDS", min=1, help="How long all may take; taking back, as long again.")] = 300.0,
    templates: Templates = None, token_file: TokenFile = None, tenant: Tenant = "", ca_file: CaFile = None, timeout: Timeout = 30.0,
    format: Annotated[Format, typer.Option("--format", help="How the outcome is printed.")] = Format.text, strict: Strict = False,
) -> None:  # fmt: skip
    """Write rules into the store of a ruler, or reload a Prometheus.

    Mimir and Grafana Cloud keep rules in a store; of a Prometheus it is seen, too, that it runs them. Only what differs is sent. A push that fails
    leaves what was there before; exit code 2 where nothing could be done.
    """
    from slo_compiler.commands import _reload, _server  # noqa: PLC0415
    from slo_compiler.commands import push as verb  # noqa: PLC0415

    asked = verb.Asked(shard, prune, prune_prefix or "", dry_run, parallel, deadline)
    verb.check(ruler or "", reload or "", asked)
    if reload:
        server = _server.connect(reload, token_file, tenant, ca_file, timeout)
        _reload.run(paths or [], server, templates, format.value, target=target.value if target else "")
    else:
        store = _server.connect_ruler(ruler or "", token_file, tenant, ca_file, timeout)
        verb.run(paths or [], store, output, templates, format.value, asked=asked, strict=strict)


@app.command()
def backfill(
    prometheus: Url,
    output: Annotated[Path, typer.Option("-o", "--output", parser=filled_path, metavar="FILE", help="The OpenMetrics text to write.")],
    paths: Paths = None,
    slo: Annotated[list[str] | None, typer.Option(metavar="SERVICE/SLO", help="Only this SLO; may be given more than once. Default: all.")] = None,
    start: Annotated[str, typer.Option(metavar="TIME", help="Default: the SLO's longest window before the end.")] = "",
    end: Annotated[str, typer.Option(metavar="TIME", help="Default, and latest: where the running rules' own series begin; without rules 3 hours ago.")] = "",
    step: Annotated[str, typer.Option(metavar="DURATION", help="A coarser past is cheaper: up to 5m. Default: the project's evaluation_interval.")] = "",
    templates: Templates = None, token_file: TokenFile = None, tenant: Tenant = "", ca_file: CaFile = None, timeout: Timeout = 120.0,
) -> None:  # fmt: skip
    """Compute what new rules would have recorded in the past.

    The output is for `promtool tsdb create-blocks-from openmetrics`. A TIME is 2026-11-01T00:00:00Z, epoch seconds, or 30d for 30 days ago. A run
    that was broken off goes on where it stopped.
    """
    from slo_compiler.commands import _server  # noqa: PLC0415
    from slo_compiler.commands import backfill as verb  # noqa: PLC0415

    server = _server.connect(prometheus, token_file, tenant, ca_file, timeout)
    verb.run(paths or [], server, verb.Wanted(tuple(slo or ()), start, end, step), output, templates)


@app.command()
def test(
    paths: Paths = None, output: Output = None, templates: Templates = None,
    play: Annotated[bool, typer.Option("--run", help="Run the tests, and tell in a line an alert what it does.")] = False,
    promtool: Annotated[str, typer.Option("--promtool", metavar="FILE", help="The promtool that runs them.")] = "promtool",
) -> None:  # fmt: skip
    """Write promtool tests for every alert; with --run, run them.

    They stand beside the rules. Critical counts, shares, recovery, quiet hours and missing data: each alert fires at its edge and is silent just below it.
    """
    from slo_compiler.commands import test as verb  # noqa: PLC0415

    verb.run(paths or [], output, templates, promtool, play=play)


@app.command()
def report(
    paths: Paths = None,
    prometheus: Annotated[
        str | None, typer.Option("--prometheus", parser=filled, metavar="URL", help="The server to ask, for example http://localhost:9090.")
    ] = None,
    numbers: Annotated[str, typer.Option("--numbers", metavar="FILE", help="Given numbers in place of a server: a file, or - (standard input).")] = "",
    format: Annotated[Printed, typer.Option("--format", help="How the report is printed.")] = Printed.markdown,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", parser=filled_path, metavar="FILE", help="The file to write. Default: standard output.")
    ] = None,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="The heading. Default: that of the platform page.")] = "",
    at: At = "", templates: Templates = None, token_file: TokenFile = None, tenant: Tenant = "", ca_file: CaFile = None, timeout: Timeout = 30.0,
) -> None:  # fmt: skip
    """Print one page for people who do not run the services.

    Four numbers, their trends, a sentence each. It says what the platform page of Grafana says at that moment. Numbers come from a server, or from a
    file that `slo schema report` explains.
    """
    from slo_compiler.commands import _server  # noqa: PLC0415
    from slo_compiler.commands import report as verb  # noqa: PLC0415

    verb.check(paths or [], prometheus or "", numbers, at)
    wanted = verb.Wanted(title, format.value, output, templates)
    if numbers:
        verb.given(numbers, wanted)
    else:
        verb.live(paths or [], _server.connect(prometheus or "", token_file, tenant, ca_file, timeout), at, wanted)


@app.command()
def status(
    prometheus: Url, paths: Paths = None, at: At = "", format: Annotated[Format, typer.Option("--format", help="How the table is printed.")] = Format.text,
    token_file: TokenFile = None, tenant: Tenant = "", ca_file: CaFile = None, timeout: Timeout = 30.0,
) -> None:  # fmt: skip
    """Print how every SLO stands, worst first.

    Exit code 1 where a budget is spent. It says what the platform page of Grafana says at that moment. Exit code 2 where nothing can be said: a
    mistake, or a server that does not answer.
    """
    from slo_compiler.commands import _server  # noqa: PLC0415
    from slo_compiler.commands import status as verb  # noqa: PLC0415

    verb.run(paths or [], _server.connect(prometheus, token_file, tenant, ca_file, timeout), at, format.value)


@app.command()
def diff(
    what: Annotated[
        list[str] | None, typer.Argument(metavar="[OLD NEW | OLD..NEW | OLD] [PATH]...", help="Two paths, or git revisions. Default: HEAD.")
    ] = None,
    templates: Templates = None,
    format: Annotated[Told, typer.Option("--format", help="How changes are printed.")] = Told.text,
    prometheus: Annotated[
        str | None, typer.Option("--prometheus", parser=filled, metavar="URL", help="Compare what this server runs with what PATHs compile to.")
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit code 0 even where alerts get weaker.")] = False,
    token_file: TokenFile = None, tenant: Tenant = "", ca_file: CaFile = None, timeout: Timeout = 30.0,
) -> None:  # fmt: skip
    """Tell in words what changed in SLOs.

    Between two folders or files, two git revisions, or a revision and the working tree. Exit code 1 where alerts get weaker, 2 where one of the two
    cannot be read.
    """
    from slo_compiler.commands import _server  # noqa: PLC0415
    from slo_compiler.commands import diff as verb  # noqa: PLC0415

    if prometheus:
        server = _server.connect(prometheus, token_file, tenant, ca_file, timeout)
        verb.run_beside(what or [], server, templates, format.value, exit_zero=exit_zero)
    else:
        verb.run(what or [], templates, format.value, exit_zero=exit_zero)


@app.command()
def schema(
    language: Annotated[
        Language, typer.Argument(help="Whose schema: of SLO files, the project file, policy files, a report's numbers, a diff, findings.")
    ] = Language.slo,
) -> None:
    """Print the JSON Schema of the language."""
    from slo_compiler.commands import schema as verb  # noqa: PLC0415

    verb.run(language.value)


@app.command()
def init(path: Annotated[Path, typer.Argument(metavar="[FILE]", help="The file to write.")] = Path("slo.yaml")) -> None:
    """Write a commented first SLO file and say what comes next."""
    from slo_compiler.commands import init as verb  # noqa: PLC0415

    verb.run(path)
