"""CustomResourceDefinitions, and the objects of the kinds that they define."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats, structural
from sandbox.kinds.findings import IMMUTABLE, duplicate, invalid, required, shown, too_many, unsupported, wrong_type
from sandbox.kinds.rules import Rules
from sandbox.store import Object, thaw


def _default_definition(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if kind := names.get("kind"):
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", kind + "List")
    spec.setdefault("conversion", {}).setdefault("strategy", "None")


def _prepare_definition(obj: Object) -> None:
    stored = [v.get("name", "") for v in obj["spec"].get("versions") or () if v.get("storage")]
    obj["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": stored,
    }


def _validate_definition(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    names, group, versions = spec["names"], spec.get("group", ""), spec.get("versions") or []
    expected = f"{names.get('plural', '')}.{group}"
    if obj["metadata"].get("name") != expected:
        yield invalid("metadata.name", obj["metadata"].get("name", ""), 'must be spec.names.plural+"."+spec.group')
    if not group:
        yield required("spec.group")
    elif "." not in group:
        yield invalid("spec.group", group, "should be a domain with at least one dot")
    elif problem := formats.subdomain(group):
        yield invalid("spec.group", group, problem)
    for name in ("plural", "kind"):
        if not names.get(name):
            yield required(f"spec.names.{name}")
    if spec.get("scope") not in {"Cluster", "Namespaced"}:
        yield unsupported("spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced"))
    if not versions:
        yield required("spec.versions")
    if spec.get("preserveUnknownFields"):
        detail = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        )
        yield invalid("spec.preserveUnknownFields", spec["preserveUnknownFields"], detail)
    yield from _validate_approval(obj, group)
    if versions and not any(v.get("storage") for v in versions):
        yield invalid("status.storedVersions", [], "must have at least one stored version")
    if versions and sum(bool(v.get("storage")) for v in versions) != 1:
        yield invalid(
            "spec.versions",
            [v.get("name") for v in versions],
            "must have exactly one version marked as storage version",
        )
    alike = bool(versions) and all(v.get("schema") == versions[0].get("schema") for v in versions)
    for index, version in enumerate(versions):
        at = f"spec.versions[{index}]"
        if problem := formats.label_1035(version.get("name", "")):
            yield invalid(f"{at}.name", version.get("name", ""), problem)
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            yield required(f"{at}.schema.openAPIV3Schema", "schemas are required")
        elif not alike:
            yield from structural.problems(schema, f"{at}.schema.openAPIV3Schema")
    if alike and (schema := (versions[0].get("schema") or {}).get("openAPIV3Schema")):
        # Versions that look alike share one schema inside the server, and are blamed together.
        yield from structural.problems(schema, "spec.validation.openAPIV3Schema")


def _validate_approval(obj: Object, group: str) -> Iterator[Cause]:
    """Groups of the Kubernetes project are for definitions that it approved of."""
    approved = "api-approved.kubernetes.io"
    if group.endswith((".k8s.io", ".kubernetes.io")) and not (obj["metadata"].get("annotations") or {}).get(approved):
        detail = f'protected groups must have approval annotation "{approved}", see '
        detail += "https://github.com/kubernetes/enhancements/pull/1111"
        yield required(f"metadata.annotations[{approved}]", detail)


def _forbid_definition(new: Object, old: Object) -> Iterator[Cause]:
    for path in (("group",), ("scope",), ("names", "kind"), ("names", "plural")):
        before, after = old["spec"], new["spec"]
        for step in path:
            before, after = before.get(step, {}), after.get(step, {})
        if before != after:
            yield invalid("spec." + ".".join(path), after, IMMUTABLE)


CUSTOM = {
    ("apiextensions.k8s.io", "customresourcedefinitions"): Rules(
        replaced_by_version=True,
        default=_default_definition,
        prepare=_prepare_definition,
        validate=_validate_definition,
        forbid=_forbid_definition,
        empty={"spec": {"group": "", "names": {"plural": "", "kind": ""}, "scope": "", "versions": None}, "status": {}},
        status=None,
        generation=True,
    )
}


def rules_of(schema: Mapping[str, Any]) -> Rules:
    """The rules of a custom kind, from the openAPIV3Schema of one of its versions."""

    def default(obj: Object) -> None:
        apply_defaults(schema, obj)

    def validate(obj: Object) -> Iterator[Cause]:
        checked = {k: v for k, v in obj.items() if k not in {"apiVersion", "kind", "metadata"}}
        return violations({k: v for k, v in schema.items() if k != "required"} | _own_required(schema), checked, "")

    return Rules(
        default=default, validate=validate, validate_status=validate, generation=True, replaced_by_version=True
    )


def _own_required(schema: Mapping[str, Any]) -> dict[str, Any]:
    names = [n for n in schema.get("required") or () if n not in {"apiVersion", "kind", "metadata"}]
    return {"required": names} if names else {}


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
