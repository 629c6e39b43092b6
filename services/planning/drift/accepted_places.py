"""Where containers run what, and whether two clusters run the same. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.images import ContainerKey, Image, container_key
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts


@dataclass(frozen=True, kw_only=True)
class Place:
    """A container on one cluster."""

    cluster: str
    workload: WorkloadFacts
    container: ContainerFacts

    @property
    def key(self) -> ContainerKey:
        return container_key(self.workload.resource, self.container.name)

    def __str__(self) -> str:
        return f"container {self.container.name} of {self.workload.resource.label}"


Places = Mapping[ContainerKey, Sequence[Place]]


def places_of(facts: Iterable[ClusterFacts]) -> Places:
    """Every container, on the clusters that have it."""
    found: dict[ContainerKey, list[Place]] = {}
    for one in facts:
        for key, (workload, container) in one.by_container.items():
            found.setdefault(key, []).append(Place(cluster=one.cluster, workload=workload, container=container))
    return found


def is_same(one: Image, other: Image) -> bool:
    """Whether a release with one image has no drift where the other runs: neither by name and tag nor by content."""
    return one.agrees_with(other) and one.is_called_like(other)


def agree(places: Sequence[Place]) -> bool:
    """Whether the clusters run the same."""
    return all(is_same(one.container.image, other.container.image) for one in places for other in places)


def agreed_image(places: Sequence[Place]) -> Image:
    """What they run; a known digest stands for clusters whose pods report none."""
    images = [each.container.image for each in places]
    return next((image for image in images if image.digest is not None), images[0])


def other_content(before: Image, container: ContainerFacts) -> bool:
    """Whether some pod reports another digest than this image has."""
    reported = {*container.digests, *(one.digest for one in container.elsewhere if one.digest is not None)}
    return before.digest is not None and bool(reported - {before.digest})
