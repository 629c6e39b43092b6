"""What promotions and roll-backs share on their way to an operation: the checks before, and the order itself."""

from dataclasses import dataclass, replace

from db.records import AppEnvironmentRecord
from domain.stored.requests import StoredRequest, Strategy
from domain.stored.rollouts import UndoImages
from domain.stored.spec import OperationSpec
from domain.words import OperationKind
from services.changes.errors import SkewError
from services.changes.new_operations import IdempotencyKey, NewOperation, NewOperationCluster
from services.changes.plan_checks import require_as_previewed, require_unblocked
from services.errors import NotConfiguredError, OperationUnderwayError
from services.execution.changing_images import ImageWork
from services.people.access import Actor
from services.planning.images.promotion_plan import PromotionPlan, stored_plan


@dataclass(frozen=True, kw_only=True)
class ImageChangeSpec:
    """A plan to be carried out; `plan_digest` is that of the plan which was looked at, None where none was.

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


def require_configured(target: AppEnvironmentRecord) -> None:
    """Raises `NotConfiguredError`."""
    if not target.configured:
        raise NotConfiguredError(
            f"'{target.application.name}' is not configured in '{target.environment.name}': "
            "configure, import or adopt it there first.",
            environment=target.environment.name,
        )


def require_idle(target: AppEnvironmentRecord) -> None:
    """Raises `OperationUnderwayError`: sooner than the database would, before any cluster is asked."""
    if target.active_operation is not None:
        raise OperationUnderwayError(
            f"An operation is under way for '{target.application.name}' in '{target.environment.name}'.",
            operation=target.active_operation,
        )


def image_operation(
    spec: ImageChangeSpec,
    *,
    clusters: tuple[NewOperationCluster, ...],
    strategy: Strategy,
    actor: Actor,
    idempotency: IdempotencyKey | None,
) -> NewOperation:
    """The operation of a plan that may be carried out; raises `PlanOutdatedError`, `SkewError`, `PlanBlockedError`."""
    plan = spec.plan
    require_as_previewed(plan, spec.plan_digest)
    if plan.skew:
        raise SkewError(
            f"The clusters of '{plan.source_environment}' run different images. Name the source cluster that counts.",
            skew=plan.skew,
        )
    require_unblocked(plan)
    return NewOperation(
        kind=spec.kind,
        app_environment=spec.target,
        source=spec.source,
        actor=actor,
        spec=OperationSpec(request=spec.request, plan=stored_plan(plan, namespace=spec.target.namespace or "")),
        plan_digest=plan.digest,
        clusters=tuple(replace(each, undo=_undo(spec, each)) for each in clusters),
        on_failure=strategy.on_failure,
        idempotency=idempotency,
        image_pushes=spec.image_pushes,
        all_image_pushes=spec.all_image_pushes,
    )


def _undo(spec: ImageChangeSpec, cluster: NewOperationCluster) -> UndoImages | None:
    """The images that the plan saw where it changes something: what goes back. None where it could not look."""
    planned = next(one for one in spec.plan.clusters if one.cluster == cluster.cluster.name)
    work = ImageWork.of(spec.target.namespace or "", planned.changes)
    return work.to_undo() if planned.read and work.workloads else None
