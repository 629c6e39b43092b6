"""Roll back: give an app environment the images of a former release, or take back what one operation changed.

With the configuration that the release holds, where that is asked for. The planner is that of promotions, with the
release, or what the operation replaced, as its source. An environment on
auto can be rolled back, too. To roll back to the last release is to converge: drift goes, on all clusters or on chosen
ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord, ClusterRecord, ReleaseRecord
from db.records.operations import OperationRecord
from db.transaction import Database, Transaction
from domain.grants import Actor, MaintainGrant, PromoteGrant
from domain.problems import Problem
from domain.stored.hooks import HookMoment
from domain.stored.plans import StoredImagePlan
from domain.stored.requests import RollbackRequest
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.words import OperationKind, OperationState, Pin
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
from services.changes.preempting import Preempting
from services.changes.rollback_configuration import RollbackConfiguration, with_restore
from services.changes.strategy import ChosenStrategy, choose_strategy
from services.errors import InvalidRequestError, NotFoundError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.images.converging import left_by_converging
from services.planning.images.promotion_plan import PromotionPlan, build_promotion_plan, selected_keys, with_refusals
from services.planning.images.promotion_source import PromotionSource, release_source
from services.planning.images.taken_back import Replaced, changed_since, not_taken_back, operation_source, replaced_by
from services.planning.objects.field_prints import FieldPrints
from services.reading.app_environments import app_environment, cluster_named, require_configured
from services.reading.hand_overs.planning import HandOverReader
from services.reading.image_facts import ImageFactsReader
from services.reading.permissions import Permissions
from services.reading.running_images import Depth


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The app environment, the clusters that are rolled back, and the images that they go back to.

    `replaced` are the changes that are taken back, and `stays` says what else the operation left; `last` is the last
    release, where it converges to that.
    """

    target: AppEnvironmentRecord
    clusters: tuple[ClusterRecord, ...]
    source: PromotionSource
    replaced: Replaced = field(default_factory=dict)
    stays: tuple[Problem, ...] = ()
    last: ReleaseRecord | None = None


class RollingBack:
    """Rollbacks: preview and start."""

    def __init__(
        self,
        db: Database,
        clusters: Clusters,
        operations: Operations,
        limits: Limits,
        *,
        prints: FieldPrints,
        hand_overs: HandOverReader | None = None,
    ) -> None:
        """`hand_overs` asks owners of workloads."""
        self._db = db
        self._configuration = RollbackConfiguration(db=db, clusters=clusters, prints=prints)
        self._preempting = Preempting(db, operations)
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._hand_overs = hand_overs or HandOverReader({})
        self._facts = ImageFactsReader(
            clusters=clusters,
            policy=HealthPolicy(timeout_cap=limits.watch_cap),
            control_planes=self._hand_overs.control_planes,
        )
        self._operations = operations
        self._limits = limits

    async def preview(
        self, application: str, environment: str, request: RollbackRequest, *, actor: Actor
    ) -> PromotionPlan:
        """The plan for every cluster.

        Raises `NotFoundError` (also for the release or operation), `NotConfiguredError`, `InvalidRequestError`, and
        `ForbiddenError` for a strategy that the actor may not ask for.
        """
        deadline = Deadline.after(self._limits.plan)
        sides = await self._sides(actor, application, environment, request)
        chosen = _chosen(sides, request, actor)  # refuses what a start would refuse
        plan = _told(await self._plan(sides, request, deadline), chosen)
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
        """Plan again and start the operation; with `preempt`, what is under way is stopped before.

        Raises what `preview` raises, `PlanBlockedError`, `PlanOutdatedError`, `OperationUnderwayError`.
        """
        known = await self._operations.known(actor, idempotency)
        if known is not None:
            return known
        sides = await self._sides(actor, application, environment, request)
        _require_future(request)
        stopped = request.preempt and await self._preempting.make_way(sides.target, request, actor)
        if stopped:
            sides = await self._sides(actor, application, environment, request)
        target = sides.target
        planned, chosen = await self._planned(sides, request, actor)
        plan = planned.plan
        new = new_image_operation(planned, chosen=chosen, actor=actor, idempotency=idempotency)
        new = replace(new, spec=with_restore(new.spec, plan, request, target), hold_until=request.hold_until)
        if sides.last is not None:
            # Where it has stopped an operation, it takes back what that one began: automation is not to go on.
            new = replace(new, spec=_converging(new.spec, plan, sides.last, target), converges=not stopped)
        return await self._operations.start(replace(new, reason=request.reason))

    async def planned(
        self, application: str, environment: str, request: RollbackRequest, *, actor: Actor
    ) -> tuple[PlannedImages, ChosenStrategy]:
        """The plan and the strategy of what is about to be started as a member of a promotion set.

        Raises what `preview` raises, and `OperationUnderwayError`.
        """
        _require_future(request)
        return await self._planned(await self._sides(actor, application, environment, request), request, actor)

    async def _planned(
        self, sides: _Sides, request: RollbackRequest, actor: Actor
    ) -> tuple[PlannedImages, ChosenStrategy]:
        target = sides.target
        chosen = _chosen(sides, request, actor)
        require_idle(target)
        plan = _told(await self._plan(sides, request, Deadline.after(self._limits.plan)), chosen)
        planned = PlannedImages(
            kind=OperationKind.ROLLBACK,
            target=target,
            source=None,
            plan=plan,
            plan_digest=request.plan_digest,
            request=request,
        )
        return planned, chosen

    async def _sides(self, actor: Actor, application: str, environment: str, request: RollbackRequest) -> _Sides:
        # A promoter changes images; whoever writes ConfigMaps and Secrets maintains the application.
        right = MaintainGrant if request.with_configuration else PromoteGrant
        grant = await self._permissions.app_environment(actor, right, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            require_configured(target)
            assert target.id is not None, "what is configured has a row"
            if request.release is not None:
                release = await tx.releases.get(target.id, request.release)
                if release is None:
                    raise NotFoundError("release", str(request.release))
                return _Sides(
                    target=target,
                    clusters=_clusters(target, request),
                    source=release_source(release.number, release.images),
                    last=release if release.number == target.last_release else None,
                )
            assert request.operation is not None
            replaced, stays = await _left_by(tx, target, request.operation)
        return _Sides(
            target=target,
            clusters=_clusters(target, request),
            source=operation_source(request.operation, replaced),
            replaced=replaced,
            stays=stays,
        )

    async def _plan(self, sides: _Sides, request: RollbackRequest, deadline: Deadline) -> PromotionPlan:
        target, selected = sides.target, selected_keys(request.containers)
        # Leave time, where a cluster hangs, to plan for the others and to dry-run that plan.
        templates = await self._facts.read(
            target, only=sides.clusters, deadline=deadline.part(0.5), depth=Depth.TEMPLATES
        )
        targets = await self._facts.read_targets(target, sides.source, templates, selected=selected, deadline=deadline)
        source = replace(sides.source, problems=(*changed_since(sides.replaced, targets), *sides.stays))
        plan = build_promotion_plan(
            source,
            target.environment.name,
            targets,
            pin=target.pin is Pin.DIGEST,
            selected=request.containers,
            allow=consents_of(target, request.allow),
            deliveries=target.deliveries,
        )
        plan = await self._hand_overs.settled(plan, target, self._clusters, deadline=deadline)
        return await self._configuration.added_to(plan, target, request, targets, deadline=deadline)


def _chosen(sides: _Sides, request: RollbackRequest, actor: Actor) -> ChosenStrategy:
    """Raises what `choose_strategy` raises."""
    return choose_strategy(
        sides.target,
        sides.clusters,
        request.strategy,
        actor=actor,
        together=request.in_set,
        short_soaks=not request.full_soak,
    )


def _told(plan: PromotionPlan, chosen: ChosenStrategy) -> PromotionPlan:
    """The plan with the strategy by which it would be carried out."""
    notes = () if chosen.note is None or plan.nothing_to_do else (chosen.note,)
    return replace(plan, strategy=chosen.strategy, problems=(*plan.problems, *notes))


def _require_future(request: RollbackRequest) -> None:
    if request.hold_until is not None and request.hold_until <= datetime.now(UTC):
        raise InvalidRequestError("The hold would end before it begins: name a time to come.", field="hold_until")


def _clusters(target: AppEnvironmentRecord, request: RollbackRequest) -> tuple[ClusterRecord, ...]:
    """The clusters that are rolled back, in the environment's order. Raises `InvalidRequestError`."""
    everything = target.environment.clusters
    if request.clusters is None:
        return everything
    if request.release != target.last_release:
        raise InvalidRequestError(
            "Clusters can only be chosen to converge to the last release"
            f"{f', which is {target.last_release}' if target.last_release else ''}: another one would leave the "
            "environment's clusters apart. Leave `clusters` out.",
            field="clusters",
        )
    chosen = {cluster_named(target.environment, name, field="clusters").id for name in request.clusters}
    return tuple(each for each in everything if each.id in chosen)


def _converging(
    spec: OperationSpec, plan: PromotionPlan, last: ReleaseRecord, target: AppEnvironmentRecord
) -> OperationSpec:
    """What did not converge is still drift afterwards: the next release has there what the last one had."""
    images = left_by_converging(
        plan, last.images, had_by=last.clusters, clusters=[each.name for each in target.environment.clusters]
    )
    return replace(spec, plan=replace(spec.plan, leaves=replace(spec.plan.leaves, images=images)))


async def _left_by(
    tx: Transaction, target: AppEnvironmentRecord, operation_id: str
) -> tuple[Replaced, tuple[Problem, ...]]:
    """What an operation of the app environment changed, and what of it stays.

    Raises `NotFoundError`, `InvalidRequestError`.
    """
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
    replaced = replaced_by(plan, undo)
    if not any(undo.values()):
        return replaced, ()  # no image was changed, so nothing is taken back that the rest could be told apart from
    hooks = operation.rings.hooks if operation.rings is not None else ()
    # Those before the change have run. Those after it are the last that an operation does.
    ran = [each.name for each in hooks if each.when is HookMoment.BEFORE or operation.state is OperationState.SUCCEEDED]
    return replaced, tuple(not_taken_back(plan.brought_keys, ran))
