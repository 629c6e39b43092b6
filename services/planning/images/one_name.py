"""What kustomize changes beside the image that an entry is made for: every container whose image has its name. Pure.

It looks for images in lists called `containers` or `initContainers`, in objects of every kind, and elsewhere only where
a kustomization's `configurations` say so (kubernetes-sigs/kustomize api/filters/imagetag/legacy.go, imagetag.go). Of
other namespaces nothing is named: who may change this one need not see those.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.declared_kinds import NONE_DECLARED, Declaration, DeclaredKinds, ImageForm
from domain.images import ContainerKey, ImageChange, container_key
from domain.resources import Manifest
from services.planning.objects.declared_images import containers_of

_IN_CONTAINERS = re.compile(r"/(?:containers|initContainers)/\d+/image$")


@dataclass(frozen=True, kw_only=True)
class DeliveredWorkloads:
    """The workloads that an owner delivers: in the app environment's namespace, and in all others.

    Objects of `declared` kinds are workloads, too. `unread`: some of the others may not be read.
    """

    namespace: str
    here: Sequence[Manifest] = ()
    elsewhere: Sequence[Manifest] = ()
    unread: bool = False
    declared: DeclaredKinds = field(default=NONE_DECLARED)


def changed_by_name(pointer: str, declared: Declaration | None) -> bool:
    """Whether an entry for its name changes the image at this place, without `configurations` of the kustomization."""
    if declared is None:
        return True
    return _is_whole(declared) and _IN_CONTAINERS.search(pointer) is not None


def reaches(change: ImageChange, *, gives: str | None) -> bool:
    """Whether an entry for its name changes this image; `gives` is the image that the entry gives now.

    What it gives and the object has shows that the kustomization looks for images there.
    """
    declared = change.declared
    if declared is None or changed_by_name(change.pointer, declared):
        return True
    return _is_whole(declared) and gives == change.before.reference


def _is_whole(declared: Declaration) -> bool:
    """Whether the object spells the image as a whole, as kustomize does."""
    return declared.images[0].form is ImageForm.REFERENCE


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
        for name, former in _changed(workload, names, image, delivered.declared):
            if container_key(workload.id, name) not in wanted:
                yield f"{workload.id.label}, container {name}, gets {image}, too, in place of {former}."
    count = sum(1 for each in delivered.elsewhere for _ in _changed(each, names, image, delivered.declared))
    if count:
        yield f"In other namespaces, containers that get it as well: {count}."
    if delivered.unread:
        yield "What it delivers to other namespaces may not be read: images of the same name change there, too."


def _changed(workload: Manifest, names: set[str], image: str, declared: DeclaredKinds) -> Iterator[tuple[str, str]]:
    """The containers that get the image, with the one that they have."""
    for container in containers_of(workload, declared.of(workload.kind)):
        if not changed_by_name(container.pointer, container.declared):
            continue
        if without_version(container.image) in names and container.image != image:
            yield container.name, container.image
