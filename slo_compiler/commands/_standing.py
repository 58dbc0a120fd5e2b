"""What `report` and `status` share: the SLOs of the files, and one moment at which a server is asked how they stand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import typer

from slo_compiler import compiler, report
from slo_compiler.commands._run import refuse, start, tell
from slo_compiler.commands._server import moment, unanswered
from slo_compiler.compiler import Compilation
from slo_compiler.model import Spec
from slo_compiler.remote import RemoteFailure, Server

Found = TypeVar("Found")


def of_files(paths: list[str], *, code: int | None = None) -> tuple[Compilation, Spec]:
    """The SLOs of `paths`; a mistake in them ends the run, with the exit code that it has or with `code`."""
    this, paths = start(paths)
    compiler.validate(this, paths)
    if not this.report.ok or this.spec is None:
        tell(this, "text")
        raise typer.Exit(code or this.report.exit_code())
    this.report.findings.clear()  # warnings about the files are told by compile
    return this, this.spec


def asked(server: Server, at: str, read: Callable[[float], Found]) -> tuple[Found, float]:
    """What `read` finds at one moment, and the moment: `at`, or else the server's own now."""
    try:
        now = math.floor(server.now())
        when = moment("--at", at, now)
        chosen = float(now if when is None else when)
        return read(chosen), chosen
    except RemoteFailure as failure:
        raise unanswered(failure) from failure
    except report.Unknown as unknown:
        help = "load the rules that `slo compile` writes, or name the server that has them; `slo verify` tells more"
        raise refuse(f"{server.url} knew none of these SLOs at that moment: there is no series {unknown} of them", help) from unknown
