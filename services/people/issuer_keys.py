"""Fetches the public keys of token issuers: their metadata (OpenID Connect Discovery 1.0), then what `jwks_uri` names.

Issuers are data that administrators write, so every address is vetted at the moment of connecting, and nothing follows
a redirect. Strangers cause fetches, but only of issuers that a trust names, of few bytes, and as services.net.key_cache
bounds it.
"""

import asyncio
import json
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
from services.registry.errors import (
    RegistryAddressRefusedError,
    RegistryCertificateError,
    RegistryError,
    Subject,
)
from services.registry.transport import Answer, RegistryRequest, Transport

_MAX_BYTES = 256 * 1024
_MAX_CACHED = 200
_AT_ONCE = 4
_SECONDS = 5.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class IssuerUnavailableError(StagecoachError):
    """The issuer's keys cannot be had now, and none are kept from before. `detail` says why, for administrators."""

    code = "issuer-unavailable"
    title = "The issuer's keys cannot be fetched"
    category: ClassVar[Category] = Category.UNAVAILABLE


class Sender(Protocol):
    """The part of `Transport` that is needed here."""

    async def send(self, request: RegistryRequest, *, authorization: str | None, budget: Budget) -> Answer: ...


class IssuerKeys:
    """Fetches and caches keys of issuers. Use it as an async context manager.

    `trust`: the trusted certificate authorities, where not those of the machine. Issuers on this machine may speak
    plain HTTP where the addresses allow loopback.
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

    async def fetch(self, issuer: str, *, key_id: str | None) -> bytes:
        """The issuer's published keys (JWKS), fetched anew where `key_id` is none of them. Raises
        `IssuerUnavailableError`.
        """
        try:
            return await self._cache.keys(
                issuer, partial(self._keys, issuer), key=json.dumps(key_id).encode() if key_id else None
            )
        except NotFetchedError as error:
            raise IssuerUnavailableError(error.detail) from None

    async def _keys(self, issuer: str) -> bytes:
        metadata = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", what="its metadata")
        try:
            described = json.loads(metadata)
            said, address = described["issuer"], described["jwks_uri"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise NotFetchedError(f"The metadata of {issuer} cannot be read.") from None
        if said != issuer:
            raise NotFetchedError(f"The metadata of {issuer} is of another issuer. Compare it with the trust's.")
        if not isinstance(address, str):
            raise NotFetchedError(f"The metadata of {issuer} names no keys (jwks_uri).")
        return await self._get(address, what="its keys")

    async def _get(self, url: str, *, what: str) -> bytes:
        assert self._sender is not None, "use it as a context manager"
        address = self._address(url)
        host = address.host or ""
        request = RegistryRequest(
            subject=Subject(host=host), url=address, limit=_MAX_BYTES, accept="application/json", follow=False
        )
        try:
            async with asyncio.timeout(_SECONDS), self._slots:
                answer = await self._sender.send(request, authorization=None, budget=Budget.of(_SECONDS))
        except RegistryAddressRefusedError:
            raise NotFetchedError(
                f"Stagecoach does not connect to {host}: the settings for issuers do not allow its address."
            ) from None
        except RegistryCertificateError:
            raise NotFetchedError(
                f"The certificate of {host} is not trusted. Add its authority to those that the machine trusts."
            ) from None
        except (RegistryError, TimeoutError):
            raise NotFetchedError(f"{host} did not return {what}: it cannot be reached.") from None
        if answer.status != 200:
            raise NotFetchedError(f"{host} did not return {what}: it answered with status {answer.status}.")
        return answer.body

    def _address(self, url: str) -> URL:
        try:
            address = URL(url, encoded=True)
        except ValueError:
            address = URL()
        plain = address.scheme == "http" and address.host in _LOOPBACK and self._addresses.allow_loopback
        if not address.host or address.user or not (address.scheme == "https" or plain):
            raise NotFetchedError("Keys are fetched over https only.")
        return address
