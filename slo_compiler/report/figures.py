"""How Grafana writes a number, so that a report and a page say the same: `420 ms`, `$0.031`, `99.962%`, `1.2 K`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from slo_compiler.dashboards import Query

Written = Callable[[float, int | None], str]
_LARGE, _SMALL = 1e21, 1e-6  # where JavaScript begins to write exponents
_HUGE, _NOTHING = 1e290, 1e-300  # beyond which no number of digits would do
_MANY = (" hour", " min", " day", " week", " year")  # of these there may be several


def said(query: Query, number: float) -> str:
    """An answer as the page shows it: the word that stands for it, or else the number in its unit."""
    return word(query, number) or figure(number, query.unit, query.decimals)


def word(query: Query, number: float) -> str:
    """The word that stands in place of a number; empty where none does."""
    found = (one.text for one in query.words if (one.low is None or float(one.low) <= number) and (one.high is None or number <= float(one.high)))
    return next(found, "")


def figure(number: float, unit: str, decimals: int | None = None) -> str:
    """A number in one of Grafana's units; None leaves the digits to the number."""
    own = unit.removeprefix("suffix:").strip()
    if own != unit:
        return f"{fixed(number, decimals)} {own}"
    return _UNITS.get(unit, fixed)(number, decimals)


def fixed(number: float, decimals: int | None) -> str:
    """A number with so many digits behind the point, and as many as its size asks for where None says so: 5.09, 0.0309, 1234."""
    if abs(number) >= _HUGE:
        return _shortest(number)
    if abs(number) < _NOTHING:
        return f"{0:.{decimals or 0}f}"
    if decimals is None:
        decimals = _digits(number)
    text = _shortest(_rounded(number * 10.0**decimals) / 10.0**decimals)
    behind = len(text.partition(".")[2])
    if "e" in text or behind >= decimals:
        return text
    return f"{text}{'' if behind else '.'}{'0' * (decimals - behind)}"


def _digits(number: float) -> int:
    if number % 1 == 0:
        return 0
    digits = 1 - math.floor(math.log(abs(number)) / math.log(10))
    return max(0, digits + (abs(number) / 10.0**-digits > 2.25))


def _rounded(number: float) -> float:
    """To the nearest whole number, a half upwards."""
    below = math.floor(number)
    return float(below + (number - below >= 0.5))


def _shortest(number: float) -> str:
    """The shortest text that is this number, as JavaScript spells it."""
    if number == 0:
        return "0"
    if _SMALL <= abs(number) < _LARGE:
        text = format(Decimal(repr(number)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits, _, exponent = repr(number).partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent):+d}"


# --- units -----------------------------------------------------------------------------------------------------------------------


def _steps(*units: tuple[float, float, str]) -> Written:
    """Units as (below which number, by what it is divided, name); the last one has no end."""

    def written(number: float, decimals: int | None) -> str:
        _, divisor, name = next((unit for unit in units if abs(number) < unit[0]), units[-1])
        scaled = number / divisor
        several = name in _MANY and divisor != 1 and abs(scaled) > 1
        return f"{fixed(scaled, decimals)}{name}{'s' if several else ''}"

    return written


def _seconds(number: float, decimals: int | None) -> str:
    """The one unit of time that begins with its small parts."""
    for below, factor, name in ((1e-6, 1e9, " ns"), (1e-3, 1e6, " µs"), (1, 1e3, " ms")):
        if 0 < abs(number) < below:
            return f"{fixed(number * factor, decimals)}{name}"
    return _LONGER(number, decimals) if number else "0 s"


def _scaled(factor: float, names: Sequence[str], first: int = 0) -> Written:
    """Units of which each is `factor` times the one before; a plain number has the `first` one."""

    def written(number: float, decimals: int | None) -> str:
        power = math.floor(math.log10(abs(number)) / math.log10(factor)) if number else 0
        power = min(max(power, -first), len(names) - first - 1)
        return f"{fixed(number / factor**power, decimals)}{names[first + power]}"

    return written


def _money(sign: str) -> Written:
    scaled = _scaled(1000, ("", "K", "M", "B", "T"))
    return lambda number, decimals: f"{'-' if number < 0 else ''}{sign}{scaled(abs(number), decimals)}"


_END = math.inf
_LONGER = _steps(
    (60, 1, " s"), (3600, 60, " min"), (86400, 3600, " hour"), (604800, 86400, " day"), (31536000, 604800, " week"), (_END, 31556900, " year")
)  # fmt: skip
_UNITS: dict[str, Written] = {
    "short": _scaled(1000, ("", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept")),
    "percent": lambda number, decimals: f"{fixed(number, decimals)}%",
    "percentunit": lambda number, decimals: f"{fixed(100 * number, decimals)}%",
    "currencyUSD": _money("$"),
    "currencyEUR": _money("€"),
    "bytes": _scaled(1024, [f" {prefix}B" for prefix in ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")]),
    "joule": _scaled(1000, [f" {prefix}J" for prefix in ("f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y")], 5),
    "ns": _steps(
        (1e3, 1, " ns"), (1e6, 1e3, " µs"), (1e9, 1e6, " ms"), (6e10, 1e9, " s"), (36e11, 6e10, " min"), (864e11, 36e11, " hour"), (_END, 864e11, " day")
    ),
    "µs": _steps((1e3, 1, " µs"), (1e6, 1e3, " ms"), (_END, 1e6, " s")),
    "ms": _steps((1e3, 1, " ms"), (6e4, 1e3, " s"), (36e5, 6e4, " min"), (864e5, 36e5, " hour"), (31536e6, 864e5, " day"), (_END, 31536e6, " year")),
    "s": _seconds,
    "m": _steps((60, 1, " min"), (1440, 60, " hour"), (10080, 1440, " day"), (604800, 10080, " week"), (_END, 525948, " year")),
    "h": _steps((24, 1, " hour"), (168, 24, " day"), (8760, 168, " week"), (_END, 8760, " year")),
}  # fmt: skip
