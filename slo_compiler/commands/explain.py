"""`slo explain ID`: what a finding means, a wrong and a right example."""

from __future__ import annotations

import difflib

import typer

from slo_compiler import resources
from slo_compiler.commands._run import refuse

_FOLDER, _ENDING = "findings", ".md"


def ids() -> list[str]:
    """All finding ids, sorted."""
    return [name.removeprefix(f"{_FOLDER}/").removesuffix(_ENDING) for name in resources.template_names(_FOLDER)]


def run(id: str) -> None:
    """Print the page of a finding."""
    known = ids()
    if id not in known:
        near = difflib.get_close_matches(id, known, n=1, cutoff=0.4)
        help = f"did you mean {near[0]}?" if near else "ids stand in brackets in the findings, for example objective/range"
        raise refuse(f"there is no finding {id!r}", help)
    typer.echo(resources.template_text(f"{_FOLDER}/{id}{_ENDING}"), nl=False)
