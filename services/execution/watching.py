"""Watches rollouts on one cluster until each is healthy and has stayed so, or one has failed.

Changes nothing, and keeps nothing: after a restart it reads the live objects. A rollout's time counts from its write or
its last progress; only the tolerance for pod issues begins anew.
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

_ASSESS_EVERY = 1.0  # seconds, though nothing has changed: a timeout passes without an event
_RESUMING = 30.0  # seconds at least after a restart, though the time of a rollout has run out meanwhile
_SILENCE = 60.0  # seconds without an answer after which a cluster counts as unreachable
_HAVE_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet"})
_BEING_CREATED = frozenset({"ContainerCreating", "PodInitializing"})
_BELOW: dict[str, Kind] = {"Deployment": REPLICA_SETS, "DaemonSet": CONTROLLER_REVISIONS, "CronJob": JOBS}


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """A rollout under way: what is expected, and what was observed so far."""

    expected: ExpectedRollout
    observations: Observations = field(default_factory=dict)
    reported: tuple[object, ...] = ()
    health: Health | None = None
    ready_since: datetime | None = None
    restarts: int = 0


class _EndedError(Exception):
    """A rollout has failed; carries the result."""

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
    """`succeeded` when all of `expected` are healthy, `failed` as soon as one has failed.

    Codes of a failure: `rollout-failed`, `rollout-timeout`, `rollout-superseded` (another writer gave it other images
    meanwhile), `rollout-paused`. `unreachable` where the cluster stops answering. Without outcome when cancelled.
    """
    if not expected:
        return ClusterResult(outcome=Outcome.SUCCEEDED)
    rollouts = {rollout.resource: _Watched(expected=rollout) for rollout in expected}
    began = datetime.now(UTC)
    started = {rollout.resource: min(rollout.since or began, began) for rollout in expected}
    spent = (began - max(started.values())).total_seconds()
    deadline = deadline.capped(max(_RESUMING, policy.timeout_cap - spent))
    async with run_informer(
        gateway,
        namespace,
        watched={rollout.resource.kind for rollout in expected},
        polled=_supporting_kinds(expected),
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
                    for resource, watched in rollouts.items():
                        rollouts[resource] = await _observe(
                            watched, informer, log, started=started[resource], now=now, policy=policy
                        )
                except _EndedError as ended:
                    return ended.result
                if all(_has_soaked(watched, now, policy) for watched in rollouts.values()):
                    return ClusterResult(outcome=Outcome.SUCCEEDED)
            await informer.change(_pause(rollouts.values(), policy))
    return _out_of_time(rollouts.values(), informer.error)


def _supporting_kinds(expected: Sequence[ExpectedRollout]) -> Callable[[Informer], set[Kind]]:
    """What else to read: pods, what tells new pods from old, and, while a container waits for creation, events.

    Only events give the reason for which a volume cannot be mounted, and there are too many to read them always.
    """
    kinds = {rollout.resource.kind.name for rollout in expected}
    always = {_BELOW[kind] for kind in kinds if kind in _BELOW}
    if kinds & _HAVE_PODS:
        always.add(PODS)

    def kinds_to_read(informer: Informer) -> set[Kind]:
        return always | {EVENTS} if any(_is_being_created(pod) for pod in informer.all(PODS)) else always

    return kinds_to_read


def _is_being_created(pod: Manifest) -> bool:
    statuses = (*(pod.status.get("initContainerStatuses") or ()), *(pod.status.get("containerStatuses") or ()))
    return any(
        ((status.get("state") or {}).get("waiting") or {}).get("reason") in _BEING_CREATED for status in statuses
    )


async def _observe(
    watched: _Watched, informer: Informer, log: Progress, *, started: datetime, now: datetime, policy: HealthPolicy
) -> _Watched:
    """Assess one rollout and report what changed. Raises `_EndedError` where it has failed."""
    resource = watched.expected.resource
    live = informer.find(resource.kind, resource.name)
    if live is not None:
        watched = _expected_now(watched, live)
    health = assess(
        live,
        now=now,
        policy=policy,
        children=_children(informer),
        generation=watched.expected.generation,
        written=True,
        started=started,
        observations=watched.observations,
    )
    reported = (health.state, health.reason, health.message)
    if reported != watched.reported:
        await log.report(
            EventType.ROLLOUT_PROGRESSED,
            resource=resource,
            state=health.state.value,
            reason=health.reason,
            message=health.message,
            ready=health.ready,
            desired=health.desired,
            wanted=health.desired,  # its former name, for clients that do not read the new one yet
        )
    _end_where_failed(watched, health)
    steady = watched.ready_since if health.restarts <= watched.restarts else None
    return replace(
        watched,
        observations=health.observations,
        reported=reported,
        health=health,
        restarts=health.restarts,
        ready_since=(steady or now) if _is_end(health) else None,
    )


def _expected_now(watched: _Watched, live: Manifest) -> _Watched:
    """What to expect of the object as it is now. Raises `_EndedError` where it has other images.

    A write of another client raises the generation: an autoscaler that scales during the rollout, or an annotation.
    While the images stay those that were written, the newer generation is expected; else it is another rollout. The
    same holds for an object that was deleted and created again.
    """
    expected = watched.expected
    newer = expected.generation is not None and (live.generation or 0) > expected.generation
    if live.uid == expected.uid and not newer:
        return watched
    images = {container.name: container.image for container in containers(live)}
    for container, image in expected.images.items():
        if not same_image(images.get(container, ""), image):
            raise _EndedError(
                _failed(
                    watched,
                    "rollout-superseded",
                    f"another writer gave container {container} the image {images.get(container)} meanwhile.",
                )
            )
    moved = replace(expected, uid=live.uid or "", generation=live.generation)
    return replace(watched, expected=moved, ready_since=None)


def _end_where_failed(watched: _Watched, health: Health) -> None:
    match health.state:
        case HealthState.FAILED:
            code = "rollout-timeout" if health.reason == "Timeout" else "rollout-failed"
            raise _EndedError(_failed(watched, code, health.message))
        case HealthState.SUSPENDED if watched.expected.resource.kind.name == "Deployment":
            # Its pods may run the previous images: that is no success, and waiting does not change it.
            raise _EndedError(_failed(watched, "rollout-paused", health.message))
        case HealthState.TERMINATING:
            raise _EndedError(_failed(watched, "rollout-failed", "it is being deleted."))
        case _:
            return


def _is_end(health: Health) -> bool:
    return health.state in {HealthState.READY, HealthState.SUSPENDED}


def _has_soaked(watched: _Watched, now: datetime, policy: HealthPolicy) -> bool:
    """Whether a rollout has been healthy for the soak time; one without pods needs none."""
    if watched.ready_since is None or watched.health is None:
        return False
    return not watched.health.desired or (now - watched.ready_since).total_seconds() >= policy.soak


def _pause(rollouts: Iterable[_Watched], policy: HealthPolicy) -> float:
    """Seconds after which to assess again though nothing has changed: when the next soak time ends."""
    now = datetime.now(UTC)
    left = [
        policy.soak - (now - watched.ready_since).total_seconds()
        for watched in rollouts
        if watched.ready_since is not None and not _has_soaked(watched, now, policy)
    ]
    return max(0.01, min([_ASSESS_EVERY, *left]))


def _children(informer: Informer) -> Children:
    return Children(
        pods=informer.all(PODS),
        replica_sets=informer.all(REPLICA_SETS),
        controller_revisions=informer.all(CONTROLLER_REVISIONS),
        jobs=informer.all(JOBS),
        events=informer.all(EVENTS),
    )


def _failed(watched: _Watched, code: str, message: str) -> ClusterResult:
    resource = watched.expected.resource
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=f"{resource.label}: {message}", resource=resource)


def _lost(error: ClusterError) -> ClusterResult:
    outcome = Outcome.UNREACHABLE if isinstance(error, ClusterUnreachableError) else Outcome.FAILED
    return ClusterResult(
        outcome=outcome, code=error.code, detail=f"The rollout could not be watched to its end: {error.detail}"
    )


def _out_of_time(rollouts: Iterable[_Watched], error: ClusterError | None) -> ClusterResult:
    if error is not None:
        return _lost(error)
    late = next((watched for watched in rollouts if watched.health is None or not _is_end(watched.health)), None)
    if late is None:
        return ClusterResult(outcome=Outcome.SUCCEEDED)  # ready, only not for as long as it should have been
    return _failed(late, "rollout-timeout", late.health.message if late.health else "it could not be read in time.")
