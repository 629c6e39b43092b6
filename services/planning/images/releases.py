"""The images of a release: read from manifests, merged over clusters, and chosen for one cluster.

Pure. A release holds every image of the app environment after the operation, changed or not, so that a rollback to it
restores all of them and not only those that the operation changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.images import ContainerImage, ContainerKey, Image, container_key
from domain.resources import Manifest
from services.planning.objects.declared_images import containers_of


def release_images(
    manifests: Iterable[Manifest],
    *,
    digests: Mapping[ContainerKey, str | None] | None = None,
    declared: DeclaredKinds = NONE_DECLARED,
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
        for container in containers_of(manifest, declared.of(manifest.kind))
    )


def release_of(images: Mapping[str, Iterable[ContainerImage]]) -> tuple[ContainerImage, ...]:
    """Images by cluster, as a release holds them: once where all clusters have the same, else naming the cluster."""
    by_cluster = {cluster: tuple(found) for cluster, found in images.items()}
    common = {
        image: None
        for found in by_cluster.values()
        for image in found
        if all(image in others for others in by_cluster.values())
    }
    kept: dict[ContainerImage, None] = {}
    for cluster, found in by_cluster.items():
        for image in found:
            kept[image if image in common else replace(image, cluster=cluster)] = None
    return tuple(kept)


def with_digests(planned: Iterable[ContainerImage], running: Iterable[ContainerImage]) -> tuple[ContainerImage, ...]:
    """Planned images, with the digests of the `running` ones where they have none."""
    known = {each.key: each.image for each in running if each.image.digest is not None}
    return tuple(_with_digest(image, known.get(image.key)) for image in planned)


def _with_digest(planned: ContainerImage, running: Image | None) -> ContainerImage:
    # With another name or tag, another writer has changed it since: that image is not this release's.
    if running is None or planned.image.digest is not None or not planned.image.agrees_with(running):
        return planned
    return replace(planned, image=replace(planned.image, digest=running.digest))


def images_for(release: Iterable[ContainerImage], cluster: str) -> tuple[ContainerImage, ...]:
    """What a release had on `cluster`: its own entries where clusters differed, the common ones elsewhere.

    A cluster that joined the environment later gets what the first of the others had.
    """
    chosen: dict[ContainerKey, ContainerImage] = {}
    for image in release:
        held = chosen.get(image.key)
        if held is None or image.cluster == cluster:
            chosen[image.key] = image
    return tuple(chosen.values())


def is_running(release: Iterable[ContainerImage], running: Iterable[ContainerImage]) -> bool:
    """Whether the containers of a release run its images; containers that only one side has do not count."""
    known = {image.key: image.image for image in release}
    pairs = [(known[image.key], image.image) for image in running if image.key in known]
    return bool(pairs) and all(had.agrees_with(runs) and had.is_called_like(runs) for had, runs in pairs)


def desired_image(image: Image, *, pin: bool) -> Image:
    """The image as a promotion writes it: with its digest where the environment pins and the digest is known."""
    return image.pinned if pin else image.unpinned
