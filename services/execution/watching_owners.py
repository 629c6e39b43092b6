"""Asks owners how far they are with images that were handed over to them, while their workloads have not got them."""

import time
from collections.abc import Callable

from domain.hand_overs import HandOver, OwnerAddress, OwnerProgress, OwnerState
from domain.image_references import same_image
from domain.resources import Manifest
from domain.stored.rollouts import ExpectedRollout
from services.execution.handing_over import HandingOver
from services.kube.deadline import Deadline
from services.planning.health.values import Health, HealthState
from services.planning.objects.declared_images import containers_of

_ASK_EVERY = 5.0  # seconds: an owner takes minutes, and has other readers

_STATES = {
    OwnerState.HANDED_OVER: HealthState.PENDING,
    OwnerState.WAITING: HealthState.WAITING,
    OwnerState.FAILED: HealthState.FAILED,
}

_SEEN_SOON = OwnerProgress(
    state=OwnerState.HANDED_OVER, reason="Brought", message="The workload has its image from its owner."
)


class OwnersAtWork:
    """The owners of one cluster's workloads; each is asked every few seconds, however many workloads it has."""

    def __init__(self, handing_over: HandingOver, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._handing_over = handing_over
        self._clock = clock
        self._answers: dict[OwnerAddress, tuple[float, OwnerProgress]] = {}

    async def progress(self, expected: ExpectedRollout, handed: HandOver, *, deadline: Deadline) -> OwnerProgress:
        """Raises `ClusterError`s."""
        asked, answer = self._answers.get(handed.owner, (0.0, None))
        if answer is None or self._clock() - asked >= _ASK_EVERY:
            answer = await self._handing_over.look(handed, deadline=deadline)
            self._answers[handed.owner] = (self._clock(), answer)
        if answer.state is OwnerState.FAILED and await self._has_images(expected, deadline=deadline):
            return _SEEN_SOON
        return answer

    async def _has_images(self, expected: ExpectedRollout, *, deadline: Deadline) -> bool:
        """An owner may have brought the images, and be done, before whoever watches the workload has seen them."""
        place, resource = self._handing_over.place, expected.resource
        live = await place.gateway.get(resource.kind, resource.name, namespace=place.namespace, deadline=deadline)
        return has_images(expected, live)


def has_images(expected: ExpectedRollout, live: Manifest | None) -> bool:
    """Whether a workload has the images that it is expected to get."""
    found = containers_of(live, expected.declared) if live is not None else ()
    images = {container.name: container.image for container in found}
    return all(same_image(images.get(container, ""), image) for container, image in expected.images.items())


def health_of(progress: OwnerProgress) -> Health:
    """How a workload is that has not its images yet: what waits for a person never times out."""
    return Health(state=_STATES[progress.state], reason=progress.reason, message=progress.message)
