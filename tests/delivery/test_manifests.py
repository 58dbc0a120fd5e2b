"""What Argo CD and Flux are given: objects of known fields that name each other, and a plugin that prints what it should."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.cases_runner import inside
from tests.delivery.schemas import OBJECTS
from tests.readme import ROOT
from tests.targets import schemas
from tests.unit.given import file, run

DELIVERY = ROOT / "delivery"
FILES = sorted([*DELIVERY.glob("argocd/**/*.yaml"), *DELIVERY.glob("flux/*.yaml")])
PROJECT = (DELIVERY / "kubernetes" / "slo-compiler.yaml").read_text(encoding="utf-8")


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def one(path: str, kind: str = "") -> Any:
    """The object of a file; of several, the one of a kind."""
    (found,) = (found for found in documents(DELIVERY / path) if kind in {"", found["kind"]})
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository as the page leads to it, not compiled yet."""
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos" / "shop.yaml").write_text(file())
    (tmp_path / "slo-compiler.yaml").write_text(PROJECT)
    return tmp_path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DELIVERY).as_posix())
def test_every_object_has_only_keys_that_its_reader_knows(path: Path) -> None:
    for found in documents(path):
        schema = OBJECTS[found["apiVersion"].split("/")[0], found["kind"]]
        jsonschema.Draft202012Validator(schema).validate(found)


def test_every_kind_is_there() -> None:
    assert {(found["apiVersion"].split("/")[0], found["kind"]) for path in FILES for found in documents(path)} == set(OBJECTS)


def test_what_is_compiled_is_what_is_applied_and_nothing_else(project: Path) -> None:
    """Whoever applies a folder takes every YAML in it."""
    with inside(project):
        assert run("compile").code == 0
    application, kustomization = one("argocd/application.yaml"), one("flux/slos.yaml", "Kustomization")
    assert application["spec"]["source"]["path"] == kustomization["spec"]["path"].removeprefix("./") == "manifests"
    written = [path for path in (project / "manifests").rglob("*") if path.is_file()]
    found = [found for path in written for found in documents(path)]
    assert {path.suffix for path in written} == {".yaml"}
    assert {found["kind"] for found in found} == {"PrometheusRule", "GrafanaDashboard"}
    for each in found:
        jsonschema.Draft202012Validator(schemas.OBJECTS[each["kind"]]).validate(each)
        assert each["metadata"]["namespace"] == application["spec"]["destination"]["namespace"]


def test_what_is_no_object_is_not_applied(project: Path) -> None:
    """What remembers the spread over shards lies beside the objects."""
    with inside(project):
        assert run("compile", "--shard", "2").code == 0
    written = {path.relative_to(project).as_posix() for path in (project / "manifests").rglob("*.yaml")}
    others = {path for path in written if not all("kind" in found for found in documents(project / path))}
    assert others == {"manifests/shards.yaml"}
    application, repository = one("argocd/application.yaml")["spec"]["source"], one("flux/slos.yaml", "GitRepository")["spec"]
    assert {f"{application['path']}/{application['directory']['exclude']}"} == others
    (project / ".gitignore").write_text(repository["ignore"])  # Flux reads it as git does
    git = [shutil.which("git") or "git", "-C", str(project)]
    subprocess.run([*git, "init", "-q"], check=True)
    ignored = subprocess.run([*git, "check-ignore", *sorted(written)], capture_output=True, text=True, check=True).stdout
    assert set(ignored.split()) == others


def test_the_plugin_prints_what_would_be_committed(project: Path) -> None:
    with inside(project):
        assert run("compile").code == 0
    plugin = one("argocd/plugin/plugin.yaml")["spec"]
    assert (project / plugin["discover"]["fileName"]).is_file()
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    printed = subprocess.run(plugin["generate"]["command"], cwd=project, env=environment, capture_output=True, text=True, check=True).stdout
    committed = [found for path in (project / "manifests").rglob("*.yaml") for found in documents(path)]
    stream = [found for found in yaml.safe_load_all(printed) if found]
    assert sorted(stream, key=str) == sorted(committed, key=str)


def test_a_mistake_prints_no_object(project: Path) -> None:
    (project / "slos" / "shop.yaml").write_text(file().replace("99.9%", "0.999"))
    with inside(project):
        done = run(*one("argocd/plugin/plugin.yaml")["spec"]["generate"]["command"][1:])
    assert (done.code, done.out) == (1, "")


def test_the_application_asks_for_the_plugin_by_its_name() -> None:
    """With a version it would be called NAME-VERSION."""
    plugin = one("argocd/plugin/plugin.yaml")
    assert "version" not in plugin["spec"]
    assert one("argocd/plugin/application.yaml")["spec"]["source"]["plugin"]["name"] == plugin["metadata"]["name"]


def test_the_sidecar_is_what_argo_cd_wants() -> None:
    """Its user, its server as the command, the plugin where that looks for it, and a /tmp of its own."""
    pod = one("argocd/plugin/repo-server.yaml")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"]["runAsUser"] == 999
    assert container["command"] == ["/var/run/argocd/argocd-cmp-server"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    ours = {volume["name"]: volume for volume in pod["volumes"]}
    assert mounts.pop("/var/run/argocd") == "var-files"
    assert mounts.pop("/home/argocd/cmp-server/plugins") == "plugins"
    assert set(mounts) == {"/home/argocd/cmp-server/config/plugin.yaml", "/tmp"}
    assert set(mounts.values()) == set(ours)
    kustomization = one("argocd/plugin/kustomization.yaml")
    (generated,) = kustomization["configMapGenerator"]
    assert ours[mounts["/home/argocd/cmp-server/config/plugin.yaml"]]["configMap"]["name"] == generated["name"]
    assert generated["files"] == ["plugin.yaml"]
    assert [patch["path"] for patch in kustomization["patches"]] == ["repo-server.yaml"]


def test_flux_reads_the_repository_that_it_is_told_of() -> None:
    repository, kustomization = one("flux/slos.yaml", "GitRepository"), one("flux/slos.yaml", "Kustomization")
    assert kustomization["spec"]["sourceRef"] == {"kind": "GitRepository", "name": repository["metadata"]["name"]}
    assert repository["metadata"]["namespace"] == kustomization["metadata"]["namespace"]


@pytest.mark.parametrize("path", ["argocd/application.yaml", "argocd/plugin/application.yaml"])
def test_what_is_gone_is_removed(path: str) -> None:
    assert one(path)["spec"]["syncPolicy"]["automated"]["prune"] is True
    assert one("flux/slos.yaml", "Kustomization")["spec"]["prune"] is True
