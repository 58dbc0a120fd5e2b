"""`slo init`: a commented first SLO file, with the schema beside it so that editors complete and explain it."""

from __future__ import annotations

from pathlib import Path

import typer

from slo_compiler import artifacts, resources
from slo_compiler.commands._run import refuse

SCHEMA = "slo.v1.json"


def run(path: Path) -> None:
    """Write the starter file to `path`; nothing that exists is touched."""
    schema = path.parent / SCHEMA
    try:
        artifacts.write_new(path, resources.template_text("starter.yaml"))
        if not schema.exists():
            artifacts.write_new(schema, resources.schema_text("slo.v1"))
    except FileExistsError as error:
        raise refuse(f"{error.filename or path} exists already", "name another file: `slo init my-service.yaml`") from error
    except OSError as error:
        raise refuse(f"{error.filename or path} cannot be written: {error.strerror}", "check the folder and its permissions") from error
    typer.echo(f"written   {path}\n          {schema} (the schema, for your editor)\nnext      slo compile {path} -o rules")
