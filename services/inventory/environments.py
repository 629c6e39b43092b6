"""Adds, changes, orders and removes environments. Changes nothing on a cluster."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from db.environments import EnvironmentFields
from db.errors import DuplicateNameError, StillUsedError
from db.records import ClusterRecord, EnvironmentRecord
from db.transaction import Database, Transaction
from domain.grants import AdminGrant, ListGrant
from domain.words import DeployMode, Pin
from services.errors import InUseError, InvalidRequestError, NameTakenError, NotFoundError
from services.inventory.clusters import ClusterNamespaces, namespaces_of
from services.kube.deadline import Deadline
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.reading.fan_out import fan_out
from services.reading.permissions import environment_ref


@dataclass(frozen=True, kw_only=True)
class NewEnvironment:
    """An environment to add. `clusters` are names; the first is the primary."""

    name: str
    clusters: tuple[str, ...]
    default_namespace: str | None
    deploy_mode: DeployMode
    pin: Pin


@dataclass(frozen=True, kw_only=True)
class EnvironmentChanges:
    """`fields` and `clusters` to set; an absent field, or None, stays."""

    fields: EnvironmentFields
    clusters: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class NamespaceOnClusters:
    """A namespace, and the clusters on which it exists."""

    name: str
    clusters: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NamespaceListing:
    """The namespaces of an environment's clusters; `not_asked` are the clusters that could not be read."""

    items: tuple[NamespaceOnClusters, ...]
    not_asked: tuple[str, ...]


class Environments:
    """The environments, in their order."""

    def __init__(self, db: Database, pool: ClusterPool, *, limits: Limits) -> None:
        self._db = db
        self._pool = pool
        self._limits = limits

    async def list(self, grant: ListGrant) -> tuple[EnvironmentRecord, ...]:
        """The environments that the actor sees, by rank."""
        async with self._db.read() as tx:
            return tuple(each for each in await tx.environments.all() if grant.sees(environment_ref(each)))

    async def get(self, grant: ListGrant, name: str) -> EnvironmentRecord:
        """One environment. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            record = await _found(tx, name)
        if not grant.sees(environment_ref(record)):
            raise NotFoundError("environment", name)
        return record

    async def add(self, grant: AdminGrant, new: NewEnvironment) -> EnvironmentRecord:
        """Add an environment, last in the order.

        Raises `NotFoundError` for an unknown cluster, `InvalidRequestError` for a repeated one, `NameTakenError`.
        """
        try:
            async with self._db.begin() as tx:
                return await tx.environments.add(
                    name=new.name,
                    cluster_ids=[each.id for each in await _clusters(tx, new.clusters)],
                    default_namespace=new.default_namespace,
                    deploy_mode=new.deploy_mode,
                    pin=new.pin,
                )
        except DuplicateNameError:
            raise NameTakenError("environment", new.name) from None

    async def update(self, grant: AdminGrant, name: str, changes: EnvironmentChanges) -> EnvironmentRecord:
        """Change an environment.

        Raises `NotFoundError` for an unknown environment or cluster, `InvalidRequestError` for a repeated cluster, and
        `NameTakenError`.
        """
        try:
            async with self._db.begin() as tx:
                record = await _found(tx, name)
                if changes.clusters is not None:
                    clusters = await _clusters(tx, changes.clusters)
                    await tx.environments.assign_clusters(record.id, [each.id for each in clusters])
                return await tx.environments.change(record.id, **changes.fields)
        except DuplicateNameError as error:
            raise NameTakenError("environment", error.name) from None

    async def reorder(self, grant: AdminGrant, names: Sequence[str]) -> tuple[EnvironmentRecord, ...]:
        """Put the environments in this order; returns them in it.

        Raises `NotFoundError`, and `InvalidRequestError` unless every environment is named once.
        """
        async with self._db.begin() as tx:
            ids = [(await _found(tx, name)).id for name in names]
            try:
                return await tx.environments.reorder(ids)
            except ValueError as error:
                raise InvalidRequestError(str(error), field="body.environments") from None

    async def delete(self, grant: AdminGrant, name: str) -> None:
        """Remove an environment. Raises `NotFoundError`, `InUseError`."""
        try:
            async with self._db.begin() as tx:
                await tx.environments.delete((await _found(tx, name)).id)
        except StillUsedError as error:
            raise InUseError("environment", name, builtins.list(error.users)) from None

    async def namespaces(self, grant: ListGrant, name: str) -> NamespaceListing:
        """The namespaces of all its clusters, read within `limits.overview` seconds. Raises `NotFoundError`."""
        environment = await self.get(grant, name)
        deadline = Deadline.after(self._limits.overview)
        answers = await fan_out(
            environment.clusters,
            lambda cluster: namespaces_of(cluster, self._pool, deadline=deadline),
            deadline=deadline,
            name=lambda cluster: cluster.name,
        )
        return NamespaceListing(
            items=_merged([answer.result for answer in answers if answer.ok]),
            not_asked=tuple(answer.item.name for answer in answers if not answer.ok),
        )


def _merged(found: Sequence[ClusterNamespaces]) -> tuple[NamespaceOnClusters, ...]:
    clusters_by_namespace: dict[str, builtins.list[str]] = {}
    for one in found:
        for namespace in one.namespaces:
            clusters_by_namespace.setdefault(namespace.name, []).append(one.cluster)
    return tuple(
        NamespaceOnClusters(name=name, clusters=tuple(clusters))
        for name, clusters in sorted(clusters_by_namespace.items())
    )


async def _found(tx: Transaction, name: str) -> EnvironmentRecord:
    record = await tx.environments.find(name)
    if record is None:
        raise NotFoundError("environment", name)
    return record


async def _clusters(tx: Transaction, names: Sequence[str]) -> tuple[ClusterRecord, ...]:
    if len({name.lower() for name in names}) != len(names):
        raise InvalidRequestError("The list names a cluster twice. Name each cluster once.", field="body.clusters")
    found = []
    for name in names:
        record = await tx.clusters.find(name)
        if record is None:
            raise NotFoundError("cluster", name)
        found.append(record)
    return tuple(found)
