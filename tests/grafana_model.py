"""A dashboard against the typed models that Grafana publishes: keys that they do not know, and values of another type.

Reading alone says nothing: the models drop what they do not know and look at no value. So what they give back is compared with what
went in, and every attribute with its type.
"""

from __future__ import annotations

import copy
import enum
import json
import types
import typing
import warnings
from collections.abc import Iterator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package would rather have its newest schema used, which no provisioning takes
    from grafana_foundation_sdk.cog import plugins, runtime
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import dashboard as models
    from grafana_foundation_sdk.models import units

plugins.register_default_plugins()
PANELS = set(runtime.Runtime().panelcfg_variants)
UNITS = {text for name, text in vars(units).items() if isinstance(text, str) and not name.startswith("_")}


def faults(dashboard: dict[str, typing.Any]) -> list[str]:
    """What is wrong with a dashboard: the place of each fault and what was found."""
    model = models.Dashboard.from_json(copy.deepcopy(dashboard))
    kept = json.loads(json.dumps(model, cls=JSONEncoder))
    return [f"{place}: {found}" for place, found in (*_lost(dashboard, kept, ""), *_mistyped(model, ""))]


def _lost(before: object, after: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from _lost(value, after[key], f"{place}/{key}")
            elif value is not None:
                yield f"{place}/{key}", "no such field"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _lost(one, other, f"{place}/{index}")
    elif before != after:
        yield place, f"{before!r} became {after!r}"


def _mistyped(model: object, place: str) -> Iterator[tuple[str, str]]:
    for name, hint in typing.get_type_hints(type(model)).items():
        yield from _against(getattr(model, name, None), hint, f"{place}/{name}")
    for name in ("options", "custom"):  # a model of its own for each kind of panel, hinted as an object
        inner = getattr(model, name, None)
        if hasattr(inner, "to_json"):
            yield from _mistyped(inner, f"{place}/{name}")


def _against(value: object, hint: object, place: str) -> Iterator[tuple[str, str]]:
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if value is None or hint in (typing.Any, object):
        return
    if origin in (typing.Union, types.UnionType):
        tries = [list(_against(value, one, place)) for one in inside if one is not type(None)]
        yield from min(tries, key=len) if all(tries) else ()
    elif origin is typing.Literal:
        yield from () if value in inside else ((place, f"{value!r} is none of {inside}"),)
    elif origin in (list, dict):
        pairs = enumerate(value) if origin is list and isinstance(value, list) else value.items() if isinstance(value, dict) else ()
        yield from () if isinstance(value, origin) else ((place, f"{value!r} is no {origin.__name__}"),)
        for key, one in pairs:
            yield from _against(one, inside[-1], f"{place}/{key}")
    elif hasattr(value, "to_json"):
        yield from _mistyped(value, place)
    elif isinstance(hint, type) and not _fits(value, hint):
        yield place, f"{value!r} is no {hint.__name__}"


def _fits(value: object, hint: type) -> bool:
    if issubclass(hint, enum.Enum):
        return getattr(value, "value", value) in {member.value for member in hint}
    if isinstance(value, dict):  # links and transformations stay as they are
        return hint not in (str, int, float, bool)
    return isinstance(value, (int, float) if hint is float else hint) and (hint is bool or not isinstance(value, bool))
