"""Restart: replace the pods of workloads and change nothing else, so that they read configuration again, say."""

from dataclasses import dataclass, replace

from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationRecord
from db.transaction import Database
from domain.grants import Actor, PromoteGrant
from domain.resources import ResourceId
from domain.stored.plans import StoredImagePlan
from domain.stored.restarts import RestartRequest
from domain.stored.spec import OperationSpec
from domain.words import OperationKind, Pin
from services.changes.image_operations import PlannedImages, new_image_operation, require_idle, stored_restarts
from services.changes.new_operations import IdempotencyKey
from services.changes.operations import Operations
from services.changes.plan_gates import with_gates
from services.changes.strategy import choose_strategy
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.images.promotion_plan import ClusterPromotionPlan, PromotionPlan
from services.planning.images.running import ClusterFacts
from services.planning.releases.restarting import plan_restarts
from services.reading.app_environments import app_environment, require_configured
from services.reading.image_facts import ImageFactsReader
from services.reading.permissions import Permissions
from services.reading.running_images import Depth


@dataclass(frozen=True, kw_only=True)
class _Planned:
    target: AppEnvironmentRecord
    plan: PromotionPlan


class Restarting:
    """Restarts: preview and start."""

    def __init__(self, db: Database, clusters: Clusters, operations: Operations, limits: Limits) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._facts = ImageFactsReader(clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap))
        self._operations = operations
        self._limits = limits

    async def preview(
        self, application: str, environment: str, request: RestartRequest, *, actor: Actor
    ) -> PromotionPlan:
        """The plan for every cluster, without images.

        Raises `NotFoundError`, `NotConfiguredError`, and what `choose_strategy` raises.
        """
        target = await self._target(actor, application, environment)
        choose_strategy(
            target, target.environment.clusters, request.strategy, actor=actor
        )  # refuses what a start would refuse
        planned = await self._plan(target, request)
        return await with_gates(self._db, planned.plan, planned.target, OperationKind.RESTART, actor=actor)

    async def start(
        self,
        application: str,
        environment: str,
        request: RestartRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None,
    ) -> OperationRecord:
        """Plan again and start the operation.

        Raises what `preview` raises, `PlanBlockedError`, `PlanOutdatedError`, `OperationUnderwayError`.
        """
        known = await self._operations.known(actor, idempotency)
        if known is not None:
            return known
        target = await self._target(actor, application, environment)
        chosen = choose_strategy(target, target.environment.clusters, request.strategy, actor=actor)
        require_idle(target)
        planned = await self._plan(target, request)
        new = new_image_operation(
            PlannedImages(
                kind=OperationKind.RESTART,
                target=target,
                source=None,
                plan=planned.plan,
                plan_digest=request.plan_digest,
                request=request,
            ),
            chosen=chosen,
            actor=actor,
            idempotency=idempotency,
        )
        return await self._operations.start(replace(new, spec=with_restarts(new.spec, planned.plan, request.workloads)))

    async def _target(self, actor: Actor, application: str, environment: str) -> AppEnvironmentRecord:
        grant = await self._permissions.app_environment(actor, PromoteGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
        require_configured(target)
        return target

    async def _plan(self, target: AppEnvironmentRecord, request: RestartRequest) -> _Planned:
        facts = await self._facts.read(target, deadline=Deadline.after(self._limits.plan), depth=Depth.TEMPLATES)
        plan = PromotionPlan(
            source_environment=None,
            source_cluster=None,
            source_release=None,
            source_operation=None,
            target_environment=target.environment.name,
            pin=target.pin is Pin.DIGEST,
            selected=None,
            clusters=tuple(_on_cluster(each, request) for each in facts),
            unmatched=(),
            skew=(),
            problems=(),
        )
        return _Planned(target=target, plan=plan)


def _on_cluster(facts: ClusterFacts, request: RestartRequest) -> ClusterPromotionPlan:
    """Without images: no release comes of a restart."""
    restarts = plan_restarts(facts, request.workloads)
    return ClusterPromotionPlan(
        cluster=facts.cluster,
        read=restarts.read,
        changes=(),
        problems=restarts.problems,
        desired=(),
        images=(),
        restarts=restarts.workloads,
    )


def with_restarts(spec: OperationSpec, plan: PromotionPlan, asked: tuple[ResourceId, ...] | None) -> OperationSpec:
    """The operation's spec with what is restarted on each cluster."""
    assert isinstance(spec.plan, StoredImagePlan), "restarts are a part of image plans"
    return replace(spec, plan=replace(spec.plan, restarts=stored_restarts(plan, asked)))
