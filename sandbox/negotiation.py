"""Content negotiation: the requested form of the answer, the type of the body, and the parameters of writes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import yaml

from sandbox import protobuf
from sandbox.bodies import FieldValidation, WriteOptions, check_manager, options_invalid
from sandbox.errors import Cause, StatusError, bad_request
from sandbox.patching import PatchType

BODY_LIMIT = 3 * 1024 * 1024
JSON = "application/json"
YAML = "application/yaml"
OPENAPI_V2 = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_READABLE = (JSON, YAML)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The form of an answer."""

    media_type: str = JSON
    form: str = ""
    """Table, PartialObjectMetadata, PartialObjectMetadataList or APIGroupDiscoveryList; "": the object itself."""


PLAIN = Wanted()


@lru_cache(maxsize=256)
def wanted(accept: str) -> Wanted:
    """The first form in an Accept header that is served. Raises `StatusError` 406."""
    if not accept:
        return PLAIN
    for part in accept.split(","):
        media_type, *parameters = (p.strip() for p in part.split(";"))
        options = dict(p.partition("=")[::2] for p in parameters)
        if media_type in {"*/*", "application/*", OPENAPI_V2}:  # that one is written in no other form
            media_type = JSON
        form = options.get("as", "")
        if form == "APIGroupDiscoveryList" and (options.get("g"), options.get("v")) != ("apidiscovery.k8s.io", "v2"):
            continue
        known = {"", "Table", "PartialObjectMetadata", "PartialObjectMetadataList", "APIGroupDiscoveryList"}
        if media_type in {JSON, YAML} and form in known:
            return Wanted(media_type=media_type, form=form)
    raise StatusError(406, "NotAcceptable", f"only the following media types are accepted: {', '.join(_READABLE)}")


class _Loader(yaml.CSafeLoader):
    """YAML as JSON has it: times stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_body(body: bytes, content_type: str, *, kind: str) -> Any:
    """The body of a create or replace; None if there is none. Raises `StatusError`: 400, 415."""
    if not body:
        return None
    if content_type == protobuf.MEDIA_TYPE:
        return protobuf.decode_object(body)
    if content_type not in {JSON, YAML, ""}:
        raise StatusError(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: " + ", ".join(_READABLE),
        )
    try:
        return _parse(body, allow_yaml=content_type == YAML)
    except (ValueError, yaml.YAMLError):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            "json parse error: the body is not well formed"
        ) from None


def read_patch(body: bytes, patch_type: PatchType) -> Any:
    """The body of a patch. Raises `StatusError` 400."""
    try:
        return _parse(body, allow_yaml=patch_type is PatchType.APPLY)
    except (ValueError, yaml.YAMLError):
        what = "YAML" if patch_type is PatchType.APPLY else "patch"
        raise bad_request(f"error decoding {what}: the body is not well formed") from None


def check_duplicates(body: bytes, *, kind: str, version: str) -> None:
    """Raises `StatusError` 400 for JSON that says a field twice, which Strict validation minds as well."""
    found: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        found.extend(dict.fromkeys(name for name in names if names.count(name) > 1))
        return dict(pairs)

    try:
        json.loads(body, object_pairs_hook=members)
    except ValueError:
        return  # YAML, or nothing that can be read: others say so
    if found:
        problems = ", ".join(f'duplicate field "{name}"' for name in found)
        prefix = f'{kind} in version "{version}" cannot be handled as a {kind}'
        raise bad_request(f"{prefix}: strict decoding error: {problems}")


def _parse(body: bytes, *, allow_yaml: bool) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if not allow_yaml:
            raise
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(body, Loader=_Loader)):
        raise yaml.YAMLError("aliases are not read: they could grow without bound")
    return yaml.load(body, Loader=_Loader)  # noqa: S506 - made from the safe loader


def patch_type(content_type: str, *, custom: bool) -> PatchType:
    """Raises `StatusError` 415; strategic merge is only for built-in kinds."""
    try:
        chosen = PatchType(content_type)
    except ValueError:
        raise StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type") from None
    if custom and chosen is PatchType.STRATEGIC:
        accepted = f"{PatchType.JSON}, {PatchType.MERGE}, {PatchType.APPLY}"
        raise StatusError(
            415,
            "UnsupportedMediaType",
            f"the body of the request was in an unknown format - accepted media types include: {accepted}",
        )
    return chosen


def is_set(query: Mapping[str, str], name: str) -> bool:
    """A switch of a query as a real server reads it: all but `0` and `false` is on."""
    return name in query and query[name].lower() not in {"0", "false"}


_OPTIONS_KINDS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}


def write_options(verb: str, query: Mapping[str, str], user_agent: str, *, subresource: str = "") -> WriteOptions:
    """What the query says of a write. Raises `StatusError` 422."""
    kind = _OPTIONS_KINDS.get(verb, "DeleteOptions")
    dry_run = query.get("dryRun", "")
    if dry_run not in {"", "All"}:
        raise options_invalid(kind, _unsupported("dryRun", dry_run, '"All"'))
    validation = query.get("fieldValidation") or FieldValidation.WARN
    if validation not in set(FieldValidation):
        options = '"", "Ignore", "Strict", "Warn"'
        raise options_invalid(kind, _unsupported("fieldValidation", validation, options))
    manager = query.get("fieldManager", "")
    check_manager(manager, options=kind)
    return WriteOptions(
        manager=manager or user_agent.partition("/")[0][:128] or "unknown",
        dry_run=bool(dry_run),
        field_validation=FieldValidation(validation),
        subresource=subresource,
        force=is_set(query, "force"),
    )


def check_patch_options(chosen: PatchType, query: Mapping[str, str]) -> None:
    """Raises `StatusError` 422: an apply has to say who it is, and only an apply may be forced."""
    if chosen is PatchType.APPLY:
        if not query.get("fieldManager"):
            message = "Required value: is required for apply patch"
            raise options_invalid(
                "PatchOptions", Cause(reason="FieldValueRequired", message=message, field="fieldManager")
            )
    elif "force" in query:
        message = "Forbidden: may not be specified for non-apply patch"
        raise options_invalid("PatchOptions", Cause(reason="FieldValueForbidden", message=message, field="force"))


def _unsupported(field: str, value: str, options: str) -> Cause:
    message = f'Unsupported value: "{value}": supported values: {options}'
    return Cause(reason="FieldValueNotSupported", message=message, field=field)
