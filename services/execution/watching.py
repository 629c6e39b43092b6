"""Follow rollouts on one cluster until each is healthy and has stayed so, or one has failed.

Changes nothing. Picks up where it is called: after a restart it looks at what is there. A rollout's time goes on
counting from when it was written or last made progress; only the patience with pod issues begins anew.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from domain.image_references import same_image
from domain.resources import Kind, Manifest
from domain.stored.rollouts import ExpectedRollout
from domain.words import EventType, Outcome
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway
from services.planning.health.assessment import assess
from services.planning.health.values import Children, Health, HealthPolicy, HealthState, Observations
from services.planning.objects.workloads import containers
from services.reading.informer import Informer, run_informer
from services.reading.running_images import CONTROLLER_REVISIONS, EVENTS, JOBS, PODS, REPLICA_SETS

_LOOK = 1.0  # seconds: time alone decides some things
_RESUMING = 30.0  # seconds for a last look at what used up its time while nobody watched it
_SILENCE = 60.0  # seconds without an answer after which a cluster counts as unreachable
_HAVE_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet"})
_BEING_CREATED = frozenset({"ContainerCreating", "PodInitializing"})
_BELOW: dict[str, Kind] = {"Deployment": REPLICA_SETS, "DaemonSet": CONTROLLER_REVISIONS, "CronJob": JOBS}


@dataclass(frozen=True, kw_only=True)
class _Followed:
    """A rollout under way: what is awaited, and what was seen of it so far."""

    expected: ExpectedRollout
    observations: Observations = field(default_factory=dict)
    said: tuple[object, ...] = ()
    health: Health | None = None
    ready_since: datetime | None = None
    restarts: int = 0


class _EndedError(Exception):
    """A rollout has ended badly; carries the result."""

    def __init__(self, result: ClusterResult) -> None:
        super().__init__(result.code)
        self.result = result


async def watch_rollouts(
    expected: Sequence[ExpectedRollout],
    gateway: ClusterGateway,
    namespace: str,
    log: Progress,
    *,
    policy: HealthPolicy,
    deadline: Deadline,
    cancelled: Cancelled,
) -> ClusterResult:
    """The outcome of all of `expected`: `succeeded`, or `failed` as soon as one has failed.

    Codes of a failure: `rollout-failed`, `rollout-timeout`, `rollout-superseded` (somebody gave it other images
    meanwhile), `rollout-paused`. `unreachable` where the cluster stops to answer. Without outcome when cancelled.
    """
    if not expected:
        return ClusterResult(outcome=Outcome.SUCCEEDED)
    followed = {one.resource: _Followed(expected=one) for one in expected}
    began = datetime.now(UTC)
    started = {one.resource: min(one.since or began, began) for one in expected}
    spent = (began - max(started.values())).total_seconds()
    deadline = deadline.capped(max(_RESUMING, policy.timeout_cap - spent))
    async with run_informer(
        gateway,
        namespace,
        watched={one.resource.kind for one in expected},
        polled=_besides(expected),
        deadline=deadline,
    ) as informer:
        while not deadline.passed:
            if await cancelled():
                return ClusterResult(outcome=None, expected=tuple(expected))
            if informer.error is not None and (informer.error.terminal or informer.silent_for >= _SILENCE):
                return _lost(informer.error)
            if informer.ready:
                now = datetime.now(UTC)
                try:
                    for resource, one in followed.items():
                        followed[resource] = await _look(
                            one, informer, log, started=started[resource], now=now, policy=policy
                        )
                except _EndedError as ended:
                    return ended.result
                if all(_holds(one, now, policy) for one in followed.values()):
                    return ClusterResult(outcome=Outcome.SUCCEEDED)
            await informer.change(_pause(followed.values(), policy))
    return _out_of_time(followed.values(), informer.error)


def _besides(expected: Sequence[ExpectedRollout]) -> Callable[[Informer], set[Kind]]:
    """What else to read: pods and what tells the newest; events only while a container waits to be created.

    Only events say why a volume cannot be mounted, and there are many of them.
    """
    kinds = {one.resource.kind.name for one in expected}
    always = {_BELOW[kind] for kind in kinds if kind in _BELOW}
    if kinds & _HAVE_PODS:
        always.add(PODS)

    def worth_reading(informer: Informer) -> set[Kind]:
        return always | {EVENTS} if any(_is_being_created(pod) for pod in informer.all(PODS)) else always

    return worth_reading


def _is_being_created(pod: Manifest) -> bool:
    statuses = (*(pod.status.get("initContainerStatuses") or ()), *(pod.status.get("containerStatuses") or ()))
    return any(
        ((status.get("state") or {}).get("waiting") or {}).get("reason") in _BEING_CREATED for status in statuses
    )


async def _look(
    one: _Followed, informer: Informer, log: Progress, *, started: datetime, now: datetime, policy: HealthPolicy
) -> _Followed:
    """Judge one rollout anew and say what changed; raises `_EndedError` where it has failed."""
    resource = one.expected.resource
    live = informer.find(resource.kind, resource.name)
    if live is not None:
        one = _still_ours(one, live)
    health = assess(
        live,
        now=now,
        policy=policy,
        children=_children(informer),
        generation=one.expected.generation,
        written=True,
        started=started,
        observations=one.observations,
    )
    said = (health.state, health.reason, health.message)
    if said != one.said:
        await log.say(
            EventType.ROLLOUT_PROGRESSED,
            resource=resource,
            state=health.state.value,
            reason=health.reason,
            message=health.message,
            ready=health.ready,
            desired=health.desired,
            wanted=health.desired,  # its former name, until readers of the timeline have followed
        )
    _end_where_failed(one, health)
    steady = one.ready_since if health.restarts <= one.restarts else None
    return replace(
        one,
        observations=health.observations,
        said=said,
        health=health,
        restarts=health.restarts,
        ready_since=(steady or now) if _is_end(health) else None,
    )


def _still_ours(one: _Followed, live: Manifest) -> _Followed:
    """What is awaited of the object as it is now.

    A write of somebody else's raises the generation: scaling (an autoscaler does it during rollouts), or an annotation.
    As long as the images stay those that were written, the newer generation is what to wait for; else it is no longer
    this rollout. The same goes for an object that was deleted and made anew.
    """
    expected = one.expected
    newer = expected.generation is not None and (live.generation or 0) > expected.generation
    if live.uid == expected.uid and not newer:
        return one
    images = {container.name: container.image for container in containers(live)}
    for container, image in expected.images.items():
        if not same_image(images.get(container, ""), image):
            raise _EndedError(
                _failed(
                    one,
                    "rollout-superseded",
                    f"somebody else gave container {container} the image {images.get(container)} meanwhile.",
                )
            )
    moved = replace(expected, uid=live.uid or "", generation=live.generation)
    return replace(one, expected=moved, ready_since=None)


def _end_where_failed(one: _Followed, health: Health) -> None:
    match health.state:
        case HealthState.FAILED:
            code = "rollout-timeout" if health.reason == "Timeout" else "rollout-failed"
            raise _EndedError(_failed(one, code, health.message))
        case HealthState.SUSPENDED if one.expected.resource.kind.name == "Deployment":
            # Its pods may well run the former images: that is no success, and no waiting ends it.
            raise _EndedError(_failed(one, "rollout-paused", health.message))
        case HealthState.TERMINATING:
            raise _EndedError(_failed(one, "rollout-failed", "it is being deleted."))
        case _:
            return


def _is_end(health: Health) -> bool:
    return health.state in {HealthState.READY, HealthState.SUSPENDED}


def _holds(one: _Followed, now: datetime, policy: HealthPolicy) -> bool:
    """Whether a rollout is done and has been long enough; where no pod runs there is nothing to wait for."""
    if one.ready_since is None or one.health is None:
        return False
    return not one.health.desired or (now - one.ready_since).total_seconds() >= policy.soak


def _pause(followed: Iterable[_Followed], policy: HealthPolicy) -> float:
    """Seconds after which to look again though nothing has changed: soon where some only have to stay ready."""
    now = datetime.now(UTC)
    left = [
        policy.soak - (now - one.ready_since).total_seconds()
        for one in followed
        if one.ready_since is not None and not _holds(one, now, policy)
    ]
    return max(0.01, min([_LOOK, *left]))


def _children(informer: Informer) -> Children:
    return Children(
        pods=informer.all(PODS),
        replica_sets=informer.all(REPLICA_SETS),
        controller_revisions=informer.all(CONTROLLER_REVISIONS),
        jobs=informer.all(JOBS),
        events=informer.all(EVENTS),
    )


def _failed(one: _Followed, code: str, message: str) -> ClusterResult:
    resource = one.expected.resource
    return ClusterResult(
        outcome=Outcome.FAILED, code=code, detail=f"{resource.label}: {message}", resource=str(resource)
    )


def _lost(error: ClusterError) -> ClusterResult:
    outcome = Outcome.UNREACHABLE if isinstance(error, ClusterUnreachableError) else Outcome.FAILED
    return ClusterResult(
        outcome=outcome, code=error.code, detail=f"The rollout could not be followed to its end: {error.detail}"
    )


def _out_of_time(followed: Iterable[_Followed], error: ClusterError | None) -> ClusterResult:
    if error is not None:
        return _lost(error)
    late = next((one for one in followed if one.health is None or not _is_end(one.health)), None)
    if late is None:
        return ClusterResult(outcome=Outcome.SUCCEEDED)  # ready, only not for as long as it should have been
    return _failed(late, "rollout-timeout", late.health.message if late.health else "it could not be read in time.")
