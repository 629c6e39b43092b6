"""The images of a release: how they are read off manifests, and how rows keep them.

Pure. A release holds every image of the app environment after the operation, changed or not, so that going back to it
restores the whole and not only what that operation touched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from domain.image_references import image_name, try_parse_image
from domain.resources import Manifest, ResourceId
from services.planning.objects.workloads import containers

# (group, kind, workload, container): a container wherever it runs, whichever version of the kind a cluster serves.
ContainerKey = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image in a container: `reference` as manifests write it, `digest` as written there or as its pods report it.

    `repository` is the name as its author spelt it. A reference that cannot be parsed is kept whole as the repository.
    """

    reference: str
    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def of(cls, reference: str, *, digest: str | None = None) -> Self:
        """`digest` is what pods report; one that the reference itself names goes before it."""
        parsed = try_parse_image(reference)
        if parsed is None:
            return cls(reference=reference, repository=reference, tag=None, digest=digest)
        return cls(
            reference=reference,
            repository=parsed.name,
            tag=parsed.effective_tag,
            digest=parsed.digest or digest,
        )

    @property
    def name(self) -> str:
        """Registry and repository, folded, for comparing: `docker.io/library/nginx` for `nginx`."""
        return image_name(self.reference) or self.repository

    def agrees_with(self, other: "Image") -> bool:
        """Whether two clusters run the same: by digest where both are known, else by name and tag."""
        if self.digest and other.digest:
            return self.digest == other.digest
        return (self.name, self.tag) == (other.name, other.tag)

    @cached_property  # the same for each of the clusters that are given it
    def pinned(self) -> "Image":
        """The same image held to its digest; itself where no digest is known."""
        parsed = try_parse_image(self.reference)
        if parsed is None or self.digest is None:
            return self
        return Image.of(str(parsed.pinned(self.digest)))

    @cached_property
    def unpinned(self) -> "Image":
        """The same image by its tag alone, where it has one; what digest it is said to have stays known."""
        parsed = try_parse_image(self.reference)
        return self if parsed is None else Image.of(str(parsed.unpinned()), digest=self.digest)

    def to_json(self) -> dict[str, Any]:
        return {"image": self.reference, "tag": self.tag, "digest": self.digest}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls.of(str(stored["image"]), digest=stored.get("digest"))


@dataclass(frozen=True, kw_only=True)
class ReleaseImage:
    """What one container ran in a release; `cluster` is None where all clusters ran the same."""

    workload: ResourceId
    container: str
    init: bool
    image: Image
    cluster: str | None = None

    @property
    def key(self) -> ContainerKey:
        return container_key(self.workload, self.container)

    def to_json(self) -> dict[str, Any]:
        return {
            "workload": workload_json(self.workload),
            "container": self.container,
            "init": self.init,
            **self.image.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            workload=workload_from_json(stored["workload"]),
            container=str(stored["container"]),
            init=bool(stored.get("init")),
            image=Image.from_json(stored),
            cluster=stored.get("cluster"),
        )


def release_images(
    manifests: Iterable[Manifest], *, digests: Mapping[ContainerKey, str | None] | None = None
) -> tuple[ReleaseImage, ...]:
    """The images of every workload among `manifests`, in their order; `digests` are those that pods report."""
    known = digests or {}
    return tuple(
        ReleaseImage(
            workload=manifest.id,
            container=container.name,
            init=container.init,
            image=Image.of(container.image, digest=known.get(container_key(manifest.id, container.name))),
        )
        for manifest in manifests
        for container in containers(manifest)
    )


def with_digests(stored: Iterable[dict[str, Any]], seen: Iterable[ReleaseImage]) -> list[dict[str, Any]]:
    """Images as rows keep them, with the digests that were `seen` running where they name none themselves."""
    running = {each.key: each.image for each in seen if each.image.digest is not None}
    if not running:
        return list(stored)
    return [_with_digest(entry, running) for entry in stored]


def _with_digest(entry: dict[str, Any], running: Mapping[ContainerKey, Image]) -> dict[str, Any]:
    planned = ReleaseImage.from_json(entry)
    found = running.get(planned.key)
    # Another name or tag is somebody else's doing since: this release did not bring it.
    if found is None or planned.image.digest is not None or not planned.image.agrees_with(found):
        return entry
    return {**entry, "digest": found.digest}


def images_for(release: Iterable[ReleaseImage], cluster: str) -> tuple[ReleaseImage, ...]:
    """What a release had on `cluster`: its own entries where clusters differed, the common ones elsewhere.

    A cluster that joined the environment later is given what the first of the others had.
    """
    chosen: dict[ContainerKey, ReleaseImage] = {}
    for image in release:
        held = chosen.get(image.key)
        if held is None or image.cluster == cluster:
            chosen[image.key] = image
    return tuple(chosen.values())


def container_key(workload: ResourceId, container: str) -> ContainerKey:
    return (*workload.group_kind, workload.name, container)


def workload_json(workload: ResourceId) -> dict[str, str]:
    return {"api_version": workload.kind.api_version, "kind": workload.kind.name, "name": workload.name}


def workload_from_json(stored: Mapping[str, Any]) -> ResourceId:
    return ResourceId.of(str(stored["api_version"]), str(stored["kind"]), str(stored["name"]))


def desired_image(image: Image, *, pin: bool) -> Image:
    """The image as a promotion writes it: held to its digest where the environment pins and the digest is known."""
    return image.pinned if pin else image.unpinned
