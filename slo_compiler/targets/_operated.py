"""Rules in Kubernetes: an object a service, each in a file or all in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle, ServiceRules
from slo_compiler.targets import _layout, _manifest
from slo_compiler.targets._job import Job
from slo_compiler.targets._manifest import Kind


@dataclass(frozen=True, slots=True)
class Operated:
    """A target whose objects hold rules; `body` of a service is what stands below the head, at most so many bytes, which is whose limit."""

    target: str
    kind: Kind
    body: Callable[[ServiceRules, Job], str]
    most: int
    whose: str

    def emit(self, bundle: Bundle, job: Job) -> list[Artifact]:
        """The files of a bundle."""
        return [
            Artifact(
                part.path(".yaml", f"{self.target}/"),
                _manifest.stream(job.header(part.sources), (self._document(service, job) for service in part.services)),
                part.sources,
            )
            for part in _layout.manifests(bundle.services, job)
        ]

    def _document(self, service: ServiceRules, job: Job) -> str:
        name = names.resource(names.EVERYTHING, service.service)
        text = _manifest.document(self.kind, name, job.options.manifest(self.target), self.body(service, job), shard=job.shards.get(service.service))
        size = len(text.encode())
        if size > self.most:
            message = f"the {self.kind.kind} of {service.service} has {size:,} bytes, {self.whose} takes {self.most:,}"
            help = f"spread its SLOs over services, for example {service.service}-a and {service.service}-b"
            job.report.error("target/too-large", _layout.where(service), message, help)
        return text
