"""Lets what people wait for go first: work in the background waits while an operation is planned, and while it begins.

All of it shares one event loop. When an operation has ended on fifty clusters, thousands of changes are to be judged,
listed and written, a little at a time; a plan that is made meanwhile takes a hundred answers, and each of them would
wait for its turn. The background is late by a second at most, and only as long as somebody waits.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MOST = 1.0  # seconds for which one goes first, as where it waits for a cluster, and several in a row


class Precedence:
    """Who goes first at the moment. The process has one, `PRECEDENCE`; tests have others.

    Where some go first again and again, the background has every other second.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[object, float] = {}
        self._row_began = self._freed_at = float("-inf")
        self._waiting: set[asyncio.Event] = set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """What is done in this context goes first, for a second at most."""
        mark, now = object(), self._clock()
        if not self._until and now - self._freed_at >= _MOST:
            self._row_began = now
        self._until[mark] = now + _MOST
        try:
            yield
        finally:
            del self._until[mark]
            if not self._until:
                self._freed_at = self._clock()
                for each in self._waiting:
                    each.set()

    @property
    def is_taken(self) -> bool:
        """Whether the background has to wait now. Cheaper than to give way, for what happens all the time."""
        return self._left() > 0

    async def give_way(self) -> None:
        """For work in the background, between two pieces of it: returns when nobody goes first, or after a second."""
        await asyncio.sleep(0)
        while (left := self._left()) > 0:
            nobody = asyncio.Event()
            self._waiting.add(nobody)
            try:
                async with asyncio.timeout(left):
                    await nobody.wait()
            except TimeoutError:
                continue
            finally:
                self._waiting.discard(nobody)

    def _left(self) -> float:
        """Seconds for which the background has to wait, unless whoever goes first has done sooner."""
        if not self._until:
            return 0.0
        now = self._clock()
        since = (now - self._row_began) % (2 * _MOST)
        return min(max(self._until.values()) - now, _MOST - since)


PRECEDENCE = Precedence()
