"""What promotions and roll-backs share on their way to an operation: the checks before, and the order itself."""

from dataclasses import dataclass, replace
from typing import Any

from db.records import AppEnvironmentRecord
from domain.problems import Severity
from domain.words import OperationKind
from services.changes.errors import PlanBlockedError, PlanOutdatedError, SkewError
from services.changes.new_operations import IdempotencyKey, NewOperation, NewOperationCluster
from services.changes.strategy import Strategy
from services.errors import NotConfiguredError, OperationUnderwayError
from services.execution.changing_images import ImageWork
from services.people.access import Actor
from services.planning.images.promotion_plan import PromotionPlan, plan_json


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
    request: dict[str, Any]
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
    if spec.plan_digest is not None and spec.plan_digest != plan.digest:
        raise PlanOutdatedError("Something has changed since the plan was looked at; look at the new one.", plan=plan)
    if plan.skew:
        raise SkewError(
            f"The clusters of '{plan.source_environment}' run different images. Name the source cluster that counts.",
            skew=plan.skew,
        )
    if plan.blocked:
        blocking = [problem for problem in plan.all_problems if problem.severity is Severity.BLOCKS]
        raise PlanBlockedError(f"The plan cannot be carried out: {blocking[0].detail}", problems=plan.all_problems)
    return NewOperation(
        kind=spec.kind,
        app_environment=spec.target,
        source=spec.source,
        actor=actor,
        request=spec.request,
        plan={**plan_json(plan), "namespace": spec.target.namespace},
        plan_digest=plan.digest,
        clusters=tuple(replace(each, before=_before(spec, each)) for each in clusters),
        on_failure=strategy.on_failure,
        idempotency=idempotency,
        image_pushes=spec.image_pushes,
        all_image_pushes=spec.all_image_pushes,
    )


def _before(spec: ImageChangeSpec, cluster: NewOperationCluster) -> dict[str, Any] | None:
    """The images that the plan saw where it changes something: what goes back. None where it could not look."""
    planned = next(one for one in spec.plan.clusters if one.cluster == cluster.cluster.name)
    work = ImageWork.of(spec.target.namespace or "", planned.changes)
    return work.to_remember() if planned.read and work.workloads else None
