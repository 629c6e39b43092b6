"""One of several processes that share the work: it watches the clusters whose leases it gets, and follows the others'.

A cluster that it is to watch is first read from the rows, so that its watcher begins with what was known and tells what
is different from that. When it is watched no more, it is followed again.
"""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Protocol, Self

from db.transaction import Database
from services.reading.live.changes import Sink
from services.reading.live.follower import Follower
from services.reading.live.kept import Kept
from services.reading.live.leases import Leases, LeaseTimes
from services.reading.live.publisher import Publisher


class Watching(Protocol):
    """Watches clusters for this process."""

    async def start(self, cluster_id: str, sink: Sink) -> None:
        """Begin to watch the cluster; what is in memory of it is what its watcher knows. Returns without waiting."""

    async def stop(self, cluster_id: str) -> None:
        """Watch it no more; returns when its watcher has ended. No effect where it is not watched."""


class Replica:
    """Runs while its context is open. `follower` is for the `Listener` of the channel of batches."""

    def __init__(self, db: Database, kept: Kept, watching: Watching, *, times: LeaseTimes | None = None) -> None:
        self.leases = Leases(db, gained=self._gained, lost=self._lost, times=times)
        self.follower = Follower(db, kept)
        self.publisher = Publisher(db, kept, process_id=self.leases.process_id, refused=self.leases.forfeit)
        self._watching = watching
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.follower)
            await stack.enter_async_context(self.publisher)
            await stack.enter_async_context(self.leases)  # the first to stop: watchers end, then their last batches go
            self._running = stack.pop_all()
        return self

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._running.__aexit__(type_, error, traceback)

    async def _gained(self, cluster_id: str, epoch: int) -> None:
        await self.follower.leave(cluster_id)
        await self.publisher.begin(cluster_id, epoch)
        await self._watching.start(cluster_id, self.publisher)

    async def _lost(self, cluster_id: str) -> None:
        await self._watching.stop(cluster_id)
        await self.publisher.end(cluster_id)
        self.follower.follow(cluster_id)
