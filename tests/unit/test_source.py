"""The YAML door: bytes become text, text becomes data, and a place in the data is found again in the text."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from slo_compiler.diagnostics import Report, Spot, Where
from slo_compiler.source import MAX_BYTES, Data, Source, decode, parse, read


def data(text: str) -> Data:
    report = Report()
    documents = parse(Source("f", text), report)
    assert not report.findings
    return documents[0].data if documents else None


def refused(text: str) -> tuple[str, Spot | None]:
    """The id and the place of the only finding."""
    report = Report()
    parse(Source("f", text), report)
    (finding,) = report.findings
    assert finding.message
    assert finding.help
    return finding.id, finding.where.spot


def marked(text: str, where: Where) -> str:
    """What is underlined at a place."""
    source = Source("f", text)
    spot = source.spot(where)
    assert spot
    return source.line(spot.line)[spot.column - 1 : spot.end_column - 1]


def decoded(raw: bytes) -> tuple[Source | None, list[str]]:
    report = Report()
    return decode("f", raw, report), [finding.id for finding in report.findings]


# --- bytes -----------------------------------------------------------------------------------------------------------------------


def test_a_byte_order_mark_and_windows_lines_are_no_matter() -> None:
    found, ids = decoded(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert found
    assert (found.text, ids) == ("a: 1\nb: 2\n", [])


@pytest.mark.parametrize(
    ("raw", "id"),
    [
        ("a: ü".encode("utf-16"), "file/encoding"),
        (b"\xfe\xff\x00a", "file/encoding"),
        (b"a: caf\xe9", "file/encoding"),
        (b"\x7fELF\x00\x00", "file/binary"),
        (b"a" * (MAX_BYTES + 1), "file/too-large"),
    ],
    ids=["utf-16", "utf-16-be", "latin-1", "binary", "large"],
)
def test_what_is_no_text_is_refused(raw: bytes, id: str) -> None:
    assert decoded(raw) == (None, [id])


def test_the_largest_file_is_read() -> None:
    assert decoded(b" " * MAX_BYTES)[0]


def test_a_foreign_byte_is_found_again() -> None:
    report = Report()
    decode("f", b"a: 1\nb: caf\xe9\n", report)
    assert report.findings[0].where.spot == Spot(2, 7, 8)
    assert "0xe9" in report.findings[0].message


def test_a_file_of_ten_megabytes_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(10_000_000)
    report = Report()
    assert read(path, "large.yaml", report) is None
    assert [finding.id for finding in report.findings] == ["file/too-large"]


# --- scalars ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+5", 5),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1.", Decimal(1)),
        ("1e3", Decimal(1000)),
        ("1E-5", Decimal("0.00001")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("NULL", None),
    ],
)
def test_a_plain_scalar_is_read_as_yaml_1_2(text: str, value: Data) -> None:
    found = data(f"a: {text}")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "1_000",
        "12:30:45",
        "2024-01-01",
        "0b1",
        "tRUE",
        ".nan",
        ".inf",
        "1e999",
        "-1e100",
        "9" * 30,
        "1h",
        "<<",
        "=",
        "99,9",
    ],
)
def test_other_plain_scalars_are_texts(text: str) -> None:
    assert data(f"a: {text}")["a"] == text


def test_a_quoted_scalar_is_a_text() -> None:
    assert data("""a: ['1', "true", "~", !!str 5]""")["a"] == ["1", "true", "~", "5"]


def test_a_number_stays_exact() -> None:
    assert str(data("a: 0.1000000000000000000001")["a"]) == "0.1000000000000000000001"


def test_an_empty_document_counts_for_positions_and_is_left_out() -> None:
    documents = parse(Source("f", "---\n---\na: 1\n"), Report())
    assert [(one.index, one.where) for one in documents] == [(1, Where("f", (1,)))]


def test_an_alias_is_its_anchor() -> None:
    assert data("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}


# --- what is refused -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "id", "spot"),
    [
        ('a: "b', "yaml/syntax", Spot(1, 4, 5)),
        ("a: b: c", "yaml/syntax", Spot(1, 5, 6)),
        ("a: *nobody", "yaml/syntax", Spot(1, 4, 5)),
        ("a: 1\n\tb: 2", "yaml/tab", Spot(2, 1, 2)),
        ("{a: x_total{b=~'c'}}", "yaml/selector-quotes", Spot(1, 5, 20)),
        ("a:\n    b: 1\n  c: 2", "yaml/indentation", Spot(3, 1, 3)),
        ("a: !!set {b}", "yaml/tag", Spot(1, 4, 13)),
        ("a: !mine 5", "yaml/tag", Spot(1, 4, 11)),
        ("{{ name }}: 1", "yaml/key", Spot(1, 1, 11)),
        ("? [1, 2]\n: 3", "yaml/key", Spot(1, 3, 9)),
        ("a: 1\nb: 2\na: 3", "yaml/duplicate-key", None),
        ("a: " + "[" * 65 + "]" * 65, "yaml/nesting", Spot(1, 4, 5)),
        ("- " * 65 + "1", "yaml/nesting", None),
        ("a: &a [*a]", "yaml/aliases", Spot(1, 4, 11)),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_yaml_cannot_mean_is_told_at_its_place(text: str, id: str, spot: Spot | None) -> None:
    found = refused(text)
    assert found[0] == id
    assert spot is None or found[1] == spot


def test_a_character_that_yaml_forbids_has_no_place() -> None:
    assert refused("a: \x07") == ("yaml/syntax", None)


def test_an_alias_bomb_is_defused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8))]
    assert refused("\n".join(lines))[0] == "yaml/aliases"


def test_aliases_may_not_nest_deeper_than_texts() -> None:
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 70))]
    assert refused("\n".join(lines))[0] == "yaml/aliases"


@pytest.mark.parametrize("text", ["a: " + "[" * 63 + "]" * 63, "a: '" + "[{" * 99 + "'", "a: 1 # " + "{" * 200, "a: " + " " * 200 + "1"])
def test_what_is_not_so_deep_or_only_looks_so_is_read(text: str) -> None:
    assert "a" in data(text)


def test_a_text_with_many_brackets_that_is_no_yaml_is_told_so() -> None:
    assert refused("a: '" + "[" * 99 + "'\nb: c: d")[0] == "yaml/syntax"


# --- places ----------------------------------------------------------------------------------------------------------------------

TEXT = """\
first: 1
---
slos:
  - name: ttft # a comment
    total: "a \\"quoted\\" b"
    single: 'it''s'
    list: [one, two]
    block: |
      line one
      line two
    folded: >-
      word one
      word two
    flow: {a: b}
    long: plain text
      that goes on
    tab: "a\\tb"
"""


@pytest.mark.parametrize(
    ("route", "text"),
    [
        (("slos", 0, "name"), "ttft"),
        (("slos", 0, "list", 1), "two"),
        (("slos", 0), "name"),
        (("slos", 0, "flow"), "{a: b}"),
        (("slos", 0, "flow", "a"), "b"),
        (("slos", 0, "nothing"), "name"),
        (("slos", 0, "list", 9), "[one, two]"),
        (("slos", 0, "name", "deeper"), "ttft"),
        ((), "slos"),
    ],
)
def test_a_route_leads_to_its_value_or_as_far_as_there_is_one(route: tuple[str | int, ...], text: str) -> None:
    assert marked(TEXT, Where("f", (1, *route))) == text


def test_a_key_is_a_place_of_its_own() -> None:
    assert marked(TEXT, Where("f", (1, "slos", 0, "name")).key()) == "name"


@pytest.mark.parametrize(
    ("key", "part"),
    [("name", "tf"), ("total", "b"), ("single", "t"), ("block", "two"), ("folded", "two"), ("long", "goes"), ("long", "plain")],
)
def test_a_part_of_a_text_is_underlined(key: str, part: str) -> None:
    value = parse(Source("f", TEXT), Report())[1].data["slos"][0][key]
    at = value.index(part)
    assert marked(TEXT, Where("f", (1, "slos", 0, key)).inside(at, at + len(part))) == part


def test_a_part_of_a_text_with_escapes_is_the_whole_text() -> None:
    assert marked(TEXT, Where("f", (1, "slos", 0, "tab")).inside(0, 1)) == '"a\\tb"'


def test_a_part_that_runs_over_lines_is_underlined_on_its_first() -> None:
    assert marked(TEXT, Where("f", (1, "slos", 0, "block")).inside(5, 17)) == "one"


def test_a_part_beyond_the_text_is_the_whole_text() -> None:
    assert marked(TEXT, Where("f", (1, "slos", 0, "name")).inside(90, 99)) == "ttft"


@pytest.mark.parametrize("route", [(7,), ("slos",)])
def test_a_place_in_no_document_has_no_spot(route: tuple[str | int, ...]) -> None:
    assert Source("f", TEXT).spot(Where("f", route)) is None


def test_the_text_as_a_whole_has_no_spot() -> None:
    assert Source("f", TEXT).spot(Where("f")) is None


def test_a_spot_that_is_known_is_not_looked_for() -> None:
    assert Source("f", "a: [").spot(Where("f", (0,), spot=Spot(9, 9, 9))) == Spot(9, 9, 9)


@pytest.mark.parametrize(("number", "line"), [(0, ""), (1, "a"), (2, "b"), (3, ""), (99, "")])
def test_a_line_that_is_not_there_is_empty(number: int, line: str) -> None:
    assert Source("f", "a\nb").line(number) == line
