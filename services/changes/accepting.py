"""Accept: make what runs the app environment's release, changing nothing on any cluster.

At once and without an operation, as an adoption. Gates keep Stagecoach from writing to clusters: none is in the way of
what writes to none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord, ReleaseRecord
from db.transaction import Database, Transaction
from domain.grants import Actor, MaintainGrant
from domain.images import ContainerRef
from domain.words import OperationKind
from services.changes.errors import PlanOutdatedError
from services.changes.image_operations import require_idle
from services.changes.plan_checks import require_as_previewed, require_unblocked
from services.inventory.releases import ListedRelease
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.drift.accepting import AcceptancePlan, plan_acceptance
from services.planning.drift.observing import ReleaseImages
from services.planning.drift.settling import settled
from services.planning.health.values import HealthPolicy
from services.planning.images.running import ClusterFacts
from services.planning.notifications.divergences import divergence_notification
from services.reading.app_environments import app_environment, cluster_named, require_configured
from services.reading.audit_entries import of_app_environment
from services.reading.image_facts import ImageFactsReader
from services.reading.permissions import Permissions


@dataclass(frozen=True, kw_only=True)
class AcceptRequest:
    """`cluster` is the one whose images count where clusters differ; `containers` None means all.

    `plan_digest` is that of the plan that the caller previewed, None without a preview.
    """

    cluster: str | None = None
    containers: tuple[ContainerRef, ...] | None = None
    plan_digest: str | None = None


class Accepting:
    """Acceptances: preview and accept."""

    def __init__(self, db: Database, clusters: Clusters, limits: Limits) -> None:
        self._db = db
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
        release = await self._record(grant, plan, facts, actor)
        if release is None:
            raise PlanOutdatedError(
                "Another release was recorded meanwhile. Review the new plan.",
                plan=await self._plan_anew(await self._target(grant), request),
            )
        primary = target.environment.clusters[0].name
        return ListedRelease(**vars(release), current=primary in plan.clusters)

    async def _record(
        self, grant: MaintainGrant, plan: AcceptancePlan, facts: Sequence[ClusterFacts], actor: Actor
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
            await _settle(tx, target, release, facts)
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
                    },
                )
            )
            return release

    async def _plan_anew(self, target: AppEnvironmentRecord, request: AcceptRequest) -> AcceptancePlan:
        return await self._plan(target, await self._read(target), request)

    async def _read(self, target: AppEnvironmentRecord) -> tuple[ClusterFacts, ...]:
        return await self._facts.read(target, deadline=Deadline.after(self._limits.plan))

    async def _plan(
        self, target: AppEnvironmentRecord, facts: Sequence[ClusterFacts], request: AcceptRequest
    ) -> AcceptancePlan:
        named = request.cluster
        cluster = cluster_named(target.environment, named, field="cluster").name if named is not None else None
        return plan_acceptance(
            target.environment.name,
            facts,
            await self._last_release(target),
            cluster=cluster,
            selected=request.containers,
        )

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


async def _settle(
    tx: Transaction, target: AppEnvironmentRecord, release: ReleaseRecord, facts: Sequence[ClusterFacts]
) -> None:
    """Close the drift that the release settles, and tell people: whoever closes a row tells, so they hear it once."""
    assert target.id is not None, "it has a release"
    found = settled(await tx.divergences.open_in(target.id), facts, _images_of(release), now=datetime.now(UTC))
    for each in found.changes:
        await tx.divergences.change(target.id, each.divergence)
    for each in found.closes:
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
