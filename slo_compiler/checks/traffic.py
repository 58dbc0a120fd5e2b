"""Whether the traffic that an SLO expects is enough for its alerts, and for how finely it is split."""

from __future__ import annotations

import math
from decimal import Decimal

from slo_compiler import counted, simulate
from slo_compiler.diagnostics import Report
from slo_compiler.model import Promise, Slo, Spec
from slo_compiler.quantities import Duration
from slo_compiler.simulate import Trigger
from slo_compiler.wording import amount

_HOUR = 3600
_PROBE = 60.0  # events an hour
_LONG = 3600  # seconds that a page may take when everything fails
_FEW, _SOME, _MANY = 1_000, 10_000, 1_000_000  # requests a day
_CATEGORIES = ("latency", "quality", "cost", "availability")


def check(spec: Spec, report: Report) -> None:
    """Warn of alerts that come late or never at the expected rate; advise on how to split."""
    for slo in spec.slos:
        hourly = counted.hourly(slo)
        if hourly is None:
            continue
        _check_alerts(slo, hourly, report)
        _advise(slo, report)
    for service in dict.fromkeys(slo.service for slo in spec.slos):
        _advise_service([one for one in spec.promises if one.service == service], report)


def _check_alerts(slo: Slo, hourly: float, report: Report) -> None:
    """How long the fastest alert takes when everything fails, for all values but those of overrides: how many events are theirs, nothing tells."""
    found = simulate.triggers(slo.alerting.tiers, slo.cells[-1], is_counted=slo.is_counted)
    pages = [one for one in found if one.tier.severity == "page"] or found
    if not pages:
        return
    after = {one.tier.name: one.seconds_to_fire(1.0, hourly) for one in pages}
    reached = [seconds for seconds in after.values() if seconds is not None]
    where = slo.where / "expected_rate"
    if not reached:
        fewest = min(pages, key=lambda one: one.lowest_rate)
        message = f"at {amount(hourly)} events an hour nothing would page, even if all of them failed: {_named(fewest)} needs {amount(fewest.lowest_rate)}"
        report.warning("traffic/too-thin", where, message, _way_out(pages, slo, hourly), about=slo.where)
    elif min(reached) > _LONG:
        name = min((seconds, tier) for tier, seconds in after.items() if seconds is not None)[1]
        message = f"at {amount(hourly)} events an hour {name} takes {min(reached) / _HOUR:.1f} h to fire when everything fails"
        probed = [seconds for one in pages if (seconds := one.seconds_to_fire(1.0, _PROBE)) is not None]
        faster = "a probe that asks once a minute is faster; " if probed and min(probed) < min(reached) else ""
        help = f"{faster}`slo explain SERVICE/SLO` tells all tiers"
        report.warning("traffic/too-thin", where, message, help, about=slo.where)


def _way_out(pages: list[Trigger], slo: Slo, hourly: float) -> str:
    """What would make one of the tiers fire; a longer window of the SLO does not, since it asks for a higher burn rate."""
    least = min(pages, key=lambda one: one.fewest_events)
    around_the_clock = hourly * float(counted.of_week(slo))
    hours = max(math.ceil(least.fewest_events / around_the_clock), math.ceil(least.hours))
    longer = f"write a tier of your own like {least.tier.name} that looks back at least {Duration(Decimal(hours * _HOUR))}"
    ways = [longer] if hours * _HOUR <= slo.window.seconds else []
    ways.append("merge it with other SLOs")
    if any(one.lowest_rate <= _PROBE for one in pages):
        ways.append("measure it with a probe that asks once a minute")
    return f"{', '.join(ways[:-1])}, or {ways[-1]}" if len(ways) > 2 else " or ".join(ways)


def _named(trigger: Trigger) -> str:
    return f"the tier {trigger.tier.name}"


def _advise(slo: Slo, report: Report) -> None:
    """Below a thousand events a day a split says nothing, above a million a whole hides too much."""
    a_day = slo.expected_rate or 0
    if a_day < _FEW and slo.by:
        help = "one number is enough below 1,000 a day, the four categories from 10,000 on, and cohorts above a million"
        report.note("traffic/split", slo.where / "by", f"{a_day:,} events a day, split by {', '.join(slo.by)}: each part has too few to judge", help, slo.where)
    elif a_day > _MANY and not slo.by:
        help = "add `by: [surface]` or a cohort: a part that is nine points down does not show in so large a whole"
        report.note("traffic/split", slo.where / "expected_rate", f"{a_day:,} events a day as one whole", help, about=slo.where)


def _advise_service(promises: list[Promise], report: Report) -> None:
    """How many categories the traffic of a service is enough for: one number below a thousand events a day, all four from ten thousand on."""
    rated = [one for one in promises if isinstance(one, Slo) and one.expected_rate is not None]
    if not rated:
        return
    busiest = max(rated, key=lambda one: one.expected_rate or 0)
    a_day, said = busiest.expected_rate or 0, {one.category for one in promises}
    missing = [category for category in _CATEGORIES if category not in said]
    if a_day < _FEW and len(said) > 1:
        message = f"{a_day:,} events a day, judged in {len(said)} categories: each has too few to judge"
        help = "one number is enough below 1,000 a day: an SLO of events that are good in every way"
    elif a_day >= _SOME and missing:
        message = f"{a_day:,} events a day are enough for all four categories, and {busiest.service} says nothing of {', '.join(missing)}"
        help = "add an SLO or a check of each"
    else:
        return
    report.note("traffic/categories", busiest.where / "expected_rate", message, help, about=busiest.where)
