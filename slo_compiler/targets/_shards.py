"""Which ruler runs a service: spread evenly at first, and then left where it is, because a move leaves a gap of one evaluation.

The spread is remembered in a file of the output: what is there stays, what is new goes where least is. No function of a service's name
alone can do both: it moves nothing, but leaves the evenness to chance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.targets._job import Job

_LINE = re.compile(r"(#.*|services:|shards: (?P<count>\d+)|  (?P<service>[a-z0-9-]+): (?P<shard>\d+))?")
_EVEN = 1.1  # times the mean, up to which nothing moves even when the number of shards changes


@dataclass(frozen=True, slots=True)
class Remembered:
    """How services were spread over `count` shards; `fault` is the number of the first line that says something else."""

    count: int = 0
    shards: Mapping[str, int] = field(default_factory=dict)
    fault: int = 0


def read(text: str) -> Remembered:
    """What the file of an earlier run says."""
    count, shards = 0, {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            return Remembered(fault=number)
        count = int(match["count"]) if match["count"] else count
        if match["service"]:
            shards[match["service"]] = int(match["shard"])
    return Remembered(count, shards)


def spread(weights: Mapping[str, int], count: int, before: Remembered) -> dict[str, int]:
    """The shard of each service, from 0 to `count` - 1; `weights` are their numbers of rules."""
    placed = {service: shard for service, shard in before.shards.items() if service in weights and shard < count}
    loads = [0] * count
    for service, shard in placed.items():
        loads[shard] += weights[service]
    if before.count not in {0, count}:
        _even_out(placed, loads, weights)
    for service in sorted(weights.keys() - placed.keys(), key=lambda one: (-weights[one], one)):
        placed[service] = loads.index(min(loads))
        loads[placed[service]] += weights[service]
    return dict(sorted(placed.items()))


def _even_out(placed: dict[str, int], loads: list[int], weights: Mapping[str, int]) -> None:
    """Move services from the fullest shard to the emptiest, until all are about even."""
    while max(loads) > _EVEN * sum(loads) / len(loads):
        full, empty = loads.index(max(loads)), loads.index(min(loads))
        gap = loads[full] - loads[empty]
        movable = [service for service, shard in placed.items() if shard == full and weights[service] < gap]
        if not movable:
            return
        moved = min(movable, key=lambda service: (abs(gap - 2 * weights[service]), service))
        placed[moved] = empty
        loads[full] -= weights[moved]
        loads[empty] += weights[moved]


def file(sources: tuple[str, ...], job: Job) -> Artifact:
    """What remembers the spread."""
    lines = "".join(f"  {service}: {shard}\n" for service, shard in job.shards.items())
    return Artifact(names.SHARDS_FILE, f"{job.header(sources)}shards: {job.options.shards}\nservices:\n{lines}", sources)
