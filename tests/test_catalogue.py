"""The catalogue is whole: each row has its SLOs and its section, and the page is what the files and the compiler say today."""

from __future__ import annotations

import re

import pytest

from slo_compiler.model import Slo
from tests import catalogue

COUNTS = {"L": 18, "Q": 10, "C": 6, "A": 11, "P": 4, "X": 7}
IDS = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
TEXT = catalogue.PAGE.read_text(encoding="utf-8")


def test_the_page_is_fresh() -> None:
    assert catalogue.page() == TEXT, "make golden rewrites it"


def test_each_row_stands_in_one_place() -> None:
    found = [id for row in catalogue.rows() for id in row.ids]
    assert len(IDS) == 56
    assert sorted(found) == sorted(IDS)


@pytest.mark.parametrize("id", IDS)
def test_each_row_has_a_section_and_a_link_to_it(id: str) -> None:
    assert TEXT.count(f"\n### {id}\n") == 1
    assert TEXT.count(f"\n- [{id}](#{id.lower()}) ") == 1


def test_each_slo_of_the_files_belongs_to_a_row() -> None:
    names = {path: re.findall(r"(?m)^  - name: (\S+)", path.read_text(encoding="utf-8")) for path in catalogue.EXAMPLES.glob("catalogue/*.yaml")}
    in_rows = {path: [name for row in catalogue.rows() if row.file == path for name in row.slos] for path in names}
    assert {path: sorted(found) for path, found in names.items()} == {path: sorted(found) for path, found in in_rows.items()}


def test_the_files_begin_with_what_they_show() -> None:
    for path in catalogue.EXAMPLES.glob("catalogue/*.yaml"):
        schema, *sentences = path.read_text(encoding="utf-8").splitlines()[:3]
        assert schema.startswith("# yaml-language-server: ")
        assert all(sentence.startswith("# ") for sentence in sentences), path


def test_x1_tells_noise_from_a_breach() -> None:
    portrait = catalogue.known()["assistant-api/judged"].portrait
    assert portrait
    ((trigger,),) = [part.triggers for part in portrait.parts]
    fewest = trigger.critical(200)
    assert fewest
    assert 200 - 176 < fewest <= 200 - 160
    assert trigger.critical(49) is None


@pytest.mark.parametrize(
    ("slo", "tiers"),
    [
        ("envoy", [("1h", "5m", "14.4", "page"), ("6h", "30m", "6", "page"), ("24h", "2h", "3", "ticket"), ("7d", "None", "1", "digest")]),
        ("bifrost", [("1h", "5m", "14.4", "page"), ("6h", "30m", "6", "page"), ("24h", "2h", "3", "ticket"), ("3d", "6h", "1", "ticket")]),
        ("dynamo", [("1h", "5m", "14", "page"), ("6h", "30m", "7", "ticket")]),
        ("vllm", [("1h", "5m", "10", "critical"), ("24h", "2h", "2", "warning")]),
    ],
)
def test_the_four_policies_have_the_tiers_that_their_rows_say(slo: str, tiers: list[tuple[str, ...]]) -> None:
    promise = catalogue.known()[f"alert-policies/{slo}"].promise
    assert isinstance(promise, Slo)
    assert [(str(tier.long), str(tier.short), str(tier.burn), tier.severity) for tier in promise.alerting.tiers] == tiers
