"""The alerts of an SLO: burn-rate tiers, the freeze, missing data, and an SLO that cannot be judged."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from slo_compiler import names, policy
from slo_compiler.ir import AlertRule
from slo_compiler.lower import absent, tails
from slo_compiler.lower.absent import Reasons
from slo_compiler.lower.counting import bucketless
from slo_compiler.lower.shapes import Shapes, either, objective_cells, own
from slo_compiler.lower.subjects import Subject, Voice
from slo_compiler.model import Cell, ExpressedEvents, Histogram, SelectedEvents, Slo, Tail, Tier, TimeSlices
from slo_compiler.promql import Matcher, Selector
from slo_compiler.quantities import Duration, Ratio, plain, six_digits
from slo_compiler.templating import Value

_HOUR = Duration(Decimal(3600))
_FREEZE_SHARE = 30  # the freeze lingers for a thirtieth of the window: at exactly the target it would flap


class Judged(Subject):
    """A promise of a share of good events, as its alerts speak of it."""

    def __init__(self, slo: Slo, labels: dict[str, str]) -> None:
        super().__init__(slo, labels)
        self.slo = slo
        self.noun = _noun(slo)
        self.is_counted = slo.is_counted
        self.cells = objective_cells(slo)
        self.words: dict[str, str] = {
            "series": self.series, "objective": self._objective(), "window": str(slo.span), "whole": f"the {slo.span}" if slo.calendar else str(slo.span),
            "window_seconds": plain(slo.window.seconds), "coverage": names.coverage(slo.span), "remaining": names.BUDGET_REMAINING,
        }  # fmt: skip

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


def burns(of: Judged, voice: Voice) -> list[tuple[Duration, AlertRule]]:
    """One alert a tier that can fire, with the longest window that it reads."""
    found = []
    for tier in of.slo.alerting.tiers:
        cells = [cell for cell in of.cells if policy.can_fire(tier, cell, of.slo.sli, step=voice.shapes.prometheus.step)]
        if cells:
            found.append((tier.long, _burn(of, tier, cells, voice)))
    return found


def _burn(of: Judged, tier: Tier, cells: list[Cell], voice: Voice) -> AlertRule:
    own_labels = {"slo_tier": tier.name, "severity": voice.severity(tier.severity)}
    if tier.action:
        own_labels["slo_action"] = tier.action
    expr = either([_tier_expr(of, tier, cell, voice.shapes) for cell in cells])
    texts = {"summary": _burn_summary(of, tier, cells, voice.shapes), "description": _burn_description(of, tier, voice.shapes)}
    return of.alert(names.BURN, tier.name, expr, own_labels, texts, keep=voice.linger(tier.keep_firing_for))


def _tier_expr(of: Judged, tier: Tier, cell: Cell, shapes: Shapes) -> str:
    pinned = own(of.slo, cell) if cell.matchers else of.pinned
    sums = {name: series + pinned if series else "" for name, series in _tier_series(tier).items()}
    slices = of.slo.sli.two(shapes.prometheus.step) if isinstance(of.slo.sli, TimeSlices) else 0
    return shapes.promql("burn", evidence=of.is_counted, slices=slices, **_tier_numbers(tier, cell.objective), **sums)


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


def _burn_summary(of: Judged, tier: Tier, cells: list[Cell], shapes: Shapes) -> str:
    percent = ""
    if tier.odds is not None and len(cells) == 1:
        percent = f"{round(policy.share(tier, cells[0].objective) * 100, 1).normalize():f}%"
    burn = plain(tier.burn) if tier.burn is not None else ""
    who = {"service": of.slo.service, "title": of.title, "split": of.split}
    return shapes.sentence("burn.summary", **who, percent=percent, burn=burn, noun=of.noun, long=tier.long.words)


def _burn_description(of: Judged, tier: Tier, shapes: Shapes) -> str:
    return shapes.sentence(
        "burn.description", noun=of.noun, long=tier.long.words, budgeted=of.slo.budgeted, allowance=of.allowance,
        total_long=names.total_sum(tier.long), bad_long=names.bad_sum(tier.long), **of.words,
    )  # fmt: skip


def exhausted(of: Judged, voice: Voice) -> AlertRule:
    """The freeze: the budget is spent."""
    slo, shapes = of.slo, voice.shapes
    parts = []
    for cell in of.cells:
        pinned = own(slo, cell) if cell.matchers else of.pinned
        critical = policy.critical(cell.objective.budget, policy.freeze(slo.window).alpha)
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


def missing(of: Judged, voice: Voice) -> list[AlertRule]:
    """The alerts about data that is not there, but for those that are disabled."""
    sli, shapes = of.slo.sli, voice.shapes
    histogram = sli if isinstance(sli, Histogram) and not sli.native else None
    split = histogram is not None and bool(of.slo.by)
    asked = _asked_labels(of.slo)
    return absent.missing(
        of,
        voice,
        Reasons(
            metric=_metric(of.slo),
            noun=of.noun,
            histogram=histogram is not None,
            zeroless=isinstance(sli, Histogram | Tail),
            clipped=tails.clipped(of.slo, sli) if isinstance(sli, Tail) else "",
            bucketless=bucketless(of.slo, histogram, shapes) if histogram and split else "",
            labels=tuple(label for label, _, _ in asked),
            labels_missing=tuple(shapes.promql("label_missing", total=total, with_label=with_label) for _, total, with_label in asked),
        ),
    )


def _asked_labels(slo: Slo) -> list[tuple[str, str, str]]:
    """Labels that bad series are chosen by and that the total must therefore have: (label, total, total with it)."""
    if not isinstance(slo.sli, SelectedEvents):
        return []
    total = slo.sli.total
    matchers = [matcher for bad in slo.sli.bad for matcher in bad.extra_over(total) or ()]
    labels = dict.fromkeys(matcher.label for matcher in matchers if not matcher.asks_for_any)
    return [(label, str(total), total.where(Matcher(label, "!=", ""))) for label in labels]


# --- words -------------------------------------------------------------------------------------------------------------------------


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
