"""Accept: make what runs the app environment's release, changing nothing on any cluster.

At once and without an operation, as an adoption. Gates keep Stagecoach from writing to clusters: none is in the way of
what writes to none.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord, ReleaseRecord
from db.transaction import Database, Transaction
from domain.grants import Actor, MaintainGrant
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.words import OperationKind
from domain.written import WrittenObject
from services.changes.errors import PlanOutdatedError
from services.changes.image_operations import require_idle
from services.changes.plan_checks import require_as_previewed, require_unblocked
from services.inventory.releases import ListedRelease
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.drift.accepting import AcceptancePlan, plan_acceptance
from services.planning.drift.accepting_fields import WrittenFacts, about_fields, accept_fields, settled_fields
from services.planning.drift.observing import ReleaseImages
from services.planning.drift.settling import settled
from services.planning.health.values import HealthPolicy
from services.planning.images.running import ClusterFacts
from services.planning.notifications.divergences import divergence_notification
from services.planning.objects.field_prints import FieldPrints
from services.reading.app_environments import app_environment, cluster_named, require_configured
from services.reading.audit_entries import of_app_environment
from services.reading.held_configuration import HeldByCluster, ReleaseConfigurations
from services.reading.image_facts import ImageFactsReader
from services.reading.permissions import Permissions
from services.reading.written_objects import read_written


@dataclass(frozen=True, kw_only=True)
class AcceptRequest:
    """`cluster` is the one whose images and fields count where clusters differ.

    Without `containers` and `objects` everything is accepted; else the images of these, and the fields of these alone.
    `plan_digest` is that of the plan that the caller previewed, None without a preview.
    """

    cluster: str | None = None
    containers: tuple[ContainerRef, ...] | None = None
    objects: tuple[ResourceId, ...] | None = None
    plan_digest: str | None = None

    @property
    def images_of(self) -> tuple[ContainerRef, ...] | None:
        """The containers whose images are accepted; None for all."""
        return self.containers or (() if self.objects is not None else None)

    @property
    def fields_of(self) -> tuple[ResourceId, ...] | None:
        """The objects whose fields are accepted; None for all."""
        return self.objects or (() if self.containers is not None else None)


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What clusters have: images that run, and objects that were written."""

    images: tuple[ClusterFacts, ...]
    objects: tuple[WrittenFacts, ...]


class Accepting:
    """Acceptances: preview and accept."""

    def __init__(
        self,
        db: Database,
        clusters: Clusters,
        limits: Limits,
        *,
        prints: FieldPrints,
        configurations: ReleaseConfigurations | None = None,
    ) -> None:
        """Without `configurations`, releases hold images alone."""
        self._db = db
        self._configurations = configurations or ReleaseConfigurations(clusters=clusters, prints=prints, kept=0)
        self._clusters = clusters
        self._prints = prints
        self._permissions = Permissions(db)
        self._facts = ImageFactsReader(clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap))
        self._limits = limits

    async def preview(
        self, application: str, environment: str, request: AcceptRequest, *, actor: Actor
    ) -> AcceptancePlan:
        """What would be recorded. Raises `NotFoundError`, `NotConfiguredError`, `InvalidRequestError`."""
        return await self._plan_anew(await self._target(await self._grant(actor, application, environment)), request)

    async def accept(
        self, application: str, environment: str, request: AcceptRequest, *, actor: Actor
    ) -> ListedRelease:
        """Plan again and record the release. Raises what `preview` raises, `PlanBlockedError`, `PlanOutdatedError`,
        `OperationUnderwayError`.
        """
        grant = await self._grant(actor, application, environment)
        target = await self._target(grant)
        require_idle(target)
        facts = await self._read(target)
        plan = await self._plan(target, facts, request)
        require_as_previewed(plan, request.plan_digest)
        require_unblocked(plan)
        held = await self._configurations.read(
            target, namespace=target.namespace or "", resources=target.resources, only=plan.clusters
        )
        release = await self._record(grant, plan, facts, held, actor)
        if release is None:
            raise PlanOutdatedError(
                "Another release was recorded meanwhile. Review the new plan.",
                plan=await self._plan_anew(await self._target(grant), request),
            )
        primary = target.environment.clusters[0].name
        return ListedRelease(
            **vars(release),
            current=primary in plan.clusters,
            holds_configuration=self._configurations.kept > 0 and bool(held),
        )

    async def _record(
        self, grant: MaintainGrant, plan: AcceptancePlan, facts: _Read, held: HeldByCluster, actor: Actor
    ) -> ReleaseRecord | None:
        """The release; None where it would not follow the one that the plan was compared with.

        What it settles closes with it: whoever reads next finds both or neither.
        """
        async with self._db.begin() as tx:
            found = await app_environment(tx, grant)
            assert found.id is not None, "what is configured has a row"
            await tx.app_environments.lock(found.id)  # until this ends, no other release is added
            target = await app_environment(tx, grant)
            require_idle(target)
            if target.last_release != plan.release:
                return None
            release = await tx.releases.add(
                found.id,
                operation_id=None,
                kind=OperationKind.ADOPT,
                actor=actor.name,
                images=plan.images,
                clusters=plan.clusters,
            )
            await tx.written.add(found.id, _written(plan))
            await self._configurations.record(tx, found.id, release.number, held)
            await _settle(tx, target, release, facts.images, plan)
            changes = {
                _name(change.workload.label, change.container): (change.before, change.after) for change in plan.changes
            }
            await tx.audit.add(
                of_app_environment(
                    actor.caller,
                    "release.accepted",
                    target,
                    before={
                        "release": plan.release,
                        "images": {name: before.reference for name, (before, _) in changes.items() if before},
                    },
                    after={
                        "release": release.number,
                        "clusters": list(plan.clusters),
                        "images": {name: after.reference for name, (_, after) in changes.items()},
                        **_audited_fields(plan),
                    },
                )
            )
            return release

    async def _plan_anew(self, target: AppEnvironmentRecord, request: AcceptRequest) -> AcceptancePlan:
        return await self._plan(target, await self._read(target), request)

    async def _read(self, target: AppEnvironmentRecord) -> _Read:
        deadline = Deadline.after(self._limits.plan)
        images, objects = await asyncio.gather(
            self._facts.read(target, deadline=deadline),
            read_written(self._db, self._clusters, target, deadline=deadline),
        )
        return _Read(images=images, objects=objects)

    async def _plan(self, target: AppEnvironmentRecord, facts: _Read, request: AcceptRequest) -> AcceptancePlan:
        assert target.id is not None, "what is configured has a row"
        named = request.cluster
        cluster = cluster_named(target.environment, named, field="cluster").name if named is not None else None
        fields = accept_fields(
            facts.objects,
            self._prints,
            place=target.id,
            cluster=cluster,
            selected=request.fields_of,
            declared=target.declared,
        )
        plan = plan_acceptance(
            target.environment.name,
            facts.images,
            await self._last_release(target),
            cluster=cluster,
            selected=request.images_of,
            fields=fields,
        )
        if request.fields_of == ():
            return plan  # of images alone: what cannot be read of objects does not matter
        unread = {one.cluster for one in facts.images if one.failure is not None}  # of which that is said already
        objects = [one for one in facts.objects if one.cluster not in unread]
        problems = about_fields(objects, cluster=cluster, selected=request.objects)
        return replace(plan, problems=(*plan.problems, *problems))

    async def _last_release(self, target: AppEnvironmentRecord) -> ReleaseImages | None:
        assert target.id is not None, "what is configured has a row"
        async with self._db.read() as tx:
            release = await tx.releases.get(target.id, target.last_release)
        if release is None:
            return None
        return _images_of(release)

    async def _grant(self, actor: Actor, application: str, environment: str) -> MaintainGrant:
        return await self._permissions.app_environment(actor, MaintainGrant, application, environment)

    async def _target(self, grant: MaintainGrant) -> AppEnvironmentRecord:
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
        require_configured(target)
        return target


def _written(plan: AcceptancePlan) -> dict[str, list[WrittenObject]]:
    """By cluster, what the release has of the objects whose fields are accepted."""
    found: dict[str, list[WrittenObject]] = {}
    for each in plan.fields:
        found.setdefault(each.cluster, []).append(each.now)
    return found


def _audited_fields(plan: AcceptancePlan) -> dict[str, object]:
    """The names of fields that are accepted; a member only where there are any."""
    fields = {
        f"{each.resource.label} on {each.cluster}": [one.path or "the object is gone" for one in each.fields]
        for each in plan.fields
    }
    return {"fields": fields} if fields else {}


async def _settle(
    tx: Transaction,
    target: AppEnvironmentRecord,
    release: ReleaseRecord,
    facts: Sequence[ClusterFacts],
    plan: AcceptancePlan,
) -> None:
    """Close the drift that the release settles, and tell people: whoever closes a row tells, so they hear it once."""
    assert target.id is not None, "it has a release"
    rows = await tx.divergences.open_in(target.id)
    images = settled(rows, facts, _images_of(release), now=datetime.now(UTC))
    fields = settled_fields(rows, plan.fields, release=release.number)
    for each in (*images.changes, *fields.changes):
        await tx.divergences.change(target.id, each.divergence)
    for each in (*images.closes, *fields.closes):
        if await tx.divergences.end(target.id, each.divergence):
            await tx.outbox.add(
                divergence_notification(
                    each,
                    opened=False,
                    app_environment=target.id,
                    application=target.application.name,
                    environment=target.environment.name,
                )
            )


def _images_of(release: ReleaseRecord) -> ReleaseImages:
    return ReleaseImages(number=release.number, images=release.images, clusters=frozenset(release.clusters))


def _name(workload: str, container: str) -> str:
    return f"{workload}, {container}"
