"""A month that rules would have recorded, made up: stories become counts, and the compiled rules make of them all that pages read."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from slo_compiler import names
from slo_compiler.ir import Bundle
from slo_compiler.model import Promise, Spec
from tests.live.recorded import derived
from tests.live.recorded.buckets import raw
from tests.live.recorded.counted import counted
from tests.live.recorded.grid import Grid
from tests.live.recorded.pasts import Past
from tests.live.recorded.stories import Story
from tests.live.replay.store import Store

__all__ = ["Story", "record"]


def record(store: Store, spec: Spec, bundle: Bundle, stories: Mapping[str, Story], end: int) -> None:
    """Fill a store with a month, until `end` (a full five minutes), of the promises that have a story, by their full names: `chat-gateway/ttft`."""
    grid = Grid(end)
    pasts = [past for number, one in enumerate(spec.promises) if one.full_name in stories for past in _pasts(one, stories[one.full_name], number)]
    services: dict[str, list[Promise]] = {}
    for one in spec.promises:
        services.setdefault(one.service, []).append(one)
    store.add(series for past in pasts for series in (*counted(past, services[past.promise.service], grid), *raw(past, grid)))
    derived.record(store, derived.rules_of(bundle, {past.promise.id for past in pasts}), pasts, grid)


def _pasts(promise: Promise, story: Story, number: int) -> Iterator[Past]:
    """A promise, or each value of its `by`."""
    identity = names.identity(promise.id, promise.name, promise.service)
    for value, own in (story.by or {"": story}).items():
        split = dict(zip(promise.by, value.split(","), strict=True)) if promise.by else {}
        yield Past.of(promise, own, {**identity, **split}, random.Random(f"{number} {value}"))
