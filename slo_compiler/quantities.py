"""Quantities as people write them (durations, shares, money), kept exact from the file to the printed rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

_UNIT_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
    "w": Decimal(604800),
}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+", re.ASCII)
_LONGEST = Decimal(100 * 365 * 86400)  # Prometheus refuses 300 years
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,2})?", re.ASCII)
_CURRENCY_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}
_MONEY = re.compile(r"(?:([$€£])\s*|([A-Z]{3})\s+)(\d+(?:\.\d+)?)", re.ASCII)
_SIGN = re.compile(r"([A-Z]{1,3}\$|[\u00a2-\u00a5\u20a0-\u20cf])\s*\d")
#: Commas between thousands: 12,000 is no twelve.
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])", re.ASCII)
#: Units as people write them out; those in which no other begins come last.
_WORDS = re.compile(r"(?<=\d)(?:(m)illi(s)ec(?:ond)?s?|(m)(s)ecs?|(s)ec(?:ond)?s?|(m)in(?:ute)?s?|(h)(?:ou)?rs?|(d)ays?|(w)eeks?)(?![a-z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is not the quantity it should be: a finding without its place."""

    id: str
    message: str
    help: str = ""
    span: tuple[int, int] | None = None


@lru_cache(maxsize=4096)
def plain(number: Decimal | int) -> str:
    """The number without exponent and without trailing zeros: 0.0144, never 0.01440 or 1.44E-2."""
    text = format(Decimal(number), "f") if number else "0"  # never -0, which equals 0 and would be remembered for it
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=4096)
def six_digits(number: Decimal | float) -> str:
    """Six significant digits, without an exponent: what evidence needs (with four it is too permissive beyond 10,000 events)."""
    return plain(Decimal(f"{number:.6g}"))


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in seconds, printed the one way we spell it everywhere: 5m, 24h, 7d."""

    seconds: Decimal
    text: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self._spelled())

    @property
    def milliseconds(self) -> int:
        """Whole milliseconds, the finest that Prometheus knows."""
        return int(self.seconds * 1000)

    def __str__(self) -> str:
        return self.text

    def _spelled(self) -> str:
        for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
            count = self.seconds / seconds
            # a single day is "24h", the name under which operators know that window
            if count == int(count) and count >= (2 if unit == "d" else 1):
                return f"{int(count)}{unit}"
        return f"{self.milliseconds}ms"

    @property
    def words(self) -> str:
        """For sentences: `hour`, `6 hours`, `7 days`."""
        return _words(self.text)


@lru_cache(maxsize=1024)
def _words(text: str) -> str:
    count, unit = (text[:-2], "millisecond") if text.endswith("ms") else (text[:-1], {"d": "day", "h": "hour", "m": "minute", "s": "second"}[text[-1]])
    return unit if count == "1" else f"{count} {unit}s"


@lru_cache(maxsize=1024)
def duration(text: str) -> Duration | Problem:
    """`600ms`, `1.5s`, `90m`, `1h30m`, `30d`, `4w`."""
    if _DURATION.fullmatch(text):
        seconds = sum((Decimal(n) * _UNIT_SECONDS[u] for n, u in _DURATION_PART.findall(text)), Decimal(0))
        if seconds > _LONGEST:
            return Problem("duration/range", f"a duration must be at most 100 years, got {text}", "write for example 30d or 5m")
        if seconds > 0 and seconds * 1000 == int(seconds * 1000):
            return Duration(seconds)
        nearest = Duration(Decimal(max(1, round(seconds * 1000))) / 1000)
        help = "leave the key out where nothing is meant" if seconds == 0 else f"write {nearest}"
        return Problem("duration/range", f"a duration must be whole milliseconds, at least 1ms, got {text}", help)
    if _NUMBER.fullmatch(text):
        return Problem("duration/no-unit", f"a duration needs a unit, got {text}", f"write {text}s, {text}m, {text}h or {text}d")
    if re.fullmatch(r"\d+(\.\d+)?y", text, re.ASCII):
        days = plain(Decimal(text[:-1]) * 365)
        return Problem("duration/unit", f"a duration cannot be given in years, got {text}", f"years differ in length; write {days}d")
    tidy = _short_units(text.replace(" ", "").lower())
    help = f"write {tidy}" if _DURATION.fullmatch(tidy) else "write a number and a unit of ms, s, m, h, d, w, for example 30d"
    return Problem("duration/format", f"expected a duration, got {text!r}", help)


def _short_units(text: str) -> str:
    """`7days` as `7d`."""
    return _WORDS.sub(lambda word: "".join(letter for letter in word.groups() if letter), text)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share between 0 and 1, exclusive: an objective."""

    value: Decimal

    def __str__(self) -> str:
        return f"{plain(self.value * 100)}%"

    @property
    def budget(self) -> Decimal:
        """The share that may be bad."""
        return 1 - self.value


def objective(raw: str | int | Decimal) -> Ratio | Problem:
    """`99.95%`, `99.95`, `p95`: a share of good events above 0 % and below 100 %."""
    text = str(raw).strip()
    marked = text.startswith("p") or text.endswith("%")
    digits = text.removeprefix("p").removesuffix("%").strip()
    if not _NUMBER.fullmatch(digits):
        hint = digits.replace(",", ".").removeprefix("P")
        help = f"write {hint}%" if _NUMBER.fullmatch(hint) else "write a percentage such as 99.9%, or p95 for 95%"
        return Problem("objective/format", f"objective must be a percentage, got {text}", help)
    percent = Decimal(digits)
    if percent <= 0:
        return Problem("objective/range", f"objective must be above 0%, got {text}", "write the share of good events, for example 99.9%")
    if percent <= 1 and not marked:
        help = f"did you mean {plain(percent * 100)}%? A share below 1% is written with its sign, {text}%"
        if percent == 1:
            help = "100% leaves no error budget: write for example 99.9%; one percent is written with its sign, 1%"
        return Problem("objective/fraction", f"objective must be a percentage, got {text}", help)
    if percent / 100 >= 1:  # also what rounds to it
        found = f"got {plain(percent)}%"
        if percent < 100:
            return Problem("objective/range", f"objective has too many digits to be told from 100%, {found}", "write fewer of them, for example 99.999%")
        return Problem("objective/range", f"objective must be below 100%, {found}", "100% leaves no error budget; 99.9% allows 43 minutes of errors in 30 days")
    return Ratio(percent / 100)


def multiple(raw: str | int | Decimal) -> Decimal | Problem:
    """`10x`, `1.5x`: so many times something."""
    text = str(raw).strip()
    if re.fullmatch(r"\d+(?:\.\d+)?x", text, re.ASCII) and Decimal(text[:-1]) > 0:
        return Decimal(text[:-1])
    digits = text.removesuffix("x").removesuffix("X").strip()
    help = f"write {digits}x" if _NUMBER.fullmatch(digits) and not digits.startswith("-") else "write for example 10x"
    return Problem("multiple/format", f"expected a multiple, got {text!r}", help)


def quantile(raw: str | int | Decimal) -> Ratio | Problem:
    """`p50`, `p99.9`: the value that so many percent do not exceed."""
    text = str(raw).strip()
    if re.fullmatch(r"p\d+(?:\.\d+)?", text, re.ASCII) and 0 < Decimal(text[1:]) < 100:
        return Ratio(Decimal(text[1:]) / 100)
    return Problem("quantile/format", f"expected a quantile, got {text!r}", "write for example p50, which is the median, or p99")


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit as the user wrote it: its number, and the kind of unit it carries.

    `kind` is time (number in seconds), money (number in `currency`), ratio (number between 0 and 1) or plain (unit of the metric).
    """

    number: Decimal
    kind: str
    text: str
    currency: str = ""


def bound(raw: str | int | Decimal) -> Bound | Problem:
    """`600ms`, `$0.045`, `EUR 0.04`, `2%`, `5pp`, `30`, `30/s`."""
    if not isinstance(raw, str):
        return Bound(Decimal(raw), "plain", plain(raw))
    text = raw.strip()
    if money := _MONEY.fullmatch(text):
        sign, code, number = money.groups()
        return Bound(Decimal(number), "money", text, _CURRENCY_SIGNS[sign] if sign else code)
    digits = text.removesuffix("%").removesuffix("pp").removesuffix("/s").strip()
    if _NUMBER.fullmatch(digits):
        if text.endswith(("%", "pp")):
            return Bound(Decimal(digits) / 100, "ratio", text)
        return Bound(Decimal(digits), "plain", text)
    if _DURATION.fullmatch(text):
        return _time_bound(text)
    return _no_bound(text)


def _no_bound(text: str) -> Problem:
    if (sign := _SIGN.match(text)) and sign[1] not in _CURRENCY_SIGNS:
        help = f"known signs are {', '.join(_CURRENCY_SIGNS)}; any other currency is written with its code, for example JPY 300"
        return Problem("bound/format", f"the currency sign {sign[1]} is not known, got {text!r}", help)
    tidy = _tidied(text)
    help = f"write {tidy}" if tidy else "write for example 600ms, $0.045, 2% or a plain number"
    return Problem("bound/format", f"expected a bound, got {text!r}", help)


def _time_bound(text: str) -> Bound | Problem:
    length = duration(text)
    if isinstance(length, Problem):
        return replace(length, help="write a plain number of the metric's unit: it may be 0, or finer than 1ms")
    return Bound(length.seconds, "time", text)


def _tidied(text: str) -> str | None:
    """What was probably meant by `600 ms`, `1S`, `0.045$`, `0,5s`, `$12,000`."""
    whole = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    if whole != text and not isinstance(bound(whole), Problem):
        return whole
    tidy = whole.replace(" ", "").replace(",", ".")
    tidy = f"{tidy[-1]}{tidy[:-1]}" if tidy[-1:] in _CURRENCY_SIGNS and _NUMBER.fullmatch(tidy[:-1]) else _short_units(tidy.lower())
    return tidy if tidy != text and not isinstance(bound(tidy), Problem) else None
