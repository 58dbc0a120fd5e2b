"""Rules for Mimir, as files for mimirtool or group by group: groups that the limits of a tenant hold, in namespaces that no other file has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle, RuleGroup, ServiceRules
from slo_compiler.targets import _layout, _rules, _yaml
from slo_compiler.targets._job import Job
from slo_compiler.targets._layout import Part


@dataclass(frozen=True, slots=True)
class Sent:
    """One group as Mimir takes it: `text` is its YAML."""

    namespace: str
    group: RuleGroup = field(repr=False)
    text: str = field(repr=False)


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The files of a bundle; what the tenant would refuse is an error that tells the limits which would do."""
    _check(bundle, job)
    return [_file(part, job) for part in _layout.files(bundle.limited, job)]


def groups(bundle: Bundle, job: Job, shard: int | None) -> list[Sent]:
    """What the files of one tenant (a shard is one) hold; the same errors."""
    _check(bundle, job)
    parts = [part for part in _layout.files(bundle.limited, job) if job.shards.get(part.services[0].service) == shard]
    return [Sent(_namespace(part, job), group, _rules.alone(group)) for part in parts for service in part.services for group in service.groups]


def _check(bundle: Bundle, job: Job) -> None:
    _check_rules(bundle.limited, job)
    for tenant in _layout.by_shard(bundle.limited, job).values():  # a shard is one
        _check_groups(tenant, bundle, job)


def _namespace(part: Part, job: Job) -> str:
    whole = job.options.mimir.namespace
    return whole if job.options.single_file else f"{whole}-{part.name}"


def _file(part: Part, job: Job) -> Artifact:
    text = f"{job.header(part.sources)}namespace: {_yaml.scalar(_namespace(part, job))}\ngroups:\n{_rules.groups(part.services)}"
    return Artifact(part.path(".rules.yml", "mimir/"), text, part.sources)


def _check_rules(services: Sequence[ServiceRules], job: Job) -> None:
    limits = job.options.mimir
    for service in services:
        largest = max(service.groups, key=lambda group: len(group.rules))
        if len(largest.rules) > limits.rules:
            needed = len(largest.rules)
            message = f"{needed} rules of {service.service} must run one after the other ({largest.name}), a group of this tenant holds {limits.rules}"
            help = (
                f"raise ruler_max_rules_per_rule_group to {needed} and say so under `options: {{mimir: {{rules_per_group: {needed}}}}}`, or split the service"
            )
            job.report.error("target/limits", _layout.where(service), message, help)


def _check_groups(services: Sequence[ServiceRules], bundle: Bundle, job: Job) -> None:
    limits, needed = job.options.mimir, sum(len(service.groups) for service in services)
    if needed <= limits.groups:
        return
    message = f"the rules are {needed} groups of at most {limits.rules} rules, a tenant holds {limits.groups}"
    raised = f"raise ruler_max_rule_groups_per_tenant to {needed} and say so under `options: {{mimir: {{groups: {needed}}}}}`"
    uncut = [group for whole in bundle.services if whole.service in {one.service for one in services} for group in whole.groups]
    if len(uncut) <= limits.groups:
        most = max(len(group.rules) for group in uncut)
        raised += f", or ruler_max_rules_per_rule_group to {most} and say `rules_per_group: {most}` there"
    job.report.error("target/limits", limits.where or _layout.where(services[0]), message, f"{raised}; or spread the services over tenants with --shard")
