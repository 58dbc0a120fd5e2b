"""The action of GitHub: each step of action.yml run as a runner would, in real repositories, with a `gh` that remembers comments."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.runner import ACTION, BIN, Runner, prepared
from tests.readme import GITOPS, ROOT
from tests.test_reviewing import PROJECT, Repository
from tests.unit.given import file, promise

SCRIPT = (ROOT / "delivery" / "github.sh").read_text(encoding="utf-8")
PAGE = GITOPS.read_text(encoding="utf-8")
WORKFLOW = re.search(r"`\.github/workflows/slo\.yaml`:\n\n```yaml\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]


@pytest.fixture(scope="module")
def pull_request(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose last commit makes an SLO weaker, its rules compiled."""
    here = Repository(tmp_path_factory.mktemp("origin") / "checkout")
    here.write("slo-compiler.yaml", PROJECT)
    here.write("services/shop.yaml", file(promise()))
    here.git("init", "-q")
    here.slo("compile")
    here.commit()
    here.write("services/shop.yaml", file(promise(objective="99%")))
    here.slo("compile")
    here.commit()
    return here.folder


@pytest.fixture
def runner(pull_request: Path, tmp_path: Path) -> Runner:
    """The checkout of a pull request, and nothing told yet."""
    here = Repository(shutil.copytree(pull_request, tmp_path / "checkout"))
    temp = tmp_path / "temp"
    prepared(temp)
    return Runner(here, temp, {"pull_request": {"number": 7, "base": {"sha": here.git("rev-parse", "HEAD~1").strip()}}})


def test_a_pull_request_is_told_what_it_does(runner: Runner) -> None:
    assert runner.act() == (0, "")
    (comment,) = runner.comments()
    assert comment.startswith("<!-- slo-compiler: . -->\n### SLOs: ")
    assert "**Alerts get weaker.** 1 SLO changed: 1 weaker; 0 unchanged." in comment
    assert runner.summary() == comment.split("\n", 1)[1]
    assert runner.outputs()["verdict"] == "weaker"
    assert Path(runner.outputs()["report"]).read_text() == runner.summary()


def test_the_comment_is_one_and_is_brought_up_to_date(runner: Runner) -> None:
    others = [
        {"viewerDidAuthor": False, "url": "https://github.com/team/slos/pull/7#issuecomment-1", "body": "<!-- slo-compiler: . -->\nof somebody else"},
        {"viewerDidAuthor": True, "url": "https://github.com/team/slos/pull/7#issuecomment-2", "body": "of another action"},
    ]
    (runner.temp / "comments.json").write_text(json.dumps(others))
    runner.act()
    runner.checkout.write("services/shop.yaml", file(promise(objective="98%")))
    runner.checkout.slo("compile")
    runner.checkout.commit()
    assert runner.act()[0] == 0
    somebody, another, ours = runner.comments()
    assert [somebody, another] == [one["body"] for one in others]
    assert "objective 99.9% to 98%" in ours


def test_a_comment_is_not_begun_where_nothing_changes_but_is_corrected(runner: Runner) -> None:
    runner.act(base="HEAD", check="false")
    assert (runner.comments(), runner.outputs()["verdict"]) == ([], "same")
    assert "no SLO changed, 1 unchanged" in runner.summary()
    for base in ("HEAD~1", "HEAD"):
        runner.act(base=base, check="false")
    assert [("no SLO changed" in one, "weaker" in one) for one in runner.comments()] == [(True, False)]


def test_without_permission_only_the_summary_tells(runner: Runner) -> None:
    (runner.temp / "silent").touch()
    code, said = runner.act(check="false")
    assert (code, runner.comments()) == (0, [])
    assert "::notice title=slo-compiler::the pull request could not be commented on, which needs `pull-requests: write`" in said
    assert "**Alerts get weaker.**" in runner.summary()


def test_nobody_has_to_be_commented(runner: Runner) -> None:
    assert runner.act(comment="false", check="false") == (0, "")
    assert runner.comments() == []
    assert "**Alerts get weaker.**" in runner.summary()


def test_a_mistake_is_annotated_and_ends_the_job(runner: Runner) -> None:
    runner.checkout.write("services/shop.yaml", file(promise(objective="0.999")))
    code, said = runner.act()
    assert (code, runner.comments(), runner.outputs()) == (1, [], {})
    assert said.startswith("::error file=services/shop.yaml,line=8,")


def test_rules_that_were_not_compiled_fail_after_the_change_was_told(runner: Runner) -> None:
    runner.checkout.write("services/shop.yaml", file(promise(objective="98%")))
    runner.checkout.commit()
    code, said = runner.act()
    assert (code, len(runner.comments())) == (1, 1)
    assert "::error" in said
    assert "is not what would be written" in said


def test_weaker_alerts_can_be_held(runner: Runner) -> None:
    code, said = runner.act(fail_on_weaker="true")
    assert (code, said) == (1, "::error title=slo-compiler::alerts get weaker; the summary of the job tells which\n")
    assert runner.act(fail_on_weaker="true", base="HEAD")[0] == 0


def test_warnings_can_count(runner: Runner) -> None:
    runner.checkout.write("services/shop.yaml", file(promise(category="quality", sli={"events": {"total": "ratings_total", "bad": "bad_ratings_total"}})))
    for strict, code in (("false", 0), ("true", 1)):
        done = runner.act(strict=strict, check="false", base="0")
        assert (done[0], "::warning" in done[1]) == (code, True)


def test_paths_are_words_of_their_own_whatever_they_hold(runner: Runner) -> None:
    odd = 'services/$(touch pwned) `touch pwned`; "x".yaml'
    runner.checkout.write(odd, file(service="odd"))
    code, said = runner.act(paths=f"services/shop.yaml\n{odd}\n", check="false", base="HEAD")
    assert code == 0, said
    assert not list(runner.checkout.folder.rglob("pwned"))
    code, said = runner.act(paths="services/nothing.yaml", base="HEAD")
    assert (code, "there is no such file" in said) == (2, True)


def test_blanks_around_a_path_are_not_part_of_it(runner: Runner) -> None:
    """Which a matrix or an editor of Windows may have left there; those within it are."""
    runner.checkout.write("services/two words.yaml", file(service="other"))
    runner.checkout.commit()
    code, said = runner.act(paths="  services/shop.yaml \r\n\t\n\tservices/two words.yaml\r\n \n", check="false", base="HEAD~1")
    assert (code, said) == (0, "")
    assert "1 SLO changed: 1 stronger; 1 unchanged" in runner.summary()


def test_a_module_of_the_checkout_takes_nobodys_place(runner: Runner) -> None:
    for name in ("json", "pip", "venv", "slo_compiler", "typer"):
        (runner.checkout.folder / f"{name}.py").write_text("raise SystemExit('run from the checkout')\n")
    assert runner.act() == (0, "")
    assert runner.outputs()["verdict"] == "weaker"


def test_each_project_of_a_repository_has_its_comment(runner: Runner) -> None:
    for name in ("slo-compiler.yaml", "services", "rules"):
        (runner.checkout.folder / "deep").mkdir(exist_ok=True)
        runner.checkout.git("mv", name, f"deep/{name}")
    runner.checkout.commit()
    runner.checkout.write("deep/services/shop.yaml", file(promise(objective="98%")))
    runner.checkout.commit()
    code, said = runner.act(working_directory="deep", base="HEAD~1", check="false")
    assert (code, said) == (0, "")
    (comment,) = runner.comments()
    assert comment.startswith("<!-- slo-compiler: deep -->\n")


def test_a_clone_of_one_commit_fetches_the_other_one(runner: Runner, tmp_path: Path) -> None:
    origin = runner.checkout.folder
    runner.checkout.git("config", "uploadpack.allowAnySHA1InWant", "true")
    runner.checkout.git("clone", "-q", "--depth=1", f"file://{origin}", str(tmp_path / "shallow"))
    runner.checkout = Repository(tmp_path / "shallow")
    assert runner.act(check="false") == (0, "")
    assert runner.outputs()["verdict"] == "weaker"
    assert runner.act(base="--upload-pack=touch pwned; false", check="false")[0] == 0
    assert not list(tmp_path.rglob("pwned"))


def test_a_base_that_cannot_be_had_is_a_warning(runner: Runner) -> None:
    runner.event["pull_request"]["base"]["sha"] = "1" * 40
    code, said = runner.act(check="false")
    assert (code, runner.summary(), runner.outputs()) == (0, "", {"verdict": "unknown"})
    assert said == f"::warning title=slo-compiler::there is no revision {'1' * 40} to compare with: give actions/checkout `fetch-depth: 0`\n"


@pytest.mark.parametrize("event", [{}, {"before": "0" * 40}])
def test_where_nothing_was_before_nothing_is_compared(event: dict[str, Any], runner: Runner) -> None:
    runner.event = event
    code, said = runner.act(check="false", fail_on_weaker="true")
    assert (code, said, runner.outputs()) == (0, "::notice title=slo-compiler::there is nothing to compare with\n", {})


def test_a_base_with_a_mistake_fails_nobody_who_mends_it(runner: Runner) -> None:
    runner.checkout.write("services/shop.yaml", file(promise(objective="0.999")))
    runner.checkout.commit()
    runner.checkout.write("services/shop.yaml", file(promise(objective="99%")))
    code, said = runner.act(base="HEAD", check="false")
    assert (code, runner.outputs()) == (0, {"verdict": "unknown"})
    assert "cannot be read\n" in said
    assert "error[objective/fraction]" in said


@pytest.mark.parametrize("base", ["broken", "1" * 40])
def test_what_cannot_be_compared_is_held(base: str, runner: Runner) -> None:
    """Or a mistake in main would let the next pull request weaken all that it likes."""
    runner.checkout.write("services/shop.yaml", file(promise(objective="0.999")))
    runner.checkout.commit()
    runner.checkout.git("tag", "broken")
    runner.checkout.write("services/shop.yaml", file(promise(objective="90%")))
    code, said = runner.act(base=base, check="false", fail_on_weaker="true")
    assert code == 1
    assert said.splitlines()[-1] == (
        "::error title=slo-compiler::whether alerts get weaker is not known: the warning of the step before says why; "
        "mend what it names, or compare with another `base`"
    )


@pytest.mark.parametrize("event", ["before", "merge_group"])
def test_a_push_and_a_merge_group_are_told_in_the_summary(event: str, runner: Runner) -> None:
    base = runner.event["pull_request"]["base"]["sha"]
    runner.event = {"before": base} if event == "before" else {"merge_group": {"base_sha": base}}
    assert runner.act(check="false") == (0, "")
    assert (runner.outputs()["verdict"], runner.comments()) == ("weaker", [])


# --- installing ----------------------------------------------------------------------------------------------------------------------


def install(folder: Path, version: str) -> tuple[int, str]:
    """The first step, with a Python that tells what it is asked to do."""
    (folder / "slo-compiler" / "bin").mkdir(parents=True)
    for path in (folder / "python3", folder / "slo-compiler" / "bin" / "python", folder / "slo-compiler" / "bin" / "slo"):
        path.write_text(f'#!/bin/sh\necho "{path.name} $@"\ncase "$*" in *version_info*) {version} ;; esac\n')
        path.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "RUNNER_TEMP": str(folder), "GITHUB_ACTION_PATH": "/the action", "GITHUB_PATH": str(folder / "path")}
    command = ["bash", "-c", ACTION["runs"]["steps"][0]["run"].replace("$GITHUB_ACTION_PATH/", f"{ROOT}/")]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def test_the_tool_comes_from_the_checkout_of_the_action(tmp_path: Path) -> None:
    code, said = install(tmp_path, "exit 0")
    assert code == 0, said
    assert said.splitlines()[1:] == [
        f"python3 -I -m venv {tmp_path}/slo-compiler",
        "python -I -m pip install --quiet --disable-pip-version-check /the action",
        "slo --version",
    ]
    assert (tmp_path / "path").read_text() == f"{tmp_path}/slo-compiler/bin\n"


def test_an_old_python_is_told(tmp_path: Path) -> None:
    code, said = install(tmp_path, "exit 1")
    assert (code, "::error title=slo-compiler::Python 3.11 or newer is needed" in said) == (2, True)
    assert "pip" not in said


# --- what others say of it -----------------------------------------------------------------------------------------------------------


def checked(*command: str | Path) -> str:
    done = subprocess.run([str(BIN / command[0]), *map(str, command[1:])], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_github_takes_the_action_and_the_workflow_of_the_docs(tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text(WORKFLOW)
    checked("check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")
    checked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", tmp_path / "slo.yaml")


def test_nothing_can_be_injected(tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "slo.yaml").write_text(re.sub(r"@v[\d.]+", "@" + "1" * 40, WORKFLOW))
    assert "No findings to report" in checked("zizmor", "--offline", "--persona", "auditor", ROOT / "action.yml")
    assert "No findings to report" in checked("zizmor", "--offline", tmp_path)
    assert not [step for step in ACTION["runs"]["steps"] if "${{" in step["run"]]


def test_every_variable_of_the_script_is_given_by_its_step() -> None:
    given = {name for step in ACTION["runs"]["steps"] for name in step.get("env", {})}
    assert set(re.findall(r"\$\{?(SLO_[A-Z_]+)", SCRIPT)) == given - {"GH_TOKEN"} | {"SLO_MARK"}


def test_the_docs_tell_every_input_and_output() -> None:
    told = re.findall(r"(?m)^\| `([a-z-]+)` \| (.*?) \|", PAGE.split("### GitHub")[1].split("### GitLab")[0])
    assert [name for name, _ in told] == [*ACTION["inputs"], *ACTION["outputs"]]
    defaults = {name: value["default"] for name, value in ACTION["inputs"].items()}
    for name, text in told[: len(defaults)]:
        assert text == f"`{defaults[name]}`" if text.startswith("`") else (not defaults[name] or "${{" in defaults[name])
