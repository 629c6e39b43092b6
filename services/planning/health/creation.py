"""Why a controller cannot create pods: quotas, pod security, admission, a service account that is not there.

Pure. Deployments, ReplicaSets and ReplicationControllers have a condition for it (`ReplicaFailure`). The controllers of
DaemonSets, StatefulSets and Jobs only record an event, `FailedCreate`, and try again with a growing pause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.resources import Manifest
from services.planning.health.events import last_of, uid_of
from services.planning.health.progress import first_seen
from services.planning.health.values import Children, Observation, Obstacle, condition, count, moment

_MESSAGE_LENGTH = 300
_SLACK = timedelta(seconds=5)  # between the clocks of Stagecoach and of the cluster
_LONGEST_PAUSE = timedelta(minutes=20)  # between two tries of a controller, which are 1000 seconds apart in the end
# An admission policy may look at the image: its signature, its registry, its tag. A webhook that does not answer
# (`ErrCallingWebhook` in apiserver/pkg/admission/plugin/webhook) has looked at nothing.
_BY_IMAGE = ("webhook", "admissionpolicy", "image")
_UNANSWERED = "failed calling webhook"
MOVED = "Moved"  # the reason under which observations keep when pods last started or ended


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
        blameless = _UNANSWERED in said or (bool(said) and not any(word in said for word in _BY_IMAGE))
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


def is_given_up(
    workload: Manifest,
    refusal: Refusal,
    *,
    moving: bool,
    progressed: datetime | None,
    now: datetime,
    patience: float,
    observations: dict[Any, Observation],
) -> bool:
    """Whether pods have been refused for so long that the rollout has failed. Adds to `observations`.

    A rollout goes on beside a refusal: where a quota is full, each pod that ends makes room for another one. So time
    counts while nothing moves: no progress, no pod that starts or ends. Then a controller may take as long again as it
    was refused, for it doubles its pauses (kubernetes/kubernetes#98656).
    """
    first = first_seen(workload, refusal.reason, at=refusal.at, now=now, observations=observations)
    key = (workload.uid or workload.name, "", MOVED)
    if moving:
        observations[key] = Observation(since=now, times=1, version=None)
        return False
    moved = observations.get(key)
    still = max([first, *([progressed] if progressed else []), *([moved.since] if moved else [])])
    refused = (still - first).total_seconds()
    return (now - still).total_seconds() >= max(patience, refused)


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
    about = [event for event in events if workload.uid and uid_of(event) == workload.uid]
    refused = [event for event in about if event.body.get("reason") == "FailedCreate" and last_of(event) >= since]
    created = [last_of(event) for event in about if event.body.get("reason") == "SuccessfulCreate"]
    newest = max(refused, key=last_of, default=None)
    if newest is None or (created and max(created) > last_of(newest)):
        return None
    first = moment(newest.body.get("firstTimestamp"))
    at = first if first is not None and (started is None or first >= started) else None
    return Refusal(reason="FailedCreate", message=_text(newest.body.get("message")), at=at)


def _text(message: object) -> str:
    return str(message or "")[:_MESSAGE_LENGTH]
