"""What happened in an app environment, as it is recorded from what is seen of its clusters.

Pure values, each with one spelling in JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from domain.resources import ResourceId


class EventKind(StrEnum):
    """What was seen."""

    ROLLOUT = "rollout"  # a workload's pods were replaced by those of another template
    HEALTH = "health"  # a workload was not as it should be
    RESTART = "restart"  # a container ended, and was started again
    SCALING = "scaling"  # somebody changed the desired number of pods
    CLUSTER = "cluster"  # a cluster could not be read
    OMITTED = "omitted"  # more happened within an hour than is recorded


class RolloutResult(StrEnum):
    """How a rollout ended."""

    DONE = "done"
    FAILED = "failed"
    REPLACED = "replaced"  # another template came before it was done


@dataclass(frozen=True, kw_only=True)
class ImageChange:
    """A container whose template got another image, by references; `before` is None for a new container."""

    container: str
    before: str | None
    after: str

    def to_json(self) -> dict[str, Any]:
        return {"container": self.container, "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(container=stored["container"], before=stored["before"], after=stored["after"])


@dataclass(frozen=True, kw_only=True)
class EventDetail:
    """What else is known of an event: of each kind, some of these.

    `reason` is for programs (`CrashLoopBackOff`, `OOMKilled`, `cluster-unreachable`), `message` for people. `before`
    and `after` are desired numbers of pods, changed `by` a field manager; None where Stagecoach did it, or nobody
    knows. `severe`: a workload failed, and was not merely incomplete.
    """

    reason: str | None = None
    message: str | None = None
    severe: bool = False
    exit_code: int | None = None
    before: int | None = None
    after: int | None = None
    by: str | None = None
    result: RolloutResult | None = None
    images: tuple[ImageChange, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Without what is not known."""
        found = {
            **vars(self),
            "result": self.result.value if self.result else None,
            "images": [each.to_json() for each in self.images],
        }
        return {name: value for name, value in found.items() if value not in (None, False, [])}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Members, and a result, that a later release added are left out."""
        return cls(
            reason=stored.get("reason"),
            message=stored.get("message"),
            severe=bool(stored.get("severe")),
            exit_code=stored.get("exit_code"),
            before=stored.get("before"),
            after=stored.get("after"),
            by=stored.get("by"),
            result=next((each for each in RolloutResult if each == stored.get("result")), None),
            images=tuple(map(ImageChange.from_json, stored.get("images", ()))),
        )


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """One thing that happened, or happened `count` times one soon after the other; `until` None: it goes on.

    `cluster` is the name that it had. `operation` is the id of the one that was under way.
    """

    id: str
    kind: EventKind
    at: datetime
    until: datetime | None
    cluster: str | None = None
    workload: ResourceId | None = None
    container: str | None = None
    count: int = 1
    operation: str | None = None
    detail: EventDetail = EventDetail()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind.value,
            "at": self.at.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "cluster": self.cluster,
            "workload": self.workload.to_json() if self.workload else None,
            "container": self.container,
            "count": self.count,
            "operation": self.operation,
            "detail": self.detail.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        workload, until = stored["workload"], stored["until"]
        return cls(
            id=stored["id"],
            kind=EventKind(stored["kind"]),
            at=datetime.fromisoformat(stored["at"]),
            until=datetime.fromisoformat(until) if until else None,
            cluster=stored["cluster"],
            workload=ResourceId.from_json(workload) if workload else None,
            container=stored["container"],
            count=stored["count"],
            operation=stored["operation"],
            detail=EventDetail.from_json(stored["detail"]),
        )
