"""Names that we emit: they are public."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from slo_compiler import names
from slo_compiler.quantities import Duration

DAY = Duration(Decimal(86400))


@pytest.mark.parametrize(
    ("revision", "by", "id"),
    [(1, (), "gw/avail"), (1, ("surface",), "gw/avail:surface"), (2, (), "gw/avail@2"), (2, ("b", "a"), "gw/avail@2:a,b")],
)
def test_the_id_tells_revision_and_split(revision: int, by: tuple[str, ...], id: str) -> None:
    assert names.slo_id("gw", "avail", revision, by) == id


def test_series_carry_their_window() -> None:
    assert [names.total_sum(DAY), names.bad_sum(DAY), names.coverage(DAY)] == ["slo:total:sum24h", "slo:bad:sum24h", "slo:coverage:24h"]


@pytest.mark.parametrize("label", ["severity", "alertname", "le", "quantile", "__name__", "slo", "slo_id", "slow"])
def test_reserved_labels(label: str) -> None:
    assert names.is_reserved(label)


@pytest.mark.parametrize("label", ["team", "level", "my_slo", "severity_class", "_x"])
def test_free_labels(label: str) -> None:
    assert not names.is_reserved(label)


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("https://x/$service/$slo?c=$category", "https://x/gw/ttft?c=latency"),
        ("https://x/?id=$slo_id", "https://x/?id=gw%2Fttft%3Aa"),
        ("$slo_ids $slos $services", "$slo_ids $slos $services"),
        ("$unknown $$slo", "$unknown $ttft"),
    ],
)
def test_a_link_is_filled_in(template: str, url: str) -> None:
    assert names.link(template, service="gw", slo="ttft", slo_id="gw/ttft:a", category="latency") == url


@pytest.mark.parametrize(("value", "text"), [("a", '"a"'), ('"', r'"\""'), ("\\", r'"\\"'), ("ü\n", '"ü\\n"')])
def test_a_label_value_is_quoted_for_promql(value: str, text: str) -> None:
    assert names.quoted(value) == text


def test_files_and_groups_are_named_by_service() -> None:
    assert (names.rules_file("gw"), names.group("gw", "fast")) == ("gw.prometheus.rules.yml", "slo-gw-fast")


def test_nothing_but_identity_is_on_a_series() -> None:
    assert names.identity("gw/ttft", "ttft", "gw") == {"slo_id": "gw/ttft", "slo": "ttft", "slo_service": "gw"}


def test_the_identity_of_a_page_is_readable() -> None:
    assert names.page_uid("platform") == "slo-platform"
    assert names.page_file("slo-platform") == "dashboards/slo-platform.json"


@pytest.mark.parametrize("other", ["a" * 36 + "x", "a" * 36 + "y", "a b", "a/b"])
def test_the_identity_of_a_page_fits_grafana_and_stays_its_own(other: str) -> None:
    uid = names.page_uid(other)
    assert re.fullmatch(r"slo-a[A-Za-z0-9_-]{,35}", uid)
    assert uid not in {names.page_uid("a" * 36), names.page_uid("a-b"), names.page_uid("a" * 36 + "z")}
