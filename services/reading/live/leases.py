"""Which clusters this process watches: leases in rows, renewed every few seconds, shared evenly with other processes.

A lease ends by this process's own clock before it ends by the database's, so that nobody watches a cluster that another
process may have taken. What is written is fenced by its epoch all the same: the clock of a frozen machine stands still.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

import structlog

from db.base import new_id
from db.cluster_watches import WatchLease
from db.transaction import Database

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class LeaseTimes:
    """Seconds. A killed process's clusters are taken over after at most `lasts` and a `turn`."""

    lasts: float = 10.0
    renewed_every: float = 3.0
    turn: float = 1.0  # between two looks for clusters that nobody watches
    patience: float = 4.0  # for one answer of the database
    gone_kept: float = 600.0  # rows that say that an object is gone
    tidied_every: float = 60.0


_LEFT_AT_ONCE = 20  # clusters in a turn that are left to processes that have too few: each is listed anew there


@dataclass
class _Held:
    """A lease of this process; `ends` is on its own clock."""

    epoch: int
    ends: float


class Leases:
    """Runs while its context is open.

    `gained` is called with each cluster that this process is to watch from now on, and the epoch of the lease, `lost`
    when it is to watch it no more. The calls for one cluster come one after the other, and delay nothing else. When the
    context closes, all clusters are lost, and given back once the calls have ended.
    """

    def __init__(
        self,
        db: Database,
        *,
        gained: Callable[[str, int], Awaitable[None]],
        lost: Callable[[str], Awaitable[None]],
        times: LeaseTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.process_id = new_id()
        self._db = db
        self._gained = gained
        self._lost = lost
        self._times = times or LeaseTimes()
        self._lasts = timedelta(seconds=self._times.lasts)
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._calls: dict[str, asyncio.Task[None]] = {}  # the last call for each cluster that is under way
        self._leaving: set[str] = set()  # they are given back when their call has ended
        self._renewed_at = self._tidied_at = float("-inf")
        self._away = False
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def epoch(self, cluster_id: str) -> int | None:
        """The epoch of the lease that this process has now; None where it has none, or it has ended."""
        held = self._held.get(cluster_id)
        return held.epoch if held is not None and held.ends > self._clock() else None

    @property
    def clusters(self) -> frozenset[str]:
        """The ids of the clusters that this process watches."""
        return frozenset(each for each in self._held if self.epoch(each) is not None)

    def forfeit(self, cluster_id: str, epoch: int) -> None:
        """The database refused what was written under this epoch: another process has the lease."""
        held = self._held.get(cluster_id)
        if held is not None and held.epoch == epoch:
            self._lose([cluster_id])

    async def __aenter__(self) -> Self:
        self._tasks = (
            asyncio.create_task(self._keep(), name="leases on clusters"),
            asyncio.create_task(self._watch_the_clock(), name="ends of leases"),
        )
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lose(list(self._held))
        if self._calls:
            await asyncio.wait(self._calls.values(), timeout=self._times.patience)
        try:
            async with asyncio.timeout(self._times.patience), self._db.begin() as tx:
                await tx.cluster_watches.leave(self.process_id)
        except Exception as error:  # noqa: BLE001 - the database may be away: the leases end by themselves
            _log.warning("leases on clusters were not given back", error=type(error).__qualname__)

    async def _keep(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._times.patience):
                    await self.turn()
                self._away = False
            except Exception as error:  # noqa: BLE001 - of any kind, as a database that is away: it may be back later
                if not self._away:
                    _log.warning("leases on clusters could not be renewed", error=type(error).__qualname__)
                self._away = True
            await asyncio.sleep(self._times.turn)

    async def turn(self) -> None:
        """Renew what is due, take what nobody has, give back what is more than this process's share."""
        now = self._clock()
        if now - self._renewed_at >= self._times.renewed_every:
            async with self._db.begin() as tx:
                kept = await tx.cluster_watches.renew(self.process_id, lasts=self._lasts)
            self._renewed_at = now
            self._renewed(kept, ends=now + self._times.lasts)
        async with self._db.begin() as tx:
            share = (await tx.cluster_watches.share()).most
        room = share - len(self._held) - len(self._leaving)
        if room > 0:
            now = self._clock()
            async with self._db.begin() as tx:
                claimed = await tx.cluster_watches.claim(self.process_id, lasts=self._lasts, most=room)
            for each in claimed:
                self._gain(each, ends=now + self._times.lasts)
        elif len(self._held) > share:
            self._leave(list(self._held)[share:][:_LEFT_AT_ONCE])
        await self._tidy()

    def _renewed(self, kept: Iterable[WatchLease], *, ends: float) -> None:
        epochs = {each.cluster_id: each.epoch for each in kept}
        self._lose([each for each, held in self._held.items() if epochs.get(each) != held.epoch])
        for cluster_id, epoch in epochs.items():
            if cluster_id in self._held:
                self._held[cluster_id].ends = ends
            elif cluster_id not in self._leaving:
                # It had ended by our clock while the database was away, and nobody has taken it.
                self._gain(WatchLease(cluster_id=cluster_id, epoch=epoch), ends=ends)

    def _gain(self, lease: WatchLease, *, ends: float) -> None:
        self._held[lease.cluster_id] = _Held(epoch=lease.epoch, ends=ends)
        self._call(lease.cluster_id, lambda: self._taken_up(lease))

    async def _taken_up(self, lease: WatchLease) -> None:
        try:
            await self._gained(lease.cluster_id, lease.epoch)
        except Exception:
            # As where the database went away: nobody would watch it, so it is left, and taken again in a later turn.
            if lease.cluster_id in self._held:
                self._leave([lease.cluster_id])
            raise

    def _lose(self, cluster_ids: Iterable[str]) -> None:
        for cluster_id in cluster_ids:
            del self._held[cluster_id]
            self._call(cluster_id, partial(self._lost, cluster_id))

    def _leave(self, cluster_ids: Iterable[str]) -> None:
        """Stop watching them, and then give them back: so nothing of what was seen is missing in the rows."""
        for cluster_id in cluster_ids:
            self._leaving.add(cluster_id)
            del self._held[cluster_id]
            self._call(cluster_id, partial(self._left, cluster_id))

    async def _left(self, cluster_id: str) -> None:
        try:
            await self._lost(cluster_id)
            async with self._db.begin() as tx:
                await tx.cluster_watches.give_back(self.process_id, [cluster_id])
        finally:
            self._leaving.discard(cluster_id)

    async def _watch_the_clock(self) -> None:
        """Lose each lease at its end, whether or not the database answers at that moment."""
        while True:
            now = self._clock()
            self._lose([each for each, held in self._held.items() if held.ends <= now])
            soonest = min((held.ends for held in self._held.values()), default=now + self._times.turn)
            await asyncio.sleep(max(0.01, min(soonest - now, self._times.turn)))

    async def _tidy(self) -> None:
        now = self._clock()
        if now - self._tidied_at < self._times.tidied_every:
            return
        self._tidied_at = now
        async with self._db.begin() as tx:
            await tx.live_records.forget_gone(list(self._held), after=timedelta(seconds=self._times.gone_kept))

    def _call(self, cluster_id: str, call: Callable[[], Awaitable[None]]) -> None:
        """Call once the former call for the cluster has ended."""
        former = self._calls.get(cluster_id)
        task = asyncio.create_task(_after(former, call), name=f"lease on {cluster_id}")
        self._calls[cluster_id] = task
        task.add_done_callback(lambda done: self._ended(cluster_id, done))

    def _ended(self, cluster_id: str, task: asyncio.Task[None]) -> None:
        if self._calls.get(cluster_id) is task:
            del self._calls[cluster_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("a cluster was not taken up or left", cluster=cluster_id, error=type(error).__qualname__)


async def _after(former: asyncio.Task[None] | None, call: Callable[[], Awaitable[None]]) -> None:
    if former is not None:
        await asyncio.wait({former})
    await call()
