"""A past made afterwards is the one that rules leave that ran all along, and running rules go on from it without a seam."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.replay import truth
from tests.live.replay.store import HOURS, ONE_BLOCK, STEPS, Rule, Series, Store, rules_of
from tests.live.replay.traffic import DAY, MINUTE
from tests.live.replay.truth import END
from tests.servers import Line, lines

SLOS = Path(__file__).parent / "slos"
PAGE = Path(__file__).parents[3] / "docs" / "first-day.md"
CLOCK = "slo:clock:"
#: A past has no clocks: what rules read of them is the present. Hours are looked at by what is summed from them: a past ends with one of its own.
OURS = f'{{__name__=~"slo:.*",__name__!~"{CLOCK}.*|slo:.*:hour"}}'
SUMMED = re.compile(r":(?:delta|sum|coverage|recent)")
START, LAST = truth.at(4 * 1440 + 60), truth.at(END)
BESIDE = 30.0  # seconds: a past without running rules lies half a step beside full minutes
#: The first day, four days later, twice in the middle of an incident, and the end.
MOMENTS = tuple(truth.at(minute) - BESIDE for minute in (4 * 1440 + 600, 8 * 1440 + 35, 33 * 1440 + 560, 34 * 1440 + 800, END))
WINDOW = 30 * DAY
PHASE = 37.5  # seconds after the full minute at which the running rules are evaluated
BEGIN = truth.at(34 * 1440 + 102) + PHASE  # two minutes after a 5m mark, so that the next one lacks what was before them

Samples = dict[tuple[tuple[str, str], ...], float]


def compiled(folder: Path, name: str) -> list[Rule]:
    """The recording rules of an SLO file."""
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(SLOS / f"{name}.yaml"), "-o", str(folder)], check=True, capture_output=True)
    (path,) = folder.glob("*.rules.yml")
    return [rule for rule in rules_of(path) if not rule.is_alert]


def backfilled(store: Store, name: str, *arguments: str) -> str:
    """What `slo backfill` says, run as a program against a store that is served."""
    command = [sys.executable, "-m", "slo_compiler", "backfill", str(SLOS / f"{name}.yaml"), "--prometheus", store.url, "-o", "past.om", *arguments]
    done = subprocess.run(command, cwd=store.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def laid_in(store: Store, said: str, data: Path) -> None:
    """Type the command that the program tells, and move the blocks as it says."""
    command = shlex.split(next(row for row in said.splitlines() if row.startswith("next ")).removeprefix("next"))
    assert command[0] == "promtool"
    subprocess.run([store.line.promtool, *command[1:]], cwd=store.folder, check=True, capture_output=True)
    blocks = store.folder / re.findall(r"then move what is in (\S+) into", said)[0]
    data.mkdir(exist_ok=True)
    for block in blocks.iterdir():
        shutil.move(block, data / block.name)


def samples(store: Store, at: float) -> Samples:
    """All that is recorded at a moment."""
    return {tuple(sorted(labels.items())): value for labels, value in store.at(OURS, at)}


def recorded(store: Store, rules: Iterable[Rule], start: float, end: float) -> None:
    """Evaluate rules at their phase, one level after the other: deltas, then 5m sums, then hours."""
    rules = list(rules)
    for names in (["slo:total:delta"], ["slo:bad:delta"], ["slo:total:sum5m", "slo:bad:sum5m"], HOURS):
        found: list[Series] = []
        with store.serving(recorded="slo:total:delta" not in names and "slo:bad:delta" not in names):
            for rule in rules:
                if rule.name in names:
                    rows = store.range(rule.expr, start, end, rule.interval)
                    found += [Series({**row.labels, **rule.labels, "__name__": rule.name}, row.points) for row in rows]
        store.add(found)


def raw() -> list[Series]:
    """Two surfaces, one of them not scraped for half an hour, so that its sums end in between."""
    begin, end = truth.at(30 * 1440 + 183), truth.at(30 * 1440 + 213)
    holed = [Series(series.labels, [(at, value) for at, value in series.points if not begin < at < end]) for series in truth.surface("agent").series]
    return [*truth.surface("search").series, *holed]


@pytest.fixture(scope="module")
def line() -> Line:
    return lines()[-1]


@pytest.fixture(scope="module")
def stores(line: Line, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Store]:
    """Rules that ran all along, and a past that was made afterwards from the same raw series."""
    always, made = (Store(line, tmp_path_factory.mktemp(name)) for name in ("always", "made"))
    always.add(raw())
    began = time.monotonic()
    with always.serving():
        said = backfilled(always, "backfill", "--start", f"{START:.0f}", "--end", f"{LAST:.0f}")
    print(f"\n{said}{time.monotonic() - began:.1f} s")
    laid_in(always, re.sub(r"--max-block-duration=\w+", ONE_BLOCK, said), made.folder / "data")  # what is told to the letter is done below
    rules = compiled(always.folder / "rules", "backfill")
    recorded(always, rules, START + MINUTE + BESIDE, LAST - BESIDE)
    clocks = [rule for rule in rules if rule.name.startswith(CLOCK)]
    for store in (always, made):
        store.record_at(clocks, MOMENTS)
    always.record_at([rule for rule in rules if rule.name not in STEPS and rule not in clocks], MOMENTS)
    return always, made


@pytest.fixture(scope="module")
def moments(stores: tuple[Store, Store]) -> list[tuple[Samples, Samples]]:
    """What both have recorded at all moments."""
    found = []
    for store in stores:
        with store.serving(recorded=True):
            found.append([samples(store, at) for at in MOMENTS])
    return list(zip(*found, strict=True))


def name_of(labels: tuple[tuple[str, str], ...]) -> str:
    return dict(labels)["__name__"]


def test_the_same_series_are_recorded(moments: list[tuple[Samples, Samples]]) -> None:
    for always, made in moments:
        assert set(made) == set(always)
        assert len(always) == 143


def test_sums_and_coverage_are_equal(moments: list[tuple[Samples, Samples]]) -> None:
    pairs = [(labels, value, made[labels]) for always, made in moments for labels, value in always.items() if SUMMED.search(name_of(labels))]
    assert not [pair for pair in pairs if pair[1] != pair[2]]
    assert len({value for _, value, _ in pairs}) > 100


def test_budgets_and_shares_are_those_of_rules_that_ran_all_along(moments: list[tuple[Samples, Samples]]) -> None:
    budgets, others = [], []
    for always, made in moments:
        for labels, value in always.items():
            (budgets if name_of(labels) == "slo:error_budget:remaining" else others).append(abs(made[labels] - value))
    print(f"largest difference: budgets {100 * max(budgets):.2g} percentage points of {len(budgets)}, all others {max(others):.2g} of {len(others)}")
    assert len(budgets) == 5 * len(MOMENTS)
    assert max(budgets) <= 1e-9
    assert max(others) <= 1e-9


def test_rules_find_the_same_in_the_past(stores: tuple[Store, Store], moments: list[tuple[Samples, Samples]]) -> None:
    """Blocks have no stale marks, and Prometheus looks back five minutes: what ended before a gap must not be counted again behind it."""
    always, made = stores
    rules = [rule for rule in compiled(always.folder / "rules", "backfill") if SUMMED.search(rule.name) and rule.interval > MINUTE]
    assert len(rules) == 14
    with made.serving():
        for at, (_, stands) in zip(MOMENTS, moments, strict=True):
            for rule in rules:
                found = {tuple(sorted({**labels, "__name__": rule.name}.items())): value for labels, value in made.at(rule.expr, at)}
                assert found == {labels: value for labels, value in stands.items() if name_of(labels) == rule.name}


def test_the_past_is_that_of_an_incident(moments: list[tuple[Samples, Samples]]) -> None:
    spent = [value for _, made in moments for labels, value in made.items() if name_of(labels) == "slo:error_budget:remaining"]
    assert min(spent) < 0 < max(spent)
    young = {value for labels, value in moments[0][1].items() if name_of(labels) == "slo:coverage:30d"}
    assert max(young) < 0.02


# --- rules that go on ------------------------------------------------------------------------------------------------------------


@dataclass
class Across:
    """Three moments after rules began: those that were given a past, and those that ran all along; and what is known without a past."""

    made: list[Samples]
    always: list[Samples]
    young: float
    said: str


@pytest.fixture(scope="module")
def across(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Across:
    """Rules that began a while before the end, their past laid in, beside rules that ran all along at the same phase."""
    later = [BEGIN + minutes * MINUTE for minutes in (181.5, 241.5, 601.5)]  # on the grid of the past, and not before it may be laid in
    found, young, said = [], 0.0, ""
    scraped = Store(line, tmp_path_factory.mktemp("scraped"))
    scraped.add(truth.surface("search").series)
    for begin in (BEGIN, BEGIN - WINDOW):
        store = Store(line, tmp_path_factory.mktemp("across"))
        shutil.copytree(scraped.folder, store.folder, dirs_exist_ok=True)
        rules = [rule for rule in compiled(store.folder / "rules", "gateway") if rule.labels.get("slo") in {None, "success"}]
        recorded(store, rules, begin, later[-1])
        if begin == BEGIN:
            with store.serving():
                young = store.at(next(rule.expr for rule in rules if rule.name == "slo:total:sum30d"), later[-1])[0][1]
                said = backfilled(store, "gateway", "--end", f"{LAST:.0f}", "--slo", "gateway/success")  # it takes the clock's time for today
            laid_in(store, said, store.folder / "data")
        store.record_at([rule for rule in rules if rule.name not in STEPS], later)
        with store.serving(recorded=True):
            found.append([samples(store, at) for at in later])
    return Across(*found, young, said)


def of(samples: Samples, name: str) -> float:
    (value,) = (value for labels, value in samples.items() if name_of(labels) == name)
    return value


@pytest.mark.parametrize("series", ["slo:total:sum30d", "slo:bad:sum30d", "slo:total:sum7d", "slo:bad:sum24h", "slo:total:sum6h", "slo:total:sum1h"])
def test_sums_are_right_across_the_seam(series: str, across: Across) -> None:
    assert [of(made, series) for made in across.made] == [of(always, series) for always in across.always]


def test_the_budget_is_right_across_the_seam(across: Across) -> None:
    pairs = [[of(samples, "slo:error_budget:remaining") for samples in both] for both in zip(across.made, across.always, strict=True)]
    difference = max(abs(made - always) for made, always in pairs)
    print(f"budget across the seam: {100 * difference:.2g} percentage points")
    assert difference <= 1e-9
    assert [of(made, "slo:coverage:30d") for made in across.made] == [1.0] * 3


def test_without_a_past_they_are_not(across: Across) -> None:
    assert 0 < across.young < of(across.always[-1], "slo:total:sum30d") / 10


def test_the_page_shows_what_the_program_says(across: Across) -> None:
    assert across.said in PAGE.read_text(encoding="utf-8"), across.said
