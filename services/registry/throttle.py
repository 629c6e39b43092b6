"""Throttles the requests to one registry: a bounded number at once, and none while it rate-limits or keeps failing.

Every registry has a throttle of its own, so a slow or failing registry delays no request to another.
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

_LATELY_SECONDS = 60.0


class Throttle:
    """The holder of a slot reports its result: `succeeded`, `failed` or `rate_limited`."""

    def __init__(self, limits: RegistryLimits, *, chance: random.Random) -> None:
        self._limits = limits
        self._chance = chance
        self._slots = asyncio.Semaphore(limits.at_once)
        self._closed_until = 0.0  # on the monotonic clock
        self._failures = 0
        self._failed_at = 0.0
        self._succeeded_at = float("-inf")
        self._why = ""
        self._users = 0

    @property
    def idle(self) -> bool:
        """Whether it has no state to lose: no request and no pause."""
        return self._users == 0 and self._pause() == 0.0

    @asynccontextmanager
    async def slot(self, subject: Subject, budget: Budget) -> AsyncIterator[float]:
        """Waits for a free slot and for the end of a short pause; yields when it was taken (monotonic seconds).

        Raises `RegistryBusyError` where the pause is longer than `max_wait`, or the budget is used up.
        """
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
        """The registry answered: forget its failures."""
        self._failures = 0
        self._succeeded_at = time.monotonic()

    @property
    def answered_lately(self) -> bool:
        """Whether it has answered another request within the last minute."""
        return time.monotonic() - self._succeeded_at < _LATELY_SECONDS

    def failed(self, *, began: float, retry_after: str | None = None) -> None:
        """The registry failed or cannot be reached; requests that were under way together count as one failure."""
        if began >= self._failed_at:
            self._failures += 1
            self._failed_at = time.monotonic()
        grown = self._limits.first_pause * 2.0 ** min(self._failures - 1, 16)
        pause = min(grown, self._limits.longest_pause) * self._chance.uniform(0.8, 1.2)
        self._close(max(pause, self._requested_pause(retry_after) or 0.0), "the registry keeps failing")

    def rate_limited(self, *, began: float, retry_after: str | None) -> None:
        """429: pause as long as the registry requests, or as after a failure where it does not say."""
        requested = self._requested_pause(retry_after)
        if requested is None:
            self.failed(began=began)
        else:
            self._close(requested, "the registry limits the rate of requests")
        self._why = "the registry limits the rate of requests"

    def busy(self, subject: Subject) -> RegistryBusyError:
        """The error for a caller that does not wait out the pause."""
        pause = self._pause()
        when = f"in {pause:.0f} seconds" if pause >= 1 else "now"
        return RegistryBusyError(subject, f"{self._why}; try again {when}.", retry_at=_moment(pause))

    async def _enter(self, subject: Subject, budget: Budget) -> None:
        while True:
            await self._wait_out(subject, budget)
            try:
                async with asyncio.timeout(budget.left()):
                    await self._slots.acquire()
            except TimeoutError:
                raise RegistryBusyError(
                    subject,
                    "too many requests to it were under way: the time was used up before this one was sent.",
                    retry_at=_moment(0.0),
                ) from None
            if self._pause() == 0.0:
                return
            self._slots.release()  # a pause began while this one waited

    async def _wait_out(self, subject: Subject, budget: Budget) -> None:
        while (pause := self._pause()) > 0.0:
            if pause > min(self._limits.max_wait, budget.left()):
                raise self.busy(subject)
            await asyncio.sleep(pause)

    def _pause(self) -> float:
        return max(0.0, self._closed_until - time.monotonic())

    def _close(self, seconds: float, why: str) -> None:
        self._closed_until = max(self._closed_until, time.monotonic() + seconds)
        self._why = why

    def _requested_pause(self, retry_after: str | None) -> float | None:
        seconds = seconds_of(retry_after, now=datetime.now(UTC))
        return None if seconds is None else min(seconds, self._limits.longest_asked_pause)


def seconds_of(retry_after: str | None, *, now: datetime) -> float | None:
    """The seconds of a `Retry-After` (RFC 9110, section 10.2.3: a number or a date); None where it has neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter where the zone is beyond all measure
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _moment(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
