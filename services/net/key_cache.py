"""Keeps the public keys of others for a while, and fetches them again when a signature names one that is not there.

Strangers cause fetches by naming keys, so each source is fetched by one caller at a time, a key that is missing renews
its source at most once a minute, and failures are kept for a moment, too.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_FRESH_SECONDS = 3600.0
_RENEW_SECONDS = 60.0  # at most this often for a key that the kept body lacks
_FAILURE_SECONDS = 15.0

Fetch = Callable[[], Awaitable[bytes]]


class NotFetchedError(Exception):
    """The keys cannot be had now, and none are kept from before. `detail` says why."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True)
class _Kept:
    """What was fetched, or why nothing was."""

    body: bytes | None
    fault: str
    at: float

    def serves(self, key: bytes | None, now: float) -> bool:
        age = now - self.at
        if self.body is None:
            return age < _FAILURE_SECONDS
        if key and key not in self.body:
            return age < _RENEW_SECONDS  # its owner may have rotated the keys
        return age < _FRESH_SECONDS


class KeyCache:
    """The keys of at most `most` sources, in memory. `clock` counts seconds."""

    def __init__(self, *, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._fetching: dict[str, asyncio.Lock] = {}

    async def keys(self, source: str, fetch: Fetch, *, key: bytes | None) -> bytes:
        """The keys of a source, by `fetch` where none are kept, they are old, or `key` does not occur in them.

        `fetch` raises `NotFetchedError`; so does this, unless keys from before are kept: an old key is better than
        none, for what it signed says itself until when it counts.
        """
        lock = self._fetching.setdefault(source, asyncio.Lock())
        try:
            async with lock:
                found = self._kept.get(source)
                if found is None or not found.serves(key, self._clock()):
                    found = await self._renewed(source, fetch, found)
        finally:
            if not lock.locked():
                self._fetching.pop(source, None)
        if found.body is None:
            raise NotFetchedError(found.fault)
        return found.body

    async def _renewed(self, source: str, fetch: Fetch, former: _Kept | None) -> _Kept:
        try:
            found = _Kept(await fetch(), "", self._clock())
        except NotFetchedError as error:
            found = _Kept(former.body if former is not None else None, error.detail, self._clock())
        self._kept[source] = found
        self._kept.move_to_end(source)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found
