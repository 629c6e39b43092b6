"""What execution reports of one cluster, what it stores for undoing, and its result there.

Execution functions take a `Progress` and return a `ClusterResult`; they know neither the engine nor the database.
These values are stored and shown, so none of them may hold a Secret's value.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.words import EventType, Outcome
from domain.written import WrittenObject

Cancelled = Callable[[], Awaitable[bool]]
"""Whether a person has requested that the operation be cancelled, read at each call."""


class Progress(Protocol):
    """One cluster's part of an operation's timeline."""

    async def report(self, type: EventType, *, resource: ResourceId | None = None, **data: Any) -> None:  # noqa: A002 - what events call it
        """Add an entry. Cheap: entries are written in batches, in order, at the latest when the step ends."""

    async def store_undo(self, undo: UndoImages) -> None:
        """Store what undoing needs. Returns when it is committed: await it BEFORE anything is changed.

        Only the first one of an operation and cluster is stored: a step that runs again sees its own changes.
        """

    async def wrote(self, objects: Sequence[WrittenObject]) -> None:
        """Record what was written, for the release. Cheap, as `report`; of several times the last one counts."""


@dataclass(frozen=True, kw_only=True)
class ClusterResult:
    """The result on one cluster. `outcome` None: all is written, and the rollouts in `expected` have to be watched.

    `expected` of rollouts that succeeded are the objects as they were by then, which a soak watches on.

    `code` is stable, `detail` is for people, `resource` names the object that caused it. A success may have them, too:
    what a person has to do yet. `undo_helps` is False where the new images cannot have caused the failure.
    """

    outcome: Outcome | None
    code: str | None = None
    detail: str | None = None
    resource: ResourceId | None = None
    expected: tuple[ExpectedRollout, ...] = ()
    undo_helps: bool = True
