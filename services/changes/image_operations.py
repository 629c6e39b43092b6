"""What promotions, deploys and rollbacks share: the checks before, and the new operation of a plan."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from db.records.inventory import AppEnvironmentRecord
from domain.grants import Actor
from domain.resources import ResourceId
from domain.stored.brought import BroughtKeys, typed_secrets
from domain.stored.requests import CopyRequest, DeployRequest, PromotionRequest, StoredRequest
from domain.stored.restarts import StoredRestarts
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.stored.strategies import Strategy
from domain.words import ImageConsent, OperationKind
from services.changes.errors import SkewError
from services.changes.new_operations import IdempotencyKey, NewOperation, NewOperationCluster
from services.changes.plan_checks import require_as_previewed, require_unblocked
from services.changes.plan_gates import written_clusters
from services.changes.strategy import ChosenStrategy
from services.errors import OperationUnderwayError
from services.execution.image_work import ImageWork
from services.planning.images.promotion_plan import PromotionPlan, stored_plan


@dataclass(frozen=True, kw_only=True)
class PlannedImages:
    """A plan to be executed; `plan_digest` is that of the plan that the caller previewed, None without a preview.

    `image_pushes` and `all_image_pushes` are as in `NewOperation`.
    """

    kind: OperationKind
    target: AppEnvironmentRecord
    source: AppEnvironmentRecord | None
    plan: PromotionPlan
    plan_digest: str | None
    request: StoredRequest
    image_pushes: tuple[int, ...] = ()
    all_image_pushes: bool = False


def consents_of(target: AppEnvironmentRecord, given: Iterable[ImageConsent]) -> frozenset[str]:
    """The consents of a request, and those that an administrator has stored for the app environment."""
    return frozenset((*given, *(stored.consent for stored in target.consents)))


def require_idle(target: AppEnvironmentRecord) -> None:
    """Raises `OperationUnderwayError`, before any cluster is read. Queueing an operation checks it again."""
    if target.active_operation is not None:
        raise OperationUnderwayError(
            f"Another operation is under way for '{target.application.name}' in '{target.environment.name}'.",
            operation=target.active_operation,
        )


def new_image_operation(
    planned: PlannedImages,
    *,
    chosen: ChosenStrategy,
    actor: Actor,
    idempotency: IdempotencyKey | None,
) -> NewOperation:
    """The operation of a plan that may be executed; raises `PlanOutdatedError`, `SkewError`, `PlanBlockedError`."""
    plan = planned.plan
    require_as_previewed(plan, planned.plan_digest)
    if plan.skew:
        raise SkewError(
            f"The clusters of '{plan.source_environment}' run different images. Name the cluster to promote from.",
            skew=plan.skew,
        )
    require_unblocked(plan)
    stored = stored_plan(plan, namespace=planned.target.namespace or "")
    if isinstance(planned.request, PromotionRequest | DeployRequest) and planned.request.restart:
        stored = replace(stored, restarts=stored_restarts(plan))
    return NewOperation(
        kind=planned.kind,
        app_environment=planned.target,
        source=planned.source,
        caller=actor.caller,
        spec=OperationSpec(
            request=_by(planned.request, chosen.strategy),
            plan=stored,
        ),
        secrets=typed_secrets(_bring_of(planned.request)) or None,
        plan_digest=plan.digest,
        clusters=tuple(
            # Hooks and copies of images come before the first cluster begins: none begins as the operation is queued.
            each if chosen.begins_with_hooks or plan.copies else replace(each, undo=_undo(planned, each))
            for each in chosen.clusters
        ),
        on_failure=chosen.strategy.on_failure,
        rings=chosen.runs,
        idempotency=idempotency,
        image_pushes=planned.image_pushes,
        all_image_pushes=planned.all_image_pushes,
        written=written_clusters(plan, planned.target),
    )


def stored_restarts(plan: PromotionPlan, asked: tuple[ResourceId, ...] | None = None) -> StoredRestarts:
    """What a plan restarts on each cluster, as rows keep it; `asked` None: not by name."""
    return StoredRestarts(
        asked=asked, clusters={each.cluster: each.restarts if each.read else None for each in plan.clusters}
    )


def _bring_of(request: StoredRequest) -> tuple[BroughtKeys, ...]:
    return request.bring if isinstance(request, PromotionRequest | DeployRequest) else ()


def _by(request: StoredRequest, strategy: Strategy) -> StoredRequest:
    """The request with the strategy that it is executed by, which may be the environment's."""
    assert not isinstance(request, CopyRequest), "images are changed by none"
    return replace(request, strategy=strategy)


def _undo(planned: PlannedImages, cluster: NewOperationCluster) -> UndoImages | None:
    """The way back from the plan's changes on one cluster; None where it changes nothing, or could not read."""
    on_cluster = next(each for each in planned.plan.clusters if each.cluster == cluster.cluster.name)
    work = ImageWork.of(planned.target.namespace or "", on_cluster.changes)
    return work.to_undo() if on_cluster.read and work.workloads else None
