"""Annotations in which a tool keeps the whole object as it was applied: they carry old values, Secrets' included. Pure.

Known ones stand in the table of what tools write; others are recognised by their shape: JSON, or packed and encoded
JSON, of an object of the same kind, or a name that says so.
"""

import base64
import binascii
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

from domain.resources import Manifest
from services.json_bounds import parse
from services.planning.objects.redact import is_secret

_NAMES = re.compile(
    r"last[-_.]?(applied|handled|deployed|observed)[-_.]?(config|configuration|object|manifest|state)?$", re.IGNORECASE
)
_MOST_UNPACKED = 4 * 1024 * 1024  # an object has at most 1.5 MiB


def holds_a_copy(name: str, text: Any, manifest: Manifest) -> bool:
    """Whether the annotation holds a copy of its object."""
    if not isinstance(text, str) or len(text) < 2:
        return False
    if _NAMES.search(name) and (text.lstrip().startswith("{") or _unpacked(text) is not None):
        return True
    return _is_yaml_of(text, manifest) or any(_is_copy(each, manifest) for each in _objects_in(_object_in(text)))


def _objects_in(found: Any) -> Iterator[dict[str, Any]]:
    """The object, those of a list, and those that an object around them holds; of a text in quotes what it quotes."""
    if isinstance(found, str) and found.lstrip()[:1] in {"{", "["}:
        found = _parsed(found)
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict):
            yield each
            yield from (inner for inner in each.values() if isinstance(inner, dict))


def _is_yaml_of(text: str, manifest: Manifest) -> bool:
    kind = re.compile(rf"^kind:\s*[\"']?{re.escape(manifest.kind.name)}[\"']?\s*$", re.MULTILINE)
    return re.search(r"^apiVersion:", text, re.MULTILINE) is not None and kind.search(text) is not None


def _is_copy(found: dict[str, Any], manifest: Manifest) -> bool:
    whole = found.get("kind") == manifest.kind.name and "apiVersion" in found
    # Some tools keep the object without its kind: then its name and what it holds identify it.
    named = (found.get("metadata") or {}) if isinstance(found.get("metadata"), dict) else {}
    same = named.get("name") == manifest.name and bool({"data", "stringData", "spec"} & {*found})
    # Of a Secret, its data alone are what must not travel.
    data = is_secret(manifest.kind) and any(isinstance(found.get(field), dict) for field in ("data", "stringData"))
    return whole or same or data


def _object_in(text: str) -> Any:
    if text.lstrip()[:1] in {"{", "[", '"'}:
        return _parsed(text)
    if len(text) < 40:  # nothing that is packed and holds an object is as short
        return None
    return _parsed(_unpacked(text))


def _parsed(text: str | bytes | None) -> Any:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:  # also what is no UTF-8
        return None


def _unpacked(text: str) -> bytes | None:
    """The bytes of a base64 text, unpacked where gzip or zlib packed them; None where it is neither."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                return packed.read(_MOST_UNPACKED)
        if raw[:1] == b"\x78":
            return zlib.decompressobj().decompress(raw, _MOST_UNPACKED)
    except (OSError, EOFError, zlib.error):
        return None
    return raw if raw.lstrip()[:1] == b"{" else None
