"""Images in a sentence: by their tags where these say enough. Pure."""

from collections.abc import Iterable

from domain.images import ContainerImage, Image

_MOST_NAMED = 6  # images in one sentence


def image_words(before: Image, after: Image) -> str:
    """The second instead of the first: by tags where the repositories are one, by digests where the tags are, too."""
    if before.name != after.name or None in (before.tag, after.tag):
        return f"{after.unpinned.reference} instead of {before.unpinned.reference}"
    if before.has_tag_of(after):
        return f"{after.tag} with other content than before"
    return f"{after.tag} instead of {before.tag}"


def changed_image(container: str, before: str | None, after: str) -> str:
    """The change of a container's image, by references."""
    if before is None:
        return f"{container} {Image.of(after).unpinned.reference}"
    return f"{container} {image_words(Image.of(before), Image.of(after))}"


def images_of_release(images: Iterable[ContainerImage]) -> str:
    """Each container with its tag, once for all clusters and workloads that have it alike."""
    return _listed(dict.fromkeys(f"{each.container} {each.image.tag or each.image.repository}" for each in images))


def changed_images(changes: Iterable[tuple[str, str | None, str]]) -> str:
    """As `changed_image`, of several containers."""
    return _listed(dict.fromkeys(changed_image(*each) for each in changes))


def _listed(words: Iterable[str]) -> str:
    found = list(words)
    if len(found) > _MOST_NAMED:
        left = len(found) - _MOST_NAMED
        found = [*found[:_MOST_NAMED], f"{left} more"]
    return ", ".join(found) or "no images"
