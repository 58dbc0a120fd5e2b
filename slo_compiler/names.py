"""Every name that we emit: metrics, labels, groups, alerts, files. They are public: changing one cuts somebody's history."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from urllib.parse import quote

from slo_compiler.quantities import Duration

TOTAL_DELTA = "slo:total:delta"
BAD_DELTA = "slo:bad:delta"
SLI_RATIO = "slo:sli:ratio"
BUDGET_REMAINING = "slo:error_budget:remaining"
OBJECTIVE = "slo:objective:ratio"
VALUE_TARGET = "slo:value:target"
VALUE_1H = "slo:value:1h"
INFO = "slo:info"

CHECK_VALUE, CHECK_VARIANCE, CHECK_RATIO = "slo:check:value", "slo:check:variance", "slo:check:ratio"
BUCKET_DELTA = "slo:bucket:delta"
CLOCK = "slo:clock:local"
CLOCK_START_LOCAL, CLOCK_END_LOCAL = "slo:clock:start_local", "slo:clock:end_local"
CLOCK_START, CLOCK_END = "slo:clock:start", "slo:clock:end"
MASK = "slo:mask:bool"

BURN = "SLOBudgetBurn"
EXHAUSTED = "SLOBudgetExhausted"
NO_DATA = "SLONoData"
DIMENSION_LOST = "SLODimensionLost"
BLIND = "SLOBlind"
CHECK_FAILED = "SLOCheckFailed"

#: What `alerting.disable` calls the alerts that are not burn tiers.
OTHER_ALERTS = ("exhausted", "no-data", "dimension-lost", "blind", "check-failed")

RULES_SUFFIX = ".prometheus.rules.yml"
TESTS_SUFFIX = ".prometheus.tests.yml"
_PAGES, _PROVIDERS = "dashboards", "provisioning"  # folders
LINT_FILE = f"{_PAGES}/.lint"

_HALF_DAY = 43200
_LONGEST_UID = 40  # of Grafana
_LONGEST_RESOURCE = 63  # of Kubernetes, where a name is also the value of a label

EVERYTHING = "slo"  # the name of a file that holds all services
SHARDS_FILE = "shards.yaml"

_GROUP = re.compile(r"slo-([a-z0-9-]+)-(?:fast|hours|slow)(?:-\d+)?")
_RESERVED = re.compile(r"severity|alertname|le|quantile|__.*|slo.*")


def total_sum(window: Duration | str) -> str:
    """Events in a window: `slo:total:sum1h`, and of a calendar `slo:total:sum_month`."""
    return f"slo:total:sum{f'_{window}' if isinstance(window, str) else window}"


def bad_sum(window: Duration | str) -> str:
    """Bad events in a window: `slo:bad:sum1h`, and of a calendar `slo:bad:sum_month`."""
    return f"slo:bad:sum{f'_{window}' if isinstance(window, str) else window}"


def hour(kind: str) -> str:
    """An hour that is over, of `kind` bad, total or measured: `slo:bad:hour`."""
    return f"slo:{kind}:hour"


def recent(kind: str) -> str:
    """What came since the beginning of the hour before the one that is running: `slo:bad:recent`."""
    return f"slo:{kind}:recent"


def limit(baseline: Duration) -> str:
    """The moving limit of a tail: `slo:limit:24h`."""
    return f"slo:limit:{baseline}"


def coverage(window: Duration | str) -> str:
    """Share of a window for which there is data: `slo:coverage:30d`, `slo:coverage:month`."""
    return f"slo:coverage:{window}"


@lru_cache(maxsize=4096)
def quoted(value: str) -> str:
    """A label value as PromQL spells it."""
    return json.dumps(value, ensure_ascii=False)


def selector(metric: str, *matchers: str) -> str:
    """A metric with those of the matchers that are not empty."""
    inside = ",".join(filter(None, matchers))
    return f"{metric}{{{inside}}}" if inside else metric


def daily(span: Duration) -> str:
    """A range of one value a day, before today; half a day less, so that the days are as many in closed and in left-open ranges."""
    return f"[{Duration(span.seconds - _HALF_DAY)}:24h] offset 24h"


def slo_id(service: str, slo: str, revision: int, by: tuple[str, ...]) -> str:
    """The one identity label: `gw/avail`, `gw/avail:surface`, from revision 2 on `gw/avail@2:surface`."""
    version = f"@{revision}" if revision > 1 else ""
    split = f":{','.join(sorted(by))}" if by else ""
    return f"{service}/{slo}{version}{split}"


def identity(slo_id: str, slo: str, service: str) -> dict[str, str]:
    """The labels of every series of an SLO; nothing else may be on them, so that no edit cuts history."""
    return {"slo_id": slo_id, "slo": slo, "slo_service": service}


def group(service: str, pace: str) -> str:
    """The name of a rule group; `pace` is `fast`, `slow` or `hours`."""
    return f"slo-{service}-{pace}"


def service_of(group: str) -> str:
    """The service of a rule group, whole or cut; empty where the name is none of ours."""
    match = _GROUP.fullmatch(group)
    return match[1] if match else ""


def rules_file(service: str) -> str:
    """The rule file of a service."""
    return f"{service}{RULES_SUFFIX}"


def shard(number: int) -> str:
    """The folder of a shard's files."""
    return f"shard-{number}"


def readable_file(service: str) -> str:
    """A copy of a service's rules for its tests, without what promtool cannot read."""
    return f"{service}.prometheus.readable.yml"


def tests_file(service: str) -> str:
    """A file of promtool tests of a service's rules."""
    return f"{service}{TESTS_SUFFIX}"


def page_uid(*parts: str, prefix: str = "slo") -> str:
    """The identity of a page: `slo-platform`; what is too long for Grafana, or has other characters, ends in a hash of the whole name."""
    whole = "-".join((prefix, *parts))
    return _fitting(whole, re.sub(r"[^A-Za-z0-9_-]+", "-", whole), _LONGEST_UID)


def resource(*parts: str) -> str:
    """The name of a Kubernetes object, a label of RFC 1123: `slo-chat-gateway`; what is too long, or has other characters, ends in a hash of the whole name."""
    whole = "-".join(parts)
    return _fitting(whole, re.sub(r"[^a-z0-9]+", "-", whole.lower()).strip("-") if re.search(r"[^a-z0-9-]", whole) else whole, _LONGEST_RESOURCE)


def _fitting(whole: str, readable: str, longest: int) -> str:
    """A name as far as it can be read, and where that is not all of it a hash of the whole."""
    if readable == whole and len(whole) <= longest:
        return whole
    import hashlib  # noqa: PLC0415  # late: it is slow to load and seldom needed

    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{readable[: longest - len(digest) - 1]}-{digest}"


def page_file(uid: str) -> str:
    """The file of a page, in a folder that holds nothing else which Grafana would read."""
    return f"{_PAGES}/{uid}.json"


def provider_file(name: str) -> str:
    """The file that tells Grafana of the pages."""
    return f"{_PROVIDERS}/{name}.yaml"


def is_reserved(label: str) -> bool:
    """Whether a label is ours or Prometheus' own, so that users may not set it."""
    return _RESERVED.fullmatch(label) is not None


def link(template: str, *, service: str, slo: str, slo_id: str, category: str) -> str:
    """A link of the user with `$service`, `$slo`, `$slo_id` (URL-encoded) and `$category` filled in."""
    values = {"service": service, "slo": slo, "slo_id": quote(slo_id, safe=""), "category": category}
    return re.sub(r"\$(slo_id|service|slo|category)\b", lambda match: values[match[1]], template)
