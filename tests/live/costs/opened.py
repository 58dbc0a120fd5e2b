"""What the platform page shows of the chat example, computed from the raw series of ten pods: the numbers, and 30 days of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.live.costs.data import raw
from tests.live.replay.store import Series
from tests.live.replay.traffic import DAY

PODS = [f"pod-{number}:8000" for number in range(10)]
SCRAPE = 600  # seconds; a Prometheus scrapes ten times as often and more, and has as many times the samples
KEPT = 30 * DAY  # so that the first points of a rolling 30 days read less than they should
_TTFT = ("0.1", "0.25", "0.5", "0.6", "0.75", "1.0", "1.5", "2.0", "3.0", "5.0", "+Inf")
_COST = ("0.001", "0.0025", "0.005", "0.01", "0.02", "0.03", "0.045", "0.06", "0.1", "0.25", "+Inf")


def series() -> Iterator[Series]:
    """What the four SLOs that lead their columns count."""
    where = {"job": ["chat"], "instance": PODS, "surface": ["streaming"]}
    for metric, bounds in (("llm_ttft_seconds", _TTFT), ("llm_cost_dollars", _COST)):
        yield from raw(f"{metric}_count", SCRAPE, KEPT, **where)
        yield from raw(f"{metric}_bucket", SCRAPE, KEPT, **where, le=bounds)
    yield from raw("llm_answers_total", SCRAPE, KEPT, **where, accepted=["true", "false"])
    yield from raw("llm_requests_total", SCRAPE, KEPT, **where, outcome=["ok", "error", "timeout"])


@dataclass(frozen=True)
class Asked:
    """Queries at one moment, and queries for each hour of 30 days."""

    now: tuple[str, ...]
    hourly: tuple[str, ...]


# Of an SLO: the number, its trend and its budget now; the number and the burn rate of each hour.


def _of_value(metric: str, bound: str, window: str) -> Asked:
    """A p95 of the last hour, whose budget is 5 % of the events."""
    matchers = 'surface="streaming"'
    value = f"histogram_quantile(0.95, sum by (le) (rate({metric}_bucket{{{matchers}}}[1h])))"
    good, total = f'{metric}_bucket{{{matchers},le="{bound}"}}', f"{metric}_count{{{matchers}}}"
    trend = f"avg_over_time({value}[7d:1h]) - avg_over_time({value}[7d:1h] offset 7d)"
    return Asked((value, trend, _burn(good, total, window, "0.05")), (value, _burn(good, total, "1h", "0.05")))


def _of_share(good: str, total: str, window: str, budget: str) -> Asked:
    """A share of good events over the SLO's own window."""
    share = f"sum(increase({good}[{window}])) / sum(increase({total}[{window}]))"
    week, before = (f"sum(increase({good}[7d]{offset})) / sum(increase({total}[7d]{offset}))" for offset in ("", " offset 7d"))
    return Asked((share, f"{week} - {before}", _burn(good, total, window, budget)), (share, _burn(good, total, "1h", budget)))


def _burn(good: str, total: str, window: str, budget: str) -> str:
    return f"(1 - sum(increase({good}[{window}])) / sum(increase({total}[{window}]))) / {budget}"


#: By the name of the SLO. The words, the neighbours and how much is measured are left out: the page reads for them, too.
COMPUTED = {
    "ttft": _of_value("llm_ttft_seconds", "0.6", "30d"),
    "acceptance": _of_share('llm_answers_total{surface="streaming",accepted="true"}', 'llm_answers_total{surface="streaming"}', "7d", "0.12"),
    "cost": _of_value("llm_cost_dollars", "0.045", "24h"),
    "success": _of_share('llm_requests_total{surface="streaming",outcome="ok"}', 'llm_requests_total{surface="streaming"}', "30d", "0.0005"),
}
