"""What is stored of each cluster of an operation: the rollouts to watch, and the images that undoing puts back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, Self

from domain.declared_kinds import Declaration, declared_in, declared_json
from domain.hand_overs import HandOver, hand_over, hand_over_json
from domain.images import Image, ImageChange, written_as, written_as_json
from domain.resources import ResourceId
from domain.stored.versions import check_version
from domain.words import Action


@dataclass(frozen=True, kw_only=True)
class ExpectedRollout:
    """A workload whose rollout has to be watched: `images` are those that it should run in the end, by container.

    `generation` is the object's after our change; None where the object was as desired before. Its time counts from
    `since`, which is stored so that a restart of the service does not extend it; None: from the start of watching.
    `proven` are the containers whose image a registry or a running pod has reported with its digest. `ready` is how
    many of the desired pods were ready when the rollout ended well, by which a soak judges; None before, and for what
    has no pods to count. `digests` are those that its pods ran of these images when it ended well, by container, where
    they all ran the same one. `handed_over`: its owner is to bring it these images, and has not been seen to yet.
    `declared` is what was declared of its kind as it was planned.
    """

    VERSION: ClassVar[int] = 1

    resource: ResourceId
    uid: str
    generation: int | None
    images: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    proven: tuple[str, ...] = ()
    ready: int | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    handed_over: HandOver | None = None
    declared: Declaration | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.VERSION,
            **self.resource.to_json(),
            "uid": self.uid,
            "generation": self.generation,
            "images": dict(self.images),
            "since": self.since.isoformat() if self.since else None,
            "proven": list(self.proven),
            "ready": self.ready,
            **({"digests": dict(self.digests)} if self.digests else {}),
            **hand_over_json(self.handed_over),
            **declared_json(self.declared),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="rollout", newest=cls.VERSION)
        since = stored.get("since")  # the first releases wrote none
        return cls(
            resource=ResourceId.from_json(stored),
            uid=stored["uid"],
            generation=stored["generation"],
            images=stored["images"],
            since=datetime.fromisoformat(since) if since else None,
            proven=tuple(stored.get("proven") or ()),
            ready=stored.get("ready"),
            digests=stored.get("digests") or {},
            handed_over=hand_over(stored),
            declared=declared_in(stored),
        )


@dataclass(frozen=True, kw_only=True)
class UndoImages:
    """What undoing needs on one cluster: the changes that the operation makes there, stored before it makes them."""

    VERSION: ClassVar[int] = 1

    changes: tuple[ImageChange, ...]

    @classmethod
    def of(cls, changes: Iterable[ImageChange]) -> Self:
        """A plan's changes by their references, which a patch tests and writes: without digests of pods."""
        return cls(
            changes=tuple(
                replace(
                    each,
                    before=Image.of(each.before.reference),
                    after=Image.of(each.after.reference),
                    written_by=None,
                )
                for each in changes
            )
        )

    def to_json(self) -> dict[str, Any]:
        by_workload = groupby(self.changes, key=lambda change: change.workload)
        return {
            "version": self.VERSION,
            "workloads": [
                {"workload": workload.to_json(), "steps": [_step_to_json(change) for change in changes]}
                for workload, changes in by_workload
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="undo", newest=cls.VERSION)
        return cls(
            changes=tuple(
                _step_from_json(step, ResourceId.from_json(entry["workload"]))
                for entry in stored["workloads"]
                for step in entry["steps"]
            )
        )


def _step_to_json(change: ImageChange) -> dict[str, Any]:
    return {
        "container": change.container,
        "init": change.init,
        "pointer": change.pointer,
        "before": change.before.reference,
        "after": change.after.reference,
        **written_as_json(change.written_as),
        **hand_over_json(change.handed_over),
        **declared_json(change.declared),
    }


def _step_from_json(stored: Mapping[str, Any], workload: ResourceId) -> ImageChange:
    return ImageChange(
        workload=workload,
        container=stored["container"],
        init=stored.get("init", False),  # the first releases wrote none
        pointer=stored["pointer"],
        before=Image.of(stored["before"]),
        after=Image.of(stored["after"]),
        action=Action.UPDATE,
        written_as=written_as(stored),
        handed_over=hand_over(stored),
        declared=declared_in(stored),
    )


def rollouts_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[ExpectedRollout, ...]:
    """Raises `UnknownVersionError`."""
    return tuple(ExpectedRollout.from_json(each) for each in stored)
