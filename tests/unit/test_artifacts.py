"""Files that we write: all or nothing, only what changed, and nothing that is not ours is removed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from slo_compiler import artifacts
from slo_compiler.artifacts import Artifact, LeadsOut, Written, header, is_ours, write, write_new
from tests.unit.given import age, tree

SUFFIX = ".rules.yml"
RULES, PAGES = f"*{SUFFIX}", "pages/*.json"


def artifact(name: str, body: str = "groups: []\n", *sources: str) -> Artifact:
    return Artifact(f"{name}{SUFFIX}", header(sources or (f"{name}.yaml",)) + body, sources or (f"{name}.yaml",))


def put(folder: Path, *artifacts: Artifact, gone: Callable[[str], bool] = lambda _source: False) -> Written:
    return write(list(artifacts), folder, ours=(RULES,), gone=gone)


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    assert put(tmp_path / "a" / "b", artifact("x")) == Written([f"x{SUFFIX}"], [], [])
    assert (tmp_path / "a" / "b" / f"x{SUFFIX}").read_text() == artifact("x").text


def test_what_did_not_change_keeps_its_time(tmp_path: Path) -> None:
    put(tmp_path, artifact("x"), artifact("y"))
    age(tmp_path)
    before = tree(tmp_path)
    assert put(tmp_path, artifact("x", "groups: [1]\n"), artifact("y")) == Written([f"x{SUFFIX}"], [f"y{SUFFIX}"], [])
    assert tree(tmp_path)[f"y{SUFFIX}"] == before[f"y{SUFFIX}"]
    assert tree(tmp_path)[f"x{SUFFIX}"] != before[f"x{SUFFIX}"]


def test_a_file_is_written_with_unix_lines_and_can_be_read_by_all(tmp_path: Path) -> None:
    put(tmp_path, artifact("x", "groups: ü\n"))
    path = tmp_path / f"x{SUFFIX}"
    assert b"\r" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_full_disk_leaves_everything_as_it_was(number: int, tmp_path: Path, full_disk: Callable[[int], None]) -> None:
    put(tmp_path, artifact("x"), artifact("y"))
    age(tmp_path)
    before = tree(tmp_path)
    full_disk(number)
    with pytest.raises(OSError, match="No space left"):
        put(tmp_path, *(artifact(name, "groups: [1]\n") for name in "xyz"))
    assert tree(tmp_path) == before


def test_a_file_that_cannot_be_replaced_leaves_no_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        put(tmp_path, artifact("x"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("has_links", [True, False])
def test_what_was_replaced_before_a_fault_is_put_back(has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    put(tmp_path, artifact("a"), artifact("b"), artifact("c"))
    before = tree(tmp_path)
    original = os.replace

    def replace(source: object, to: object) -> None:
        if str(to).endswith(f"/c{SUFFIX}"):
            raise OSError(16, "Device or resource busy")
        original(source, to)  # type: ignore[call-overload]

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "replace", replace)
    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(OSError, match="busy"):
        put(tmp_path, *(artifact(name, "groups: [1]\n") for name in ("a", "b", "b2", "c")))
    assert tree(tmp_path) == before


def test_a_power_cut_finds_text_rights_and_names_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, artifact("old"))
    did: list[str] = []
    fsync, replace, unlink = os.fsync, os.replace, os.unlink

    def noted_fsync(descriptor: int) -> None:
        mode = os.fstat(descriptor).st_mode
        did.append("names" if stat.S_ISDIR(mode) else f"text {mode & 0o777:o} {os.fstat(descriptor).st_size > 0}")
        fsync(descriptor)

    def noted_replace(source: Path, to: Path) -> None:
        did.append("replace")
        replace(source, to)

    def noted_unlink(path: Path, **more: int) -> None:
        did.append("remove")
        unlink(path, **more)

    for name, noted in (("fsync", noted_fsync), ("replace", noted_replace), ("unlink", noted_unlink)):
        monkeypatch.setattr(os, name, noted)
    put(tmp_path, artifact("new"), gone=lambda _source: True)
    assert did == ["text 644 True", "replace", "names", "remove"]


def test_a_file_that_is_as_it_should_be_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path, artifact("x"))
    (tmp_path / f"x{SUFFIX}").rename(tmp_path / "kept")
    (tmp_path / f"x{SUFFIX}").symlink_to("kept")
    assert put(tmp_path, artifact("x")).unchanged == [f"x{SUFFIX}"]
    with pytest.raises(FileExistsError):
        put(tmp_path, artifact("x", "groups: [1]\n"))
    assert put(tmp_path, gone=lambda _source: True).removed == []
    assert (tmp_path / "kept").read_text() == artifact("x").text


def test_a_text_that_is_no_unicode_leaves_no_temporary_file(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        put(tmp_path, artifact("x"), artifact("y", "\udcff"))
    assert not list(tmp_path.iterdir())


def test_somebody_elses_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / f"y{SUFFIX}").write_text("groups: []\n")
    before = tree(tmp_path)
    with pytest.raises(FileExistsError):
        put(tmp_path, artifact("x"), artifact("y"))
    assert tree(tmp_path) == before


def test_a_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / f"x{SUFFIX}").mkdir()
    with pytest.raises(IsADirectoryError):
        put(tmp_path, artifact("x"))


def test_what_is_not_utf_8_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / f"x{SUFFIX}").write_bytes(b"\xff\xfe")
    with pytest.raises(FileExistsError):
        put(tmp_path, artifact("x"))


def test_our_file_is_removed_when_all_its_sources_are_gone(tmp_path: Path) -> None:
    put(tmp_path, artifact("one"), artifact("two", "groups: []\n", "a.yaml", "b.yaml"), artifact("kept"))
    assert put(tmp_path, artifact("kept"), gone=lambda source: source in {"one.yaml", "a.yaml"}).removed == [f"one{SUFFIX}"]
    assert {path.name for path in tmp_path.iterdir()} == {f"two{SUFFIX}", f"kept{SUFFIX}"}


@pytest.mark.parametrize("text", ["groups: []\n", "# Source: x.yaml\ngroups: []\n", "", "groups:\n# Written by slo-compiler\n# Source: x.yaml\n"])
def test_somebody_elses_file_is_never_removed(text: str, tmp_path: Path) -> None:
    (tmp_path / f"x{SUFFIX}").write_text(text)
    assert put(tmp_path, gone=lambda _source: True).removed == []
    assert (tmp_path / f"x{SUFFIX}").read_text() == text


@pytest.mark.parametrize("name", ["x.yml", f".x{SUFFIX}.bak", f"sub/x{SUFFIX}"])
def test_only_rule_files_of_the_folder_itself_are_removed(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(artifact("x").text)
    assert put(tmp_path, gone=lambda _source: True).removed == []
    assert path.exists()


def test_a_source_is_read_from_the_header_only(tmp_path: Path) -> None:
    (tmp_path / f"x{SUFFIX}").write_text(header(("x.yaml",)) + "groups:\n# Source: other.yaml\n")
    assert put(tmp_path, gone=lambda source: source == "x.yaml").removed == [f"x{SUFFIX}"]


def test_our_own_file_without_sources_stays(tmp_path: Path) -> None:
    (tmp_path / f"x{SUFFIX}").write_text(header(()) + "groups: []\n")
    assert put(tmp_path, gone=lambda _source: True).removed == []


def test_a_header_says_whose_file_it_is_and_where_it_came_from() -> None:
    assert is_ours(header(("a.yaml", "b.yaml")))
    assert header(("a.yaml", "b.yaml")).splitlines()[1:] == ["# Source: a.yaml", "# Source: b.yaml"]


PAGE = '{"description": "Written by slo-compiler: edit the source.\\nSource: x.yaml\\n\\nSource of truth.",\n "uid": "p"\n}\n'


def test_a_page_is_ours_and_goes_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(PAGE)
    assert is_ours(PAGE)
    assert write([], tmp_path, ours=(RULES, "*.json"), gone=lambda source: source == "x.yaml").removed == ["p.json"]


@pytest.mark.parametrize("text", ["{}", '{"title": "Written by slo-compiler"}', PAGE.replace('truth.",', "truth."), PAGE.replace("Source: x.yaml", "")])
def test_a_page_that_does_not_tell_its_sources_stays(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(text)
    assert write([], tmp_path, ours=(RULES, "*.json"), gone=lambda _source: True).removed == []


# --- sub-folders -----------------------------------------------------------------------------------------------------------------


def below(name: str, *sources: str, title: str = "p") -> Artifact:
    """A page in a sub-folder."""
    found = sources or ("x.yaml",)
    lines = "".join(f"\\nSource: {source}" for source in found)
    return Artifact(f"pages/{name}.json", f'{{"description": "Written by slo-compiler: edit the source.{lines}\\n\\n",\n "title": "{title}"\n}}\n', found)


def put_below(folder: Path, *artifacts: Artifact, gone: Callable[[str], bool] = lambda _source: False) -> Written:
    return write(list(artifacts), folder, ours=(RULES, PAGES), gone=gone)


def test_a_sub_folder_is_made_and_named_in_what_is_told(tmp_path: Path) -> None:
    assert put_below(tmp_path, artifact("x"), below("p")) == Written(["pages/p.json", f"x{SUFFIX}"], [], [])
    assert put_below(tmp_path, artifact("x"), below("p")) == Written([], ["pages/p.json", f"x{SUFFIX}"], [])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_full_disk_leaves_no_new_sub_folder(number: int, tmp_path: Path, full_disk: Callable[[int], None]) -> None:
    put_below(tmp_path, artifact("x"))
    before = tree(tmp_path)
    full_disk(number)
    with pytest.raises(OSError, match="No space left"):
        put_below(tmp_path, artifact("x", "groups: [1]\n"), below("p"), below("q"))
    assert tree(tmp_path) == before
    assert not (tmp_path / "pages").exists()


def test_a_full_disk_leaves_old_pages_as_they_were(tmp_path: Path, full_disk: Callable[[int], None]) -> None:
    put_below(tmp_path, below("p"))
    before = tree(tmp_path)
    full_disk(1)
    with pytest.raises(OSError, match="No space left"):
        put_below(tmp_path, below("p", title="new"), artifact("x"))
    assert tree(tmp_path) == before


def test_a_page_that_nothing_makes_any_more_goes_and_its_empty_folder_too(tmp_path: Path) -> None:
    put_below(tmp_path, below("p"), below("q"))
    assert put_below(tmp_path, below("q"), gone=lambda _source: True).removed == ["pages/p.json"]
    assert put_below(tmp_path, gone=lambda _source: True).removed == ["pages/q.json"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["mine.json", "notes.txt", "more/p.json"])
def test_what_others_have_in_a_sub_folder_stays(name: str, tmp_path: Path) -> None:
    path = tmp_path / "pages" / name
    path.parent.mkdir(parents=True)
    path.write_text(below("p").text if name == "more/p.json" else "{}")
    put_below(tmp_path, below("p"))
    assert put_below(tmp_path, gone=lambda _source: True).removed == ["pages/p.json"]
    assert list(tree(tmp_path)) == [f"pages/{name}"]


def test_somebody_elses_file_in_a_sub_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "p.json").write_text("{}")
    before = tree(tmp_path)
    with pytest.raises(FileExistsError):
        put_below(tmp_path, artifact("x"), below("p"))
    assert tree(tmp_path) == before


def test_a_file_in_the_place_of_a_sub_folder_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("")
    with pytest.raises(FileExistsError) as raised:
        put_below(tmp_path, artifact("x"), below("p"))
    assert raised.value.filename == str(tmp_path / "pages")
    assert list(tree(tmp_path)) == ["pages"]


@pytest.mark.parametrize("to", ["../elsewhere", "..", "/"])
def test_a_link_that_leads_out_is_not_followed(to: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "old.json").write_text(below("old").text)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "pages").symlink_to(to)
    before = tree(tmp_path / "elsewhere")
    with pytest.raises(LeadsOut):
        put_below(folder, artifact("x"), below("p"))
    assert put_below(folder, gone=lambda _source: True).removed == []
    assert tree(tmp_path / "elsewhere") == before
    assert [path.name for path in folder.iterdir()] == ["pages"]


def test_a_link_within_the_output_folder_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "pages").symlink_to("real")
    put_below(tmp_path, below("p"))
    assert (tmp_path / "real" / "p.json").is_file()
    assert put_below(tmp_path, gone=lambda _source: True).removed == ["pages/p.json"]
    assert (tmp_path / "pages").is_symlink()


def test_an_output_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    put_below(tmp_path / "out", below("p"))
    assert (tmp_path / "real" / "pages" / "p.json").is_file()


def test_a_new_file_replaces_nothing(tmp_path: Path) -> None:
    write_new(tmp_path / "sub" / "f", "a\n")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "sub" / "f", "b\n")
    assert (tmp_path / "sub" / "f").read_bytes() == b"a\n"


# --- files that the user names -------------------------------------------------------------------------------------------------------


def test_a_pipe_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        artifacts.replace(tmp_path / "pipe", "text")
    assert (tmp_path / "pipe").is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_device_is_never_replaced() -> None:
    with pytest.raises(OSError, match="no regular file"):
        artifacts.replaceable(Path("/dev/null"))


def test_a_link_stays_one_and_leads_to_the_new_text(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("old")
    (tmp_path / "link").symlink_to("elsewhere/file")
    artifacts.replace(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "elsewhere" / "file").read_text() == "new"
