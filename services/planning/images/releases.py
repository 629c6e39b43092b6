"""The images of a release: how they are read off manifests, and how rows keep them.

Pure. A release holds every image of the app environment after the operation, changed or not, so that going back to it
restores the whole and not only what that operation touched.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.images import ContainerImage, ContainerKey, Image, container_key
from domain.resources import Manifest
from services.planning.objects.workloads import containers


def release_images(
    manifests: Iterable[Manifest], *, digests: Mapping[ContainerKey, str | None] | None = None
) -> tuple[ContainerImage, ...]:
    """The images of every workload among `manifests`, in their order; `digests` are those that pods report."""
    known = digests or {}
    return tuple(
        ContainerImage(
            workload=manifest.id,
            container=container.name,
            init=container.init,
            image=Image.of(container.image, digest=known.get(container_key(manifest.id, container.name))),
        )
        for manifest in manifests
        for container in containers(manifest)
    )


def with_digests(stored: Iterable[dict[str, Any]], seen: Iterable[ContainerImage]) -> list[dict[str, Any]]:
    """Images as rows keep them, with the digests that were `seen` running where they name none themselves."""
    running = {each.key: each.image for each in seen if each.image.digest is not None}
    if not running:
        return list(stored)
    return [_with_digest(entry, running) for entry in stored]


def _with_digest(entry: dict[str, Any], running: Mapping[ContainerKey, Image]) -> dict[str, Any]:
    planned = ContainerImage.from_json(entry)
    found = running.get(planned.key)
    # Another name or tag is somebody else's doing since: this release did not bring it.
    if found is None or planned.image.digest is not None or not planned.image.agrees_with(found):
        return entry
    return {**entry, "digest": found.digest}


def images_for(release: Iterable[ContainerImage], cluster: str) -> tuple[ContainerImage, ...]:
    """What a release had on `cluster`: its own entries where clusters differed, the common ones elsewhere.

    A cluster that joined the environment later is given what the first of the others had.
    """
    chosen: dict[ContainerKey, ContainerImage] = {}
    for image in release:
        held = chosen.get(image.key)
        if held is None or image.cluster == cluster:
            chosen[image.key] = image
    return tuple(chosen.values())


def desired_image(image: Image, *, pin: bool) -> Image:
    """The image as a promotion writes it: held to its digest where the environment pins and the digest is known."""
    return image.pinned if pin else image.unpinned
