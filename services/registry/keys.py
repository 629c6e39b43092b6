"""Fetches what proofs by public keys need: Amazon's signing certificates and Google's keys.

A stranger can name what is to be fetched, so it is little: from two hosts' addresses alone, over https, without
redirects, each once at a time, remembered when it is there and when it is not, and few bytes of it.
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
from services.registry.transport import Answer, Ask, Transport

_MAX_KEY_BYTES = 64 * 1024
_MOST_REMEMBERED = 64
_AT_ONCE = 4
_SECONDS = 5.0  # senders wait for as long
_KEPT_SECONDS = 3600.0
_RENEWED_SECONDS = 60.0  # at most this often for a key that the last answer did not hold
_FAILURE_SECONDS = 15.0


class KeysUnavailableError(StagecoachError):
    """The sender should try again; what it sent may be right."""

    code = "keys-unavailable"
    title = "The key of the proof cannot be fetched"
    category: ClassVar[Category] = Category.UNAVAILABLE


class Sender(Protocol):
    async def send(self, ask: Ask, *, authorization: str | None, budget: Budget) -> Answer: ...


@dataclass(frozen=True)
class _Remembered:
    """`body` is None where nothing could be had."""

    body: bytes | None
    at: float

    def serves(self, wanted: KeyUrl, now: float) -> bool:
        age = now - self.at
        if self.body is None:
            return age < _FAILURE_SECONDS
        if wanted.key_id and wanted.key_id.encode() not in self.body:
            return age < _RENEWED_SECONDS  # keys are changed now and then
        return age < _KEPT_SECONDS


class ProviderKeys:
    """Use it as an async context manager. `trust`: whose certificates are believed, where not the machine's."""

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
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._fetching: dict[str, asyncio.Lock] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def __aenter__(self) -> Self:
        if self._sender is None:
            self._own = Transport(addresses=self._addresses, limits=RegistryLimits(), trust=self._trust)
            self._sender = self._own
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._own is not None:
            await self._own.close()

    async def fetch(self, wanted: KeyUrl) -> FetchedKeys:
        """Raises `KeysUnavailableError`."""
        if wanted.url != KEYS_URL and not is_certificate_url(wanted.url):
            raise KeysUnavailableError("Keys are fetched from Amazon SNS and from Google alone.")
        lock = self._fetching.setdefault(wanted.url, asyncio.Lock())
        try:
            async with lock:
                found = self._remembered.get(wanted.url)
                if found is None or not found.serves(wanted, self._clock()):
                    found = await self._renew(wanted.url, found)
        finally:
            if not lock.locked():
                self._fetching.pop(wanted.url, None)
        if found.body is None:
            raise KeysUnavailableError(f"{URL(wanted.url).host} does not hand out its key just now.")
        return FetchedKeys(url=wanted.url, body=found.body)

    async def confirm(self, confirmation: Confirmation) -> None:
        """Tell Amazon that a subscription is wanted. Raises `KeysUnavailableError`."""
        if not is_subscribe_url(confirmation.url):
            raise KeysUnavailableError("Subscriptions are confirmed at Amazon SNS alone.")
        if await self._get(confirmation.url) is None:
            raise KeysUnavailableError("Amazon SNS does not take the confirmation. It asks again in a while.")

    async def _renew(self, url: str, former: _Remembered | None) -> _Remembered:
        body = await self._get(url)
        if body is None and former is not None and former.body is not None:
            body = former.body  # better than none: what is old was true, and verifying looks at its dates
        found = _Remembered(body, self._clock())
        self._remembered[url] = found
        self._remembered.move_to_end(url)
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    async def _get(self, url: str) -> bytes | None:
        """None where it cannot be had."""
        assert self._sender is not None, "use it as a context manager"
        address = URL(url, encoded=True)
        ask = Ask(subject=Subject(host=address.host or ""), url=address, limit=_MAX_KEY_BYTES, accept="*/*")
        budget = Budget.of(_SECONDS)
        try:
            async with asyncio.timeout(_SECONDS), self._turns:
                answer = await self._sender.send(ask, authorization=None, budget=budget)
        except (RegistryError, TimeoutError):
            return None
        return answer.body if answer.status == 200 else None
