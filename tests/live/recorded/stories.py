"""What a promise went through, told in a few words, and the burn rates and events that come of it: one number each five minutes, until a moment."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

STEP = 300  # seconds
HOUR, DAY = 12, 288  # steps
STEPS = 62 * DAY  # the second half is written, the first one fills the windows
_ALWAYS = float(STEPS // HOUR)
_LEAST = 0.001  # of a burn rate: nothing is perfect


@dataclass(frozen=True, kw_only=True)
class Story:
    """How a promise does. All times are hours before the end.

    `burn` is its usual burn rate, to which each day adds `drift`; `incidents` are (from, to, burn rate). `rate` is events a step, which money
    and slices of time have of their own. For `quiet` hours nothing happened, for `gone` hours there are no samples, `born` hours ago it began.
    `fires` names an alert whose reason the recorded series do not hold, such as `SLOBlind`, and `fired` tells since when; all others follow
    from the numbers. `by` are the stories of the values of the labels by which it is split (`a,b` for two), and `raw` asks for the histogram.
    """

    burn: float = 0.5
    drift: float = 0.0
    incidents: tuple[tuple[float, float, float], ...] = ()
    rate: float = 900
    quiet: float = 0
    gone: float = 0
    born: float = _ALWAYS
    fires: str = ""
    fired: float = 24
    raw: bool = False
    by: Mapping[str, Story] = field(default_factory=dict)

    def burns(self, rng: random.Random) -> list[float]:
        """The burn rate of each step."""
        found = []
        for at in range(STEPS + 1):
            ago = (STEPS - at) / HOUR
            burn = max(_LEAST, self.burn + self.drift * (15 - min(ago, 720) / 24))
            found.append(burn * math.exp(rng.gauss(0, 0.05)) * (1 + 0.18 * math.sin(2 * math.pi * at / DAY)))
        for since, until, height in self.incidents:
            for at in range(_step(since), _step(until) + 1):
                found[at] = height * (0.92 + 0.16 * rng.random())
        return found

    def is_measured(self, at: int) -> bool:
        """Whether there are samples at a step."""
        return _step(self.born) <= at <= _step(self.gone)

    def has_events(self, at: int) -> bool:
        """Whether anything happened in the step that ends there."""
        return _step(self.born) < at <= _step(max(self.gone, self.quiet))


def _step(ago: float) -> int:
    return STEPS - round(ago * HOUR)


def busy(at: int) -> float:
    """How much of the usual traffic there is: nights are quiet."""
    return 0.7 + 0.3 * math.sin(2 * math.pi * (at / DAY - 0.3))


def drawn(mean: float, rng: random.Random) -> float:
    """A count of things that happen one by one: Poisson's, and beyond 50 Gauss'."""
    if mean > 50:
        return float(max(0, round(rng.gauss(mean, math.sqrt(mean)))))
    limit, count, left = math.exp(-mean), 0, rng.random()
    while left > limit:
        count, left = count + 1, left * rng.random()
    return float(count)
