"""What an SLO needs must be known to the Prometheus that the project file names."""

from __future__ import annotations

from collections.abc import Iterator

from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Check, ExpressedEvents, Gauge, Histogram, Slo, Spec, Spending, TimeSlices
from slo_compiler.promql import Expression, uses

_Version = tuple[int, int]
_NATIVE, _CALENDAR = (2, 40), (2, 33)  # histogram_fraction(); @ end()
#: Since when servers know what may stand in an expression of the user's; what is younger than 2.42 is refused there.
_SINCE: dict[str, _Version] = {
    "present_over_time": (2, 29),
    **dict.fromkeys(("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "deg", "pi", "rad", "sin", "sinh", "tan", "tanh"), (2, 31)),
    **dict.fromkeys(("@", "offset -"), (2, 33)),
    **dict.fromkeys(("histogram_count", "histogram_fraction", "histogram_sum"), (2, 40)),
}


def check(spec: Spec, report: Report) -> None:
    """Report SLOs that need a newer server than the stated one."""
    version = spec.prometheus.version
    if version is None or version >= max(*_SINCE.values(), _NATIVE, _CALENDAR):
        return
    for one in spec.promises:
        for what, since, where in _needs(one):
            if version < since:
                help = "upgrade it and say so in slo-compiler.yaml, or do without"
                message = f"{what} needs Prometheus {_said(since)}, and the project file says that it is {_said(version)}"
                report.error("prometheus/too-old", where, message, help)


def _needs(one: Slo | Spending | Check) -> Iterator[tuple[str, _Version, Where]]:
    """What a promise needs, since when that is known, and where it says so."""
    if one.calendar:
        yield "a window of the calendar", _CALENDAR, one.window_at
    if isinstance(one, Slo) and isinstance(one.sli, Histogram) and one.sli.native:
        yield "a native histogram", _NATIVE, one.where / "sli" / "histogram" / "native"
    for expression, where in _expressions(one):
        for word in sorted(uses(expression.text) & _SINCE.keys()):
            yield f"{word}()" if word.isidentifier() else f"`{word}`", _SINCE[word], where


def _expressions(one: Slo | Spending | Check) -> Iterator[tuple[Expression, Where]]:
    sli = one.where / "sli"
    if isinstance(one, Slo) and isinstance(one.sli, ExpressedEvents):
        events = one.sli
        yield from ((found, sli / "events") for found in (events.total, *events.bad, *((events.good,) if events.good else ())))
    elif isinstance(one, Slo) and isinstance(one.sli, TimeSlices) and isinstance(one.sli.value, Expression):
        yield one.sli.value, sli / "timeslices" / "value"
    elif isinstance(one, Check) and isinstance(one.value, Gauge) and isinstance(one.value.value, Expression):
        yield one.value.value, sli / "check" / "value" / "expr"


def _said(version: _Version) -> str:
    return f"{version[0]}.{version[1]}"
