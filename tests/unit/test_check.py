"""`slo compile --check` and `--diff`: what is on disk beside what would be written; nothing is touched."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from slo_compiler.commands._options import Target
from tests.unit.given import ROOT, Run, age, file, promise, run, tree, write

RULES = "shop.prometheus.rules.yml"


def check(folder: Path, *options: str) -> Run:
    """The answer of a check, which touched nothing."""
    before = tree(folder)
    done = run("compile", folder / "slos", "-o", folder / "rules", *(options or ("--check",)))
    assert tree(folder) == before
    return done


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Two services, compiled."""
    write(tmp_path, slos__a_yaml=file(), slos__b_yaml=file(service="other"))
    assert run("compile", tmp_path / "slos", "-o", tmp_path / "rules").code == 0
    age(tmp_path)
    return tmp_path


def test_what_was_compiled_is_up_to_date(shop: Path) -> None:
    done = check(shop)
    assert (done.code, done.out) == (0, f"2 files in {shop / 'rules'}: up to date\n")


def test_without_an_output_all_is_missing_and_no_folder_is_made(tmp_path: Path) -> None:
    write(tmp_path, slos__a_yaml=file())
    done = check(tmp_path)
    assert (done.code, f"  missing   {RULES}\n" in done.out) == (1, True)
    assert not (tmp_path / "rules").exists()


def test_an_edit_makes_the_file_differ(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(title="Other")))
    done = check(shop)
    assert done.code == 1
    assert f"{shop / 'rules'}: error[output/stale]: 1 of 2 files is not what would be written\n  differs   {RULES}: " in done.out
    assert "other" not in done.out


def test_lines_are_counted(shop: Path) -> None:
    with (shop / "rules" / RULES).open("a") as rules:
        rules.write("# mine\n# mine\n")
    assert f"  differs   {RULES}: 0 lines more, 2 less\n" in check(shop).out


def test_lines_in_another_order_are_told(shop: Path) -> None:
    path = shop / "rules" / RULES
    head, *body = path.read_text().splitlines(keepends=True)
    path.write_text("".join([head, *body[:1], *reversed(body[1:])]))
    assert "differs   " + RULES + ": its lines stand in another order\n" in check(shop).out


def test_a_file_whose_source_is_gone_is_left_over(shop: Path) -> None:
    (shop / "slos" / "b.yaml").unlink()
    done = check(shop)
    assert (done.code, "  left over other.prometheus.rules.yml: nothing is compiled into it any more, it would be removed\n" in done.out) == (1, True)


def test_a_file_of_which_the_sources_went_elsewhere_is_left_over(shop: Path) -> None:
    done = check(shop, "--check", "--single-file")
    left = [line for line in done.out.splitlines() if "left over" in line]
    assert left == [f"  left over {name}: nothing is compiled into it any more, it would be removed" for name in ("other.prometheus.rules.yml", RULES)]


@pytest.mark.parametrize(("kind", "made"), [("file", "write"), ("folder", "make"), ("link", "make")])
def test_what_somebody_else_has_there_is_not_ours(kind: str, made: str, shop: Path) -> None:
    path = shop / "rules" / RULES
    path.unlink()
    {"file": lambda: path.write_text("groups: []\n"), "folder": path.mkdir, "link": lambda: path.symlink_to("other.prometheus.rules.yml")}[kind]()
    done = check(shop)
    assert (done.code, f"  not ours  {RULES}: a {kind} that we did not {made} is in the way\n" in done.out) == (2, True)
    assert done.out.endswith("  help: move away what is not ours, then run `slo compile` without --check and --diff, and commit what it writes\n")
    as_json = check(shop, "--check", "--format", "json")
    (finding,) = as_json.findings
    assert (as_json.code, finding["id"], finding["file"]) == (2, "output/foreign-file", path.as_posix())
    refused = run("compile", shop / "slos", "-o", shop / "rules", "--format", "json")
    assert (refused.code, refused.findings) == (2, as_json.findings)


def test_all_reasons_are_told_in_one_run(shop: Path) -> None:
    write(shop, slos__c_yaml=file(service="new"))
    (shop / "slos" / "b.yaml").unlink()
    (shop / "rules" / RULES).write_text("groups: []\n")
    assert [line.split("  ")[1].strip() for line in check(shop).out.splitlines()[1:-1]] == [
        "missing",
        "left over other.prometheus.rules.yml: nothing is compiled into it any more, it would be removed",
        "not ours",
    ]


def test_the_check_says_what_compile_then_does(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(title="Other")), slos__c_yaml=file(service="new"))
    (shop / "slos" / "b.yaml").unlink()
    told = check(shop).out
    done = run("compile", shop / "slos", "-o", shop / "rules")
    assert [line.split()[-1] for line in done.out.splitlines() if "  written" in line] == ["new.prometheus.rules.yml", RULES]
    assert "  removed   other.prometheus.rules.yml\n" in done.out
    assert all(name in told for name in (RULES, "new.prometheus.rules.yml", "other.prometheus.rules.yml"))
    assert check(shop).code == 0


def test_targets_are_checked_one_by_one(shop: Path) -> None:
    assert check(shop, "--check", "--target", "prometheus").code == 0
    done = check(shop, "--check", "--target", "grafana")
    assert done.code == 1
    assert "  missing   dashboards/slo-platform.json\n" in done.out
    assert RULES not in done.out


@pytest.mark.parametrize("options", [(), ("--single-file",), ("--shard", "2")], ids=["apart", "single", "shards"])
def test_every_target_is_up_to_date_when_it_is_written_and_stale_after_an_edit(options: tuple[str, ...], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "targets" / "slos", tmp_path / "slos")
    command = ("compile", tmp_path / "slos", "-o", tmp_path / "out", *options)
    targets = [word for one in Target if options != ("--shard", "2") or "grafana" not in one.value for word in ("--target", one.value)]
    assert run(*command, *targets).code == 0
    age(tmp_path)
    before = tree(tmp_path)
    assert (done := run(*command, *targets, "--check")).code == 0, done.text
    path = tmp_path / "slos" / "chat.yaml"
    path.write_text(path.read_text() + "\n# another thought\n")  # the head of a file tells the hash of its sources
    assert run(*command, *targets, "--check").code == 1
    assert before == {**tree(tmp_path), "slos/chat.yaml": before["slos/chat.yaml"]}


def test_what_is_printed_cannot_be_compared(shop: Path) -> None:
    done = run("compile", shop / "slos", "-o", "-", "--check")
    assert (done.code, done.err) == (2, "slo: what is printed cannot be compared\n  help: name the folder with -o DIR\n")


def test_the_projects_output_and_sources_are_used(tmp_path: Path) -> None:
    from tests.cases_runner import inside

    write(tmp_path, slos__a_yaml=file(), slo_compiler_yaml="sources: [slos]\noutput: rules\n")
    with inside(tmp_path):
        assert run("compile", "--check").code == 1
        assert run("compile").code == 0
        assert run("compile", "--check").out == "1 file in rules: up to date\n"


def test_a_mistake_in_a_file_is_told_and_nothing_is_compared(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(objective="0.999")))
    done = check(shop)
    assert (done.code, done.out) == (1, "1 error: the output was not looked at\n")
    assert "error[objective/fraction]" in done.err


def test_a_part_of_a_service_is_refused_as_compile_refuses_it(shop: Path) -> None:
    write(shop, slos__more_yaml=file(promise(name="more")))
    assert run("compile", shop / "slos", "-o", shop / "rules").code == 0
    done = run("compile", shop / "slos" / "a.yaml", "-o", shop / "rules", "--check")
    assert (done.code, "error[output/part-of-a-service]" in done.err) == (2, True)


def test_an_output_that_is_a_file_is_refused(shop: Path) -> None:
    done = run("compile", shop / "slos", "-o", shop / "slos" / "a.yaml", "--check")
    assert (done.code, "error[output/not-a-folder]" in done.err) == (2, True)


def test_machines_get_a_finding_a_file(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(title="Other")), slos__c_yaml=file(service="new"))
    done = check(shop, "--check", "--format", "json")
    assert done.code == 1
    stale = [finding for finding in done.findings if finding["id"] == "output/stale"]
    assert [finding["file"] for finding in stale] == [(shop / "rules" / name).as_posix() for name in ("new.prometheus.rules.yml", RULES)]
    assert "missing" in stale[0]["message"]
    assert "differs" in stale[1]["message"]


def test_a_warning_is_an_error_only_if_strict(tmp_path: Path) -> None:
    write(tmp_path, slos__a_yaml=file(promise(window="30d")))
    assert run("compile", tmp_path / "slos", "-o", tmp_path / "rules").code == 0
    assert check(tmp_path).code == 0
    assert check(tmp_path, "--check", "--strict").code == 1


# --- the unified diff --------------------------------------------------------------------------------------------------------------


def test_a_diff_of_nothing_is_empty(shop: Path) -> None:
    done = check(shop, "--diff")
    assert (done.code, done.out, done.err) == (0, "", f"2 files in {shop / 'rules'}: up to date\n")


def test_a_diff_applied_is_what_compile_writes(shop: Path) -> None:
    """Changed, new and removed files, and one that was edited by hand and lost its last new line."""
    write(shop, slos__a_yaml=file(promise(title="Other\u2028line")), slos__c_yaml=file(service="new"), slos__d_yaml=file(service="edited"))
    (shop / "slos" / "b.yaml").unlink()
    run("compile", shop / "slos" / "d.yaml", "-o", shop / "rules")
    edited = shop / "rules" / "edited.prometheus.rules.yml"
    edited.write_text(edited.read_text() + "# no end")
    done = check(shop, "--diff")
    assert done.code == 1
    assert "\\ No newline at end of file\n" in done.out
    patched = subprocess.run(["git", "apply", "--unsafe-paths", "--directory=/", "-"], cwd=shop, input=done.out, text=True, check=False, capture_output=True)
    assert patched.returncode == 0, patched.stderr
    assert check(shop).code == 0


@pytest.mark.parametrize("style", ["json", "github", "junit"])
def test_a_diff_is_text(style: str, shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(title="Other")))
    done = check(shop, "--diff", "--format", style)
    message = f"slo: --diff prints a diff, and --format {style} findings: both want standard output\n"
    assert (done.code, done.out, done.err) == (2, "", f"{message}  help: name one of them; --check with --format names each file\n")


def test_a_diff_has_no_colours_where_no_terminal_is(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(title="Other")))
    assert "\x1b" not in check(shop, "--diff").out


def test_a_diff_has_colours_on_a_terminal() -> None:
    from slo_compiler.commands._check import colored

    assert colored("+new\n") == "\x1b[32m+new\n\x1b[0m"
    assert colored("+++ b/x\n").startswith("\x1b[1m")
    assert colored(" same\n") == " same\n"
