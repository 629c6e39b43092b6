"""Pictures without clusters and without a database: places as values, and what a watcher would tell."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from api.schemas.overview import MatrixCell, cell_json
from db.records.inventory import AppEnvironmentRecord
from domain.resources import Kind, Manifest, ResourceId
from services.planning.health.values import HealthPolicy
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes, KindState, StreamState
from services.reading.live.picture import Picture
from services.reading.live.places import PODS, Place, PlacesNow
from tests.support.live import record_of
from tests.support.records import app_environment_record
from tests.support.rollouts import START, at

DEPLOYMENTS = Kind(group="apps", version="v1", name="Deployment")
WEB = ResourceId(kind=DEPLOYMENTS, name="web")
CERTIFICATE = ResourceId.of("cert-manager.io/v1", "Certificate", "web")
DIGEST = "sha256:" + "1" * 64


class Clock:
    """A time that a test moves on, and a timer on which a look at it takes `each` seconds."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.each = 0.0
        self.set_back = 0.0  # by so many seconds, as by whoever sets the time of a machine
        self._ran = 0.0

    def timer(self) -> float:
        self._ran += self.each
        return self.seconds + self._ran

    def __call__(self) -> datetime:
        return at(self.seconds - self.set_back)


def places_of(*targets: AppEnvironmentRecord, **more: Any) -> PlacesNow:
    """The places of these app environments, which are of one or of several applications."""
    found: dict[str, list[Place]] = {}
    for each in targets:
        found.setdefault(each.application.id, []).append(Place(target=each, **more))
    return PlacesNow(
        applications=tuple({each.application.id: each.application for each in targets}.values()),
        environments=tuple({each.environment.id: each.environment for each in targets}.values()),
        by_application={key: tuple(places) for key, places in found.items()},
    )


def stream(kind: Kind = DEPLOYMENTS, state: StreamState = StreamState.LIVE, **more: Any) -> KindState:
    """A stream over the whole cluster that has been so since the start, and was heard of."""
    return KindState(**{"kind": kind, "namespace": None, "state": state, "since": START, "heard_at": START, **more})


def told(
    *objects: Manifest, cluster: str = "prod-eu", namespace: str = "shop", states: Iterable[KindState] | None = None
) -> Changes:
    """What a watcher tells that found these objects; without `states`, that deployments and pods are live."""
    return Changes(
        cluster_id=f"id-of-{cluster}",
        put=tuple(record_of(_in(namespace, each)) for each in objects),
        states=tuple(states) if states is not None else (stream(), stream(PODS)),
    )


def gone(*objects: Manifest, cluster: str = "prod-eu", namespace: str = "shop") -> Changes:
    """What a watcher tells when these have been deleted."""
    keys = tuple(record_of(_in(namespace, each)).key for each in objects)
    return Changes(cluster_id=f"id-of-{cluster}", gone=keys)


def picture_of(cache: LiveCache, clock: Clock) -> Picture:
    return Picture(cache, policy=HealthPolicy(), encode=cell_json, clock=clock, timer=clock.timer)


class Shown:
    """A picture of `shop` in Production, on prod-eu and prod-us unless said otherwise."""

    def __init__(self, *targets) -> None:
        self.clock = Clock()
        self.cache = LiveCache()
        self.picture: Picture = picture_of(self.cache, self.clock)
        self.places = places_of(*(targets or (production(),)))
        self.picture.place(self.places)

    @property
    def place(self) -> Place:
        return self.places.all[0]

    async def after(self, *changes: Changes, seconds: float = 0.0) -> "Shown":
        self.clock.seconds += seconds
        for each in changes:
            self.cache.apply(each)
        await self.picture.refresh()
        return self

    async def replaced(self, *targets) -> "Shown":
        self.places = places_of(*targets)
        self.picture.place(self.places)
        return await self.after()

    @property
    def cell(self) -> MatrixCell:
        return MatrixCell.model_validate_json(self.picture.cell(self.place).encoded)

    @property
    def clusters(self):
        return self.picture.seen(self.place).clusters

    @property
    def health(self):
        (facts, *_) = self.picture.facts(self.place.target)
        return facts.workloads[0].health


def production(**changes):
    return app_environment_record(**{"clusters": ("prod-eu",), "resources": (WEB,), **changes})


def web(tag: str = "1", *, ready: int = 2, name: str = "web") -> Manifest:
    """A Deployment of two replicas that has seen its newest generation, of which so many are ready."""
    counts = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": ready, "availableReplicas": ready}
    conditions = [
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        {"type": "Available", "status": "True", "lastTransitionTime": "2026-01-01T11:00:00Z"},
    ]
    containers = [{"name": "web", "image": f"registry.example/shop/web:{tag}"}]
    return Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "uid": f"uid-{name}", "generation": 1, "resourceVersion": "1"},
            "spec": {"replicas": 2, "template": {"spec": {"containers": containers}}},
            "status": {"observedGeneration": 1, **counts, "conditions": conditions},
        }
    )


def certificate(status: str, *, since: str = "2026-01-01T11:00:00Z") -> Manifest:
    """A Certificate whose issuer says whether it is ready."""
    said = {"type": "Ready", "status": status, "reason": "Issuer", "message": "…", "lastTransitionTime": since}
    return Manifest(
        {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": {"name": "web", "resourceVersion": status},
            "spec": {},
            "status": {"conditions": [said]},
        }
    )


def pod_of(
    owner: Manifest,
    *,
    tag: str = "1",
    name: str | None = None,
    hash_: str = "abc",
    status: dict[str, Any] | None = None,
) -> Manifest:
    """A pod of a Deployment, which reports a digest."""
    by = {"kind": "ReplicaSet", "name": f"{owner.name}-{hash_}", "uid": f"uid-{hash_}", "controller": True}
    image = f"registry.example/shop/web:{tag}"
    reported = {
        "name": "web",
        "ready": True,
        "restartCount": 0,
        "imageID": f"registry.example/shop/web@{DIGEST}",
        "state": {"running": {"startedAt": "2026-01-01T11:00:00Z"}},
        **(status or {}),
    }
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name or f"{owner.name}-{hash_}-1",
                "uid": f"uid-of-pod-{name or owner.name}",
                "resourceVersion": "1",
                "creationTimestamp": "2026-01-01T11:00:00Z",
                "labels": {"pod-template-hash": hash_},
                "ownerReferences": [{"apiVersion": "apps/v1", **by}],
            },
            "spec": {"containers": [{"name": "web", "image": image}]},
            "status": {"phase": "Running", "containerStatuses": [reported]},
        }
    )


def _in(namespace: str, manifest: Manifest) -> dict[str, Any]:
    body = manifest.edited()
    body["metadata"]["namespace"] = namespace
    return body
