"""The types of notifications."""

from enum import StrEnum


class NotificationType(StrEnum):
    """What happened. Routes choose by it."""

    APPROVAL_WANTED = "approval.wanted"
    OPERATION_STARTED = "operation.started"
    OPERATION_SUCCEEDED = "operation.succeeded"
    OPERATION_FAILED = "operation.failed"
    OPERATION_ROLLED_BACK = "operation.rolled-back"
    OPERATION_CANCELLED = "operation.cancelled"
    IMAGE_OFFERED = "image.offered"
    AUTOMATION_BLOCKED = "automation.blocked"
    FREEZE_BEGAN = "freeze.began"
    BREAK_GLASS_USED = "break-glass.used"
    CLUSTER_LOST = "cluster.lost"
    CLUSTER_BACK = "cluster.back"
    DRIFT_OPENED = "drift.opened"
    DRIFT_CLOSED = "drift.closed"
    SKEW_OPENED = "skew.opened"
    SKEW_CLOSED = "skew.closed"
    TEST = "test"  # a person sends it to try a channel; no route chooses it

    @property
    def routed(self) -> bool:
        return self is not NotificationType.TEST
