"""The note on top of every file that we write: whose it is, and which sources it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from itertools import takewhile
from types import MappingProxyType

from slo_compiler import __version__

#: The first words of every file that we write; they are how we know our own. JSON has no comments: they open its first value.
MARK, _JSON_MARK = "# Written by slo-compiler", '{"description": "Written by slo-compiler'
_SOURCE = "Source: "
_SHA256, _WITH_SHA256 = " (sha256 {})", re.compile(r" \(sha256 [0-9a-f]{16}\)\Z")
_NONE: Mapping[str, str] = MappingProxyType({})
_RELEASE = ".".join(__version__.split(".")[:2])  # without the patch release, which leaves files as they are


def header(sources: tuple[str, ...], command: str = "slo compile", *, digests: Mapping[str, str] = _NONE) -> str:
    """The comment lines on top of a file that `command` writes."""
    return "".join(f"# {line}\n" for line in note(sources, command, digests=digests).splitlines())


def note(sources: tuple[str, ...], command: str = "slo compile", *, digests: Mapping[str, str] = _NONE) -> str:
    """The same lines as plain text, with which the `description` begins that is the first value of a JSON file; `digests` of the sources, where known."""
    named = (f"{_SOURCE}{source}{_SHA256.format(digests[source]) if source in digests else ''}" for source in sources)
    return "\n".join([f"{MARK.removeprefix('# ')} {_RELEASE}: edit the source and run `{command}`, not this file.", *named])


def is_ours(text: str) -> bool:
    """Whether a text is one that we wrote."""
    return text.startswith((MARK, _JSON_MARK))


def came_from(text: str) -> set[str]:
    """The sources that a file of ours tells; none of one that is not ours."""
    if not is_ours(text):
        return set()
    return {_WITH_SHA256.sub("", line.removeprefix(_SOURCE)) for line in _head(text) if line.startswith(_SOURCE)}


def digest_of(source: str, text: str) -> str | None:
    """The hash of a source that a file of ours tells, None where it tells none."""
    begin = f"{_SOURCE}{source} (sha256 "
    return next((line.removeprefix(begin).rstrip(")") for line in _head(text) if line.startswith(begin)), None)


def _head(text: str) -> list[str]:
    """The lines of our note on top of a file."""
    if text.startswith(MARK):
        return [line.removeprefix("# ").rstrip("\r\n") for line in takewhile(lambda line: line.startswith("#"), StringIO(text))]
    import json  # noqa: PLC0415  # late: most folders hold no pages

    first = text.split("\n", 1)[0].rstrip(",")
    try:
        return str(json.loads(first + "}")["description"]).splitlines()
    except ValueError:  # somebody's change: it tells no sources, so that it is never removed
        return []
