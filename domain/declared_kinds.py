"""What an administrator declares of a custom kind: where its objects name images, and when they are well.

Pure values, each with one spelling in JSON. Stagecoach knows no more of such a kind than this, so whatever is declared
is about members of the object itself: its operator decides which pods run, and these are never written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from domain.resources import Kind


class ImageForm(StrEnum):
    """How an object spells an image."""

    REFERENCE = "reference"  # one text: registry.example/shop/web:1.5.0
    TAG = "tag"  # the tag alone; which image it is of, the declaration says
    PARTS = "parts"  # a mapping with a member for the repository, and one for the tag, the digest, or each


@dataclass(frozen=True, kw_only=True)
class DeclaredImage:
    """The place of an image, by its path in the object.

    `name` is the image of which a `tag` is. The other three are names of members, of `parts` alone.
    """

    path: str
    form: ImageForm
    name: str | None = None
    repository: str | None = None
    tag: str | None = None
    digest: str | None = None

    def to_json(self) -> dict[str, Any]:
        optional = {"name": self.name, "repository": self.repository, "tag": self.tag, "digest": self.digest}
        return {"path": self.path, "form": self.form.value} | {
            member: value for member, value in optional.items() if value is not None
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `KeyError` and `ValueError` for what `to_json` did not write."""
        return cls(**{**stored, "form": ImageForm(stored["form"])})


@dataclass(frozen=True, kw_only=True)
class DeclaredHealth:
    """The conditions that decide: one that has to be True, and those of which True is a failure.

    Without `ready` it is judged as any custom resource is, by the conventions of kstatus.
    """

    ready: str | None = None
    failed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"ready": self.ready, "failed": list(self.failed)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(ready=stored["ready"], failed=tuple(stored["failed"]))


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What is declared of a kind, or as much of it as is about one image."""

    images: tuple[DeclaredImage, ...]
    health: DeclaredHealth = field(default_factory=DeclaredHealth)

    def only(self, image: DeclaredImage) -> "Declaration":
        return replace(self, images=(image,))

    def to_json(self) -> dict[str, Any]:
        return {"images": [each.to_json() for each in self.images], "health": self.health.to_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            images=tuple(map(DeclaredImage.from_json, stored["images"])),
            health=DeclaredHealth.from_json(stored["health"]),
        )


@dataclass(frozen=True, kw_only=True)
class DeclaredKinds:
    """Declarations by group and kind, whichever version of it a cluster serves."""

    by_kind: Mapping[tuple[str, str], Declaration] = field(default_factory=dict)

    def of(self, kind: Kind) -> Declaration | None:
        return self.by_kind.get((kind.group, kind.name))

    def among(self, kinds: Iterable[Kind]) -> "DeclaredKinds":
        """Those of these kinds."""
        named = {(kind.group, kind.name) for kind in kinds}
        return DeclaredKinds(by_kind={key: each for key, each in self.by_kind.items() if key in named})

    def to_json(self) -> list[dict[str, Any]]:
        return [{"group": group, "kind": kind, **each.to_json()} for (group, kind), each in self.by_kind.items()]

    @classmethod
    def from_json(cls, stored: Iterable[Mapping[str, Any]]) -> Self:
        return cls(by_kind={(each["group"], each["kind"]): Declaration.from_json(each) for each in stored})


NONE_DECLARED = DeclaredKinds()


def joined(declarations: Iterable[Declaration | None]) -> Declaration | None:
    """What several are about, which are parts of one declaration; None where there is none."""
    parts = [each for each in declarations if each is not None]
    if not parts:
        return None
    return replace(parts[0], images=tuple(dict.fromkeys(image for each in parts for image in each.images)))


def declared_json(value: Declaration | None) -> dict[str, Any]:
    """The member `declared` of a stored change; left out of those of pod templates."""
    return {"declared": value.to_json()} if value is not None else {}


def declared_in(stored: Mapping[str, Any]) -> Declaration | None:
    found = stored.get("declared")
    return Declaration.from_json(found) if found is not None else None
