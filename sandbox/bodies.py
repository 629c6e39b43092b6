"""Checks bodies before they are written, and reads the parameters of writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.decode import DecodeError, decode, schema_errors
from sandbox.definitions import Definition
from sandbox.errors import Cause, StatusError, bad_request, modified
from sandbox.kinds.findings import invalid, too_long
from sandbox.resources import Resource
from sandbox.store import Object

MANAGER_NAME_LIMIT = 128


class FieldValidation(StrEnum):
    """What happens to fields that the kind does not declare."""

    STRICT = "Strict"
    WARN = "Warn"
    IGNORE = "Ignore"


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """What a request says about its write besides the body."""

    manager: str
    dry_run: bool = False
    field_validation: FieldValidation = FieldValidation.WARN
    subresource: str = ""
    force: bool = False
    guard: Callable[[Object, Object | None], None] | None = None
    """A further admission check: called with the object to be stored and the one before it, raises to refuse."""


def read(kind: Definition, body: Any, options: WriteOptions) -> tuple[Object, tuple[str, ...]]:
    """The body as an object of its kind, and warnings about what was left out of it."""
    resource = kind.resource
    prefix = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
    if not isinstance(body, dict):
        raise bad_request(f"{prefix}: json: cannot unmarshal {type(body).__name__} into Go value")
    for part in ("kind", "apiVersion"):
        if resource.custom and not body.get(part):  # built-in kinds are known by their address
            raise bad_request(f"Object '{part[0].upper()}{part[1:]}' is missing in the body")
    sent_version, sent_kind = body.get("apiVersion") or resource.api_version, body.get("kind") or resource.kind
    if sent_version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({sent_version}) does not match the expected API version "
            f"({resource.api_version})"
        )
    if sent_kind != resource.kind:
        raise bad_request(
            f'{sent_kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            "converting to the kind of the resource is not possible"
        )
    try:
        obj, unknown = decode(kind.schema, body, resource.kind)
    except DecodeError as error:
        raise bad_request(f"{prefix}: {error}") from None
    obj["apiVersion"], obj["kind"] = resource.api_version, resource.kind
    if not unknown or options.field_validation is FieldValidation.IGNORE:
        return obj, ()
    found = [f'unknown field "{path}"' for path in unknown]
    if options.field_validation is FieldValidation.STRICT:
        raise bad_request(f"{prefix}: strict decoding error: {', '.join(found)}")
    return obj, tuple(found)


def settle_namespace(resource: Resource, metadata: dict[str, Any], namespace: str) -> None:
    sent = metadata.get("namespace") or ""
    if not resource.namespaced:
        if sent:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        metadata.pop("namespace", None)
        return
    if sent and sent != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    metadata["namespace"] = namespace


def check_name(metadata: Mapping[str, Any], name: str) -> None:
    sent = metadata.get("name") or ""
    if not sent:
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if sent != name:
        raise bad_request(f"the name of the object ({sent}) does not match the name on the URL ({name})")


def applied_config(kind: Definition, namespace: str, name: str, body: Any) -> Object:
    """The body of an apply, if it fits. Raises `StatusError` 400; 500 for what the schema does not know."""
    resource = kind.resource
    if not isinstance(body, dict):
        raise bad_request("error decoding YAML: expected an object")
    for part in ("apiVersion", "kind"):
        if not body.get(part):
            raise bad_request(f"Object '{'Kind' if part == 'kind' else 'apiVersion'}' is missing in the request body")
    if (body["apiVersion"], body["kind"]) != (resource.api_version, resource.kind):
        raise bad_request(
            f"{body['apiVersion']}, Kind={body['kind']} in the body does not match the requested "
            f"{resource.api_version}, Kind={resource.kind}"
        )
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise bad_request("metadata must be an object")
    if metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    if metadata.get("name"):
        check_name(metadata, name)
    if resource.namespaced and metadata.get("namespace", namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if problems := schema_errors(kind.schema, body):
        text = problems[0] if len(problems) == 1 else "errors:\n" + "\n".join(f"  {p}" for p in problems)
        subject = (
            f"{namespace if metadata.get('namespace') else ''}/{name}; {resource.api_version}, Kind={resource.kind}"
        )
        raise StatusError(500, "", f"failed to create typed patch object ({subject}): {text}")
    if resource.custom:  # null is a value there, except in the metadata, whose fields have Go types
        return body | ({"metadata": _without_nulls(metadata)} if metadata else {})
    config: Object = _without_nulls(body)
    return config


def _without_nulls(value: Any) -> Any:
    """Null means nothing in an applied object of a built-in kind."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value


def check_version(resource: Resource, name: str, metadata: Mapping[str, Any], live: Object) -> None:
    """A body that names a version writes only onto that."""
    sent = metadata.get("resourceVersion")
    if sent and sent != live["metadata"]["resourceVersion"]:
        raise modified(resource.plural, name, group=resource.group)


def check_uid(resource: Resource, name: str, metadata: Mapping[str, Any], live: Object | None) -> None:
    """A body that names a uid writes only onto that object. Raises `StatusError` 409."""
    uid = metadata.get("uid")
    if not uid or (live and uid == live["metadata"]["uid"]):
        return
    if live is None:
        problem = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
    else:
        problem = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {live['metadata']['uid']}"
    raise StatusError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {resource.group_resource} "{name}": {problem}',
        name=name,
        group=resource.group,
        kind=resource.plural,
    )


def check_manager(name: str, *, options: str) -> None:
    """Raises `StatusError` 422 for a field manager that cannot be recorded; `options` are what it was given in."""
    if len(name.encode()) > MANAGER_NAME_LIMIT:
        raise options_invalid(options, too_long("fieldManager", MANAGER_NAME_LIMIT))
    for position, letter in enumerate(name):
        if not letter.isprintable():
            detail = f"invalid character U+{ord(letter):04X} (at position {position})"
            raise options_invalid(options, invalid("fieldManager", name, detail))


def options_invalid(kind: str, cause: Cause) -> StatusError:
    """422 for a query parameter of a write."""
    return StatusError(
        422,
        "Invalid",
        f'{kind}.meta.k8s.io "" is invalid: {cause.field}: {cause.message}',
        group="meta.k8s.io",
        kind=kind,
        causes=[cause],
    )
