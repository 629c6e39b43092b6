"""What an operation says and remembers while it works on a cluster, and what it came to there.

Execution functions are given a `Progress` and return a `ClusterResult`; they know neither the engine nor the database.
Nothing in these values may hold a Secret's value: they are stored and shown.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.words import EventType, Outcome

Cancelled = Callable[[], Awaitable[bool]]
"""Whether a person has requested that the operation be cancelled, read at each call."""


class Progress(Protocol):
    """One cluster's part of an operation's timeline."""

    async def say(self, type: EventType, *, resource: ResourceId | None = None, **data: Any) -> None:  # noqa: A002 - what events call it
        """Add an entry. Cheap: entries are written in batches, in their order, at the latest when the step ends."""

    async def remember(self, undo: UndoImages) -> None:
        """Keep what undoing needs; returns when it is on disk, so call it BEFORE anything is changed.

        Only the first one of an operation and cluster is kept: a step that runs again sees its own changes.
        """


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
