"""What screens show of the database, kept in memory: app environments with what happened there last.

They are read again when a table of theirs has changed. They are never written.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from db.records import (
    AppEnvironmentRecord,
    ApplicationRecord,
    ClusterRecord,
    EndedOperation,
    EnvironmentRecord,
    ImagePushRecord,
    VerdictRecord,
)
from db.transaction import Database, Transaction
from domain.divergences import OpenDivergence
from domain.images import ContainerKey
from domain.resources import Kind, ResourceId
from domain.words import Verdict
from services.planning.objects.workloads import is_workload
from services.planning.overviews.values import LastOperation, PushedImage
from services.reading.given_namespaces import taken_back
from services.reading.live.changes import Wanted

PODS = Kind(group="", version="v1", name="Pod")
# The tables of which places are made. Of those that change often, only what is shown is read again.
_ROWS = frozenset(
    {
        "applications",
        "environments",
        "environment_clusters",
        "environment_namespaces",
        "clusters",
        "app_environments",
        "app_environment_resources",
    }
)
_OFTEN = frozenset({"operations", "image_push_verdicts", "divergences"})
PlaceKey = tuple[str, str]
"""The ids of the application and of the environment."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """An application in an environment: its row, and what screens show beside it."""

    target: AppEnvironmentRecord
    last_operation: LastOperation | None = None
    pushed: Mapping[ContainerKey, PushedImage] = field(default_factory=dict)
    divergences: tuple[OpenDivergence, ...] = ()

    @property
    def key(self) -> PlaceKey:
        return (self.target.application.id, self.target.environment.id)

    @cached_property
    def workloads(self) -> tuple[ResourceId, ...]:
        """Its resources that run pods."""
        return tuple(each for each in self.target.resources if is_workload(each.kind))

    @cached_property
    def names(self) -> frozenset[tuple[str, str]]:
        """The kinds and names of its workloads."""
        return frozenset((each.kind.name, each.name) for each in self.workloads)

    @cached_property
    def namespace(self) -> str | None:
        """The namespace that is read: None where it is not configured, or where the namespace was taken back."""
        if not self.target.configured or taken_back(self.target) is not None:
            return None
        return self.target.namespace


@dataclass(frozen=True, kw_only=True)
class PlacesNow:
    """All places at one moment: applications by name, and the places of each by rank."""

    applications: tuple[ApplicationRecord, ...] = ()
    environments: tuple[EnvironmentRecord, ...] = ()
    by_application: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)

    def rows_are(self, other: "PlacesNow") -> bool:
        """Whether both were read from the same rows of applications and environments."""
        return self.applications is other.applications and self.environments is other.environments

    @cached_property
    def all(self) -> tuple[Place, ...]:
        return tuple(place for places in self.by_application.values() for place in places)

    @cached_property
    def by_key(self) -> Mapping[PlaceKey, Place]:
        return {place.key: place for place in self.all}

    @cached_property
    def by_row(self) -> Mapping[str, Place]:
        """By the id of the app environment's row, where it has one."""
        return {place.target.id: place for place in self.all if place.target.id is not None}

    @cached_property
    def clusters(self) -> Mapping[str, ClusterRecord]:
        """By id, the clusters of all environments."""
        return {cluster.id: cluster for each in self.environments for cluster in each.clusters}

    @cached_property
    def by_cluster(self) -> Mapping[str, tuple[Place, ...]]:
        """By cluster id, the places that are read there."""
        found: dict[str, list[Place]] = {}
        for (cluster_id, _), places in self.by_namespace.items():
            found.setdefault(cluster_id, []).extend(places)
        return {cluster_id: tuple(places) for cluster_id, places in found.items()}

    @cached_property
    def by_namespace(self) -> Mapping[tuple[str, str], tuple[Place, ...]]:
        """By the id of a cluster and a namespace on it."""
        found: dict[tuple[str, str], list[Place]] = {}
        for place in self.all:
            if place.namespace is not None:
                for cluster in place.target.environment.clusters:
                    found.setdefault((cluster.id, place.namespace), []).append(place)
        return {key: tuple(places) for key, places in found.items()}

    def wanted(self) -> dict[str, Wanted]:
        """By cluster id, what is to be watched there; clusters on which nothing is configured are left out."""
        kinds: dict[str, dict[Kind, set[str]]] = {}
        resources: dict[str, dict[str, set[ResourceId]]] = {}
        for (cluster_id, namespace), places in self.by_namespace.items():
            owned = {each for place in places for each in place.target.resources if _is_watched(each.kind)}
            if not owned:
                continue
            resources.setdefault(cluster_id, {})[namespace] = owned
            for kind in {each.kind for each in owned} | ({PODS} if any(is_workload(e.kind) for e in owned) else set()):
                kinds.setdefault(cluster_id, {}).setdefault(kind, set()).add(namespace)
        return {
            cluster_id: Wanted(
                kinds={kind: frozenset(namespaces) for kind, namespaces in found.items()},
                resources={namespace: frozenset(owned) for namespace, owned in resources[cluster_id].items()},
            )
            for cluster_id, found in kinds.items()
        }


def _is_watched(kind: Kind) -> bool:
    return is_workload(kind)


class Tables(Protocol):
    """What tells of tables that change. While it is not `connected`, nobody knows what changes."""

    connected: bool

    def subscribe(self, told: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call `told` with the names of tables that have changed; returns what ends the calls."""


class Places:
    """Keeps the places up to date, as long as it hears which tables change; else they are read whenever they are asked
    for.
    """

    def __init__(self, db: Database, *, told: Callable[[PlacesNow], None], tables: Tables | None = None) -> None:
        """`told` is called with the places whenever they have been read."""
        self._db = db
        self._told = told
        self._tables = tables
        self._stale = set(_ROWS)
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._woken.set()
        self.now = PlacesNow()
        db.on_change(self._changed)  # whoever has written something, and asks the same process, sees it
        if tables is not None:
            tables.subscribe(self._changed)

    async def current(self) -> PlacesNow:
        """The places: without a query as long as nothing has changed."""
        if self._tables is None or not self._tables.connected:
            self._stale |= _ROWS
        if self._stale or self._turn.locked():  # what is being read at the moment may be what was asked for
            await self.refresh()
        return self.now

    async def including(self, application_id: str) -> PlacesNow:
        """As `current`, with an application that was added so lately that nothing has told of it yet."""
        places = await self.current()
        if application_id not in places.by_application:
            self._stale |= _ROWS
            await self.refresh()
        return self.now

    def _changed(self, tables: frozenset[str]) -> None:
        self._stale |= tables & (_ROWS | _OFTEN)
        if self._stale:
            self._woken.set()

    async def refresh(self) -> None:
        """Read what has changed. Raises what the database raises."""
        async with self._turn:
            stale = frozenset(self._stale)
            self._stale -= stale
            self._woken.clear()
            if not stale:
                return
            try:
                self.now = await (self._read_often(stale) if stale <= _OFTEN else self._read_all())
            except BaseException:
                self._stale |= stale
                self._woken.set()
                raise
            self._told(self.now)

    async def run(self, *, debounce: float, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Read again after each change, at most once in `debounce` seconds, until cancelled. Raises as `refresh`."""
        while True:
            await self._woken.wait()
            await self.refresh()
            await pause(debounce)

    async def _read_all(self) -> PlacesNow:
        async with self._db.read() as tx:
            applications = await tx.applications.all()
            environments = await tx.environments.all()
            records = await tx.app_environments.of(applications)
            ids = [each.id for each in records if each.id is not None]
            ended, offered = await _ended(tx, ids), await _offered(tx, ids)
            diverging = await tx.divergences.open()
        found: dict[str, list[Place]] = {each.id: [] for each in applications}
        for each in records:
            found[each.application.id].append(_place(each, ended, offered, diverging))
        return PlacesNow(
            applications=applications,
            environments=environments,
            by_application={key: tuple(places) for key, places in found.items()},
        )

    async def _read_often(self, stale: frozenset[str]) -> PlacesNow:
        """The places with their operations and offered images read anew; the rows are as before."""
        ids = list(self.now.by_row)
        async with self._db.read() as tx:
            active = await tx.place_operations.active()
            ended = await _ended(tx, ids)
            offered = await _offered(tx, ids) if "image_push_verdicts" in stale else None
            diverging = await tx.divergences.open() if "divergences" in stale else None
        return replace(
            self.now,
            by_application={
                key: tuple(_again(place, active, ended, offered, diverging) for place in places)
                for key, places in self.now.by_application.items()
            },
        )


_Ended = Mapping[str, EndedOperation]
_Offered = Mapping[str, Mapping[ContainerKey, PushedImage]]
_Diverging = Mapping[str, tuple[OpenDivergence, ...]]


async def _ended(tx: Transaction, ids: Sequence[str]) -> _Ended:
    return await tx.place_operations.last_ended(ids)


async def _offered(tx: Transaction, ids: Sequence[str]) -> _Offered:
    pushes = await tx.verdicts.pushes_judged(ids, [Verdict.OFFERED])
    return {target: offered_images(found) for target, found in pushes.items()}


def offered_images(offered: Iterable[tuple[ImagePushRecord, VerdictRecord]]) -> dict[ContainerKey, PushedImage]:
    """The newest offered image of each container; `offered` is in order, the newest first."""
    found: dict[ContainerKey, PushedImage] = {}
    for image_push, verdict in offered:
        image = PushedImage(
            push=image_push.push,
            repository=image_push.repository,
            tag=image_push.tag,
            digest=image_push.digest,
            discovered_at=image_push.discovered_at,
        )
        for container in verdict.containers:
            found.setdefault(container.key, image)
    return found


def _place(target: AppEnvironmentRecord, ended: _Ended, offered: _Offered, diverging: _Diverging) -> Place:
    last = ended.get(target.id or "")
    return Place(
        target=target,
        last_operation=LastOperation(id=last.id, kind=last.kind, state=last.state) if last else None,
        pushed=offered.get(target.id or "", {}),
        divergences=diverging.get(target.id or "", ()),
    )


def _again(
    place: Place, active: Mapping[str, str], ended: _Ended, offered: _Offered | None, diverging: _Diverging | None
) -> Place:
    """The place, and the same object where nothing has changed: then nothing is compared any further."""
    key = place.target.id or ""
    again = _place(
        place.target,
        ended,
        offered if offered is not None else {key: place.pushed},
        diverging if diverging is not None else {key: place.divergences},
    )
    underway = active.get(key)
    if again == place and underway == place.target.active_operation:
        return place
    return replace(again, target=replace(place.target, active_operation=underway))
