"""Which files a compilation reads: paths become sources, sources become documents, and what is not ours to read is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from slo_compiler import artifacts, source
from slo_compiler.diagnostics import Report, Where
from slo_compiler.source import Data, Document, Source

PROJECT_FILE = "slo-compiler.yaml"
STDIN = "-"
STDIN_LABEL = "standard input"
_PROJECT = "a project file of slo-compiler"
_POLICY = "a policy file"
_WITHOUT_SLOS = {"tiers": _POLICY, "groups": "a Prometheus rule file"}
ENDINGS = (".yaml", ".yml")

#: How other tools' files begin: (key, beginning of its value, what it is).
_FOREIGN = (
    ("version", "prometheus/v", "a Sloth specification"),
    ("apiVersion", "sloth.slok.dev", "a Sloth PrometheusServiceLevel"),
    ("apiVersion", "pyrra.dev", "a Pyrra ServiceLevelObjective"),
    ("apiVersion", "openslo", "an OpenSLO document"),
    ("apiVersion", "n9/", "a Nobl9 document"),
    ("apiVersion", "monitoring.coreos.com", "a resource of the Prometheus operator"),
)


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read: under `name` in messages, under `label` in the headers of what is written from it."""

    path: Path
    name: str
    label: str


def project_file(start: Path) -> Path | None:
    """The project file of a folder or of the nearest folder above it."""
    return next((file for file in project_files(start) if os.path.isfile(file)), None)  # noqa: PTH113  # Path.is_file raises where it may not look


def project_files(start: Path) -> Iterator[Path]:
    """Where the project file of a folder may be, the nearest place first."""
    return (folder / PROJECT_FILE for folder in (start, *start.parents))


def base(root: Path | None, named: str | None, output: Path | None) -> Path:
    """What labels are relative to: the project's folder, or the output that its file names where that lies elsewhere, because several projects may share it.

    Without a project it is the output. Either way a label in a file names one source, whoever compiled it from where.
    """
    if root is None:
        return output or Path()
    shared = root / named if named else root
    return root if Path(os.path.realpath(shared)).is_relative_to(os.path.realpath(root)) else shared


def find(paths: Iterable[str], *, base: Path, output: Path | None, others: Iterable[Path] = (), report: Report) -> list[Input]:
    """All SLO files that `paths` name, folders searched; `others` are files that say something else, such as policies.

    Labels are relative to `base`.
    """
    found: dict[str, Input] = {}
    for path in paths:
        if path == STDIN:
            found[STDIN] = Input(Path(STDIN), "<stdin>", STDIN_LABEL)
            continue
        for one in _below(Path(path), base, output, report):
            found.setdefault(os.path.realpath(one.path), one)
    for other in others:
        found.pop(os.path.realpath(other), None)
    return list(found.values())


def _below(path: Path, base: Path, output: Path | None, report: Report) -> Iterator[Input]:
    try:
        is_there = path.exists()
    except OSError as error:
        report.unreadable("file/unreadable", Where(path.as_posix()), f"the path cannot be read: {error.strerror}", "check the path and its permissions")
        return
    if not is_there:
        report.unreadable("file/not-found", Where(path.as_posix()), "there is no such file or folder", "check the path; it is taken from the current folder")
        return
    if not path.is_dir():
        yield Input(path, path.as_posix(), _label(path, base))
        return
    empty = True
    for file in walk(path, output, report):
        empty = False
        yield Input(file, file.as_posix(), _label(file, base))
    if empty and report.ok:
        help = "SLO files end in .yaml or .yml; `slo init` writes a first one"
        report.unreadable("folder/empty", Where(path.as_posix()), "there is no SLO file in this folder", help)


def walk(folder: Path, output: Path | None, report: Report) -> Iterator[Path]:
    """The files of a folder that may be SLO files, without those of the folder `output`."""

    def refuse(error: OSError) -> None:
        place = Where(Path(str(error.filename)).as_posix())
        report.unreadable("folder/unreadable", place, f"the folder cannot be read: {error.strerror}", "check its permissions")

    skipped = os.path.realpath(output) if output else None
    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and os.path.realpath(Path(parent, name)) != skipped)
        for name in sorted(files):
            if name.endswith(ENDINGS) and not name.startswith(".") and name != PROJECT_FILE and not name.endswith(".rules.yml"):
                yield Path(parent, name)


def _label(path: Path, base: Path) -> str:
    return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(base))).as_posix()


def load(inputs: Iterable[Input], report: Report) -> tuple[dict[str, Source], list[Document]]:
    """The texts by name, and all documents in them; files that we wrote are passed over, unless there is nothing else."""
    texts = [text for one in inputs if (text := _text(one, report))]
    sources = {text.name: text for text in texts if not artifacts.is_ours(text.text)}
    if texts and not sources and report.ok:
        _refuse_ours(texts, report)
    return sources, [document for text in sources.values() for document in _documents(text, report)]


def _refuse_ours(texts: list[Source], report: Report) -> None:
    """A run that compiles nothing would look like a success."""
    came_from = sorted(artifacts.came_from(texts[0].text))
    help = f"name the SLO files, or their folder; this file was made from {', '.join(came_from[:3])}" if came_from else "name the SLO files, or their folder"
    others = len(texts) - 1
    more = f", and so {'was' if others == 1 else 'were'} {others} more: none of them holds SLOs" if others else ": it holds no SLOs"
    report.unreadable("file/compiled", Where(texts[0].name), f"this file was written by slo-compiler{more}", help)


def load_project(one: Input, report: Report) -> tuple[dict[str, Source], list[Document]]:
    """The project file's text and its document; an empty file says nothing, which is all right."""
    text = _text(one, report)
    return ({one.name: text}, source.parse(text, report)[:1]) if text else ({}, [])


def load_numbers(path: str, report: Report) -> tuple[dict[str, Source], list[Document]]:
    """The text of a file of numbers (or of standard input) and its one document; where the report stays without errors, it is there."""
    name = "<stdin>" if path == STDIN else Path(path).as_posix()
    if path != STDIN and not os.path.exists(path):  # noqa: PTH110  # Path.exists raises where it may not look
        report.unreadable("file/not-found", Where(name), "there is no such file or folder", "check the path; it is taken from the current folder")
        return {}, []
    text = _text(Input(Path(path), name, name), report)
    documents = source.parse(text, report) if text else []
    if text and not documents and report.ok:
        help = "write at least `categories:`; `slo report --format json` writes such a file, `slo schema report` tells all keys"
        report.error("document/empty", Where(name), "the file holds no numbers", help)
    for other in documents[1:]:
        report.error("document/foreign", other.where, "expected one report a file, found another one", "put it into a file of its own")
    return ({name: text} if text else {}), documents[:1]


def load_policies(folder: Path, files: Iterable[tuple[str, Where]], report: Report) -> tuple[dict[str, Source], list[Document]]:
    """The policy files that a project in `folder` names: their texts and documents."""
    sources: dict[str, Source] = {}
    documents: list[Document] = []
    seen: set[str] = set()
    for name, where in files:
        path = folder / name
        if os.path.realpath(path) in seen:
            continue
        seen.add(os.path.realpath(path))
        if not path.is_file():
            report.error("project/policy-file", where, f"there is no policy file {name}", "the path is taken from the folder of this file")
            continue
        shown = Path(os.path.relpath(path)).as_posix()
        if text := _text(Input(path, shown, shown), report):
            sources[shown] = text
            documents += _policies(text, report)
    return sources, documents


def _text(one: Input, report: Report) -> Source | None:
    if not one.label.isprintable():  # it could not stand in the header of what is written
        report.unreadable("file/encoding", Where(one.name), f"the file's name is not plain UTF-8 text: {one.label!a}", "rename the file")
        return None
    try:
        if one.name != "<stdin>" and not one.path.is_file():  # a pipe would never end
            report.unreadable("file/unreadable", Where(one.name), "the path is no regular file", "name a file")
            return None
        if one.name == "<stdin>":
            return source.decode(one.name, sys.stdin.buffer.read(), report)
        return source.read(one.path, one.name, report)
    except OSError as error:
        report.unreadable("file/unreadable", Where(one.name), f"the file cannot be read: {error.strerror}", "check its permissions")
        return None


def _policies(text: Source, report: Report) -> list[Document]:
    before = len(report.findings)
    documents = source.parse(text, report)
    if not documents and len(report.findings) == before:
        help = "write its `name:` and its `tiers:`; `slo schema policy` tells all keys"
        report.error("document/empty", Where(text.name), "the file holds no policy", help)
    return documents


def _documents(text: Source, report: Report) -> list[Document]:
    before = len(report.findings)
    documents = source.parse(text, report)
    if not documents and len(report.findings) == before:
        help = "write at least `version: slo/v1`, `service:` and `slos:`; `slo init` writes an example"
        report.error("document/empty", Where(text.name), "the file holds no document", help)
    return [document for document in documents if not _is_foreign(document, report)]


def _is_foreign(document: Document, report: Report) -> bool:
    kind = _foreign_kind(document.data)
    if kind:
        help = "this tool compiles files that begin with `version: slo/v1`; `slo init` writes an example to start from"
        if kind == _PROJECT:
            help = f"call it {PROJECT_FILE}: it is found in the current folder or above, and needs no naming"
        if kind == _POLICY:
            help = f"name it under `policies:` in {PROJECT_FILE}; SLOs use it by its name"
        report.error("document/foreign", document.where, f"expected an SLO file, found {kind}", help)
    return bool(kind)


def _foreign_kind(data: Data) -> str | None:
    if not isinstance(data, dict):
        return "a list" if isinstance(data, list) else "a single value"
    for key, beginning, kind in _FOREIGN:
        if str(data.get(key, "")).startswith(beginning):
            return kind
    if not {"service", "slos"} & data.keys() and {"sources", "prometheus", "output"} & data.keys():
        return _PROJECT
    if "slos" not in data and (told := next((kind for key, kind in _WITHOUT_SLOS.items() if key in data), None)):
        return told
    if not {"version", "service", "slos"} & data.keys():
        return "a document without version, service and slos"
    return None
