"""Environments: add, change, put in order, remove. Nothing here changes anything on a cluster."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from db.environments import EnvironmentFields
from db.errors import DuplicateNameError, StillUsedError
from db.records import ClusterRecord, EnvironmentRecord
from db.transaction import Database, Transaction
from domain.words import DeployMode, Pin
from services.errors import InUseError, InvalidRequestError, NameTakenError, NotFoundError
from services.inventory.clusters import ClusterNamespaces, namespaces_of
from services.kube.deadline import Deadline
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.reading.fan_out import fan_out


@dataclass(frozen=True, kw_only=True)
class NewEnvironment:
    """`clusters` are names; the first is the primary."""

    name: str
    clusters: tuple[str, ...]
    default_namespace: str | None
    deploy_mode: DeployMode
    pin: Pin


@dataclass(frozen=True, kw_only=True)
class EnvironmentChanges:
    """`fields` and `clusters` to set; what is left out, or None, stays."""

    fields: EnvironmentFields
    clusters: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class NamespaceOfSome:
    """A namespace, and the clusters on which it exists."""

    name: str
    clusters: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NamespacesOfAll:
    """The namespaces of an environment's clusters, and the clusters that could not be asked."""

    items: tuple[NamespaceOfSome, ...]
    not_asked: tuple[str, ...]


class Environments:
    """The environments, in their order."""

    def __init__(self, db: Database, pool: ClusterPool, *, limits: Limits) -> None:
        self._db = db
        self._pool = pool
        self._limits = limits

    async def list(self) -> tuple[EnvironmentRecord, ...]:
        """By rank."""
        async with self._db.read() as tx:
            return await tx.environments.all()

    async def get(self, name: str) -> EnvironmentRecord:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await _found(tx, name)

    async def add(self, new: NewEnvironment) -> EnvironmentRecord:
        """Last in the order. Raises `NotFoundError` for a cluster, `NameTakenError`, `InvalidRequestError`."""
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

    async def update(self, name: str, changes: EnvironmentChanges) -> EnvironmentRecord:
        """Raises `NotFoundError` (also for a cluster), `NameTakenError`, `InvalidRequestError`."""
        try:
            async with self._db.begin() as tx:
                record = await _found(tx, name)
                if changes.clusters is not None:
                    clusters = await _clusters(tx, changes.clusters)
                    await tx.environments.assign_clusters(record.id, [each.id for each in clusters])
                return await tx.environments.change(record.id, **changes.fields)
        except DuplicateNameError as error:
            raise NameTakenError("environment", error.name) from None

    async def reorder(self, names: Sequence[str]) -> tuple[EnvironmentRecord, ...]:
        """All of them, in this order. Raises `NotFoundError`, and `InvalidRequestError` unless each is named once."""
        async with self._db.begin() as tx:
            ids = [(await _found(tx, name)).id for name in names]
            try:
                return await tx.environments.reorder(ids)
            except ValueError as error:
                raise InvalidRequestError(str(error), field="body.environments") from None

    async def delete(self, name: str) -> None:
        """Raises `NotFoundError`, `InUseError`."""
        try:
            async with self._db.begin() as tx:
                await tx.environments.delete((await _found(tx, name)).id)
        except StillUsedError as error:
            raise InUseError("environment", name, builtins.list(error.users)) from None

    async def namespaces(self, name: str) -> NamespacesOfAll:
        """Over all its clusters, for as long as a page may take. Raises `NotFoundError`."""
        environment = await self.get(name)
        deadline = Deadline.after(self._limits.overview)
        answers = await fan_out(
            environment.clusters,
            lambda cluster: namespaces_of(cluster, self._pool, deadline=deadline),
            deadline=deadline,
            name=lambda cluster: cluster.name,
        )
        return NamespacesOfAll(
            items=_merged([answer.result for answer in answers if answer.ok]),
            not_asked=tuple(answer.item.name for answer in answers if not answer.ok),
        )


def _merged(found: Sequence[ClusterNamespaces]) -> tuple[NamespaceOfSome, ...]:
    where: dict[str, builtins.list[str]] = {}
    for one in found:
        for namespace in one.namespaces:
            where.setdefault(namespace.name, []).append(one.cluster)
    return tuple(NamespaceOfSome(name=name, clusters=tuple(clusters)) for name, clusters in sorted(where.items()))


async def _found(tx: Transaction, name: str) -> EnvironmentRecord:
    record = await tx.environments.find(name)
    if record is None:
        raise NotFoundError("environment", name)
    return record


async def _clusters(tx: Transaction, names: Sequence[str]) -> tuple[ClusterRecord, ...]:
    if len({name.lower() for name in names}) != len(names):
        raise InvalidRequestError("A cluster is named twice.", field="body.clusters")
    found = []
    for name in names:
        record = await tx.clusters.find(name)
        if record is None:
            raise NotFoundError("cluster", name)
        found.append(record)
    return tuple(found)
