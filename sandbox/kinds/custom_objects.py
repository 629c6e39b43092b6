"""Validates objects of custom kinds by the openAPIV3Schema of their definition: defaults, types, bounds and rules."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import expressions, formats
from sandbox.kinds.findings import duplicate, invalid, required, shown, too_many, unsupported, wrong_type
from sandbox.store import thaw


def apply_defaults(schema: Mapping[str, Any], value: Any) -> None:
    """Fill in the schema's defaults, from the outside in."""
    if isinstance(value, dict):
        properties = schema.get("properties") or {}
        for name, inner in properties.items():
            given = name in value and (value[name] is not None or inner.get("nullable"))
            if not given and "default" in inner:
                value[name] = thaw({"v": inner["default"]})["v"]
            if name in value:
                apply_defaults(inner, value[name])
        extra = schema.get("additionalProperties")
        if isinstance(extra, Mapping):
            for name, inner_value in value.items():
                if name not in properties:
                    apply_defaults(extra, inner_value)
    elif isinstance(value, list):
        for item in value:
            apply_defaults(schema.get("items") or {}, item)


def broken_rules(schema: Mapping[str, Any], value: Any, old: Any, at: str) -> Iterator[Cause]:
    """The `x-kubernetes-validations` that do not hold: with `old` those about a change, without it the others."""
    for rule in schema.get("x-kubernetes-validations") or ():
        about_change = "oldSelf" in rule["rule"]
        if about_change != (old is not None) or expressions.holds(rule["rule"], {"self": value, "oldSelf": old}):
            continue
        detail = rule.get("message") or f"failed rule: {rule['rule']}"
        reason = rule.get("reason", "FieldValueInvalid")
        prefix = f'Invalid value: "{_go_name(value)}": ' if reason == "FieldValueInvalid" else ""
        field = (at + rule.get("fieldPath", "")).lstrip(".") or "<nil>"
        yield Cause(reason=reason, message=prefix + detail, field=field)
    if isinstance(value, dict):
        extra = schema.get("additionalProperties")
        for name, inner in value.items():
            part = (schema.get("properties") or {}).get(name, extra if isinstance(extra, Mapping) else None)
            before = old.get(name) if isinstance(old, dict) else None
            if part and (old is None or before is not None):
                yield from broken_rules(part, inner, before, f"{at}.{name}".removeprefix("."))
    elif isinstance(value, list) and old is None:
        for index, item in enumerate(value):
            yield from broken_rules(schema.get("items") or {}, item, None, f"{at}[{index}]")


FORMATS = {
    "date-time": formats.date_time,
    "date": formats.date,
    "ipv4": formats.address,
    "ipv6": formats.address,
    "cidr": formats.network,
    "uuid": formats.uuid,
}
"""Of texts, those that a real server checks and that definitions use; each answers what is wrong, or ""."""

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def violations(schema: Mapping[str, Any], value: Any, at: str) -> Iterator[Cause]:
    """Where a value breaks its openAPIV3Schema, in a real server's words."""
    wanted = schema.get("type")
    place = at or "<root>"
    if value is None:
        if not schema.get("nullable") and wanted:
            yield wrong_type(place, "null", f'{at} in body must be of type {wanted}: "null"')
        return
    if schema.get("x-kubernetes-int-or-string"):
        if isinstance(value, bool) or not isinstance(value, int | str):
            detail = f'{at} in body must be of type integer,string: "{_go_name(value)}"'
            yield wrong_type(place, _go_name(value), detail)
            return
    elif wanted and not _is_type(value, wanted):
        yield wrong_type(place, _go_name(value), f'{at} in body must be of type {wanted}: "{_go_name(value)}"')
        return
    if (options := schema.get("enum")) is not None and value not in options:
        yield unsupported(place, value, [o if isinstance(o, str) else shown(o) for o in options])
    match value:
        case bool():
            pass
        case int() | float():
            yield from _number(schema, value, place)
        case str():
            yield from _text(schema, value, place)
        case list():
            yield from _items(schema, value, place)
        case dict():
            yield from _members(schema, value, at)
        case _:
            pass


def _is_type(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(wanted, object))


def _go_name(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return names[type(value)]


def _number(schema: Mapping[str, Any], value: float, at: str) -> Iterator[Cause]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None:
        strict = schema.get("exclusiveMinimum")
        if value < low or (strict and value == low):
            yield invalid(at, value, f"{at} in body should be greater than {'' if strict else 'or equal to '}{low}")
    if high is not None:
        strict = schema.get("exclusiveMaximum")
        if value > high or (strict and value == high):
            yield invalid(at, value, f"{at} in body should be less than {'' if strict else 'or equal to '}{high}")
    if (step := schema.get("multipleOf")) and value % step:
        yield invalid(at, value, f"{at} in body should be a multiple of {step}")


def _text(schema: Mapping[str, Any], value: str, at: str) -> Iterator[Cause]:
    if (limit := schema.get("maxLength")) is not None and len(value) > limit:
        yield Cause(reason="FieldValueTooLong", message=f"Too long: may not be more than {limit} bytes", field=at)
    if (limit := schema.get("minLength")) is not None and len(value) < limit:
        yield invalid(at, value, f"{at} in body should be at least {limit} chars long")
    kind = schema.get("format")
    if kind in FORMATS and FORMATS[kind](value):
        yield wrong_type(at, value, f"{at} in body must be of type {kind}: {shown(value)}")
    if (pattern := schema.get("pattern")) and not re.search(pattern, value):
        yield invalid(at, value, f"{at} in body should match '{pattern}'")


def _items(schema: Mapping[str, Any], value: list[Any], at: str) -> Iterator[Cause]:
    if (limit := schema.get("maxItems")) is not None and len(value) > limit:
        yield too_many(at, len(value), limit)
    if (limit := schema.get("minItems")) is not None and len(value) < limit:
        yield invalid(at, len(value), f"{at} in body should have at least {limit} items")
    yield from _doubles(schema, value, at)
    for index, item in enumerate(value):
        yield from violations(schema.get("items") or {}, item, f"{at}[{index}]")


def _doubles(schema: Mapping[str, Any], value: list[Any], at: str) -> Iterator[Cause]:
    """Items of a set, or with the keys of a map, that are there twice."""
    keys = schema.get("x-kubernetes-list-map-keys")
    if schema.get("x-kubernetes-list-type") not in {"map", "set"}:
        return
    seen: list[Any] = []
    for index, item in enumerate(value):
        identity = {k: item.get(k) for k in keys} if keys and isinstance(item, dict) else item
        if identity in seen:
            yield duplicate(f"{at}[{index}]", identity)
        seen.append(identity)


def _members(schema: Mapping[str, Any], value: dict[str, Any], at: str) -> Iterator[Cause]:
    for name in schema.get("required") or ():
        if name not in value:
            yield required(f"{at}.{name}".removeprefix("."))
    if (limit := schema.get("maxProperties")) is not None and len(value) > limit:
        yield too_many(at, len(value), limit)
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, inner in value.items():
        rule = properties.get(name, extra if isinstance(extra, Mapping) else None)
        if rule is not None:
            yield from violations(rule, inner, f"{at}.{name}".removeprefix("."))
