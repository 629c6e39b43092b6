"""Why a controller cannot create pods: quotas, pod security, admission, a service account that is not there.

Pure. Deployments, ReplicaSets and ReplicationControllers have a condition for it (`ReplicaFailure`). The controllers of
DaemonSets, StatefulSets and Jobs only record an event, `FailedCreate`, and try again with a growing pause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import Children, Obstacle, condition, count, moment

_MESSAGE_LENGTH = 300
_SLACK = timedelta(seconds=5)  # between the clocks of Stagecoach and of the cluster
_LONGEST_PAUSE = timedelta(minutes=20)  # between two tries of a controller, which are 1000 seconds apart in the end
# An admission policy may look at the image: its signature, its registry, its tag.
_BY_IMAGE = ("webhook", "admissionpolicy", "image")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Pods that cannot be created: `at` is when that began, None where it is not known."""

    reason: str
    message: str
    at: datetime | None

    @property
    def sentence(self) -> str:
        return f"Pods cannot be created: {self.message}" if self.message else "Pods cannot be created."

    @property
    def obstacle(self) -> Obstacle:
        said = self.message.lower()
        blameless = bool(said) and not any(word in said for word in _BY_IMAGE)
        return Obstacle(reason=self.reason, sentence=self.sentence, blameless=blameless)


def refusal_of(workload: Manifest, children: Children, *, now: datetime, started: datetime | None) -> Refusal | None:
    """Why pods of `workload` cannot be created, if it lacks pods and anything says why."""
    failure = condition(workload, "ReplicaFailure") or {}
    if failure.get("status") == "True":
        at = moment(failure.get("lastTransitionTime"))
        if at is not None and started is not None and at < started:
            at = None  # the condition is the former rollout's, and this rollout may remove its cause
        return Refusal(
            reason=str(failure.get("reason") or "FailedCreate"), message=_text(failure.get("message")), at=at
        )
    if not lacks_pods(workload):
        return None
    return _by_events(workload, children.events, now=now, started=started)


def lacks_pods(workload: Manifest) -> bool:
    """Whether its status counts fewer pods than it should have, so that events may say why."""
    spec, status = workload.spec, workload.status
    match workload.kind.name:
        case "DaemonSet":
            return count(status, "currentNumberScheduled") < count(status, "desiredNumberScheduled")
        case "StatefulSet":
            return count(status, "replicas") < count(spec, "replicas", default=1)
        case "Job":
            done = any(condition(workload, type_) for type_ in ("Complete", "Failed"))
            return not done and not spec.get("suspend") and not count(status, "active")
        case _:
            return False


def _by_events(
    workload: Manifest, events: Iterable[Manifest], *, now: datetime, started: datetime | None
) -> Refusal | None:
    """By the newest event about it, unless a pod was created since. Events of before the change do not count."""
    since = started - _SLACK if started is not None else now - _LONGEST_PAUSE
    about = [event for event in events if _is_about(event, workload)]
    refused = [event for event in about if event.body.get("reason") == "FailedCreate" and _last_of(event) >= since]
    created = [_last_of(event) for event in about if event.body.get("reason") == "SuccessfulCreate"]
    newest = max(refused, key=_last_of, default=None)
    if newest is None or (created and max(created) > _last_of(newest)):
        return None
    first = moment(newest.body.get("firstTimestamp"))
    at = first if first is not None and (started is None or first >= started) else None
    return Refusal(reason="FailedCreate", message=_text(newest.body.get("message")), at=at)


def _is_about(event: Manifest, workload: Manifest) -> bool:
    about = event.body.get("involvedObject") or {}
    return bool(workload.uid) and about.get("uid") == workload.uid


def _last_of(event: Manifest) -> datetime:
    """When it last happened. An event that is repeated has its times elsewhere (events.k8s.io/v1, `series`)."""
    body: Any = event.body
    times = (
        (body.get("series") or {}).get("lastObservedTime"),
        body.get("lastTimestamp"),
        body.get("eventTime"),
        event.metadata.get("creationTimestamp"),
    )
    found = [at for at in map(moment, times) if at is not None]
    return max(found) if found else _NEVER


_NEVER = datetime.fromtimestamp(0, tz=UTC)


def _text(message: object) -> str:
    return str(message or "")[:_MESSAGE_LENGTH]
