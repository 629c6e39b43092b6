"""What the watcher of one cluster has told of it: so it tells again only what has changed, and what is gone. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator

from domain.resources import Kind
from services.planning.live.records import LiveRecord, RecordKey
from services.reading.live.scopes import Scope


class Holdings:
    """By kind, namespace and name. `known` are objects that others were told of before: what they were is not known."""

    def __init__(self, known: Iterable[RecordKey] = ()) -> None:
        self._kinds: dict[Kind, dict[str, dict[str, LiveRecord | None]]] = {}
        for key in known:
            self._named(key)[key.name] = None

    def changed(self, records: Iterable[LiveRecord]) -> tuple[LiveRecord, ...]:
        """Those that are new, or differ from what is held in more than their version.

        They get the key of what is held: the tables of all who keep them go on with that key and its name, and would
        keep both of each object that has ever changed.
        """
        found = []
        for record in records:
            held = self._find(record.key)
            if held is not None and held.same(record):
                continue
            if held is not None:
                record.key = held.key
            found.append(record)
        return tuple(found)

    def held(self, keys: Iterable[RecordKey]) -> tuple[RecordKey, ...]:
        """Those that are held."""
        return tuple(key for key in keys if key.name in self._kinds.get(key.kind, {}).get(key.namespace, {}))

    def take(self, put: Iterable[LiveRecord], gone: Iterable[RecordKey]) -> None:
        """These have been told."""
        for record in put:
            self._named(record.key)[record.key.name] = record
        for key in gone:
            self._drop(key)

    def beside(self, scope: Scope, seen: Collection[RecordKey]) -> tuple[RecordKey, ...]:
        """What is held in a scope and was not seen there."""
        namespaces = self._kinds.get(scope.kind, {})
        held = namespaces if scope.namespace is None else {scope.namespace} & namespaces.keys()
        keys = (
            RecordKey(kind=scope.kind, namespace=namespace, name=name)
            for namespace in held
            for name in namespaces[namespace]
        )
        return tuple(key for key in keys if key not in seen)

    def unless(self, wanted: Callable[[Kind, str, LiveRecord | None], bool]) -> tuple[RecordKey, ...]:
        """What is held and not wanted; the record is None where it has not been read yet."""
        return tuple(
            RecordKey(kind=kind, namespace=namespace, name=name)
            for kind, namespaces in self._kinds.items()
            for namespace, named in namespaces.items()
            for name, record in named.items()
            if not wanted(kind, namespace, record)
        )

    def of(self, namespace: str) -> tuple[LiveRecord, ...]:
        """All records of a namespace."""
        return tuple(self._records(namespace))

    def _records(self, namespace: str) -> Iterator[LiveRecord]:
        for namespaces in self._kinds.values():
            for record in namespaces.get(namespace, {}).values():
                if record is not None:
                    yield record

    def _named(self, key: RecordKey) -> dict[str, LiveRecord | None]:
        return self._kinds.setdefault(key.kind, {}).setdefault(key.namespace, {})

    def _find(self, key: RecordKey) -> LiveRecord | None:
        return self._kinds.get(key.kind, {}).get(key.namespace, {}).get(key.name)

    def _drop(self, key: RecordKey) -> None:
        namespaces = self._kinds.get(key.kind, {})
        named = namespaces.get(key.namespace, {})
        named.pop(key.name, None)
        if not named:
            namespaces.pop(key.namespace, None)
