"""What is told of an operation: that it started, and how it ended. Pure: the caller adds it in its transaction."""

from collections.abc import Iterable, Mapping

from db.records.operations import OperationRecord
from domain.notification_types import NotificationType
from domain.notification_values import MOST_LISTED, Concerns
from domain.notifications import ClusterOutcome, OperationNotification
from domain.stored.plans import StoredImagePlan, StoredPlan
from domain.words import Action, OperationState, Outcome


def started(operation: OperationRecord, plan: StoredPlan) -> OperationNotification:
    """Its execution begins."""
    clusters = [ClusterOutcome(name=each.cluster_name) for each in operation.clusters]
    return _told(operation, plan, NotificationType.OPERATION_STARTED, clusters)


def ended(
    operation: OperationRecord,
    plan: StoredPlan,
    *,
    state: OperationState,
    message: str,
    outcomes: Mapping[str, Outcome],
    details: Mapping[str, str | None],
) -> OperationNotification:
    """It ended so; `outcomes` and `details` (why) are by the names of its clusters."""
    clusters = [
        ClusterOutcome(name=name, outcome=outcome, detail=None if outcome.good else details.get(name))
        for name, outcome in sorted(outcomes.items(), key=lambda each: each[1].good)  # what went wrong comes first
    ]
    return _told(operation, plan, ended_type(state, outcomes.values()), clusters, message=message)


def ended_type(state: OperationState, outcomes: Iterable[Outcome]) -> NotificationType:
    """Rolled back is what failed and left the previous images on every cluster that it had changed."""
    if state is OperationState.SUCCEEDED:
        return NotificationType.OPERATION_SUCCEEDED
    if state is OperationState.CANCELLED:
        return NotificationType.OPERATION_CANCELLED
    left = {each for each in outcomes if each not in {Outcome.SKIPPED, Outcome.UNCHANGED}}
    return (
        NotificationType.OPERATION_ROLLED_BACK if left == {Outcome.ROLLED_BACK} else NotificationType.OPERATION_FAILED
    )


def _told(
    operation: OperationRecord,
    plan: StoredPlan,
    event: NotificationType,
    clusters: list[ClusterOutcome],
    *,
    message: str | None = None,
) -> OperationNotification:
    return OperationNotification(
        concerns=Concerns(app_environment=operation.app_environment_id, source=operation.source_app_environment_id),
        event=event,
        operation=operation.id,
        kind=operation.kind,
        application=operation.application,
        environment=operation.environment,
        by=operation.actor,
        by_kind=operation.actor_kind,
        source_environment=operation.source_environment,
        attempt=operation.attempt,
        catching_up=tuple(each.cluster_name for each in operation.clusters if each.catch_up)[:MOST_LISTED],
        images=_images(plan),
        clusters=tuple(clusters[:MOST_LISTED]),
        more_clusters=max(len(clusters) - MOST_LISTED, 0),
        message=message,
    )


def _images(plan: StoredPlan) -> tuple[str, ...]:
    """The images that it brings, each once, without digests: of an image plan those that change."""
    if isinstance(plan, StoredImagePlan):
        changes = [each for cluster in plan.clusters.values() for each in cluster.changes]
        images = [each.after for each in changes if each.action is Action.UPDATE]
    else:
        images = [each.image for cluster in plan.leaves.images.values() for each in cluster]
    return tuple(dict.fromkeys(each.unpinned.reference for each in images))
