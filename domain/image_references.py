"""Image references: parsing, comparing, and the digest that a pod reports.

Pure. References follow the grammar `[registry/]repository[:tag][@digest]` of
https://github.com/distribution/reference. Folding `nginx` to `docker.io/library/nginx` serves comparison only: what is
written to a cluster keeps its author's spelling.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_REGISTRY = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])"
    r"(?::[0-9]+)?"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_LOADED = re.compile(r"(?:^|/)import-\d{4}-\d{2}-\d{2}$")
_OF_THE_NODE = "localhost"
_MAX_LENGTH = 2048
_SHORT_DIGEST = 12

# Names under which Docker Hub is also reached; Docker and containerd fold them to one.
_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


class InvalidImageError(ValueError):
    """Not an image reference. The message does not repeat the text: people paste passwords into wrong fields."""


@dataclass(frozen=True, kw_only=True)
class ImageReference:
    """A parsed reference.

    `name` is as its author wrote it (`nginx`, `registry.example/shop/web`); `registry` and `repository` are folded, so
    that `nginx` and `docker.io/library/nginx` are equal there. `tag` is None where none was written.
    """

    name: str
    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def full_name(self) -> str:
        """Registry and repository, folded: what to match and to group by."""
        return f"{self.registry}/{self.repository}"

    @property
    def effective_tag(self) -> str | None:
        """The tag that a container runtime resolves; None where there is only a digest."""
        if self.tag is None and self.digest is None:
            return DEFAULT_TAG
        return self.tag

    @property
    def tagged(self) -> str:
        """The reference without its digest, as its author spelt it."""
        return f"{self.name}:{self.tag}" if self.tag else self.name

    @property
    def display(self) -> str:
        """For people: `registry.example/shop/web:1.5.0 (0a1b2c3d4e5f)`."""
        return f"{self.tagged} ({short_digest(self.digest)})" if self.digest else self.tagged

    def pinned(self, digest: str) -> "ImageReference":
        """The same name and tag, with this digest. A tag that was left out is written, for people to read."""
        return replace(self, tag=self.effective_tag, digest=digest)

    def unpinned(self) -> "ImageReference":
        """The reference without its digest; one that has no tag keeps its digest, which alone identifies the image."""
        return replace(self, digest=None) if self.tag else self

    def means_same_as(self, other: "ImageReference") -> bool:
        """Whether a container runtime runs the same image for both: equal folded name, and equal digest or else tag."""
        if self.full_name != other.full_name:
            return False
        if self.digest or other.digest:
            return self.digest == other.digest
        return self.effective_tag == other.effective_tag

    def __str__(self) -> str:
        return f"{self.tagged}@{self.digest}" if self.digest else self.tagged


@lru_cache(maxsize=1024)  # all clusters of an environment run the same few
def parse_image(text: str) -> ImageReference:
    """Parse a reference. Raises `InvalidImageError`."""
    if not text or len(text) > _MAX_LENGTH:
        raise InvalidImageError("An image reference is between 1 and 2048 characters long.")
    rest, _, digest = text.partition("@")
    if "@" in text and not _DIGEST.fullmatch(digest):
        raise InvalidImageError("The part after '@' in an image reference must be a digest, as sha256:….")
    # A colon is a tag's only after the last slash: before it, it belongs to a registry's port.
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    if colon and not _TAG.fullmatch(tag):
        raise InvalidImageError("An image's tag is 1 to 128 letters, digits, '_', '.' or '-'.")
    name = f"{head}{slash}{last}"
    registry, repository = _fold(name)
    if not _REGISTRY.fullmatch(registry) or not _REPOSITORY.fullmatch(repository):
        raise InvalidImageError("An image's name is a registry and lower-case path components, as registry/team/app.")
    return ImageReference(
        name=name, registry=registry, repository=repository, tag=tag or None, digest=digest.lower() or None
    )


def try_parse_image(text: str) -> ImageReference | None:
    """As `parse_image`; None where the text is not a reference."""
    try:
        return parse_image(text)
    except InvalidImageError:
        return None


def same_image(one: str, other: str) -> bool:
    """Whether two texts are equal, or references to the same image."""
    if one == other:
        return True
    first, second = try_parse_image(one), try_parse_image(other)
    return first is not None and second is not None and first.means_same_as(second)


def image_name(text: str) -> str | None:
    """The folded registry and repository of a reference; None where the text is not a reference."""
    parsed = try_parse_image(text)
    return parsed.full_name if parsed else None


def short_digest(digest: str) -> str:
    """The first 12 hexadecimal digits, as registries show a digest."""
    return digest.partition(":")[2][:_SHORT_DIGEST]


def reported_image(image_id: str) -> ImageReference | None:
    """The repository and digest in a container status' `imageID`.

    Runtimes write `repo@sha256:…` (containerd, CRI-O) or `docker-pullable://repo@sha256:…` (dockershim). A bare
    `sha256:…` or `docker://sha256:…` is the image's id on that node (an image that was built or loaded there), which no
    registry knows: None. The same holds for an image that was loaded into containerd from an archive (`kind load`): the
    import invents the repository's name, and the digest is that of the archive's manifest. Podman and CRI-O call what
    was built or loaded on the node `localhost/…`, without a port.

    The repository need not be the one that the pod asked for: a node keeps one image for equal content, with a digest
    for each repository it was pulled from, and kubelet reports the first (kubernetes/kubernetes#40062).
    """
    _, _, text = image_id.rpartition("://")
    reported = try_parse_image(text)
    if (
        reported is None
        or reported.digest is None
        or _LOADED.search(reported.name)
        or reported.registry == _OF_THE_NODE
    ):
        return None
    return reported


def digest_of_image_id(image_id: str, image: str) -> str | None:
    """The digest that an `imageID` proves for `image`: None where it names another repository.

    Registries compress and index images on their own, so one content can have another digest in each of them.
    """
    reported = reported_image(image_id)
    return reported.digest if reported is not None and reported.full_name == image_name(image) else None


def only(digests: Iterable[str]) -> str | None:
    """The digest, where all are the same; None where there is none, or several."""
    distinct = set(digests)
    return distinct.pop() if len(distinct) == 1 else None


def _fold(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    # Docker's rule: the first component is a registry where it could not be a path component of Docker Hub.
    names_registry = bool(slash) and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    registry, repository = (first, rest) if names_registry else (DEFAULT_REGISTRY, name)
    registry = registry.lower()
    if registry in _DOCKER_HUB:
        registry = DEFAULT_REGISTRY
        if "/" not in repository:
            repository = f"library/{repository}"
    return registry, repository
