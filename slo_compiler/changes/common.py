"""What all promises say, whatever they measure: category, window, split, revision, and the quiet things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slo_compiler import wording
from slo_compiler.changes.measures import Promise
from slo_compiler.changes.model import Effect, Sentence
from slo_compiler.model import Alerting, Check

_QUIET = ("description", "links", "annotations")


def sentences(old: Promise, new: Promise) -> Iterator[Sentence]:
    """What differs in what all promises say."""
    if old.category != new.category:
        yield Sentence("category", f"category {new.category}, before: {old.category}", Effect.OTHER)
    if not isinstance(new, Check) and (over := (wording.promised_over(old), wording.promised_over(new))) and over[0] != over[1]:
        yield Sentence("window", f"window {over[0]} to {over[1]}", Effect.OTHER)
    if set(old.by) != set(new.by):
        yield Sentence("by", f"split by {_listed(new.by)}, before: {_listed(old.by)}", Effect.OTHER)
    if old.revision != new.revision:
        yield Sentence("revision", f"revision {old.revision} to {new.revision}")
    if old.headline != new.headline:
        yield Sentence("headline", "leads its category on the page now" if new.headline else "no longer leads its category on the page by its own word")
    yield from _texts(old, new)


def _listed(labels: tuple[str, ...]) -> str:
    return ", ".join(labels) or "nothing"


def _texts(old: Promise, new: Promise) -> Iterator[Sentence]:
    """What people read, in one line; what may lead an alert to somebody else, in another one."""
    is_the_name = (old.title, new.title) == (old.name, new.name)
    titled = [f'title "{new.title}", before: "{old.title}"'] if old.title != new.title and not is_the_name else []
    changed = [word for word in _QUIET if getattr(old, word) != getattr(new, word)]
    if old.alerting.annotations != new.alerting.annotations and "annotations" not in changed:
        changed.append("annotations")
    others = [f"other {' and '.join(changed)}"] if changed else []
    if titled or others:
        yield Sentence("texts", "; ".join(titled + others))
    routed = _labels(old.owner, old.labels, old.alerting), _labels(new.owner, new.labels, new.alerting)
    if routed[0] != routed[1]:
        both = sorted(name for name in routed[0] | routed[1] if routed[0].get(name) != routed[1].get(name))
        told = ", ".join(f"{name} {routed[1].get(name) or 'none'} (before: {routed[0].get(name) or 'none'})" for name in both)
        yield Sentence("labels", f"its alerts are labelled otherwise, which may lead them elsewhere: {told}", Effect.OTHER)


def _labels(owner: str, labels: Mapping[str, str], alerting: Alerting) -> dict[str, str]:
    """All labels that alerts carry by the user's word; those of single alerts under `alert.label`."""
    single = {f"{alert}.{name}" if alert else name: value for alert, own in alerting.labels.items() for name, value in own.items()}
    return {**({"slo_owner": owner} if owner else {}), **labels, **single}
