"""A configuration for Alertmanager: who hears of which alert, and which alert silences which."""

from __future__ import annotations

from slo_compiler.artifacts import Artifact
from slo_compiler.ir import Bundle, Inhibition, Routing
from slo_compiler.targets import _yaml
from slo_compiler.targets._job import Job

_ROLLBACK = "rollback"
_OTHERS = "slo-others"


def emit(bundle: Bundle, job: Job) -> list[Artifact]:
    """The one file of a bundle."""
    if bundle.routing is None:
        return []
    sources = tuple(sorted({source for service in bundle.services for source in service.sources}))
    text = f"{job.header(sources)}{_route(bundle.routing, job)}{_receivers(bundle.routing, job)}{_inhibitions(bundle.routing)}"
    return [Artifact("alertmanager/slo.alertmanager.yml", text, sources)]


def _receiver(word: str, job: Job) -> str:
    return job.options.alertmanager.receivers.get(word, f"slo-{word}")


def _route(routing: Routing, job: Job) -> str:
    """Ours are told by `slo_id`. A rollback is asked for first and told to people, too; it is asked for again only after hours."""
    routes = "".join(f"    - receiver: {_yaml.scalar(_receiver(word, job))}\n      matchers: ['severity={_text(word)}']\n" for word in routing.severities)
    return f"""route:
  receiver: {_OTHERS}
  routes:
  - matchers: ['slo_id!=""']
    receiver: {_OTHERS}
    group_by: [slo_service, slo]
    routes:
    - receiver: {_yaml.scalar(_receiver(_ROLLBACK, job))}
      matchers: ['slo_action="{_ROLLBACK}"']
      continue: true
      group_wait: 0s
      repeat_interval: 4h
{routes}"""


def _receivers(routing: Routing, job: Job) -> str:
    """A rollback that is over must not be told: nobody rolls forward because of it."""
    url = job.options.alertmanager.rollback
    hook = f"  webhook_configs:\n  - url: {_yaml.scalar(url)}\n    send_resolved: false\n" if url else ""
    names = dict.fromkeys([_OTHERS, *(_receiver(word, job) for word in routing.severities)])
    rollback = _receiver(_ROLLBACK, job)
    names.pop(rollback, None)
    plain = "".join(f"- name: {_yaml.scalar(name)}\n" for name in names)
    return f"receivers:\n- name: {_yaml.scalar(rollback)}\n{hook}{plain}"


def _inhibitions(routing: Routing) -> str:
    found = "".join(map(_inhibition, routing.inhibitions))
    return f"inhibit_rules:\n{found}" if found else ""


def _inhibition(one: Inhibition) -> str:
    """SLOs that are split by other labels have another end of their ids."""
    split = f'slo_id=~".+:{",".join(sorted(one.by))}"' if one.by else 'slo_id=~"[^:]+"'
    weaker = "|".join(one.weaker)
    equal = ", ".join(["slo_id", *sorted(one.by)])
    return f"""- source_matchers: ['slo_tier={_text(one.tier)}', '{split}']
  target_matchers: ['slo_tier=~{_text(weaker)}', '{split}']
  equal: [{equal}]
"""


def _text(value: str) -> str:
    """A value as a matcher spells it, in a single-quoted text."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "''") + '"'
