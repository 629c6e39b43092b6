"""The names under which the target pulls the images of what is copied from another environment. Pure.

As a promotion writes them (domain.image_mappings): only the names differ, tag and digest stay. Otherwise new pods would
ask a registry that the target does not pull from.
"""

from collections.abc import Sequence

from domain.declared_kinds import DeclaredKinds
from domain.image_mappings import ImageMapping, mapped, mapped_reference
from domain.images import Image
from domain.resources import Manifest
from services.planning.objects.declared_images import containers_of, spelt, with_images
from services.planning.objects.workloads import Container, image_volumes, pod_spec


def with_mapped_images(
    manifest: Manifest, mappings: Sequence[ImageMapping], declared: DeclaredKinds
) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest with the mapped names in containers and image volumes, and a note on each that has another one."""
    if not mappings:
        return manifest, ()
    written = [
        (container, wanted)
        for container in containers_of(manifest, declared.of(manifest.kind))
        if (wanted := _wanted(container, mappings)) != container.image
    ]
    volumes = {
        name: wanted
        for name, reference in image_volumes(manifest)
        if (wanted := mapped_reference(reference, mappings)) != reference
    }
    if not written and not volumes:
        return manifest, ()
    edited = with_images(manifest, written)
    for volume in (pod_spec(edited) or {}).get("volumes") or ():
        if volume.get("name") in volumes:
            volume["image"]["reference"] = volumes[volume["name"]]
    return edited, (
        *(f"Container {each.name} gets {wanted}, the target's name of {each.image}." for each, wanted in written),
        *(f"Volume {name} gets {wanted}, the target's name of its image." for name, wanted in volumes.items()),
    )


def _wanted(container: Container, mappings: Sequence[ImageMapping]) -> str:
    """The mapped name; the present one where the object cannot spell another, as with a tag alone."""
    image = mapped(Image.of(container.image), mappings)
    if container.declared is None:
        return image.reference
    spelled = spelt(container.declared.images[0], image, mappings=mappings)
    return spelled.reference if spelled is not None else container.image
