"""Turns at one registry: so many requests at once, and none while it asked to be left alone or keeps failing.

Every registry has turns of its own, so what one of them does to us is felt by nobody who asks another.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from services.registry.budget import Budget, RegistryLimits
from services.registry.errors import RegistryBusyError, Subject


class Turns:
    """Whoever holds a turn says afterwards what came of it: `succeeded`, `failed` or `asked_to_wait`."""

    def __init__(self, limits: RegistryLimits, *, chance: random.Random) -> None:
        self._limits = limits
        self._chance = chance
        self._slots = asyncio.Semaphore(limits.at_once)
        self._closed_until = 0.0  # on the monotonic clock
        self._failures = 0
        self._failed_at = 0.0
        self._why = ""
        self._users = 0

    @property
    def idle(self) -> bool:
        """Nothing would be forgotten with it."""
        return self._users == 0 and self._pause() == 0.0

    @asynccontextmanager
    async def turn(self, subject: Subject, budget: Budget) -> AsyncIterator[float]:
        """Waits for a free turn, and out a short pause; raises `RegistryBusyError`. Gives the moment it began."""
        self._users += 1
        try:
            await self._enter(subject, budget)
            try:
                yield time.monotonic()
            finally:
                self._slots.release()
        finally:
            self._users -= 1

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, *, began: float, retry_after: str | None = None) -> None:
        """It is broken, or cannot be reached. Requests that were under way together fail together, and count once."""
        if began >= self._failed_at:
            self._failures += 1
            self._failed_at = time.monotonic()
        grown = self._limits.first_pause * 2.0 ** min(self._failures - 1, 16)
        pause = min(grown, self._limits.longest_pause) * self._chance.uniform(0.8, 1.2)
        self._close(max(pause, self._asked(retry_after) or 0.0), "it keeps failing")

    def asked_to_wait(self, *, began: float, retry_after: str | None) -> None:
        """429; how long is the registry's to say, and where it does not, a failure's pause."""
        asked = self._asked(retry_after)
        if asked is None:
            self.failed(began=began)
        else:
            self._close(asked, "it lets us ask only so often")
        self._why = "it lets us ask only so often"

    def busy(self, subject: Subject) -> RegistryBusyError:
        """What to tell whoever does not wait."""
        pause = self._pause()
        when = f"in {pause:.0f} seconds" if pause >= 1 else "now"
        return RegistryBusyError(subject, f"{self._why}; ask again {when}.", retry_at=_moment(pause))

    async def _enter(self, subject: Subject, budget: Budget) -> None:
        while True:
            await self._wait_out(subject, budget)
            try:
                async with asyncio.timeout(budget.left()):
                    await self._slots.acquire()
            except TimeoutError:
                raise RegistryBusyError(
                    subject, "the time was up before its other requests were answered.", retry_at=_moment(0.0)
                ) from None
            if self._pause() == 0.0:
                return
            self._slots.release()  # it closed while this one stood in the queue

    async def _wait_out(self, subject: Subject, budget: Budget) -> None:
        while (pause := self._pause()) > 0.0:
            if pause > min(self._limits.patience, budget.left()):
                raise self.busy(subject)
            await asyncio.sleep(pause)

    def _pause(self) -> float:
        return max(0.0, self._closed_until - time.monotonic())

    def _close(self, seconds: float, why: str) -> None:
        self._closed_until = max(self._closed_until, time.monotonic() + seconds)
        self._why = why

    def _asked(self, retry_after: str | None) -> float | None:
        seconds = seconds_of(retry_after, now=datetime.now(UTC))
        return None if seconds is None else min(seconds, self._limits.longest_asked_pause)


def seconds_of(retry_after: str | None, *, now: datetime) -> float | None:
    """Of a `Retry-After`: a number of seconds, or a date; None where it says neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _moment(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
