"""A repository of SLOs, from a commit to a review: what the check and the diff say in real git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from slo_compiler import resources
from tests.unit.given import HISTOGRAM, file, promise

PROJECT = "version: slo/v1\nsources: [services]\noutput: rules\n"


@dataclass
class Repository:
    """A git repository in a folder, and the tool in it as people run it."""

    folder: Path

    def git(self, *arguments: str) -> str:
        who = ["-c", "user.name=you", "-c", "user.email=you@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *who, *arguments], cwd=self.folder, capture_output=True, text=True, check=True).stdout

    def commit(self, **files: str) -> None:
        for name, text in files.items():
            self.write(name.replace("__", "/") + ".yaml", text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a change")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def slo(self, *arguments: str, at: str = ".", **environment: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        command = [sys.executable, "-m", "slo_compiler", *arguments]
        done = subprocess.run(command, cwd=self.folder / at, capture_output=True, text=True, check=False, env={**os.environ, **environment})
        return done.returncode, done.stdout, done.stderr

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Any other program, with all that it says in `stdout`."""
        who = {f"GIT_{role}_{what}": "you@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        settings = {"env": {**os.environ, **who, "PATH": path}, "cwd": self.folder}
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **settings)

    def state(self) -> tuple[str, bytes, dict[str, bytes]]:
        """Index, HEAD and files, none of which a comparison may touch."""
        files = {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in self.folder.rglob("*") if path.is_file() and ".git" not in path.parts}
        return self.git("status", "--porcelain=v2", "--branch"), (self.folder / ".git" / "index").read_bytes(), files


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One service, compiled and committed on main; a branch begins."""
    found = Repository(tmp_path)
    found.git("init", "-q")
    found.write("slo-compiler.yaml", PROJECT)
    found.write("services/shop.yaml", file(promise(expected_rate=1_000_000)))
    assert found.slo("compile")[0] == 0
    found.commit()
    found.git("checkout", "-q", "-b", "looser")
    return found


def test_from_a_commit_to_a_review(repository: Repository) -> None:
    assert repository.slo("compile", "--check")[:2] == (0, "1 file in rules: up to date\n")

    repository.commit(services__shop=file(promise(objective="99.8%", expected_rate=1_000_000)))
    code, told, _ = repository.slo("compile", "--check")
    assert code == 1
    assert "  differs   shop.prometheus.rules.yml: " in told

    before = repository.state()
    code, told, errors = repository.slo("diff", "main..HEAD")
    assert (code, errors) == (1, "")
    assert "objective 99.9% to 99.8%: the budget doubles from 7,000 to 14,000 bad events in 7d" in " ".join(told.split())
    assert "main to HEAD: 1 SLO changed: 1 weaker; 0 unchanged\n" in told
    assert repository.state() == before

    assert repository.slo("compile")[0] == 0
    repository.git("add", "-A")
    repository.commit()
    assert repository.slo("compile", "--check")[0] == 0
    assert repository.slo("diff", "HEAD")[:2] == (0, "HEAD to the working tree: no SLO changed, 1 unchanged\n")


def test_what_is_not_committed_yet_is_compared_with_the_last_commit(repository: Repository) -> None:
    repository.write("services/shop.yaml", file(promise(objective="99%")))
    for words in ((), ("HEAD",), ("main",)):
        code, told, _ = repository.slo("diff", *words)
        assert (code, "shop/success: weaker\n" in told) == (1, True)


def test_the_exit_code_can_be_left_to_others(repository: Repository) -> None:
    repository.write("services/shop.yaml", file(promise(objective="99%")))
    assert repository.slo("diff", "--exit-zero")[0] == 0


def test_each_revision_has_its_own_project_file(repository: Repository) -> None:
    """Sources, policies and templates lie elsewhere on the branch, and the working tree has lost them all."""
    policy = "name: night\ntiers: [{name: page, severity: page, long: 1h, short: 5m, burn: 20}]\n"
    repository.git("mv", "services", "slos")
    repository.write("policies/night.yaml", policy)
    repository.write("texts/alerts/blind.summary.txt.j2", "blind")
    repository.write("slo-compiler.yaml", "version: slo/v1\nsources: [slos]\noutput: rules\npolicies: [policies/night.yaml]\ntemplates: texts\n")
    repository.commit(slos__shop=file(promise(expected_rate=1_000_000, alerting={"policy": "night"})))
    repository.git("checkout", "-q", "main")
    code, told, errors = repository.slo("diff", "main..looser")
    assert (code, errors) == (1, "")
    assert "policy night, before: standard-7d" in told


def test_paths_are_taken_in_each_revision(repository: Repository) -> None:
    repository.commit(services__shop=file(promise(objective="99%")), services__other=file(promise(objective="99%"), service="other"))
    assert "other/success: stronger\n" in repository.slo("diff", "main..HEAD")[1]
    assert "shop" not in repository.slo("diff", "main..HEAD", "services/other.yaml")[2]
    code, told, _ = repository.slo("diff", "main..HEAD", "services/shop.yaml")
    assert (code, "other" in told) == (1, False)
    assert repository.slo("diff", "main..HEAD", "shop.yaml", at="services")[1] == told


def test_from_a_sub_folder_the_project_is_found(repository: Repository) -> None:
    repository.commit(services__shop=file(promise(objective="99%")))
    assert repository.slo("diff", "main..HEAD", at="services") == repository.slo("diff", "main..HEAD")


def test_above_the_project_it_is_found_by_the_first_path_on_both_sides(repository: Repository) -> None:
    for name in ("slo-compiler.yaml", "services"):
        (repository.folder / "deep").mkdir(exist_ok=True)
        repository.git("mv", name, f"deep/{name}")
    repository.write("deep/slo-compiler.yaml", PROJECT + "prometheus: {retention: 40d}\n")
    repository.commit()
    for path in ("deep", "deep/services/shop.yaml"):
        assert repository.slo("diff", "HEAD", path)[:2] == (0, "HEAD to the working tree: no SLO changed, 1 unchanged\n")


def test_three_dots_leave_out_what_others_did_since(repository: Repository) -> None:
    repository.commit(services__new=file(service="new"))
    repository.git("checkout", "-q", "main")
    repository.commit(services__shop=file(promise(objective="99%")))
    repository.git("checkout", "-q", "looser")
    assert "2 SLOs changed" in repository.slo("diff", "main..looser")[1]
    code, told, _ = repository.slo("diff", "main...looser")
    assert (code, "1 SLO changed: 1 stronger; 1 unchanged" in told) == (0, True)


def test_two_revisions_may_be_two_words(repository: Repository) -> None:
    repository.commit(services__shop=file(promise(objective="99%")))
    assert repository.slo("diff", "main", "HEAD") == repository.slo("diff", "main..HEAD")


@pytest.mark.parametrize(("name", "help"), [("mian", "did you mean main?"), ("v7.9.9.9", "git fetch"), ("--output=x", ""), ("services", "slo diff OLD NEW")])
def test_a_revision_that_is_not_there_is_told(name: str, help: str, repository: Repository) -> None:
    before = repository.state()
    code, told, errors = repository.slo("diff", "--", f"{name}..HEAD" if name != "services" else name)
    assert (code, told) == (2, "")
    assert f"{name}: error[diff/revision]: there is no revision '{name}'\n   help: " in errors
    assert help in errors
    assert repository.state() == before


def test_in_a_shallow_clone_it_is_said_that_more_must_be_fetched(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    repository.commit(services__new=file(service="new"))
    shallow = Repository(tmp_path_factory.mktemp("shallow") / "clone")
    repository.git("clone", "-q", "--depth", "1", repository.folder.as_uri(), str(shallow.folder))
    for words in ("HEAD~1", "origin/main...HEAD"):
        assert "help: this clone holds the last commits only: run `git fetch --unshallow origin` first" in shallow.slo("diff", words)[2]


def test_of_two_paths_it_is_said_which_is_missing(repository: Repository) -> None:
    assert (
        "help: it is a path, and so needs a second one, and there is no file or folder nope: slo diff OLD NEW" in repository.slo("diff", "services", "nope")[2]
    )


def test_a_mistake_in_a_revision_is_told_where_git_has_it(repository: Repository) -> None:
    repository.commit(services__shop=file(promise(objective="0.999")))
    repository.write("services/shop.yaml", file())
    code, told, errors = repository.slo("diff", "main..HEAD")
    assert (code, told) == (2, "")
    assert errors.startswith("HEAD:services/shop.yaml:8:")
    assert "error[objective/fraction]" in errors
    assert "/tmp" not in errors


def test_mistakes_of_both_sides_are_told_in_one_run(repository: Repository) -> None:
    repository.commit(services__shop=file(promise(objective="0.999")))
    repository.write("services/shop.yaml", file(promise(window="1y")))
    errors = repository.slo("diff", "HEAD")[2]
    assert errors.index("HEAD:services/shop.yaml:8:") < errors.index("\nservices/shop.yaml:9:")


def test_a_link_out_of_a_revision_is_not_followed(repository: Repository) -> None:
    secret = repository.folder.parent / "secret.yaml"
    secret.write_text(file(service="secret"))
    (repository.folder / "services" / "link.yaml").symlink_to(secret)
    repository.commit()
    assert "secret" not in "".join(map(str, repository.slo("diff", "main..HEAD")))


def test_links_within_a_revision_are_followed(repository: Repository) -> None:
    """A folder and a file that are links, each through another one: what they lead to is there on both sides, and nothing is new."""
    repository.git("mv", "services", "kept")
    (repository.folder / "between").symlink_to("kept")
    (repository.folder / "services").symlink_to("between")
    (repository.folder / "kept" / "linked.yaml").symlink_to("../elsewhere/one.yaml")
    (repository.folder / "elsewhere").mkdir()
    (repository.folder / "elsewhere" / "one.yaml").symlink_to("../outer.yaml")
    repository.commit(outer=file(service="outer"))
    for words in (("HEAD",), ("HEAD..HEAD",), ("HEAD..HEAD", "services/linked.yaml")):
        code, told, errors = repository.slo("diff", *words)
        assert (code, errors, "no SLO changed" in told) == (0, "", True)
    assert "2 unchanged" in repository.slo("diff")[1]
    repository.commit(outer=file(promise(objective="99%"), service="outer"))
    assert "outer/success: weaker\n" in repository.slo("diff", "HEAD~1..HEAD")[1]


def test_a_source_that_leads_out_of_the_repository_is_no_new_one(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "a.yaml").write_text(file(service="outer"))
    repository.write("slo-compiler.yaml", PROJECT.replace("services", "outside"))
    (repository.folder / "outside").symlink_to(outside)
    repository.commit()
    code, told, errors = repository.slo("diff")
    assert (code, told) == (2, "")
    assert errors.startswith("slo: outside is a link that leads out of the repository\n  help: compare two folders: slo diff OLD NEW")


def with_submodule(repository: Repository, text: str, *sources: str) -> None:
    """Commit a submodule with a file in `slos`, and the project's sources."""
    other = Repository(repository.folder.parent / f"{repository.folder.name}-other")
    other.folder.mkdir()
    other.git("init", "-q")
    other.commit(slos__inner=text)
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.folder), "inner")
    repository.commit(**{"slo-compiler": PROJECT.replace("services", ", ".join(sources))})


@pytest.mark.parametrize("source", ["inner/slos", "inner", ".", "link", "linked"])
@pytest.mark.parametrize("words", [(), ("HEAD..HEAD",)])
def test_slos_of_a_submodule_are_not_compared_from_outside(source: str, words: tuple[str, ...], repository: Repository) -> None:
    if source == "link":
        (repository.folder / "link").symlink_to("inner/slos")
    if source == "linked":
        repository.write("linked/a.yaml", file(service="mine"))
        (repository.folder / "linked" / "b.yaml").symlink_to("../inner/slos/inner.yaml")
    with_submodule(repository, file(service="inner"), source)
    code, told, errors = repository.slo("diff", *words)
    assert (code, told) == (2, "")
    assert "submodule inner" in errors or "inner is a submodule" in errors
    assert "help: run `slo diff` in inner, or compare two folders: slo diff OLD NEW" in errors
    assert "lies in the submodule" not in repository.slo("diff", at="inner")[2]


def test_a_submodule_without_slos_keeps_nobody_from_comparing(repository: Repository) -> None:
    with_submodule(repository, "", ".")
    (repository.folder / "inner" / "slos" / "inner.yaml").unlink()
    for words in ((), ("HEAD..HEAD",)):
        assert repository.slo("diff", *words)[::2] == (0, "")


def test_nothing_is_left_in_the_folder_for_temporary_files(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    scratch = tmp_path_factory.mktemp("scratch")
    repository.commit(services__shop=file(promise(objective="99%")))
    assert repository.slo("diff", "main..HEAD", TMPDIR=str(scratch))[0] == 1
    assert list(scratch.iterdir()) == []


def test_a_hook_that_has_an_index_of_its_own_keeps_it(repository: Repository) -> None:
    """As git runs hooks during `git commit -a`."""
    repository.write("services/shop.yaml", file(promise(objective="99%")))
    before = repository.state()
    assert repository.slo("diff", "main..HEAD", GIT_INDEX_FILE=str(repository.folder / ".git" / "index"))[0] == 0
    assert repository.state() == before


def test_without_git_it_is_said_what_helps(repository: Repository) -> None:
    code, told, errors = repository.slo("diff", PATH="/nonexistent")
    assert (code, told) == (2, "")
    assert errors == "slo: git cannot be run: No such file or directory\n  help: install git, or compare two folders: slo diff OLD NEW\n"


def test_outside_a_repository_it_is_said_what_helps(tmp_path: Path) -> None:
    code, _, errors = Repository(tmp_path).slo("diff", "main", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert (code, "lies in no git repository\n  help: " in errors) == (2, True)


def test_before_the_first_commit_it_is_said_what_helps(tmp_path: Path) -> None:
    here = Repository(tmp_path)
    here.git("init", "-q")
    here.write("shop.yaml", file())
    code, _, errors = here.slo("diff", "HEAD", "shop.yaml")
    assert (code, "nothing is committed yet: commit first" in errors) == (2, True), errors


def test_a_repository_of_another_user_is_no_missing_one(repository: Repository) -> None:
    code, _, errors = repository.slo("diff", "main", GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert code == 2
    assert f"git does not read {repository.folder}: it belongs to another user" in errors
    assert "safe.directory" in errors


def test_a_new_revision_without_a_project_file_needs_a_path(repository: Repository) -> None:
    repository.git("rm", "-q", "slo-compiler.yaml")
    repository.commit()
    code, _, errors = repository.slo("diff", "main", "HEAD")
    assert (code, "HEAD has no slo-compiler.yaml that names sources" in errors) == (2, True)
    assert repository.slo("diff", "main", "HEAD", "services")[:2] == (0, "main to HEAD: no SLO changed, 1 unchanged\n")


def test_before_the_first_slo_there_were_none(tmp_path: Path) -> None:
    here = Repository(tmp_path)
    here.git("init", "-q")
    here.write("README.md", "nothing yet\n")
    here.commit()
    here.write("slo-compiler.yaml", PROJECT)
    here.write("services/shop.yaml", file())
    for words in (("diff",), ("diff", "main", "services")):
        code, told, errors = here.slo(*words)
        assert (code, errors, "1 SLO changed: 1 stronger; 0 unchanged\n" in told) == (0, "", True)


@pytest.mark.parametrize("project", [True, False])
def test_a_path_may_be_on_one_side_only(project: bool, repository: Repository) -> None:  # noqa: FBT001
    if not project:
        repository.git("rm", "-q", "slo-compiler.yaml")
    repository.commit(services__new=file(service="new"))
    repository.git("rm", "-q", "services/shop.yaml")
    repository.commit()
    assert "new/success: stronger\n" in repository.slo("diff", "main..HEAD", "services/new.yaml")[1]
    code, told, _ = repository.slo("diff", "main..HEAD", "services/shop.yaml")
    assert (code, "shop/success: weaker\n" in told) == (1, True)
    code, told, errors = repository.slo("diff", "main..HEAD", "services/nothing.yaml")
    assert (code, told, errors.count("error[file/not-found]")) == (2, "", 2)


def test_sources_that_are_not_there_any_more_are_a_mistake(repository: Repository) -> None:
    repository.git("mv", "services", "elsewhere")
    repository.commit()
    code, told, errors = repository.slo("diff", "main..HEAD")
    assert (code, told) == (2, "")
    assert "HEAD:services: error[file/not-found]" in errors


# --- folders -------------------------------------------------------------------------------------------------------------------------


def test_two_folders_and_two_files_are_compared(tmp_path: Path) -> None:
    here = Repository(tmp_path)
    here.write("old/a.yaml", file())
    here.write("new/b.yaml", file(promise(sli=HISTOGRAM)))
    for old, new in (("old", "new"), ("old/a.yaml", "new/b.yaml")):
        code, told, errors = here.slo("diff", old, new)
        assert (code, errors) == (0, "")
        assert "history is kept under the same name, but means something else" in " ".join(told.split())


def test_a_folder_with_a_project_file_is_a_project(tmp_path: Path) -> None:
    here = Repository(tmp_path)
    for side, step in (("old", "1m"), ("new", "30s")):
        here.write(f"{side}/slo-compiler.yaml", f"{PROJECT}prometheus: {{evaluation_interval: {step}}}\n")
        here.write(f"{side}/services/shop.yaml", file())
        here.write(f"{side}/elsewhere.yaml", "no SLO: true\n")
    code, told, errors = here.slo("diff", "old", "new")
    assert (code, errors) == (0, "")
    assert "rules run each 30s, before: each 1m" in told


def test_machines_get_what_the_schema_says(repository: Repository) -> None:
    repository.commit(services__shop=file(promise(objective="99%", by=["region"])), services__new=file(service="new"))
    code, told, _ = repository.slo("diff", "main..HEAD", "--format", "json")
    data = json.loads(told)
    jsonschema.validate(data, json.loads(resources.schema_text("diff.v1")))
    assert (code, data["verdict"], data["old"], data["new"], data["counts"]["weaker"]) == (1, "weaker", "main", "HEAD", 1)
    assert [one["history"]["state"] for one in data["slos"]] == ["begins", "anew"]


def test_the_same_states_give_the_same_bytes(repository: Repository) -> None:
    repository.commit(services__shop=file(promise(objective="99%", by=["region"])), services__new=file(service="new"))
    for style in ("text", "markdown", "json"):
        said = {repository.slo("diff", "main..HEAD", "--format", style, PYTHONHASHSEED=seed)[1] for seed in "123"}
        assert len(said) == 1
