"""The rules that Sloth 0.16.0 generates for an SLO over 30 days, with its default plugins and windows (google-30d)."""

from __future__ import annotations

from typing import Any

from tests.live.replay.store import Rule

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
#: Its groups have no interval of their own, so that the server's holds: a minute, unless told otherwise.
INTERVAL = 60.0


def rules(id: str, sli: dict[str, Any]) -> list[Rule]:
    """Eight windows, seven constants and rates, two alerts."""
    mine = f'{{sloth_id="{id}"}}'
    errors, total = _queries(sli)

    def recorded(name: str, expr: str, **labels: str) -> Rule:
        return Rule(name, expr, {"sloth_id": id, **labels}, INTERVAL)

    def burns(window: str, factor: str) -> str:
        return f"max(slo:sli_error:ratio_rate{window}{mine} > ({factor} * 0.001)) without (sloth_window)"

    def alert(name: str, *pairs: tuple[str, str, str]) -> Rule:
        expr = " or ".join(f"({burns(short, factor)} and {burns(long, factor)})" for short, long, factor in pairs)
        return Rule(name, expr, {"sloth_id": id}, INTERVAL, is_alert=True)

    month = f"slo:sli_error:ratio_rate5m{mine}[30d]"
    per_budget = f"/ on (sloth_id) group_left slo:error_budget:ratio{mine}"
    return [
        *(recorded(f"slo:sli_error:ratio_rate{window}", f"({errors}) / ({total})".replace("$window", window), sloth_window=window) for window in WINDOWS),
        recorded("slo:sli_error:ratio_rate30d", f"sum_over_time({month}) / ignoring (sloth_window) count_over_time({month})", sloth_window="30d"),
        recorded("slo:objective:ratio", "vector(0.999)"),
        recorded("slo:error_budget:ratio", "vector(1-0.999)"),
        recorded("slo:time_period:days", "vector(30)"),
        recorded("slo:current_burn_rate:ratio", f"slo:sli_error:ratio_rate5m{mine} {per_budget}"),
        recorded("slo:period_burn_rate:ratio", f"slo:sli_error:ratio_rate30d{mine} {per_budget}"),
        recorded("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{mine}"),
        recorded("sloth_slo_info", "vector(1)"),
        alert("page", ("5m", "1h", "14.4"), ("30m", "6h", "6")),
        alert("ticket", ("2h", "1d", "3"), ("6h", "3d", "1")),
    ]


def _queries(sli: dict[str, Any]) -> tuple[str, str]:
    """Its error query and its total query for an SLI as it stands in our file."""
    if events := sli.get("events"):
        total = _rate(events["total"])
        return (_rate(events["bad"]) if "bad" in events else f"{total} - {_rate(events['good'])}"), total
    metric, _, matchers = sli["histogram"]["metric"].partition("{")
    count = _rate(f"{metric}_count{{{matchers}")
    bucket = _rate(f'{metric}_bucket{{le="{le(sli)}",{matchers}')
    return f"{count} - {bucket}", count


def _rate(selector: str) -> str:
    return f"sum(rate({selector}[$window]))"


def le(sli: dict[str, Any]) -> str:
    """The bucket of a histogram's limit, which the test's files write in the unit of the metric."""
    limit: str = sli["histogram"]["at_most"]
    return limit.strip("$s")
