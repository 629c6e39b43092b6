"""One notification of each type, for tests."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.actors import ActorKind
from domain.notification_types import NotificationType
from domain.notification_values import Concerns, Notification
from domain.notifications import (
    ApprovalWanted,
    AutomationBlocked,
    BreakGlassUsed,
    ClusterNotification,
    ClusterOutcome,
    DivergedImage,
    DivergenceNotification,
    FreezeBegan,
    ImageOffered,
    OperationNotification,
    Trial,
)
from domain.words import OperationKind, Outcome, Reachability

AT = datetime(2026, 12, 1, 17, 30, tzinfo=UTC)
OPERATION = "0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f"


_DRIFTED = DivergedImage(
    cluster="prod-eu",
    image="registry.example/shop/web:1.4.3",
    expected="registry.example/shop/web:1.4.2",
    by="kubectl-edit",
)


def make_started(
    operation: str = OPERATION,
    *,
    event: NotificationType = NotificationType.OPERATION_STARTED,
    concerns: Concerns | None = None,
    clusters: tuple[ClusterOutcome, ...] = (ClusterOutcome(name="prod-eu"), ClusterOutcome(name="prod-us")),
    message: str | None = None,
    application: str = "shop",
) -> OperationNotification:
    return OperationNotification(
        concerns=concerns or Concerns(),
        event=event,
        operation=operation,
        kind=OperationKind.PROMOTION,
        application=application,
        environment="Production",
        by="Ada",
        by_kind=ActorKind.PERSON,
        source_environment="Staging",
        images=("registry.example/shop/web:1.4.2",),
        clusters=clusters,
        message=message,
    )


def make_failed(operation: str = OPERATION, *, detail: str = "The pod crashes.") -> OperationNotification:
    return make_started(
        operation,
        event=NotificationType.OPERATION_FAILED,
        clusters=(
            ClusterOutcome(name="prod-us", outcome=Outcome.FAILED, detail=detail),
            ClusterOutcome(name="prod-eu", outcome=Outcome.SUCCEEDED),
        ),
        message="It failed on 1 of 2 clusters.",
    )


def one_of_each() -> tuple[Notification, ...]:
    """A notification of every type."""
    return (
        make_started(),
        make_failed(),
        make_started(event=NotificationType.OPERATION_SUCCEEDED, message="It succeeded on 2 clusters."),
        make_started(event=NotificationType.OPERATION_ROLLED_BACK),
        make_started(event=NotificationType.OPERATION_CANCELLED),
        ApprovalWanted(
            proposal=OPERATION,
            kind=OperationKind.PROMOTION,
            application="shop",
            environment="Production",
            by="Ada",
            by_kind=ActorKind.PERSON,
            votes_needed=2,
            groups=("release-managers",),
            reason="Fixes the basket.",
            images=("registry.example/shop/web:1.4.2",),
            expires_at=AT,
        ),
        ImageOffered(
            push=7,
            application="shop",
            environment="Staging",
            image="registry.example/shop/web:1.4.2",
            digest=f"sha256:{'a' * 64}",
        ),
        AutomationBlocked(
            application="shop",
            environment="Production",
            code="image-not-copyable",
            detail="prod-eu: registry.prod.example does not take the image.",
            images=("registry.prod.example/shop/web:1.4.2",),
        ),
        FreezeBegan(
            freeze="f1", reason="Christmas sale", by="Ada", began_at=AT, until=AT, environments=("Production",)
        ),
        BreakGlassUsed(
            operation=OPERATION,
            kind=OperationKind.ROLLBACK,
            application="shop",
            environment="Production",
            by="Ada",
            by_kind=ActorKind.PERSON,
            reason="The shop is down.",
            gates=("freeze", "approval"),
        ),
        ClusterNotification(
            event=NotificationType.CLUSTER_LOST,
            cluster="prod-eu",
            reachability=Reachability.UNREACHABLE,
            since=AT,
            detail="The cluster prod-eu does not answer.",
            environments=("Production",),
        ),
        ClusterNotification(
            event=NotificationType.CLUSTER_BACK, cluster="prod-eu", reachability=Reachability.REACHABLE, since=AT
        ),
        *(
            DivergenceNotification(
                event=event,
                application="shop",
                environment="Production",
                workload="Deployment web",
                container="web",
                since=AT,
                found=found,
            )
            for event, found in (
                (NotificationType.DRIFT_OPENED, (_DRIFTED,)),
                (NotificationType.DRIFT_CLOSED, ()),
                (NotificationType.SKEW_OPENED, (replace(_DRIFTED, expected=None, by=None),)),
                (NotificationType.SKEW_CLOSED, ()),
            )
        ),
        Trial(channel="Releases", by="Ada"),
    )
