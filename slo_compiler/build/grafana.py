"""What a project file says of its pages: texts that Grafana can show, and a path at which it finds files."""

from __future__ import annotations

import re

from slo_compiler.build.entry import Entry
from slo_compiler.diagnostics import Report
from slo_compiler.model import Grafana

_USUAL = Grafana()
_MOST = 100  # characters; Grafana cuts a title long before
_HOME = "/var/lib/grafana/dashboards"
_ROOT_FOLDER = "general"
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]")


def grafana(entry: Entry | None, report: Report) -> Grafana:
    """The pages' settings, defaults where nothing was said."""
    if entry is None:
        return _USUAL
    prefix, tags = entry.value("prefix", _USUAL.prefix), entry.get("tags")
    own = [tag.data for tag in tags.entries()] if tags else []
    return Grafana(
        title=_text(entry, "title", _USUAL.title, report),
        folder=_folder(entry, report),
        tags=tuple(dict.fromkeys([*_USUAL.tags, *own])),
        path=_path(entry, f"{_HOME}/{prefix}", report),
        prefix=prefix,
    )


def _text(entry: Entry, key: str, default: str, report: Report) -> str:
    """A text of one line in which Grafana and Flux have nothing to fill in."""
    found = entry.get(key)
    if found is None:
        return default
    text: str = found.data.strip()
    if not text:
        report.error("grafana/text", found.where, f"{key} is empty", f"write a text, or leave {key} out: it is then {default!r}")
    elif len(text) > _MOST:
        report.error("grafana/text", found.where, f"{key} must have at most {_MOST} characters, got {len(text)}", "say it in a few words")
    elif not text.isprintable():
        report.error("grafana/text", found.where, f"{key} must be one line of printable characters", "put it on one line")
    elif "$" in text:
        at = found.data.index("$")
        help = "write the word for it: a dollar begins a variable, which Grafana or Flux would fill in"
        report.error("grafana/text", found.where.inside(at, at + 1), f"{key} must not hold a dollar sign", help)
    else:
        return text
    return default


def _folder(entry: Entry, report: Report) -> str:
    folder = _text(entry, "folder", _USUAL.folder, report)
    if folder.lower() != _ROOT_FOLDER:
        return folder
    report.error("grafana/text", entry.where / "folder", "Grafana keeps the folder name General for itself", "name another folder, for example SLOs")
    return _USUAL.folder


def _path(entry: Entry, default: str, report: Report) -> str:
    path = _text(entry, "path", default, report)
    if _ABSOLUTE.match(path):
        return path
    help = f"write where Grafana sees the folder `dashboards` of the output, for example {default}"
    report.error("grafana/path", entry.where / "path", f"path must be absolute, got {path!r}", help)
    return default
