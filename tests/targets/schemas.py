"""Which keys Kubernetes objects may have, so that an API server with strict validation takes them.

Written down in our words from what the projects publish: the CRDs of the Prometheus operator (0.82), of VictoriaMetrics' operator
(v1beta1 of VMRule, with keep_firing_for) and of Grafana's operator (5.18), all Apache-2.0. Only keys that we could ever write are named.
"""

from __future__ import annotations

from typing import Any

LABEL = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"
KEY = r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
NAME = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"  # RFC 1123, a label
DURATION = r"^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$"
TEXT: dict[str, Any] = {"type": "string"}


def mapping(required: list[str], **keys: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": keys}


def pairs(value: dict[str, Any] = TEXT) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value, "propertyNames": {"pattern": KEY}}


METADATA = mapping(
    ["name"], name={"type": "string", "pattern": NAME}, namespace={"type": "string", "pattern": NAME}, labels=pairs({"type": "string", "pattern": LABEL}),
    annotations=pairs(),
)  # fmt: skip


def object_of(api: str, kind: str, **rest: Any) -> dict[str, Any]:
    return mapping(["apiVersion", "kind", "metadata", *rest], apiVersion={"const": api}, kind={"const": kind}, metadata=METADATA, **rest)


_TEXTS = {"type": "object", "additionalProperties": TEXT}
_LENGTH = {"type": "string", "pattern": DURATION, "minLength": 1}
_RULE = {
    **mapping(["expr"], alert=TEXT, record=TEXT, expr=TEXT, labels=_TEXTS, annotations=_TEXTS, keep_firing_for=_LENGTH, **{"for": _LENGTH}),
    "oneOf": [{"required": ["alert"]}, {"required": ["record"]}],
}
_GROUPS = {
    "type": "array", "minItems": 1,
    "items": mapping(["name", "rules"], name={"type": "string", "minLength": 1}, interval=_LENGTH, rules={"type": "array", "minItems": 1, "items": _RULE}),
}  # fmt: skip

OBJECTS = {
    "PrometheusRule": object_of("monitoring.coreos.com/v1", "PrometheusRule", spec=mapping(["groups"], groups=_GROUPS)),
    "VMRule": object_of("operator.victoriametrics.com/v1beta1", "VMRule", spec=mapping(["groups"], groups=_GROUPS)),
    "ConfigMap": object_of("v1", "ConfigMap", data={"type": "object", "additionalProperties": TEXT, "propertyNames": {"pattern": r"^[-._a-zA-Z0-9]{1,253}$"}}),
    "GrafanaDashboard": object_of(
        "grafana.integreatly.org/v1beta1", "GrafanaDashboard",
        spec=mapping(
            ["instanceSelector", "json"], instanceSelector=mapping(["matchLabels"], matchLabels=pairs({"type": "string", "pattern": LABEL})),
            allowCrossNamespaceImport={"type": "boolean"}, folder=TEXT, json=TEXT,
        ),
    ),
}  # fmt: skip
