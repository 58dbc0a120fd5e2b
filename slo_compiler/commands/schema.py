"""`slo schema`: the JSON Schema of the language, for editors and other tools."""

from __future__ import annotations

import typer

from slo_compiler import resources


def run(name: str) -> None:
    """Print the schema of SLO files, of the project file, of policy files or of the numbers of a report."""
    typer.echo(resources.schema_text(f"{name}.v1"), nl=False)
