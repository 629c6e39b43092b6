"""Records of Helm releases: which objects the newest revision of a release holds. Pure.

Helm keeps one Secret (or ConfigMap) a revision: `data.release` is the base64 text of a gzipped JSON document (helm
`pkg/storage/driver/util.go`), encoded once more where it lies in a Secret. Such a document holds the release's values,
with any passwords among them, so nothing of it is kept here but the identities of its objects.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from domain.resources import Manifest, ResourceId
from services.json_bounds import MAX_DEPTH, TooDeepError, parse

MOST_BYTES = 32 * 1024 * 1024  # unpacked; a record is at most 1 MiB packed

MOST_TEXT = 2 * 1024 * 1024  # of YAML, which takes about a second to read
_GZIP = 16 + zlib.MAX_WBITS
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, order=True)
class ReleaseName:
    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True)
class HelmRelease:
    """A release's newest revision. `objects` are (group, kind, namespace, name), None where it is unreadable."""

    objects: frozenset[tuple[str, str, str, str]] | None

    def holds(self, resource: ResourceId, namespace: str | None) -> bool:
        """Whether the object is one of the release's; what cannot be read is taken to hold it."""
        return self.objects is None or (*resource.group_kind, namespace or "", resource.name) in self.objects


def newest_release(release: ReleaseName, records: Iterable[Manifest]) -> HelmRelease | None:
    """The newest revision among the records of one release; None where there is none."""
    newest = max(records, key=revision_of, default=None)
    return HelmRelease(objects=_objects(release, newest)) if newest is not None else None


def revision_of(record: Manifest) -> int:
    """The revision that a record's label says; 0 where it says none."""
    text = record.labels.get("version", "")
    return int(text) if text.isdecimal() else 0


def _objects(release: ReleaseName, record: Manifest) -> frozenset[tuple[str, str, str, str]] | None:
    try:
        manifest = unpacked(record)["manifest"]
        return frozenset(_identities(release, manifest)) if len(manifest) <= MOST_TEXT else None
    except (ValueError, yaml.YAMLError, KeyError, TypeError):
        return None


def unpacked(record: Manifest) -> Any:
    """The document of a record, with the release's values: secret. Raises `ValueError`, saying nothing of it."""
    try:
        packed = str((record.body.get("data") or {}).get("release", "")).encode()
        if record.kind.name == "Secret":
            packed = base64.b64decode(packed, validate=True)
        return parse(zlib.decompressobj(_GZIP).decompress(base64.b64decode(packed, validate=True), MOST_BYTES))
    except (binascii.Error, zlib.error, ValueError):
        raise ValueError("The record of a Helm release cannot be read.") from None


def _identities(release: ReleaseName, manifest: str) -> Iterator[tuple[str, str, str, str]]:
    for fields in _fields_of_documents(manifest):
        resource = ResourceId.of(fields.get(_API_VERSION, ""), fields.get(_KIND, ""), fields.get(_NAME, ""))
        yield (*resource.group_kind, fields.get(_NAMESPACE) or release.namespace, resource.name)


_API_VERSION, _KIND = ("apiVersion",), ("kind",)
_NAME, _NAMESPACE = ("metadata", "name"), ("metadata", "namespace")
_IDENTIFYING = frozenset({_API_VERSION, _KIND, _NAME, _NAMESPACE})


def _fields_of_documents(text: str) -> Iterator[dict[tuple[str | None, ...], str]]:
    """The identifying fields of each YAML document, read from the parser's events. Raises `ValueError` if too deep."""
    keys: list[str | None] = []  # of the maps and lists that are open; None where a map's next scalar is a key
    fields: dict[tuple[str | None, ...], str] = {}
    for event in yaml.parse(text, Loader=LOADER):
        if len(keys) > MAX_DEPTH:
            raise TooDeepError
        match event:
            case yaml.DocumentStartEvent():
                fields = {}
            case yaml.DocumentEndEvent() if fields:
                yield fields
            case yaml.ScalarEvent(value=value):
                if tuple(keys) in _IDENTIFYING:
                    fields[tuple(keys)] = value
            case _:
                pass
        _step(keys, event)


_ITEM = "[]"


def _step(keys: list[str | None], event: yaml.Event) -> None:
    """Open or close a map or list, and go on after a key or a value of the innermost map."""
    match event:
        case yaml.MappingStartEvent():
            keys.append(None)
            return
        case yaml.SequenceStartEvent():
            keys.append(_ITEM)
            return
        case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
            keys.pop()
        case yaml.ScalarEvent() | yaml.AliasEvent():
            pass
        case _:
            return
    if keys and keys[-1] != _ITEM:
        keys[-1] = str(getattr(event, "value", "")) if keys[-1] is None else None
