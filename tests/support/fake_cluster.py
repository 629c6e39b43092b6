"""A stateful fake of a cluster's gateway, for timing that practice clusters cannot reproduce.

It keeps objects, tests and applies JSON patches, and notifies watches; `refuse` makes a call fail.
"""

import asyncio
import copy
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

from domain.cluster_api import ServedKind, ServedKinds
from domain.resources import Kind, Manifest, ResourceId
from domain.stored.rollouts import UndoImages
from domain.written import WrittenObject
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, PatchTestFailedError, ResourceGoneError
from services.kube.gateway import ClusterGateway, ObjectList, WatchEvent, WatchEventType

DEPLOYMENT = Kind.of("apps/v1", "Deployment")
WEB = ResourceId.of("apps/v1", "Deployment", "web")
_PATIENCE = 90.0  # seconds
_VERBS = frozenset({"get", "list", "watch", "patch"})


def deployment(
    name: str = "web", *, images: dict[str, str] | None = None, replicas: int = 1, **metadata
) -> dict[str, Any]:
    """A Deployment that has rolled out."""
    containers = [{"name": key, "image": image} for key, image in (images or {"web": "shop/web:1"}).items()]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "uid": f"uid-{name}", "generation": 1, **metadata},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}},
        "status": rolled_out(1, replicas=replicas),
    }


def rolled_out(generation: int, *, replicas: int = 1) -> dict[str, Any]:
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
    done = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
    return {"observedGeneration": generation, **counts, "conditions": [done]}


class FakeCluster:
    """A fake `ClusterGateway` of one cluster, with the methods that execution uses."""

    cluster = "prod-eu"

    def __init__(self, *objects: dict[str, Any]) -> None:
        self._objects: dict[tuple[Kind, str], dict[str, Any]] = {}
        self._refusals: dict[tuple[str, str], list[Exception]] = {}
        self._watchers: list[tuple[Kind, asyncio.Queue[WatchEvent | ClusterError]]] = []
        self._version = 0
        self.calls: list[tuple[str, str]] = []
        for body in objects:
            self.put(body)

    @property
    def gateway(self) -> ClusterGateway:
        """Itself, as a `ClusterGateway`."""
        return cast("ClusterGateway", self)

    def put(self, body: dict[str, Any]) -> None:
        """Add or replace an object, as another client of the cluster would."""
        manifest = Manifest(copy.deepcopy(body))
        self._version += 1
        manifest.body["metadata"]["resourceVersion"] = str(self._version)
        self._objects[manifest.kind, manifest.name] = manifest.body
        self._notify(manifest.kind, WatchEvent(type=WatchEventType.MODIFIED, object=manifest))

    def remove(self, kind: Kind, name: str) -> None:
        gone = Manifest(self._objects.pop((kind, name)))
        self._notify(kind, WatchEvent(type=WatchEventType.DELETED, object=gone))

    def change(self, name: str = "web", kind: Kind = DEPLOYMENT, *, generation: int = 1, **images: str) -> None:
        """Set containers' images, as another client of the cluster would."""
        body = copy.deepcopy(self._objects[kind, name])
        body["metadata"]["generation"] += generation
        for container in body["spec"]["template"]["spec"]["containers"]:
            container["image"] = images.get(container["name"], container["image"])
        self.put(body)

    def report(self, name: str = "web", kind: Kind = DEPLOYMENT, **status: Any) -> None:
        """Update the status, as the controller would."""
        body = copy.deepcopy(self._objects[kind, name])
        body["status"] = {**body["status"], **status}
        self.put(body)

    def images(self, name: str = "web", kind: Kind = DEPLOYMENT) -> dict[str, str]:
        pods = self._objects[kind, name]["spec"]["template"]["spec"]
        return {container["name"]: container["image"] for container in pods["containers"]}

    def refuse(self, verb: str, name: str, *errors: Exception) -> None:
        """The next calls of `verb` on the object (or the kind, for lists and watches) raise these, one each."""
        self._refusals.setdefault((verb, name), []).extend(errors)

    async def until_called(self, verb: str, name: str, times: int) -> None:
        """So many calls of `verb` on the object (or the kind) have come since the cluster was made."""
        async with asyncio.timeout(_PATIENCE):
            while self.calls.count((verb, name)) < times:
                await asyncio.sleep(0.002)

    async def get(self, kind: Kind, name: str, **_: Any) -> Manifest | None:
        self._called("get", name)
        body = self._objects.get((kind, name))
        return Manifest(copy.deepcopy(body)) if body else None

    async def list(self, kind: Kind, **_: Any) -> ObjectList:
        self._called("list", kind.name)
        found = tuple(Manifest(copy.deepcopy(body)) for (held, _), body in self._objects.items() if held == kind)
        return ObjectList(items=found, resource_version=str(self._version))

    async def served_kinds(self, **_: Any) -> ServedKinds:
        """The kinds of its objects."""
        kinds = dict.fromkeys(kind for kind, _ in self._objects)
        plurals = {kind: f"{kind.name.lower()}s" for kind in kinds}
        return ServedKinds(
            tuple(ServedKind(kind=kind, plural=plurals[kind], namespaced=True, verbs=_VERBS) for kind in kinds)
        )

    async def watch(self, kind: Kind, *, deadline: Deadline, **_: Any) -> AsyncIterator[WatchEvent]:
        self._called("watch", kind.name)
        queue: asyncio.Queue[WatchEvent | ClusterError] = asyncio.Queue()
        entry = (kind, queue)
        self._watchers.append(entry)
        try:
            while not deadline.passed:
                try:
                    event = await asyncio.wait_for(queue.get(), deadline.left())
                except TimeoutError:
                    return
                if isinstance(event, ClusterError):
                    raise event
                yield event
        finally:
            self._watchers.remove(entry)

    async def patch_json(self, kind: Kind, name: str, operations: Any, *, dry_run: bool = False, **_: Any) -> Manifest:
        self._called("dry-run" if dry_run else "patch", name)
        if (kind, name) not in self._objects:
            raise ResourceGoneError("The object does not exist.", cluster=self.cluster)
        body = copy.deepcopy(self._objects[kind, name])
        for operation in operations:
            *path, last = operation.path.strip("/").split("/")
            held: Any = body
            for step in path:
                held = held[int(step)] if isinstance(held, list) else held[step]
            if operation.op == "test" and held[last] != operation.value:
                raise PatchTestFailedError("The object is not as the plan read it.", cluster=self.cluster)
            if operation.op == "replace":
                held[last] = operation.value
        if not dry_run:
            body["metadata"]["generation"] += 1
            self.put(body)
        return Manifest(body)

    def break_watches(self, error: ClusterError) -> None:
        for _, queue in self._watchers:
            queue.put_nowait(error)

    def _called(self, verb: str, name: str) -> None:
        self.calls.append((verb, name))
        pending = self._refusals.get((verb, name))
        if pending:
            raise pending.pop(0)

    def _notify(self, kind: Kind, event: WatchEvent) -> None:
        for watched, queue in self._watchers:
            if watched == kind:
                queue.put_nowait(event)


class FakeLog:
    """A fake `Progress`: keeps entries and what undoing needs, and the number of patches sent before the latter."""

    def __init__(self, cluster: FakeCluster | None = None) -> None:
        self._cluster = cluster
        self.reported: list[tuple[str, ResourceId | None, dict[str, Any]]] = []
        self.undo: UndoImages | None = None
        self.written: list[WrittenObject] = []
        self.patches_before_undo: int | None = None

    async def report(self, type: Any, *, resource: ResourceId | None = None, **data: Any) -> None:  # noqa: A002
        self.reported.append((type.value, resource, data))

    async def wrote(self, objects: Sequence[WrittenObject]) -> None:
        self.written += objects

    async def store_undo(self, undo: UndoImages) -> None:
        if self.undo is None:
            self.undo = undo
        if self._cluster is not None:
            self.patches_before_undo = sum(verb == "patch" for verb, _ in self._cluster.calls)
