"""What registries said of the images of a plan, for findings. Pure values; no credential comes here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.stored.image_copies import ImageCopy
from services.planning.policies.directions import BuiltAt

WorkloadKey = tuple[str, str, str]
"""(group, kind, name)"""


@dataclass(frozen=True, kw_only=True)
class ImageInRegistry:
    """What a registry has under a reference; `digest` is None where it has nothing there."""

    digest: str | None
    platforms: tuple[str, ...] = ()
    built_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PlannedCopy:
    """An image that its registry lacks and an operation copies there; `problem` is why it could not, as far as known.

    `platforms` are those of the image where it is now. `push_unread`: whether it may be pushed was not found out.
    """

    copy: ImageCopy
    platforms: tuple[str, ...] = ()
    problem: str | None = None
    push_unread: bool = False


class PullProblem(StrEnum):
    """Why the pods of a workload could not pull from a registry."""

    MISSING = "missing"  # the registry refuses strangers, and no pull secret is for it
    REFUSED = "refused"  # the registry refuses every pull secret that is for it
    ELSEWHERE = "elsewhere"  # a pull secret is for the registry of what runs, none for the new one, which nobody asked


@dataclass(frozen=True, kw_only=True)
class PulledBy:
    """A workload on a cluster, and the reference that it is to pull."""

    cluster: str
    workload: WorkloadKey
    reference: str


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node as far as images depend on it: `os/architecture`, and whether a workload may run there by its key."""

    platform: str | None
    takes: frozenset[WorkloadKey] = frozenset()


@dataclass(frozen=True, kw_only=True)
class RegistryAnswers:
    """Answers by reference. Of a reference that is not among them nothing is known.

    `copies` are those of images that their registry lacks and that are copied there, by reference. `nodes` are those of
    each cluster whose nodes may be listed. `silent` are registries that could not be asked, each with the reason.
    `copied_to` are those to which a mapping says to copy what is missing.
    """

    images: Mapping[str, ImageInRegistry] = field(default_factory=dict)
    pulls: Mapping[PulledBy, PullProblem] = field(default_factory=dict)
    nodes: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, PlannedCopy] = field(default_factory=dict)
    copied_to: frozenset[str] = frozenset()

    @property
    def built(self) -> BuiltAt:
        """When images were built, by their references."""
        return {reference: image.built_at for reference, image in self.images.items() if image.built_at is not None}
