"""The alerts of an SLO: burn-rate tiers, the freeze, missing data, and an SLO that cannot be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names, policy, units
from slo_compiler.ir import AlertRule
from slo_compiler.lower.shapes import Shapes, either, objective_cells, own
from slo_compiler.model import Cell, ExpressedEvents, Histogram, SelectedEvents, Slo, Tier
from slo_compiler.promql import Matcher
from slo_compiler.quantities import Duration, plain, six_digits

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


def burns(slo: Slo, labels: dict[str, str], voice: Voice) -> list[tuple[Duration, AlertRule]]:
    """One alert a tier that can fire, with the longest window that it reads."""
    found = []
    for tier in slo.alerting.tiers:
        cells = [cell for cell in objective_cells(slo) if policy.share(tier, cell.objective) < 1]
        if cells:
            found.append((tier.long, _burn(slo, tier, cells, labels, voice)))
    return found


def _burn(slo: Slo, tier: Tier, cells: list[Cell], labels: dict[str, str], voice: Voice) -> AlertRule:
    own_labels = {"slo_tier": tier.name, "severity": voice.severity(tier.severity)}
    if tier.action:
        own_labels["slo_action"] = tier.action
    expr = either([_tier_expr(slo, tier, cell, voice.shapes) for cell in cells])
    texts = {"summary": _burn_summary(slo, tier, cells, voice.shapes), "description": _burn_description(slo, tier, voice.shapes)}
    return _alert(names.BURN, tier.name, slo, expr, labels, own_labels, texts, keep=voice.linger(tier.keep_firing_for))


def _tier_expr(slo: Slo, tier: Tier, cell: Cell, shapes: Shapes) -> str:
    pinned = own(slo, cell)
    share = policy.share(tier, cell.objective)
    against_objective = tier.evidence.against == "objective" and share != cell.objective.budget
    critical = policy.critical(cell.objective.budget if against_objective else share, tier.evidence.alpha)
    short = tier.short
    return shapes.promql(
        "burn", evidence=_is_counted(slo), against_objective=against_objective, paired=short is not None, least=tier.evidence.min_events,
        bad=names.bad_sum(tier.long) + pinned, total=names.total_sum(tier.long) + pinned,
        share=critical.share, root=critical.root, constant=critical.constant, threshold=six_digits(share),
        short_bad=names.bad_sum(short) + pinned if short else "", short_total=names.total_sum(short) + pinned if short else "",
    )  # fmt: skip


def _burn_summary(slo: Slo, tier: Tier, cells: list[Cell], shapes: Shapes) -> str:
    percent = ""
    if tier.odds is not None and len(cells) == 1:
        percent = f"{round(policy.share(tier, cells[0].objective) * 100, 1).normalize():f}%"
    burn = plain(tier.burn) if tier.burn is not None else ""
    return shapes.sentence("burn.summary", title=_title(slo), split=_split(slo), percent=percent, burn=burn, noun=noun(slo), long=tier.long.words)


def _burn_description(slo: Slo, tier: Tier, shapes: Shapes) -> str:
    return shapes.sentence(
        "burn.description", series=_series(slo), noun=noun(slo), long=tier.long.words, objective=_objective(slo), budgeted=slo.budgeted, allowance=_allowance(slo),
        remaining=names.BUDGET_REMAINING, total_long=names.total_sum(tier.long), bad_long=names.bad_sum(tier.long), **_window_words(slo),
    )  # fmt: skip


def _window_words(slo: Slo) -> dict[str, str]:
    return {"window": str(slo.window), "window_seconds": plain(slo.window.seconds), "coverage": names.coverage(slo.window)}


def exhausted(slo: Slo, labels: dict[str, str], voice: Voice) -> AlertRule:
    """The freeze: the budget is spent."""
    parts = []
    for cell in objective_cells(slo):
        pinned = own(slo, cell)
        critical = policy.critical(cell.objective.budget, policy.FREEZE.alpha)
        parts.append(
            voice.shapes.promql(
                "exhausted", evidence=_is_counted(slo), remaining=names.BUDGET_REMAINING + pinned, bad=names.bad_sum(slo.window) + pinned,
                total=names.total_sum(slo.window) + pinned, share=critical.share, root=critical.root, constant=critical.constant,
            )
        )  # fmt: skip
    texts = {
        "summary": voice.shapes.sentence("exhausted.summary", title=_title(slo), split=_split(slo)),
        "description": voice.shapes.sentence("exhausted.description", series=_series(slo), objective=_objective(slo), **_window_words(slo)),
    }
    linger = max(_HOUR, Duration(slo.window.seconds / _FREEZE_SHARE))
    own_labels = {"severity": voice.severity("ticket"), "slo_action": "freeze"}
    return _alert(names.EXHAUSTED, "exhausted", slo, either(parts), labels, own_labels, texts, keep=voice.linger(linger))


def missing(slo: Slo, labels: dict[str, str], voice: Voice) -> list[AlertRule]:
    """The alerts about data that is not there, but for those that are disabled."""
    disabled = slo.alerting.disable | ({"no-data"} if slo.alerting.no_data == "ignore" else set())
    rules = []
    if "no-data" not in disabled:
        rules.append(_no_data(slo, labels, voice))
    if slo.by and "dimension-lost" not in disabled:
        rules.append(_dimension_lost(slo, labels, voice))
    if "blind" not in disabled:
        rules.append(_blind(slo, labels, voice))
    return rules


def _no_data(slo: Slo, labels: dict[str, str], voice: Voice) -> AlertRule:
    expr = voice.shapes.promql("no_data", delta=names.TOTAL_DELTA + own(slo), hour=names.total_sum(_HOUR) + own(slo))
    histogram = isinstance(slo.sli, Histogram)
    texts = {
        "summary": voice.shapes.sentence("no_data.summary", title=_title(slo)),
        "description": voice.shapes.sentence("no_data.description", metric=_metric(slo), histogram=histogram),
    }
    return _alert(names.NO_DATA, "no-data", slo, expr, labels, {"severity": voice.severity(slo.alerting.no_data)}, texts, hold=_SETTLE)


def _dimension_lost(slo: Slo, labels: dict[str, str], voice: Voice) -> AlertRule:
    expr = voice.shapes.promql("dimension_lost", delta=names.TOTAL_DELTA + own(slo), hour=names.total_sum(_HOUR) + own(slo))
    lost = ", ".join(f"{label} {{{{ $labels.{label} }}}}" for label in slo.by)
    texts = {
        "summary": voice.shapes.sentence("dimension_lost.summary", title=_title(slo), lost=lost),
        "description": voice.shapes.sentence("dimension_lost.description", noun=noun(slo)),
    }
    return _alert(names.DIMENSION_LOST, "dimension-lost", slo, expr, labels, {"severity": voice.severity("ticket")}, texts, hold=_SETTLE)


def _blind(slo: Slo, labels: dict[str, str], voice: Voice) -> AlertRule:
    histogram = isinstance(slo.sli, Histogram)
    asked = _asked_labels(slo)
    probes = [voice.shapes.promql("label_missing", total=total, with_label=with_label) for _, total, with_label in asked]
    expr = voice.shapes.promql(
        "blind", zeroless=histogram, delta=names.TOTAL_DELTA + own(slo), bad_delta=names.BAD_DELTA + own(slo), hour=names.total_sum(_HOUR) + own(slo),
        unknown_labels="\nor on ()\n".join(probes),
    )  # fmt: skip
    spoken = " or ".join(dict.fromkeys(label for label, _, _ in asked))
    texts = {
        "summary": voice.shapes.sentence("blind.summary", title=_title(slo)),
        "description": voice.shapes.sentence("blind.description", metric=_metric(slo), histogram=histogram, labels=spoken, noun=noun(slo)),
    }
    return _alert(names.BLIND, "blind", slo, expr, labels, {"severity": voice.severity("ticket")}, texts, hold=_HOUR)


def _asked_labels(slo: Slo) -> list[tuple[str, str, str]]:
    """Labels that bad series are chosen by and that the total must therefore have: (label, total, total with it)."""
    if not isinstance(slo.sli, SelectedEvents):
        return []
    total = slo.sli.total
    labels: dict[str, None] = {}
    for bad in slo.sli.bad:
        for matcher in bad.extra_over(total) or ():
            labels[matcher.label] = None
    return [(label, str(total), total.where(Matcher(label, "!=", ""))) for label in labels]


# --- what alerts have in common ------------------------------------------------------------------------------------------------------


def _alert(
    alert: str, name: str, slo: Slo, expr: str, labels: dict[str, str], own_labels: dict[str, str], texts: dict[str, str],
    *, hold: Duration | None = None, keep: Duration | None = None,
) -> AlertRule:  # fmt: skip
    """An alert with its labels and annotations, the user's own last."""
    carried = {**labels, **own_labels, "slo_category": slo.category}
    if slo.owner:
        carried["slo_owner"] = escaped(slo.owner)
    carried |= slo.labels
    annotations = {**texts, **{f"{word}_url": _link(url, slo) for word, url in slo.links.items()}, **slo.annotations}
    for key in ("", name):
        carried |= slo.alerting.labels.get(key, {})
        annotations |= slo.alerting.annotations.get(key, {})
    return AlertRule(alert, expr, carried, annotations, hold, keep, slo.where)


def _link(url: str, slo: Slo) -> str:
    return names.link(url, service=slo.service, slo=slo.name, slo_id=slo.id, category=slo.category)


def escaped(text: str) -> str:
    """A user's plain text in a place where Prometheus fills Go templates."""
    return text.replace("{{", '{{ "{{" }}')


def _title(slo: Slo) -> str:
    return escaped(slo.title)


def _split(slo: Slo) -> str:
    return f" ({', '.join(f'{{{{ $labels.{label} }}}}' for label in slo.by)})" if slo.by else ""


def _series(slo: Slo) -> str:
    """A Go expression that yields the selector of the alert's own series."""
    if not slo.by:
        return f'`{{slo_id="{slo.id}"}}`'
    matchers = "".join(f",{label}=%q" for label in slo.by)
    return f'printf `{{slo_id="{slo.id}"{matchers}}}` ' + " ".join(f"$labels.{label}" for label in slo.by)


def _objective(slo: Slo) -> str:
    if len(objective_cells(slo)) == 1:
        return str(slo.cells[0].objective)
    return f"{{{{ with printf `{names.OBJECTIVE}%s` $s | query }}}}{{{{ . | first | value | humanizePercentage }}}}{{{{ else }}}}{slo.objective}{{{{ end }}}}"


def _allowance(slo: Slo) -> str:
    """Seconds of the window that may be bad."""
    if len(objective_cells(slo)) == 1:
        return plain(slo.window.seconds * slo.cells[0].objective.budget)
    return f"{plain(slo.window.seconds)} * (1 - {names.OBJECTIVE}%[1]s)"


def noun(slo: Slo) -> str:
    """What the events are called: samples, or what the counter's name says, or requests."""
    if slo.sampled:
        return "samples"
    if isinstance(slo.sli, SelectedEvents):
        word = slo.sli.total.metric.removesuffix("_total").rsplit(":", 1)[-1].rsplit("_", 1)[-1]
        return word if word.endswith("s") and len(word) > 2 else "events"  # noqa: PLR2004  # "ms" is no noun
    return "events" if isinstance(slo.sli, ExpressedEvents) else "requests"


def _metric(slo: Slo) -> str:
    match slo.sli:
        case SelectedEvents(total=total):
            return total.metric
        case Histogram(metric=metric):
            return metric.metric
        case ExpressedEvents():
            return "what its expressions read"


def _is_counted(slo: Slo) -> bool:
    """Whether the events are things that happen one by one; dollars, tokens, seconds and bytes are not, and get no test against chance."""
    if not isinstance(slo.sli, SelectedEvents):
        return True
    return units.of_metric(slo.sli.total.metric) is None
