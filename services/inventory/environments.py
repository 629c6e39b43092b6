"""Adds, changes, orders and removes environments. Changes nothing on a cluster."""

import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from db.environment_namespaces import GivenNamespaceRecord
from db.environments import EnvironmentFields
from db.errors import DuplicateNameError, StillUsedError
from db.records.inventory import ApplicationRecord, ClusterRecord, EnvironmentRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry
from domain.dangers import Danger
from domain.grants import AdminGrant, ListGrant
from domain.image_mappings import ImageMapping
from domain.rights import Right
from domain.stored.strategies import Strategy
from domain.words import DeployMode, Pin
from services.errors import InUseError, InvalidRequestError, NameTakenError, NotFoundError
from services.inventory.cluster_namespaces import namespaces_of
from services.inventory.cluster_views import as_probed
from services.inventory.image_mappings import checked_mappings
from services.inventory.seen_namespaces import given_that_is_seen, rows_that_are_seen
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.planning.namespaces.given import given_to_anybody, is_pattern
from services.planning.rings.resolution import Allotment, RingCluster, allot, unknown_names
from services.planning.rings.templates import template_faults
from services.reading.audit_entries import changed, environment_target, of_environment, shown_environment
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
    namespaces: tuple[str, ...] = ()  # patterns, given to all applications; the default namespace is given as well
    allowed_dangers: tuple[Danger, ...] = ()
    releases_keep_secrets: bool = False
    catch_up: bool = True
    image_mappings: tuple[ImageMapping, ...] = ()
    strategy: Strategy | None = None


@dataclass(frozen=True, kw_only=True)
class EnvironmentChanges:
    """`fields` and `clusters` to set; an absent field, or None, stays."""

    fields: EnvironmentFields
    clusters: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class NamespaceOnClusters:
    """A namespace, and the clusters on which it exists. `given`: to at least one application in the environment."""

    name: str
    clusters: tuple[str, ...]
    given: bool


@dataclass(frozen=True, kw_only=True)
class NamespaceListing:
    """The namespaces of an environment's clusters; `not_asked` are the clusters that could not be read.

    `not_listed` are the clusters whose credential may not list namespaces: of them, those are named that are given by
    name, whether they exist or not.
    """

    items: tuple[NamespaceOnClusters, ...]
    given: tuple[GivenNamespaceRecord, ...]
    not_asked: tuple[str, ...]
    not_listed: tuple[str, ...]


class JudgePushes(Protocol):
    """Judges the image pushes that an environment takes only since its mappings changed (services.pushes.judging)."""

    async def __call__(self, tx: Transaction, before: EnvironmentRecord, now: EnvironmentRecord, /) -> object: ...


class Environments:
    """The environments, in their order."""

    def __init__(
        self,
        db: Database,
        pool: ClusterPool,
        *,
        limits: Limits,
        judge_pushes: JudgePushes,
        as_seen: Callable[[ClusterRecord], ClusterRecord] = as_probed,
    ) -> None:
        """`as_seen` gives a cluster as it is known to be now, which may be more than its last probe said."""
        self._db = db
        self._as_seen = as_seen
        self._pool = pool
        self._judge_pushes = judge_pushes
        self._limits = limits

    async def list(self, grant: ListGrant) -> tuple[EnvironmentRecord, ...]:
        """The environments that the actor sees, by rank."""
        async with self._db.read() as tx:
            found = [each for each in await tx.environments.all() if grant.sees(environment_ref(each))]
        return tuple(map(self._seen, found))

    async def get(self, grant: ListGrant, name: str) -> EnvironmentRecord:
        """One environment. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            record = await _found(tx, name)
        if not grant.sees(environment_ref(record)):
            raise NotFoundError("environment", name)
        return self._seen(record)

    def _seen(self, record: EnvironmentRecord) -> EnvironmentRecord:
        return replace(record, clusters=tuple(map(self._as_seen, record.clusters)))

    async def add(self, grant: AdminGrant, new: NewEnvironment) -> EnvironmentRecord:
        """Add an environment, last in the order; its namespaces, and the default one, are given to all applications.

        Raises `NotFoundError` for an unknown cluster, `InvalidRequestError` for a repeated one, for what is no pattern
        of namespaces or no mapping of images, and `NameTakenError`.
        """
        mappings = checked_mappings(new.image_mappings)
        for pattern in new.namespaces:
            _require_pattern(pattern, field="body.namespaces")
        try:
            async with self._db.begin() as tx:
                clusters = await _clusters(tx, new.clusters)
                _require_sound(new.strategy, clusters)
                added = await tx.environments.add(
                    name=new.name,
                    cluster_ids=[each.id for each in clusters],
                    default_namespace=new.default_namespace,
                    deploy_mode=new.deploy_mode,
                    pin=new.pin,
                    allowed_dangers=tuple(new.allowed_dangers),
                    releases_keep_secrets=new.releases_keep_secrets,
                    catch_up=new.catch_up,
                    image_mappings=mappings,
                    strategy=new.strategy,
                )
                default = (new.default_namespace,) if new.default_namespace is not None else ()
                for pattern in (*default, *new.namespaces):
                    await tx.environment_namespaces.give(added.id, pattern, applications=None, by=grant.caller.name)
                record = await _found(tx, added.name)
                after = {**shown_environment(record), "namespaces": list(new.namespaces)}
                await tx.audit.add(of_environment(grant.caller, "environment.added", record, after=after))
                return record
        except DuplicateNameError:
            raise NameTakenError("environment", new.name) from None

    async def update(self, grant: AdminGrant, name: str, changes: EnvironmentChanges) -> EnvironmentRecord:
        """Change an environment; a new default namespace is given to all applications.

        Where releases are no longer to keep Secrets, what they hold of them is erased at once. Where images come as
        copies from other repositories now, the pushes to these are judged as if they had come now.

        Raises `NotFoundError` for an unknown environment or cluster, `InvalidRequestError` for a repeated cluster or
        for what is no mapping of images, and `NameTakenError`.
        """
        fields = changes.fields.copy()
        if "image_mappings" in fields:
            fields["image_mappings"] = checked_mappings(fields["image_mappings"])
        try:
            async with self._db.begin() as tx:
                record = await _found(tx, name)
                if changes.clusters is not None:
                    clusters = await _clusters(tx, changes.clusters)
                    await tx.environments.assign_clusters(record.id, [each.id for each in clusters])
                    record = replace(record, clusters=clusters)
                _require_sound(changes.fields.get("strategy"), record.clusters)
                default = fields.get("default_namespace")
                if default is not None:
                    await tx.environment_namespaces.give(record.id, default, applications=None, by=grant.caller.name)
                now = await tx.environments.change(record.id, **fields)
                if record.releases_keep_secrets and not now.releases_keep_secrets:
                    await tx.releases.held.forget_secrets(record.id)
                if now.image_mappings != record.image_mappings:
                    await self._judge_pushes(tx, record, now)
                    await tx.image_pushes.notify()
                difference = changed(shown_environment(record), shown_environment(now))
                await tx.audit.add(of_environment(grant.caller, "environment.changed", now, **difference))
                return now
        except DuplicateNameError as error:
            raise NameTakenError("environment", error.name) from None

    async def preview_strategy(self, grant: AdminGrant, name: str, strategy: Strategy) -> Allotment:
        """The clusters that each ring of a strategy would have, were it the environment's own.

        Raises `NotFoundError`, and `InvalidRequestError` as `update` would.
        """
        async with self._db.read() as tx:
            record = await _found(tx, name)
        _require_sound(strategy, record.clusters)
        return allot(strategy, _in_rings(record.clusters))

    async def reorder(self, grant: AdminGrant, names: Sequence[str]) -> tuple[EnvironmentRecord, ...]:
        """Put the environments in this order; returns them in it.

        Raises `NotFoundError`, and `InvalidRequestError` unless every environment is named once.
        """
        async with self._db.begin() as tx:
            former = [each.name for each in await tx.environments.all()]
            ids = [(await _found(tx, name)).id for name in names]
            try:
                ordered = await tx.environments.reorder(ids)
            except ValueError as error:
                raise InvalidRequestError(str(error), field="body.environments") from None
            difference = changed({"order": former}, {"order": [each.name for each in ordered]})
            targets = map(environment_target, ordered)
            await tx.audit.add(AuditEntry.by(grant.caller, "environments.reordered", *targets, **difference))
            return ordered

    async def delete(self, grant: AdminGrant, name: str) -> None:
        """Remove an environment. Raises `NotFoundError`, `InUseError`."""
        try:
            async with self._db.begin() as tx:
                record = await _found(tx, name)
                await tx.environments.delete(record.id)
                await tx.audit.add(
                    of_environment(grant.caller, "environment.removed", record, before=shown_environment(record))
                )
        except StillUsedError as error:
            raise InUseError("environment", name, builtins.list(error.users)) from None

    async def namespaces(self, grant: ListGrant, name: str) -> NamespaceListing:
        """The namespaces of all its clusters that are given to an application which the actor sees.

        An administrator gets the others as well. Read within `limits.overview` seconds. Raises `NotFoundError`.
        """
        environment = await self.get(grant, name)
        async with self._db.read() as tx:
            rows = await rows_that_are_seen(tx, environment, grant.actor)
            seen = await given_that_is_seen(tx, environment, grant.actor)
        administers = grant.actor.holdings.allow(Right.ADMINISTER)
        deadline = Deadline.after(self._limits.overview)
        answers = await fan_out(
            environment.clusters,
            lambda cluster: namespaces_of(cluster, self._pool, deadline=deadline),
            deadline=deadline,
            name=lambda cluster: cluster.name,
        )
        found = {answer.item.name: answer.result.names for answer in answers if answer.ok}
        hidden = tuple(answer.item.name for answer in answers if isinstance(answer.error, AccessDeniedError))
        by_name = tuple(each.pattern for each in seen if "*" not in each.pattern)
        return NamespaceListing(
            items=tuple(
                NamespaceOnClusters(name=each, clusters=clusters, given=given)
                for each, clusters in _merged({**found, **dict.fromkeys(hidden, by_name)})
                if (given := given_to_anybody(seen, environment.id, each)) or administers
            ),
            given=rows,
            not_asked=tuple(each.item.name for each in answers if not each.ok and each.item.name not in hidden),
            not_listed=hidden,
        )

    async def give(
        self, grant: AdminGrant, name: str, pattern: str, *, applications: Sequence[str] | None
    ) -> GivenNamespaceRecord:
        """Give namespaces to applications by name, or (None) to all of them. What was given before stays given.

        Raises `NotFoundError` for an unknown environment or application, and `InvalidRequestError`.
        """
        _require_pattern(pattern, field="body.pattern")
        async with self._db.begin() as tx:
            environment = await _found(tx, name)
            ids = None
            if applications is not None:
                ids = [(await _application(tx, each)).id for each in applications]
            given = await tx.environment_namespaces.give(
                environment.id, pattern, applications=ids, by=grant.caller.name
            )
            after = {"pattern": pattern, "applications": given.applications}
            await tx.audit.add(of_environment(grant.caller, "namespace.given", environment, after=after))
            return given

    async def take(self, grant: AdminGrant, name: str, given_id: str) -> None:
        """Give these namespaces no longer. Operations under way end before their next wave. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            environment = await _found(tx, name)
            given = await tx.environment_namespaces.list(environment.id)
            taken = next((each for each in given if each.id == given_id), None)
            if taken is None or not await tx.environment_namespaces.take(environment.id, given_id):
                raise NotFoundError("given namespace", given_id)
            before = {"pattern": taken.pattern, "applications": taken.applications}
            await tx.audit.add(of_environment(grant.caller, "namespace.taken", environment, before=before))


def _require_sound(strategy: Strategy | None, clusters: Sequence[ClusterRecord]) -> None:
    """Raises `InvalidRequestError` for a cluster that the environment does not have, and for what cannot be a Job."""
    faults = template_faults(strategy, namespace=None) if strategy is not None else ()
    if faults:
        raise InvalidRequestError(faults[0], field="body.strategy")
    unknown = unknown_names(strategy, _in_rings(clusters)) if strategy is not None else ()
    if unknown:
        raise InvalidRequestError(f"The environment has no cluster named {', '.join(unknown)}.", field="body.strategy")


def _in_rings(clusters: Sequence[ClusterRecord]) -> tuple[RingCluster, ...]:
    return tuple(RingCluster(name=each.name, labels=each.labels) for each in clusters)


def _require_pattern(pattern: str, *, field: str) -> None:
    if not is_pattern(pattern):
        raise InvalidRequestError(
            f"'{pattern}' names no namespaces. Write a name, or one with a `*` at its beginning or end.", field=field
        )


def _merged(names_by_cluster: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each name with the clusters that have it, by name."""
    clusters_by_name: dict[str, builtins.list[str]] = {}
    for cluster, names in names_by_cluster.items():
        for name in names:
            clusters_by_name.setdefault(name, []).append(cluster)
    for name, clusters in sorted(clusters_by_name.items()):
        yield name, tuple(clusters)


async def _application(tx: Transaction, name: str) -> ApplicationRecord:
    record = await tx.applications.find(name)
    if record is None:
        raise NotFoundError("application", name)
    return record


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
