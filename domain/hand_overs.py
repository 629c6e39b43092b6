"""What is written instead of a workload, where its owner brings the new image: a value, a field or a file of the owner.

Pure values with one spelling in JSON. A plan holds one `HandOver` for each container's image, so that a person sees
whose value changes, from what to what, and what else changes with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from domain.stored.versions import check_version
from domain.words import ImageDelivery


@dataclass(frozen=True, order=True, kw_only=True)
class OwnerAddress:
    """Where an owner is found: `title` is what people call it, `name` what its tool does.

    `cluster` is None where it lives on the cluster of its workloads, `kind` where its tool has one kind alone. For a
    branch of a Git repository, `name` is that of the repository and `namespace` the branch.
    """

    title: str
    namespace: str
    name: str
    cluster: str | None = None
    kind: str | None = None

    @classmethod
    def of_branch(cls, repository: str, branch: str) -> Self:
        title = f"the branch {branch} of the Git repository {repository}"
        return cls(title=title, namespace=branch, name=repository)

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "cluster": self.cluster,
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            title=stored["title"],
            cluster=stored["cluster"],
            kind=stored.get("kind"),
            namespace=stored["namespace"],
            name=stored["name"],
        )


@dataclass(frozen=True, kw_only=True)
class OwnerEdit:
    """A change at the owner: `where` is the path of a value, a field, or a file with a line.

    None as `before`: it was not set, and a default held, or there was no such file. None as `after`: it is taken away
    again.
    """

    where: str
    before: str | None
    after: str | None

    def reversed(self) -> Self:
        return replace(self, before=self.after, after=self.before)

    def to_json(self) -> dict[str, Any]:
        return {"where": self.where, "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(where=stored["where"], before=stored["before"], after=stored["after"])


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """The edits at an owner that bring one container its image.

    Without `edits` it is asked for, and not planned yet: nothing can be handed over so. `touches` are sentences about
    what else changes or runs because of the edits: other containers, hooks.
    """

    VERSION: ClassVar[int] = 1

    delivery: ImageDelivery
    owner: OwnerAddress
    edits: tuple[OwnerEdit, ...] = ()
    touches: tuple[str, ...] = ()

    @property
    def planned(self) -> bool:
        return bool(self.edits)

    def reversed(self) -> Self:
        """The way back, which takes the same road."""
        return replace(self, edits=tuple(each.reversed() for each in self.edits))

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.VERSION,
            "delivery": self.delivery.value,
            "owner": self.owner.to_json(),
            "edits": [each.to_json() for each in self.edits],
            "touches": list(self.touches),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="hand-over", newest=cls.VERSION)
        return cls(
            delivery=ImageDelivery(stored["delivery"]),
            owner=OwnerAddress.from_json(stored["owner"]),
            edits=tuple(map(OwnerEdit.from_json, stored["edits"])),
            touches=tuple(stored["touches"]),
        )


def edits_of(hand_overs: Iterable[HandOver]) -> tuple[OwnerEdit, ...]:
    """Each edit once: containers that have one value in common are changed by one edit."""
    return tuple(dict.fromkeys(edit for each in hand_overs for edit in each.edits))


def hand_over_json(value: HandOver | None) -> dict[str, Any]:
    """The member `handed_over` of a stored change or rollout; left out where there is none."""
    return {"handed_over": value.to_json()} if value is not None else {}


def hand_over(stored: Mapping[str, Any]) -> HandOver | None:
    found = stored.get("handed_over")
    return HandOver.from_json(found) if found is not None else None


class OwnerState(StrEnum):
    """How far an owner is with what was handed over to it."""

    HANDED_OVER = "handed-over"  # it is on its way
    WAITING = "waiting"  # a person, or a time, lets it go on: nothing times out
    FAILED = "failed"  # it will not bring the images


@dataclass(frozen=True, kw_only=True)
class OwnerProgress:
    """`reason` is for programs, `message` a sentence for people."""

    state: OwnerState
    reason: str
    message: str
