"""The verbs: what they find, write and answer, and what they do when the machine refuses."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from slo_compiler import __version__, resources
from slo_compiler.commands import explain as pages
from tests.cases_runner import inside
from tests.unit.given import Run, age, file, promise, run, tree, write

Lock = Callable[[Path], Callable[[], None]]
RULES = "shop.prometheus.rules.yml"


def inside_run(folder: Path, *arguments: str, stdin: bytes | None = None) -> Run:
    with inside(folder):
        return run(*arguments, stdin=stdin)


def refused(done: Run, id: str, *words: str) -> None:
    """A wrong use or an unreadable text: exit code 2, what was found and the next step."""
    assert done.code == 2, done.text
    assert f"error[{id}]" in done.err
    assert "help: " in done.err
    assert all(word in done.err for word in words), done.err


def misused(done: Run, *words: str) -> None:
    """A command that cannot work as it was called."""
    assert done.code == 2, done.text
    assert done.err.startswith("slo: ")
    assert "\n  help: " in done.err
    assert all(word in done.err for word in words), done.err


# --- compile ---------------------------------------------------------------------------------------------------------------------


def test_compile_says_what_it_wrote(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(), promise(name="b")), b_yaml=file(service="other"))
    done = inside_run(tmp_path, "compile", "a.yaml", "b.yaml", "-o", "rules")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"3 SLOs of 2 services -> rules\n  written   other.prometheus.rules.yml\n  written   {RULES}\n"


PAGE, PROVIDER = "dashboards/slo-platform.json", "provisioning/slo.yaml"
PAGES = {PAGE, "dashboards/slo-availability.json", "dashboards/slo-fleet.json", PROVIDER, "dashboards/.lint"}


def test_a_target_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    for targets, files in (([], {RULES}), (["grafana"], PAGES), (["grafana", "prometheus", "grafana"], {RULES, *PAGES})):
        folder = tmp_path / "-".join(["out", *targets])
        assert run("compile", tmp_path / "a.yaml", "-o", folder, *(word for target in targets for word in ("--target", target))).code == 0
        assert set(tree(folder)) == files


def test_a_target_that_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    done = run("compile", tmp_path / "a.yaml", "-o", tmp_path / "out", "--target", "grafena")
    assert done.code == 2
    assert "'prometheus', 'prometheus-operator'" in done.err


def test_the_targets_of_the_command_line_are_all_there_are() -> None:
    from slo_compiler import targets
    from slo_compiler.commands import _options

    schema = json.loads(resources.schema_text("project.v1"))["properties"]["targets"]["items"]["enum"]
    assert {target.value for target in _options.Target} == set(schema) == set(targets.TARGETS) == set(targets.OURS)
    assert tuple(target.value for target in _options.Ruled) == targets.RULERS


def test_a_page_is_replaced_by_ours_alone(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    (tmp_path / "rules" / "dashboards").mkdir(parents=True)
    (tmp_path / "rules" / PAGE).write_text('{"title": "mine"}')
    refused(run("compile", tmp_path / "a.yaml", "-o", tmp_path / "rules", "--target", "grafana"), "output/foreign-file", PAGE)


def test_a_page_is_not_made_from_a_part_of_its_slos(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana")
    before = tree(tmp_path / "rules")
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules", "--target", "grafana"), "output/part-of-a-service", "the page's other SLOs", "b.yaml")
    assert tree(tmp_path / "rules") == before


def test_a_page_forgets_a_source_that_is_gone(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana")
    (tmp_path / "b.yaml").unlink()
    assert run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana").code == 0
    text = (tmp_path / "rules" / PAGE).read_text()
    assert "/a.yaml" in text
    assert "/b.yaml" not in text


def test_rules_alone_leave_a_page_alone(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana")
    run("compile", tmp_path, "-o", tmp_path / "rules")
    assert set(tree(tmp_path / "rules")) == {RULES, *PAGES}


def test_the_targets_of_the_project_are_written_unless_others_are_named(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), slo_compiler_yaml="targets: [grafana]\n")
    for options, files in (([], PAGES), (["--target", "prometheus"], {RULES})):
        folder = tmp_path / "-".join(["out", *options])
        assert run("compile", tmp_path / "a.yaml", "-o", folder, *options).code == 0
        assert set(tree(folder)) == files


def test_a_page_of_an_earlier_version_goes(tmp_path: Path) -> None:
    """It stood beside the rules."""
    write(tmp_path, a_yaml=file())
    run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana")
    text = (tmp_path / "rules" / PAGE).read_text()
    (tmp_path / "rules" / "slo-platform.grafana.json").write_text(text)
    (tmp_path / "rules" / "mine.grafana.json").write_text("{}")
    assert "  removed   slo-platform.grafana.json\n" in run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana").out
    assert set(tree(tmp_path / "rules")) == {*PAGES, "mine.grafana.json"}


def test_pages_go_when_their_prefix_changes(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), slo_compiler_yaml="grafana: {prefix: old-slo}\n")
    run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana")
    write(tmp_path, slo_compiler_yaml="grafana: {prefix: shop-slo}\n")
    run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana")
    assert set(tree(tmp_path / "rules")) == {
        "dashboards/shop-slo-platform.json", "dashboards/shop-slo-availability.json", "dashboards/shop-slo-fleet.json", "dashboards/.lint",
        "provisioning/shop-slo.yaml",
    }  # fmt: skip


def test_two_compilations_share_a_folder_under_two_prefixes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, **{f"{name}_yaml": file(service=name)}, slo_compiler_yaml=f"grafana: {{prefix: {name}}}\n")
    for name in ("one", "two", "one"):
        assert inside_run(tmp_path / name, "compile", f"{name}.yaml", "-o", "../rules", "--target", "grafana").code == 0
    pages, providers = (sorted(path.name for path in (tmp_path / "rules" / folder).iterdir()) for folder in ("dashboards", "provisioning"))
    assert pages == [".lint", *(f"{prefix}-{page}.json" for prefix in ("one", "two") for page in ("availability", "fleet", "platform"))]
    assert providers == ["one.yaml", "two.yaml"]


def test_a_link_that_leads_out_of_the_output_is_told(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "dashboards").symlink_to("../elsewhere")
    refused(run("compile", tmp_path / "a.yaml", "-o", tmp_path / "rules", "--target", "grafana"), "output/leads-out", "elsewhere")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_was_written_is_no_source(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    run("compile", tmp_path, "-o", tmp_path / "rules", "--target", "grafana", "--target", "prometheus")
    assert run("validate", tmp_path).out == "1 SLO in 1 file: valid\n"


def test_compiling_again_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    run("compile", tmp_path, "-o", tmp_path / "rules")
    age(tmp_path / "rules")
    before = tree(tmp_path / "rules")
    done = run("compile", tmp_path, "-o", tmp_path / "rules")
    assert f"  unchanged {RULES}\n" in done.out
    assert tree(tmp_path / "rules") == before


def test_only_the_service_that_changed_is_written(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    run("compile", tmp_path, "-o", tmp_path / "rules")
    age(tmp_path / "rules")
    before = tree(tmp_path / "rules")
    write(tmp_path, b_yaml=file(promise(objective="95%"), service="other"))
    run("compile", tmp_path, "-o", tmp_path / "rules")
    after = tree(tmp_path / "rules")
    assert after[RULES] == before[RULES]
    assert after["other.prometheus.rules.yml"] != before["other.prometheus.rules.yml"]


@pytest.mark.parametrize("raw", [file().encode(), b"\xef\xbb\xbf" + file().encode(), file().replace("\n", "\r\n").encode()], ids=["plain", "mark", "windows"])
def test_standard_input_is_a_file(raw: bytes, tmp_path: Path) -> None:
    done = inside_run(tmp_path, "compile", "-", "-o", "rules", stdin=raw)
    assert (done.code, done.err) == (0, "")
    assert "# Source: standard input (sha256 " in (tmp_path / "rules" / RULES).read_text()


@pytest.mark.parametrize(
    ("raw", "id"),
    [(file().encode("utf-16"), "file/encoding"), (b"\x00\x01\x02", "file/binary"), (b"#" * 10_000_000, "file/too-large"), (b"a: [", "yaml/syntax")],
    ids=["utf-16", "binary", "large", "broken"],
)
def test_what_is_no_yaml_is_refused_and_old_rules_stay(raw: bytes, id: str, tmp_path: Path) -> None:
    write(tmp_path, good_yaml=file())
    run("compile", tmp_path, "-o", tmp_path / "rules")
    before = tree(tmp_path / "rules")
    (tmp_path / "bad.yaml").write_bytes(raw)
    refused(run("compile", tmp_path, "-o", tmp_path / "rules"), id, "bad.yaml")
    refused(run("validate", "-", stdin=raw), id, "<stdin>")
    assert tree(tmp_path / "rules") == before


def test_a_mistake_in_one_file_holds_all_back(tmp_path: Path) -> None:
    write(tmp_path, good_yaml=file(), bad_yaml=file(promise(objective="101%"), service="other"))
    done = run("compile", tmp_path, "-o", tmp_path / "rules")
    assert (done.code, done.out) == (1, "1 error: nothing was written\n")
    assert not (tmp_path / "rules").exists()


def test_strict_lets_a_warning_hold_all_back(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(window="28d")))
    done = run("compile", tmp_path, "-o", tmp_path / "rules", "--strict")
    assert (done.code, done.out) == (1, "1 warning: nothing was written\n")
    assert not (tmp_path / "rules").exists()
    assert run("compile", tmp_path, "-o", tmp_path / "rules").code == 0
    assert run("validate", tmp_path, "--strict").code == 1


def test_json_is_all_that_stands_on_standard_output(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(window="28d")))
    done = run("compile", tmp_path, "-o", tmp_path / "rules", "--format", "json")
    assert (done.code, done.err, done.ids) == (0, "", ["window/retention"])
    assert run("validate", "-", "--format", "json", stdin=file().encode()).out == "[]\n"
    assert run("validate", tmp_path / "nothing", "--format", "json").ids == ["file/not-found"]


# --- where to write --------------------------------------------------------------------------------------------------------------


def test_an_output_that_is_a_file(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    (tmp_path / "rules").write_text("mine")
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules"), "output/not-a-folder", "rules: ", "-o")
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules/deeper"), "output/cannot-write", "Not a directory")
    assert (tmp_path / "rules").read_text() == "mine"


def test_somebody_elses_file_in_the_way(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / RULES).write_text("groups: []\n")
    before = tree(tmp_path / "rules")
    refused(inside_run(tmp_path, "compile", "a.yaml", "b.yaml", "-o", "rules"), "output/foreign-file", f"rules/{RULES}", "move it away")
    assert tree(tmp_path / "rules") == before


def test_what_is_no_file_of_ours_in_the_way(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), elsewhere__mine="mine")
    path = tmp_path / "rules" / RULES
    path.mkdir(parents=True)
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules"), "output/foreign-file", f"rules/{RULES}", "a folder that we did not make")
    for to in ("nowhere", RULES, "."):  # dangling, a ring, a folder
        path.unlink() if path.is_symlink() else path.rmdir()
        path.symlink_to(to)
        refused(
            inside_run(tmp_path, "compile", "a.yaml", "-o", "rules"), "output/foreign-file", f"rules/{RULES}", "a link that we did not make", "move it away"
        )
        assert inside_run(tmp_path, "compile", "a.yaml", "-o", "rules", "--check").out.count("  not ours  ") == 1
        assert path.readlink() == Path(to)
    for to in ("../elsewhere/mine", "../nowhere"):
        path.unlink()
        path.symlink_to(to)
        refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules"), "output/leads-out", f"rules/{RULES}", "make it a file")
    assert (tmp_path / "elsewhere" / "mine").read_text() == "mine"


def test_what_is_no_file_in_the_place_of_the_one_that_remembers_shards(tmp_path: Path, lock: Lock) -> None:
    write(tmp_path, a_yaml=file())
    shards = tmp_path / "rules" / "shards.yaml"
    shards.mkdir(parents=True)
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules", "--shard", "2"), "output/foreign-file", "rules/shards.yaml: ", "a folder that we did not")
    shards.rmdir()
    shards.symlink_to("shards.yaml")
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules", "--shard", "2"), "output/cannot-write", "rules/shards.yaml: ", "Too many levels")
    shards.unlink()
    lock(shards)
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules", "--shard", "2"), "output/cannot-write", "rules/shards.yaml: ", "Permission denied")
    (tmp_path / "file").touch()
    refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "file", "--shard", "2"), "output/not-a-folder", "file: ")


@pytest.mark.parametrize("to", ["nowhere", "rules", "a.yaml"])
def test_an_output_that_is_a_link_to_no_folder(to: str, tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    (tmp_path / "rules").symlink_to(to)
    for more in ((), ("--check",)):
        refused(inside_run(tmp_path, "compile", "a.yaml", "-o", "rules", *more), "output/not-a-folder", "rules: ", "-o")


def test_a_file_that_somebody_made_read_only_stays(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    inside_run(tmp_path, "compile", "a.yaml", "b.yaml", "-o", "rules")
    (tmp_path / "rules" / RULES).chmod(0o444)
    before = tree(tmp_path / "rules")
    assert inside_run(tmp_path, "compile", "a.yaml", "b.yaml", "-o", "rules").code == 0
    write(tmp_path, a_yaml=file(promise(objective="95%")), b_yaml=file(promise(objective="95%"), service="other"))
    refused(inside_run(tmp_path, "compile", "a.yaml", "b.yaml", "-o", "rules"), "output/cannot-write", f"rules/{RULES}: ", "it is read-only", "permissions")
    assert tree(tmp_path / "rules") == before
    assert inside_run(tmp_path, "compile", "a.yaml", "b.yaml", "-o", "rules", "--check").code == 1


def test_a_file_that_cannot_be_replaced_holds_all_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For example one that is mounted alone."""
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    run("compile", tmp_path, "-o", tmp_path / "rules")
    before = tree(tmp_path / "rules")
    write(tmp_path, a_yaml=file(promise(objective="95%")), b_yaml=file(promise(objective="95%"), service="other"), c_yaml=file(service="zoo"))
    original = os.replace
    mounted = tmp_path / "rules" / RULES

    def replace(source: Path, to: Path) -> None:
        if Path(to) == mounted:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(source), None, str(to))
        original(source, to)

    monkeypatch.setattr(os, "replace", replace)
    refused(run("compile", tmp_path, "-o", tmp_path / "rules"), "output/cannot-write", f"rules/{RULES}: ", "busy", "nothing was changed")
    assert tree(tmp_path / "rules") == before


def test_a_file_that_cannot_be_removed_is_told_when_all_others_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside_run(project(tmp_path), "compile")
    (tmp_path / "slos" / "b.yaml").unlink()
    write(tmp_path, slos__a_yaml=file(promise(objective="95%")))
    original = os.unlink

    def unlink(path: Path, **_: object) -> None:
        if Path(path).name == "other.prometheus.rules.yml":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        original(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", unlink)
        refused(
            inside_run(tmp_path, "compile"), "output/cannot-write", "rules/other.prometheus.rules.yml: ", "left over", "all other files are as they should be"
        )
    assert inside_run(tmp_path, "compile").out.count("removed") == 1
    assert inside_run(tmp_path, "compile", "--check").code == 0


def test_a_locked_output(tmp_path: Path, lock: Lock) -> None:
    write(tmp_path, a_yaml=file())
    run("compile", tmp_path / "a.yaml", "-o", tmp_path / "rules")
    before = tree(tmp_path / "rules")
    write(tmp_path, a_yaml=file(promise(objective="95%")))
    unlock = lock(tmp_path / "rules")
    refused(run("compile", tmp_path / "a.yaml", "-o", tmp_path / "rules"), "output/cannot-write", "Permission denied", "check the permissions")
    refused(run("compile", tmp_path / "a.yaml", "-o", tmp_path / "rules" / "sub"), "output/cannot-write", "Permission denied")
    unlock()
    assert tree(tmp_path / "rules") == before


def test_a_full_disk(tmp_path: Path, full_disk: Callable[[int], None]) -> None:
    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    run("compile", tmp_path, "-o", tmp_path / "rules")
    age(tmp_path / "rules")
    before = tree(tmp_path / "rules")
    write(tmp_path, a_yaml=file(promise(objective="95%")), b_yaml=file(promise(objective="95%"), service="other"))
    full_disk(1)
    done = run("compile", tmp_path, "-o", tmp_path / "rules")
    refused(done, "output/cannot-write", "No space left on device", "nothing was changed")
    assert done.out == "1 error: nothing was written\n"
    assert tree(tmp_path / "rules") == before


def test_nowhere_to_write_to(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    misused(inside_run(tmp_path, "compile", "a.yaml"), "nowhere to write to", "-o DIR")


# --- services that are gone ------------------------------------------------------------------------------------------------------


def project(folder: Path) -> Path:
    return write(folder, slo_compiler_yaml="{sources: [slos], output: rules}", slos__a_yaml=file(), slos__b_yaml=file(service="other"))


def test_the_rules_of_a_file_that_is_gone_are_removed(tmp_path: Path) -> None:
    inside_run(project(tmp_path), "compile")
    (tmp_path / "slos" / "b.yaml").unlink()
    done = inside_run(tmp_path, "compile")
    assert "  removed   other.prometheus.rules.yml\n" in done.out
    assert list(tree(tmp_path / "rules")) == [RULES]


def test_the_rules_of_a_service_that_was_renamed_are_removed(tmp_path: Path) -> None:
    inside_run(project(tmp_path), "compile")
    write(tmp_path, slos__b_yaml=file(service="new"))
    assert "  removed   other.prometheus.rules.yml\n" in inside_run(tmp_path, "compile").out


def test_the_rules_of_a_file_that_was_not_compiled_this_time_stay(tmp_path: Path) -> None:
    inside_run(project(tmp_path), "compile")
    assert "removed" not in inside_run(tmp_path, "compile", "slos/a.yaml").out
    assert len(tree(tmp_path / "rules")) == 2


def test_nothing_is_removed_beside_a_mistake(tmp_path: Path) -> None:
    inside_run(project(tmp_path), "compile")
    (tmp_path / "slos" / "b.yaml").unlink()
    write(tmp_path, slos__a_yaml=file(promise(objective="101%")))
    assert inside_run(tmp_path, "compile").code == 1
    assert len(tree(tmp_path / "rules")) == 2


def test_somebody_elses_rules_are_never_removed(tmp_path: Path) -> None:
    inside_run(project(tmp_path), "compile")
    (tmp_path / "rules" / "mine.prometheus.rules.yml").write_text("groups: []\n")
    inside_run(tmp_path, "compile")
    assert (tmp_path / "rules" / "mine.prometheus.rules.yml").read_text() == "groups: []\n"


def test_rules_from_standard_input_stay_though_nobody_knows_their_source(tmp_path: Path) -> None:
    project(tmp_path)
    inside_run(tmp_path, "compile", "-", stdin=file(service="piped").encode())
    inside_run(tmp_path, "compile", "-", stdin=file(service="another").encode())
    inside_run(tmp_path, "compile")
    assert {"piped.prometheus.rules.yml", "another.prometheus.rules.yml"} < set(tree(tmp_path / "rules"))


@pytest.mark.parametrize("paths", [("one", "two"), ("one/slo.yaml", "two/slo.yaml")])
def test_without_a_project_another_folder_does_not_remove_what_lives(paths: tuple[str, str], tmp_path: Path) -> None:
    write(tmp_path, one__slo_yaml=file(), two__slo_yaml=file(service="other"))
    for path in paths:
        assert "removed" not in inside_run(tmp_path, "compile", path, "-o", "rules").out
    assert len(tree(tmp_path / "rules")) == 2


def test_without_a_project_a_file_that_is_gone_from_the_folder_is_missed_too(tmp_path: Path) -> None:
    write(tmp_path, slos__a_yaml=file(), slos__b_yaml=file(service="other"), more__c_yaml=file(service="more"))
    inside_run(tmp_path, "compile", "slos", "more", "-o", "rules")
    (tmp_path / "slos" / "b.yaml").unlink()
    (tmp_path / "more" / "c.yaml").unlink()
    assert inside_run(tmp_path, "compile", "slos", "-o", "rules").out.count("removed") == 1
    assert set(tree(tmp_path / "rules")) == {RULES, "more.prometheus.rules.yml"}


# --- what to read ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["compile", "validate"])
def test_no_path_and_no_project(verb: str, tmp_path: Path) -> None:
    misused(inside_run(tmp_path, verb), "no PATH given", "there is no slo-compiler.yaml", "standard input")


@pytest.mark.parametrize("verb", ["compile", "validate"])
def test_no_path_and_a_project_without_sources(verb: str, tmp_path: Path) -> None:
    write(tmp_path, slo_compiler_yaml="output: rules")
    misused(inside_run(tmp_path, verb), "no PATH given", "names no sources")


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    refused(inside_run(tmp_path, "compile", "nothing.yaml", "-o", "rules"), "file/not-found", "nothing.yaml")


def test_a_source_of_the_project_that_does_not_exist(tmp_path: Path) -> None:
    write(tmp_path, slo_compiler_yaml="{sources: [slos], output: rules}")
    refused(inside_run(tmp_path, "compile"), "file/not-found", "slos")


def test_a_folder_without_slo_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(inside_run(tmp_path, "validate", "empty"), "folder/empty", "slo init")


def test_a_folder_that_holds_our_rules_only_has_nothing_to_compile(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    inside_run(tmp_path, "compile", "a.yaml", "-o", "rules")
    refused(inside_run(tmp_path, "validate", "rules"), "folder/empty")


@pytest.mark.parametrize("target", ["prometheus", "prometheus-operator", "alertmanager"])
def test_files_that_were_compiled_are_no_slos(target: str, tmp_path: Path) -> None:
    """A path of a pipeline that names the output in place of the sources; beside SLO files the output is passed over."""
    write(tmp_path, slos__a_yaml=file())
    inside_run(tmp_path, "compile", "slos", "-o", "rules", "--target", target)
    rules = next(path for path in (tmp_path / "rules").rglob("*") if path.is_file()).relative_to(tmp_path).as_posix()
    for words in (("validate", rules), ("compile", rules, "-o", "other", "--target", "alertmanager"), ("diff", rules, rules), ("compile", rules, "-o", "-")):
        refused(inside_run(tmp_path, *words), "file/compiled", "this file was written by slo-compiler", "name the SLO files", "made from ../slos/a.yaml")
    assert not (tmp_path / "other").exists()
    assert inside_run(tmp_path, "validate", rules, "slos").code == 0
    if not rules.endswith(".rules.yml"):
        refused(inside_run(tmp_path, "diff", "rules", "rules"), "file/compiled")


def test_several_files_that_were_compiled_are_counted(tmp_path: Path) -> None:
    write(tmp_path, slos__a_yaml=file(), slos__b_yaml=file(service="other"))
    inside_run(tmp_path, "compile", "slos", "-o", "rules", "--target", "prometheus-operator")
    refused(inside_run(tmp_path, "validate", "rules"), "file/compiled", "and so was 1 more")


def test_a_locked_file(tmp_path: Path, lock: Lock) -> None:
    write(tmp_path, slos__a_yaml=file(), slos__b_yaml=file(service="other"))
    run("compile", tmp_path / "slos", "-o", tmp_path / "rules")
    before = tree(tmp_path / "rules")
    lock(tmp_path / "slos" / "b.yaml")
    refused(run("compile", tmp_path / "slos", "-o", tmp_path / "rules"), "file/unreadable", "b.yaml", "Permission denied")
    assert tree(tmp_path / "rules") == before


def test_a_locked_folder(tmp_path: Path, lock: Lock) -> None:
    write(tmp_path, slos__a_yaml=file(), slos__sub__b_yaml=file(service="other"))
    lock(tmp_path / "slos" / "sub")
    refused(run("compile", tmp_path / "slos", "-o", tmp_path / "rules"), "folder/unreadable", "sub", "Permission denied")
    refused(run("validate", tmp_path / "slos" / "sub"), "folder/unreadable")
    refused(run("validate", tmp_path / "slos" / "sub" / "b.yaml"), "file/unreadable")
    assert not (tmp_path / "rules").exists()


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    refused(inside_run(tmp_path, "validate", "x" * 300), "file/unreadable", "too long")


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    with inside(gone):
        gone.rmdir()
        misused(run("validate", "a.yaml"), "current folder")


# --- the project file ------------------------------------------------------------------------------------------------------------

PROJECT = """\
sources: [slos]
output: rules
templates: own
labels: {team: core}
annotations: {docs: https://docs}
links: {runbook: https://x/$slo}
severities: {page: critical}
prometheus: {retention: 40d, evaluation_interval: 30s, target_labels: [job, pod]}
"""


def whole(folder: Path) -> Path:
    (folder / "own" / "alerts").mkdir(parents=True)
    (folder / "own" / "alerts" / "no_data.summary.txt.j2").write_text("<< title >>: silence")
    return write(folder, slo_compiler_yaml=PROJECT, slos__a_yaml=file(promise(window="30d")))


@pytest.mark.parametrize("place", [".", "slos", "slos/deep/er"])
def test_the_project_is_found_from_everywhere_in_it(place: str, tmp_path: Path) -> None:
    whole(tmp_path)
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    done = inside_run(tmp_path / place, "compile")
    assert (done.code, done.err) == (0, "")
    assert list(tree(tmp_path / "rules")) == [RULES]


def test_the_project_is_found_by_the_path_that_is_compiled(tmp_path: Path) -> None:
    whole(tmp_path / "there")
    (tmp_path / "here").mkdir()
    assert inside_run(tmp_path / "here", "compile", "../there/slos").code == 0
    assert list(tree(tmp_path / "there" / "rules")) == [RULES]


def test_every_setting_of_the_project_is_used(tmp_path: Path) -> None:
    inside_run(whole(tmp_path), "compile")
    text = (tmp_path / "rules" / RULES).read_text()
    groups = yaml.safe_load(text)["groups"]
    alerts = {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}
    assert "# Source: slos/a.yaml (sha256 " in text
    assert groups[0]["interval"] == "30s"
    assert "and on (job, pod)" in groups[0]["rules"][0]["expr"]
    assert alerts["SLONoData"]["labels"]["team"] == "core"
    assert alerts["SLONoData"]["labels"]["severity"] == "critical"
    assert alerts["SLONoData"]["annotations"].items() >= {"docs": "https://docs", "runbook_url": "https://x/success", "summary": "success: silence"}.items()


def test_what_the_command_line_says_wins(tmp_path: Path) -> None:
    whole(tmp_path)
    (tmp_path / "others" / "alerts").mkdir(parents=True)
    (tmp_path / "others" / "alerts" / "no_data.summary.txt.j2").write_text("<< title >>: other")
    write(tmp_path, more__b_yaml=file(service="more"))
    assert inside_run(tmp_path, "compile", "more", "-o", "elsewhere", "--templates", "others").code == 0
    assert list(tree(tmp_path / "elsewhere")) == ["more.prometheus.rules.yml"]
    assert "success: other" in (tmp_path / "elsewhere" / "more.prometheus.rules.yml").read_text()
    assert not (tmp_path / "rules").exists()


def test_validate_uses_the_templates_of_the_project(tmp_path: Path) -> None:
    whole(tmp_path)
    (tmp_path / "own" / "alerts" / "no_data.summary.txt.j2").write_text("<< nobody >>")
    done = inside_run(tmp_path, "validate")
    assert done.code == 1
    assert "own/alerts/no_data.summary.txt.j2:1:1: error[template/failed]" in done.err


@pytest.mark.parametrize(
    ("text", "id", "code"),
    [
        ("sources: [", "yaml/syntax", 2),
        ("outpt: rules", "key/unknown", 1),
        ("- a", "value/type", 1),
        ("{version: slo/v2}", "value/unknown", 1),
        ("a: 1\na: 2", "yaml/duplicate-key", 1),
        *((f'{key}: "a\\0b"', "value/range", 1) for key in ("output", "templates")),
        *((f'{key}: ["a\\0b"]', "value/range", 1) for key in ("sources", "policies")),
    ],
)
def test_a_broken_project_file_is_told_as_such(text: str, id: str, code: int, tmp_path: Path) -> None:
    write(tmp_path, slo_compiler_yaml=text, slos__a_yaml=file())
    for arguments in (("compile",), ("compile", "slos"), ("validate", "slos")):
        done = inside_run(tmp_path / "slos", *arguments[:1], *("." for _ in arguments[1:]))
        assert done.code == code
        assert f"error[{id}]" in done.err
        assert "slo-compiler.yaml" in done.err


@pytest.mark.parametrize("raw", [b"\xff\xfea\x00", b"\x00", b"# \xe9"])
def test_a_project_file_that_is_no_text(raw: bytes, tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    (tmp_path / "slo-compiler.yaml").write_bytes(raw)
    done = inside_run(tmp_path, "validate", "a.yaml")
    assert done.code == 2
    assert "slo-compiler.yaml" in done.err


def test_a_locked_project_file(tmp_path: Path, lock: Lock) -> None:
    whole(tmp_path)
    lock(tmp_path / "slo-compiler.yaml")
    refused(inside_run(tmp_path, "compile"), "file/unreadable", "slo-compiler.yaml")


# --- validate, explain, schema, init ---------------------------------------------------------------------------------------------


def test_validate_counts_what_is_good(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(), promise(name="b", window="28d")), b_yaml=file(service="other"))
    done = run("validate", tmp_path)
    assert (done.code, done.out) == (0, "3 SLOs in 2 files: valid (1 warning)\n")


def test_validate_writes_nothing(tmp_path: Path) -> None:
    project(tmp_path)
    before = tree(tmp_path)
    inside_run(tmp_path, "validate")
    assert tree(tmp_path) == before


def test_findings_go_to_the_error_stream_and_the_count_to_the_other() -> None:
    done = run("validate", "-", stdin=file(promise(objective="101%")).encode())
    assert done.out == "1 error\n"
    assert done.err.startswith("<stdin>:")


def test_every_page_can_be_read() -> None:
    for id in pages.ids():
        done = run("explain", id)
        assert done.code == 0
        assert done.out == resources.template_text(f"findings/{id}.md")


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("objective/rang", "did you mean objective/range?"),
        ("zzzz", "stand in brackets"),
        ("", "stand in brackets"),
        ("../starter", "there is no finding"),
    ],
)
def test_a_page_that_there_is_not(id: str, words: str) -> None:
    misused(run("explain", id), words)


@pytest.mark.parametrize(
    ("arguments", "name"), [((), "slo.v1"), (("slo",), "slo.v1"), (("project",), "project.v1"), (("diff",), "diff.v1"), (("findings",), "findings.v1")]
)
def test_schemas_are_printed_as_they_are(arguments: tuple[str, ...], name: str) -> None:
    done = run("schema", *arguments)
    assert (done.code, json.loads(done.out)) == (0, json.loads(resources.schema_text(name)))


def test_a_schema_that_there_is_not() -> None:
    assert run("schema", "nothing").code == 2


def test_init_writes_a_file_that_compiles_and_the_schema_beside_it(tmp_path: Path) -> None:
    done = inside_run(tmp_path, "init")
    assert done.code == 0
    assert "slo compile slo.yaml -o rules" in done.out
    assert sorted(tree(tmp_path)) == ["slo.v1.json", "slo.yaml"]
    assert inside_run(tmp_path, "compile", "slo.yaml", "-o", "rules", "--strict").code == 0


def test_init_does_not_overwrite(tmp_path: Path) -> None:
    write(tmp_path, slo_yaml="mine")
    misused(inside_run(tmp_path, "init"), "slo.yaml exists already", "slo init my-service.yaml")
    assert (tmp_path / "slo.yaml").read_text() == "mine"
    assert list(tree(tmp_path)) == ["slo.yaml"]


def test_init_keeps_a_schema_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "slo.v1.json").write_text("mine")
    assert inside_run(tmp_path, "init", "new/a.yaml").code == 0
    assert inside_run(tmp_path, "init").code == 0
    assert (tmp_path / "slo.v1.json").read_text() == "mine"
    assert (tmp_path / "new" / "slo.v1.json").exists()


@pytest.mark.parametrize("path", ["x" * 300, "slo.yaml/a.yaml", "."])
def test_init_where_nothing_can_be_written(path: str, tmp_path: Path) -> None:
    write(tmp_path, slo_yaml="mine")
    misused(inside_run(tmp_path, "init", path))
    assert list(tree(tmp_path)) == ["slo.yaml"]


def test_init_in_a_locked_folder(tmp_path: Path, lock: Lock) -> None:
    (tmp_path / "sub").mkdir()
    lock(tmp_path / "sub")
    misused(inside_run(tmp_path, "init", "sub/a.yaml"), "Permission denied", "check the folder and its permissions")


# --- the command line ------------------------------------------------------------------------------------------------------------


VERBS = ("compile", "validate", "explain", "verify", "push", "backfill", "test", "report", "status", "diff", "schema", "init")


def test_the_version() -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, f"slo {__version__}\n")


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("--help",), 0), (("-h",), 0)])
def test_help_names_every_verb(arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments)
    assert done.code == code
    assert all(f"\n  {verb} " in done.text for verb in VERBS)
    assert "..." not in done.text.split("Commands:")[1], "each says in one line what it does"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    done = run(verb, "-h")
    assert done.code == 0
    assert done.out.startswith(f"Usage: slo {verb}")


@pytest.mark.parametrize("arguments", [("complie",), ("compile", "--outptu", "x"), ("compile", "--format", "xml"), ("explain",), ("init", "a", "b")])
def test_a_wrong_command_is_answered_with_its_usage(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert "Usage: slo" in done.err


@pytest.mark.parametrize(
    "words",
    [
        "diff --prometheus",
        "push --ruler",
        "push --reload",
        "report --prometheus",
        "status --prometheus",
        "verify --prometheus",
        "compile a.yaml -o",
        "test a.yaml -o",
    ],
)
def test_an_option_that_is_empty_is_a_variable_that_is_not_set(words: str, tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    before = tree(tmp_path)
    ran = inside_run(tmp_path, *words.split(), "")
    assert (ran.code, ran.out, "it is empty. Is a variable not set?" in " ".join(ran.err.replace("│", " ").split())) == (2, "", True)
    assert tree(tmp_path) == before
