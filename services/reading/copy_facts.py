"""Reads the facts that a copy is planned from: the source's objects, and what each target has. Reads only.

Previews, starts and resumed executions all read through here, so that they cannot disagree. Where many objects of a
kind are needed the kind is listed, a few are read by name. Requests that do not depend on each other are sent at once;
the gateway bounds how many are under way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from domain.cluster_api import ClusterFailure, Right, ServedKinds
from domain.overrides import Overrides
from domain.resources import Kind, Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.planning.copying.account_secrets import named_secrets
from services.planning.copying.facts import (
    CREATE_NAMESPACE,
    CopyFacts,
    NamespaceState,
    SourceFacts,
    TargetFacts,
)
from services.planning.objects.identity import GroupKind, ObjectKey
from services.planning.objects.reference_values import CLUSTER_WIDE, INGRESS_CLASS, STORAGE_CLASS
from services.planning.objects.references import references_of
from services.planning.objects.workloads import is_workload
from services.reading.cluster_surroundings import read_grants, read_surroundings
from services.reading.objects_by_name import by_kind, get_if_allowed, read_kind, read_objects

T = TypeVar("T")

NAMESPACE = Kind(group="", version="v1", name="Namespace")
QUOTA = Kind(group="", version="v1", name="ResourceQuota")
LIMIT_RANGE = Kind(group="", version="v1", name="LimitRange")
SECRET = Kind(group="", version="v1", name="Secret")
SERVICE = Kind(group="", version="v1", name="Service")
AUTOSCALER = Kind(group="autoscaling", version="v2", name="HorizontalPodAutoscaler")
INGRESS = Kind(group="networking.k8s.io", version="v1", name="Ingress")

_SCALABLE = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})
_WRITE_VERBS = ("get", "create", "patch")


@dataclass(frozen=True, kw_only=True)
class SourceNamespace:
    """A namespace to copy from."""

    environment: str
    cluster_id: str
    namespace: str
    gateway: ClusterGateway


@dataclass(frozen=True, kw_only=True)
class TargetNamespace:
    """A namespace to copy to."""

    cluster: str
    cluster_id: str
    namespace: str
    gateway: ClusterGateway


@dataclass(frozen=True, kw_only=True)
class CopyInput:
    """What is copied where: `resources` of a `source` for an import, `manifests` for a configure."""

    namespace: str
    overrides: Overrides
    source: SourceNamespace | None = None
    resources: tuple[ResourceId, ...] = ()
    manifests: tuple[Manifest, ...] = ()


async def read_copy_facts(
    copy: CopyInput,
    read_targets: Callable[[tuple[Manifest, ...]], Awaitable[tuple[TargetFacts, ...]]],
    *,
    deadline: Deadline,
) -> CopyFacts:
    """The source, then the targets, which `read_targets` reads by what is copied, then what the source has to convert.

    Raises the source's `ClusterError`s; what a target answers is in its facts.
    """
    if copy.source is None:
        facts = SourceFacts(manifests=copy.manifests)
        targets = await read_targets(facts.manifests)
    else:
        facts = await read_source(copy.source, copy.resources, deadline=deadline)
        targets = await read_targets(facts.manifests)
        conversions = await read_conversions(copy.source, facts.manifests, targets, deadline=deadline)
        facts = replace(facts, conversions=conversions)
    return CopyFacts(source=facts, namespace=copy.namespace, targets=targets)


async def read_source(source: SourceNamespace, resources: Iterable[ResourceId], *, deadline: Deadline) -> SourceFacts:
    """The objects of `resources` that exist, and the namespace. Raises `ClusterError`s."""
    requested = tuple(dict.fromkeys(resources))
    found, namespace = await asyncio.gather(
        read_objects(source.gateway, source.namespace, requested, deadline=deadline),
        get_if_allowed(source.gateway, NAMESPACE, source.namespace, namespace=None, deadline=deadline),
    )
    manifests = tuple(found[resource] for resource in requested if resource in found)
    types, grants = await asyncio.gather(
        _secret_types(source, manifests, deadline=deadline),
        read_grants(source.gateway, source.namespace, manifests, deadline=deadline),
    )
    return SourceFacts(
        manifests=manifests,
        secret_types=types,
        cluster_bindings=grants.cluster_bindings,
        role_bindings=grants.role_bindings,
        constraints=grants.constraints,
        unread=grants.unread,
        environment=source.environment,
        cluster=source.gateway.cluster,
        cluster_id=source.cluster_id,
        namespace=source.namespace,
        namespace_object=namespace,
        missing=tuple(resource.label for resource in requested if resource not in found),
    )


async def _secret_types(
    source: SourceNamespace, manifests: tuple[Manifest, ...], *, deadline: Deadline
) -> Mapping[str, str]:
    """The types of the Secrets that ServiceAccounts among these list; without those that may not be read."""
    found = {manifest.name: manifest for manifest in manifests if manifest.kind == SECRET}
    others = sorted(named_secrets(manifests) - {*found})
    read = await asyncio.gather(
        *(
            get_if_allowed(source.gateway, SECRET, name, namespace=source.namespace, deadline=deadline)
            for name in others
        )
    )
    named = (*found.values(), *(manifest for manifest in read if manifest is not None))
    return {manifest.name: str(manifest.body.get("type", "")) for manifest in named}


async def read_conversions(
    source: SourceNamespace, manifests: Iterable[Manifest], targets: Iterable[TargetFacts], *, deadline: Deadline
) -> tuple[Manifest, ...]:
    """The same objects in versions that a target serves, where a target lacks the version they were read in.

    The source's API server converts them: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#api-groups-and-versioning
    Raises `ClusterError`s.
    """
    reachable = [target for target in targets if target.failure is None]
    lacking = [m for m in manifests if any(target.served.find(m.kind) is None for target in reachable)]
    if not lacking:
        return ()
    source_kinds = await source.gateway.served_kinds(deadline=deadline)
    requested: list[ResourceId] = []
    for manifest in lacking:
        known = {s.kind for target in reachable for s in target.served.versions_of(manifest.id.group_kind)}
        requested += [
            ResourceId(kind=served.kind, name=manifest.name)
            for served in source_kinds.versions_of(manifest.id.group_kind)
            if served.kind in known and served.kind != manifest.kind
        ]
    return tuple((await read_objects(source.gateway, source.namespace, requested, deadline=deadline)).values())


async def read_target(
    target: TargetNamespace, manifests: tuple[Manifest, ...], overrides: Overrides, *, deadline: Deadline
) -> TargetFacts:
    """The facts of this target for a copy of `manifests`. A `ClusterError` becomes `failure` and is not raised."""
    try:
        return await _read_target(target, manifests, overrides, deadline=deadline)
    except ClusterError as error:
        return TargetFacts(
            cluster=target.cluster,
            cluster_id=target.cluster_id,
            failure=ClusterFailure(code=error.code, detail=error.detail),
        )


async def _read_target(
    target: TargetNamespace, manifests: tuple[Manifest, ...], overrides: Overrides, *, deadline: Deadline
) -> TargetFacts:
    gateway, namespace = target.gateway, target.namespace
    served, (state, labels) = await asyncio.gather(
        gateway.served_kinds(deadline=deadline, naming={m.kind for m in manifests}),
        _namespace_state(gateway, namespace, deadline=deadline),
    )
    written = _in_served_versions((m.id for m in manifests), served)
    named, cluster_wide = _referred_to(manifests, overrides, served)
    reader = _TargetReader(gateway, namespace, namespace_exists=state is not NamespaceState.MISSING, deadline=deadline)
    (objects, classes), lacking, around, cluster = await asyncio.gather(
        _both(reader.objects((*written, *named)), reader.classes(cluster_wide)),
        reader.lacking_rights(written, served, state),
        reader.surroundings({m.kind.name for m in manifests}, run_pods=any(is_workload(m.kind) for m in manifests)),
        read_surroundings(gateway, namespace, manifests, deadline=deadline),
    )
    return TargetFacts(
        cluster=target.cluster,
        cluster_id=target.cluster_id,
        served=served,
        namespace_state=state,
        namespace_labels=labels,
        live={ObjectKey.of(m): m for m in (*objects, *classes)},
        looked_for=frozenset(
            ObjectKey.of_resource(r)
            for r in (*written, *named, *cluster_wide)
            if ObjectKey.of_resource(r) not in reader.not_seen
        ),
        lacking=lacking,
        quotas=around.quotas,
        limit_ranges=around.limit_ranges,
        autoscalers=around.autoscalers,
        other_ingresses=around.other_ingresses,
        single_stack=around.single_stack,
        nodes=cluster.nodes,
        namespaces=cluster.namespaces,
        cluster_bindings=cluster.grants.cluster_bindings,
        role_bindings=cluster.grants.role_bindings,
        constraints=cluster.grants.constraints,
        unread=tuple(dict.fromkeys((*reader.unread, *cluster.unread))),
    )


async def _both(first: Awaitable[T], second: Awaitable[T]) -> tuple[T, T]:
    one, other = await asyncio.gather(first, second)
    return one, other


@dataclass(frozen=True, kw_only=True)
class _Surroundings:
    """Objects of the target that a copied object may conflict with, although nothing refers to them."""

    quotas: tuple[Manifest, ...]
    limit_ranges: tuple[Manifest, ...]
    autoscalers: tuple[Manifest, ...]
    other_ingresses: tuple[Manifest, ...]
    single_stack: bool | None


class _TargetReader:
    """Reads one target; what the credential may not read is recorded as text and does not fail the rest."""

    def __init__(self, gateway: ClusterGateway, namespace: str, *, namespace_exists: bool, deadline: Deadline) -> None:
        self._gateway = gateway
        self._namespace = namespace
        self._namespace_exists = namespace_exists  # a missing one is empty: no request needed
        self._deadline = deadline
        self.unread: list[str] = []
        self.not_seen: set[ObjectKey] = set()

    async def objects(self, requested: Iterable[ResourceId]) -> tuple[Manifest, ...]:
        if not self._namespace_exists:
            return ()
        groups = await asyncio.gather(*(self._of_kind(*group) for group in by_kind(requested).items()))
        return tuple(manifest for group in groups for manifest in group)

    async def _of_kind(self, kind: Kind, names: frozenset[str]) -> tuple[Manifest, ...]:
        try:
            return await read_kind(self._gateway, self._namespace, kind, names, deadline=self._deadline)
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
        if not self._namespace_exists:
            return ()
        try:
            return (await self._gateway.list(kind, namespace=self._namespace, deadline=self._deadline)).items
        except AccessDeniedError:
            self.unread.append(f"{kind.name}s of the namespace: the credential may not list them.")
            return ()
        except KindNotServedError:
            return ()

    async def surroundings(self, kinds: set[str], *, run_pods: bool) -> _Surroundings:
        """Reads only what objects of these kinds may conflict with."""
        quotas, limit_ranges, autoscalers, ingresses, single_stack = await asyncio.gather(
            self._listed(QUOTA),
            self._listed(LIMIT_RANGE) if run_pods else _nothing(),
            self._listed(AUTOSCALER) if kinds & _SCALABLE else _nothing(),
            self._other_ingresses() if INGRESS.name in kinds else _nothing(),
            self._single_stack() if SERVICE.name in kinds else _unknown(),
        )
        return _Surroundings(
            quotas=quotas,
            limit_ranges=limit_ranges,
            autoscalers=autoscalers,
            other_ingresses=ingresses,
            single_stack=single_stack,
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
        """Whether the cluster has a single address family, as the `kubernetes` Service shows; None where unknown."""
        found = await get_if_allowed(self._gateway, SERVICE, "kubernetes", namespace="default", deadline=self._deadline)
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


async def _namespace_state(
    gateway: ClusterGateway, name: str, *, deadline: Deadline
) -> tuple[NamespaceState, Mapping[str, str]]:
    """Its state and its labels."""
    try:
        found = await gateway.get(NAMESPACE, name, namespace=None, deadline=deadline)
    except AccessDeniedError:
        return NamespaceState.UNKNOWN, {}
    if found is None:
        return NamespaceState.MISSING, {}
    terminating = found.metadata.get("deletionTimestamp") or found.status.get("phase") == "Terminating"
    return NamespaceState.TERMINATING if terminating else NamespaceState.ACTIVE, found.labels


def _referred_to(
    manifests: Iterable[Manifest], overrides: Overrides, served: ServedKinds
) -> tuple[tuple[ResourceId, ...], tuple[ResourceId, ...]]:
    """What the objects refer to, under its overridden names: in the namespace, and cluster-wide."""
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
    """The resources in versions that this cluster serves, without those whose kind it does not serve."""
    found = []
    for resource in dict.fromkeys(resources):
        version = served.find(resource.kind) or next(iter(served.versions_of(resource.group_kind)), None)
        if version is not None and version.namespaced:
            found.append(ResourceId(kind=version.kind, name=resource.name))
    return tuple(found)
