"""The images that containers of both sides run, compared by name, tag and digest. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.image_mappings import ImageMapping, mapped
from domain.images import ContainerImage, ContainerKey, Image
from services.planning.comparing.tree import Found
from services.planning.comparing.values import Seen, Side
from services.planning.objects.field_ownership import MISSING
from services.planning.objects.workloads import template_path


def image_differences(left: Side, right: Side) -> Iterator[tuple[ContainerImage, Found]]:
    """The containers whose images differ, each as one side has it.

    A container that one side lacks is told here only where a side is a release: elsewhere its object tells it.
    """
    recorded = left.release is None and right.release is None
    for key, container in containers_of(left, right).items():
        on_left, on_right = _images(left.read, key), _images(right.read, key)
        if recorded and MISSING in (*on_left, *on_right):
            continue
        alike = _Alike(left.image_mappings, right.image_mappings)
        if not (_each_runs(on_left, on_right, alike) and _each_runs(on_right, on_left, alike)):
            yield container, Found(path=path_of(container), left=_shown(on_left), right=_shown(on_right))


def containers_of(left: Side, right: Side) -> dict[ContainerKey, ContainerImage]:
    """Every container of both sides, by its key."""
    seen = {key: image for each in (*right.read, *left.read) for key, image in each.images.items()}
    return dict(sorted(seen.items()))


def path_of(container: ContainerImage) -> str:
    """The path to the image in the container's workload."""
    template = template_path(container.workload.kind)
    if template is None:  # of a declared kind, an image is called by its path
        return container.container
    steps = (*template, "spec")
    return f"{'.'.join(steps)}.{'initContainers' if container.init else 'containers'}[{container.container}].image"


def _images(clusters: tuple[Seen, ...], key: ContainerKey) -> tuple[Any, ...]:
    return tuple(each.images[key].image if key in each.images else MISSING for each in clusters)


@dataclass(frozen=True)
class _Alike:
    """Whether two images are the same, be it under a name that one of the sides has for what runs on the other."""

    left: tuple[ImageMapping, ...]
    right: tuple[ImageMapping, ...]

    def __call__(self, one: Any, other: Any) -> bool:
        if not isinstance(one, Image) or not isinstance(other, Image):
            return one is other
        return any(_same(each, here) for each in self._names(one) for here in self._names(other))

    def _names(self, image: Image) -> tuple[Image, ...]:
        if not self.left and not self.right:
            return (image,)
        return image, mapped(image, self.left), mapped(image, self.right)


def _each_runs(ones: tuple[Any, ...], others: tuple[Any, ...], alike: _Alike) -> bool:
    return all(any(alike(one, other) for other in others) for one in ones)


def _same(one: Image, other: Image) -> bool:
    return one.agrees_with(other) and one.is_called_like(other)


def _shown(images: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(each.pinned.reference if isinstance(each, Image) else each for each in images)
