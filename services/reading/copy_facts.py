"""Read what a copy is decided from: the source's objects, and what is on each target.

Reading only. Previews, starts and resumed executions all read through here, so that they cannot disagree. Kinds of
which many objects are wanted are listed; a few are read by name. Everything that does not depend on another answer goes
out at once; the gateway bounds how much of it is under way.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from domain.cluster_api import ClusterFailure, Right, ServedKinds
from domain.resources import Kind, Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.copying.facts import CREATE_NAMESPACE, NamespaceState, SourceFacts, TargetFacts
from services.planning.copying.rewrite import Overrides
from services.planning.objects.identity import GroupKind, ObjectKey
from services.planning.objects.references import CLUSTER_WIDE, INGRESS_CLASS, STORAGE_CLASS, references_of

T = TypeVar("T")

_BY_NAME = 3  # up to this many objects of a kind are read one by one

NAMESPACE = Kind(group="", version="v1", name="Namespace")
QUOTA = Kind(group="", version="v1", name="ResourceQuota")
SERVICE = Kind(group="", version="v1", name="Service")
AUTOSCALER = Kind(group="autoscaling", version="v2", name="HorizontalPodAutoscaler")
INGRESS = Kind(group="networking.k8s.io", version="v1", name="Ingress")

_SCALABLE = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})
_WRITE_VERBS = ("get", "create", "patch")


@dataclass(frozen=True, kw_only=True)
class SourceNamespace:
    """Where objects are copied from."""

    environment: str
    cluster_id: str
    namespace: str
    gateway: ClusterGateway


@dataclass(frozen=True, kw_only=True)
class TargetNamespace:
    """Where they go."""

    cluster: str
    cluster_id: str
    namespace: str
    gateway: ClusterGateway


async def read_source(place: SourceNamespace, resources: Iterable[ResourceId], *, deadline: Deadline) -> SourceFacts:
    """The objects of `resources` that are there; raises `ClusterError`."""
    requested = tuple(dict.fromkeys(resources))
    found, namespace = await asyncio.gather(
        _read_objects(place.gateway, place.namespace, requested, deadline=deadline),
        _get_if_allowed(place.gateway, NAMESPACE, place.namespace, namespace=None, deadline=deadline),
    )
    return SourceFacts(
        manifests=tuple(found[resource] for resource in requested if resource in found),
        environment=place.environment,
        cluster=place.gateway.cluster,
        cluster_id=place.cluster_id,
        namespace=place.namespace,
        namespace_object=namespace,
        missing=tuple(resource.label for resource in requested if resource not in found),
    )


async def read_conversions(
    place: SourceNamespace, manifests: Iterable[Manifest], targets: Iterable[TargetFacts], *, deadline: Deadline
) -> tuple[Manifest, ...]:
    """The same objects in versions that some target serves, where it lacks the version they were read in.

    The source's own server converts them, which nobody else can.
    """
    reachable = [target for target in targets if target.failure is None]
    lacking = [m for m in manifests if any(target.served.find(m.kind) is None for target in reachable)]
    if not lacking:
        return ()
    source_kinds = await place.gateway.served_kinds(deadline=deadline)
    requested: list[ResourceId] = []
    for manifest in lacking:
        known = {s.kind for target in reachable for s in target.served.versions_of(manifest.id.group_kind)}
        requested += [
            ResourceId(kind=served.kind, name=manifest.name)
            for served in source_kinds.versions_of(manifest.id.group_kind)
            if served.kind in known and served.kind != manifest.kind
        ]
    return tuple((await _read_objects(place.gateway, place.namespace, requested, deadline=deadline)).values())


async def read_target(
    place: TargetNamespace, manifests: tuple[Manifest, ...], overrides: Overrides, *, deadline: Deadline
) -> TargetFacts:
    """What `manifests` would meet on this cluster. An error of the cluster becomes `failure`, not an exception."""
    try:
        return await _read_target(place, manifests, overrides, deadline=deadline)
    except ClusterError as error:
        return TargetFacts(
            cluster=place.cluster,
            cluster_id=place.cluster_id,
            failure=ClusterFailure(code=error.code, detail=error.detail),
        )


async def _read_target(
    place: TargetNamespace, manifests: tuple[Manifest, ...], overrides: Overrides, *, deadline: Deadline
) -> TargetFacts:
    gateway, namespace = place.gateway, place.namespace
    served, state = await asyncio.gather(
        gateway.served_kinds(deadline=deadline), _namespace_state(gateway, namespace, deadline=deadline)
    )
    written = _in_served_versions((m.id for m in manifests), served)
    named, cluster_wide = _referred_to(manifests, overrides, served)
    reader = _TargetReader(gateway, namespace, there=state is not NamespaceState.MISSING, deadline=deadline)
    (objects, classes), lacking, around = await asyncio.gather(
        _both(reader.objects((*written, *named)), reader.classes(cluster_wide)),
        reader.lacking_rights(written, served, state),
        reader.surroundings({m.kind.name for m in manifests}),
    )
    return TargetFacts(
        cluster=place.cluster,
        cluster_id=place.cluster_id,
        served=served,
        namespace_state=state,
        live={ObjectKey.of(m): m for m in (*objects, *classes)},
        looked_for=frozenset(
            ObjectKey.of_resource(r)
            for r in (*written, *named, *cluster_wide)
            if ObjectKey.of_resource(r) not in reader.not_seen
        ),
        lacking=lacking,
        quotas=around.quotas,
        autoscalers=around.autoscalers,
        other_ingresses=around.other_ingresses,
        single_stack=around.single_stack,
        unread=tuple(dict.fromkeys(reader.unread)),
    )


async def _both(first: Awaitable[T], second: Awaitable[T]) -> tuple[T, T]:
    one, other = await asyncio.gather(first, second)
    return one, other


@dataclass(frozen=True, kw_only=True)
class _Surroundings:
    """What an object may collide with, although the copy does not name it."""

    quotas: tuple[Manifest, ...]
    autoscalers: tuple[Manifest, ...]
    other_ingresses: tuple[Manifest, ...]
    single_stack: bool | None


class _TargetReader:
    """The reads of one target; what the credential may not read is noted in words instead of failing the rest."""

    def __init__(self, gateway: ClusterGateway, namespace: str, *, there: bool, deadline: Deadline) -> None:
        self._gateway = gateway
        self._namespace = namespace
        self._there = there  # a namespace that is missing holds nothing: no need to ask
        self._deadline = deadline
        self.unread: list[str] = []
        self.not_seen: set[ObjectKey] = set()

    async def objects(self, requested: Iterable[ResourceId]) -> tuple[Manifest, ...]:
        if not self._there:
            return ()
        groups = await asyncio.gather(*(self._of_kind(*group) for group in _by_kind(requested).items()))
        return tuple(manifest for group in groups for manifest in group)

    async def _of_kind(self, kind: Kind, names: frozenset[str]) -> tuple[Manifest, ...]:
        try:
            return await _read_kind(self._gateway, self._namespace, kind, names, deadline=self._deadline)
        except AccessDeniedError:
            self.unread.append(f"{kind.name}s of the namespace: the credential may not read them.")
            self.not_seen |= {ObjectKey.of_resource(ResourceId(kind=kind, name=name)) for name in names}
            return ()

    async def classes(self, requested: Iterable[ResourceId]) -> tuple[Manifest, ...]:
        return tuple(m for m in await asyncio.gather(*(self._class(r) for r in requested)) if m is not None)

    async def _class(self, resource: ResourceId) -> Manifest | None:
        try:
            return await self._gateway.get(resource.kind, resource.name, namespace=None, deadline=self._deadline)
        except AccessDeniedError:
            self.unread.append(f"{resource.label}: the credential may not read it.")
            self.not_seen.add(ObjectKey.of_resource(resource))
            return None

    async def _listed(self, kind: Kind) -> tuple[Manifest, ...]:
        if not self._there:
            return ()
        try:
            return (await self._gateway.list(kind, namespace=self._namespace, deadline=self._deadline)).items
        except AccessDeniedError:
            self.unread.append(f"{kind.name}s of the namespace: the credential may not list them.")
            return ()
        except KindNotServedError:
            return ()

    async def surroundings(self, kinds: set[str]) -> _Surroundings:
        """Only what objects of these kinds may collide with is asked for."""
        quotas, autoscalers, ingresses, single_stack = await asyncio.gather(
            self._listed(QUOTA),
            self._listed(AUTOSCALER) if kinds & _SCALABLE else _nothing(),
            self._other_ingresses() if INGRESS.name in kinds else _nothing(),
            self._single_stack() if SERVICE.name in kinds else _unknown(),
        )
        return _Surroundings(
            quotas=quotas, autoscalers=autoscalers, other_ingresses=ingresses, single_stack=single_stack
        )

    async def _other_ingresses(self) -> tuple[Manifest, ...]:
        try:
            everywhere = await self._gateway.list(INGRESS, namespace=None, deadline=self._deadline)
        except AccessDeniedError:
            self.unread.append("Hosts of other namespaces' Ingresses: the credential may not list them.")
            return ()
        except KindNotServedError:
            return ()
        return tuple(m for m in everywhere.items if m.namespace != self._namespace)

    async def _single_stack(self) -> bool | None:
        """Whether the cluster has one address family, told by the API server's own Service; None where it is not."""
        found = await _get_if_allowed(
            self._gateway, SERVICE, "kubernetes", namespace="default", deadline=self._deadline
        )
        families = found.spec.get("ipFamilies") if found is not None else None
        return len(families) == 1 if families else None

    async def lacking_rights(
        self, written: Iterable[ResourceId], served: ServedKinds, state: NamespaceState
    ) -> frozenset[Right]:
        needed = {
            Right(verb=verb, group=found.kind.group, resource=found.plural, namespace=self._namespace)
            for kind in {resource.kind for resource in written}
            if (found := served.find(kind)) is not None
            for verb in _WRITE_VERBS
        }
        if state is NamespaceState.MISSING:
            needed.add(CREATE_NAMESPACE)
        held = await self._gateway.rights(tuple(sorted(needed, key=str)), deadline=self._deadline)
        return frozenset(needed) - held


async def _nothing() -> tuple[Manifest, ...]:
    return ()


async def _unknown() -> bool | None:
    return None


async def _namespace_state(gateway: ClusterGateway, name: str, *, deadline: Deadline) -> NamespaceState:
    try:
        found = await gateway.get(NAMESPACE, name, namespace=None, deadline=deadline)
    except AccessDeniedError:
        return NamespaceState.UNKNOWN
    if found is None:
        return NamespaceState.MISSING
    terminating = found.metadata.get("deletionTimestamp") or found.status.get("phase") == "Terminating"
    return NamespaceState.TERMINATING if terminating else NamespaceState.ACTIVE


async def _get_if_allowed(
    gateway: ClusterGateway, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline
) -> Manifest | None:
    try:
        return await gateway.get(kind, name, namespace=namespace, deadline=deadline)
    except AccessDeniedError:
        return None


async def _read_objects(
    gateway: ClusterGateway, namespace: str, requested: Iterable[ResourceId], *, deadline: Deadline
) -> dict[ResourceId, Manifest]:
    groups = await asyncio.gather(
        *(_read_kind(gateway, namespace, kind, names, deadline=deadline) for kind, names in _by_kind(requested).items())
    )
    return {manifest.id: manifest for group in groups for manifest in group}


async def _read_kind(
    gateway: ClusterGateway, namespace: str, kind: Kind, names: frozenset[str], *, deadline: Deadline
) -> tuple[Manifest, ...]:
    """The objects of a kind by name; a kind that is not served has none. Raises `ClusterError`."""
    if len(names) > _BY_NAME:
        try:
            listed = await gateway.list(kind, namespace=namespace, deadline=deadline)
        except KindNotServedError:
            return ()
        except AccessDeniedError:
            pass  # who may not list may still be allowed to read
        else:
            return tuple(manifest for manifest in listed.items if manifest.name in names)
    found = await asyncio.gather(
        *(gateway.get(kind, name, namespace=namespace, deadline=deadline) for name in sorted(names))
    )
    return tuple(manifest for manifest in found if manifest is not None)


def _by_kind(requested: Iterable[ResourceId]) -> Mapping[Kind, frozenset[str]]:
    groups: dict[Kind, set[str]] = {}
    for resource in requested:
        groups.setdefault(resource.kind, set()).add(resource.name)
    return {kind: frozenset(names) for kind, names in groups.items()}


def _referred_to(
    manifests: Iterable[Manifest], overrides: Overrides, served: ServedKinds
) -> tuple[tuple[ResourceId, ...], tuple[ResourceId, ...]]:
    """What the objects refer to, in the namespace and in the cluster, under the names that overrides give it."""
    named: dict[GroupKind, set[str]] = {}
    mapped = {STORAGE_CLASS: overrides.storage_classes, INGRESS_CLASS: overrides.ingress_classes}
    for manifest in manifests:
        for reference in references_of(manifest):
            name = mapped.get(reference.group_kind, {}).get(reference.name, reference.name)
            named.setdefault(reference.group_kind, set()).add(name)
    within: list[ResourceId] = []
    across: list[ResourceId] = []
    for target, names in named.items():
        version = next(iter(served.versions_of(target)), None)
        if version is not None:
            found = (ResourceId(kind=version.kind, name=name) for name in sorted(names))
            (across if target in CLUSTER_WIDE else within).extend(found)
    return tuple(within), tuple(across)


def _in_served_versions(resources: Iterable[ResourceId], served: ServedKinds) -> tuple[ResourceId, ...]:
    """The same objects in a version that this cluster serves; those of kinds that it does not know are left out."""
    found = []
    for resource in dict.fromkeys(resources):
        version = served.find(resource.kind) or next(iter(served.versions_of(resource.group_kind)), None)
        if version is not None and version.namespaced:
            found.append(ResourceId(kind=version.kind, name=resource.name))
    return tuple(found)
