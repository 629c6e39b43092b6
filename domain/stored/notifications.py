"""The notifications of the outbox, as their rows keep them."""

from collections.abc import Mapping
from typing import Any

from domain.notification_types import NotificationType
from domain.notification_values import Notification
from domain.notifications import (
    ApprovalWanted,
    AutomationBlocked,
    BreakGlassUsed,
    ClusterNotification,
    DivergenceNotification,
    FreezeBegan,
    ImageOffered,
    OperationNotification,
    Trial,
)
from domain.stored.versions import check_version

VERSION = 1

VALUES: Mapping[NotificationType, type[Notification]] = {
    NotificationType.APPROVAL_WANTED: ApprovalWanted,
    NotificationType.OPERATION_STARTED: OperationNotification,
    NotificationType.OPERATION_SUCCEEDED: OperationNotification,
    NotificationType.OPERATION_FAILED: OperationNotification,
    NotificationType.OPERATION_ROLLED_BACK: OperationNotification,
    NotificationType.OPERATION_CANCELLED: OperationNotification,
    NotificationType.IMAGE_OFFERED: ImageOffered,
    NotificationType.AUTOMATION_BLOCKED: AutomationBlocked,
    NotificationType.FREEZE_BEGAN: FreezeBegan,
    NotificationType.BREAK_GLASS_USED: BreakGlassUsed,
    NotificationType.CLUSTER_LOST: ClusterNotification,
    NotificationType.CLUSTER_BACK: ClusterNotification,
    NotificationType.DRIFT_OPENED: DivergenceNotification,
    NotificationType.DRIFT_CLOSED: DivergenceNotification,
    NotificationType.SKEW_OPENED: DivergenceNotification,
    NotificationType.SKEW_CLOSED: DivergenceNotification,
    NotificationType.TEST: Trial,
}


def stored(notification: Notification) -> dict[str, Any]:
    """The notification as a row holds it. Long texts and lists end."""
    return {"version": VERSION, **notification.to_json()}


def read_stored(type_: NotificationType, document: Mapping[str, Any]) -> Notification:
    """The notification that `stored` wrote. Raises `UnknownVersionError`."""
    check_version(document, form="notification", newest=VERSION)
    return VALUES[type_].from_json(document)
