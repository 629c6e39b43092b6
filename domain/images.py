"""Images in containers: which container, which image, and the change from one image to another.

Pure values, each with one spelling in JSON. They match containers by the workload's kind and name and the container's
name, whichever version of the kind a cluster serves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from domain.declared_kinds import Declaration, declared_in, declared_json
from domain.hand_overs import HandOver, hand_over, hand_over_json
from domain.image_references import image_name, try_parse_image
from domain.resources import ResourceId
from domain.tag_directions import Direction, direction
from domain.words import Action

# (group, kind, workload, container)
ContainerKey = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class ContainerRef:
    """A container of a workload, as a request picks it."""

    workload: ResourceId
    container: str

    @property
    def key(self) -> ContainerKey:
        return container_key(self.workload, self.container)

    def to_json(self) -> dict[str, Any]:
        return {"workload": self.workload.to_json(), "container": self.container}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(workload=ResourceId.from_json(stored["workload"]), container=stored["container"])


@dataclass(frozen=True, kw_only=True)
class Omission:
    """What a request leaves as it is: a container of a workload, or all of them where `container` is None."""

    workload: ResourceId
    container: str | None = None

    def covers(self, workload: ResourceId, container: str) -> bool:
        """Whether it is about this container, whichever version of the workload's kind a cluster serves."""
        same = (*self.workload.group_kind, self.workload.name) == (*workload.group_kind, workload.name)
        return same and self.container in (None, container)

    def to_json(self) -> dict[str, Any]:
        return {"workload": self.workload.to_json(), "container": self.container}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(workload=ResourceId.from_json(stored["workload"]), container=stored["container"])


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
        """`digest` is what pods report; a digest in the reference takes precedence."""
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
        """Registry and repository, folded for comparison: `docker.io/library/nginx` for `nginx`."""
        return image_name(self.reference) or self.repository

    @property
    def valid(self) -> bool:
        """Whether the reference is one. Kubernetes checks it only when it creates a pod."""
        return try_parse_image(self.reference) is not None

    def agrees_with(self, other: "Image") -> bool:
        """Whether two clusters run the same: by digest where both are known, else by name and tag."""
        if self.digest and other.digest:
            return self.digest == other.digest
        return self.name == other.name and self.has_tag_of(other)

    def has_tag_of(self, other: "Image") -> bool:
        """Whether both have one tag. `web` is `web:latest`; pinned without a tag, as `web@sha256:…`, it still is."""
        return self.tag == other.tag or (self.written_tag is None and other.written_tag is None)

    def is_called_like(self, other: "Image") -> bool:
        """Whether a person takes both for one image: equal name and tag. A digest alone says no tag, so it decides."""
        if self.name != other.name:
            return False
        by_digest = None in (self.tag, other.tag) and self.digest is not None and self.digest == other.digest
        return by_digest or self.has_tag_of(other)

    def direction_to(self, other: "Image") -> Direction:
        """Whether the other image is a later version of this one, by their tags; a tag that moved says nothing."""
        if self.name.rpartition("/")[2] != other.name.rpartition("/")[2]:
            return Direction.UNKNOWN
        if self.has_tag_of(other) or None in (self.tag, other.tag):
            return Direction.SAME if self.agrees_with(other) else Direction.UNKNOWN
        return direction(self.tag, other.tag)

    @property
    def written_tag(self) -> str | None:
        """The tag as the reference has it: None where it says none, though `tag` is `latest`."""
        parsed = try_parse_image(self.reference)
        return parsed.tag if parsed else self.tag

    @cached_property  # computed once for all clusters that get the image
    def pinned(self) -> "Image":
        """The same image with its tag and digest in the reference; itself where no digest is known."""
        parsed = try_parse_image(self.reference)
        if parsed is None or self.digest is None:
            return self
        return Image.of(str(parsed.pinned(self.digest)))

    @cached_property
    def unpinned(self) -> "Image":
        """The same image without a digest in its reference, where that has a tag; the known digest is kept."""
        parsed = try_parse_image(self.reference)
        return self if parsed is None else Image.of(str(parsed.unpinned()), digest=self.digest)

    def to_json(self) -> dict[str, Any]:
        return {"image": self.reference, "tag": self.tag, "digest": self.digest}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls.of(str(stored["image"]), digest=stored.get("digest"))


@dataclass(frozen=True, kw_only=True)
class ContainerImage:
    """A container and its image. `cluster` is None where all clusters of the environment have the same."""

    workload: ResourceId
    container: str
    image: Image
    init: bool = False
    cluster: str | None = None

    @property
    def key(self) -> ContainerKey:
        return container_key(self.workload, self.container)

    @property
    def ref(self) -> ContainerRef:
        return ContainerRef(workload=self.workload, container=self.container)

    def to_json(self) -> dict[str, Any]:
        on_cluster = {"cluster": self.cluster} if self.cluster is not None else {}
        return {**self.ref.to_json(), "init": self.init, **self.image.to_json(), **on_cluster}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `KeyError` for what `to_json` did not write; `init`, `digest` and `cluster` may be left out."""
        return cls(
            workload=ResourceId.from_json(stored["workload"]),
            container=stored["container"],
            init=bool(stored.get("init")),
            image=Image.from_json(stored),
            cluster=stored.get("cluster"),
        )


class WriteMethod(StrEnum):
    PATCH = "patch"  # a JSON patch of the images
    APPLY = "apply"  # server-side apply of all that the manager applied, with the new images


@dataclass(frozen=True)
class WrittenAs:
    """In the name of which field manager, and how, an object is written that somebody else owns."""

    manager: str
    method: WriteMethod

    def to_json(self) -> dict[str, str]:
        return {"manager": self.manager, "method": self.method.value}

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> Self:
        return cls(manager=stored["manager"], method=WriteMethod(stored["method"]))


@dataclass(frozen=True, kw_only=True)
class ImageChange:
    """The change of one container's image; `action` says whether it is made, unnecessary or blocked.

    `pointer` is the JSON pointer (RFC 6901) to the container in its object, as the plan read it. `written_as` is None
    where it is patched in the name of Stagecoach; with `handed_over` its owner is written instead, and brings the
    image. `written_by` is the field manager that wrote `before` last, None for Stagecoach or where it is unknown; it is
    news of the moment and is not stored. `judged` is where it leads by more than the tags; None where only these are
    known. `declared` says how an object of a declared kind spells the image, to which `pointer` leads then: what is
    carried out is what was planned, whatever is declared meanwhile.
    """

    workload: ResourceId
    container: str
    init: bool
    pointer: str
    before: Image
    after: Image
    action: Action
    written_as: WrittenAs | None = None
    handed_over: HandOver | None = None
    written_by: str | None = None
    judged: Direction | None = None
    declared: Declaration | None = None

    @property
    def key(self) -> ContainerKey:
        return container_key(self.workload, self.container)

    @property
    def unchanged(self) -> bool:
        return self.action is not Action.UPDATE

    @property
    def differs(self) -> bool:
        """Whether the container has another image, be it changed or left as it is for a problem."""
        return self.action is not Action.UNCHANGED

    @property
    def direction(self) -> Direction:
        """Whether the change is an upgrade or a downgrade, as far as that is known."""
        return self.judged or self.before.direction_to(self.after)

    def reversed(self) -> "ImageChange":
        """The change back."""
        return replace(
            self,
            before=self.after,
            after=self.before,
            handed_over=self.handed_over.reversed() if self.handed_over is not None else None,
            written_by=None,
            judged=None,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "workload": self.workload.to_json(),
            "container": self.container,
            "init": self.init,
            "pointer": self.pointer,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "action": self.action.value,
            **written_as_json(self.written_as),
            **hand_over_json(self.handed_over),
            **declared_json(self.declared),
            **({"direction": self.judged.value} if self.judged is not None else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `KeyError` and `ValueError` for what `to_json` did not write."""
        judged = stored.get("direction")
        return cls(
            workload=ResourceId.from_json(stored["workload"]),
            container=stored["container"],
            init=stored["init"],
            pointer=stored["pointer"],
            before=Image.from_json(stored["before"]),
            after=Image.from_json(stored["after"]),
            action=Action(stored["action"]),
            written_as=written_as(stored),
            handed_over=hand_over(stored),
            judged=Direction(judged) if judged is not None else None,
            declared=declared_in(stored),
        )


def container_key(workload: ResourceId, container: str) -> ContainerKey:
    return (*workload.group_kind, workload.name, container)


def written_as_json(value: WrittenAs | None) -> dict[str, Any]:
    """The member `written_as` of a stored change; left out where it says nothing, as the former release wrote it."""
    return {"written_as": value.to_json()} if value is not None else {}


def written_as(stored: Mapping[str, Any]) -> WrittenAs | None:
    found = stored.get("written_as")
    return WrittenAs.from_json(found) if found is not None else None
