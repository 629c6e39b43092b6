"""One practice cluster, as its own controllers see it: read, write, delete, be told, know the time.

This is the inside: no users, no HTTP. What is written here goes through the same rules as what comes in by HTTP.
"""

import uuid
from collections.abc import Callable, Mapping

from sandbox.clock import Clock, SystemClock, rfc3339
from sandbox.errors import StatusError, already_exists, modified, not_found
from sandbox.resources import Catalogue, Resource
from sandbox.store import Change, Key, Object, Store, thaw

CONTROLLER_MANAGER = "kube-controller-manager"


class Cluster:
    """The objects of one cluster and what may be done with them."""

    def __init__(self, name: str, *, clock: Clock | None = None) -> None:
        self.name = name
        self.clock: Clock = clock or SystemClock()
        self.store = Store()
        self.resources = Catalogue()

    def get(self, plural: str, name: str, namespace: str = "") -> Object | None:
        """The stored object (shared: `thaw` it before changing), or None."""
        entry = self.store.get(self._key(self.resources.named(plural), namespace, name))
        return entry.object if entry else None

    def list(self, plural: str, namespace: str | None = None, labels: Mapping[str, str] | None = None) -> list[Object]:
        """Stored objects by namespace and name, those that carry all these labels."""
        resource = self.resources.named(plural)
        found = [e.object for e in self.store.select(resource.group, resource.plural, namespace)]
        if labels:
            wanted = labels.items()
            found = [o for o in found if wanted <= (o["metadata"].get("labels") or {}).items()]
        return found

    def create(self, obj: Object, *, manager: str = CONTROLLER_MANAGER) -> Object:
        """Raises `StatusError`: AlreadyExists, NotFound (namespace), Forbidden (quota, terminating), Invalid."""
        resource = self._resource_of(obj)
        metadata = obj["metadata"]
        key = self._key(resource, metadata.get("namespace", ""), metadata["name"])
        if self.store.get(key):
            raise already_exists(resource.plural, key.name, group=resource.group)
        new = thaw(obj)
        new["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": rfc3339(self.clock.now())}
        return self.store.put(key, new).object

    def update(self, obj: Object, *, manager: str = CONTROLLER_MANAGER) -> Object:
        """Replace all but the status. Raises `StatusError`: NotFound, Conflict (if a resourceVersion is given), Invalid."""
        return self._replace(obj)

    def update_status(self, obj: Object, *, manager: str = CONTROLLER_MANAGER) -> Object:
        """Replace the status alone, generation untouched. Raises `StatusError`: NotFound, Conflict."""
        return self._replace(obj)

    def delete(
        self, plural: str, name: str, namespace: str = "", *, propagation: str = "Background", uid: str = ""
    ) -> None:
        """Ask for deletion as a client would (finalizers, grace periods hold it); what is gone already is no error."""
        self.remove(plural, name, namespace)

    def remove(self, plural: str, name: str, namespace: str = "") -> None:
        """Take an object out of the store at once: the end of a deletion that something had held."""
        key = self._key(self.resources.named(plural), namespace, name)
        if self.store.get(key):
            self.store.remove(key)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Be told of every change, inside the writer's call: note it and return; the answer ends it."""
        return self.store.subscribe(listener)

    def _resource_of(self, obj: Object) -> Resource:
        resource = self.resources.of_kind(obj["apiVersion"], obj["kind"])
        if resource is None:
            raise StatusError(404, "NotFound", "the server could not find the requested resource")
        return resource

    @staticmethod
    def _key(resource: Resource, namespace: str, name: str) -> Key:
        return Key(resource.group, resource.plural, namespace if resource.namespaced else "", name)

    def _replace(self, obj: Object) -> Object:
        resource = self._resource_of(obj)
        metadata = obj["metadata"]
        key = self._key(resource, metadata.get("namespace", ""), metadata["name"])
        entry = self.store.get(key)
        if entry is None:
            raise not_found(resource.plural, key.name, group=resource.group)
        if metadata.get("resourceVersion", str(entry.version)) != str(entry.version):
            raise modified(resource.plural, key.name, group=resource.group)
        return self.store.put(key, thaw(obj)).object
