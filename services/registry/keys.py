"""Fetches the public keys for signed reports: Amazon's signing certificates and Google's keys.

An unauthenticated sender can name what to fetch. So only two hosts are allowed, over https and without redirects, with
few bytes, and as services.net.key_cache bounds it.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Protocol, Self

from yarl import URL

from services.errors import Category, StagecoachError
from services.net.addresses import AddressPolicy
from services.net.key_cache import KeyCache, NotFetchedError
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


class KeysUnavailableError(StagecoachError):
    """The report could not be verified now; the sender should send it again."""

    code = "keys-unavailable"
    title = "The key of the proof cannot be fetched"
    category: ClassVar[Category] = Category.UNAVAILABLE


class Sender(Protocol):
    """The part of `Transport` that is needed here."""

    async def send(self, request: RegistryRequest, *, authorization: str | None, budget: Budget) -> Answer: ...


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
        self._own: Transport | None = None
        self._cache = KeyCache(most=_MAX_CACHED, clock=clock)
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
        key = key_url.key_id.encode() if key_url.key_id else None
        try:
            body = await self._cache.keys(key_url.url, partial(self._get, key_url.url), key=key)
        except NotFetchedError:
            host = URL(key_url.url).host
            raise KeysUnavailableError(f"{host} did not return its key. Send the report again.") from None
        return FetchedKeys(url=key_url.url, body=body)

    async def confirm(self, confirmation: Confirmation) -> None:
        """Confirm a subscription at Amazon SNS. Raises `KeysUnavailableError`."""
        if not is_subscribe_url(confirmation.url):
            raise KeysUnavailableError("Subscriptions are confirmed at Amazon SNS only.")
        try:
            await self._get(confirmation.url)
        except NotFetchedError:
            detail = "Amazon SNS did not accept the confirmation. It will request it again."
            raise KeysUnavailableError(detail) from None

    async def _get(self, url: str) -> bytes:
        """The body. Raises `NotFetchedError`."""
        assert self._sender is not None, "use it as a context manager"
        address = URL(url, encoded=True)
        request = RegistryRequest(
            subject=Subject(host=address.host or ""), url=address, limit=_MAX_KEY_BYTES, accept="*/*", follow=False
        )
        budget = Budget.of(_SECONDS)
        try:
            async with asyncio.timeout(_SECONDS), self._slots:
                answer = await self._sender.send(request, authorization=None, budget=budget)
        except (RegistryError, TimeoutError) as error:
            raise NotFetchedError(str(error)) from None
        if answer.status != 200:
            raise NotFetchedError(f"status {answer.status}")
        return answer.body
