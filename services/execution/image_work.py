"""What is to be done to images on one cluster, grouped by workload, and what was done to each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from domain.cluster_api import FIELD_MANAGER
from domain.declared_kinds import Declaration, joined
from domain.hand_overs import HandOver
from domain.images import ImageChange, WriteMethod, WrittenAs
from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.words import Action
from services.planning.images.hand_overs import OwnerChanges, owner_changes


@dataclass(frozen=True, kw_only=True)
class WorkloadImages:
    """The changes of one workload's images."""

    workload: ResourceId
    changes: tuple[ImageChange, ...]

    @property
    def written_as(self) -> WrittenAs | None:
        """In whose name: the same for all, because the object is written once."""
        return self.changes[0].written_as

    @property
    def handed_over(self) -> HandOver | None:
        """What is written instead; all of its containers have one owner."""
        return self.changes[0].handed_over

    @property
    def declared(self) -> Declaration | None:
        """What is declared of its kind, as far as it is about these images; None for pod templates."""
        return joined(change.declared for change in self.changes)

    @property
    def applied_by(self) -> str | None:
        """The manager in whose name the object is applied; None where it is patched."""
        way = self.written_as
        return way.manager if way is not None and way.method is WriteMethod.APPLY else None

    @property
    def patched_by(self) -> str:
        """The manager in whose name the object is patched."""
        return self.written_as.manager if self.written_as is not None else FIELD_MANAGER


@dataclass(frozen=True, kw_only=True)
class ImageWork:
    """The changes to make on one cluster, grouped by workload: each workload is written once."""

    namespace: str
    workloads: tuple[WorkloadImages, ...]

    @property
    def direct(self) -> tuple[WorkloadImages, ...]:
        """The workloads that are written themselves."""
        return tuple(each for each in self.workloads if each.handed_over is None)

    @property
    def owners(self) -> tuple[OwnerChanges, ...]:
        """The owners that are written instead of the others."""
        return owner_changes(change for each in self.workloads for change in each.changes)

    @classmethod
    def of(cls, namespace: str, changes: Iterable[ImageChange]) -> Self:
        """Those of a plan's changes that are to be made."""
        by_workload: dict[ResourceId, list[ImageChange]] = {}
        for change in changes:
            if change.action is Action.UPDATE:
                by_workload.setdefault(change.workload, []).append(change)
        workloads = [WorkloadImages(workload=workload, changes=tuple(found)) for workload, found in by_workload.items()]
        return cls(namespace=namespace, workloads=tuple(workloads))

    @classmethod
    def undoing(cls, namespace: str, undo: UndoImages) -> Self:
        """The way back, from what `change_images` stored before it changed anything."""
        return cls.of(namespace, (change.reversed() for change in undo.changes))

    def to_undo(self) -> UndoImages:
        """What the way back needs. It is made in the same name as the change."""
        return UndoImages.of(change for workload in self.workloads for change in workload.changes)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A workload that has its images now: `written` is False where it had them before."""

    expected: ExpectedRollout
    written: bool
