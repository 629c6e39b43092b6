"""Adopt: make resources that already run in a namespace the app environment's, changing nothing on any cluster."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Database
from domain.grants import Actor, MaintainGrant
from domain.problems import Problem, Severity
from domain.resources import Kind, ResourceId
from domain.words import OperationKind
from services.changes.copy_operations import target_namespace
from services.changes.errors import PlanBlockedError
from services.changes.image_operations import require_idle
from services.errors import InvalidRequestError, StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import InvalidObjectError
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.images.releases import release_of
from services.planning.namespaces.adoption import AdoptionPlan, plan_adoption
from services.reading.app_environments import app_environment
from services.reading.audit_entries import of_app_environment
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.followed_sources import as_seen
from services.reading.held_configuration import ReleaseConfigurations
from services.reading.image_facts import ImageFactsReader
from services.reading.namespace_reader import Contents, read_namespace
from services.reading.permissions import Permissions
from services.reading.running_images import Depth
from services.reading.running_index import index_of_facts
from services.reading.sharers import sharers_of

_NAMED = 5  # of the kinds that could not be listed; the others are counted


@dataclass(frozen=True, kw_only=True)
class AdoptRequest:
    """Adopt what matches the label selector, or the named resources, or (neither given) all in the namespace."""

    namespace: str
    label_selector: str | None = None
    resources: tuple[ResourceId, ...] | None = None


class Adopting:
    """Adoptions: preview and adopt, at once and without an operation."""

    def __init__(
        self, db: Database, clusters: Clusters, limits: Limits, *, configurations: ReleaseConfigurations
    ) -> None:
        self._db = db
        self._configurations = configurations
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._limits = limits

    async def preview(self, application: str, environment: str, request: AdoptRequest, *, actor: Actor) -> AdoptionPlan:
        """What would be adopted. Raises `NotFoundError`, `AlreadyConfiguredError` (in another namespace)."""
        grant = await self._permissions.app_environment(actor, MaintainGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
        return await self._plan(actor, target, request)

    async def adopt(
        self, application: str, environment: str, request: AdoptRequest, *, actor: Actor
    ) -> AppEnvironmentRecord:
        """Adopt the resources, and record the images that run as a release.

        Raises what `preview` raises, `PlanBlockedError`, `OperationUnderwayError`.
        """
        grant = await self._permissions.app_environment(actor, MaintainGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
        require_idle(target)
        plan = await self._plan(actor, target, request)
        if plan.blocked:
            blocking = next(p for p in plan.problems if p.severity is Severity.BLOCKS)
            raise PlanBlockedError(f"The namespace cannot be adopted: {blocking.detail}", problems=plan.problems)
        async with self._db.begin() as tx:
            target_id = await tx.app_environments.ensure(target.application.id, target.environment.id)
            await tx.app_environments.configure(target_id, namespace=plan.namespace, resources=plan.adopted)
            adopted = await app_environment(tx, grant)
            after = {"namespace": plan.namespace, "resources": sorted(map(str, plan.adopted))}
            await tx.audit.add(of_app_environment(actor.caller, "app-environment.adopted", adopted, after=after))
        await self._record_release(adopted, actor)
        async with self._db.read() as tx:
            return as_seen(await app_environment(tx, grant), actor)

    async def _plan(self, actor: Actor, target: AppEnvironmentRecord, request: AdoptRequest) -> AdoptionPlan:
        namespace = target_namespace(target, request.namespace)
        deadline = Deadline.after(self._limits.plan)

        async def read(cluster: ClusterRecord) -> Contents | StagecoachError:
            try:
                gateway = await self._clusters.gateway(credential_of(cluster))
                return await read_namespace(
                    gateway, namespace, label_selector=request.label_selector, deadline=deadline
                )
            except StagecoachError as error:
                return error

        clusters = target.environment.clusters
        answers = await fan_out(clusters, read, deadline=deadline, name=lambda cluster: cluster.name)
        results = {pair.item.name: pair.error or pair.result for pair in answers}
        if request.label_selector is not None and any(_cannot_read_selector(result) for result in results.values()):
            raise InvalidRequestError(
                "The clusters cannot read the label selector. Write it as for kubectl: app=shop,tier in (web,api).",
                field="label_selector",
            )
        found = {name: result.manifests for name, result in results.items() if isinstance(result, Contents)}
        # Where some cluster answers, one that does not only warns: the namespace can be adopted again later.
        severity = Severity.WARNS if found else Severity.BLOCKS
        unread = [
            Problem(code=result.code, severity=severity, detail=result.detail, cluster=name)
            for name, result in results.items()
            if isinstance(result, StagecoachError)
        ]
        unread += [
            _unread(result.unread, namespace, name)
            for name, result in results.items()
            if isinstance(result, Contents) and result.unread
        ]
        sharers = await sharers_of(self._db, namespace, target, same_environment=True, holdings=actor.holdings)
        named = {cluster.name: sharers.get(cluster.id, ()) for cluster in clusters}
        return plan_adoption(namespace, found, desired=request.resources, unread=unread, sharers=named)

    async def _record_release(self, target: AppEnvironmentRecord, actor: Actor) -> None:
        """Record the images that run, with the digests that pods report, so that a rollback can go back to them."""
        facts, held = await asyncio.gather(
            ImageFactsReader(clusters=self._clusters, policy=HealthPolicy()).read(
                target, deadline=Deadline.after(self._limits.plan), depth=Depth.DIGESTS
            ),
            self._configurations.read(target, namespace=target.namespace or "", resources=target.resources),
        )
        images = {each.cluster: each.images for each in facts if each.images}
        if not images or target.id is None:
            return
        async with self._db.begin() as tx:
            await tx.running_images.put(target.id, index_of_facts(target.id, facts))
            release = await tx.releases.add(
                target.id,
                operation_id=None,
                kind=OperationKind.ADOPT,
                actor=actor.name,
                images=release_of(images),
                clusters=list(images),
            )
            await self._configurations.record(tx, target.id, release.number, held)


def _cannot_read_selector(result: Contents | StagecoachError | None) -> bool:
    """Whether the API server rejected the selector: the list request has nothing else that can be invalid."""
    return isinstance(result, InvalidObjectError) and result.status == 400


def _unread(kinds: Sequence[Kind], namespace: str, cluster: str) -> Problem:
    named = ", ".join(kind.name for kind in kinds[:_NAMED])
    more = f" and {len(kinds) - _NAMED} more kinds" if len(kinds) > _NAMED else ""
    return Problem(
        code="kinds-unread",
        severity=Severity.WARNS,
        detail=f"{named}{more} of namespace {namespace} could not be listed, so none of them are adopted.",
        cluster=cluster,
    )
