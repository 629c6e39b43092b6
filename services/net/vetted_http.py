"""HTTP to addresses that people entered: what checks ask, and where notifications go. aiohttp's errors end here.

Every address is vetted at the moment of connecting. Redirects are not followed: they would lead a request, with its
body or a token, to an address that nobody entered.
"""

import asyncio
import os
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import aiohttp
from yarl import URL

from services.net.addresses import AddressPolicy, AddressRefused, VettingResolver
from services.net.causes import causes

_CONNECT_SECONDS = 5.0
_AT_ONCE = 50


class NoAnswerError(Exception):
    """There was no answer; the text says why, for people. `refused`: the address is not one to connect to."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.refused = refused


@dataclass(frozen=True, kw_only=True)
class VettedAnswer:
    """An answer of any status. `whole` is False where only the beginning of its body was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


@dataclass(frozen=True, kw_only=True)
class VettedHttpLimits:
    """`seconds` are for a whole exchange, and `most_bytes` those of an answer that are read.

    A name is resolved anew after `dns_seconds`. Without `reuses_connections`, each request asks whoever answers now.
    """

    seconds: float
    most_bytes: int
    dns_seconds: int
    reuses_connections: bool = True
    resolving_threads: int = 4


class VettedHttp:
    """One session. Use it as an async context manager.

    `trust`: the trusted certificate authorities, where not those of the machine.
    """

    def __init__(
        self, *, addresses: AddressPolicy, limits: VettedHttpLimits, trust: ssl.SSLContext | None = None
    ) -> None:
        self._addresses = addresses
        self._limits = limits
        self._trust = trust
        self._names = ThreadPoolExecutor(max_workers=limits.resolving_threads, thread_name_prefix="vetted-names")
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._opened = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._trust or True,
                limit=_AT_ONCE,
                ttl_dns_cache=self._limits.dns_seconds,
                resolver=VettingResolver(self._addresses, threads=self._names, timeout=_CONNECT_SECONDS),
                force_close=not self._limits.reuses_connections,
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

    async def ask(
        self, method: str, address: str, headers: Mapping[str, str], *, body: bytes | None = None
    ) -> VettedAnswer:
        """One try. Raises `NoAnswerError`."""
        assert self._opened is not None
        url = URL(address, encoded=True)  # as it was entered: its query may be signed
        server = url.host or ""
        if refusal := self._addresses.host_refusal(url.raw_host or ""):  # aiohttp resolves names only
            raise NoAnswerError(f"Stagecoach does not connect to {server}: {refusal}.", refused=True)
        timeout = aiohttp.ClientTimeout(total=self._limits.seconds, sock_connect=_CONNECT_SECONDS)
        try:
            async with self._opened.request(
                method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                found, whole = await self._read(response)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._no_answer(error, server) from None
        return VettedAnswer(status=response.status, headers=response.headers, body=found, whole=whole)

    async def _read(self, response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
        """The beginning of the body, and whether that is all of it; the rest stays unread, with its connection."""
        chunks: list[bytes] = []
        size = 0
        while chunk := await response.content.readany():
            chunks.append(chunk)
            size += len(chunk)
            if size > self._limits.most_bytes:
                response.close()
                return b"".join(chunks)[: self._limits.most_bytes], False
        return b"".join(chunks), True

    def _no_answer(self, error: BaseException, server: str) -> NoAnswerError:
        """Why there was no answer, without the text of an exception: some quote addresses and headers."""
        for cause in causes(error):
            if isinstance(cause, AddressRefused):
                return NoAnswerError(f"Stagecoach does not connect to {server}: {cause}.", refused=True)
            if isinstance(cause, ssl.SSLCertVerificationError) and not isinstance(cause, aiohttp.ClientError):
                reason = cause.verify_message.rstrip(".")
                return NoAnswerError(
                    f"The certificate of {server} is not trusted ({reason}). Add its authority to those of the machine."
                )
        if isinstance(error, asyncio.TimeoutError):
            return NoAnswerError(f"{server} did not answer within {self._limits.seconds:.0f} seconds.")
        return NoAnswerError(_broken(error, server))


def _broken(error: BaseException, server: str) -> str:
    """What of the exchange broke."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"The name {server} does not resolve to an address."
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return f"TLS with {server} failed."
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return f"Connecting to {server} failed: {os.strerror(number) if number else 'the connection was closed'}."
    if isinstance(error, aiohttp.ClientResponseError | ValueError):
        return f"{server} does not answer with valid HTTP."
    return f"{server} closed the connection."
