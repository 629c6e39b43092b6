"""A practice cluster as its controllers see it: the objects, their owners, the time, and the work queue.

Controllers read and write only through it. It keeps indices, which it can rebuild from the stored objects.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from sandbox.clock import rfc3339
from sandbox.cluster import CONTROLLER_MANAGER, Cluster
from sandbox.controllers.queue import WorkQueue
from sandbox.controllers.rollout_timing import RolloutTiming
from sandbox.store import Change, ChangeType, Key, Object, thaw


class Topic(NamedTuple):
    """Something to wait for: one object, any of a kind in a namespace (no name), or anything new or gone (no kind)."""

    plural: str
    namespace: str
    name: str = ""


class World:
    """One cluster, its indices and its work queue."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        timing: RolloutTiming,
        reconciled: Collection[tuple[str, str]],
        root_certificates: bool,
        peers: Mapping[str, Cluster] = MappingProxyType({}),
    ) -> None:
        """`reconciled`: (group, plural) of the kinds that have a controller; `peers`: all clusters, by their names."""
        self.cluster = cluster
        self.peers = peers
        self.timing = timing
        self._reconciled = reconciled
        self.root_certificates = root_certificates
        self.queue = WorkQueue()
        self._keys: dict[str, Key] = {}
        self._dependents: dict[str, dict[Key, None]] = {}
        self._waiting: dict[Topic, dict[Key, float]] = {}
        self._since: dict[Key, dict[str, tuple[str, datetime]]] = {}
        self._writing = False

    # Reading

    def now(self) -> datetime:
        return self.cluster.clock.now()

    def stamp(self) -> str:
        return rfc3339(self.now())

    def get(self, plural: str, name: str, namespace: str = "") -> Object | None:
        return self.cluster.get(plural, name, namespace)

    def select(self, plural: str, namespace: str | None = None) -> list[Object]:
        return self.cluster.list(plural, namespace)

    def at(self, key: Key) -> Object | None:
        entry = self.cluster.store.get(key)
        return entry.object if entry else None

    def key(self, obj: Object) -> Key:
        resource = self.cluster.resources.of_kind(obj["apiVersion"], obj["kind"])
        assert resource is not None, f"{obj['kind']} is stored but not served"
        metadata = obj["metadata"]
        return Key(resource.group, resource.plural, metadata.get("namespace", ""), metadata["name"])

    def exists(self, uid: str) -> bool:
        return uid in self._keys

    def where(self, uid: str) -> Key | None:
        return self._keys.get(uid)

    def dependents(self, owner: Object) -> list[Object]:
        """What names this object among its owners, oldest first."""
        keys = self._dependents.get(owner["metadata"]["uid"], {})
        return [obj for key in tuple(keys) if (obj := self.at(key)) is not None]

    def controlled(self, owner: Object, plural: str) -> list[Object]:
        """The objects of one kind that this object controls, oldest first."""
        uid = owner["metadata"]["uid"]
        keys = [k for k in self._dependents.get(uid, {}) if k.resource == plural]
        found = [obj for key in keys if (obj := self.at(key)) is not None]
        return [obj for obj in found if controller_uid(obj) == uid]

    # Writing

    def create(self, obj: Object, *, manager: str = CONTROLLER_MANAGER) -> Object:
        """Raises `StatusError` as the cluster does."""
        with self._own_write():
            return self.cluster.create(obj, manager=manager)

    def update(self, obj: Object, *, manager: str = CONTROLLER_MANAGER) -> Object:
        """Everything but the status. The stored object is left alone if there is nothing to change."""
        with self._own_write():
            return self.cluster.update(obj, manager=manager)

    def apply(self, obj: Object, *, manager: str, server_side: bool) -> Object:
        """As `Cluster.apply`."""
        with self._own_write():
            return self.cluster.apply(obj, manager=manager, server_side=server_side)

    def update_status(self, obj: Object, status: Object) -> Object:
        """The status, and the annotations as they stand in `obj`; what changes nothing is not written.

        Only controllers write these, one reconciliation at a time: whatever else changed since `obj` was read, the
        status is written all the same.
        """
        present = self.at(self.key(obj))
        annotations = obj["metadata"].get("annotations")
        same = present is not None and present["metadata"].get("annotations") == annotations
        if present is not None and same and present.get("status") == status:
            return present
        changed = {**thaw(obj), "status": status}
        changed["metadata"].pop("resourceVersion", None)
        with self._own_write():
            return self.cluster.update_status(changed)

    def delete(self, obj: Object, *, propagation: str = "Background") -> None:
        """Request the deletion of an object; no effect on one that is terminating."""
        if obj["metadata"].get("deletionTimestamp"):
            return
        key = self.key(obj)
        with self._own_write():
            self.cluster.delete(qualified(key), key.name, key.namespace, propagation=propagation)

    def remove(self, obj: Object) -> None:
        """Out of the store: the end of a deletion."""
        key = self.key(obj)
        with self._own_write():
            self.cluster.remove(qualified(key), key.name, key.namespace)

    # Work to come

    def requeue_after(self, obj: Object, seconds: float) -> None:
        self.queue.add(self.key(obj), self.now() + timedelta(seconds=max(seconds, 0.0)))

    def wait_for(self, obj: Object, *topics: Topic, delay: float | None = None) -> None:
        """Reconcile `delay` seconds after any of these changes, once: call it again while still waiting."""
        for topic in topics:
            self._waiting.setdefault(topic, {})[self.key(obj)] = self.timing.hop if delay is None else delay

    def elapsed(self, obj: Object, subject: str, state: str) -> float:
        """Seconds since `subject` (say, a container) of this object was first found in `state`; 0 the first time.

        Stored times are whole seconds and too coarse for this. After a restart a state begins anew.
        """
        states = self._since.setdefault(self.key(obj), {})
        known = states.get(subject)
        if known is None or known[0] != state:
            states[subject] = (state, self.now())
            return 0.0
        return (self.now() - known[1]).total_seconds()

    # Notifications

    def learn(self, key: Key, obj: Object) -> None:
        """Add a stored object to the indices and the work queue, at the start."""
        self._index(key, obj)
        if self._concerns(key, obj):
            self.queue.add(key, self.now())

    def noted(self, change: Change) -> None:
        """Work out who has to look because of a change; called inside the writer's call."""
        key, obj = change.key, change.object
        if key.resource == "events":
            return
        if change.type is ChangeType.DELETED:
            self._forget(key, obj)
        else:
            self._index(key, obj)
            self._look(key, obj)
        owner = controller_uid(obj)
        if owner is not None and (owner_key := self._keys.get(owner)) is not None:
            self._soon(owner_key)
        self._tell(Topic(key.resource, key.namespace, key.name))
        self._tell(Topic(key.resource, key.namespace))
        if change.type is not ChangeType.MODIFIED:
            self._tell(Topic("", key.namespace))

    @contextmanager
    def _own_write(self) -> Iterator[None]:
        self._writing = True
        try:
            yield
        finally:
            self._writing = False

    def _look(self, key: Key, obj: Object) -> None:
        if not self._concerns(key, obj):
            return
        if "deletionTimestamp" in obj["metadata"] and key.resource == "pods":
            # A pod gets its termination signal at once: `RolloutTiming.stop` is all that it takes.
            self.queue.add(key, self.now())
        elif self._writing:
            self._soon(key)
        else:
            timing = self.timing
            self.queue.settle(key, self.now(), quiet=timing.settle, at_most=timing.settle_at_most)

    def _concerns(self, key: Key, obj: Object) -> bool:
        """Whether any controller has something to do with an object: with most ConfigMaps, say, none has."""
        metadata = obj["metadata"]
        if (key.group, key.resource) in self._reconciled:
            return True
        return "ownerReferences" in metadata or "deletionTimestamp" in metadata

    def _soon(self, key: Key) -> None:
        self.queue.add(key, self.now() + timedelta(seconds=self.timing.hop))

    def _tell(self, topic: Topic) -> None:
        for key, delay in self._waiting.pop(topic, {}).items():
            self.queue.add(key, self.now() + timedelta(seconds=delay))

    def _index(self, key: Key, obj: Object) -> None:
        self._keys[obj["metadata"]["uid"]] = key
        for reference in obj["metadata"].get("ownerReferences", ()):
            self._dependents.setdefault(reference["uid"], {})[key] = None

    def _forget(self, key: Key, obj: Object) -> None:
        self._keys.pop(obj["metadata"]["uid"], None)
        self._since.pop(key, None)
        for dependent in self._dependents.pop(obj["metadata"]["uid"], {}):
            self._soon(dependent)
        for reference in obj["metadata"].get("ownerReferences", ()):
            self._dependents.get(reference["uid"], {}).pop(key, None)
            if (owner := self._keys.get(reference["uid"])) is not None:
                self._soon(owner)


def qualified(key: Key) -> str:
    """The plural with its group, so that a custom resource cannot be taken for a built-in one."""
    return f"{key.resource}.{key.group}" if key.group else key.resource


def controller_uid(obj: Object) -> str | None:
    for reference in obj["metadata"].get("ownerReferences", ()):
        if reference.get("controller"):
            uid: str = reference["uid"]
            return uid
    return None


def parse_time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
