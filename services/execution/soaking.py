"""Watches the health of one cluster's rollouts while their ring soaks: until a given time, or until one has failed.

Changes nothing, and keeps nothing: after a restart it reads the live objects. The end of the soak stays where it is,
and so does what it judges by: the objects and their ready pods as their rollouts ended, which are stored.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from domain.image_references import same_image
from domain.resources import Manifest
from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution.progress import Cancelled, ClusterResult
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway
from services.planning.health.assessment import assess
from services.planning.health.values import HealthPolicy, Observations
from services.planning.objects.declared_images import containers_of
from services.planning.rings.soaking import Soaked, SoakFailure, first_seen, watch_soak
from services.reading.explanations import with_nodes
from services.reading.informer import Informer, run_informer
from services.reading.nodes import NodeReader
from services.reading.rollout_children import children_of, driver_kinds, supporting_kinds

_LOOK_EVERY = 1.0  # seconds, though nothing has changed: pods that are not ready any more fail after a while
_SPARE = 30.0  # seconds that reading may take beyond the end of the soak, after a restart that came late

FAILED = "soak-failed"


def _now() -> datetime:
    return datetime.now(UTC)


class Soaker(Protocol):
    """What the engine asks while a ring soaks (`Soaking`)."""

    async def soak(
        self,
        expected: Sequence[ExpectedRollout],
        gateway: ClusterGateway,
        namespace: str,
        *,
        began: datetime,
        ends: datetime,
        cancelled: Cancelled,
    ) -> ClusterResult: ...


class Soaking:
    """Watches by the policy that rollouts are watched by."""

    def __init__(self, policy: HealthPolicy, *, clock: Callable[[], datetime] = _now) -> None:
        self._policy = policy
        self._clock = clock

    async def soak(
        self,
        expected: Sequence[ExpectedRollout],
        gateway: ClusterGateway,
        namespace: str,
        *,
        began: datetime,
        ends: datetime,
        cancelled: Cancelled,
    ) -> ClusterResult:
        """As `soak_rollouts`."""
        return await soak_rollouts(
            expected,
            gateway,
            namespace,
            began=began,
            ends=ends,
            policy=self._policy,
            cancelled=cancelled,
            clock=self._clock,
        )


async def soak_rollouts(
    expected: Sequence[ExpectedRollout],
    gateway: ClusterGateway,
    namespace: str,
    *,
    began: datetime,
    ends: datetime,
    policy: HealthPolicy,
    cancelled: Cancelled,
    clock: Callable[[], datetime],
) -> ClusterResult:
    """`succeeded` where all stayed healthy to the end, `failed` (code `soak-failed`) as soon as one did not.

    `unreachable` where the cluster stops answering. Without outcome when cancelled. They are looked at once at least,
    though the soak has ended while no process watched, and as long after its end as fewer pods are ready than before.
    """
    watch = _Watch(expected, began=began, policy=policy)
    deadline = Deadline.after(max(0.0, (ends - clock()).total_seconds()) + policy.silence + _SPARE)
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
                return ClusterResult(outcome=None)
            if informer.error is not None and (informer.error.terminal or informer.silent_for >= policy.silence):
                return _lost(informer.error)
            if informer.ready and informer.error is None:
                now = clock()
                failed = await watch.look(informer, nodes, now=now)
                if failed is not None or (now >= ends and not watch.lacks_pods):
                    return failed or ClusterResult(outcome=Outcome.SUCCEEDED)
            left = (ends - clock()).total_seconds()
            await informer.change(min(_LOOK_EVERY, max(0.05, left)) if left > 0 else _LOOK_EVERY)
    return _lost(informer.error or ClusterUnreachableError("It could not be read in time.", cluster=gateway.cluster))


class _Watch:
    """What was seen of each rollout so far."""

    def __init__(self, expected: Sequence[ExpectedRollout], *, began: datetime, policy: HealthPolicy) -> None:
        self._expected = expected
        self._began = began
        self._policy = policy
        self._seen: dict[int, Soaked] = {}
        self._observations: dict[int, Observations] = {}

    @property
    def lacks_pods(self) -> bool:
        """Whether fewer pods of a rollout are ready than before, and not for long enough yet to have failed."""
        return any(seen.unready_since is not None for seen in self._seen.values())

    async def look(self, informer: Informer, nodes: NodeReader, *, now: datetime) -> ClusterResult | None:
        """The first failure among the rollouts as they are now."""
        live = [informer.find(each.resource.kind, each.resource.name) for each in self._expected]
        children = await with_nodes(children_of(informer), [each for each in live if each is not None], nodes, now=now)
        for number, (rollout, found) in enumerate(zip(self._expected, live, strict=True)):
            if found is None and rollout.resource.group_kind == ("batch", "Job"):
                continue  # it has ended, and its ttlSecondsAfterFinished has removed it
            replaced = _replaced(rollout, found)
            if replaced is not None:
                return _failed(rollout, replaced)
            health = assess(
                found,
                now=now,
                policy=self._policy,
                children=children,
                generation=rollout.generation,
                started=self._began,
                observations=self._observations.get(number, {}),
                proven=rollout.proven,
                declaration=rollout.declared,
            )
            self._observations[number] = health.observations
            before = self._seen.get(number) or first_seen(health, ready=rollout.ready)
            self._seen[number], failure = watch_soak(health, before, began=self._began, now=now)
            if failure is not None:
                return _failed(rollout, failure)
        return None


def _replaced(rollout: ExpectedRollout, live: Manifest | None) -> SoakFailure | None:
    """Where what soaks is not what was brought: somebody has given it other images, or created it again."""
    if live is None:
        return None
    images = {container.name: container.image for container in containers_of(live, rollout.declared)}
    for container, image in rollout.images.items():
        if container in images and not same_image(images[container] or "", image):
            message = f"somebody gave container {container} the image {images[container]} during the soak."
            return SoakFailure(message=message)
    if rollout.uid and live.uid != rollout.uid:
        # Its pods are as old as the object, so the time of the soak is not theirs.
        return SoakFailure(message="it was deleted and created again during the soak.", blameless=True)
    return None


def _failed(rollout: ExpectedRollout, failure: SoakFailure) -> ClusterResult:
    return ClusterResult(
        outcome=Outcome.FAILED,
        code=FAILED,
        detail=f"{rollout.resource.label}: {failure.message}",
        resource=rollout.resource,
        undo_helps=not failure.blameless,
    )


def _lost(error: ClusterError) -> ClusterResult:
    outcome = Outcome.UNREACHABLE if isinstance(error, ClusterUnreachableError) else Outcome.FAILED
    return ClusterResult(outcome=outcome, code=error.code, detail=f"The soak could not be watched: {error.detail}")
