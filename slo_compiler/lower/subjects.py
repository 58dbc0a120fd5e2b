"""What every alert of a compilation needs: the shapes, the words for severities, and the promise that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import AlertRule
from slo_compiler.lower.shapes import Shapes, own
from slo_compiler.model import Promise
from slo_compiler.quantities import Duration

_HOUR = Duration(Decimal(3600))
_LINGER_SINCE = (2, 42)


@dataclass(frozen=True, slots=True)
class Voice:
    """What every alert of a compilation needs: the shapes, and the user's words for severities."""

    shapes: Shapes
    severities: Mapping[str, str]

    def severity(self, word: str) -> str:
        """The user's word for one of a policy's severities."""
        return self.severities.get(word, word)

    def linger(self, length: Duration | None) -> Duration | None:
        """`keep_firing_for`, where Prometheus knows it."""
        version = self.shapes.prometheus.version
        return None if version and version < _LINGER_SINCE else length


class Subject:
    """A promise as its alerts speak of it; everything here is said several times."""

    def __init__(self, promise: Promise, labels: dict[str, str]) -> None:
        self.promise = promise
        self.labels = labels
        self.pinned = own(promise)
        self.title = escaped(promise.title)
        self.split = f" ({', '.join(f'{{{{ $labels.{label} }}}}' for label in promise.by)})" if promise.by else ""
        self.series = _series(promise)
        self.carried = {"slo_category": promise.category, **({"slo_owner": escaped(promise.owner)} if promise.owner else {}), **promise.labels}
        self.linked = {**{f"{word.removesuffix('_url')}_url": _link(url, promise) for word, url in promise.links.items()}, **promise.annotations}

    @property
    def hour(self) -> str:
        """Its events of the last hour."""
        return names.total_sum(_HOUR) + self.pinned

    @property
    def delta(self) -> str:
        """Its events of the last step."""
        return names.TOTAL_DELTA + self.pinned

    def alert(
        self, alert: str, name: str, expr: str, own_labels: dict[str, str], texts: dict[str, str], *, hold: Duration | None = None, keep: Duration | None = None
    ) -> AlertRule:
        """An alert with its labels and annotations, the user's own last."""
        carried = {**self.labels, **own_labels, **self.carried}
        annotations = {**texts, **self.linked}
        how = self.promise.alerting
        if how.labels or how.annotations:
            for key in ("", name):
                carried |= how.labels.get(key, {})
                annotations |= how.annotations.get(key, {})
        return AlertRule(alert, expr, carried, annotations, hold, keep, self.promise.where)


def _link(url: str, promise: Promise) -> str:
    return names.link(url, service=promise.service, slo=promise.name, slo_id=promise.id, category=promise.category)


def escaped(text: str) -> str:
    """A user's plain text in a place where Prometheus fills Go templates."""
    return text.replace("{{", '{{ "{{" }}')


def _series(promise: Promise) -> str:
    """A Go expression that yields the selector of the alert's own series."""
    if not promise.by:
        return f'`{{slo_id="{promise.id}"}}`'
    matchers = "".join(f",{label}=%q" for label in promise.by)
    return f'printf `{{slo_id="{promise.id}"{matchers}}}` ' + " ".join(f"$labels.{label}" for label in promise.by)
