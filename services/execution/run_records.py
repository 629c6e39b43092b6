"""What runs of hooks and checks keep, so that one that is taken up after a crash goes on where it was."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from domain.hook_runs import HookRun, RunEnd, RunKey, RunKind

Clock = Callable[[], datetime]
Pause = Callable[[float], Awaitable[None]]


def utc_now() -> datetime:
    return datetime.now(UTC)


class RunRecords(Protocol):
    """Each call returns when what it writes is committed."""

    async def begin(self, key: RunKey, kind: RunKind) -> HookRun:
        """The run of this key as it stands; it begins now where there is none. Its own key has its number."""

    async def made(self, key: RunKey, *, job: str, uid: str) -> None:
        """The run's Job is on the cluster."""

    async def end(self, key: RunKey, end: RunEnd) -> None:
        """The run has ended. What has ended before stays as it is."""
