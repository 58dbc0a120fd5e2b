"""The house rules: imports go down a ladder, one outside library has one door, files are opened in three places."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "slo_compiler"

LADDER = (
    {"diagnostics", "quantities", "resources", "artifacts"},
    {"names", "units", "source", "templating", "promql", "gotemplate", "clock", "moments"},
    {"dashboards"},
    {"schema", "model", "ir", "reporters", "inputs", "overrides"},
    {"policy", "periods", "counted"},
    {"simulate", "wording"},
    {"build", "checks", "lower", "pages"},
    {"targets"},
    {"compiler"},
    {"cost", "generated", "purposes", "remote", "revisions", "watching", "written"},
    {"portrait", "verify", "backfill", "ruletest", "report"},
    {"plot", "changes", "push"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
DOORS = {
    "yaml": {"source"},
    "jsonschema": {"schema"},
    "jsonschema_rs": {"schema"},
    "jinja2": {"templating"},
    "promql_parser": {"promql"},
    "typer": {"cli", "commands"},
}
OPENERS = {"source", "artifacts", "resources"}
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "fdopen", "mkstemp"}
OPENS_SOMETHING_ELSE = {("__main__", "open"), ("remote", "open")}  # no files of the user: none at all, and URLs
NETWORK = {"http", "socket", "ssl", "urllib.request", "urllib.error"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room(path: Path) -> str:
    """The module or folder of the package that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rung(name: str) -> int:
    return next(index for index, rung in enumerate(LADDER) if name in rung)


def test_every_module_has_a_rung() -> None:
    assert {room(path) for path in MODULES} == set().union(*LADDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path: Path) -> None:
    own = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "slo_compiler" or parts[1] in {own, "__version__"}:
            continue
        assert rung(parts[1]) < rung(own), f"{own} imports {parts[1]}, which does not lie below it"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_outside_libraries_come_through_their_door(path: Path) -> None:
    for name in imports(path):
        library = name.split(".")[0]
        assert room(path) in DOORS.get(library, {room(path)}), f"{library} belongs into {DOORS.get(library)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_files_are_opened_in_three_modules(path: Path) -> None:
    if room(path) in OPENERS:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        assert name not in OPENING or (room(path), name) in OPENS_SOMETHING_ELSE, f"line {node.lineno}: {name}() belongs into {sorted(OPENERS)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_connections_are_opened_in_one_module(path: Path) -> None:
    touched = {name for name in imports(path) if name.split(".")[0] in NETWORK or ".".join(name.split(".")[:2]) in NETWORK}
    assert not touched or room(path) == "remote", f"{touched} belongs into remote"


def test_registries_list_every_file_of_their_folder() -> None:
    from slo_compiler import cli, targets
    from slo_compiler.checks import CHECKS

    def files(folder: str) -> set[str]:
        return {path.stem for path in (PACKAGE / folder).glob("*.py") if not path.stem.startswith("_")}

    assert {check.__module__.rsplit(".", 1)[1] for check in CHECKS} == files("checks")
    assert set(targets.TARGETS.values()) == files("targets")
    assert {command.callback.__name__ for command in cli.app.registered_commands} == files("commands")


def test_every_policy_has_a_file() -> None:
    from slo_compiler import policy, resources

    files = {Path(name).stem for name in resources.template_names("policies")}
    assert files == set(policy.NAMES) - {"default"}
