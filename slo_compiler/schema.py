"""The JSON Schema door: jsonschema-rs says yes or no; only on a no does jsonschema explain, and we say it in our own sentences."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from slo_compiler import quantities, resources, units
from slo_compiler.diagnostics import Report, Route, Where, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What other tools and people call our keys.
_SYNONYMS = {
    "target": "objective", "errors": "bad", "error": "bad", "success": "good", "threshold": "at_most", "slo": "name", "type": "category",
}  # fmt: skip
_MOST = 30  # characters, from which on source.reading takes a number for a text
_TYPES = {
    "object": "a mapping", "array": "a list", "string": "a text", "number": "a number", "integer": "a whole number",
    "boolean": "true or false", "null": "nothing",
}  # fmt: skip


@cache
def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(resources.schema_text(name))
    return loaded


@cache
def _verdict(name: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415  # late: help and version need no schema

    return jsonschema_rs.validator_for(_schema(name))


def check(name: str, data: Any, where: Where, report: Report) -> frozenset[Route]:
    """Report what is wrong with the shape of `data`; the routes that are wrong, so that nobody complains about them again."""
    if _verdict(name).is_valid(data):
        return frozenset()
    return frozenset(_explain(name, data, where, report))


def _explain(name: str, data: Any, where: Where, report: Report) -> Iterator[Route]:
    import jsonschema  # noqa: PLC0415  # slow, and only needed where something is wrong

    validator = jsonschema.Draft202012Validator(_schema(name))
    told: set[Route] = set()
    misspelled: set[Route] = set()  # keys that are there, but for a letter
    for error in sorted(validator.iter_errors(data), key=lambda e: (len(e.absolute_path), str(e.absolute_path), e.validator != "type", str(e.validator))):
        route = (*where.route, *error.absolute_path)
        place = Where(where.file, route)
        if "propertyNames" in error.absolute_schema_path:
            key = str(error.instance)
            report.error("key/name", (place / key).key(), f"{key!r} {_sentence(error.schema)}", "rename the key")
            yield (*route, key)
            continue
        if _is_told(error, at_route=route in told):
            continue
        match error.validator:
            case "additionalProperties":
                for key in error.instance:
                    if key not in error.schema.get("properties", {}):
                        meant = _unknown_key(key, error, place, report)
                        found = {(*route, name) for name in (key, *meant)}
                        misspelled |= found
                        yield from found
            case "required":
                key = error.message.split("'")[1]
                if (*route, key) not in misspelled:
                    _missing_key(key, error, place, report)
                    yield (*route, key)
            case "oneOf" if misspelled & {(*route, key) for option in error.schema["oneOf"] for key in option["required"]}:
                yield route
            case _:
                _wrong_value(error, place, data, report)
                told.add(route)
                yield route


def _is_told(error: Any, *, at_route: bool) -> bool:
    """Whether another error says the same: a value whose type is wrong is one mistake, whatever else its schema wants of it."""
    if error.validator == "minProperties" and not set(error.schema.get("required", ())) <= error.instance.keys():
        return True
    return at_route and error.validator not in {"additionalProperties", "required"}


def _unknown_key(key: str, error: Any, place: Where, report: Report) -> list[str]:
    """Report a key that nobody knows; the keys that were probably meant."""
    known = list(error.schema.get("properties", {}))
    synonym = _SYNONYMS.get(key)
    meant = synonym if synonym in known else nearest(key, known)
    if key == "<<":
        help = "YAML 1.2 has no merge key; `defaults:` says once what all SLOs share"
    elif re.fullmatch(r"\d{3}", key) and error.instance[key] is None:
        help = "in braces a comma ends the value: write the number without commas, for example $12000"
    elif place.route[-1] == "window" and key in {"rolling", "duration", "length"}:
        help = (
            f"a {error.instance['calendar']} has no other length: leave it out"
            if "calendar" in error.instance
            else f"write `window: {_flow(error.instance[key])}`"
        )
        meant = None if "calendar" in error.instance else "calendar"
    elif meant:
        help = f"did you mean {meant!r}?"
    else:
        help = f"known here: {', '.join(sorted(known))}"
    report.error("key/unknown", (place / key).key(), f"unknown key {key!r}", help)
    return known if key == "<<" else [meant] if meant else []


def _missing_key(key: str, error: Any, place: Where, report: Report) -> None:
    inside = f" in {place.route[-1]}" if place.route and isinstance(place.route[-1], str) else ""
    help = f"add `{key}:` ({_meaning(_resolved(error.schema['properties'].get(key, {})))})"
    report.error("key/missing", place, f"key {key!r} is missing{inside}", help)


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, or the definition to which it refers; policies have none that SLOs have not."""
    while "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = (_schema("report.v1")["$defs"] | _schema("slo.v1")["$defs"])[name]
    return schema


def _meaning(schema: dict[str, Any]) -> str:
    """What a key means, in a sentence."""
    return str(schema.get("description", "see `slo schema`")).split(". ")[0].rstrip(".")


def _advice(schema: dict[str, Any]) -> str:
    """The next step: an example, or else what a key means."""
    return f"write for example {_flow(schema['examples'][0])}" if "examples" in schema else _meaning(schema)


def _flow(value: Any) -> str:
    """A value as it stands in a file, on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(one)}' for key, one in value.items())}}}"
    return str(value)


def _is_huge(error: Any) -> bool:
    """Whether a text is a number beyond what is read as one: 1e300."""
    if _kinds(error.schema) not in (["number"], ["integer"]) or not isinstance(error.instance, str):
        return False
    number = re.fullmatch(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?(\d+))?", error.instance, re.ASCII)
    return number is not None and (len(error.instance) >= _MOST or len(number[1] or "") > 2)


def _wrong_value(error: Any, place: Where, data: Any, report: Report) -> None:
    found = _shown(error.instance)
    key = next((step for step in reversed(place.route) if isinstance(step, str)), "the document")
    name = f"an entry of {key}" if isinstance(place.route[-1], int) and len(place.route) > 1 else key
    match error.validator:
        case "type" if _is_huge(error):
            report.error("value/range", place, f"{name} has too many digits, got {found}", "a number has at most 29 of them, and an exponent at most two")
        case "type":
            expected = _sentence(error.schema) or f"must be {_either([_TYPES[kind] for kind in _kinds(error.schema)])}"
            report.error("value/type", place, f"{name} {expected}, got {found}", _type_help(error, key, data))
        case "enum" | "const":
            words = error.schema.get("enum") or [error.schema["const"]]
            known = [str(word) for word in words if word is not None]
            near = nearest(str(error.instance), known)
            help = f"did you mean {near!r}?" if near else f"write one of: {', '.join(known)}"
            report.error("value/unknown", place, f"{name} must be {_either(known)}, got {found}", help)
        case "oneOf":
            options = [one for option in error.schema["oneOf"] for one in option["required"]]
            help = "keep one of them" if any(one in error.instance for one in options) else f"add {' or '.join(options)}"
            report.error("key/choice", place, f"{name} {_sentence(error.schema)}", help)
        case "minProperties" | "maxProperties":
            keys = [one for one in error.schema.get("properties", {}) if one not in error.schema.get("required", ())]
            help = "keep one of them" if error.validator == "maxProperties" else f"add {_either(keys)}" if keys else _advice(error.schema)
            report.error("key/choice", place, f"{name} {_sentence(error.schema) or 'must not be empty'}", help)
        case "pattern":
            words = "-".join(re.findall(r"[a-z0-9]+", str(error.instance).lower()))
            help = f"write {words}" if words and re.search(error.validator_value, words) else _advice(error.schema)
            report.error("value/range", place, f"{name} {_sentence(error.schema)}, got {found}", help)
        case "minItems":
            report.error("value/empty", place, f"{name} is empty", "add at least one entry, or leave the key out")
        case "uniqueItems":
            report.error("value/repeated", place, f"{name} holds an entry twice", "keep one of them")
        case _:
            said = _sentence(error.schema) or error.message.replace(str(error.instance), "").strip()
            report.error("value/range", place, f"{name} {_limit(error) or said}, got {found}", _advice(error.schema))


def _kinds(schema: dict[str, Any]) -> list[str]:
    """The types that a schema wants; nothing may be said anyway."""
    wanted = schema["type"]
    return [wanted] if isinstance(wanted, str) else [kind for kind in wanted if kind != "null"]


def _type_help(error: Any, name: str, data: Any) -> str:
    value, kinds, schema = error.instance, _kinds(error.schema), error.schema
    if kinds == ["array"]:
        return _list_help(name, value, schema)
    if kinds == ["boolean"]:
        return "write true or false"
    if kinds in (["number"], ["integer"]):
        return _number_help(error, data)
    if "string" in kinds:
        return _text_help(name, value, kinds, schema)
    properties = schema.get("properties", {})
    if "objective" in properties and "name" not in properties and isinstance(value, str | int | Decimal):
        return f"write {name}: {{objective: {value}}}"
    return _advice(schema)


def _text_help(name: str, value: Any, kinds: list[str], schema: dict[str, Any]) -> str:
    if name == "quantile" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"write p{value}"
    if value is None and "examples" not in schema:
        return str(schema.get("description", "write a text")).rstrip(".")
    if isinstance(value, dict) and any("=" in key for key in value):
        return "a selector in braces needs quotes"
    if kinds == ["string"] and not isinstance(value, dict | list):
        return "put quotes around it" if value is not None else _advice(schema)
    return _advice(schema)


def _list_help(name: str, value: Any, schema: dict[str, Any]) -> str:
    keys = list(_resolved(schema["items"]).get("properties", {}))
    if keys:
        return f"write a list, each entry beginning with `- {keys[0]}:`"
    entries = ", ".join(value) if isinstance(value, dict) else "..." if value is None else str(value)
    return f"write a list: {name}: [{entries}]"


def _number_help(error: Any, data: Any) -> str:
    value = str(error.instance).strip() if isinstance(error.instance, str) else ""
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return "write the number without quotes"
    path = list(error.absolute_path)
    if "buckets" not in path:
        return "write a plain number"
    if re.fullmatch(r"\+?\.?inf(inity)?", value, re.IGNORECASE):
        return "leave +Inf out: it is always there"
    for step in path[: path.index("buckets")]:
        data = data[step]
    return _bucket_help(value, data)


def _bucket_help(text: str, histogram: dict[str, Any]) -> str:
    """The number that a bucket such as `100ms` is in the unit of its metric."""
    name = re.match(r"[\w:]*", str(histogram.get("metric", "")))
    metric, word = name[0] if name else "", histogram.get("unit")
    meant = quantities.bound(text)
    unit = units.named(word) if isinstance(word, str) else units.of_metric(metric)
    number = units.in_unit(meant, unit, key="buckets", metric=metric) if isinstance(meant, quantities.Bound) else meant
    return "write the plain number" if isinstance(number, quantities.Problem) else f"write {quantities.plain(number)}"


def _limit(error: Any) -> str:
    limits = {"exclusiveMinimum": "must be above", "minimum": "must be at least", "maximum": "must be at most"}
    if error.validator in limits:
        return f"{limits[error.validator]} {error.validator_value}"
    return {"minLength": "must not be empty", "maxLength": f"must have at most {error.validator_value} characters"}.get(error.validator, "")


def _sentence(schema: dict[str, Any]) -> str:
    return str(schema.get("errorMessage", ""))


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return _TYPES["object" if isinstance(value, dict) else "array"]
    text = str(value)
    return repr(text if len(text) < 60 else text[:57] + "...") if isinstance(value, str) else text
