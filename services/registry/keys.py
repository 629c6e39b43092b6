"""Fetches the public keys for signed reports: Amazon's signing certificates and Google's keys.

An unauthenticated sender can name what to fetch. So only two hosts are allowed, over https and without redirects, with
one fetch of a URL at a time, few bytes, and a cache of successes and failures.
"""

import asyncio
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from yarl import URL

from services.errors import Category, StagecoachError
from services.net.addresses import AddressPolicy
from services.registry.budget import Budget, RegistryLimits
from services.registry.deliveries import Confirmation, FetchedKeys, KeyUrl
from services.registry.errors import RegistryError, Subject
from services.registry.formats.google_token import KEYS_URL
from services.registry.formats.sns_signature import is_certificate_url, is_subscribe_url
from services.registry.transport import Answer, RegistryRequest, Transport

_MAX_KEY_BYTES = 64 * 1024
_MAX_CACHED = 64
_AT_ONCE = 4
_SECONDS = 5.0  # what senders wait for an answer
_FRESH_SECONDS = 3600.0
_RENEW_SECONDS = 60.0  # at most this often for a key that the cached body lacks
_FAILURE_SECONDS = 15.0


class KeysUnavailableError(StagecoachError):
    """The report could not be verified now; the sender should send it again."""

    code = "keys-unavailable"
    title = "The key of the proof cannot be fetched"
    category: ClassVar[Category] = Category.UNAVAILABLE


class Sender(Protocol):
    """The part of `Transport` that is needed here."""

    async def send(self, request: RegistryRequest, *, authorization: str | None, budget: Budget) -> Answer: ...


@dataclass(frozen=True)
class _CachedKeys:
    """A fetched body; None where the fetch failed."""

    body: bytes | None
    at: float

    def serves(self, key_url: KeyUrl, now: float) -> bool:
        age = now - self.at
        if self.body is None:
            return age < _FAILURE_SECONDS
        if key_url.key_id and key_url.key_id.encode() not in self.body:
            return age < _RENEW_SECONDS  # the provider may have rotated its keys
        return age < _FRESH_SECONDS


class ProviderKeys:
    """Fetches and caches keys. Use it as an async context manager.

    `trust`: the trusted certificate authorities, where not those of the machine.
    """

    def __init__(
        self,
        *,
        addresses: AddressPolicy,
        trust: ssl.SSLContext | None = None,
        sender: Sender | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._addresses = addresses
        self._trust = trust
        self._sender = sender  # in place of a transport of its own
        self._clock = clock
        self._own: Transport | None = None
        self._cached: OrderedDict[str, _CachedKeys] = OrderedDict()
        self._fetching: dict[str, asyncio.Lock] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def __aenter__(self) -> Self:
        if self._sender is None:
            self._own = Transport(addresses=self._addresses, limits=RegistryLimits(), trust=self._trust)
            self._sender = self._own
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._own is not None:
            await self._own.close()

    async def fetch(self, key_url: KeyUrl) -> FetchedKeys:
        """The keys at a URL. Raises `KeysUnavailableError`."""
        if key_url.url != KEYS_URL and not is_certificate_url(key_url.url):
            raise KeysUnavailableError("Keys are fetched from Amazon SNS and Google only.")
        lock = self._fetching.setdefault(key_url.url, asyncio.Lock())
        try:
            async with lock:
                found = self._cached.get(key_url.url)
                if found is None or not found.serves(key_url, self._clock()):
                    found = await self._renew(key_url.url, found)
        finally:
            if not lock.locked():
                self._fetching.pop(key_url.url, None)
        if found.body is None:
            raise KeysUnavailableError(f"{URL(key_url.url).host} did not return its key. Send the report again.")
        return FetchedKeys(url=key_url.url, body=found.body)

    async def confirm(self, confirmation: Confirmation) -> None:
        """Confirm a subscription at Amazon SNS. Raises `KeysUnavailableError`."""
        if not is_subscribe_url(confirmation.url):
            raise KeysUnavailableError("Subscriptions are confirmed at Amazon SNS only.")
        if await self._get(confirmation.url) is None:
            raise KeysUnavailableError("Amazon SNS did not accept the confirmation. It will request it again.")

    async def _renew(self, url: str, former: _CachedKeys | None) -> _CachedKeys:
        body = await self._get(url)
        if body is None and former is not None and former.body is not None:
            body = former.body  # an old key is better than none: verification checks its dates
        found = _CachedKeys(body, self._clock())
        self._cached[url] = found
        self._cached.move_to_end(url)
        while len(self._cached) > _MAX_CACHED:
            self._cached.popitem(last=False)
        return found

    async def _get(self, url: str) -> bytes | None:
        """The body, or None where the fetch failed."""
        assert self._sender is not None, "use it as a context manager"
        address = URL(url, encoded=True)
        request = RegistryRequest(
            subject=Subject(host=address.host or ""), url=address, limit=_MAX_KEY_BYTES, accept="*/*", follow=False
        )
        budget = Budget.of(_SECONDS)
        try:
            async with asyncio.timeout(_SECONDS), self._slots:
                answer = await self._sender.send(request, authorization=None, budget=budget)
        except (RegistryError, TimeoutError):
            return None
        return answer.body if answer.status == 200 else None
