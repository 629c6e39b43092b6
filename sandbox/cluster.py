"""One practice cluster, as its controllers use it: reads, writes, deletions, notifications, the clock.

Knows no users and no HTTP. Writes pass the same rules as writes over HTTP.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sandbox.bodies import FieldValidation, WriteOptions
from sandbox.clock import Clock, SystemClock
from sandbox.definitions import DEFINITIONS, Definitions
from sandbox.deleting import DeleteOptions, Deleter
from sandbox.errors import StatusError
from sandbox.older import Versions
from sandbox.patching import Patch, PatchType
from sandbox.resources import Catalogue, Resource
from sandbox.scaling import Scales
from sandbox.store import Change, Key, Object, Store
from sandbox.writing import Writer

CONTROLLER_MANAGER = "kube-controller-manager"


class Cluster:
    """The objects of one cluster and what may be done with them."""

    def __init__(self, name: str, *, clock: Clock | None = None) -> None:
        self.name = name
        self.clock: Clock = clock or SystemClock()
        self.store = Store()
        self.resources = Catalogue()
        self.definitions = Definitions(self.resources)
        self.writer = Writer(self.store, self.definitions, self.clock)
        self.versions = Versions(self.writer, self.definitions, self.resources)
        self.scales = Scales(self.writer, self.definitions)
        self.deleter = Deleter(self.store, self.writer, self.clock)

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
        namespace = obj["metadata"].get("namespace", "")
        return self.writer.create(self._resource_of(obj), namespace, obj, _options(manager)).object

    def update(self, obj: Object, *, manager: str = CONTROLLER_MANAGER) -> Object:
        """Replace all but the status; optimistic if `obj` has a resourceVersion.

        Raises `StatusError`: NotFound, Conflict, Invalid.
        """
        return self._replace(obj, _options(manager))

    def update_status(self, obj: Object, *, manager: str = CONTROLLER_MANAGER) -> Object:
        """Replace the status alone, generation untouched. Raises `StatusError`: NotFound, Conflict."""
        return self._replace(obj, _options(manager, "status"))

    def apply(self, obj: Object, *, manager: str, server_side: bool, dry_run: bool = False) -> Object:
        """As `kubectl apply`, forced where server-side; creates what is missing. Fields that were left out stay.

        Raises `StatusError` as `create` and `update` do.
        """
        metadata, resource = obj["metadata"], self._resource_of(obj)
        namespace = metadata.get("namespace", "") if resource.namespaced else ""
        exists = self.store.get(self._key(resource, namespace, metadata["name"])) is not None
        options = replace(_options(manager), dry_run=dry_run, force=server_side)
        if not exists and not server_side:
            return self.writer.create(resource, namespace, obj, options).object
        patch = Patch(type=PatchType.APPLY if server_side else PatchType.STRATEGIC, body=obj)
        return self.writer.patch(resource, namespace, metadata["name"], patch, options).object

    def delete(
        self, plural: str, name: str, namespace: str = "", *, propagation: str = "Background", uid: str = ""
    ) -> None:
        """Ask for deletion as a client would (finalizers, grace hold it); an object that is gone already is no error.

        Raises `StatusError` Conflict if another object of that name has taken the place of the one with this uid.
        """
        resource = self.resources.named(plural)
        if self.store.get(self._key(resource, namespace, name)):
            self.deleter.delete(resource, namespace, name, DeleteOptions(propagation=propagation, uid=uid))

    def remove(self, plural: str, name: str, namespace: str = "") -> None:
        """Take an object out of the store at once: the end of a deletion that something had held."""
        key = self._key(self.resources.named(plural), namespace, name)
        if self.store.get(key):
            self.writer.remove(key)

    def restored(self) -> None:
        """The store was filled from outside: serve again what its definitions define."""
        for entry in self.store.select(*DEFINITIONS):
            self.definitions.follow(None, entry.object)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call a listener with every change, within the writer's call; returns a function that unsubscribes it."""
        return self.store.subscribe(listener)

    def _resource_of(self, obj: Object) -> Resource:
        resource = self.resources.of_kind(obj["apiVersion"], obj["kind"])
        if resource is None:
            raise StatusError(404, "NotFound", "the server could not find the requested resource")
        return resource

    @staticmethod
    def _key(resource: Resource, namespace: str, name: str) -> Key:
        return Key(resource.group, resource.plural, namespace if resource.namespaced else "", name)

    def _replace(self, obj: Object, options: WriteOptions) -> Object:
        metadata = obj["metadata"]
        resource = self._resource_of(obj)
        return self.writer.replace(resource, metadata.get("namespace", ""), metadata["name"], obj, options).object


def _options(manager: str, subresource: str = "") -> WriteOptions:
    return WriteOptions(manager=manager, subresource=subresource, field_validation=FieldValidation.IGNORE)
