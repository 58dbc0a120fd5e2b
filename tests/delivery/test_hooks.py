"""The hooks of pre-commit, as pre-commit reads them; what they do to commits is in tests/live/test_gitops.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.cases_runner import inside
from tests.readme import GITOPS, ROOT
from tests.unit.given import file, run, write

FILE = ROOT / ".pre-commit-hooks.yaml"
HOOKS = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def test_pre_commit_takes_them() -> None:
    command = [Path(sys.executable).parent / "pre-commit", "validate-manifest", FILE]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_they_look_at_the_whole_project_at_every_commit() -> None:
    assert [(hook["pass_filenames"], hook["always_run"], "files" in hook) for hook in HOOKS] == [(False, True, False)] * len(HOOKS)


def test_each_is_a_command_that_passes_what_is_right_and_fails_what_is_not(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), slo_compiler_yaml="version: slo/v1\nsources: [a.yaml]\noutput: rules\n")
    with inside(tmp_path):
        assert run("compile").code == 0
        before = (tmp_path / "rules" / "shop.prometheus.rules.yml").read_text()
        for text, code in ((file(), 0), (file().replace("99.9%", "0.999"), 1)):
            (tmp_path / "a.yaml").write_text(text)
            for hook in HOOKS:
                program, *words = hook["entry"].split()
                assert (program, run(*words).code) == ("slo", code), hook["id"]
    assert (tmp_path / "rules" / "shop.prometheus.rules.yml").read_text() == before


def test_the_docs_tell_of_each() -> None:
    page = GITOPS.read_text(encoding="utf-8")
    assert all(f"| `{hook['id']}` | `{hook['entry']}`" in page for hook in HOOKS)
