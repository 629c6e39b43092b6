"""Validates the status of workloads: no number is negative, and no part exceeds the whole."""

from collections.abc import Callable, Iterator

from sandbox.errors import Cause
from sandbox.kinds.findings import invalid
from sandbox.store import Object

Validate = Callable[[Object], Iterator[Cause]]


def counted(*names: str, at_most: tuple[tuple[str, str], ...] = ()) -> Validate:
    """A check of a status: `names` are not negative, and of each pair the first is no more than the second."""

    def validate(obj: Object) -> Iterator[Cause]:
        status = obj.get("status") or {}
        for name in names:
            if status.get(name, 0) < 0:
                yield invalid(f"status.{name}", status[name], "must be greater than or equal to 0")
        for part, whole in at_most:
            if status.get(part, 0) > status.get(whole, 0):
                shown = f"status.{whole}" if whole == "replicas" else whole
                yield invalid(f"status.{part}", status.get(part, 0), f"cannot be greater than {shown}")

    return validate


def _within_replicas(*names: str) -> tuple[tuple[str, str], ...]:
    return (*((name, "replicas") for name in names), ("availableReplicas", "readyReplicas"))


_COMMON = ("observedGeneration", "replicas", "readyReplicas", "availableReplicas")
DEPLOYMENT = counted(
    *_COMMON,
    "updatedReplicas",
    "unavailableReplicas",
    "collisionCount",
    at_most=_within_replicas("updatedReplicas", "readyReplicas", "availableReplicas"),
)
REPLICA_SET = counted(
    *_COMMON,
    "fullyLabeledReplicas",
    at_most=_within_replicas("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
)
STATEFUL_SET = counted(
    *_COMMON,
    "currentReplicas",
    "updatedReplicas",
    "collisionCount",
    at_most=_within_replicas("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
)
DAEMON_SET = counted(
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
)
AUTOSCALER = counted("currentReplicas", "desiredReplicas")
BUDGET = counted("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
