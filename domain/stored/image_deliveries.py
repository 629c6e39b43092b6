"""How new images reach the workloads of an app environment, as an administrator has set it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from domain.resources import ResourceId
from domain.stored.git_files import GitFile
from domain.words import ImageDelivery


@dataclass(frozen=True, kw_only=True)
class WorkloadDelivery:
    """The image delivery of one workload, whoever owns it; `file` is that of the delivery `git`."""

    workload: ResourceId
    delivery: ImageDelivery
    file: GitFile | None = None

    def to_json(self) -> dict[str, Any]:
        file = {"file": self.file.to_json()} if self.file is not None else {}
        return {"workload": self.workload.to_json(), "delivery": self.delivery.value, **file}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            workload=ResourceId.from_json(stored["workload"]),
            delivery=ImageDelivery(stored["delivery"]),
            file=GitFile.from_json(stored["file"]) if "file" in stored else None,
        )


@dataclass(frozen=True, kw_only=True)
class ImageDeliveries:
    """`owned` holds for workloads that Helm, Argo CD or Flux owns, `workloads` for those that are named."""

    owned: ImageDelivery = ImageDelivery.REFUSE
    workloads: tuple[WorkloadDelivery, ...] = ()

    def of(self, workload: ResourceId, *, owned: bool) -> ImageDelivery | None:
        """That of one workload; None where nothing was set for it, and no tool owns it."""
        own = self._own(workload)
        if own is not None:
            return own.delivery
        return self.owned if owned else None

    def file_of(self, workload: ResourceId) -> GitFile | None:
        """The file that names the images of one workload; None where its delivery has none."""
        own = self._own(workload)
        return own.file if own is not None else None

    def _own(self, workload: ResourceId) -> WorkloadDelivery | None:
        for each in self.workloads:
            if (each.workload.group_kind, each.workload.name) == (workload.group_kind, workload.name):
                return each
        return None

    def to_json(self) -> dict[str, Any]:
        return {"owned": self.owned.value, "workloads": [each.to_json() for each in self.workloads]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            owned=ImageDelivery(stored["owned"]),
            workloads=tuple(map(WorkloadDelivery.from_json, stored["workloads"])),
        )


REFUSED = ImageDeliveries()
"""What holds where nothing was set."""


@dataclass(frozen=True, kw_only=True)
class SetImageDeliveries:
    """The image deliveries of an app environment, who set them, and when."""

    deliveries: ImageDeliveries
    set_by: str
    set_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {**self.deliveries.to_json(), "set_by": self.set_by, "set_at": self.set_at.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            deliveries=ImageDeliveries.from_json(stored),
            set_by=stored["set_by"],
            set_at=datetime.fromisoformat(stored["set_at"]),
        )
