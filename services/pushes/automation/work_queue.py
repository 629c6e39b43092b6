"""A work queue in memory: keys with calls, each key in a task of its own and at most one task a key.

A call that returns False or raises is repeated after a back-off. No key waits for another.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class BackOff:
    """Delays, in seconds."""

    turn: float = 15.0  # between two passes of the worker without a notification
    first_pause: float = 2.0  # before the first repetition; each further one doubles it
    longest_pause: float = 300.0

    def pause(self, attempts: int) -> float:
        """The delay in seconds after this many earlier attempts, from 0."""
        return min(self.first_pause * 2.0 ** min(attempts, 16), self.longest_pause)


@dataclass(frozen=True, kw_only=True)
class _Pausing:
    until: float  # on the monotonic clock
    attempts: int


class WorkQueue:
    """Calls `wake` whenever a call has ended."""

    def __init__(self, *, back_off: BackOff, wake: Callable[[], None]) -> None:
        self._back_off = back_off
        self._wake = wake
        self._running: dict[str, asyncio.Task[None]] = {}
        self._pausing: dict[str, _Pausing] = {}

    def start(self, name: str, call: Callable[[], Awaitable[bool]]) -> None:
        """Run `call`, unless the key is running or backing off. `call` returns True when nothing is left to do."""
        pausing = self._pausing.get(name)
        if name not in self._running and (pausing is None or pausing.until <= time.monotonic()):
            self._running[name] = asyncio.create_task(self._run(name, call), name=name)

    @property
    def under_way(self) -> bool:
        return bool(self._running)

    def keep(self, names: set[str], *, kind: str) -> None:
        """Drop the back-off of keys that start with `kind` and are not in `names`."""
        for name in [each for each in self._pausing if each.startswith(kind) and each not in names]:
            del self._pausing[name]

    def seconds_to_next(self) -> float:
        """Seconds until the next back-off ends, or the length of a turn if none is under way."""
        now = time.monotonic()
        return min(
            (each.until - now for each in self._pausing.values() if each.until > now), default=self._back_off.turn
        )

    async def stop(self) -> None:
        """Cancel all running calls. They leave nothing to clean up: the next worker finds their work in the rows."""
        running = [*self._running.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, name: str, call: Callable[[], Awaitable[bool]]) -> None:
        done = False
        try:
            done = await call()
        except Exception as error:  # noqa: BLE001 - any failure, as a lost database connection: a later attempt may do
            _log.warning("work queue call failed", key=name, error=type(error).__qualname__)
        finally:
            del self._running[name]
            if done:
                self._pausing.pop(name, None)
            else:
                attempts = self._pausing[name].attempts + 1 if name in self._pausing else 0
                until = time.monotonic() + self._back_off.pause(attempts)
                self._pausing[name] = _Pausing(until=until, attempts=attempts)
            self._wake()
