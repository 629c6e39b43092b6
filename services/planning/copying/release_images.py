"""The images of the last release in workloads that are copied within an environment. Pure.

The source cluster may run something else by now, and a tag may have moved since: what the cluster is to have is the
release.
"""

from collections.abc import Iterable, Mapping

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.image_references import image_name
from domain.images import ContainerImage, ContainerKey, Image, container_key
from domain.resources import Manifest
from services.planning.images.releases import desired_image, images_for
from services.planning.objects.declared_images import containers_of, spelt, with_images
from services.planning.objects.workloads import Container


def written_images(
    release: Iterable[ContainerImage], *, source_cluster: str, pin: bool
) -> Mapping[ContainerKey, ContainerImage]:
    """What a release has on the source cluster, as it is written to another one, by container."""
    return {
        each.key: ContainerImage(
            workload=each.workload,
            container=each.container,
            init=each.init,
            image=desired_image(each.image, pin=pin),
        )
        for each in images_for(release, source_cluster)
    }


def with_release_images(
    manifest: Manifest, images: Mapping[ContainerKey, str], declared: DeclaredKinds = NONE_DECLARED
) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest with these images, and a note on each container that has another one in the source.

    An object of a declared kind has as much of an image as it can spell.
    """
    changed: list[tuple[Container, str]] = []
    notes = []
    for container in containers_of(manifest, declared.of(manifest.kind)):
        released = images.get(container_key(manifest.id, container.name))
        image = _as_spelt(container, released) if released is not None else None
        if image is None or image == container.image:
            continue
        changed.append((container, image))
        if not _is_same(container.image, image):
            notes.append(
                f"Container {container.name} gets {image}, as the last release has it; the source has "
                f"{container.image}."
            )
    return (with_images(manifest, changed) if changed else manifest), tuple(notes)


def _is_same(written: str, image: str) -> bool:
    """Whether one is the other with its digest."""
    return image_name(written) == image_name(image) and Image.of(written).agrees_with(Image.of(image))


def _as_spelt(container: Container, image: str) -> str | None:
    """None where the object cannot name that image, which it never had then."""
    if container.declared is None:
        return image
    found = spelt(container.declared.images[0], Image.of(image))
    return found.reference if found is not None else None
