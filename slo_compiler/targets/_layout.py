"""Which services share a file, and where it stands: a file a service or a single one, in a folder a shard where there are shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.diagnostics import Where
from slo_compiler.ir import ServiceRules
from slo_compiler.targets._job import Job


@dataclass(frozen=True, slots=True)
class Part:
    """The services of one file, which is called after the service where it has but one of its own."""

    name: str
    services: tuple[ServiceRules, ...]
    shard: int | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its rules came from."""
        if len(self.services) == 1:
            return self.services[0].sources
        return tuple(sorted({source for service in self.services for source in service.sources}))

    def path(self, suffix: str, folder: str = "") -> str:
        """Its place below the output folder."""
        shard = "" if self.shard is None else f"{names.shard(self.shard)}/"
        return f"{folder}{shard}{self.name}{suffix}"


def files(services: Sequence[ServiceRules], job: Job) -> list[Part]:
    """What becomes a file each; a shard without services has none."""
    if not job.options.single_file:
        return [Part(service.service, (service,), job.shards.get(service.service)) for service in services]
    return [Part(names.EVERYTHING, tuple(found), number) for number, found in by_shard(services, job).items()]


def by_shard(services: Sequence[ServiceRules], job: Job) -> dict[int | None, list[ServiceRules]]:
    """The services of each shard that has any; of None where there are no shards."""
    found: dict[int | None, list[ServiceRules]] = {}
    for service in services:
        found.setdefault(job.shards.get(service.service), []).append(service)
    return found


def manifests(services: Sequence[ServiceRules], job: Job) -> list[Part]:
    """The same for Kubernetes, where a label tells the shard, so that it takes no folder."""
    if job.options.single_file:
        return [Part(names.EVERYTHING, tuple(services))] if services else []
    return [Part(service.service, (service,)) for service in services]


def where(service: ServiceRules) -> Where:
    """The first SLO of a service."""
    places = (rule.where for group in service.groups for rule in group.rules)
    return next((place for place in places if place), Where(service.sources[0]))
