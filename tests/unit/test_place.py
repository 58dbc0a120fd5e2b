"""`slo explain FILE:LINE`: what stands at a line of a file that we wrote, or of a source."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from slo_compiler import generated, purposes
from slo_compiler.targets import TARGETS
from tests.cases_runner import inside
from tests.unit.given import ROOT, Run, file, promise, run, write

SLOS = ROOT / "tests" / "targets" / "slos"
RULES = "rules/shop.prometheus.rules.yml"
HIDDEN = "first\n- alert: SLOBlind\n  - record: slo:total:delta\nlast"


def compiled(folder: Path, *more: str) -> Path:
    with inside(SLOS):
        done = run("compile", "-o", folder, *more)
    assert done.code == 0, done.text
    return folder


@pytest.fixture(scope="module", params=[(), ("--shard", "2"), ("--single-file",)], ids=["files", "shards", "single"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("small"), *request.param)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of two SLOs, compiled."""
    notes = {"annotations": {"notes": HIDDEN}}
    write(tmp_path, slo_compiler_yaml="{sources: [slos], output: rules}", slos__a_yaml=file(promise(alerting=notes), promise(name="speed")))
    with inside(tmp_path):
        assert run("compile").code == 0
    return tmp_path


def at(folder: Path, line: int | str, *more: str, of: str = RULES) -> Run:
    """What is told of a line, or of the first line that holds some words."""
    text = (folder / of).read_text(encoding="utf-8").split("\n")
    number = line if isinstance(line, int) else next(number for number, one in enumerate(text, start=1) if line in one)
    with inside(folder):
        return run("explain", f"{of}:{number}", *more)


def data(folder: Path, line: int | str, *more: str, of: str = RULES) -> dict[str, Any]:
    done = at(folder, line, "--format", "json", *more, of=of)
    assert done.code == 0, done.text
    found: dict[str, Any] = json.loads(done.out)
    return found


# --- the text of a file ------------------------------------------------------------------------------------------------------------


def loaded(text: str) -> list[dict[str, Any]]:
    """All rules of a file, as a reader of YAML finds them."""
    rules = []
    for one in yaml.load_all(text, Loader=yaml.CSafeLoader):
        inner = [yaml.safe_load(part) for part in one.get("data", {}).values()] or [one.get("spec", one)]
        rules += [rule for part in inner for group in part.get("groups", []) for rule in group["rules"]]
    return rules


def test_the_rules_of_a_file_are_found_with_their_lines(small: Path) -> None:
    count = 0
    for path in sorted(path for path in small.rglob("*") if path.suffix in {".yml", ".yaml"} and path.parent.name != "grafana-operator"):
        text = path.read_text(encoding="utf-8")
        found = list(generated.blocks(text))
        assert [(one.kind, one.name, one.labels, one.expr) for one in found] == [
            ("record" if "record" in rule else "alert", rule.get("record", rule.get("alert")), rule.get("labels", {}), rule["expr"]) for rule in loaded(text)
        ]
        for one in (*found[:2], *found[-2:]):
            last = one.first + len(one.text.split("\n")) - 1
            assert generated.block_at(text, one.first) == generated.block_at(text, last) == one
            assert generated.block_at(text, last + 1) != one
        count += len(found)
    assert count > 300


def test_the_head_of_the_next_object_is_in_no_group() -> None:
    text = "spec:\n  groups:\n  - name: slo-chat-fast-2\n    rules:\n---\napiVersion: v1\n"
    assert [generated.group_at(text, line) for line in (2, 3, 4, 6)] == [("", ""), *[("slo-chat-fast-2", "chat")] * 2, ("", "")]


def test_what_a_text_looks_like_is_no_rule(shop: Path) -> None:
    text = (shop / RULES).read_text()
    assert "- alert: SLOBlind\n" in text.replace("  - alert: SLOBlind\n", "", 2)
    assert len(list(generated.blocks(text))) == len(loaded(text))


def test_a_rule_that_somebody_broke_has_no_labels() -> None:
    block = generated.block_at("groups:\n- name: slo-x-fast\n  rules:\n  - record: slo:info\n    labels: [\n", 4)
    assert block
    assert (block.name, block.labels, block.expr) == ("slo:info", {}, "")


def test_every_rule_has_a_purpose(tmp_path: Path) -> None:
    """Of all kinds of SLOs."""
    with inside(ROOT):
        assert run("compile", "examples", "-o", tmp_path).code == 0
    found = {(block.name, purposes.purpose(block.name, {}, None)) for path in tmp_path.iterdir() for block in generated.blocks(path.read_text())}
    assert [name for name, words in found if not words] == []
    assert len({words for _, words in found}) > 25
    assert purposes.purpose("slo:nothing:like_it", {}, None) == ""


# --- a line of a rule file -----------------------------------------------------------------------------------------------------------


def test_an_alert_is_told_with_its_slo_and_its_tier(shop: Path) -> None:
    assert at(shop, "slo_tier: page").out == (
        f"{RULES}:{line_of(shop, 'slo_tier: page')}\n"
        "slo       shop/success: success (availability)\n"
        "source    slos/a.yaml:5\n"
        "rule      alert SLOBudgetBurn, slo_tier page, severity page\n"
        "for       fires when errors spend the budget too fast: more than 4.2 times the\n"
        "          allowed rate over 6h and 30m\n"
        "file      as it would be written now\n"
        "from      slos/a.yaml: as it was\n"
    )


def line_of(folder: Path, words: str) -> int:
    return next(number for number, one in enumerate((folder / RULES).read_text().split("\n"), start=1) if words in one)


def test_the_second_slo_is_told_apart(shop: Path) -> None:
    found = data(shop, "slo_id: shop/speed")
    assert found["slo"] == {
        "name": "shop/speed", "slo_id": "shop/speed", "title": "speed", "category": "availability", "file": "slos/a.yaml",
        "line": next(number for number, one in enumerate((shop / "slos" / "a.yaml").read_text().split("\n")) if '"speed"' in one),
    }  # fmt: skip
    assert found["rule"]["record"] == "slo:total:delta"
    assert found["read_by"][:2] == ["slo:bad:delta", "slo:total:sum5m"]
    assert (found["file"], found["rule"]["state"], found["group"], found["service"]) == ("current", "current", "slo-shop-fast", "shop")


def test_a_shared_rule_is_one_of_all_slos_of_the_service(shop: Path) -> None:
    text = " ".join(at(shop, "record: slo:bad:sum5m").out.split())
    assert "slo all of shop: they share this rule rule record slo:bad:sum5m" in text
    assert "for the bad events of the last 5m" in text
    assert "read by SLOBudgetBurn (rollback), slo:bad:hour, slo:bad:recent, slo:bad:sum24h, slo:bad:sum7d file" in text
    found = data(shop, "record: slo:bad:sum5m")
    assert (found["slo"], found["service"]) == (None, "shop")


def test_rules_of_other_slos_do_not_read_it(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(), promise(name="speed", alerting={"no_data": "ignore"})))
    with inside(shop):
        assert run("compile").code == 0
    assert "SLONoData" in data(shop, "slo_id: shop/success")["read_by"]
    assert "SLONoData" not in data(shop, "slo_id: shop/speed")["read_by"]


def test_a_series_that_no_rule_reads_is_for_people(shop: Path) -> None:
    assert "read by   no rule: it is for pages, reports and people\n" in at(shop, "record: slo:info").out


@pytest.mark.parametrize(("line", "words"), [(1, "no rule stands here"), ("- name: slo-shop-slow", "group     slo-shop-slow"), ("  rules:", "slo-shop-fast")])
def test_other_lines_are_told_in_plain_words(line: int | str, words: str, shop: Path) -> None:
    done = at(shop, line)
    assert done.code == 0
    assert words in done.out
    assert "file      as it would be written now\nfrom      slos/a.yaml: as it was\n" in done.out
    assert data(shop, line)["rule"] is None


def test_a_column_may_follow_and_the_whole_path(shop: Path) -> None:
    with inside(shop.parent):
        done = run("explain", f"{shop / RULES}:7:3", "--format", "json")
    assert (done.code, json.loads(done.out)["file"]) == (0, "current")


@pytest.mark.parametrize("target", list(TARGETS))
def test_every_target_is_known(target: str, small: Path) -> None:
    folder = small if target in {"prometheus", "grafana"} else small / target
    path = next(
        path for path in sorted(folder.rglob("*.json" if target == "grafana" else "*.y*ml")) if target != "prometheus" or "prometheus.rules" in path.name
    )
    text = path.read_text(encoding="utf-8")
    line = text[: text.find("slo_tier: page")].count("\n") + 1 if "slo_tier: page" in text else len(text.split("\n")) // 2
    with inside(SLOS):
        done = run("explain", f"{path}:{line}", "--format", "json")
    found = json.loads(done.out)
    assert found["file"] == "current"
    assert {one["state"] for one in found["sources"]} == {"same"}
    if target not in {"grafana", "grafana-operator", "alertmanager"}:
        assert found["rule"]["labels"]["slo_tier"] == "page"
        assert found["slo"]["file"] in {"chat.yaml", "search.yaml"}


# --- old files -----------------------------------------------------------------------------------------------------------------------


def test_a_stale_file_is_told_as_such(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(objective="99%"), promise(name="speed")))
    found = data(shop, "slo_tier: page")
    assert (found["file"], found["rule"]["state"], found["sources"]) == ("stale", "stale", [{"name": "slos/a.yaml", "state": "changed"}])
    text = " ".join(at(shop, "slo_tier: page").out.split())
    assert "severity page; it would be another one now for fires" in text
    assert "file not as it would be written now: run `slo compile` from slos/a.yaml: has changed since" in text
    assert data(shop, "slo_id: shop/speed")["rule"]["state"] == "current"


def test_a_new_file_of_the_same_service_makes_it_stale(shop: Path) -> None:
    write(shop, slos__b_yaml=file(promise(name="more")))
    found = data(shop, "slo_id: shop/speed")
    assert (found["file"], found["rule"]["state"], found["sources"]) == ("stale", "current", [{"name": "slos/a.yaml", "state": "same"}])


def test_a_rule_whose_slo_is_gone_is_told_as_such(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise()))
    text = at(shop, "slo_id: shop/speed").out
    assert "slo       shop/speed, which is not in the sources that are there\nrule      record slo:total:delta; it would not be written now\n" in text
    assert data(shop, "slo_id: shop/speed")["rule"]["state"] == "gone"


def test_a_file_whose_service_is_gone_is_told_as_such(shop: Path) -> None:
    write(shop, slos__a_yaml=file(service="other"))
    assert data(shop, 7)["file"] == "gone"


def test_a_file_whose_sources_are_gone_tells_what_it_says_itself(shop: Path) -> None:
    (shop / "slos" / "a.yaml").unlink()
    write(shop, slo_compiler_yaml="{output: rules}")
    found = data(shop, "slo_tier: page")
    assert (found["file"], found["slo"], found["rule"]["labels"]["slo_id"]) == ("unknown", None, "shop/success")
    assert "is not there; if it was compiled elsewhere, name its PATH" in at(shop, "slo_tier: page").out


def test_sources_are_found_by_the_header_without_a_project(tmp_path: Path) -> None:
    write(tmp_path, slos__a_yaml=file())
    with inside(tmp_path):
        assert run("compile", "slos", "-o", "rules").code == 0
    assert data(tmp_path, 7)["file"] == "current"
    (tmp_path / "slos").rename(tmp_path / "moved")
    assert data(tmp_path, 7)["file"] == "unknown"
    assert data(tmp_path, 7, "moved")["file"] == "stale"  # the header would tell another name


def test_a_copy_under_another_name_is_explained_as_far_as_it_goes(shop: Path) -> None:
    (shop / "rules" / "copy.txt").write_text((shop / RULES).read_text())
    found = data(shop, "slo_tier: page", of="rules/copy.txt")
    assert (found["file"], found["slo"]["name"]) == ("unknown", "shop/success")


def test_a_mistake_in_the_sources_is_told_instead(shop: Path) -> None:
    write(shop, slos__a_yaml=file(promise(objective="101%")))
    done = at(shop, 7)
    assert (done.code, done.out) == (1, "")
    assert "error[objective/range]" in done.err


def test_a_header_without_hashes_says_so(shop: Path) -> None:
    path = shop / RULES
    path.write_text(path.read_text().replace(path.read_text().split("\n")[1], "# Source: slos/a.yaml"))
    assert "from      slos/a.yaml: not known whether it has changed\n" in at(shop, 7).out


# --- sources and what is neither -----------------------------------------------------------------------------------------------------


def test_a_line_of_a_source_is_the_slo_that_stands_there(shop: Path) -> None:
    text = at(shop, '"speed"', of="slos/a.yaml").out
    with inside(shop):
        assert text == run("explain", "shop/speed").out
    assert data(shop, '"success"', of="slos/a.yaml")["slo"] == "shop/success"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("slos/a.yaml:2", ("no SLO stands at line 2", "SERVICE/SLO")),
        (f"{RULES}:9999", ("has no line 9999: it has ", "name a line")),
        (f"{RULES}:0", ("has no line 0", "name a line")),
        ("rules/nothing.yml:3", ("there is no file rules/nothing.yml", "FILE:LINE")),
        ("rules:3", ("rules is a folder", "FILE:LINE")),
        ("README.md:1", ("was not written by slo-compiler", "slo compile")),
    ],
)
def test_what_cannot_be_explained_is_told_with_the_next_step(place: str, words: tuple[str, ...], shop: Path) -> None:
    (shop / "README.md").write_text("# Shop\n")
    with inside(shop):
        done = run("explain", place)
    assert (done.code, done.out) == (2, "")
    assert all(word in done.err for word in ("slo: ", "\n  help: ", *words)), done.err


def test_a_rule_is_not_drawn_and_an_slo_is(shop: Path) -> None:
    done = at(shop, 7, "--plot", "x.svg")
    assert done.code == 2
    assert "slo explain SERVICE/SLO --plot" in done.err
    assert at(shop, '"speed"', "--plot", "x.svg", of="slos/a.yaml").code == 0
    assert "shop/speed" in (shop / "x.svg").read_text()


def test_a_file_that_cannot_be_read_is_told(shop: Path, lock: Callable[[Path], Callable[[], None]]) -> None:
    lock(shop / RULES)
    with inside(shop):
        done = run("explain", f"{RULES}:7")
    assert done.code == 2
    assert "cannot be read: Permission denied\n  help: check its permissions" in done.err


def test_limits_of_a_target_are_told_instead(shop: Path) -> None:
    with inside(shop):
        assert run("compile", "--target", "mimir").code == 0
    write(shop, slo_compiler_yaml="{sources: [slos], output: rules, options: {mimir: {groups: 1}}}")
    done = at(shop, 7, of="rules/mimir/shop.rules.yml")
    assert (done.code, done.out) == (1, "")
    assert "error[target/limits]" in done.err


def test_a_foreign_rule_file_is_told_as_such(shop: Path) -> None:
    (shop / "mine.yml").write_text("groups: []\n")
    done = at(shop, 1, of="mine.yml")
    assert done.code == 1
    assert "error[document/foreign]" in done.err


def test_a_folder_is_no_missing_file(shop: Path) -> None:
    with inside(shop):
        assert run("explain", "rules:3").err.startswith("slo: rules is a folder\n  help: name a file that slo-compiler wrote")
