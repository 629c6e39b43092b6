"""Roll back: give an app environment the images of one of its former releases, and nothing else.

The planner is that of promotions, with the release as its source. An environment on auto can be rolled back, too.
"""

from db.records import AppEnvironmentRecord, OperationRecord, ReleaseRecord
from db.transaction import Database
from domain.stored.requests import RollbackRequest
from domain.words import OperationKind, Pin
from services.changes.image_dry_run import dry_run_refusals
from services.changes.image_operations import PlannedImages, new_image_operation, require_configured, require_idle
from services.changes.new_operations import IdempotencyKey
from services.changes.operations import Operations
from services.changes.strategy import in_waves
from services.errors import NotFoundError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.people.access import Actor
from services.planning.health.values import HealthPolicy
from services.planning.images.promotion_plan import PromotionPlan, build_promotion_plan, with_refusals
from services.planning.images.promotion_source import release_source
from services.reading.app_environments import app_environment
from services.reading.image_facts import ImageFactsReader
from services.reading.running_images import Depth


class RollingBack:
    """Rollbacks: preview and start."""

    def __init__(self, db: Database, clusters: Clusters, operations: Operations, limits: Limits) -> None:
        self._db = db
        self._clusters = clusters
        self._facts = ImageFactsReader(clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap))
        self._operations = operations
        self._limits = limits

    async def preview(
        self, application: str, environment: str, request: RollbackRequest, *, actor: Actor
    ) -> PromotionPlan:
        """The plan for every cluster. Raises `NotFoundError` (also for the release), `NotConfiguredError`."""
        del actor  # the caller's rights were checked at the edge
        deadline = Deadline.after(self._limits.plan)
        target, release = await self._target(application, environment, request.release)
        plan = await self._plan(target, release, deadline)
        return with_refusals(plan, await dry_run_refusals(self._clusters, target, plan, deadline=deadline))

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
        target, release = await self._target(application, environment, request.release)
        clusters = in_waves(target.environment.clusters, request.strategy)
        require_idle(target)
        plan = await self._plan(target, release, Deadline.after(self._limits.plan))
        planned = PlannedImages(
            kind=OperationKind.ROLLBACK,
            target=target,
            source=None,
            plan=plan,
            plan_digest=request.plan_digest,
            request=request,
        )
        return await self._operations.start(
            new_image_operation(
                planned, clusters=clusters, strategy=request.strategy, actor=actor, idempotency=idempotency
            )
        )

    async def _target(
        self, application: str, environment: str, number: int
    ) -> tuple[AppEnvironmentRecord, ReleaseRecord]:
        async with self._db.read() as tx:
            target = await app_environment(tx, application, environment)
            require_configured(target)
            assert target.id is not None, "what is configured has a row"
            release = await tx.releases.get(target.id, number)
        if release is None:
            raise NotFoundError("release", str(number))
        return target, release

    async def _plan(self, target: AppEnvironmentRecord, release: ReleaseRecord, deadline: Deadline) -> PromotionPlan:
        source = release_source(release.number, release.images)
        # Leave time, where a cluster hangs, to plan for the others and to dry-run that plan.
        templates = await self._facts.read(target, deadline=deadline.part(0.5), depth=Depth.TEMPLATES)
        targets = await self._facts.read_targets(target, source, templates, selected=None, deadline=deadline)
        return build_promotion_plan(
            source, target.environment.name, targets, pin=target.pin is Pin.DIGEST, selected=None
        )
