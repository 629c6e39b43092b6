"""Records of the objects that are watched: all that judgements and screens read, in a few hundred bytes each.

Pure. One decoder reads pages of lists and events of watches; what it gives is cut down and kept packed
(docs/decisions/the-live-cache.md): the garbage collector has nothing to visit, and two records are compared by their
bytes. What an event of a watch says is packed only once it has rested: many an object changes again at once.
"""

from functools import lru_cache
from typing import Any

import msgspec
import orjson
from msgspec import Struct

from domain.declared_kinds import Declaration
from domain.resources import Kind, Manifest
from services.planning.live.packing import is_packed, packed, unpacked
from services.planning.live.shapes import (
    ControllerRevision,
    Event,
    Metadata,
    Named,
    Node,
    Object,
    Other,
    Page,
    Pod,
    UnreadPage,
    UnreadWatched,
    Watched,
    Workload,
)
from services.planning.live.trimming import controller_of, trimmed
from services.planning.objects.built_in import is_built_in
from services.planning.objects.workloads import is_workload

# Their values are secret, or may be: no record is ever made of them.
_NEVER = frozenset({("", "Secret"), ("", "ConfigMap")})
_SHAPES: dict[tuple[str, str], type[Object]] = {
    ("", "Pod"): Pod,
    ("", "Event"): Event,
    ("", "Node"): Node,
    ("apps", "ControllerRevision"): ControllerRevision,
}


class RecordKey(Struct, frozen=True, gc=False, order=True, cache_hash=True):
    """Which object of a cluster it is; `namespace` is empty for what has none."""

    kind: Kind
    namespace: str
    name: str


class Controller(Struct, frozen=True, gc=False):
    """The object that created another one, and acts on it."""

    kind: str
    name: str
    uid: str


class LiveRecord(Struct, gc=False, eq=False):
    """What is kept of one object, as of one resource version.

    `kept` is its text, or that packed; nothing else of a record ever changes. `print` is the hash of the text.
    """

    key: RecordKey
    version: str
    controller: Controller | None
    kept: bytes
    print: int

    @classmethod
    def of(cls, key: RecordKey, version: str, controller: Controller | None, text: bytes) -> "LiveRecord":
        """Not packed yet."""
        return cls(key, version, controller, text, hash(text))

    @property
    def is_packed(self) -> bool:
        return is_packed(self.kept)

    def pack(self) -> "LiveRecord":
        """Keep it packed from now on: it takes a third. Threads that read it meanwhile read the one or the other."""
        if not is_packed(self.kept):
            self.kept = packed(self.kept)
        return self

    @property
    def body(self) -> Object:
        """What is kept, as shapes; without its name, its namespace and its version."""
        return _decoder(self.key.kind).decode(unpacked(self.kept))

    def same(self, other: "LiveRecord") -> bool:
        """Whether they differ in their resource versions alone."""
        if self.print != other.print or self.key != other.key:
            return False
        return self.kept == other.kept or unpacked(self.kept) == unpacked(other.kept)

    def as_manifest(self) -> Manifest:
        """The object as judgements read it: whatever else it has on the cluster is not there.

        Commands and environment variables, where they are kept at all, are fingerprints that compare as they would.
        """
        body: dict[str, Any] = orjson.loads(unpacked(self.kept))
        kind = self.key.kind
        metadata = body.setdefault("metadata", {})
        metadata |= {"name": self.key.name, "resourceVersion": self.version}
        if self.key.namespace:
            metadata["namespace"] = self.key.namespace
        body |= {"apiVersion": kind.api_version, "kind": kind.name}
        return Manifest(body)

    def encoded(self) -> bytes:
        """As it is stored: JSON, which `decoded` reads."""
        return orjson.dumps(self.as_manifest().body, option=orjson.OPT_SORT_KEYS)

    @staticmethod
    def decoded(kind: Kind, stored: bytes | str) -> "LiveRecord":
        """Of what `encoded` gave, whatever has become of spaces and the order of members since. It is not packed yet.

        Raises `ValueError` or `KeyError` where it is no such text.
        """
        body: dict[str, Any] = orjson.loads(stored)
        metadata = body["metadata"]
        key = RecordKey(kind=kind, namespace=_shared(metadata.pop("namespace", "")), name=metadata.pop("name"))
        version = metadata.pop("resourceVersion")
        kept = {name: value for name, value in body.items() if value and name not in {"apiVersion", "kind"}}
        controller = next(iter(metadata.get("ownerReferences") or ()), None)
        return LiveRecord.of(
            key,
            version,
            _controller(controller["kind"], controller["name"], controller["uid"]) if controller else None,
            orjson.dumps(kept, option=orjson.OPT_SORT_KEYS),
        )


class RecordPage(Struct, frozen=True, gc=False):
    """A page of a list; `more` is the token with which it goes on, empty for the last page.

    `skipped` are objects with fields of other types than their kind has.
    """

    records: tuple[LiveRecord, ...]
    resource_version: str
    more: str
    skipped: tuple[RecordKey, ...] = ()


class RecordEvent(Struct, frozen=True, gc=False):
    """An event of a watch. A bookmark has no record, only a version.

    `skipped`: the object has fields of other types than its kind has. It counts as deleted, for what was known of it
    is true no more, and its record has a key alone.
    """

    type: str
    version: str
    record: LiveRecord | None
    skipped: bool = False


def may_be_kept(kind: Kind) -> bool:
    """Whether records are made of objects of this kind: never of Secrets and ConfigMaps."""
    return (kind.group, kind.name) not in _NEVER


def read_page(kind: Kind, body: bytes, *, key: bytes, declaration: Declaration | None = None) -> RecordPage:
    """Of the answer to a list request; `key` and `declaration` are those of `trimmed`.

    The records are packed: most of them will rest.

    Raises `msgspec.DecodeError` and `RecursionError` where it is no list.
    """
    try:
        page = _page_decoder(kind).decode(body)
        found = [_record(kind, item, key, declaration) for item in page.items or ()]
    except UNREADABLE:
        return _page_of_readable(kind, body, key, declaration)
    records = tuple(record.pack() for record in found if record is not None)
    return RecordPage(records, page.metadata.resource_version or "", page.metadata.continue_ or "")


def _page_of_readable(kind: Kind, body: bytes, key: bytes, declaration: Declaration | None) -> RecordPage:
    """The page object by object: one that cannot be read keeps none of the others from being known."""
    page = _unread_page.decode(body)
    records: list[LiveRecord] = []
    skipped: list[RecordKey] = []
    for item in page.items or ():
        try:
            record = read_object(kind, bytes(item), key=key, declaration=declaration)
        except UNREADABLE:
            skipped.append(_bare(kind, item).key)
        else:
            records += [record.pack()] if record is not None else []
    metadata = page.metadata
    return RecordPage(tuple(records), metadata.resource_version or "", metadata.continue_ or "", tuple(skipped))


def read_object(kind: Kind, body: bytes, *, key: bytes, declaration: Declaration | None = None) -> LiveRecord | None:
    """Of an object's own JSON; None where it has no name. Raises those of `UNREADABLE` where it is no such object."""
    return _record(kind, _decoder(kind).decode(body), key, declaration)


def read_event(kind: Kind, line: bytes, *, key: bytes, declaration: Declaration | None = None) -> RecordEvent:
    """Of a line of a watch. Raises `msgspec.DecodeError` and `RecursionError`, also where a Status is its object."""
    try:
        event = _event_decoder(kind).decode(line)
        version = (event.object.metadata or Metadata()).resource_version or ""  # before it is cut off
        record = _record(kind, event.object, key, declaration) if event.type in _CHANGES else None
    except UNREADABLE:
        unread = _unread_event.decode(line)
        if unread.type not in _CHANGES:
            raise
        record = _bare(kind, unread.object)
        return RecordEvent("DELETED", record.version, record, skipped=True)
    return RecordEvent(event.type, version, record)


def _bare(kind: Kind, found: msgspec.Raw) -> LiveRecord:
    """The record of an object that cannot be read. Raises `msgspec.DecodeError` for what has no name."""
    metadata = _named.decode(found).metadata
    key = RecordKey(kind=kind, namespace=_shared(metadata.namespace or ""), name=metadata.name)
    return LiveRecord.of(key, metadata.resource_version or "", None, b"{}")


def _record(kind: Kind, found: Object, key: bytes, declaration: Declaration | None) -> LiveRecord | None:
    """None for an object without a name, which no API server sends. Raises those of `UNREADABLE`."""
    metadata = found.metadata or Metadata()
    name, namespace, version = metadata.name, metadata.namespace or "", metadata.resource_version or ""
    if not name:
        return None
    owner = controller_of(metadata)
    try:
        cut = trimmed(kind, found, key=key, declaration=declaration)
    except ValueError as error:  # of what is kept as it was sent, and parsed only here
        raise msgspec.DecodeError(f"a member of a {kind.name} is no JSON") from error
    return LiveRecord.of(
        RecordKey(kind=kind, namespace=_shared(namespace), name=name),
        version,
        _controller(owner.kind or "", owner.name or "", owner.uid or "") if owner is not None else None,
        _encode(cut),
    )


UNREADABLE = (msgspec.DecodeError, RecursionError)
_CHANGES = frozenset({"ADDED", "MODIFIED", "DELETED"})
_encode = msgspec.json.Encoder(order="sorted").encode
_named = msgspec.json.Decoder(Named)
_unread_page = msgspec.json.Decoder(UnreadPage)
_unread_event = msgspec.json.Decoder(UnreadWatched)


@lru_cache(maxsize=65536)
def _shared(text: str) -> str:
    """The same object for equal texts, of which there are few: a namespace stands in every record."""
    return text


@lru_cache(maxsize=65536)
def _controller(kind: str, name: str, uid: str) -> Controller:
    """The same object for all pods of a ReplicaSet."""
    return Controller(kind, name, uid)


def _shape(kind: Kind) -> type[Object]:
    if not may_be_kept(kind):
        raise ValueError(f"no records are made of a {kind.name}: its values may be secret")
    found = _SHAPES.get((kind.group, kind.name))
    return found or (Workload if is_workload(kind) and is_built_in(kind) else Other)


@lru_cache(maxsize=1024)
def _decoder(kind: Kind) -> msgspec.json.Decoder[Object]:
    return msgspec.json.Decoder(_shape(kind))


@lru_cache(maxsize=1024)
def _page_decoder(kind: Kind) -> msgspec.json.Decoder[Page[Object]]:
    return msgspec.json.Decoder(Page[_shape(kind)])  # type: ignore[misc]  # the shape is known when it runs


@lru_cache(maxsize=1024)
def _event_decoder(kind: Kind) -> msgspec.json.Decoder[Watched[Object]]:
    return msgspec.json.Decoder(Watched[_shape(kind)])  # type: ignore[misc]
