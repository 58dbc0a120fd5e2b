"""Reports: numbers as Grafana writes them, a sentence for every state, given numbers and their mistakes, and what is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from slo_compiler import names, promql
from slo_compiler.commands import _server
from slo_compiler.commands import status as verb
from slo_compiler.dashboards import Query
from slo_compiler.pages import queries
from slo_compiler.pages.states import STATES
from slo_compiler.remote import RemoteFailure, Sample
from slo_compiler.report.asking import Answer, Question, answers
from slo_compiler.report.figures import figure, said
from slo_compiler.report.table import Line
from tests.unit.given import ROOT, Run, file, promise, run, write

STATE_WORDS = "Breached, Burning, Not measured, Too close to call, No traffic or Healthy"
NUMBERS: list[tuple[str, int | None, float, str]] = json.loads((Path(__file__).parent / "grafana_numbers.json").read_text(encoding="utf-8"))
WITHIN = "p95 was 420 ms in the last hour, within the 600 ms promised"
BURNING = "an alert fires because the error budget is spent too fast"
ENTRY = "categories: [{category: cost, title: a, state: Healthy"
FIRST_TOKEN = {"category": "latency", "title": "First token", "state": "Healthy", "value": 0.42, "unit": "s", "target": 0.6, "quantile": "p95"}
ANSWERS = {"category": "availability", "title": "Answers", "state": "Healthy", "value": 0.99962, "unit": "share", "target": 0.9995, "decimals": 2}
SCORE = {"category": "quality", "title": "Score", "state": "Healthy", "kind": "check", "value": 4.2, "better": "higher", "window": "24h", "target": 4}
BILL = {
    "category": "cost",
    "title": "Bill",
    "state": "Healthy",
    "kind": "money",
    "value": 12300,
    "unit": "USD",
    "window": "month",
    "target": 20000,
    "left": 7700,
}


def numbers(*entries: dict[str, Any], **keys: Any) -> str:
    """A file of numbers."""
    return json.dumps({"categories": list(entries), **keys}, ensure_ascii=False, indent=1)


def report(text: str, *options: str) -> Run:
    return run("report", "--numbers", "-", *options, stdin=text.encode())


def sentence(entry: dict[str, Any], **changed: Any) -> str:
    """The sentence of an entry."""
    done = report(numbers({**entry, **changed}), "--format", "json")
    assert done.code == 0, done.text
    (found,) = (one["sentence"] for one in json.loads(done.out)["categories"] if one["category"] == entry["category"])
    return str(found)


def found(text: str) -> list[str]:
    """The findings of a file of numbers, each with its place."""
    done = report(text)
    assert done.code == 1, done.text
    assert done.out == ""
    return re.findall(r"(?m)^<stdin>:(\d+:\d+: error\[.*?\]: .*)", done.err)


# --- numbers ---------------------------------------------------------------------------------------------------------------------


def test_numbers_are_written_as_grafana_writes_them() -> None:
    """The table was made with the display processor of @grafana/data 13.2.3."""
    assert [(row, ours) for row in NUMBERS if (ours := figure(row[2], row[0], row[1])) != row[3]] == []


def test_numbers_beyond_reason_are_written_without_a_fault() -> None:
    assert [figure(number, "short", 3) for number in (1e-320, 0.0)] == ["0.000", "0.000"]
    assert [figure(number, "", None) for number in (1e308, 1e-320)] == ["1e+308", "0"]


def test_the_table_holds_every_unit_of_the_pages() -> None:
    from slo_compiler.pages import measures

    assert {unit for unit, *_ in NUMBERS} >= {*measures._UNITS.values(), "percentunit", ""}  # noqa: SLF001  # nothing else tells them all
    assert any(unit.startswith("suffix: ") for unit, *_ in NUMBERS)


def test_a_word_stands_in_place_of_its_numbers() -> None:
    from slo_compiler.pages.words import exactly

    query = Query("", "", "s", words=(exactly(-1, "No traffic"),))
    assert [said(query, number) for number in (-1, -1.5, 0.25)] == ["No traffic", "-1.50 s", "250 ms"]


# --- sentences -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "changed", "expected"),
    [
        (FIRST_TOKEN, {"trend": "better", "budget_left": 0.49}, f"{WITHIN}; better than the week before, 49% of the error budget is left"),
        (FIRST_TOKEN, {"value": 0.7, "trend": "same"}, "p95 was 700 ms in the last hour, above the 600 ms promised; no change from the week before"),
        (FIRST_TOKEN, {"quantile": "p5", "better": "higher", "unit": "t", "value": 31, "target": 30}, "p5 was 31 t in the last hour, above the 30 t promised"),
        (FIRST_TOKEN, {"target": None}, "p95 was 420 ms in the last hour"),
        (ANSWERS, {"trend": "worse"}, "99.962% was good in the last 30 days, above the 99.95% promised; worse than the week before"),
        (ANSWERS, {"value": 0.9995, "window": "week"}, "99.950% was good this week, exactly the 99.95% promised"),
        (SCORE, {"trend": "too early"}, "4.20 in the last 24 hours, above the 4 promised; too early to compare with the week before"),
        (SCORE, {"better": "lower", "target": 5}, "4.20 in the last 24 hours, within the 5 promised"),
        (BILL, {}, "$12.3K of $20K was spent this month, $7.70K is left"),
        (BILL, {"value": 21000, "left": -1000, "state": "Breached"}, "$21K was spent this month, more than the $20K allowed; the limit is spent"),
        (BILL, {"target": None, "left": None}, "$12.3K was spent this month"),
        (
            BILL,
            {"state": "Burning", "budget_left": 0.385},
            "$12.3K of $20K was spent this month, $7.70K is left; an alert fires because money is spent too fast",
        ),
        (
            FIRST_TOKEN,
            {"budget_left": 0.9, "measured": "3 h of 30 d"},
            f"{WITHIN}; 90% of the error budget is left, a first estimate, because only 3 h of 30 d are measured",
        ),
        (FIRST_TOKEN, {"measured": "all 30 d"}, WITHIN),
    ],
)  # fmt: skip
def test_a_number_and_what_is_to_say_of_it(entry: dict[str, Any], changed: dict[str, Any], expected: str) -> None:
    assert sentence(entry, **changed) == f"{entry['title']}: {expected}."


@pytest.mark.parametrize(
    ("entry", "changed", "expected"),
    [
        (ANSWERS, {"state": "Breached", "budget_left": -0.15, "trend": "worse"}, "the error budget is spent (-15% left), worse than the week before"),
        (ANSWERS, {"state": "Breached", "value": 0.9}, "the error budget is spent"),
        (SCORE, {"state": "Breached", "value": 3.9}, "the check fails"),
        (ANSWERS, {"state": "Burning", "value": 0.9, "budget_left": 0.3}, f"{BURNING}, 30% of the error budget is left"),
        (ANSWERS, {"state": "Too close to call", "value": 0.9, "budget_left": -0.02}, "the error budget is at -2%, but chance alone may explain that"),
        (ANSWERS, {"state": "No traffic", "value": 0.9}, "there was no traffic in the last hour"),
        (ANSWERS, {"state": "Not measured", "value": 0.9, "trend": "same", "budget_left": 0.5}, "there is no data now, or none that can be judged"),
    ],
)  # fmt: skip
def test_every_state_has_its_words(entry: dict[str, Any], changed: dict[str, Any], expected: str) -> None:
    assert sentence(entry, **changed).split("; ")[1] == f"{expected}."


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Not measured", "First token: not measured, because there is no data, or none that can be judged."),
        ("No traffic", "First token: there was no traffic in the last hour."),
        ("Breached", "First token: no number (not measured); the error budget is spent."),
    ],
)
def test_without_a_number_the_state_is_all_there_is_to_say(state: str, expected: str) -> None:
    assert sentence(FIRST_TOKEN, state=state, value=None) == expected


def test_a_check_without_a_bound_says_what_it_may_not_be() -> None:
    entry = {key: value for key, value in SCORE.items() if key not in {"better", "target"}}
    assert sentence(entry, fails_when="more than 2 times its median of 14 days").endswith("and may not be more than 2 times its median of 14 days.")


TABLE = {
    "Healthy": (FIRST_TOKEN, {"trend": "better", "budget_left": 0.49}),
    "Breached": (ANSWERS, {"title": "Accepted answers", "value": 0.871, "target": 0.88, "decimals": 0, "window": "7d", "trend": "worse", "budget_left": -0.07}),
    "Burning": (
        FIRST_TOKEN,
        {"title": "Cost of an answer", "unit": "USD", "decimals": 3, "value": 0.051, "target": 0.045, "trend": "same", "budget_left": 0.31},
    ),
    "Too close to call": (ANSWERS, {"title": "Judged answers", "value": 0.916, "target": 0.92, "decimals": 0, "window": "7d", "budget_left": -0.05}),
    "No traffic": (ANSWERS, {}),
    "Not measured": (ANSWERS, {"value": None}),
    "on the first day": (FIRST_TOKEN, {"state": "Healthy", "trend": "too early", "budget_left": 1, "measured": "2 h of 30 d"}),
    "money": (BILL, {"title": "Bill of the month", "state": "Healthy", "value": 12345, "left": 7655}),
}


def test_the_docs_show_what_is_said() -> None:
    page = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"(?m)^\| ([\w ]+?) \| (\w.*\.) \|$", page.split("## Given numbers")[0]))
    assert shown == {word: sentence(entry, **{"state": word, **changed}) for word, (entry, changed) in TABLE.items()}


def test_a_category_without_an_slo_says_so() -> None:
    done = report(numbers(FIRST_TOKEN))
    assert "- **Cost:** There is no cost SLO." in done.out
    assert "1 healthy" in done.out.splitlines()


# --- given numbers ---------------------------------------------------------------------------------------------------------------


def test_little_is_enough() -> None:
    """A category, a title and a state."""
    done = report("categories: [{category: cost, title: Price of an answer, state: Healthy}]")
    assert (done.code, done.err) == (0, "")
    assert "| **Cost** | Healthy | Not measured | – | – | – |" in done.out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("categories: []", "1:13: error[value/empty]: categories is empty"),
        ("categories:", "1:12: error[value/type]: categories must have one entry a category, at most four, got nothing"),
        ("categories: {cost: 1}", "1:13: error[value/type]: categories must have one entry a category, at most four, got a mapping"),
        ("categories: [{category: latency, state: Fine}]", f"1:41: error[value/unknown]: state must be {STATE_WORDS}, got 'Fine'"),
        ("categories: [{category: latency, state: Healthy}]", "1:14: error[key/missing]: key 'title' is missing"),
        ("categories: [{category: latency}]", "1:14: error[key/missing]: key 'state' is missing"),
        (f"{ENTRY}}}, {{category: cost, state: Not measured}}]", "1:69: error[value/repeated]: cost stands twice"),
        (f"{ENTRY}, value: 3s}}]", "1:64: error[value/type]: value must be a number, got '3s'"),
        (f"{ENTRY}, window: 30}}]", "1:65: error[value/type]: window must be a text, got 30"),
        (f"{ENTRY}, window: 30x}}]", "1:65: error[duration/format]: expected a duration, got '30x'"),
        (f"{ENTRY}, trend: lower}}]", "1:64: error[value/unknown]: trend must be one of too early, better, same, worse here, got 'lower'"),
        (f"{ENTRY}, left: 1}}]", "1:57: error[key/not-here]: left says nothing about a value"),
        (f"{ENTRY}, kind: money, trend: same}}]", "1:70: error[key/not-here]: trend says nothing about money"),
        (f"{ENTRY}, budget: 1}}]", "1:57: error[key/unknown]: unknown key 'budget'"),
        ("data_until: today\ncategories: [{category: cost, title: a, state: Healthy}]", "1:13: error[time/moment]: expected a moment, got 'today'"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place(text: str, expected: str) -> None:
    if not text:
        done = report(text)
        assert (done.code, done.out) == (1, "")
        assert "error[document/empty]: the file holds no numbers" in done.err
        return
    assert found(text) == [expected]


def test_all_mistakes_come_in_one_run() -> None:
    text = f"{ENTRY}, trend: lower}}, {{category: latency, state: Healthy}}, {{category: cost, state: Not measured}}]"
    assert [line.split(": ")[1] for line in found(text)] == ["error[value/unknown]", "error[key/missing]", "error[value/repeated]"]


def test_two_documents_are_no_report() -> None:
    assert found(f"{numbers(FIRST_TOKEN)}\n---\n{numbers(BILL)}")[0].endswith("error[document/foreign]: expected one report a file, found another one")


def test_json_is_read_again() -> None:
    entries = [
        {**FIRST_TOKEN, "service": "chat", "trend": "better", "budget_left": None, "other_slos": 2, "others_alerting": 1, "measured": "2 d of 30 d"},
        {**SCORE, "computed_over": "24 h", "sample": 3214, "value": None, "no_value": "No traffic"},
        {**BILL, "measured": "83%"},
    ]
    first = report(numbers(*entries, title="Week 47", data_until="2026-11-25T16:00:00Z"), "--format", "json")
    again = report(first.out, "--format", "json")
    assert again.out == first.out
    for style in ("markdown", "html"):
        assert report(first.out, "--format", style).out == report(numbers(*entries, title="Week 47", data_until=1795622400), "--format", style).out
    shown = json.loads(first.out)["categories"][0]["shown"]
    assert shown == {
        "Last hour": "420 ms", "Target (max)": "600 ms", "7-day trend": "↓ better", "Budget left": "unknown", "2 other SLOs": "1 alerting",
        "Measured": "2 d of 30 d",
    }  # fmt: skip


def test_the_arrow_is_the_direction_and_the_word_the_meaning() -> None:
    shown = {better: report(numbers({**FIRST_TOKEN, "better": better, "trend": "better"})).out for better in ("lower", "higher")}
    assert "↓\N{NO-BREAK SPACE}better" in shown["lower"]
    assert "↑\N{NO-BREAK SPACE}better" in shown["higher"]


# --- printing --------------------------------------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script> | **a** [b](http://c) & 'd' \"e\""


def test_html_is_one_file_and_escapes_every_text() -> None:
    entries = [{**FIRST_TOKEN, "title": HOSTILE, "service": HOSTILE, "unit": "<i>", "measured": HOSTILE, "fails_when": HOSTILE}, BILL]
    done = report(numbers(*entries, title=HOSTILE), "--format", "html")
    assert done.code == 0
    assert "<script" not in done.out
    assert "420 &lt;i&gt;" in done.out
    assert "420 <i>" not in done.out
    assert not re.search(r"<(link|img|iframe|object|embed|form|base)\b|\b(src|href|on\w+)=|url\(|@import", done.out)


def test_markdown_means_what_it_says() -> None:
    done = report(numbers({**FIRST_TOKEN, "title": HOSTILE}, title="a\r\nb | <c>"))
    assert done.out.startswith("# a b \\| \\<c\\>\n")
    assert "\\<script\\>alert(1)\\</script\\> \\| \\*\\*a\\*\\* \\[b\\](http://c) \\& 'd'" in done.out


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.word)
def test_the_word_stands_on_its_colour(state: Any) -> None:
    done = report(numbers({**FIRST_TOKEN, "state": state.word}), "--format", "html")
    ink = "#111111" if state.word == "Burning" else "#ffffff"
    assert f'<header style="background: {state.color}; color: {ink}"><h2>Latency</h2><b>{state.word}</b></header>' in done.out


def test_letters_are_smaller_where_there_is_much_to_say() -> None:
    long = {**FIRST_TOKEN, "title": "a " * 120}
    assert ['<body class="dense">' in report(numbers(one), "--format", "html").out for one in (FIRST_TOKEN, long)] == [False, True]
    assert '<body class="dense">' in report(numbers(FIRST_TOKEN), "--format", "html", "--title", "a " * 30).out


def test_the_words_on_the_page_are_explained() -> None:
    """All but the one that needs no word."""
    footer = report(numbers({**FIRST_TOKEN, "state": "Burning"}, SCORE), "--format", "html").out.split("<footer>")[1]
    assert re.findall(r"<b>(.*?)</b>", footer) == ["Burning", "Not measured", "Trend"]
    assert "SLO" not in footer


def test_a_title_of_the_command_line_wins() -> None:
    assert report(numbers(BILL, title="of the file"), "--title", "mine").out.startswith("# mine\n")


def test_the_title_is_that_of_the_platform_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slo-compiler.yaml").write_text("grafana: {title: Promises of the platform}")
    monkeypatch.chdir(tmp_path)
    assert report(numbers(BILL)).out.startswith("# Promises of the platform\n")
    assert report(numbers(BILL, title="of the file")).out.startswith("# of the file\n")


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("what was there before")
    done = report(numbers(BILL), "--format", "html", "-o", str(path))
    assert (done.code, done.out, done.err) == (0, f"written   {path}\n", "")
    assert path.read_text(encoding="utf-8") == report(numbers(BILL), "--format", "html").out
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = report(numbers(BILL), "-o", str(tmp_path / "nowhere" / "report.md"))
    assert (done.code, done.out) == (2, "")
    assert "cannot be written" in done.err


def test_a_leaf_of_the_user_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "budget.txt.j2").write_text("<< budget >> übrig")
    assert "; 49% übrig." in report(numbers({**FIRST_TOKEN, "budget_left": 0.49}), "--templates", str(tmp_path)).out


def test_a_leaf_that_cannot_be_used_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "row.md.j2").write_text("| << nothing >> |")
    done = report(numbers(FIRST_TOKEN), "--templates", str(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert f"{tmp_path}/report/row.md.j2:1:1: error[template/failed]" in done.err


def test_its_schema_is_printed() -> None:
    assert json.loads(run("schema", "report").out)["$id"] == "urn:slo-compiler:report.v1"


# --- the commands ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report",), "no numbers to report"),
        (("report", "--numbers", "a", "--prometheus", "http://b"), "two sources of numbers"),
        (("report", "slo.yaml", "--numbers", "a"), "SLO files are of no use with --numbers"),
        (("report", "--at", "30d", "--numbers", "a"), "--at is of no use with --numbers"),
        (("report", "slo.yaml", "--prometheus", "http://127.0.0.1:1"), "cannot be reached"),
        (("status", "slo.yaml", "--prometheus", "http://127.0.0.1:1"), "cannot be reached"),
        (("status", "slo.yaml", "--prometheus", "nowhere"), "is not the address of a server"),
    ],
)
def test_what_cannot_work_is_said_kindly(arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, slo_yaml=file())
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "\n  help: " in done.err


@pytest.mark.parametrize(("verb", "code"), [("status", 2), ("report", 1)])
def test_a_mistake_in_a_file_is_no_spent_budget(verb: str, code: int, tmp_path: Path) -> None:
    write(tmp_path, slo_yaml=file(promise(objective=0.999)))
    done = run(verb, tmp_path / "slo.yaml", "--prometheus", "http://127.0.0.1:1")
    assert (done.code, done.out) == (code, "")
    assert "error[objective/fraction]" in done.err


class Fake:
    """A server that has numbers by SLO, for every query that begins with an aggregation of a series; every query must be PromQL."""

    url = "http://fake"

    def __init__(self, found: dict[str, dict[str, float]]) -> None:
        self.found, self.asked = found, list[str]()

    def now(self) -> float:
        return 1000.5

    def instant(self, expr: str, at: float | None = None) -> list[Sample]:
        assert promql.parses(expr) is None, expr
        assert at == 1000
        self.asked.append(expr)
        answer = next((found for series, found in self.found.items() if re.match(rf"(\w+ by \(slo_id\) \()?{series}\{{", expr)), {})
        return [
            Sample({"slo_id": id} if id else {}, number)
            for id, number in answer.items()
            if "slo_id=" not in expr or re.search(rf'["|]{re.escape(id)}["|]', expr)
        ]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    server = Fake({names.INFO: {"shop/success": 1}})
    monkeypatch.setattr(_server, "connect", lambda *_: server)
    return server


def asking(verb: str, tmp_path: Path, *options: str) -> Run:
    write(tmp_path, slo_yaml=file())
    return run(verb, tmp_path / "slo.yaml", "--prometheus", "http://fake", *options)


@pytest.mark.parametrize("verb", ["report", "status"])
def test_a_server_that_knows_none_of_the_slos_is_no_answer(verb: str, fake: Fake, tmp_path: Path) -> None:
    fake.found = {}
    done = asking(verb, tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"slo: http://fake knew none of these SLOs at that moment: there is no series {names.INFO} of them\n  help: load the rules")


@pytest.mark.usefixtures("fake")
def test_a_report_without_data_is_a_report(tmp_path: Path) -> None:
    done = asking("report", tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "| **Availability** | Not measured | Not measured | – | – | – |" in done.out
    assert "not measured, because there is no data, or none that can be judged." in done.out


def test_a_leader_of_other_files_is_told_as_the_page_tells_it(fake: Fake, tmp_path: Path) -> None:
    """The page asks for the SLO of a category that burns fastest, whoever wrote it."""
    fastest = r"topk\(1, max by \(slo_id\) \(slo:bad:sum1h / .*slo:info"
    fake.found |= {fastest: {"other/slow": 7}, names.INFO: {"other/slow": 1}, names.BUDGET_REMAINING: {"other/slow": 0.25}}
    write(tmp_path, slo_yaml=file(promise(), promise(name="second")))
    done = run("report", tmp_path / "slo.yaml", "--prometheus", "http://fake", "--format", "json")
    told = next(one for one in json.loads(done.out)["categories"] if one["category"] == "availability")
    assert (told["slo_id"], told["title"], told["budget_left"]) == ("other/slow", "other/slow", 0.25)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_shown(number: float, fake: Fake, tmp_path: Path) -> None:
    fake.found |= {names.SLI_RATIO: {"shop/success": number}}
    assert "| Not measured | – |" in asking("report", tmp_path).out


@pytest.mark.usefixtures("fake")
def test_the_moment_is_the_servers_own_second(tmp_path: Path) -> None:
    assert json.loads(asking("report", tmp_path, "--format", "json").out)["data_until"] == "1970-01-01T00:16:40Z"
    assert "data until 1970-01-01 00:16:40 UTC" in asking("report", tmp_path).out


def test_a_spent_budget_is_exit_code_1(fake: Fake, tmp_path: Path) -> None:
    fake.found |= {"ALERTS": {"shop/success": 5}}
    done = asking("status", tmp_path)
    assert done.code == 1
    assert done.out.splitlines()[-1] == "1 breached"


def test_a_refused_query_ends_in_one_sentence(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise RemoteFailure("http://fake refuses the query", "ask for less")

    monkeypatch.setattr(fake, "instant", refused)
    done = asking("status", tmp_path)
    assert (done.code, done.out, done.err) == (2, "", "slo: http://fake refuses the query\n  help: ask for less\n")


@pytest.mark.usefixtures("fake")
def test_json_of_a_status_counts_the_states(tmp_path: Path) -> None:
    told = json.loads(asking("status", tmp_path, "--format", "json").out)
    assert (told["data_until"], told["counts"]) == ("1970-01-01T00:16:40Z", {"Not measured": 1})
    assert [(one["slo_id"], one["leads"]) for one in told["slos"]] == [("shop/success", True)]


def test_a_state_has_its_colour_on_a_terminal(fake: Fake, tmp_path: Path) -> None:
    from slo_compiler.commands._standing import asked, of_files
    from slo_compiler.report import everyone
    from slo_compiler.report.table import lines

    write(tmp_path, slo_yaml=file())
    _, spec = of_files([str(tmp_path / "slo.yaml")])
    (standings, leading), _ = asked(fake, "", lambda when: everyone(spec, fake, when))  # type: ignore[arg-type]
    head, category, line = lines(standings, leading)
    assert verb._colored(line) == line.text.replace("Not measured", "\x1b[1mNot measured\x1b[0m", 1)  # noqa: SLF001
    assert [verb._colored(one) for one in (head, category)] == [f"\x1b[1m{one.text}\x1b[0m" for one in (head, category)]  # noqa: SLF001
    assert "\x1b" not in asking("status", tmp_path).out
    assert Line("Latency").word == ""


# --- many at a time --------------------------------------------------------------------------------------------------------------

PINNED = queries.chosen("cost")


def several(expr: str, *ids: str) -> list[Question]:
    return [Question(expr, "cost", id) for id in ids]


def test_many_slos_are_one_query() -> None:
    server = Fake({"budget": {"a/b": 0.5, "a/c": 0.25}})
    found = answers(several(f"budget{{{PINNED}}}", "a/b", "a/c"), server, 1000, 2)  # type: ignore[arg-type]
    assert server.asked == ['budget{slo_id=~"a/b|a/c"}']
    assert list(found.values()) == [Answer(0.5, is_own=True), Answer(0.25, is_own=True)]


def test_more_than_fit_are_several_queries() -> None:
    server = Fake({"budget": {"a/b": 0.5, "a/c": 0.25, "a/d": 0.125}})
    found = answers(several(f"budget{{{PINNED}}}", "a/b", "a/c", "a/d"), server, 1000, 2)  # type: ignore[arg-type]
    assert sorted(server.asked) == ['budget{slo_id="a/d"}', 'budget{slo_id=~"a/b|a/c"}']
    assert [answer.number for answer in found.values()] == [0.5, 0.25, 0.125]


def test_what_stands_for_nobody_stands_for_who_has_nothing() -> None:
    class Nobody(Fake):
        def instant(self, expr: str, at: float | None = None) -> list[Sample]:
            return super().instant(expr, at) or [Sample({}, -99)]

    server = Nobody({"budget": {"a/b": 0.5}})
    found = answers(several(f"budget{{{PINNED}}} or on () vector(-99)", "a/b", "a/c"), server, 1000, 2)  # type: ignore[arg-type]
    assert list(found.values()) == [Answer(0.5, is_own=True), Answer(-99, is_own=False)]
    assert server.asked[1] == 'budget{slo_id="none"} or on () vector(-99)'


def test_one_slo_gets_what_its_query_yields() -> None:
    """Nobody's answer is not asked for: a query that is silent means it."""
    server = Fake({})
    assert answers(several(f"budget{{{PINNED}}} < 48", "a/b"), server, 1000) == {}  # type: ignore[arg-type]
    assert server.asked == ['budget{slo_id="a/b"} < 48']


def test_a_query_that_leaves_the_slo_out_names_it() -> None:
    server = Fake({})
    answers(several(queries.others("cost", "cost"), "a/b"), server, 1000)  # type: ignore[arg-type]
    assert 'slo_id!="a/b"' in server.asked[0]
