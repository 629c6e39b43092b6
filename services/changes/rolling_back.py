"""Roll back: give an app environment the images of a former release, or take back what one operation changed.

The planner is that of promotions, with the release, or what the operation replaced, as its source. An environment on
auto can be rolled back, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationRecord
from db.transaction import Database, Transaction
from domain.grants import Actor, PromoteGrant
from domain.stored.plans import StoredImagePlan
from domain.stored.requests import RollbackRequest
from domain.stored.rollouts import UndoImages
from domain.words import OperationKind, Pin
from services.changes.image_dry_run import dry_run_refusals
from services.changes.image_operations import (
    PlannedImages,
    consents_of,
    new_image_operation,
    require_idle,
)
from services.changes.new_operations import IdempotencyKey
from services.changes.operations import Operations
from services.changes.plan_gates import with_gates
from services.changes.strategy import in_waves
from services.errors import InvalidRequestError, NotFoundError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.images.promotion_plan import PromotionPlan, build_promotion_plan, selected_keys, with_refusals
from services.planning.images.promotion_source import PromotionSource, release_source
from services.planning.images.taken_back import Replaced, changed_since, operation_source, replaced_by
from services.reading.app_environments import app_environment, require_configured
from services.reading.image_facts import ImageFactsReader
from services.reading.permissions import Permissions
from services.reading.running_images import Depth


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The app environment, and the images that it goes back to; `replaced` are the changes that are taken back."""

    target: AppEnvironmentRecord
    source: PromotionSource
    replaced: Replaced = field(default_factory=dict)


class RollingBack:
    """Rollbacks: preview and start."""

    def __init__(self, db: Database, clusters: Clusters, operations: Operations, limits: Limits) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._facts = ImageFactsReader(clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap))
        self._operations = operations
        self._limits = limits

    async def preview(
        self, application: str, environment: str, request: RollbackRequest, *, actor: Actor
    ) -> PromotionPlan:
        """The plan for every cluster.

        Raises `NotFoundError` (also for the release or operation), `NotConfiguredError`, `InvalidRequestError`.
        """
        deadline = Deadline.after(self._limits.plan)
        sides = await self._sides(actor, application, environment, request)
        plan = await self._plan(sides, request, deadline)
        plan = with_refusals(plan, await dry_run_refusals(self._clusters, sides.target, plan, deadline=deadline))
        return await with_gates(
            self._db, plan, sides.target, OperationKind.ROLLBACK, actor=actor, reason=request.reason
        )

    async def start(
        self,
        application: str,
        environment: str,
        request: RollbackRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None,
    ) -> OperationRecord:
        """Plan again and start the operation. Raises what `preview` raises, `PlanBlockedError`, `PlanOutdatedError`,
        `OperationUnderwayError`.
        """
        known = await self._operations.known(actor, idempotency)
        if known is not None:
            return known
        sides = await self._sides(actor, application, environment, request)
        target = sides.target
        clusters = in_waves(target.environment.clusters, request.strategy)
        require_idle(target)
        plan = await self._plan(sides, request, Deadline.after(self._limits.plan))
        planned = PlannedImages(
            kind=OperationKind.ROLLBACK,
            target=target,
            source=None,
            plan=plan,
            plan_digest=request.plan_digest,
            request=request,
        )
        new = new_image_operation(
            planned, clusters=clusters, strategy=request.strategy, actor=actor, idempotency=idempotency
        )
        converges = request.release is not None and request.release == target.last_release
        return await self._operations.start(replace(new, reason=request.reason, converges=converges))

    async def _sides(self, actor: Actor, application: str, environment: str, request: RollbackRequest) -> _Sides:
        grant = await self._permissions.app_environment(actor, PromoteGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            require_configured(target)
            assert target.id is not None, "what is configured has a row"
            if request.release is not None:
                release = await tx.releases.get(target.id, request.release)
                if release is None:
                    raise NotFoundError("release", str(request.release))
                return _Sides(target=target, source=release_source(release.number, release.images))
            assert request.operation is not None
            replaced = await _replaced(tx, target, request.operation)
        return _Sides(target=target, source=operation_source(request.operation, replaced), replaced=replaced)

    async def _plan(self, sides: _Sides, request: RollbackRequest, deadline: Deadline) -> PromotionPlan:
        target, selected = sides.target, selected_keys(request.containers)
        # Leave time, where a cluster hangs, to plan for the others and to dry-run that plan.
        templates = await self._facts.read(target, deadline=deadline.part(0.5), depth=Depth.TEMPLATES)
        targets = await self._facts.read_targets(target, sides.source, templates, selected=selected, deadline=deadline)
        source = replace(sides.source, problems=tuple(changed_since(sides.replaced, targets)))
        return build_promotion_plan(
            source,
            target.environment.name,
            targets,
            pin=target.pin is Pin.DIGEST,
            selected=request.containers,
            allow=consents_of(target, request.allow),
        )


async def _replaced(tx: Transaction, target: AppEnvironmentRecord, operation_id: str) -> Replaced:
    """What an operation of the app environment changed. Raises `NotFoundError`, `InvalidRequestError`."""
    operation = await tx.operations.detail(operation_id)
    if operation is None or operation.app_environment_id != target.id:
        raise NotFoundError("operation", operation_id)
    plan = operation.spec.plan
    if not isinstance(plan, StoredImagePlan):
        raise InvalidRequestError(
            f"The operation is of kind {operation.kind}, which does not only change images: there is no image to put "
            "back.",
            field="operation",
        )
    undo: Mapping[str, UndoImages | None] = {each.cluster_name: each.undo for each in operation.clusters}
    return replaced_by(plan, undo)
