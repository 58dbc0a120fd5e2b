"""What a check is compared with must be there: another SLO with the same labels, or a past that is kept long enough."""

from __future__ import annotations

from slo_compiler.diagnostics import Report, nearest
from slo_compiler.model import Check, OtherSlo, Prometheus, Slo, Spec
from slo_compiler.quantities import Duration


def check(spec: Spec, report: Report) -> None:
    """Look at the SLOs and the past that checks name."""
    known: dict[str, dict[str, Slo]] = {}
    unfinished = {(one.service, one.name) for one in spec.unfinished}
    for slo in spec.slos:
        known.setdefault(slo.service, {})[slo.name] = slo
    for one in spec.checks:
        others = [one.value] if isinstance(one.value, OtherSlo) else []
        others += [one.baseline.slo] if one.baseline and one.baseline.slo else []
        for other in others:
            if (one.service, other.name) in unfinished:  # it is there, and its own mistake has been told
                continue
            _other(one, other, known.get(one.service, {}), _kinds(one.service, spec), report)
        _past(one, spec.prometheus, report)


def _kinds(service: str, spec: Spec) -> dict[str, str]:
    """What the checks and the spendings of a service are, by name."""
    named = [(one, "a check") for one in spec.checks] + [(one, "a promise of money") for one in spec.spendings]
    return {one.name: kind for one, kind in named if one.service == service}


def _other(one: Check, other: OtherSlo, known: dict[str, Slo], kinds: dict[str, str], report: Report) -> None:
    """Look at an SLO that a check names; `kinds` says what promises of the service are that are no SLOs."""
    found = known.get(other.name)
    if found is None and other.name in kinds:
        what = "this check itself" if other.name == one.name else kinds[other.name]
        help = f"name an SLO with an objective: {', '.join(sorted(known)) or f'{one.service} has none yet'}"
        report.error("check/unknown-slo", other.where, f"{other.name} is {what}, and no share of good events", help)
    elif found is None:
        near = nearest(other.name, known)
        help = f"did you mean {near!r}?" if near else f"the SLOs of {one.service} are: {', '.join(sorted(known)) or 'none'}"
        report.error("check/unknown-slo", other.where, f"the service {one.service} has no SLO {other.name!r} that counts events", help)
    elif found.by != one.by:
        help = f"write `by: [{', '.join(found.by)}]` here" if found.by else "leave `by` out here"
        report.error(
            "check/by-differs", other.where, f"{other.name} is split by {', '.join(found.by) or 'nothing'}, the check by {', '.join(one.by) or 'nothing'}", help
        )


def _past(one: Check, prometheus: Prometheus, report: Report) -> None:
    """A baseline that is older than what Prometheus keeps never comes; of a median it is only the daily values."""
    back = one.baseline and (one.baseline.offset or one.baseline.median)
    if not back or back <= prometheus.retention:
        return
    enough = Duration(back.seconds + 86400)
    help = f"say `prometheus: {{retention: {enough}}}` in slo-compiler.yaml once it is so, or compare with what is nearer"
    message = f"the baseline reaches back {back}, and Prometheus keeps {prometheus.retention}"
    report.warning("check/retention", one.where / "sli" / "check" / "baseline", message, help, about=one.where)
