"""The objects of one cluster in memory, their versions, and the history that watches read.

It knows nothing of kinds: it stores an object with the cluster's next resourceVersion and notifies its listeners. A
stored object is never changed: a write stores a new one, so that readers, histories and caches may share it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

Object = dict[str, Any]

HISTORY = 5_000
"""How many changes of one kind of resource a watch may lag behind before it gets 410 Gone."""


class Key(NamedTuple):
    """Where an object lives; `namespace` is empty for objects that belong to the whole cluster."""

    group: str
    resource: str
    namespace: str
    name: str


class ChangeType(StrEnum):
    """What happened, in the words of watch events."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


class Entry:
    """An object as it is stored, with its JSON made at most once."""

    __slots__ = ("_item", "_raw", "key", "object", "version")

    def __init__(self, key: Key, obj: Object, version: int) -> None:
        self.key = key
        self.object = obj
        self.version = version
        self._raw: bytes | None = None
        self._item: bytes | None = None

    @property
    def raw(self) -> bytes:
        """The object as JSON."""
        if self._raw is None:
            self._raw = orjson.dumps(self.object)
        return self._raw

    @property
    def item(self) -> bytes:
        """The object as it stands in a list: without its kind, which the list says."""
        if self._item is None:
            self._item = orjson.dumps({k: v for k, v in self.object.items() if k not in {"kind", "apiVersion"}})
        return self._item


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One write: what is there now (or was last there, when deleted) and what was there before."""

    type: ChangeType
    entry: Entry
    before: Entry | None

    @property
    def key(self) -> Key:
        return self.entry.key

    @property
    def object(self) -> Object:
        return self.entry.object


Listener = Callable[[Change], None]


class HistoryExpiredError(Exception):
    """A watch asked for changes since a version whose history is gone (410 on the wire)."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")


def thaw(obj: Object) -> Object:
    """A deep copy to change: stored objects are shared."""
    copied: Object = orjson.loads(orjson.dumps(obj))
    return copied


class Store:
    """All objects of one cluster."""

    def __init__(self, *, version: int = 0) -> None:
        self.version = version
        """The version of the last write: one counter for the whole cluster."""
        self._objects: dict[tuple[str, str], dict[tuple[str, str], Entry]] = {}
        self._history: dict[tuple[str, str], deque[Change]] = {}
        self._forgotten: dict[tuple[str, str], int] = {}
        self._floor = version
        self._listeners: list[Listener] = []

    def get(self, key: Key) -> Entry | None:
        of_kind = self._objects.get((key.group, key.resource))
        return of_kind.get((key.namespace, key.name)) if of_kind else None

    def select(self, group: str, resource: str, namespace: str | None = None) -> list[Entry]:
        """Entries ordered by namespace and name; all namespaces unless one is named."""
        of_kind = self._objects.get((group, resource), {})
        keys = of_kind if namespace is None else [k for k in of_kind if k[0] == namespace]
        return [of_kind[k] for k in sorted(keys)]

    def in_namespace(self, namespace: str) -> Iterator[Entry]:
        """All objects of one namespace, in no order."""
        for of_kind in self._objects.values():
            for (where, _), entry in of_kind.items():
                if where == namespace:
                    yield entry

    def everything(self) -> Iterator[Entry]:
        for of_kind in self._objects.values():
            yield from of_kind.values()

    def put(self, key: Key, obj: Object) -> Entry:
        """Store an object, which from now on must not be changed; its resourceVersion is set here."""
        self.version += 1
        obj["metadata"]["resourceVersion"] = str(self.version)
        entry = Entry(key, obj, self.version)
        of_kind = self._objects.setdefault((key.group, key.resource), {})
        before = of_kind.get((key.namespace, key.name))
        of_kind[key.namespace, key.name] = entry
        self._tell(Change(type=ChangeType.MODIFIED if before else ChangeType.ADDED, entry=entry, before=before))
        return entry

    def remove(self, key: Key) -> Entry:
        """Remove an object; watches get its last state, with the version of its deletion."""
        before = self._objects[key.group, key.resource].pop((key.namespace, key.name))
        self.version += 1
        metadata = before.object["metadata"] | {"resourceVersion": str(self.version)}
        entry = Entry(key, before.object | {"metadata": metadata}, self.version)
        self._tell(Change(type=ChangeType.DELETED, entry=entry, before=before))
        return entry

    def load(self, key: Key, obj: Object) -> None:
        """Restore an object as it was stored before a restart: no new version, no notification."""
        version = int(obj["metadata"]["resourceVersion"])
        self._objects.setdefault((key.group, key.resource), {})[key.namespace, key.name] = Entry(key, obj, version)
        self.restore_version(version)

    def unload(self, key: Key) -> None:
        """Take back a deletion that happened before a restart."""
        self._objects.get((key.group, key.resource), {}).pop((key.namespace, key.name), None)

    def restore_version(self, version: int) -> None:
        """Never count backwards over a restart; history from before it is gone."""
        self.version = max(self.version, version)
        self._floor = self.version

    def since(self, group: str, resource: str, version: int) -> list[Change]:
        """The changes after a version, oldest first. Raises `HistoryExpiredError` if they are no longer known."""
        oldest = max(self._floor, self._forgotten.get((group, resource), 0))
        if version < oldest:
            raise HistoryExpiredError(version, oldest)
        history = self._history.get((group, resource), ())
        return [change for change in history if change.entry.version > version]

    def at(self, group: str, resource: str, namespace: str | None, version: int) -> list[Entry]:
        """Entries as they were at a version. Raises `HistoryExpiredError` if that is no longer known."""
        if version >= self.version:
            return self.select(group, resource, namespace)
        entries = {e.key: e for e in self.select(group, resource, namespace)}
        for change in reversed(self.since(group, resource, version)):
            if namespace is not None and change.key.namespace != namespace:
                continue
            if change.before is None:
                entries.pop(change.key, None)
            else:
                entries[change.key] = change.before
        return [entries[key] for key in sorted(entries)]

    @property
    def floor(self) -> int:
        """The version below which nothing is known any more."""
        return self._floor

    def forget_history(self) -> None:
        """As when a real cluster compacts its database: watches from before now get 410."""
        self._history.clear()
        self._forgotten.clear()
        self._floor = self.version

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a listener with every change, within the writer's call; returns a function that unsubscribes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, change: Change) -> None:
        of_kind = (change.key.group, change.key.resource)
        history = self._history.get(of_kind)
        if history is None:
            history = self._history[of_kind] = deque(maxlen=HISTORY)
        if len(history) == HISTORY:
            self._forgotten[of_kind] = history[0].entry.version
        history.append(change)
        for listener in tuple(self._listeners):
            listener(change)
