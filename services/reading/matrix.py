"""Reads what runs where for many applications: each cluster is read once for all of them. Reads only.

Only the workloads are read, and pods only in namespaces where the status of a workload does not decide its health: so
it is judged as on the page of its application (services.reading.overview). Digests are those of templates, except for
pods that keep a former one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db.records import AppEnvironmentRecord, ApplicationRecord, ClusterRecord
from db.transaction import Database
from domain.grants import ListGrant
from domain.resources import Kind, Manifest, ResourceId
from domain.rights import Right
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, KindNotServedError
from services.kube.gateway import ClusterGateway
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.planning.health.values import Children, HealthPolicy
from services.planning.images.running import ClusterFacts, cluster_facts
from services.planning.objects.workloads import is_workload
from services.planning.overviews.matrix import (
    MatrixCell,
    differs,
    images_of_first_answer,
    stale,
    status_decides,
    with_pods,
    worst,
)
from services.reading.credentials import credential_of
from services.reading.explanations import explained
from services.reading.fan_out import fan_out
from services.reading.given_namespaces import taken_back
from services.reading.permissions import application_ref, environment_ref
from services.reading.running_images import failed_facts, read_children

_NOTHING_BELOW = Children()
_POLICY = HealthPolicy()


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """An application with a cell for each environment, by rank."""

    application: str
    description: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """One page; `next` is the `after` of the next page, None on the last one."""

    environments: tuple[str, ...]
    items: tuple[MatrixRow, ...]
    next: str | None
    read_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What to read of one cluster: kinds of workloads, and their namespaces."""

    cluster: ClusterRecord
    kinds: frozenset[Kind]
    workloads: Mapping[str, frozenset[ResourceId]]

    @property
    def namespaces(self) -> frozenset[str]:
        return frozenset(self.workloads)


@dataclass(frozen=True, kw_only=True)
class _Namespace:
    """What was read of one namespace; `children` where the status of its workloads does not decide their health."""

    workloads: tuple[Manifest, ...]
    children: Children | None = None


_ByNamespace = Mapping[str, _Namespace]


class MatrixReader:
    """Reads pages of the matrix."""

    def __init__(self, db: Database, pool: ClusterPool, *, limits: Limits) -> None:
        self._db = db
        self._pool = pool
        self._limits = limits

    async def read(self, grant: ListGrant, *, search: str | None, after: str | None, limit: int) -> Matrix:
        """A page of the applications that the actor sees, by name, within `limits.overview` seconds.

        Clusters that do not answer are marked.
        """
        async with self._db.read() as tx:
            page = await tx.applications.list(search=search, after=after, limit=limit, scopes=grant.scopes)
            targets = tuple(each for each in await tx.app_environments.of(page.items) if _seen(grant, each))
            environments = tuple(each.name for each in await tx.environments.all() if grant.sees(environment_ref(each)))
        found, failures = await self._workloads(_readings(targets))
        cells: dict[str, list[MatrixCell]] = {}
        for target in targets:
            cells.setdefault(target.application.id, []).append(_cell(target, found, failures))
        return Matrix(
            environments=environments,
            items=tuple(_row(each, cells.get(each.id, [])) for each in page.items),
            next=page.next,
            read_at=datetime.now(UTC),
        )

    async def _workloads(self, readings: Sequence[_Reading]) -> tuple[dict[str, _ByNamespace], dict[str, ClusterFacts]]:
        """By cluster id: the workloads of each namespace, or why they are not known."""
        deadline = Deadline.after(self._limits.overview)

        async def read(reading: _Reading) -> _ByNamespace:
            gateway = await self._pool.gateway(credential_of(reading.cluster))
            return await _read_cluster(gateway, reading, deadline=deadline)

        answers = await fan_out(readings, read, deadline=deadline, name=lambda reading: reading.cluster.name)
        found = {answer.item.cluster.id: answer.result for answer in answers if answer.ok}
        failures = {
            answer.item.cluster.id: failed_facts(answer.item.cluster.name, answer.error)
            for answer in answers
            if answer.error is not None
        }
        return found, failures


async def _read_cluster(gateway: ClusterGateway, reading: _Reading, *, deadline: Deadline) -> _ByNamespace:
    lists = await asyncio.gather(*(_list(gateway, kind, reading, deadline=deadline) for kind in reading.kinds))
    by_namespace: dict[str, list[Manifest]] = {namespace: [] for namespace in reading.namespaces}
    for manifest in (each for listed in lists for each in listed):
        if manifest.id in reading.workloads.get(manifest.namespace or "", ()):
            by_namespace[manifest.namespace or ""].append(manifest)
    read = await asyncio.gather(
        *(_read_children(gateway, namespace, found, deadline=deadline) for namespace, found in by_namespace.items())
    )
    return dict(zip(by_namespace, read, strict=True))


async def _read_children(
    gateway: ClusterGateway, namespace: str, workloads: Sequence[Manifest], *, deadline: Deadline
) -> _Namespace:
    now, found = datetime.now(UTC), tuple(workloads)
    undecided = [each for each in found if not status_decides(each, now=now, policy=_POLICY)]
    if not undecided:
        return _Namespace(workloads=found)
    try:
        children = await read_children(gateway, namespace, [each.id for each in undecided], deadline=deadline)
        children = await explained(gateway, namespace, undecided, children, now=now, deadline=deadline)
    except ClusterError:
        return _Namespace(workloads=found)  # the workloads have been read: their status is better than nothing
    return _Namespace(workloads=found, children=children)


async def _list(gateway: ClusterGateway, kind: Kind, reading: _Reading, *, deadline: Deadline) -> tuple[Manifest, ...]:
    """All objects of a kind in one list, or one list for each namespace where the credential may not list all."""
    try:
        if len(reading.namespaces) > 1:
            try:
                return (await gateway.list(kind, namespace=None, deadline=deadline)).items
            except AccessDeniedError:
                pass
        lists = await asyncio.gather(
            *(gateway.list(kind, namespace=each, deadline=deadline) for each in reading.namespaces)
        )
    except KindNotServedError:
        return ()
    return tuple(manifest for listed in lists for manifest in listed.items)


def _readings(targets: Sequence[AppEnvironmentRecord]) -> tuple[_Reading, ...]:
    clusters: dict[str, ClusterRecord] = {}
    kinds: dict[str, set[Kind]] = {}
    workloads: dict[str, dict[str, set[ResourceId]]] = {}
    for target in targets:
        if not target.configured or target.namespace is None or taken_back(target) is not None:
            continue
        for cluster in target.environment.clusters:
            clusters[cluster.id] = cluster
            kinds.setdefault(cluster.id, set()).update(each.kind for each in _workload_ids(target))
            there = workloads.setdefault(cluster.id, {})
            there.setdefault(target.namespace, set()).update(_workload_ids(target))
    return tuple(
        _Reading(
            cluster=cluster,
            kinds=frozenset(kinds[id_]),
            workloads={namespace: frozenset(found) for namespace, found in workloads[id_].items()},
        )
        for id_, cluster in clusters.items()
    )


def _seen(grant: ListGrant, target: AppEnvironmentRecord) -> bool:
    application, environment = application_ref(target.application), environment_ref(target.environment)
    return grant.actor.holdings.allow(Right.VIEW, application=application, environment=environment)


def _row(application: ApplicationRecord, cells: Sequence[MatrixCell]) -> MatrixRow:
    return MatrixRow(application=application.name, description=application.description, cells=tuple(cells))


def _cell(
    target: AppEnvironmentRecord, found: Mapping[str, _ByNamespace], failures: Mapping[str, ClusterFacts]
) -> MatrixCell:
    taken = taken_back(target)
    clusters = [
        failed_facts(cluster.name, taken)
        if taken is not None
        else failures.get(cluster.id) or _facts(target, cluster, found[cluster.id])
        for cluster in (target.environment.clusters if target.configured else ())
    ]
    return MatrixCell(
        environment=target.environment.name,
        configured=target.configured,
        deploy_mode=target.deploy_mode,
        images=images_of_first_answer(clusters),
        health=worst(clusters),
        skew=differs(clusters),
        stale=stale(clusters),
        active_operation=target.active_operation,
    )


def _facts(target: AppEnvironmentRecord, cluster: ClusterRecord, found: _ByNamespace) -> ClusterFacts:
    read = found.get(target.namespace or "") or _Namespace(workloads=())

    def facts(children: Children) -> ClusterFacts:
        ids, now = _workload_ids(target), datetime.now(UTC)
        return cluster_facts(cluster.name, ids, read.workloads, children, now=now, policy=_POLICY)

    templates = facts(_NOTHING_BELOW)
    return templates if read.children is None else with_pods(templates, facts(read.children))


def _workload_ids(target: AppEnvironmentRecord) -> tuple[ResourceId, ...]:
    return tuple(each for each in target.resources if is_workload(each.kind))
