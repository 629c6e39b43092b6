"""Reads what is compared: an application's objects on clusters of either side, and the images that run. Reads only.

All clusters are read at once, in three steps: which kinds they serve, the objects that either side has, and the
ConfigMaps and Secrets that pods of either side use besides. Both sides are asked for all of them, so that what only one
of them has recorded is not taken for missing in the other. A cluster that cannot be read delays and fails no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.cluster_api import ClusterFailure, ServedKinds
from domain.configuration import CONFIGURATION
from domain.resources import Kind, Manifest, ResourceId
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, CredentialRefusedError, KindNotServedError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.comparing.values import Seen
from services.planning.images.running import ClusterFacts, cluster_facts
from services.planning.objects.built_in import is_built_in
from services.planning.objects.declared_images import runs_images, workloads_among
from services.planning.objects.identity import GroupKind, ObjectKey
from services.planning.objects.reference_values import CONFIG_MAP, SECRET
from services.planning.objects.references import references_of
from services.planning.objects.workloads import is_workload
from services.reading.copy_facts import AUTOSCALER
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.objects_by_name import by_kind, read_kind
from services.reading.running_images import Depth, read_children

# Controllers publish these in every namespace, with the authorities of their own cluster.
_PUBLISHED = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})
_CORE_V1 = "v1"


@dataclass(frozen=True, kw_only=True)
class Place:
    """An app environment on one of its clusters; `target` is configured."""

    target: AppEnvironmentRecord
    cluster: ClusterRecord

    @property
    def namespace(self) -> str:
        return self.target.namespace or ""


@dataclass(kw_only=True)
class _Read:
    """What has been read of a place so far."""

    place: Place
    gateway: ClusterGateway | None = None
    served: ServedKinds = field(default_factory=lambda: ServedKinds(()))
    objects: dict[ObjectKey, Manifest] = field(default_factory=dict)
    autoscalers: tuple[Manifest, ...] = ()
    running: ClusterFacts | None = None
    unread: set[GroupKind] = field(default_factory=set)
    failure: ClusterFailure | None = None

    def seen(self) -> Seen:
        images = self.running.running if self.running is not None else ()
        return Seen(
            cluster=self.place.cluster.name,
            images={each.key: each for each in images},
            objects=self.objects,
            unread=frozenset(self.unread),
            autoscalers=self.autoscalers,
            failure=self.failure,
            declared=self.place.target.declared,
        )


async def read_places(
    clusters: Clusters, places: Sequence[Place], *, beside_release: bool, deadline: Deadline
) -> tuple[Seen, ...]:
    """What there is in each of the places, in their order. Raises nothing for a cluster.

    `beside_release`: they are compared with a release, so nothing is read but workloads, ConfigMaps and Secrets.
    """
    reads = [_Read(place=place) for place in places]
    # Each step leaves time for the next ones, in case a cluster hangs.
    await _at_once(reads, lambda read, within: _connect(read, clusters, deadline=within), deadline.part(0.4))
    wanted = _in_common_versions(_recorded(places, beside_release=beside_release), reads)
    await _at_once(reads, lambda read, within: _read_objects(read, wanted, deadline=within), deadline.part(0.7))
    if not beside_release:
        used = _used_by_pods(reads)
        await _at_once(reads, lambda read, within: _read_used(read, used, deadline=within), deadline)
    return tuple(read.seen() for read in reads)


async def _at_once(
    reads: Iterable[_Read], step: Callable[[_Read, Deadline], Awaitable[None]], within: Deadline
) -> None:
    """Take the step for every cluster that could be read so far; an error is recorded for its cluster."""
    going = [read for read in reads if read.failure is None]

    async def take(read: _Read) -> None:
        await step(read, within)

    for outcome in await fan_out(going, take, deadline=within, name=lambda read: read.place.cluster.name):
        if outcome.error is not None:
            outcome.item.failure = ClusterFailure(code=outcome.error.code, detail=outcome.error.detail)


async def _connect(read: _Read, clusters: Clusters, *, deadline: Deadline) -> None:
    try:
        read.gateway = await clusters.gateway(credential_of(read.place.cluster))
    except ClusterError:
        raise
    except StagecoachError as error:  # its stored kubeconfig is no longer allowed by the settings
        read.failure = ClusterFailure(code=error.code, detail=error.detail)
        return
    named = {resource.kind for resource in read.place.target.resources}
    read.served = await read.gateway.served_kinds(deadline=deadline, naming=named)


def _recorded(places: Iterable[Place], *, beside_release: bool) -> tuple[ResourceId, ...]:
    """The objects that any of the app environments has, each once."""
    found: dict[ObjectKey, ResourceId] = {}
    for place in places:
        for resource in place.target.resources:
            managed = runs_images(resource.kind, place.target.declared)
            if not beside_release or managed or resource.kind in CONFIGURATION:
                found.setdefault(ObjectKey.of_resource(resource), resource)
    return tuple(found.values())


def _in_common_versions(wanted: Iterable[ResourceId], reads: Iterable[_Read]) -> tuple[ResourceId, ...]:
    """The objects in a version that every readable cluster serves, where there is one: fields differ by version."""
    served = [read.served for read in reads if read.failure is None]
    return tuple(ResourceId(kind=_common_version(each.kind, served), name=each.name) for each in wanted)


def _common_version(kind: Kind, served: Sequence[ServedKinds]) -> Kind:
    group_kind = (kind.group, kind.name)
    versions = [kind, *(each.kind for kinds in served[:1] for each in kinds.versions_of(group_kind))]
    common = (each for each in versions if all(kinds.find(each) is not None for kinds in served))
    return next(common, kind)


async def _read_objects(read: _Read, wanted: tuple[ResourceId, ...], *, deadline: Deadline) -> None:
    assert read.gateway is not None, "it is connected"
    workloads = tuple(each for each in wanted if is_workload(each.kind))
    _, children, read.autoscalers = await asyncio.gather(
        _add(read, wanted, deadline=deadline),
        read_children(read.gateway, read.place.namespace, workloads, deadline=deadline, depth=Depth.DIGESTS),
        _autoscalers(read, deadline=deadline) if workloads else _none(),
    )
    read.running = cluster_facts(
        read.gateway.cluster,
        workloads_among((each.id for each in read.objects.values()), read.place.target.declared),
        read.objects.values(),
        children,
        now=datetime.now(UTC),
        policy=None,
        declared=read.place.target.declared,
    )


async def _add(read: _Read, wanted: Iterable[ResourceId], *, deadline: Deadline) -> None:
    """Read these objects; a kind that cannot be read is noted, and costs the others nothing."""
    groups: Mapping[Kind, frozenset[str]] = by_kind(_as_served(wanted, read.served))
    found = await asyncio.gather(*(_of_kind(read, kind, names, deadline=deadline) for kind, names in groups.items()))
    read.objects.update({ObjectKey.of(manifest): manifest for group in found for manifest in group})


def _as_served(wanted: Iterable[ResourceId], served: ServedKinds) -> tuple[ResourceId, ...]:
    """In the version that this cluster prefers, where it lacks the common one."""
    return tuple(
        each
        if served.find(each.kind) is not None
        else next((ResourceId(kind=other.kind, name=each.name) for other in served.versions_of(each.group_kind)), each)
        for each in wanted
    )


async def _of_kind(read: _Read, kind: Kind, names: frozenset[str], *, deadline: Deadline) -> tuple[Manifest, ...]:
    assert read.gateway is not None, "it is connected"
    built_in = is_built_in(kind)
    if not built_in:  # its API server or conversion webhook may hang; the other kinds must not wait for it
        deadline = deadline.part(0.5)
    try:
        return await read_kind(read.gateway, read.place.namespace, kind, names, deadline=deadline)
    except AccessDeniedError:
        read.unread.add((kind.group, kind.name))
    except CredentialRefusedError:
        raise
    except ClusterError:
        if built_in:
            raise  # a dead cluster fails here, too
        read.unread.add((kind.group, kind.name))
    return ()


async def _autoscalers(read: _Read, *, deadline: Deadline) -> tuple[Manifest, ...]:
    assert read.gateway is not None, "it is connected"
    try:
        listed = await read.gateway.list(AUTOSCALER, namespace=read.place.namespace, deadline=deadline)
    except (AccessDeniedError, KindNotServedError):
        return ()  # who scales then shows only in the field owners of the workload
    return listed.items


async def _none() -> tuple[Manifest, ...]:
    return ()


def _used_by_pods(reads: Iterable[_Read]) -> tuple[ResourceId, ...]:
    """The ConfigMaps and Secrets that pods on any of the clusters use."""
    used = {
        (reference.group_kind, reference.name)
        for read in reads
        for manifest in read.objects.values()
        if is_workload(manifest.kind)
        for reference in references_of(manifest)
        if reference.group_kind in {CONFIG_MAP, SECRET} and reference.name not in _PUBLISHED
    }
    return tuple(ResourceId.of(_CORE_V1, kind, name) for (_, kind), name in sorted(used))


async def _read_used(read: _Read, used: tuple[ResourceId, ...], *, deadline: Deadline) -> None:
    """Those that are not read yet: an app environment need not have recorded them as its own."""
    await _add(read, [each for each in used if ObjectKey.of_resource(each) not in read.objects], deadline=deadline)
