"""What is written for each target: the same rules in other clothes, in a form that its reader takes, under names that stay."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from slo_compiler import names
from slo_compiler.targets import LATE, MANIFESTS, TARGETS
from tests.cases_runner import inside
from tests.rules.needed import split
from tests.servers import Line, lines
from tests.targets.schemas import OBJECTS
from tests.unit.given import Run, file, promise, run, tree, write

DEFINITION = Path(__file__).parent / "formats" / "prometheusrules-crd.json"

HERE = Path(__file__).parent / "targets"
SMALL = HERE / "slos"
OUTLINE = HERE / "outline.txt"
RULES = ("prometheus", "prometheus-operator", "victoriametrics", "victoriametrics-operator", "mimir", "thanos", "configmap")
FOLDERS = {"prometheus": "", **{target: f"{target}/" for target in RULES[1:]}}
FILES = {target: f"{FOLDERS[target]}*{'.yaml' if target in MANIFESTS else '.rules.yml'}" for target in RULES}
FIRST = ("--target", "prometheus")


def compiled(output: Path, *words: str) -> Path:
    """The small project, which asks for every target."""
    with inside(SMALL):
        done = run("compile", "-o", output, *words)
    assert (done.code, done.err) == (0, "")
    return output


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("small") / "out")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("single") / "out", "--single-file")


def to(folder: Path, targets: str, *words: str, project: str = "", **files: str) -> Run:
    """Files compiled for some targets into `out` below a folder."""
    write(folder, **(files or {"a_yaml": file()}), slo_compiler_yaml=f"targets: [{targets}]\n{project}")
    with inside(folder):
        return run("compile", ".", *words, *(() if "-o" in words else ("-o", "out")))


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) if one]


def groups(output: Path, target: str) -> list[dict[str, Any]]:
    """All rule groups of a target."""
    found: list[dict[str, Any]] = []
    for path in sorted(output.glob(FILES[target])):
        for one in documents(path):
            inner = [yaml.safe_load(text) for text in one.get("data", {}).values()] or [one.get("spec", one)]
            found += [group for part in inner for group in part["groups"]]
    return found


def objects(output: Path) -> list[dict[str, Any]]:
    """All Kubernetes objects."""
    return [one for target in sorted(MANIFESTS) for path in sorted(output.glob(f"{target}/*.yaml")) for one in documents(path)]


# --- what is written ---------------------------------------------------------------------------------------------------------------


def outlined(output: Path) -> str:
    """All files, their rules counted and their pages left out."""
    parts = []
    for path in sorted(one for one in output.rglob("*") if one.is_file()):
        text = path.read_text(encoding="utf-8")
        text = re.sub(
            r"(?m)^( *)rules:\n((?:\1(?:- |  ).*\n|\n)*)", lambda found: f"{found[1]}rules: ... {len(re.findall(rf'(?m)^{found[1]}- ', found[2]))}\n", text
        )
        text = re.sub(r"(?m)^( *)json: \|\n(?:\1  .*\n?|\n)*", r"\1json: ...\n", text)
        text = text.split("\n", 1)[0] + "\n...\n" if path.suffix == ".json" else text
        parts.append(f"=== {path.relative_to(output).as_posix()}\n{text}")
    return "".join(parts)


def _counted(found: re.Match[str]) -> str:
    return f"{found[1]}rules: ... {len(re.findall(rf'(?m)^{found[1]}- ', found[2]))}\n"


def test_every_target_is_written_as_it_was(small: Path) -> None:
    assert outlined(small) == OUTLINE.read_text(encoding="utf-8"), "make golden rewrites it"


def test_the_small_project_is_for_every_target() -> None:
    assert yaml.safe_load((SMALL / "slo-compiler.yaml").read_text(encoding="utf-8"))["targets"] == list(TARGETS)


@pytest.mark.parametrize("target", [target for target in RULES if target not in {"mimir", *LATE}])
def test_the_rules_are_those_of_prometheus(target: str, small: Path, single: Path) -> None:
    ours = [{key: value for key, value in group.items() if key != "partial_response_strategy"} for group in groups(small, target)]
    assert ours == groups(small, "prometheus") == groups(single, "prometheus")
    assert len(groups(single, target)) == len(ours)


def every_rule(output: Path, target: str) -> list[dict[str, Any]]:
    return [rule for group in groups(output, target) for rule in group["rules"]]


@pytest.mark.parametrize("target", sorted(LATE))
def test_a_late_ruler_reads_steps_that_are_surely_there(target: str, small: Path) -> None:
    """A window is whole, one step late; a long one does not ask what was recent an evaluation ago. All else is the same."""
    ours, others = every_rule(small, target), every_rule(small, "prometheus")
    assert [{**rule, "expr": ""} for rule in ours] == [{**rule, "expr": ""} for rule in others]
    changed = [(rule["record"], rule["expr"], other["expr"]) for rule, other in zip(ours, others, strict=True) if rule != other]
    short = [(expr, before) for _, expr, before in changed if ":delta" in before]
    assert short
    assert all(expr == f"{before.removesuffix(')')} offset 1m)" for expr, before in short)
    assert {record for record, _, before in changed if ":delta" not in before} == {
        record for record in (rule.get("record", "") for rule in others) if re.fullmatch(r"slo:((bad|total):sum|coverage:)(7d|30d)", record)
    }
    assert not any(":recent{" in rule["expr"] for rule in ours)


def test_a_thanos_ruler_alerts_on_all_of_the_data_or_none(small: Path) -> None:
    assert {group["partial_response_strategy"] for group in groups(small, "thanos")} == {"ABORT"}


def test_the_same_bytes_come_every_time_and_from_everywhere(small: Path, tmp_path: Path) -> None:
    again = compiled(tmp_path / "elsewhere" / "deep")
    assert {name: text for name, (text, _) in tree(again).items()} == {name: text for name, (text, _) in tree(small).items()}
    written = {name: text.decode() for name, (text, _) in tree(small).items()}
    for text in written.values():
        assert text.endswith("\n")
        assert "\r" not in text
        assert str(tmp_path) not in text
        assert not re.search(r"\b20\d\d-\d\d-\d\d", text)


def test_a_second_run_changes_nothing(small: Path) -> None:
    before = tree(small)
    compiled(small)
    assert tree(small) == before


# --- single files, several documents -----------------------------------------------------------------------------------------------


def test_a_single_file_of_rules_is_one_document(single: Path) -> None:
    """Prometheus reads only the first one."""
    for path in (single / "slo.prometheus.rules.yml", *(single / folder / "slo.rules.yml" for folder in ("victoriametrics", "mimir", "thanos"))):
        text = path.read_text(encoding="utf-8")
        assert "\n---" not in text
        assert {group["name"].split("-")[1] for group in yaml.safe_load(text)["groups"]} == {"chat", "search"}


def test_a_single_file_of_objects_is_a_document_each(single: Path) -> None:
    for target in sorted(MANIFESTS):
        (path,) = (single / target).iterdir()
        assert path.name == "slo.yaml"
        found = documents(path)
        assert len({one["metadata"]["name"] for one in found}) == len(found) == (4 if target == "grafana-operator" else 2)


def test_one_file_takes_the_place_of_many_and_back(tmp_path: Path) -> None:
    files = {"a_yaml": file(), "b_yaml": file(service="other")}
    many = {"other.prometheus.rules.yml", "shop.prometheus.rules.yml", "configmap/other.yaml", "configmap/shop.yaml"}
    to(tmp_path, "prometheus, configmap", **files)
    assert set(tree(tmp_path / "out")) == many
    to(tmp_path, "prometheus, configmap", "--single-file", **files)
    assert set(tree(tmp_path / "out")) == {"slo.prometheus.rules.yml", "configmap/slo.yaml"}
    to(tmp_path, "prometheus, configmap", **files)
    assert set(tree(tmp_path / "out")) == many


def test_a_single_file_is_not_made_from_a_part(tmp_path: Path) -> None:
    to(tmp_path, "prometheus", "--single-file", a_yaml=file(), b_yaml=file(service="other"))
    before = tree(tmp_path / "out")
    with inside(tmp_path):
        done = run("compile", "a.yaml", "-o", "out", "--single-file")
    assert done.code == 2
    assert "output/part-of-a-service" in done.err
    assert "the file's other SLOs come from b.yaml" in done.err
    assert tree(tmp_path / "out") == before


# --- standard output ---------------------------------------------------------------------------------------------------------------

WARNED = file(promise(name="ratings", category="quality", objective="99%", sli={"events": {"total": "ratings_total", "bad": "bad_ratings_total"}}))


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "grafana"])
def test_a_target_is_printed_with_nothing_else(target: str, tmp_path: Path) -> None:
    to(tmp_path, target, "--single-file", a_yaml=WARNED)
    (path,) = (one for one in (tmp_path / "out").rglob("*") if one.is_file())
    printed = to(tmp_path, target, "-o", "-", a_yaml=WARNED)
    assert (printed.code, printed.out) == (0, path.read_text(encoding="utf-8"))
    assert "warning[quality/not-sampled]" in printed.err
    as_json = to(tmp_path, target, "-o", "-", "--format", "json", a_yaml=WARNED)
    assert as_json.out == printed.out
    assert [finding["id"] for finding in json.loads(as_json.err)] == ["quality/not-sampled"]


def test_objects_of_several_targets_are_one_stream(tmp_path: Path) -> None:
    printed = to(tmp_path, ", ".join(sorted(MANIFESTS)), "-o", "-")
    found = [one["kind"] for one in yaml.safe_load_all(printed.out) if one]
    assert found == ["ConfigMap", *["GrafanaDashboard"] * 3, "PrometheusRule", "VMRule"]
    assert not (tmp_path / "-").exists()


def test_standard_input_becomes_standard_output(tmp_path: Path) -> None:
    with inside(tmp_path):
        done = run("compile", "-", "-o", "-", "--target", "prometheus-operator", stdin=file().encode())
    assert (done.code, done.err) == (0, "")
    assert yaml.safe_load(done.out)["metadata"]["name"] == "slo-shop"


def test_a_mistake_prints_nothing(tmp_path: Path) -> None:
    done = to(tmp_path, "prometheus", "-o", "-", a_yaml=file(promise(objective="0.999")))
    assert (done.code, done.out) == (1, "")
    assert "objective/fraction" in done.err


@pytest.mark.parametrize(
    ("targets", "words", "why", "help"),
    [
        ("grafana", (), "pages are a file each", "name one --target but grafana"),
        ("prometheus, mimir", (), "prometheus and mimir are read by different programs", "name one --target"),
        ("prometheus, configmap", (), "different programs", "or several of Kubernetes"),
        ("configmap", ("--shard", "2"), "remembered beside what is written", "leave out --shard, and `shards` in the project file"),
    ],
)
def test_what_is_no_single_text_is_refused(targets: str, words: tuple[str, ...], why: str, help: str, tmp_path: Path) -> None:
    done = to(tmp_path, targets, "-o", "-", *words)
    assert (done.code, done.out) == (2, "")
    said, helped = done.err.splitlines()
    assert said.endswith(why)
    assert help in helped
    assert helped.endswith("; or write to a folder with -o DIR")


# --- kubernetes --------------------------------------------------------------------------------------------------------------------


def test_every_object_has_only_keys_that_its_reader_knows(small: Path, single: Path) -> None:
    found = [*objects(small), *objects(single)]
    assert {one["kind"] for one in found} == set(OBJECTS)
    for one in found:
        jsonschema.Draft202012Validator(OBJECTS[one["kind"]]).validate(one)


@pytest.mark.parametrize(("key", "value"), [("query_offset", "1m"), ("labels", {"a": "b"}), ("limit", 5), ("interval", "1 minute")])
def test_a_key_that_only_some_versions_know_would_be_noticed(key: str, value: object, small: Path) -> None:
    (one, *_) = (found for found in objects(small) if found["kind"] == "PrometheusRule")
    one["spec"]["groups"][0][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(OBJECTS["PrometheusRule"]).validate(one)


def test_rules_are_what_the_definition_of_the_prometheus_operator_takes(small: Path, single: Path) -> None:
    rules = [one for one in [*objects(small), *objects(single)] if one["kind"] == "PrometheusRule"]
    assert len(rules) > 2
    definition = _strict(json.loads(DEFINITION.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    for one in rules:
        jsonschema.Draft202012Validator(definition).validate(one)
    for key, value in {"limits": 5, "interval": "1 minute", "rules": [{"alert": "A", "expr": "up", "for": "soon"}]}.items():
        rules[0]["spec"]["groups"][0] |= {key: value}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(definition).validate(rules[0])
        del rules[0]["spec"]["groups"][0][key]


def _strict(schema: Any) -> Any:
    """A definition's schema as JSON Schema, as an API server with strict validation reads it: keys that it does not name are refused."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _strict(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string") is True:
        return {"type": ["integer", "string"]}
    names_its_keys = isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema
    return found | ({"additionalProperties": False} if names_its_keys else {})


def test_objects_carry_what_the_project_says(small: Path) -> None:
    by_kind = {one["kind"]: one["metadata"] for one in objects(small) if one["metadata"]["name"] in {"slo-search", "slo-platform"}}
    ours = {"app.kubernetes.io/managed-by": "slo-compiler"}
    assert by_kind == {
        "PrometheusRule": {
            "name": "slo-search",
            "namespace": "monitoring",
            "labels": {**ours, "release": "kube-prometheus-stack"},
            "annotations": {"argocd.argoproj.io/sync-options": "ServerSideApply=true"},
        },
        "VMRule": {"name": "slo-search", "namespace": "victoria", "labels": ours},
        "ConfigMap": {"name": "slo-search", "labels": {**ours, "rules": "yes"}},
        "GrafanaDashboard": {"name": "slo-platform", "namespace": "grafana", "labels": ours},
    }


@pytest.mark.parametrize(
    ("service", "name"),
    [("shop", "slo-shop"), ("a" * 59, f"slo-{'a' * 59}"), ("a" * 60, None), ("a" * 80, None), ("a-" * 26 + "b" * 20, None)],
)
def test_the_name_of_an_object_is_valid_and_stays(service: str, name: str | None) -> None:
    found = names.resource("slo", service)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", found)
    assert found == (name or found) == names.resource("slo", service)
    assert (name is None) == bool(re.search(r"-[0-9a-f]{8}$", found))


def test_names_that_are_cut_stay_different() -> None:
    cut = {names.resource("slo", f"{'a' * 70}-{number}") for number in range(1000)}
    assert len(cut) == 1000
    assert names.resource("Slo_A") != names.resource("slo-a") != names.resource("slo.a")


def test_the_page_in_an_object_is_that_of_grafana(small: Path) -> None:
    for one in (one for one in objects(small) if one["kind"] == "GrafanaDashboard"):
        name = one["metadata"]["name"]
        page = (small / "dashboards" / f"{name}.json").read_text(encoding="utf-8")
        assert one["spec"]["json"].replace("$${", "${") == page
        assert one["spec"]["folder"] == "SLOs"
        assert (one["spec"]["instanceSelector"], one["spec"]["allowCrossNamespaceImport"]) == ({"matchLabels": {"dashboards": "llm"}}, True)


def test_flux_finds_nothing_to_fill_in_where_it_is_said_to_look(small: Path, tmp_path: Path) -> None:
    with_flux = "".join(path.read_text(encoding="utf-8") for path in (small / "grafana-operator").iterdir())
    assert "$${__data.fields" in with_flux
    assert not re.search(r"(?<!\$)\$\{", with_flux)
    to(tmp_path, "grafana-operator")
    assert "$${" not in "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out" / "grafana-operator").iterdir())


@pytest.mark.parametrize("target", sorted(LATE))
@pytest.mark.parametrize(
    "sli",
    [
        {"histogram": {"metric": "a_seconds", "at_most": "1s", "native": True}},
        {"events": {"total": "sum(histogram_count(rate(a_seconds[$window])))", "good": "sum(histogram_fraction(0, 1, rate(a_seconds[$window])))"}},
    ],
    ids=["histogram", "expression"],
)
def test_what_victoriametrics_does_not_know_is_refused_by_name(sli: dict[str, object], target: str, tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file(promise(sli=sli, allow=["events/approximate"]), promise(name="known")))
    done = run("compile", tmp_path / "a.yaml", "--target", target, "-o", tmp_path / "out")
    assert (done.code, done.err.count("error[target/native-histogram]")) == (1, 1), done.err
    assert not (tmp_path / "out").exists()


def test_an_object_that_its_operator_would_refuse_is_an_error(tmp_path: Path) -> None:
    many = file(*(promise(name=f"slo-{number}", title="x" * 25) for number in range(60)))
    for target, whose in (("prometheus-operator", "the Prometheus operator"), ("victoriametrics-operator", "VictoriaMetrics' operator")):
        done = to(tmp_path, target, a_yaml=many)
        assert done.code == 1
        assert "of shop has" in done.err
        assert f"{whose} takes 524,288" in done.err
        assert not (tmp_path / "out").exists()
    assert to(tmp_path, "configmap", a_yaml=many).code == 0


# --- options -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "id"),
    [
        ("prometheus-operator: {namespace: Monitoring}", "value/range"),
        ("prometheus-operator: {namespace: ../../x}", "value/range"),
        ("configmap: {labels: {release: 5}}", "value/type"),
        ("configmap: {labels: {release: a b}}", "value/range"),
        ("configmap: {labels: {-a: b}}", "key/name"),
        ("configmap: {annotations: {a/b/c: d}}", "key/name"),
        ("configmap: {instances: {a: b}}", "key/unknown"),
        ("grafana-operator: {instances: {a: _}}", "value/range"),
        ("grafana-operator: {flux: 1}", "value/type"),
        ("mimir: {rules_per_group: 0}", "value/range"),
        ("mimir: {groups: many}", "value/type"),
        ("mimir: {namespace: a/b}", "value/range"),
        ("alertmanager: {rollback: 'deploy.example.com'}", "value/range"),
        ("alertmanager: {receivers: {page: ''}}", "value/range"),
        ("shards: 0", "value/range"),
        ("single_file: maybe", "value/type"),
        ("prometheus_operator: {}", "key/unknown"),
    ],
)
def test_a_wrong_option_is_told_at_its_place(options: str, id: str, tmp_path: Path) -> None:
    done = to(tmp_path, "prometheus", "--format", "json", project=f"options:\n  {options}\n")
    (finding,) = done.findings
    assert (done.code, finding["id"], finding["file"], finding["line"]) == (1, id, "slo-compiler.yaml", 3)
    assert finding["help"]


# --- whose files ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [target for target in TARGETS if target not in {"prometheus", "grafana"}])
def test_what_is_made_no_longer_goes_and_what_is_not_ours_stays(target: str, tmp_path: Path) -> None:
    first = to(tmp_path, target, a_yaml=file(), b_yaml=file(promise(category="quality", objective="90%"), service="other"))
    assert first.code == 0
    before, folder = set(tree(tmp_path / "out")), tmp_path / "out" / target
    (folder / f"mine{'.rules.yml' if target in RULES and target not in MANIFESTS else '.yaml'}").write_text("mine: true\n")
    (tmp_path / "b.yaml").unlink()
    second = to(tmp_path, target)
    after = set(tree(tmp_path / "out"))
    assert second.code == 0
    assert {Path(name).stem.split(".")[0] for name in after - before} == {"mine"}
    assert after - before != after
    gone = {name for name in before if "other" in name or "quality" in name}
    assert gone == before - after
    assert gone or target == "alertmanager"


def to_project(folder: Path, text: str) -> Run:
    """Compile in a folder with such a project file."""
    (folder / "slo-compiler.yaml").write_text(f"version: slo/v1\n{text}")
    with inside(folder):
        return run("compile")


def test_a_target_that_is_no_longer_named_leaves_nothing(tmp_path: Path) -> None:
    def project(*targets: str) -> Run:
        return to_project(tmp_path, f"sources: [a.yaml, b.yaml]\noutput: out\ntargets: {json.dumps(targets)}\n")

    write(tmp_path, a_yaml=file(), b_yaml=file(service="other"))
    assert project("prometheus", "mimir", "alertmanager").code == 0
    (tmp_path / "out" / "mimir" / "hand.rules.yml").write_text("groups: []\n")
    assert project("prometheus").code == 0
    assert set(tree(tmp_path / "out")) == {"shop.prometheus.rules.yml", "other.prometheus.rules.yml", "mimir/hand.rules.yml"}
    with inside(tmp_path):
        assert run("compile", "--target", "thanos").code == 0, "what is asked for by the way stays beside the others"
        assert len(tree(tmp_path / "out")) == 5
        assert run("compile", "--check").code == 1
        assert run("compile").code == 0
    assert len(tree(tmp_path / "out")) == 3


@pytest.mark.parametrize("names", [("slo.yaml", "slo.yaml"), ("a.yaml", "b.yaml")], ids=["of the same name", "of different names"])
def test_projects_that_share_an_output_leave_each_other_alone(names: tuple[str, str], tmp_path: Path) -> None:
    def compile_in(project: str, *words: str) -> Run:
        with inside(tmp_path / project):
            return run("compile", *words)

    for project, name in zip("ab", names, strict=True):
        (tmp_path / project / "slos").mkdir(parents=True)
        (tmp_path / project / "slos" / name).write_text(file(service=f"of-{project}"))
        (tmp_path / project / "slo-compiler.yaml").write_text("version: slo/v1\nsources: [slos]\noutput: ../rules\n")
        assert compile_in(project).code == 0
    both = {"of-a.prometheus.rules.yml", "of-b.prometheus.rules.yml"}
    assert set(tree(tmp_path / "rules")) == both
    assert [compile_in(project, "--check").code for project in "ab"] == [0, 0]
    assert compile_in("b", "--target", "alertmanager").code == 0
    taken = compile_in("a", "--target", "alertmanager")
    assert (taken.code, f"come from ../b/slos/{names[1]}" in taken.err) == (2, True), taken.err
    (tmp_path / "a" / "slos" / "more.yaml").write_text(file(service="more"))
    assert compile_in("a").code == 0
    (tmp_path / "a" / "slos" / "more.yaml").unlink()
    assert "removed   more.prometheus.rules.yml" in compile_in("a").out
    assert both < set(tree(tmp_path / "rules"))


def test_other_line_ends_are_no_difference(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=file())
    words = ("compile", tmp_path / "a.yaml", "-o", tmp_path / "out", "--target", "prometheus", "--target", "grafana")
    assert run(*words).code == 0
    for path in (tmp_path / "out").rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = tree(tmp_path / "out")
    assert run(*words, "--check").code == 0
    assert run(*words).code == 0
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize("target", [target for target in TARGETS if target not in {"prometheus", "grafana"}])
def test_a_folder_that_is_a_link_is_not_followed(target: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / target).symlink_to(tmp_path / "elsewhere")
    done = to(tmp_path, target)
    assert done.code == 2
    assert "output/leads-out" in done.err
    assert not any((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("target", [target for target in TARGETS if target not in {"prometheus", "grafana"}])
def test_somebody_elses_file_in_the_way_stays(target: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / target).write_text("mine\n")
    done = to(tmp_path, target)
    assert done.code == 2
    assert "output/foreign-file" in done.err
    assert (tmp_path / "out" / target).read_text() == "mine\n"


@pytest.mark.parametrize("service", ["../../x", "a/b", "/etc/x", "..", ".", "a\\b", "a:b"])
def test_a_service_cannot_name_a_file_elsewhere(service: str, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    done = to(tmp_path / "here", ", ".join(TARGETS), a_yaml=file(service=service))
    assert done.code == 1
    assert "must be lower-case words with dashes" in done.err
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"a.yaml", "slo-compiler.yaml"}


def test_our_files_are_no_sources(tmp_path: Path) -> None:
    """Where the output lies among the sources and is not named."""
    every = ", ".join(TARGETS)
    to(tmp_path, every)
    (tmp_path / "out").rename(tmp_path / "old")
    assert to(tmp_path, every).code == 0


# --- where it came from --------------------------------------------------------------------------------------------------------------


def test_a_file_tells_its_sources_their_hashes_and_the_compiler(tmp_path: Path) -> None:
    import hashlib

    to(tmp_path, ", ".join(TARGETS))
    digest = hashlib.sha256((tmp_path / "a.yaml").read_bytes()).hexdigest()[:16]
    expected = f"Written by slo-compiler 0.1: edit the source and run `slo compile`, not this file.\n# Source: a.yaml (sha256 {digest})\n"
    for path in (path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name != ".lint"):
        text = path.read_text(encoding="utf-8").replace('{"description": "', "").replace("\\n", "\n# ").removeprefix("# ")
        assert text.startswith(expected), path


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"], ids=["plain", "a byte order mark"])
def test_the_hash_is_of_the_text_with_unix_line_ends_and_without_a_mark(begin: bytes, tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "a.yaml").write_bytes(begin + file().replace("\n", "\r\n").encode())
    assert run("compile", tmp_path / "a.yaml", "-o", tmp_path / "out").code == 0
    digest = hashlib.sha256(file().encode()).hexdigest()[:16]
    assert f"a.yaml (sha256 {digest})\n" in (tmp_path / "out" / "shop.prometheus.rules.yml").read_text()


def test_tests_are_written_beside_the_same_rules(tmp_path: Path) -> None:
    to(tmp_path, "prometheus")
    before = tree(tmp_path / "out")
    with inside(tmp_path):
        assert run("test", ".", "-o", "out").code == 0
        after = tree(tmp_path / "out")
        assert before.items() < after.items()
        assert run("compile", ".", "-o", "out").code == 0
    assert tree(tmp_path / "out") == after
    assert all(b"(sha256 " in text for text, _ in after.values())


def test_a_source_with_other_line_ends_has_the_same_hash(tmp_path: Path) -> None:
    to(tmp_path, "prometheus")
    before = tree(tmp_path / "out")
    (tmp_path / "a.yaml").write_bytes((tmp_path / "a.yaml").read_bytes().replace(b"\n", b"\r\n"))
    with inside(tmp_path):
        run("compile", ".", "-o", "out")
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize("name", ["a (sha256 0123456789abcdef).yaml", "a b.yaml", "a # b.yaml", "ä.yaml"])
def test_a_source_with_an_odd_name_is_known_again(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(file(), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(file(service="other"), encoding="utf-8")
    with inside(tmp_path):
        assert run("compile", ".", "-o", "out").code == 0
        (tmp_path / name).unlink()
        assert run("compile", ".", "-o", "out").code == 0
    assert set(tree(tmp_path / "out")) == {"other.prometheus.rules.yml"}


# --- what their readers say ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
@pytest.mark.parametrize("target", RULES)
def test_promtool_takes_the_rules(target: str, line: Line, small: Path, single: Path, tmp_path: Path) -> None:
    """Of objects their inside, of Mimir without its namespace, of Thanos without its strategy."""
    for number, output in enumerate((small, single)):
        found = [{key: value for key, value in group.items() if key != "partial_response_strategy"} for group in groups(output, target)]
        (tmp_path / f"{number}.yml").write_text(yaml.safe_dump({"groups": found}, allow_unicode=True), encoding="utf-8")
    done = line.check(tmp_path, "check", "rules", "0.yml", "1.yml")
    assert done.returncode == 0, done.stdout
    unknown = re.search(rf"(?m)^\| `{target}` .* promtool \(without `(\w+)`", DOCS)
    for path in (path for output in (small, single) for path in output.glob(FILES[target]) if path.name.endswith(".rules.yml")):
        whole = line.check(path.parent, "check", "rules", path.name)
        assert (whole.returncode == 0) == (unknown is None), whole.stdout
        assert unknown is None or f"field {unknown[1]} not found" in whole.stdout


def test_every_alert_fires_at_its_edge_in_groups_that_were_cut(small: Path, tmp_path: Path) -> None:
    """The claims of `slo test`, played on the groups for Mimir in place of those that they were made for."""
    with inside(SMALL):
        assert run("test", "-o", tmp_path).code == 0
    rules = (small / "mimir" / "chat.rules.yml").read_text(encoding="utf-8")
    order = ", ".join(group["name"] for group in yaml.safe_load(rules)["groups"])
    assert "slo-chat-fast-2" in order
    played = []
    for path in sorted(tmp_path.glob("chat*.tests.yml")):
        text, found = re.subn(r"(?m)^group_eval_order: .*", f"group_eval_order: [{order}]", path.read_text(encoding="utf-8"))
        assert found == 1
        played += split(rules, text, tmp_path / path.stem)
    done = lines()[-1].check(tmp_path, "test", "rules", *played)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("SUCCESS") == len(played) > 2


def told(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_amtool_takes_the_routes(small: Path) -> None:
    done = told("amtool", "check-config", small / "alertmanager" / "slo.alertmanager.yml")
    assert done.returncode == 0, done.stdout
    assert "SUCCESS" in done.stdout


# --- docs/targets.md -----------------------------------------------------------------------------------------------------------------

DOCS = (Path(__file__).parents[1] / "docs" / "targets.md").read_text(encoding="utf-8")
EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_docs_tell_of_every_target_and_its_files(small: Path) -> None:
    told = dict(re.findall(r"(?m)^\| `([a-z-]+)` \| [^|]+ \| `([^`]+)`", DOCS))
    assert list(told) == list(re.findall(r"(?m)^\| `([a-z-]+)` \|", DOCS))
    assert set(told) == set(TARGETS)
    for target, path in told.items():
        example = path.replace("SERVICE", "search").replace("UID", "slo-platform")
        assert (small / example).is_file(), target


def test_what_the_docs_show_is_what_is_printed(tmp_path: Path) -> None:
    shown = dict(re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", DOCS))
    (piped, its_text), (refused, its_error) = shown.items()
    with inside(EXAMPLES):
        done = run("compile", "-", "-o", "-", "--target", "prometheus-operator", stdin=Path("first.yaml").read_bytes())
        assert piped == "cat first.yaml | slo compile - -o - --target prometheus-operator | head -12"
        assert "".join(done.out.splitlines(keepends=True)[:12]) == its_text
        assert run(*refused.replace("-o out", f"-o {tmp_path}").split()[1:]).err.startswith(its_error)


def test_the_settings_of_the_docs_are_taken(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    assert len(blocks) == 2
    for number, block in enumerate(blocks):
        write(tmp_path / str(number), a_yaml=file(), slo_compiler_yaml=block)
        with inside(tmp_path / str(number)):
            assert run("compile", ".", "-o", "out").code == 0


def test_namespaces_are_found_as_the_docs_say(small: Path, tmp_path: Path) -> None:
    """With a mimirtool that tells its arguments."""
    (commands,) = re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL)
    (tmp_path / "mimirtool").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "mimirtool").chmod(0o755)
    said = subprocess.run(
        ["sh", "-ec", commands], cwd=small, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True
    ).stdout
    assert said.splitlines()[1] == "rules sync --namespaces=promises-chat,promises-search mimir/chat.rules.yml mimir/search.rules.yml"
