"""Shards: services are spread evenly over rulers, and stay where they are."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from slo_compiler.targets._shards import Remembered, read, spread
from tests.unit.given import file, promise, run, tree, write
from tests.unit.test_commands import inside_run

SHARDS = 8
#: How many SLOs services have: many alike, few large ones, and a mixture as in a company. 10,000 each.
FLEETS = {
    "1000 of 10": [10] * 1000,
    "100 of 100": [100] * 100,
    "50 of 200": [200] * 50,
    "a mixture": [800, 600, 400, 300, 300, 200, 200, *[100] * 24, *[50] * 40, *[20] * 100, *[5] * 160],
}
RULES, SHARED = 12, 25  # of an SLO, and of a service whatever it holds


def weights(fleet: str) -> dict[str, int]:
    return {f"service-{number:04}": SHARED + RULES * count for number, count in enumerate(FLEETS[fleet])}


def loads(placed: dict[str, int], of: dict[str, int]) -> list[int]:
    found = [0] * SHARDS
    for service, shard in placed.items():
        found[shard] += of[service]
    return found


def unevenness(placed: dict[str, int], of: dict[str, int]) -> float:
    """The largest shard, in times of the mean."""
    found = loads(placed, of)
    return max(found) / (sum(found) / SHARDS)


@pytest.mark.parametrize("fleet", FLEETS)
def test_ten_thousand_slos_are_spread_evenly(fleet: str) -> None:
    assert sum(FLEETS[fleet]) == 10_000
    found = unevenness(spread(weights(fleet), SHARDS, Remembered()), weights(fleet))
    print(f"{fleet}: the largest of {SHARDS} shards is {found:.3f} times the mean")
    assert found <= 1.15


@pytest.mark.parametrize("fleet", FLEETS)
def test_a_new_service_moves_only_itself(fleet: str) -> None:
    """Again and again, until the fleet has grown by half, with names and sizes by chance; none is ever more than a shard could bear."""
    of, chance = weights(fleet), random.Random(fleet)
    placed = spread(of, SHARDS, Remembered())
    worst = 0.0
    for number in range(len(of) // 2):
        of[f"{chance.choice('abz')}-new-{number}"] = chance.choice(list(of.values()))
        after = spread(of, SHARDS, Remembered(SHARDS, placed))
        assert placed.items() <= after.items()
        assert len(after) == len(placed) + 1
        placed, worst = after, max(worst, unevenness(after, of))
    print(f"{fleet}: at most {worst:.3f} times the mean")
    assert worst <= 1.3


@pytest.mark.parametrize("fleet", FLEETS)
def test_a_service_that_goes_moves_no_other(fleet: str) -> None:
    of = weights(fleet)
    before = spread(of, SHARDS, Remembered())
    of.pop("service-0003")
    assert spread(of, SHARDS, Remembered(SHARDS, before)) == {service: shard for service, shard in before.items() if service != "service-0003"}


@pytest.mark.parametrize(("count", "moved"), [(9, 1 / 9), (16, 1 / 2), (7, 1 / 8), (4, 1 / 2)])
def test_another_number_of_shards_moves_little(count: int, moved: float) -> None:
    """Not much more than the new shards need, or the old ones held."""
    of = weights("1000 of 10")
    before = spread(of, SHARDS, Remembered())
    after = spread(of, count, Remembered(SHARDS, before))
    found = [0] * count
    for service, shard in after.items():
        found[shard] += of[service]
    assert max(found) / (sum(found) / count) <= 1.15
    assert sum(before[service] != after[service] for service in of) / len(of) <= moved + 0.02


def test_the_order_of_services_does_not_matter() -> None:
    of = weights("a mixture")
    turned = dict(reversed(of.items()))
    assert list(spread(of, SHARDS, Remembered()).items()) == list(spread(turned, SHARDS, Remembered()).items())


def test_a_service_larger_than_the_rest_is_alone() -> None:
    assert spread({"a": 1000, "b": 1, "c": 1, "d": 1}, 2, Remembered()) == {"a": 0, "b": 1, "c": 1, "d": 1}


# --- the file --------------------------------------------------------------------------------------------------------------------------


def test_what_is_remembered_is_read() -> None:
    text = "# Written by slo-compiler\n# Source: a.yaml (sha256 0123456789abcdef)\nshards: 3\nservices:\n  a-1: 0\n  b: 12\n"
    assert read(text) == Remembered(3, {"a-1": 0, "b": 12})
    assert read("") == Remembered()


@pytest.mark.parametrize("line", ["<<<<<<< HEAD", "  a: x", "a: 1", "  A: 1", "shards: many", "  a: 1 # here"])
def test_a_line_that_says_something_else_is_a_fault(line: str) -> None:
    assert read(f"shards: 2\nservices:\n{line}\n").fault == 3


def sharded(folder: Path, *words: str) -> dict[str, str]:
    """The place of each service in what was written."""
    done = inside_run(folder, "compile", ".", "-o", "out", *words)
    assert done.code == 0, done.text
    return {Path(name).name.split(".")[0]: str(Path(name).parent) for name in tree(folder / "out") if name.endswith(".rules.yml")}


def services(folder: Path, *names: str) -> Path:
    return write(folder, slo_compiler_yaml="targets: [prometheus]\n", **{f"{name}_yaml": file(promise(), service=name) for name in names})


def test_services_stand_in_the_folder_of_their_shard_and_stay(tmp_path: Path) -> None:
    services(tmp_path, "b", "c", "d")
    first = sharded(tmp_path, "--shard", "2")
    assert first == {"b": "shard-0", "c": "shard-1", "d": "shard-0"}
    services(tmp_path, "a")
    assert sharded(tmp_path, "--shard", "2") == {**first, "a": "shard-1"}, "spread anew, a would be the first"
    (tmp_path / "out" / "shards.yaml").unlink()
    assert sharded(tmp_path, "--shard", "2") == {"a": "shard-0", "b": "shard-1", "c": "shard-0", "d": "shard-1"}


def test_without_shards_nothing_of_them_is_left(tmp_path: Path) -> None:
    services(tmp_path, "a", "b")
    sharded(tmp_path, "--shard", "2")
    assert sharded(tmp_path) == {"a": ".", "b": "."}
    assert set(tree(tmp_path / "out")) == {"a.prometheus.rules.yml", "b.prometheus.rules.yml"}
    assert not (tmp_path / "out" / "shard-0").exists()


def test_a_part_of_the_services_is_not_spread(tmp_path: Path) -> None:
    services(tmp_path, "a", "b")
    sharded(tmp_path, "--shard", "2")
    before = tree(tmp_path / "out")
    done = inside_run(tmp_path, "compile", "a.yaml", "-o", "out", "--shard", "2")
    assert done.code == 2
    assert "output/part-of-a-service" in done.err
    assert tree(tmp_path / "out") == before


def test_a_file_that_cannot_be_understood_moves_nothing(tmp_path: Path) -> None:
    services(tmp_path, "a", "b")
    sharded(tmp_path, "--shard", "2")
    path = tmp_path / "out" / "shards.yaml"
    path.write_text(path.read_text().replace("  a:", "=======\n  a:"))
    before = tree(tmp_path / "out")
    done = inside_run(tmp_path, "compile", ".", "-o", "out", "--shard", "2")
    assert done.code == 2
    assert f"shards.yaml:{path.read_text().splitlines().index('=======') + 1}:1: error[output/shards]" in done.err
    assert tree(tmp_path / "out") == before


def test_every_ruler_has_its_own_file(tmp_path: Path) -> None:
    services(tmp_path, "a", "b", "c")
    inside_run(
        tmp_path,
        "compile",
        ".",
        "-o",
        "out",
        "--shard",
        "2",
        "--single-file",
        *(word for target in ("prometheus", "thanos", "mimir", "prometheus-operator", "grafana-operator") for word in ("--target", target)),
    )
    found = {name for name in tree(tmp_path / "out") if "grafana" not in name}
    rulers = {f"{folder}shard-{number}/slo" for folder in ("thanos/", "mimir/") for number in (0, 1)}
    assert found == {
        *(f"{one}.rules.yml" for one in rulers),
        "shard-0/slo.prometheus.rules.yml",
        "shard-1/slo.prometheus.rules.yml",
        "prometheus-operator/slo.yaml",
        "shards.yaml",
    }
    text = (tmp_path / "out" / "prometheus-operator" / "slo.yaml").read_text()
    assert (text.count("slo-shard: '0'"), text.count("slo-shard: '1'")) == (2, 1)


def test_pages_alone_are_not_spread(tmp_path: Path) -> None:
    services(tmp_path, "a")
    inside_run(tmp_path, "compile", ".", "-o", "out", "--shard", "2", "--target", "grafana", "--target", "alertmanager")
    assert not (tmp_path / "out" / "shards.yaml").exists()


def test_the_number_of_shards_is_at_least_one() -> None:
    assert run("compile", "x.yaml", "--shard", "0").code == 2
