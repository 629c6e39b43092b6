"""What kustomize changes beside the image that an entry is made for: every container whose image has its name. Pure.

Of other namespaces nothing is named: who may change this one need not see those.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.images import ContainerKey, container_key
from domain.resources import Manifest
from services.planning.objects.workloads import containers


@dataclass(frozen=True, kw_only=True)
class DeliveredWorkloads:
    """The workloads that an owner delivers: in the app environment's namespace, and in all others.

    `unread`: some of the others may not be read.
    """

    namespace: str
    here: Sequence[Manifest] = ()
    elsewhere: Sequence[Manifest] = ()
    unread: bool = False


def without_version(reference: str) -> str:
    """An image's name. A colon before the last slash belongs to the port of its registry."""
    head, slash, last = reference.partition("@")[0].rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def of_one_name(
    names: set[str], image: str, delivered: DeliveredWorkloads, wanted: frozenset[ContainerKey]
) -> Iterator[str]:
    """Sentences about the containers whose images have one of these names, and which get the image as well.

    `wanted` are those that it is meant for.
    """
    for workload in delivered.here:
        for name, former in _changed(workload, names, image):
            if container_key(workload.id, name) not in wanted:
                yield f"{workload.id.label}, container {name}, gets {image}, too, in place of {former}."
    count = sum(1 for workload in delivered.elsewhere for _ in _changed(workload, names, image))
    if count:
        yield f"In other namespaces, containers that get it as well: {count}."
    if delivered.unread:
        yield "What it delivers to other namespaces may not be read: images of the same name change there, too."


def _changed(workload: Manifest, names: set[str], image: str) -> Iterator[tuple[str, str]]:
    """The containers that get the image, with the one that they have."""
    for container in containers(workload):
        if without_version(container.image) in names and container.image != image:
            yield container.name, container.image
