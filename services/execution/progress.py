"""What an operation says and remembers while it works on a cluster, and what it came to there.

Execution functions are given a `Progress` and return a `ClusterResult`; they know neither the engine nor the database.
Nothing in these values may hold a Secret's value: they are stored and shown.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self

from domain.resources import ResourceId
from domain.words import EventType, Outcome

Cancelled = Callable[[], Awaitable[bool]]
"""Whether a person has requested that the operation be cancelled, read at each call."""


class Progress(Protocol):
    """One cluster's part of an operation's timeline."""

    async def say(self, type: EventType, *, resource: ResourceId | None = None, **data: Any) -> None:  # noqa: A002 - what events call it
        """Add an entry. Cheap: entries are written in batches, in their order, at the latest when the step ends."""

    async def remember(self, before: dict[str, Any]) -> None:
        """Keep what undoing needs; returns when it is on disk, so call it BEFORE anything is changed.

        Only the first one of an operation and cluster is kept: a step that runs again sees its own changes.
        """


@dataclass(frozen=True, kw_only=True)
class ExpectedRollout:
    """A workload whose rollout is to be watched: `images` are those it should end up with, by container.

    `generation` is the object's after our change; None where the object was as wanted already. `since`: from when on
    its time counts. It is stored with the rest, so that a restart of the service gives no rollout its time anew; None:
    from when the watching begins.
    """

    resource: ResourceId
    uid: str
    generation: int | None
    images: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "api_version": self.resource.kind.api_version,
            "kind": self.resource.kind.name,
            "name": self.resource.name,
            "uid": self.uid,
            "generation": self.generation,
            "images": dict(self.images),
            "since": self.since.isoformat() if self.since else None,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        since = stored.get("since")  # rows of former versions have none
        return cls(
            resource=ResourceId.of(stored["api_version"], stored["kind"], stored["name"]),
            uid=stored["uid"],
            generation=stored["generation"],
            images=stored["images"],
            since=datetime.fromisoformat(since) if since else None,
        )


@dataclass(frozen=True, kw_only=True)
class ClusterResult:
    """How it went on one cluster. `outcome` None: everything is written, go on to watching `expected`.

    `code` is stable, `detail` is for people, `resource` names the object that it hangs on.
    """

    outcome: Outcome | None
    code: str | None = None
    detail: str | None = None
    resource: str | None = None
    expected: tuple[ExpectedRollout, ...] = ()
