"""What is done beside a loop: each chore under a name, one at a time under each, in a task of its own.

A chore that is not done, or breaks, comes again after a pause that grows. What one of them waits for holds no other up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class BackOff:
    """Seconds."""

    turn: float = 15.0  # between two looks at what there is to do, although nobody rang
    first_pause: float = 2.0  # before something is tried again; doubles each time
    longest_pause: float = 300.0

    def pause(self, attempts: int) -> float:
        """After so many attempts, 0 being the first."""
        return min(self.first_pause * 2.0 ** min(attempts, 16), self.longest_pause)


@dataclass(frozen=True, kw_only=True)
class _Pausing:
    until: float  # on the monotonic clock
    attempts: int


class WorkQueue:
    """`wake` is called whenever one has ended."""

    def __init__(self, *, back_off: BackOff, wake: Callable[[], None]) -> None:
        self._back_off = back_off
        self._wake = wake
        self._running: dict[str, asyncio.Task[None]] = {}
        self._pausing: dict[str, _Pausing] = {}

    def start(self, name: str, call: Callable[[], Awaitable[bool]]) -> None:
        """Unless it is under way or pauses. `call` says whether it is done; if not, it comes again later."""
        pausing = self._pausing.get(name)
        if name not in self._running and (pausing is None or pausing.until <= time.monotonic()):
            self._running[name] = asyncio.create_task(self._run(name, call), name=name)

    def keep(self, names: set[str], *, kind: str) -> None:
        """Forget the pauses of chores of this kind that nobody needs any more."""
        for name in [each for each in self._pausing if each.startswith(kind) and each not in names]:
            del self._pausing[name]

    def seconds_to_next(self) -> float:
        """Until a pause ends."""
        now = time.monotonic()
        return min(
            (each.until - now for each in self._pausing.values() if each.until > now), default=self._back_off.turn
        )

    async def stop(self) -> None:
        """Whatever is under way is rows' to bring back."""
        running = [*self._running.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, name: str, call: Callable[[], Awaitable[bool]]) -> None:
        done = False
        try:
            done = await call()
        except Exception as error:  # noqa: BLE001 - whatever it is, as a database that is away: a later attempt may do
            _log.warning("a chore broke off", chore=name, error=type(error).__qualname__)
        finally:
            del self._running[name]
            if done:
                self._pausing.pop(name, None)
            else:
                attempts = self._pausing[name].attempts + 1 if name in self._pausing else 0
                until = time.monotonic() + self._back_off.pause(attempts)
                self._pausing[name] = _Pausing(until=until, attempts=attempts)
            self._wake()
