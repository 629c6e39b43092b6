"""Under which names an environment pulls what other environments call otherwise. Pure.

A cluster may pull from a registry of its own, or through a mirror: what runs as `registry.dev/shop/web:1.5.0` in one
environment is `registry.prod/shop/web:1.5.0` in the next. Only the name differs: tag and digest stay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.image_references import image_name, try_parse_image
from domain.images import Image


@dataclass(frozen=True, kw_only=True)
class ImageMapping:
    """Names that begin with `source` begin with `target` instead: a registry, with or without the beginning of a path.

    `source` is folded as names of images are compared (`docker.io/library`); `target` is as its author spelt it. With
    `copy_first`, an image that is not there under its new name is copied there before any cluster pulls it.
    """

    source: str
    target: str
    copy_first: bool = False

    def to_json(self) -> dict[str, Any]:
        copied = {"copy_first": True} if self.copy_first else {}  # a former release did not write it
        return {"source": self.source, "target": self.target, **copied}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `KeyError` for what `to_json` did not write."""
        return cls(source=stored["source"], target=stored["target"], copy_first=stored.get("copy_first", False))


def mapped_name(name: str, mappings: Iterable[ImageMapping]) -> str | None:
    """The name for a folded one by the longest `source` that it begins with; None where it stays.

    A name that is a mapped one already stays, as `registry.example/prod/web` by `registry.example` →
    `registry.example/prod`.
    """
    listed = tuple(mappings)
    fitting = [each for each in listed if _begins(name, each.source)]
    if not fitting:
        return None
    closest = max(fitting, key=lambda each: len(each.source))
    if any(_begins(name, target) and len(target) >= len(closest.source) for target in map(_folded_target, listed)):
        return None
    return closest.target + name.removeprefix(closest.source)


def mapped(image: Image, mappings: Iterable[ImageMapping]) -> Image:
    """The image under its mapped name, with the same tag and digest; itself where no mapping is about it."""
    parsed = try_parse_image(image.reference)
    name = mapped_name(parsed.full_name, mappings) if parsed is not None else None
    if parsed is None or name is None:
        return image
    return Image.of(f"{name}{image.reference.removeprefix(parsed.name)}", digest=image.digest)


def origin_of(image: Image, mappings: Iterable[ImageMapping]) -> Image | None:
    """The image under the name that it is copied from, as it was before mapping; None where it is not copied.

    The way back from the name alone, so that it is the same for a name that a promotion mapped and for one that a
    person typed in.
    """
    parsed = try_parse_image(image.reference)
    name = copied_from(parsed.full_name, mappings) if parsed is not None else None
    if parsed is None or name is None:
        return None
    return Image.of(f"{name}{image.reference.removeprefix(parsed.name)}", digest=image.digest)


def named_elsewhere(image: Image, mappings: Iterable[ImageMapping]) -> Image:
    """The image under the name that it has where nothing is mapped; itself where no mapping leads to its name."""
    parsed = try_parse_image(image.reference)
    name = _origin_of(parsed.full_name, mappings) if parsed is not None else None
    if parsed is None or name is None:
        return image
    return Image.of(f"{name}{image.reference.removeprefix(parsed.name)}", digest=image.digest)


def copied_from(name: str, mappings: Iterable[ImageMapping]) -> str | None:
    """The folded name of which images come to this folded one as copies; None where none do."""
    return _origin_of(name, (each for each in mappings if each.copy_first))


def _origin_of(name: str, mappings: Iterable[ImageMapping]) -> str | None:
    fitting = [each for each in mappings if _begins(name, _folded_target(each))]
    if not fitting:
        return None
    closest = max(fitting, key=lambda each: len(each.target))
    return closest.source + name.removeprefix(_folded_target(closest))


def copied_to(name: str, mappings: Iterable[ImageMapping]) -> frozenset[str]:
    """The folded names to which images of this folded one come as copies: those that `copied_from` leads back from."""
    listed = tuple(mappings)
    fitting = [each for each in listed if each.copy_first and _begins(name, each.source)]
    names = {_folded_target(each) + name.removeprefix(each.source) for each in fitting}
    return frozenset(each for each in names if copied_from(each, listed) == name)


def is_mapped_one(runs: Image, desired: Image, mappings: Iterable[ImageMapping]) -> bool:
    """Whether a container runs the desired image under the name that it has elsewhere: same tag and same digest.

    One digest is one image: writing the name that it is to have would restart the workload and change nothing.
    """
    here = mapped(runs, mappings)
    renamed = here is not runs and here.name == desired.name
    return renamed and runs.digest is not None and runs.digest == desired.digest and here.has_tag_of(desired)


def mapped_reference(reference: str, mappings: Iterable[ImageMapping]) -> str:
    """As `mapped`, of a reference alone."""
    return mapped(Image.of(reference), mappings).reference


def _begins(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}/")


def _folded_target(mapping: ImageMapping) -> str:
    """The target as names are compared. A registry alone is folded by the name of an image in it."""
    registry = image_name(f"{mapping.target}/image") or f"{mapping.target}/image"
    return registry.removesuffix("/image")
