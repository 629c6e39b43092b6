"""HTTP to what checks ask: the module of this wing that uses aiohttp, whose errors end here.

Every address is vetted at the moment of connecting. Redirects are not followed: they would lead a check to an address
that nobody entered; a check may expect one by its status.
"""

import asyncio
import os
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, Self

import aiohttp
from yarl import URL

from services.net.addresses import AddressPolicy, AddressRefused, VettingResolver
from services.net.causes import causes

_SECONDS = 15.0  # for the whole exchange
_CONNECT_SECONDS = 5.0
_DNS_SECONDS = 30  # what a check asks may have just moved
_MOST_BYTES = 1024 * 1024
_AT_ONCE = 50


class NoAnswerError(Exception):
    """There was no answer; the text says why, for people. `refused`: the address is not one to connect to."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.refused = refused


@dataclass(frozen=True, kw_only=True)
class CheckAnswer:
    """An answer of any status. `whole` is False where only the beginning of its body was read."""

    status: int
    body: bytes
    whole: bool


class AsksCheck(Protocol):
    """What asks for checks: `CheckDoor`, and a fake in tests."""

    async def ask(self, method: str, address: str, headers: Mapping[str, str]) -> CheckAnswer:
        """One try. Raises `NoAnswerError`."""


class CheckDoor:
    """One session for all checks. Use it as an async context manager."""

    def __init__(self, *, addresses: AddressPolicy, trust: ssl.SSLContext | None = None) -> None:
        self._addresses = addresses
        self._trust = trust
        self._names = ThreadPoolExecutor(max_workers=4, thread_name_prefix="check-names")
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._opened = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._trust or True,
                limit=_AT_ONCE,
                ttl_dns_cache=_DNS_SECONDS,
                resolver=VettingResolver(self._addresses, threads=self._names, timeout=_CONNECT_SECONDS),
                force_close=True,  # each try asks whoever answers now
            ),
            headers={"User-Agent": "stagecoach"},
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._opened is not None
        await self._opened.close()
        self._names.shutdown(wait=False, cancel_futures=True)

    async def ask(self, method: str, address: str, headers: Mapping[str, str]) -> CheckAnswer:
        """One try. Raises `NoAnswerError`."""
        assert self._opened is not None
        url = URL(address, encoded=True)
        server = url.host or ""
        if refusal := self._addresses.host_refusal(url.raw_host or ""):  # aiohttp resolves names only
            raise NoAnswerError(f"Stagecoach does not connect to {server}: {refusal}.", refused=True)
        timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=_CONNECT_SECONDS)
        try:
            async with self._opened.request(
                method, url, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                body, whole = await _read(response)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _no_answer(error, server) from None
        return CheckAnswer(status=response.status, body=body, whole=whole)


async def _read(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """The beginning of the body, and whether that is all of it; the rest stays unread, with its connection."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        chunks.append(chunk)
        size += len(chunk)
        if size > _MOST_BYTES:
            response.close()
            return b"".join(chunks)[:_MOST_BYTES], False
    return b"".join(chunks), True


def _no_answer(error: BaseException, server: str) -> NoAnswerError:  # noqa: PLR0911 - one guard after the other reads best
    """Why there was no answer, without the text of an exception: some quote headers."""
    for cause in causes(error):
        if isinstance(cause, AddressRefused):
            return NoAnswerError(f"Stagecoach does not connect to {server}: {cause}.", refused=True)
        if isinstance(cause, ssl.SSLCertVerificationError) and not isinstance(cause, aiohttp.ClientError):
            reason = cause.verify_message.rstrip(".")
            return NoAnswerError(f"The certificate of {server} is not trusted ({reason}).")
    if isinstance(error, asyncio.TimeoutError):
        return NoAnswerError(f"{server} did not answer within {_SECONDS:.0f} seconds.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return NoAnswerError(f"The name {server} does not resolve to an address.")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return NoAnswerError(f"TLS with {server} failed.")
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return NoAnswerError(f"Connecting to {server} failed: {os.strerror(number) if number else 'it was closed'}.")
    if isinstance(error, aiohttp.ClientResponseError | ValueError):
        return NoAnswerError(f"{server} does not answer with valid HTTP.")
    return NoAnswerError(f"{server} closed the connection.")
