"""`make golden`: rewrites what tests compare with, so that the difference can be read in git."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import catalogue
from tests.cases_runner import ERRORS, OK, WARNINGS, compile_case, print_case
from tests.readme import GITOPS, PUSHING, README, REVIEWING, played, pushed, reviewed, walked
from tests.test_grafana import EXAMPLE, KEPT, texts
from tests.test_targets import OUTLINE, compiled, outlined

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Rewrite what tests compare with: cases, trees, examples, pages, targets, the catalogue, and the outputs that pages show."""
    for case in (*ERRORS, *WARNINGS):
        case.with_name(f"{case.stem if case.is_file() else case.name}.out").write_text(print_case(case), encoding="utf-8")
    for case in OK:
        shutil.rmtree(case / "expected", ignore_errors=True)
        compile_case(case / "slo.yaml", case / "expected")
    compile_case(ROOT / "examples", ROOT / "examples" / "_compiled")
    written = texts(EXAMPLE)
    for uid, path in KEPT.items():
        path.write_text(written[uid], encoding="utf-8")
    with TemporaryDirectory() as scratch:
        OUTLINE.write_text(outlined(compiled(Path(scratch) / "out")), encoding="utf-8")
    catalogue.PAGE.write_text(catalogue.page(), encoding="utf-8")
    with TemporaryDirectory() as scratch:
        repository = Path(scratch) / "gitops"
        repository.mkdir()
        GITOPS.write_text(walked(GITOPS.read_text(encoding="utf-8"), repository), encoding="utf-8")
        REVIEWING.write_text(reviewed(REVIEWING.read_text(encoding="utf-8"), Path(scratch) / "reviewing"), encoding="utf-8")
        PUSHING.write_text(pushed(PUSHING.read_text(encoding="utf-8"), Path(scratch) / "pushing"), encoding="utf-8")
        README.write_text(played(README.read_text(encoding="utf-8"), Path(scratch)), encoding="utf-8")


if __name__ == "__main__":
    main()
