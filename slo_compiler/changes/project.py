"""What holds for all SLOs: how the rules run, what severities are called, and how the rules are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from slo_compiler.changes.model import Effect, Sentence
from slo_compiler.ir import RuleGroup, ServiceRules
from slo_compiler.model import Prometheus, Spec

_FEW = 5


def sentences(old: Spec, new: Spec) -> Iterator[Sentence]:
    """What differs in the settings of both states."""
    yield from _server(old.prometheus, new.prometheus)
    for word in dict.fromkeys([*new.severities, *old.severities]):
        now, was = new.severities.get(word, word), old.severities.get(word, word)
        if now != was:
            yield Sentence("severities", f"alerts of severity {word} are labelled {now}, before: {was}: receivers must know it", Effect.OTHER)
    if old.targets != new.targets:
        yield Sentence("targets", f"writes {', '.join(new.targets)}; before: {', '.join(old.targets)}")
    if old.grafana != new.grafana:
        yield Sentence("grafana", "pages stand in Grafana otherwise: title, folder, tags, path or prefix")


def _server(old: Prometheus, new: Prometheus) -> Iterator[Sentence]:
    if old.step != new.step:
        effect = Effect.WEAKER if new.step > old.step else Effect.STRONGER
        yield Sentence("evaluation_interval", f"rules run each {new.step}, before: each {old.step}: alerts come that much {_later(effect)}", effect)
    if old.delay != new.delay:
        effect = Effect.WEAKER if new.delay > old.delay else Effect.STRONGER
        yield Sentence("ingestion_delay", f"rules look {new.delay} back, before: {old.delay}: alerts come that much {_later(effect)}", effect)
    if old.scrape_interval != new.scrape_interval:
        yield Sentence("scrape_interval", f"scrapes each {new.scrape_interval}, before: each {old.scrape_interval}", Effect.OTHER)
    if old.retention != new.retention:
        yield Sentence("retention", f"data is kept for {new.retention}, before: {old.retention}")
    if old.target_labels != new.target_labels:
        words = f"targets are told apart by {', '.join(new.target_labels)}, before: {', '.join(old.target_labels)}"
        yield Sentence("target_labels", f"{words}: what a new target brings along may be counted otherwise", Effect.OTHER)
    if old.version != new.version:
        yield Sentence("version", f"rules are for Prometheus {_version(new.version)}, before: {_version(old.version)}", Effect.OTHER)


def _later(effect: Effect) -> str:
    return "later" if effect is Effect.WEAKER else "sooner"


def _version(version: tuple[int, int] | None) -> str:
    return ".".join(map(str, version)) if version else "from 2.42 on"


def rewritten(pairs: list[tuple[ServiceRules, ServiceRules]]) -> Iterator[Sentence]:
    """Services in which nothing was said to have changed, and whose rules differ all the same: of templates, for the most part."""
    found = [new.service for old, new in pairs if _bare(old) != _bare(new)]
    if found:
        more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
        yield Sentence(
            "rules",
            f"the rules of {', '.join(found[:_FEW])}{more} are written otherwise, by templates or links: read them with `slo compile --diff`",
            Effect.OTHER,
        )


def _bare(service: ServiceRules) -> list[RuleGroup]:
    """The rules without the places in files."""
    return [replace(group, rules=tuple(replace(rule, where=None) for rule in group.rules)) for group in service.groups]
