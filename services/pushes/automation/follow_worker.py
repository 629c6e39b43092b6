"""The worker of environments that follow another one: in one process at a time, from rows and the live picture.

It wakes when the picture of a follower or of what it follows changes, on ended operations and opened gates, and when a
time has come that the last look has named. Clusters are not asked.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from db.events import Notifier
from services.pushes.automation.following import Following
from services.pushes.automation.leading import Leading
from services.pushes.automation.work_queue import BackOff, WorkQueue
from services.reading.live.live import Live
from services.reading.live.places import PlaceKey, PlacesNow

_BREATH = 0.5  # seconds from one pass to the next: in a rollout, pictures change all the time
_ALL_EVERY = 300.0  # seconds: nothing waits for that, but a notification may be lost with a connection
_LOOK = "follow "


class FollowWorker(Leading):
    """Runs while its context is open and this process holds the lock."""

    _lock = "following"

    def __init__(
        self,
        *,
        url: str,
        notifier: Notifier,
        live: Live,
        following: Following,
        back_off: BackOff,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        breath: float = _BREATH,
    ) -> None:
        super().__init__(url=url, notifier=notifier, back_off=back_off, listens_for=_ALL_EVERY)
        self._live = live
        self._following = following
        self._clock = clock
        self._breath = breath
        self._stirred = True
        self._known: dict[str, tuple[PlaceKey, PlaceKey]] = {}  # by the follower's row: its place and the source's
        self._waiting: set[str] = set()
        self._times: dict[str, datetime] = {}

    async def _work(self, queue: WorkQueue) -> None:
        self._stirred = True  # another process led, and time has passed
        self._known, self._waiting, self._times = {}, set(), {}
        revision = self._live.picture.revision
        watching = asyncio.create_task(self._watch(revision), name="pictures of what is followed")
        try:
            while await self._still_leads():
                began = time.monotonic()
                changed = self._live.picture.changes_after(revision)
                revision = self._live.picture.revision
                self._see(await self._live.places.current(), changed, queue)
                for target_id in tuple(self._waiting):
                    queue.start(f"{_LOOK}{target_id}", partial(self._look, target_id))
                await self._rest(queue, seconds=self._seconds_to_next(queue))
                await asyncio.sleep(max(0.0, began + self._breath - time.monotonic()))
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    def _see(self, places: PlacesNow, changed: frozenset[PlaceKey] | None, queue: WorkQueue) -> None:
        """Have those wait for a look that follow, and of which something may be otherwise now."""
        now = self._clock()
        known = {
            place.target.id: (place.key, (place.key[0], place.target.follow.source.id))
            for place in places.all
            if place.target.follow is not None and place.target.id is not None
        }
        for target_id, keys in known.items():
            due = self._times.get(target_id)
            stirs = self._stirred or changed is None or not changed.isdisjoint(keys)
            if stirs or self._known.get(target_id) != keys or (due is not None and due <= now):
                self._waiting.add(target_id)
                self._times.pop(target_id, None)
        for gone in self._known.keys() - known.keys():
            self._waiting.discard(gone)
            self._times.pop(gone, None)
        if self._stirred:  # what kept a promotion from being planned may be put right
            queue.keep(set(), kind=_LOOK)
        self._known, self._stirred = known, False

    async def _look(self, target_id: str) -> bool:
        self._waiting.discard(target_id)
        done = False
        try:
            looked = await self._following.look(target_id)
            done = looked.done
            if looked.again_at is not None:
                self._times[target_id] = looked.again_at
        finally:
            if not done:
                self._waiting.add(target_id)
        return done

    async def _watch(self, revision: int) -> None:
        while True:
            revision = await self._live.picture.changed_after(revision)
            self._wake.set()

    def _notified(self) -> None:
        self._stirred = True
        super()._notified()

    def _seconds_to_next(self, queue: WorkQueue) -> float:
        now = self._clock()
        waits = [max(0.0, (at - now).total_seconds()) for at in self._times.values()]
        return min([self._back_off.turn, queue.seconds_to_next(), *waits]) + 0.01
