"""Bounds what one caller has under way: requests take turns, event streams take places.

Requests beyond the bound wait instead of being refused, so that a script which sends thirty at once still gets thirty
answers; but they wait behind each other only, and the next caller's request does not wait for them.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from services.errors import TooManyRequestsError

_REPEAT_AFTER = 1  # seconds
_STREAM_AFTER = 10  # seconds


class TooManyStreamsError(TooManyRequestsError):
    """The caller, or all callers together, follow as many operations as the service serves at once."""

    code = "too-many-streams"
    title = "Too many event streams"


@dataclass
class _Line:
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Turns:
    """Each key has `at_once` turns; up to `waiting` more wait for one, in order, for `seconds` at most."""

    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._seconds = seconds
        self._lines: dict[Hashable, _Line] = {}  # of keys that have something under way

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """A turn for as long as the block lasts. Raises `TooManyRequestsError`."""
        line = self._lines.setdefault(key, _Line())
        if line.running < self._at_once:
            line.running += 1
        else:
            await self._wait(key, line)
        try:
            yield
        finally:
            self._pass_on(key, line)

    async def _wait(self, key: Hashable, line: _Line) -> None:
        if len(line.waiting) >= self._waiting:
            raise self._too_many(f"{self._waiting} more wait for their turn")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.waiting.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._pass_on(key, line)  # the turn came in the moment in which the wait ended
            elif turn in line.waiting:
                line.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise self._too_many(f"this one waited for {self._seconds:g} s") from None
            raise

    def _pass_on(self, key: Hashable, line: _Line) -> None:
        self._start_next(line)
        if not line.running:
            del self._lines[key]

    @staticmethod
    def _start_next(line: _Line) -> None:
        """Give a turn that has ended to the one that waits longest."""
        while line.waiting:
            turn = line.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        line.running -= 1

    def _too_many(self, why: str) -> TooManyRequestsError:
        return TooManyRequestsError(
            f"The caller has {self._at_once} requests under way, and {why}. Send fewer at once.",
            retry_after_seconds=_REPEAT_AFTER,
        )


class Places:
    """Places for what lasts: `each` for one key, `overall` for all."""

    def __init__(self, *, each: int, overall: int) -> None:
        self._each = each
        self._overall = overall
        self._taken: Counter[Hashable] = Counter()

    @property
    def taken(self) -> int:
        """How many places are taken now."""
        return self._taken.total()

    @contextmanager
    def place(self, key: Hashable) -> Iterator[None]:
        """A place for as long as the block lasts. Raises `TooManyStreamsError`."""
        if self._taken[key] >= self._each:
            raise TooManyStreamsError(
                f"The caller has {self._each} event streams open. Close one, or read operations without them.",
                retry_after_seconds=_STREAM_AFTER,
            )
        if self._taken.total() >= self._overall:
            raise TooManyStreamsError(
                f"{self._overall} event streams are open, the most that this process serves. Try again later.",
                retry_after_seconds=_STREAM_AFTER,
            )
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
