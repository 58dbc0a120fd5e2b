"""The product's data by name: schemas and templates, from a checkout or an installed wheel, the user's templates first."""

from __future__ import annotations

from errno import ENOTDIR
from functools import cache
from pathlib import Path


@cache
def _home() -> Path:
    package = Path(__file__).parent
    installed = package / "_data"  # where the wheel puts schemas/ and templates/
    return installed if installed.is_dir() else package.parent


def schema_text(name: str) -> str:
    """The JSON Schema `name`, for example `slo.v1`."""
    return (_home() / "schemas" / f"{name}.json").read_text(encoding="utf-8")


def template_text(name: str) -> str:
    """One of our own templates, for example `promql/delta.promql.j2`."""
    return (_home() / "templates" / name).read_text(encoding="utf-8")


def template_names(folder: str) -> list[str]:
    """The names of our own templates below `folder`, sorted."""
    root = _home() / "templates"
    return sorted(path.relative_to(root).as_posix() for path in (root / folder).rglob("*.*") if path.is_file())


def user_templates(folder: Path) -> dict[str, str]:
    """The user's templates by name. Raises OSError and UnicodeDecodeError where the folder or a file cannot be read."""
    if not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, "there is no such folder", str(folder))
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}
