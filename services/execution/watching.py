"""Watches rollouts on one cluster until each is healthy and has stayed so, or one has failed.

Changes nothing, and keeps nothing: after a restart it reads the live objects. A rollout's time counts from its write or
its last progress; only the tolerance for pod issues begins anew. Where a strategy pauses a rollout until a person lets
it go on, nothing times out, and its time begins anew when it does. What was handed over to an owner is watched from
when the workload has its images; until then its owner says how far it is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.hand_overs import OwnerProgress
from domain.image_references import same_image
from domain.resources import Manifest, ResourceId
from domain.stored.rollouts import ExpectedRollout
from domain.words import EventType, Outcome
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.execution.running_digests import with_running_digests
from services.execution.watched_rollout import Watched, as_ended, failed_by, has_soaked, is_end, is_over, is_stuck
from services.execution.watching_owners import OwnersAtWork, has_images, health_of
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway
from services.planning.health.assessment import assess
from services.planning.health.kept_pods import PODS_NOT_REPLACED
from services.planning.health.values import Children, Health, HealthPolicy, HealthState
from services.planning.images.writers import last_writers
from services.planning.objects.declared_images import containers_of
from services.reading.explanations import with_nodes
from services.reading.informer import Informer, run_informer
from services.reading.nodes import NodeReader
from services.reading.rollout_children import children_of, driver_kinds, supporting_kinds

_ASSESS_EVERY = 1.0  # seconds, though nothing has changed: a timeout passes without an event
_RESUMING = 30.0  # seconds at least after a restart, though the time of a rollout has run out meanwhile
_VANISHED = Health(
    state=HealthState.READY,
    reason="Gone",
    message="The Job is gone: it has ended and was removed (ttlSecondsAfterFinished), or somebody deleted it.",
)


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
    patient: bool = True,
    owners: OwnersAtWork | None = None,
) -> ClusterResult:
    """`succeeded` when all of `expected` are healthy, `failed` as soon as one has failed.

    Codes of a failure: `rollout-failed`, `rollout-timeout`, `rollout-superseded` (another writer gave it other images
    meanwhile), `rollout-paused`. A success has the code `pods-not-replaced` where pods keep their former images until a
    person acts; its `expected` are the objects as they ended. `unreachable` where the cluster stops answering. Without
    outcome when cancelled.

    Rollouts that their strategies have paused are waited for beyond the deadline, unless not `patient`: then they fail
    by `rollout-paused`, at once where nothing is left but to wait for a person. `owners`: None where nothing was
    handed over.
    """
    if not expected:
        return ClusterResult(outcome=Outcome.SUCCEEDED)
    began = datetime.now(UTC)
    changed = {rollout.resource: min(rollout.since or began, began) for rollout in expected}
    while True:
        result = await _watch(
            expected,
            changed,
            gateway,
            namespace,
            log,
            policy=policy,
            deadline=deadline,
            cancelled=cancelled,
            patient=patient,
            owners=owners,
        )
        if isinstance(result, ClusterResult):
            return result
        if not patient and deadline.passed:
            return _still_paused(result[0].resource)
        expected, deadline = result, Deadline.after(policy.timeout_cap)


async def _watch(
    expected: Sequence[ExpectedRollout],
    changed: Mapping[ResourceId, datetime],
    gateway: ClusterGateway,
    namespace: str,
    log: Progress,
    *,
    policy: HealthPolicy,
    deadline: Deadline,
    cancelled: Cancelled,
    patient: bool,
    owners: OwnersAtWork | None,
) -> ClusterResult | tuple[ExpectedRollout, ...]:
    """The result; what to expect from now on where a rollout waits at the deadline, or has waited and goes on.

    `changed`: when each was written, though its time has begun anew since.
    """
    rollouts = {rollout.resource: Watched(expected=rollout) for rollout in expected}
    began = datetime.now(UTC)
    started = {rollout.resource: min(rollout.since or began, began) for rollout in expected}
    spent = (began - max(started.values())).total_seconds()
    deadline = deadline.capped(max(_RESUMING, policy.timeout_cap - spent))
    resources = [rollout.resource for rollout in expected]
    async with run_informer(
        gateway,
        namespace,
        watched={rollout.resource.kind for rollout in expected},
        polled=supporting_kinds(resources, await driver_kinds(gateway, resources, deadline=deadline)),
        deadline=deadline,
    ) as informer:
        nodes = NodeReader(gateway, deadline=deadline)
        while not deadline.passed:
            if await cancelled():
                return ClusterResult(outcome=None, expected=tuple(expected))
            if informer.error is not None and (informer.error.terminal or informer.silent_for >= policy.silence):
                return _lost(informer.error)
            if informer.ready:
                now = datetime.now(UTC)
                live = [informer.find(resource.kind, resource.name) for resource in rollouts]
                found = [each for each in live if each is not None]
                children = await with_nodes(children_of(informer), found, nodes, now=now)
                try:
                    for resource, watched in rollouts.items():
                        if watched.failed is not None:
                            continue
                        handed, there = watched.expected.handed_over, informer.find(resource.kind, resource.name)
                        if owners is not None and handed is not None and not has_images(watched.expected, there):
                            progress = await owners.progress(watched.expected, handed, deadline=deadline)
                            rollouts[resource] = await _at_its_owner(watched, progress, log)
                        else:
                            rollouts[resource] = await _observe(
                                watched,
                                informer,
                                children,
                                log,
                                started=started[resource],
                                changed=changed[resource],
                                now=now,
                                policy=policy,
                            )
                except _EndedError as ended:
                    return ended.result
                if (decided := _decided(rollouts.values(), now, policy, patient=patient)) is not None:
                    return _with_digests(decided, informer, children)
            await informer.change(_pause(rollouts.values(), policy))
    return _out_of_time(rollouts.values(), informer.error)


async def _at_its_owner(watched: Watched, progress: OwnerProgress, log: Progress) -> Watched:
    """Report what its owner says. Raises `_EndedError` where that brings no images."""
    reported = (progress.state, progress.reason, progress.message)
    if reported != watched.reported:
        await log.report(
            EventType.ROLLOUT_PROGRESSED,
            resource=watched.expected.resource,
            state=progress.state.value,
            reason=progress.reason,
            message=progress.message,
        )
    health = health_of(progress)
    failed = _failure(watched, health)
    if failed is not None:
        raise _EndedError(failed)
    resumed = watched.waits and health.state is not HealthState.WAITING
    return replace(watched, reported=reported, health=health, resumed=resumed)


async def _observe(
    watched: Watched,
    informer: Informer,
    children: Children,
    log: Progress,
    *,
    started: datetime,
    changed: datetime,
    now: datetime,
    policy: HealthPolicy,
) -> Watched:
    """Assess one rollout and report what changed. Raises `_EndedError` where it has failed and an undo may help."""
    resource = watched.expected.resource
    live = informer.find(resource.kind, resource.name)
    if live is not None:
        watched = _expected_now(watched, live)
    if watched.waits:  # what it waited for is not its own time
        watched, started = replace(watched, observations={}), now
    health = assess(
        live,
        now=now,
        policy=policy,
        children=children,
        generation=watched.expected.generation,
        written=True,
        started=started,
        observations=watched.observations,
        proven=watched.expected.proven,
        declaration=watched.expected.declared,
        changed=changed,
    )
    if live is None and resource.group_kind == ("batch", "Job"):
        health = _VANISHED
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
    failed = _failure(watched, health)
    if failed is not None and failed.undo_helps:
        raise _EndedError(failed)
    steady = watched.ready_since if health.restarts <= watched.restarts else None
    return replace(
        watched,
        observations=health.observations,
        reported=reported,
        health=health,
        restarts=health.restarts,
        ready_since=(steady or now) if is_end(health) else None,
        failed=failed,
        resumed=watched.waits and health.state is not HealthState.WAITING,
        stuck_since=(watched.stuck_since or now) if health.needs_person else None,
    )


def _decided(
    rollouts: Collection[Watched], now: datetime, policy: HealthPolicy, *, patient: bool
) -> ClusterResult | tuple[ExpectedRollout, ...] | None:
    """What to return of `_watch` now; None while there is something to wait for."""
    if any(watched.resumed for watched in rollouts):
        return _from_now_on(rollouts, now)
    if all(watched.failed or has_soaked(watched, now, policy) for watched in rollouts):
        return _ended(rollouts)
    left = [each for each in rollouts if not is_over(each)]
    if left and not patient and all(is_stuck(each, now, policy) for each in left):
        return _still_paused(left[0].expected.resource, left[0].health)
    return None


def _with_digests(
    decided: ClusterResult | tuple[ExpectedRollout, ...], informer: Informer, children: Children
) -> ClusterResult | tuple[ExpectedRollout, ...]:
    if isinstance(decided, ClusterResult) and decided.outcome is Outcome.SUCCEEDED:
        return replace(decided, expected=with_running_digests(decided.expected, informer, children))
    return decided


def _from_now_on(rollouts: Iterable[Watched], now: datetime) -> tuple[ExpectedRollout, ...]:
    """The rollouts to watch again: the time of those that waited begins now."""
    return tuple(
        replace(each.expected, since=now) if each.waits or each.resumed else each.expected for each in rollouts
    )


def _expected_now(watched: Watched, live: Manifest) -> Watched:
    """What to expect of the object as it is now. Raises `_EndedError` where it has other images.

    A write of another client raises the generation: an autoscaler that scales during the rollout, or an annotation.
    While the images stay those that were written, the newer generation is expected; else it is another rollout. The
    same holds for an object that was deleted and created again.
    """
    expected = watched.expected
    newer = expected.generation is not None and (live.generation or 0) > expected.generation
    if live.uid == expected.uid and not newer:
        return watched
    images = {container.name: container.image for container in containers_of(live, expected.declared)}
    writers = last_writers(live)
    for container, image in expected.images.items():
        if not same_image(images.get(container, ""), image):
            writer = f"'{writers[container].manager}'" if container in writers else "another writer"
            raise _EndedError(
                failed_by(
                    watched,
                    "rollout-superseded",
                    f"{writer} gave container {container} the image {images.get(container)} meanwhile.",
                )
            )
    moved = replace(expected, uid=live.uid or "", generation=live.generation, handed_over=None)
    return replace(watched, expected=moved, ready_since=None)


def _failure(watched: Watched, health: Health) -> ClusterResult | None:
    match health.state:
        case HealthState.FAILED:
            code = "rollout-timeout" if health.reason == "Timeout" else "rollout-failed"
            return replace(failed_by(watched, code, health.message), undo_helps=not health.blameless)
        case HealthState.SUSPENDED if watched.expected.declared or watched.expected.resource.kind.name == "Deployment":
            # Its pods may run the previous images: that is no success, and waiting does not change it.
            return failed_by(watched, "rollout-paused", health.message)
        case HealthState.TERMINATING:
            return failed_by(watched, "rollout-failed", "it is being deleted.")
        case _:
            return None


def _ended(rollouts: Iterable[Watched]) -> ClusterResult:
    """All have ended: the first failure, or success, with what a person has to do where pods were not replaced."""
    every = tuple(rollouts)
    failed = next((watched.failed for watched in every if watched.failed is not None), None)
    if failed is not None:
        return failed
    expected = tuple(map(as_ended, every))
    held = [watched for watched in every if watched.health is not None and watched.health.held]
    if not held:
        return ClusterResult(outcome=Outcome.SUCCEEDED, expected=expected)
    told = " ".join(f"{one.expected.resource.label}: {one.health.message}" for one in held if one.health)
    return ClusterResult(
        outcome=Outcome.SUCCEEDED,
        code=PODS_NOT_REPLACED,
        detail=told,
        resource=held[0].expected.resource,
        expected=expected,
    )


def _pause(rollouts: Iterable[Watched], policy: HealthPolicy) -> float:
    """Seconds after which to assess again though nothing has changed: when the next soak time ends."""
    now = datetime.now(UTC)
    left = [
        policy.soak - (now - watched.ready_since).total_seconds()
        for watched in rollouts
        if watched.ready_since is not None and not has_soaked(watched, now, policy)
    ]
    return max(0.01, min([_ASSESS_EVERY, *left]))


def _lost(error: ClusterError) -> ClusterResult:
    outcome = Outcome.UNREACHABLE if isinstance(error, ClusterUnreachableError) else Outcome.FAILED
    return ClusterResult(
        outcome=outcome, code=error.code, detail=f"The rollout could not be watched to its end: {error.detail}"
    )


def _still_paused(resource: ResourceId, health: Health | None = None) -> ClusterResult:
    said = health.message if health is not None else "A person has to resume it."
    detail = f"{resource.label}: its rollout is paused, and is not waited for any longer. {said}"
    return ClusterResult(outcome=Outcome.FAILED, code="rollout-paused", detail=detail, resource=resource)


def _out_of_time(
    rollouts: Iterable[Watched], error: ClusterError | None
) -> ClusterResult | tuple[ExpectedRollout, ...]:
    if error is not None:
        return _lost(error)
    every = tuple(rollouts)
    late = [one for one in every if not is_over(one)]
    if not late:
        return _ended(every)  # ready, only not for as long as it should have been
    if all(one.waits for one in late):
        return _from_now_on(every, datetime.now(UTC))
    # What still advances has not failed, and an undo would replace the pods that have become ready.
    suspect = next((one for one in late if one.health is None or not _is_innocent(one.health)), None)
    worst = suspect or late[0]
    message = worst.health.message if worst.health else "it could not be read in time."
    if worst.health is not None and worst.health.advancing:
        message += " It still advances, and is not watched any longer. It goes on by itself; retry to watch it again."
    return replace(failed_by(worst, "rollout-timeout", message), undo_helps=suspect is not None)


def _is_innocent(health: Health) -> bool:
    return health.blameless or health.advancing
