"""Minutes to alert against error share, one line a tier, as an SVG picture; both axes are logarithmic."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from slo_compiler.portrait import Portrait
from slo_compiler.simulate import Trigger

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 56, 52
_SHARES = (0.0001, 1.0)
_MINUTES = (1.0, 30 * 1440.0)
_MARKS = ((1, "1 min"), (5, "5 min"), (15, "15 min"), (60, "1 h"), (360, "6 h"), (1440, "1 d"), (10080, "7 d"), (43200, "30 d"))
_COLOURS = ("#c4162a", "#e0752d", "#1f60c4", "#56748a", "#37872d", "#8f3bb8")
_POINTS = 240


def svg(portrait: Portrait) -> str:
    """The picture of an SLO; label values with objectives of their own are not drawn."""
    part = portrait.parts[0]
    slo = portrait.slo
    title = escape(f"{slo.full_name}: {slo.title}")
    caption = escape(f"objective {part.objective} over {slo.span}, {portrait.rate:,.0f} events an hour")
    lines = [line for index, trigger in enumerate(part.triggers) for line in _line(trigger, portrait.rate, _COLOURS[index % len(_COLOURS)])]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12">',
        f"<title>{title}: time to alert against the share of bad events</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15" font-weight="bold" fill="#1a1a1a">{title}</text>',
        f'<text x="{_LEFT}" y="42" fill="#555555">{caption}</text>',
        *_grid(),
        *(lines or [f'<text x="{_LEFT + 20}" y="{_TOP + 40}" fill="#555555">no burn-rate alert</text>']),
        "</svg>\n",
    ])  # fmt: skip


def _x(share: float) -> float:
    low, high = (math.log(end) for end in _SHARES)
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (math.log(share) - low) / (high - low)


def _y(minutes: float) -> float:
    low, high = (math.log(end) for end in _MINUTES)
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (math.log(minutes) - low) / (high - low)


def _grid() -> Iterator[str]:
    for share, word in ((0.0001, "0.01%"), (0.001, "0.1%"), (0.01, "1%"), (0.1, "10%"), (1.0, "100%")):
        yield f'<path d="M{_x(share):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#dddddd"/>'
        yield f'<text x="{_x(share):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle" fill="#555555">{word}</text>'
    for minutes, word in _MARKS:
        yield f'<path d="M{_LEFT} {_y(minutes):.1f}H{_WIDTH - _RIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{_LEFT - 8}" y="{_y(minutes) + 4:.1f}" text-anchor="end" fill="#555555">{word}</text>'
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#1a1a1a">share of bad events while the incident lasts</text>'
    yield f'<text x="{_WIDTH - _RIGHT + 12}" y="{_TOP + 4}" fill="#1a1a1a">time until it alerts</text>'


def _line(trigger: Trigger, rate: float, colour: str) -> list[str]:
    """A tier's line, named where it ends on the right, at a full outage."""
    low, high = (math.log(end) for end in _SHARES)
    shares = [math.exp(low + (high - low) * step / _POINTS) for step in range(_POINTS + 1)]
    found = [(share, max(1.0, seconds / 60)) for share in shares if (seconds := trigger.seconds_to_fire(share, rate)) is not None]
    if not found:
        return []
    path = "L".join(f"{_x(share):.1f} {_y(minutes):.1f}" for share, minutes in found)
    share, minutes = found[-1]
    name = escape(f"{trigger.tier.name} ({trigger.tier.severity})")
    return [
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        f'<text x="{_x(share) + 10:.1f}" y="{_y(minutes) + 4:.1f}" fill="{colour}">{name}</text>',
    ]
