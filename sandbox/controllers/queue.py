"""The delaying work queue of the controllers: a heap of due times with one entry for each object."""

import heapq
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.store import Key


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    due: datetime
    settles_until: datetime | None
    """Set while clients are writing: how far the look may be put off."""


class WorkQueue:
    """Keys by due time; the earlier of two reasons to look at an object wins."""

    def __init__(self) -> None:
        self._entries: dict[Key, _Entry] = {}
        self._heap: list[tuple[datetime, int, Key]] = []
        self._order = itertools.count()

    def add(self, key: Key, due: datetime) -> None:
        """Look at an object at `due`, or earlier if that was asked for already."""
        entry = self._entries.get(key)
        if entry is None or due < entry.due:
            self._put(key, _Entry(due=due, settles_until=None))

    def settle(self, key: Key, now: datetime, *, quiet: float, at_most: float) -> None:
        """A client wrote: look when it has been quiet for `quiet` seconds, at the latest after `at_most`."""
        entry, due = self._entries.get(key), now + timedelta(seconds=quiet)
        if entry is not None and entry.settles_until is not None:
            self._put(key, _Entry(due=min(due, entry.settles_until), settles_until=entry.settles_until))
        elif entry is None or due < entry.due:
            self._put(key, _Entry(due=due, settles_until=now + timedelta(seconds=at_most)))

    def next_due(self) -> datetime | None:
        self._drop_outdated()
        return self._heap[0][0] if self._heap else None

    def pop(self, now: datetime) -> Key | None:
        """The next object that is due, or None."""
        self._drop_outdated()
        if not self._heap or self._heap[0][0] > now:
            return None
        _, _, key = heapq.heappop(self._heap)
        del self._entries[key]
        return key

    def _put(self, key: Key, entry: _Entry) -> None:
        self._entries[key] = entry
        heapq.heappush(self._heap, (entry.due, next(self._order), key))

    def _drop_outdated(self) -> None:
        while self._heap:
            due, _, key = self._heap[0]
            entry = self._entries.get(key)
            if entry is not None and entry.due == due:
                return
            heapq.heappop(self._heap)
