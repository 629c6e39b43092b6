"""ConfigMaps, Secrets and ServiceAccounts."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import IMMUTABLE, forbidden, invalid, required, too_long
from sandbox.kinds.rules import Rules
from sandbox.store import Object

SIZE_LIMIT = 1024 * 1024
_WHEN_IMMUTABLE = "field is immutable when `immutable` is set"
REDACTED = "<secret contents redacted>"

_KEYS_OF_TYPE = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def _validate_configmap(obj: Object) -> Iterator[Cause]:
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    size = 0
    for name, part in (("data", data), ("binaryData", binary)):
        for key, value in part.items():
            if problem := formats.config_key(key):
                yield invalid(f"{name}[{key}]", key, problem)
            size += len(value.encode()) if name == "data" else len(base64.b64decode(value))
    for key in data.keys() & binary.keys():
        yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    if size > SIZE_LIMIT:
        yield too_long("[]", SIZE_LIMIT)


def _forbid_immutable(new: Object, old: Object, *parts: str) -> Iterator[Cause]:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", _WHEN_IMMUTABLE)
    for part in parts:
        if (new.get(part) or {}) != (old.get(part) or {}):
            yield forbidden(part, _WHEN_IMMUTABLE)


def _forbid_configmap(new: Object, old: Object) -> Iterator[Cause]:
    yield from _forbid_immutable(new, old, "data", "binaryData")


def _default_secret(obj: Object) -> None:
    """`stringData` is written, never read: it is laid over `data`."""
    obj.setdefault("type", "Opaque")
    plain: dict[str, Any] = obj.pop("stringData", None) or {}
    if plain:
        data = obj.setdefault("data", {})
        data |= {k: base64.b64encode(v.encode()).decode() for k, v in plain.items()}


def _validate_secret(obj: Object) -> Iterator[Cause]:
    data, kind = obj.get("data") or {}, obj["type"]
    size = 0
    for key, value in data.items():
        if problem := formats.config_key(key):
            yield invalid(f"data[{key}]", key, problem)
        size += len(base64.b64decode(value))
    if size > SIZE_LIMIT:
        yield too_long("data", SIZE_LIMIT)
    for key in _KEYS_OF_TYPE.get(kind, ()):
        if key not in data:
            yield required(f"data[{key}]")
        elif key in {".dockerconfigjson", ".dockercfg"} and (problem := _json_problem(data[key])):
            yield invalid(f"data[{key}]", REDACTED, problem)
    if kind == "kubernetes.io/basic-auth" and not data.keys() & {"username", "password"}:
        yield required("data[username]")
        yield required("data[password]")
    if kind == "kubernetes.io/service-account-token":
        annotations = obj["metadata"].get("annotations") or {}
        if not annotations.get("kubernetes.io/service-account.name"):
            yield required("metadata.annotations[kubernetes.io/service-account.name]")


def _json_problem(value: str) -> str:
    """Says that a value is no JSON without showing any of it."""
    try:
        json.loads(base64.b64decode(value))
    except ValueError:
        return "invalid character in JSON text"
    return ""


def _forbid_secret(new: Object, old: Object) -> Iterator[Cause]:
    if new["type"] != old["type"]:
        yield invalid("type", new["type"], IMMUTABLE)
    yield from _forbid_immutable(new, old, "data")


CONFIG = {
    ("", "configmaps"): Rules(validate=_validate_configmap, forbid=_forbid_configmap),
    ("", "secrets"): Rules(default=_default_secret, validate=_validate_secret, forbid=_forbid_secret),
    ("", "serviceaccounts"): Rules(),
}
