"""Changes for machines, as `slo schema diff` describes them."""

from __future__ import annotations

from slo_compiler.changes.model import Change, Changes, Effect, Sentence


def as_data(changes: Changes) -> dict[str, object]:
    """All changes; promises in the order of the files, one by one."""
    counts = {effect.value: sum(one.verdict is effect for one in changes.slos) for effect in Effect}
    return {
        "version": "slo-diff/v1",
        "old": changes.old,
        "new": changes.new,
        "verdict": changes.verdict.value,
        "counts": {**counts, "unchanged": changes.unchanged},
        "project": [_sentence(sentence) for sentence in changes.project],
        "slos": [_slo(one) for one in changes.slos],
    }


def _slo(change: Change) -> dict[str, object]:
    return {
        "slo": change.name,
        "was": change.was or None,
        "kind": change.kind,
        "verdict": change.verdict.value,
        "changes": [_sentence(sentence) for sentence in change.sentences],
        "history": {"state": change.history.state, "text": change.history.text},
        "alerts": {"added": list(change.alerts_added), "removed": list(change.alerts_removed)},
    }


def _sentence(sentence: Sentence) -> dict[str, object]:
    return {"what": sentence.what, "text": sentence.text, "effect": sentence.effect.value}
