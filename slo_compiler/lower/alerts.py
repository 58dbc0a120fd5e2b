"""The alerts of an SLO: burn-rate tiers, the freeze, missing data, and an SLO that cannot be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from slo_compiler import names, policy
from slo_compiler.ir import AlertRule
from slo_compiler.lower import tails
from slo_compiler.lower.counting import bucketless
from slo_compiler.lower.shapes import Shapes, either, objective_cells, own
from slo_compiler.model import Cell, ExpressedEvents, Histogram, SelectedEvents, Slo, Tail, Tier, TimeSlices
from slo_compiler.promql import Matcher, Selector
from slo_compiler.quantities import Duration, Ratio, plain, six_digits
from slo_compiler.templating import Value

_HOUR = Duration(Decimal(3600))
_SETTLE = Duration(Decimal(300))  # a restarted Prometheus is not an outage
_FREEZE_SHARE = 30  # the freeze lingers for a thirtieth of the window: at exactly the target it would flap
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
    """An SLO as its alerts speak of it; everything here is said several times."""

    def __init__(self, slo: Slo, labels: dict[str, str]) -> None:
        self.slo = slo
        self.labels = labels
        self.pinned = own(slo)
        self.title = escaped(slo.title)
        self.split = f" ({', '.join(f'{{{{ $labels.{label} }}}}' for label in slo.by)})" if slo.by else ""
        self.noun = _noun(slo)
        self.is_counted = slo.is_counted
        self.cells = objective_cells(slo)
        self.words: dict[str, str] = {
            "series": _series(slo), "objective": self._objective(), "window": str(slo.span), "whole": f"the {slo.span}" if slo.calendar else str(slo.span),
            "window_seconds": plain(slo.window.seconds),
            "coverage": names.coverage(slo.span), "remaining": names.BUDGET_REMAINING,
        }  # fmt: skip
        self.carried = {"slo_category": slo.category, **({"slo_owner": escaped(slo.owner)} if slo.owner else {}), **slo.labels}
        self.linked = {**{f"{word.removesuffix('_url')}_url": _link(url, slo) for word, url in slo.links.items()}, **slo.annotations}

    def _objective(self) -> str:
        if len(self.cells) == 1:
            return str(self.cells[0].objective)
        asked = f"{{{{ with printf `{names.OBJECTIVE}%s` $s | query }}}}{{{{ . | first | value | humanizePercentage }}}}"
        return f"{asked}{{{{ else }}}}{self.slo.objective}{{{{ end }}}}"

    @property
    def allowance(self) -> str:
        """Seconds of the window that may be bad."""
        if len(self.cells) == 1:
            return plain(self.slo.window.seconds * self.cells[0].objective.budget)
        return f"{plain(self.slo.window.seconds)} * (1 - {names.OBJECTIVE}%[1]s)"

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
        how = self.slo.alerting
        if how.labels or how.annotations:
            for key in ("", name):
                carried |= how.labels.get(key, {})
                annotations |= how.annotations.get(key, {})
        return AlertRule(alert, expr, carried, annotations, hold, keep, self.slo.where)


def burns(of: Subject, voice: Voice) -> list[tuple[Duration, AlertRule]]:
    """One alert a tier that can fire, with the longest window that it reads."""
    found = []
    for tier in of.slo.alerting.tiers:
        cells = [cell for cell in of.cells if policy.share(tier, cell.objective) < 1]
        if cells:
            found.append((tier.long, _burn(of, tier, cells, voice)))
    return found


def _burn(of: Subject, tier: Tier, cells: list[Cell], voice: Voice) -> AlertRule:
    own_labels = {"slo_tier": tier.name, "severity": voice.severity(tier.severity)}
    if tier.action:
        own_labels["slo_action"] = tier.action
    expr = either([_tier_expr(of, tier, cell, voice.shapes) for cell in cells])
    texts = {"summary": _burn_summary(of, tier, cells, voice.shapes), "description": _burn_description(of, tier, voice.shapes)}
    return of.alert(names.BURN, tier.name, expr, own_labels, texts, keep=voice.linger(tier.keep_firing_for))


def _tier_expr(of: Subject, tier: Tier, cell: Cell, shapes: Shapes) -> str:
    pinned = own(of.slo, cell) if cell.matchers else of.pinned
    sums = {name: series + pinned if series else "" for name, series in _tier_series(tier).items()}
    return shapes.promql("burn", evidence=of.is_counted, slices=_two_slices(of.slo, shapes), **_tier_numbers(tier, cell.objective), **sums)


def _two_slices(slo: Slo, shapes: Shapes) -> int:
    """The steps that at least two bad slices of time have; 0 where events are counted."""
    if not isinstance(slo.sli, TimeSlices):
        return 0
    return int(slo.sli.slice.seconds / shapes.prometheus.step.seconds) + 1


@lru_cache(maxsize=1024)
def _tier_numbers(tier: Tier, objective: Ratio) -> dict[str, Value]:
    """What a tier's rule says of one objective, whoever's it is."""
    share = policy.share(tier, objective)
    against_objective = tier.evidence.against == "objective" and share != objective.budget
    critical = policy.critical(objective.budget if against_objective else share, tier.evidence.alpha)
    return {
        "against_objective": against_objective, "paired": tier.short is not None, "least": tier.evidence.min_events,
        "share": critical.share, "root": critical.root, "constant": critical.constant, "threshold": six_digits(share),
    }  # fmt: skip


@lru_cache(maxsize=1024)
def _tier_series(tier: Tier) -> dict[str, str]:
    sums = {"bad": names.bad_sum(tier.long), "total": names.total_sum(tier.long), "short_bad": "", "short_total": ""}
    return {**sums, "short_bad": names.bad_sum(tier.short), "short_total": names.total_sum(tier.short)} if tier.short else sums


def _burn_summary(of: Subject, tier: Tier, cells: list[Cell], shapes: Shapes) -> str:
    percent = ""
    if tier.odds is not None and len(cells) == 1:
        percent = f"{round(policy.share(tier, cells[0].objective) * 100, 1).normalize():f}%"
    burn = plain(tier.burn) if tier.burn is not None else ""
    who = {"service": of.slo.service, "title": of.title, "split": of.split}
    return shapes.sentence("burn.summary", **who, percent=percent, burn=burn, noun=of.noun, long=tier.long.words)


def _burn_description(of: Subject, tier: Tier, shapes: Shapes) -> str:
    return shapes.sentence(
        "burn.description", noun=of.noun, long=tier.long.words, budgeted=of.slo.budgeted, allowance=of.allowance,
        total_long=names.total_sum(tier.long), bad_long=names.bad_sum(tier.long), **of.words,
    )  # fmt: skip


def exhausted(of: Subject, voice: Voice) -> AlertRule:
    """The freeze: the budget is spent."""
    slo, shapes = of.slo, voice.shapes
    parts = []
    for cell in of.cells:
        pinned = own(slo, cell) if cell.matchers else of.pinned
        critical = policy.critical(cell.objective.budget, policy.FREEZE.alpha)
        part = shapes.promql(
            "exhausted", evidence=of.is_counted, remaining=names.BUDGET_REMAINING + pinned, bad=names.bad_sum(slo.span) + pinned,
            total=names.total_sum(slo.span) + pinned, share=critical.share, root=critical.root, constant=critical.constant,
        )  # fmt: skip
        parts.append(part)
    texts = {
        "summary": shapes.sentence("exhausted.summary", service=of.slo.service, title=of.title, split=of.split),
        "description": shapes.sentence("exhausted.description", **of.words),
    }
    linger = max(_HOUR, Duration(slo.window.seconds / _FREEZE_SHARE))
    own_labels = {"severity": voice.severity("ticket"), "slo_action": "freeze"}
    return of.alert(names.EXHAUSTED, "exhausted", either(parts), own_labels, texts, keep=voice.linger(linger))


def missing(of: Subject, voice: Voice) -> list[AlertRule]:
    """The alerts about data that is not there, but for those that are disabled."""
    how = of.slo.alerting
    rules = []
    if "no-data" not in how.disable and how.no_data != "ignore":
        rules.append(_no_data(of, voice))
    if of.slo.by and "dimension-lost" not in how.disable:
        rules.append(_dimension_lost(of, voice))
    if "blind" not in how.disable:
        rules.append(_blind(of, voice))
    return rules


def _no_data(of: Subject, voice: Voice) -> AlertRule:
    shapes = voice.shapes
    texts = {
        "summary": shapes.sentence("no_data.summary", service=of.slo.service, title=of.title),
        "description": shapes.sentence("no_data.description", metric=_metric(of.slo), histogram=isinstance(of.slo.sli, Histogram) and not of.slo.sli.native),
    }
    expr = shapes.promql("no_data", delta=of.delta, hour=of.hour)
    return of.alert(names.NO_DATA, "no-data", expr, {"severity": voice.severity(of.slo.alerting.no_data)}, texts, hold=_SETTLE)


def _dimension_lost(of: Subject, voice: Voice) -> AlertRule:
    shapes = voice.shapes
    lost = ", ".join(f"{label} {{{{ $labels.{label} }}}}" for label in of.slo.by)
    texts = {
        "summary": shapes.sentence("dimension_lost.summary", service=of.slo.service, title=of.title, lost=lost),
        "description": shapes.sentence("dimension_lost.description", noun=of.noun),
    }
    expr = shapes.promql("dimension_lost", delta=of.delta, hour=of.hour)
    return of.alert(names.DIMENSION_LOST, "dimension-lost", expr, {"severity": voice.severity("ticket")}, texts, hold=_SETTLE)


def _blind(of: Subject, voice: Voice) -> AlertRule:
    shapes = voice.shapes
    histogram = of.slo.sli if isinstance(of.slo.sli, Histogram) and not of.slo.sli.native else None
    split = histogram is not None and bool(of.slo.by)
    asked = _asked_labels(of.slo)
    probes = [shapes.promql("label_missing", total=total, with_label=with_label) for _, total, with_label in asked]
    clipped = tails.clipped(of.slo, of.slo.sli) if isinstance(of.slo.sli, Tail) else ""
    expr = shapes.promql(
        "blind", zeroless=isinstance(of.slo.sli, Histogram | Tail), clipped=clipped, split=split, labelled=bool(probes), delta=of.delta,
        bad_delta=names.BAD_DELTA + of.pinned, hour=of.hour, bucketless=bucketless(of.slo, histogram, shapes) if histogram and split else "",
        labels_missing="\nor on ()\n".join(probes),
    )  # fmt: skip
    labels = " or ".join(label for label, _, _ in asked)
    value = "".join(f"{{{{ with $labels.{label} }}}} ({{{{ . }}}}){{{{ end }}}}" for label in of.slo.by) if split else ""  # which one, if only one is blind
    texts = {
        "summary": shapes.sentence("blind.summary", service=of.slo.service, title=of.title, value=value),
        "description": shapes.sentence("blind.description", metric=_metric(of.slo), histogram=histogram is not None, labels=labels, noun=of.noun),
    }
    return of.alert(names.BLIND, "blind", expr, {"severity": voice.severity("ticket")}, texts, hold=_HOUR)


def _asked_labels(slo: Slo) -> list[tuple[str, str, str]]:
    """Labels that bad series are chosen by and that the total must therefore have: (label, total, total with it)."""
    if not isinstance(slo.sli, SelectedEvents):
        return []
    total = slo.sli.total
    matchers = [matcher for bad in slo.sli.bad for matcher in bad.extra_over(total) or ()]
    labels = dict.fromkeys(matcher.label for matcher in matchers if not _asks_for_any(matcher))
    return [(label, str(total), total.where(Matcher(label, "!=", ""))) for label in labels]


def _asks_for_any(matcher: Matcher) -> bool:
    """Whether a matcher takes every value, or none at all: a label that only failures carry is missing as long as all is well."""
    return matcher.value == "" or (matcher.op in {"=~", "!~"} and matcher.value in {".+", ".*"})


# --- words -------------------------------------------------------------------------------------------------------------------------


def _link(url: str, slo: Slo) -> str:
    return names.link(url, service=slo.service, slo=slo.name, slo_id=slo.id, category=slo.category)


def escaped(text: str) -> str:
    """A user's plain text in a place where Prometheus fills Go templates."""
    return text.replace("{{", '{{ "{{" }}')


def _series(slo: Slo) -> str:
    """A Go expression that yields the selector of the alert's own series."""
    if not slo.by:
        return f'`{{slo_id="{slo.id}"}}`'
    matchers = "".join(f",{label}=%q" for label in slo.by)
    return f'printf `{{slo_id="{slo.id}"{matchers}}}` ' + " ".join(f"$labels.{label}" for label in slo.by)


def _noun(slo: Slo) -> str:
    """What the events are called: samples, or what the counter's name says, or requests."""
    if slo.sampled:
        return "samples"
    if isinstance(slo.sli, TimeSlices):
        return "slices"
    if isinstance(slo.sli, SelectedEvents):
        word = slo.sli.total.metric.removesuffix("_total").rsplit(":", 1)[-1].rsplit("_", 1)[-1]
        return word if word.endswith("s") and len(word) > 2 else "events"
    return "events" if isinstance(slo.sli, ExpressedEvents) else "requests"


def _metric(slo: Slo) -> str:
    match slo.sli:
        case SelectedEvents(total=total):
            return total.metric
        case Histogram(metric=metric) | Tail(metric=metric):
            return metric.metric
        case TimeSlices(value=Selector(metric=name)):
            return name
        case ExpressedEvents() | TimeSlices():
            return "what its expressions read"
