"""A past computed from deltas: against sums taken one by one, across breaks, and refused where it cannot be."""

from __future__ import annotations

import json
import math
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from slo_compiler import backfill, clock, names
from slo_compiler.backfill.tally import Reach, Tally, up_to_marks
from slo_compiler.backfill.text import head
from slo_compiler.backfill.times import MARK, Grid, Piece, grid, grid_before, seconds
from slo_compiler.commands import _server
from slo_compiler.model import Calendar
from slo_compiler.moments import NoMoment, moment, shown
from slo_compiler.periods import edges
from slo_compiler.remote import Curve, RemoteFailure, Sample
from tests.unit.given import HISTOGRAM, Run, file, promise, run, tree, write

DAY, NOW = 86_400, 1_800_000_000
LAST = NOW - DAY - 30  # of a past that ends a day ago: half a step beside a full minute
Count = Callable[[int], float | None]  # what happened in the step that ends at a second
_LINE = re.compile(r"([\w:]+)\{(.*)\} (\S+) (\S+)\n")


def some(seed: str, most: int, gaps: int = 17) -> Count:
    """Random counts, with a step now and then that has none."""

    def count(at: int) -> float | None:
        chance = random.Random(f"{seed} {at}")
        return None if chance.randrange(gaps) == 0 else float(chance.randrange(most))

    return count


class Fake:
    """A server that knows deltas, and since when rules of their own have written them."""

    url = "http://fake:9090"

    def __init__(self, total: dict[str, Count], bad: dict[str, Count], *, label: str = "", since: float = math.inf) -> None:
        self.sides, self.label, self.since = {"total": total, "bad": bad}, label, since
        self.asked: list[tuple[float, float]] = []
        self.patience = math.inf  # queries until it fails
        self.most = math.inf  # seconds that one query may ask for

    def range(self, expr: str, start: float, end: float, step: float) -> list[Curve]:
        if "last_over_time(slo:" in expr:
            found = [at for at in _steps(start, end, step) if at >= self.since]
            return [Curve({}, [(at, 1.0) for at in found])] if found else []
        if len(self.asked) >= self.patience:
            raise RemoteFailure("http://fake:9090 cannot be reached", "check that it runs")
        if end - start > self.most:
            raise RemoteFailure("http://fake:9090 refuses the query", "ask for less", 422)
        self.asked.append((start, end))
        curves = []
        for value, count in self.sides["bad" if 'code="500"' in expr else "total"].items():
            points = [(at, found) for at in _steps(start, end, step) if (found := count(round(at))) is not None]
            curves += [Curve({self.label: value} if self.label else {}, points)] if points else []
        return curves

    def raw(self, _selector: str, seconds: int, at: float) -> list[Curve]:
        return [Curve({}, [(self.since, 1.0)])] if at - seconds <= self.since <= at else []

    def instant(self, _expr: str, _at: float | None = None) -> list[Sample]:
        raise AssertionError


def _steps(start: float, end: float, step: float) -> list[float]:
    return [start + index * step for index in range(int((end - start) / step + 1e-9) + 1)]


Samples = dict[tuple[str, str], dict[float, float]]  # by name and labels: by moment


def samples(text: str) -> Samples:
    """An OpenMetrics text read; a sample that stands there twice is a mistake."""
    found: Samples = {}
    *rows, last = text.splitlines(keepends=True)
    assert last == "# EOF\n"
    for row in rows:
        name, labels, value, at = _LINE.fullmatch(row).groups()  # type: ignore[union-attr]
        series = found.setdefault((name, labels), {})
        assert float(at) > max(series, default=0)
        series[float(at)] = float(value)
    return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Fake]:
    """Puts a fake in the place of every server, at a moment in 2027."""

    def serve(fake: Fake) -> Fake:
        monkeypatch.setattr(_server, "connect", lambda *_: fake)
        monkeypatch.setattr("time.time", lambda: float(NOW))
        return fake

    return serve


def plain(**keys: object) -> Fake:
    return Fake({"": some("total", 50)}, {"": some("bad", 3)}, **keys)  # type: ignore[arg-type]


def filled(folder: Path, *arguments: str, **keys: object) -> Run:
    """A run over one SLO of a day's window, from 3 days ago to yesterday."""
    write(folder, a_yaml=file(promise(window="24h", **keys)))
    between = [] if "--start" in arguments or "--end" in arguments else ["--start", str(NOW - 3 * DAY), "--end", str(NOW - DAY)]
    return run("backfill", folder / "a.yaml", "--prometheus", "http://fake:9090", "-o", folder / "past.om", *between, *arguments)


# --- sums ------------------------------------------------------------------------------------------------------------------------


def one_by_one(count: Count, at: int, window: int, step: int, start: int) -> float | None:
    """A sum over the steps of a window, taken one by one."""
    found = [value for moment in range(at, at - window, -step) if moment > start and (value := count(moment)) is not None]
    return sum(found) if found else None


def by_marks(count: Count, at: int, window: int, step: int, start: int) -> list[float]:
    """The 5m sums at the 5m marks of a window, each that of the last step before it."""
    phase = start % step
    marks = (mark for mark in range(at // 300 * 300, at - window, -300))
    found = (one_by_one(count, (mark - phase) // step * step + phase, 300, step, start) for mark in marks)
    return [value for value in found if value is not None]


@pytest.mark.parametrize(("step", "phase"), [(60, 0), (60, 37), (15, 11), (300, 200)])
def test_windows_are_the_sums_of_their_steps(step: int, phase: int) -> None:
    count, start = some("windows", 50, gaps=2), NOW // 300 * 300 + phase
    past = Grid(start * 1000, (start + 2 * DAY + 4500) * 1000, step * 1000, 150_000 if step < 150 else 300_000)
    tally = Tally(Reach(6 * 3600 // step, DAY // 300 + 1))
    checked = 0
    for piece in past.pieces():
        tally.extend(piece, [count(at // 1000) for at in piece.steps])
        for window in (300, 3600, 6 * 3600):
            found = dict(zip(piece.steps, tally.short(piece, window * 1000), strict=True))
            for at in list(found)[:: 10_000 // step]:
                assert found[at] == one_by_one(count, at // 1000, window, step, start)
                checked += 1
        long, marks = (
            dict(zip(piece.slows, values, strict=True)) for values in (read(piece, piece.windows(DAY * 1000)) for read in (tally.sums, tally.counts))
        )
        for at in list(long)[::97]:
            parts = by_marks(count, at // 1000, DAY, step, start)
            assert (long[at], marks[at]) == ((sum(parts), len(parts)) if parts else (None, None))
            checked += 1
    assert checked > 20


def test_a_window_without_data_has_no_sum_and_one_of_zeros_has_zero() -> None:
    piece = Piece(0, 3_600_000, 60_000, 150_000)
    tally = Tally(Reach(60, 13))
    tally.extend(piece, [0.1] * 20 + [0.0] * 20 + [None] * 20)
    found = tally.short(piece, 300_000)
    assert found[24] == 0.0 != found[23]
    assert (found[43], found[44]) == (0.0, None)


@pytest.mark.parametrize("phase", [0, 30, 59.5])
def test_no_mark_finds_a_sum_of_a_series_that_ended_before_it(phase: float) -> None:
    """A text has no stale marks, and a subquery looks back five minutes."""
    start = round((NOW // 3600 * 3600 + phase) * 1000)
    piece = Piece(start, start + 4 * 3_600_000, 60_000, 150_000)
    gaps = {at for begin in (17, 61, 125, 200) for at in range(begin, begin + 12)}
    tally = Tally(Reach(60, 100))
    tally.extend(piece, [None if index in gaps else 1.0 for index in range(len(piece.steps))])
    sums = tally.short(piece, MARK)
    written = {at: value for at, value in zip(piece.steps, up_to_marks(piece, sums), strict=True) if value is not None}
    meant = dict(zip(piece.steps, sums, strict=True))
    marks = [mark for mark in piece.marks if mark < piece.end - 60_000]
    for mark in marks:
        found = [value for at, value in sorted(written.items()) if mark - MARK < at <= mark]
        assert found[-1:] == [value for at in [max(at for at in meant if at <= mark)] if (value := meant[at]) is not None]
    assert len(marks) > 40


def test_a_piece_more_changes_no_sum() -> None:
    count = some("pieces", 1000)
    whole, halves = Tally(Reach(360, 300)), Tally(Reach(360, 300))
    piece = Piece(0, DAY * 1000, 60_000, 150_000)
    parts = [Piece(0, DAY * 500, 60_000, 150_000), Piece(DAY * 500, DAY * 1000, 60_000, 150_000)]
    whole.extend(piece, [count(at) for at in piece.steps])
    found = []
    for part in parts:
        halves.extend(part, [count(at) for at in part.steps])
        found += halves.sums(part, part.windows(DAY * 1000))
    assert found == whole.sums(piece, piece.windows(DAY * 1000))


@pytest.mark.parametrize("step", [60, 15])
def test_hours_and_what_came_since_are_a_window(step: int) -> None:
    """At any moment: the hours that are relied on, what is recent, and less what was recent when the window began."""
    count, start = some("hours", 50, gaps=2), NOW // 3600 * 3600 + 1230
    tally, window, hour = Tally(Reach(7200 // step, 3 * DAY // 300 + 1)), 3 * DAY, 3600
    written: dict[int, float] = {}
    recent: dict[int, float] = {}
    whole: dict[int, float] = {}
    for piece in Grid(start * 1000, (start + 5 * DAY) * 1000, step * 1000, 150_000).pieces():
        tally.extend(piece, [count(at // 1000) for at in piece.steps])
        written |= {at // 1000: value or 0 for at, value in zip(piece.half_hours, tally.sums(piece, piece.finished), strict=True)}
        recent |= {at // 1000: value or 0 for at, value in zip(piece.slows, tally.sums(piece, piece.recent), strict=True)}
        whole |= {at // 1000: value or 0 for at, value in zip(piece.slows, tally.sums(piece, piece.windows(window * 1000)), strict=True)}
    moments = [at for at in whole if at - window > start + hour][::7]
    for at in moments:
        over = at // hour * hour
        finished = sum(written[mark] for mark in range(over, at - window, -hour))
        assert finished + recent[at] - recent[at - window] == whole[at]
    assert len(moments) > 100


# --- moments ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-01T00:00:00Z", 1_798_761_600), ("2027-01-01T02:00:00+02:00", 1_798_761_600), ("1798761600", 1_798_761_600),
        ("1798761600.5", 1_798_761_600.5), ("30d", NOW - 30 * DAY), ("1h30m", NOW - 5400),
    ],
)  # fmt: skip
def test_moments_are_understood(text: str, expected: float) -> None:
    assert moment(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["yesterday", "", "2027-01-01", "2027-01-01T00:00:00", "-5", "nan", "inf", "1798761600000", "2027-13-01T00:00:00Z", "0", "90000d"]
)
def test_what_is_no_moment_is_told_with_help(text: str) -> None:
    with pytest.raises(NoMoment) as caught:
        moment(text, NOW)
    assert caught.value.message
    assert caught.value.help


def test_pieces_join_without_gap_and_begin_at_the_same_time_of_day() -> None:
    for end in (NOW, NOW + 7_230, NOW + 90_000):
        pieces = list(grid(NOW - 5 * DAY - 777, end, 60_000, 150_000).pieces())
        assert all(before.end == after.start for before, after in pairwise(pieces))
        assert {piece.end % (DAY * 1000) for piece in pieces[:-1]} == {DAY * 1000 - 30_000}
        assert end * 1000 - 60_000 < pieces[-1].end <= end * 1000
        assert [at for piece in pieces for at in piece.steps] == list(range(pieces[0].start + 60_000, pieces[-1].end + 1, 60_000))
        slows = [at for piece in pieces for at in piece.slows]
        assert all(later - earlier == 150_000 for earlier, later in pairwise(slows))


def test_five_second_steps_do_not_ask_for_too_many_points() -> None:
    assert max(len(piece.steps) for piece in grid(NOW - 2 * DAY, NOW, 5_000, 150_000).pieces()) <= 11_000


def test_a_past_ends_a_step_before_the_rules_begin() -> None:
    begin = NOW // 300 * 300 + 97.25
    past = grid_before(NOW - DAY, begin, 60_000, 150_000, own=60_000, now=NOW + DAY)
    assert past.end == round(begin * 1000) - 60_000
    assert past.seam == (NOW // 300 + 1) * MARK
    beyond = past.beyond()
    assert beyond
    assert past.seam - 60_000 < beyond.end < past.seam
    assert beyond.steps[0] == round(begin * 1000)


def test_no_seam_where_the_rules_write_at_the_mark_itself_or_it_is_not_over() -> None:
    assert grid_before(NOW - DAY, NOW // 300 * 300 + 120, 60_000, 150_000, own=60_000, now=NOW + DAY).seam is None
    assert grid_before(NOW - DAY, NOW + 1, 60_000, 150_000, own=60_000, now=NOW + 2).seam is None
    assert grid_before(NOW - DAY, NOW + 97, 300_000, 300_000, own=60_000, now=NOW + DAY).beyond() is None


def test_labels_and_moments_are_spelled_as_openmetrics_does() -> None:
    assert head("slo:info", {"slo_title": 'a "b" \\ c\nd'}) == 'slo:info{slo_title="a \\"b\\" \\\\ c\\nd"} '
    assert (seconds(1_500), seconds(2_000), shown(1_798_761_600_999)) == ("1.500", "2", "2027-01-01T00:00:00Z")


# --- what is recorded ------------------------------------------------------------------------------------------------------------


def test_every_series_of_the_rules_is_there(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    assert filled(tmp_path).code == 0
    found = samples((tmp_path / "past.om").read_text())
    run("compile", tmp_path / "a.yaml", "-o", tmp_path / "rules")
    recorded = set(re.findall(r"record: (\S+)", (tmp_path / "rules" / "shop.prometheus.rules.yml").read_text()))
    assert {name for name, _ in found} == recorded
    assert {labels for name, labels in found if name != names.INFO} == {'slo_id="shop/success",slo="success",slo_service="shop"'}


def test_budget_share_and_coverage_follow_from_the_sums(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    filled(tmp_path)
    found = {name: points for (name, _), points in samples((tmp_path / "past.om").read_text()).items()}
    for at, coverage in ((LAST, 1.0), (LAST - DAY - 12 * 3600, 0.5)):
        total, bad, measured = (found[name][at] for name in ("slo:total:sum24h", "slo:bad:sum24h", "slo:coverage:24h"))
        assert measured == pytest.approx(coverage, abs=0.004)
        assert total > bad > 0
        assert found["slo:sli:ratio"][at] == 1 - bad / total
        assert found["slo:error_budget:remaining"][at] == 1 - bad * measured / (0.001 * total)
        assert found["slo:value:1h"][at] == 1 - found["slo:bad:sum1h"][at] / found["slo:total:sum1h"][at]
        assert found["slo:objective:ratio"][at] == 0.999


def test_label_values_have_series_and_numbers_of_their_own(server: Callable[..., Fake], tmp_path: Path) -> None:
    sides = {"a": some("a", 50), "b": some("b", 50)}
    server(Fake(sides, {"a": some("bad a", 3), "b": lambda _: 0.0}, label="model"))
    done = filled(tmp_path, by=["model"], overrides={"b": {"objective": "99%"}})
    found = samples((tmp_path / "past.om").read_text())
    at = LAST

    def of(name: str, model: str) -> float:
        return found[name, f'model="{model}",slo_id="shop/success:model",slo="success",slo_service="shop"'][at]

    assert done.code == 0
    assert (of("slo:objective:ratio", "a"), of("slo:objective:ratio", "b")) == (0.999, 0.99)
    assert of("slo:error_budget:remaining", "b") == 1
    assert of("slo:error_budget:remaining", "a") == 1 - of("slo:bad:sum24h", "a") * of("slo:coverage:24h", "a") / (0.001 * of("slo:total:sum24h", "a"))


def test_zeros_of_the_bad_events_come_from_the_totals_own_expression(server: Callable[..., Fake], tmp_path: Path) -> None:
    asked: list[str] = []
    fake = server(plain())
    ask = fake.range

    def listen(expr: str, *rest: float) -> list[Curve]:
        asked.append(expr)
        return ask(expr, *rest)

    fake.range = listen  # type: ignore[method-assign]
    filled(tmp_path)
    (bad,) = {expr for expr in asked if 'code="500"' in expr}
    (total,) = {expr for expr in asked if 'code="500"' not in expr and "slo:" not in expr}
    assert "slo:" not in bad
    assert bad.endswith(f"or 0 * sum ((\n{total}\n))")


def test_the_quantile_is_asked_for(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    filled(tmp_path, category="latency", sli=HISTOGRAM)
    found = {name: points for (name, _), points in samples((tmp_path / "past.om").read_text()).items()}
    assert found["slo:value:target"][LAST] == 0.5
    assert found["slo:value:1h"][LAST] == some("total", 50)(LAST)


def test_infinite_counts_are_none(server: Callable[..., Fake], tmp_path: Path) -> None:
    usual = some("total", 50)
    server(Fake({"": lambda at: math.inf if at % 600 == 0 else usual(at)}, {"": some("bad", 3)}))
    filled(tmp_path)
    found = samples((tmp_path / "past.om").read_text())
    assert all(math.isfinite(value) for points in found.values() for value in points.values())


def test_nothing_is_recorded_before_the_first_day_with_data(server: Callable[..., Fake], tmp_path: Path) -> None:
    begin = NOW - DAY - 3600
    usual = some("total", 50)
    server(Fake({"": lambda at: usual(at) if at > begin else None}, {"": lambda at: 0.0 if at > begin else None}))
    done = filled(tmp_path)
    found = samples((tmp_path / "past.om").read_text())
    assert min(at for points in found.values() for at in points) > begin - DAY
    assert shown((begin + 60) * 1000)[:13] in done.out


def test_a_coarser_step_asks_for_fewer_points(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    filled(tmp_path, "--step", "5m")
    found = {name: points for (name, _), points in samples((tmp_path / "past.om").read_text()).items()}
    assert {later - earlier for points in found.values() for earlier, later in pairwise(points)} >= {300}
    assert min(len(points) for points in found.values()) > 0
    assert len(found["slo:objective:ratio"]) == 2 * DAY / 300 - 1


# --- the end ---------------------------------------------------------------------------------------------------------------------


def test_a_past_meets_running_rules(server: Callable[..., Fake], tmp_path: Path) -> None:
    since = NOW - DAY + 97
    server(plain(since=since))
    done = filled(tmp_path, "--end", str(NOW))
    found = {name: points for (name, _), points in samples((tmp_path / "past.om").read_text()).items()}
    mark = -(-since // 300) * 300
    assert max(found["slo:total:delta"]) == since - 60
    assert sorted(found["slo:total:sum5m"])[-2:] == [(mark - 300 - since) // 60 * 60 + since, mark]
    last = (mark - since) // 60 * 60 + since
    assert found["slo:total:sum5m"][mark] == one_by_one(some("total", 50), last, 300, 60, 0)
    assert shown((since - 60) * 1000) in done.out


def test_a_past_that_is_there_already_is_not_made_again(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain(since=NOW - 2 * DAY))
    write(tmp_path, a_yaml=file(promise(window="24h")))
    done = run("backfill", tmp_path / "a.yaml", "--prometheus", "http://fake:9090", "-o", tmp_path / "past.om")
    assert done.code == 0
    assert "shop/success: nothing to do, its own series begin at " in done.out
    assert not fake.asked
    assert set(tree(tmp_path)) == {"a.yaml"}


def test_without_running_rules_the_past_ends_three_hours_ago_and_says_what_that_means(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    write(tmp_path, a_yaml=file(promise(window="24h")))
    done = run("backfill", tmp_path / "a.yaml", "--prometheus", "http://fake:9090", "-o", tmp_path / "past.om")
    end = (NOW - 3 * 3600) // 3600 * 3600
    assert f"no rules of it run here yet; from {shown(end * 1000 - 30_000)} until they do remains a gap" in done.out
    found = samples((tmp_path / "past.om").read_text())
    assert max(at for points in found.values() for at in points) == end - 30
    assert min(at for points in found.values() for at in points) == end - DAY + 90


def test_young_blocks_have_to_wait(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    assert f"not before {shown((NOW - 90 + 3 * 3600) * 1000)}" in filled(tmp_path, "--end", str(NOW - 60)).out
    assert "not before" not in filled(tmp_path).out


# --- calendars -------------------------------------------------------------------------------------------------------------------


def zoned(period: str, zone: str) -> Calendar:
    found = clock.zone(zone)
    assert isinstance(found, clock.Zone)
    return Calendar(period, found)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland"])
@pytest.mark.parametrize("period", ["month", "week", "quarter"])
def test_periods_begin_and_end_at_local_midnight(period: str, zone: str) -> None:
    info = ZoneInfo(zone)
    for at in range(NOW, NOW + 400 * DAY, 7_919):
        start, end = (datetime.fromtimestamp(edge, info) for edge in edges(zoned(period, zone), at))
        assert start <= datetime.fromtimestamp(at, info) < end
        for edge in (start, end):
            assert (edge.hour, edge.minute, edge.second) == (0, 0, 0)
            assert edge.weekday() == 0 if period == "week" else edge.day == 1
        days = round((end - start) / timedelta(days=1))
        assert days == 7 if period == "week" else 28 <= days <= 31 if period == "month" else (start.month % 3 == 1 and 90 <= days <= 92)


def test_a_calendars_sums_begin_anew_with_its_period(server: Callable[..., Fake], tmp_path: Path) -> None:
    turn = round(datetime(2027, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())
    server(plain())
    window = {"calendar": "month", "timezone": "Europe/Berlin"}
    write(tmp_path, a_yaml=file(promise(window=window, allow=["window/retention"])))
    between = ("--start", str(turn - 2 * DAY), "--end", str(turn + 2 * DAY))
    done = run("backfill", tmp_path / "a.yaml", "--prometheus", "http://fake:9090", "-o", tmp_path / "past.om", *between)
    assert done.code == 0, done.text
    found = {name: points for (name, _), points in samples((tmp_path / "past.om").read_text()).items()}
    run("compile", tmp_path / "a.yaml", "-o", tmp_path / "rules")
    recorded = set(re.findall(r"record: (\S+)", (tmp_path / "rules" / "shop.prometheus.rules.yml").read_text()))
    assert set(found) == {name for name in recorded if not name.startswith("slo:clock:")}
    count, first = some("total", 50), min(found["slo:total:delta"]) - 60
    for at in sorted(found["slo:total:sum_month"])[::60]:
        start = turn if (at - 30) // 60 * 60 + 30 - 70 >= turn else turn - 31 * DAY
        marks = by_marks(count, round(at), round(at) - start, 60, round(first))
        assert found["slo:total:sum_month"][at] == sum(marks)
        assert found["slo:coverage:month"][at] == pytest.approx(len(marks) / (31 * 288))
        bad, total, coverage = (found[name][at] for name in ("slo:bad:sum_month", "slo:total:sum_month", "slo:coverage:month"))
        assert found["slo:error_budget:remaining"][at] == 1 - bad * coverage / (0.001 * total)
        assert found["slo:sli:ratio"][at] == 1 - bad / total
    before, after = (max(value for at, value in found["slo:total:sum_month"].items() if low < at < high) for low, high in ((0, turn), (turn + 300, turn + 900)))
    assert before > 100 * after > 0


# --- breaks ----------------------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_where_it_stopped(server: Callable[..., Fake], tmp_path: Path) -> None:
    whole = server(plain())
    filled(tmp_path)
    expected = (tmp_path / "past.om").read_bytes()
    (tmp_path / "past.om").unlink()
    fake = server(plain())
    fake.patience = 3
    broken = filled(tmp_path)
    assert broken.code == 2
    assert f"what is finished is kept in {tmp_path}/past.om.parts: the same command goes on from there" in broken.err
    assert not (tmp_path / "past.om").exists()
    (tmp_path / "past.om.parts" / ".slo-killed.tmp").write_text("half a file")
    fake.patience = math.inf
    assert filled(tmp_path).code == 0
    assert (tmp_path / "past.om").read_bytes() == expected
    assert len(fake.asked) == len(whole.asked) + 1  # of the part that broke off, one query was in vain
    assert set(tree(tmp_path)) == {"a.yaml", "past.om"}


def test_where_nothing_is_finished_nothing_is_said_to_be_kept(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    fake.patience = 1
    broken = filled(tmp_path)
    assert broken.code == 2
    assert "nothing is finished yet: the same command begins anew" in broken.err
    assert "kept" not in broken.err
    assert not (tmp_path / "past.om.parts").exists()


def test_two_runs_do_not_write_one_file(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    ask = fake.range
    others: list[Run] = []

    def meanwhile(*arguments: object) -> list[Curve]:
        if not others:
            others.append(filled(tmp_path))
            others.append(filled(tmp_path / "apart"))
        return ask(*arguments)  # type: ignore[arg-type]

    fake.range = meanwhile  # type: ignore[method-assign]
    assert filled(tmp_path).code == 0
    second, elsewhere = others
    assert second.code == 2
    assert second.err == f"slo: another run is writing {tmp_path}/past.om now\n  help: wait until it has ended, or name another file with -o\n"
    assert elsewhere.code == 0
    assert (tmp_path / "past.om").read_bytes() == (tmp_path / "apart" / "past.om").read_bytes()


def test_a_run_that_was_killed_holds_nothing(server: Callable[..., Fake], tmp_path: Path) -> None:
    killed = (
        "import os, signal, pathlib; from slo_compiler import artifacts\n"
        f"with artifacts.held(pathlib.Path({str(tmp_path / 'past.om.parts')!r})): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -signal.SIGKILL
    assert set(tree(tmp_path)) == {"past.om.parts/lock"}
    server(plain())
    assert filled(tmp_path).code == 0
    assert set(tree(tmp_path)) == {"a.yaml", "past.om"}


def test_an_interrupt_keeps_what_is_finished(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    ask = fake.range

    def interrupt(*arguments: object) -> list[Curve]:
        if len(fake.asked) >= 4:
            raise KeyboardInterrupt
        return ask(*arguments)  # type: ignore[arg-type]

    fake.range = interrupt  # type: ignore[method-assign]
    done = filled(tmp_path)
    assert done.code == 130
    assert "stopped; what is finished is kept" in done.err
    assert sum(name.startswith("past.om.parts/") for name in tree(tmp_path)) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"objective": "99%"},
        {"sli": {"events": {"total": "other_total", "bad": 'other_total{code="500"}'}}},
        {"arguments": ("--step", "5m")},
        {"url": "http://other"},
    ],
    ids=["objective", "metric", "step", "server"],
)
def test_parts_are_used_again_only_for_the_same_question(change: dict[str, object], server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    fake.patience = 4
    filled(tmp_path)
    again = server(plain())
    again.url = str(change.pop("url", again.url))
    arguments: tuple[str, ...] = change.pop("arguments", ())  # type: ignore[assignment]
    assert filled(tmp_path, *arguments, **change).code == 0
    whole = server(plain())
    filled(tmp_path / "apart", *arguments, **change)
    kept = 4 if "objective" in change else 0  # the objective is no part of what is asked
    assert len(again.asked) == len(whole.asked) - kept


def test_a_part_that_is_no_part_is_asked_for_again(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    fake.patience = 4
    filled(tmp_path)
    for path in (tmp_path / "past.om.parts").iterdir():
        path.write_text("[1, 2")
    again = server(plain())
    assert filled(tmp_path).code == 0
    assert len(again.asked) == 6


def test_a_query_that_is_too_large_is_asked_in_halves(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    filled(tmp_path)
    expected = (tmp_path / "past.om").read_bytes()
    fake = server(plain())
    fake.most = 5 * 3600
    assert filled(tmp_path).code == 0
    assert (tmp_path / "past.om").read_bytes() == expected
    fake.most = 60
    assert filled(tmp_path / "b").code == 2


# --- refusals --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--start", "soon"), "--start: expected a moment"),
        (("--end", "2027-01-01"), "--end: '2027-01-01' does not say in which time zone"),
        (("--end", str(NOW + 5)), "--end lies in the future"),
        (("--start", "1h", "--end", "2h"), "--start does not lie before --end"),
        (("--step", "7m"), "--step must divide 5m"),
        (("--step", "30s"), "--step must divide 5m and be at least the rules' own step, 1m"),
        (("--step", "quick"), "expected a duration"),
        (("--slo", "shop/sucess"), "there is no SLO 'shop/sucess'"),
    ],
)
def test_bad_options_are_told_in_one_sentence(arguments: tuple[str, ...], words: str, server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    done = filled(tmp_path, *arguments)
    assert done.code == 2
    assert words in done.err
    assert "\n  help: " in done.err
    assert set(tree(tmp_path)) == {"a.yaml"}


MONEY = {"name": "bill", "category": "cost", "sli": {"spend": {"metric": "llm_spend_dollars_total", "at_most": "$500"}}}
JUDGED = {"name": "price", "category": "cost", "sli": {"check": {"value": {"mean": "cost_dollars"}, "at_most": "$2"}}}
RUNAWAYS = promise(name="runaways", sli={"tail": {"metric": "cost_dollars", "over": "10x", "buckets": [0.1, 1, 10]}})
BEYOND = [(MONEY, "money"), (JUDGED, "a check"), (RUNAWAYS, "a limit that moves (`tail`)")]


@pytest.mark.parametrize(("one", "what"), BEYOND, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_computed_is_told_and_refused_where_it_was_asked_for(
    one: dict[str, object], what: str, server: Callable[..., Fake], tmp_path: Path
) -> None:
    server(plain())
    write(tmp_path, a_yaml=file(promise(window="24h"), one), alone_yaml=file(one))
    between = ("--start", str(NOW - 2 * DAY), "--end", str(NOW - DAY), "--prometheus", "http://fake:9090", "-o", tmp_path / "past.om")
    sentence = f"shop/{one['name']}: the past of {what} cannot be computed\n"
    asked = run("backfill", tmp_path / "a.yaml", "--slo", f"shop/{one['name']}", *between)
    assert (asked.code, asked.out) == (2, "")
    assert asked.err.startswith(f"slo: {sentence}  help: what can be computed are shares of good events, unless their limit moves")
    nothing = run("backfill", tmp_path / "alone.yaml", *between)
    assert (nothing.code, nothing.out) == (2, sentence)
    assert "there is no SLO whose past can be computed" in nothing.err
    assert not list(tmp_path.glob("past.om*"))
    beside = run("backfill", tmp_path / "a.yaml", *between)
    assert beside.code == 0
    assert sentence in beside.out
    assert (tmp_path / "past.om").exists()


def test_an_output_that_cannot_be_is_told_at_once(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    write(tmp_path, a_yaml=file())
    for output in (tmp_path / "no" / "past.om", tmp_path):
        done = run("backfill", tmp_path / "a.yaml", "--prometheus", "http://fake:9090", "-o", output)
        assert done.code == 2, done.text
        assert "help: name a file" in done.err
    assert not fake.asked


def test_shapes_of_the_users_own_are_not_guessed(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    (tmp_path / "own" / "promql").mkdir(parents=True)
    (tmp_path / "own" / "promql" / "window.promql.j2").write_text("sum_over_time(<< series >>[<< range >>]) * 1\n")
    done = filled(tmp_path, "--templates", str(tmp_path / "own"))
    assert done.code == 2
    assert "window.promql.j2 is yours, and a past is computed with ours" in done.err


def test_a_full_disk_is_told_and_leaves_no_half_file(server: Callable[..., Fake], full_disk: Callable[[int], None], tmp_path: Path) -> None:
    server(plain())
    full_disk(2)
    done = filled(tmp_path)
    assert done.code == 2
    assert "No space left" in done.err
    assert "the same command goes on from there" in done.err
    assert not [name for name in tree(tmp_path) if name.endswith((".om", ".tmp"))]


def test_an_slo_without_raw_data_is_told_and_the_others_are_written(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    ask = fake.range

    def only_one(expr: str, *rest: float) -> list[Curve]:
        return [] if "nothing_total" in expr else ask(expr, *rest)

    fake.range = only_one  # type: ignore[method-assign]
    nothing = promise(name="typo", window="24h", sli={"events": {"total": "nothing_total", "bad": 'nothing_total{code="500"}'}})
    write(tmp_path, a_yaml=file(promise(window="24h"), nothing))
    between = ("--start", str(NOW - 2 * DAY), "--end", str(NOW - DAY))
    done = run("backfill", tmp_path / "a.yaml", "--prometheus", "http://fake:9090", "-o", tmp_path / "past.om", *between)
    assert done.code == 1
    assert f"slo: shop/typo has no raw data between {shown((LAST - DAY + 60) * 1000)} and {shown(LAST * 1000)}" in done.err
    assert "shop/success: " in done.out
    assert {labels for _, labels in samples((tmp_path / "past.om").read_text()) if "typo" in labels} == set()
    alone = run("backfill", tmp_path / "a.yaml", "--prometheus", "http://fake:9090", "-o", tmp_path / "b.om", "--slo", "shop/typo", *between)
    assert (alone.code, alone.out) == (1, "")
    assert not list(tmp_path.glob("b.om*"))


def test_the_next_command_is_told(server: Callable[..., Fake], tmp_path: Path) -> None:
    server(plain())
    done = filled(tmp_path)
    path = tmp_path / "past.om"
    assert f"written   {path}\n" in done.out
    assert f"next      promtool tsdb create-blocks-from --max-block-duration=54h openmetrics {path} {path}.blocks\n" in done.out


def test_the_same_run_writes_the_same_bytes(server: Callable[..., Fake], tmp_path: Path) -> None:
    texts = []
    for folder in ("a", "b"):
        server(plain())
        filled(tmp_path / folder)
        texts.append((tmp_path / folder / "past.om").read_bytes())
    assert texts[0] == texts[1]


def test_parts_hold_what_the_server_said(server: Callable[..., Fake], tmp_path: Path) -> None:
    fake = server(plain())
    fake.patience = 2
    filled(tmp_path)
    (path,) = (tmp_path / "past.om.parts").iterdir()
    total, bad, value = json.loads(path.read_text())
    assert value == []
    assert total[0][0] == bad[0][0] == []
    assert [count for count in total[0][1] if count is not None]
    assert path.name.endswith(backfill.SUFFIX)
